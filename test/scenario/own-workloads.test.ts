// Workload types of a user's own: nodes deploy them, and the verbs hash them.

import { describe, expect, it } from 'vitest'
import {
  defineScenario,
  deploymentOf,
  done,
  failed,
  runScenario,
  struct,
  text,
  withSteps,
  workload,
  workloadTypes,
} from '../../src/index.ts'

const beacon = workload('beacon', {
  data: struct('zos.Beacon', { message: text() }),
  challenge: (put, data) => put.text(data.message),
  install: ({ resources, data }) => done(resources, { lit: data.message }),
})

const planOf = (twinId: number, type: string, data: unknown) =>
  deploymentOf({
    twinId,
    metadata: '',
    workloads: [{ version: 0, name: 'thing', type, data, metadata: '', description: '' }],
  })

describe('workload types of one’s own', () => {
  it('are deployed like those of upstream', async () => {
    const scenario = defineScenario({
      name: 'a beacon',
      grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
      workloads: [beacon],
      async run({ users: { alice }, eventually, expect: check }) {
        const plan = planOf(alice.twinId, 'beacon', { message: 'here' })
        const deployment = await alice.deployPlan(1, plan)
        await eventually('it shines', () => deployment.isOk())
        const { workloads } = await deployment.get()
        check(workloads[0]?.result.data).toEqual({ lit: 'here' })
      },
    })
    expect(await runScenario(scenario, { seed: '1' })).toMatchObject({ failure: null })
  })

  it('are unknown to nodes that were not told of them', async () => {
    const scenario = defineScenario({
      name: 'no beacon',
      grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
      async run({ users: { alice } }) {
        await alice.deployPlan(1, planOf(alice.twinId, 'beacon', { message: 'here' }))
      },
    })
    const { failure } = await runScenario(scenario, { seed: '1' })
    expect(failure).toContain('beacon')
  })

  it('take the place of one of upstream by its name', async () => {
    const zmount = workloadTypes.get('zmount')
    if (!zmount) throw new Error('zmount is built in')
    const worn = withSteps(zmount, {
      install: ({ resources }) => failed(resources, 'the disk is worn out'),
    })
    const scenario = defineScenario({
      name: 'a worn disk',
      grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
      workloads: [worn],
      async run({ users: { alice }, eventually, expect: check }) {
        const deployment = await alice.deployPlan(
          1,
          planOf(alice.twinId, 'zmount', { size: 1024 ** 3 }),
        )
        await eventually('it fails', () => deployment.state('thing') === 'error')
        const { workloads } = await deployment.get()
        check(workloads[0]?.result.message).toContain('the disk is worn out')
      },
    })
    expect(await runScenario(scenario, { seed: '1' })).toMatchObject({ failure: null })
  })
})
