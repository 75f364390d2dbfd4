import { describe, expect, it } from 'vitest'
import { struct, text } from '../../../src/zos/go/json-decoder.ts'
import { rebootResources } from '../../../src/zos/resources/node-resources.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import {
  done,
  failed,
  noChange,
  unchanged,
  withSteps,
  workload,
  workloadTable,
} from '../../../src/zos/workloads/workload-type.ts'
import { zdb } from '../../../src/zos/workloads/zdb.ts'
import { zmachine as zmachineType } from '../../../src/zos/workloads/zmachine.ts'
import {
  ending,
  network,
  resourcesAfter,
  sampleDeployment,
  sampleNode,
  sampleResources,
  step,
  update,
  zmachine,
} from '../sample.ts'

/** A user's own type: something that only says what it was told. */
const beacon = workload('beacon', {
  data: struct('zos.Beacon', { text: text() }),
  challenge: (put, data) => put.text(data.text),
  validate: data => (data.text === '' ? 'a beacon needs a text' : undefined),
  capacity: () => ({ mru: 1024n }),
  installOrder: { full: 65 },
  install: ({ resources, data }) => done(resources, { shows: data.text }),
  update: ({ resources, data, current }) =>
    data.text === current.text ? noChange(resources) : done(resources, { shows: data.text }),
  remove: ({ resources }) => done(resources),
})

/** A built-in type that behaves in its own way now and then. */
const moody = withSteps(zmachineType, {
  install: (context, original) =>
    context.data.flist.endsWith('/rare.flist')
      ? failed(context.resources, 'no such image today')
      : original(context),
  update: ({ resources }) => unchanged(resources, 'not in the mood'),
})

const types = workloadTable([...workloadTypes.values(), beacon, moody])

describe('a type of a user', () => {
  const deployment = (words: string) =>
    sampleDeployment([{ name: 'b', type: 'beacon', data: { text: words } }])

  it('is installed and changed like any other', () => {
    expect(ending(step('install', deployment('hi'), 'b', { types }))).toEqual({
      kind: 'ok',
      data: { shows: 'hi' },
    })
    expect(ending(update(deployment('hi'), deployment('ho'), 'b', { types }))).toMatchObject({
      data: { shows: 'ho' },
    })
    expect(update(deployment('hi'), deployment('hi'), 'b', { types }).kind).toBe('no-change')
    expect(beacon.validate({ text: '' }, deployment(''))).toBe('a beacon needs a text')
  })
})

describe('a replaced step', () => {
  const net = sampleDeployment([network('net1')])
  const resources = resourcesAfter(step('install', net, 'net1'))
  const install = (flist: string) =>
    step('install', sampleDeployment([zmachine('vm', { flist })]), 'vm', { types, resources })

  it('decides for itself, or leaves it to the step that it replaces', () => {
    expect(ending(install('https://hub.grid.tf/x/rare.flist'))).toMatchObject({
      kind: 'error',
      error: 'no such image today',
    })
    const usual = install('https://hub.grid.tf/x/base.flist')
    expect(usual.resources.machines).toHaveLength(1)
  })

  it('can give a type an update that it had not', () => {
    const vm = sampleDeployment([zmachine('vm')])
    expect(zmachineType.isUpdatable).toBe(false)
    expect(moody.isUpdatable).toBe(true)
    expect(ending(update(vm, vm, 'vm', { types }))).toMatchObject({ error: 'not in the mood' })
  })

  it('leaves the built-in type and the other steps as they were', () => {
    expect(workloadTypes.get('zmachine')).toBe(zmachineType)
    expect(moody.remove).toBe(zmachineType.remove)
    expect(moody.capacity).toBe(zmachineType.capacity)
  })

  it('is not held to the kinds of node of the original, until it asks the original', () => {
    const light = { ...sampleNode, kind: 'light' as const }
    const rare = sampleDeployment([zmachine('vm', { flist: 'https://hub/rare.flist' })])
    expect(ending(step('install', rare, 'vm', { types, node: light })).error).toBe(
      'no such image today',
    )
    const usual = sampleDeployment([zmachine('vm')])
    expect(ending(step('install', usual, 'vm', { types, node: light })).error).toMatch(
      /does not run on a light node$/,
    )
  })

  it('finds a plain success where the type has no such step', () => {
    const patient = workloadTable([
      withSteps(beacon, { pause: (context, original) => original(context) }),
    ])
    const deployment = sampleDeployment([{ name: 'b', type: 'beacon', data: { text: 'x' } }])
    expect(step('pause', deployment, 'b', { types: patient }).kind).toBe('ok')
  })

  it('keeps what belongs to the type, such as the quirk of a missing namespace', () => {
    const watched = workloadTable([
      withSteps(zdb, { pause: (context, original) => original(context) }),
    ])
    const data = { size: 1, mode: 'seq' }
    const deployment = sampleDeployment([{ name: 'db', type: 'zdb', data }])
    expect(step('pause', deployment, 'db', { types: watched }).kind).toBe('no-change')
  })
})

describe('resources', () => {
  it('of an idle node are shared and stay as they are over a boot', () => {
    expect(rebootResources(sampleResources, sampleNode.storage)).toEqual(sampleResources)
    expect(Object.isFrozen(sampleResources)).toBe(true)
  })
})
