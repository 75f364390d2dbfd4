// Breaks a rule of the grid on purpose, and plays random stories until an invariant finds it.

import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import story from '../../scenarios/anything-may-happen.ts'
import { calls } from '../../src/chain/pallets/smart-contract/calls.ts'
import type { AnyScenario } from '../../src/scenario/define.ts'
import { runScenario } from '../../src/scenario/runner.ts'
import type { Workload } from '../../src/zos/deployment/deployment.ts'
import type { DeploymentRecord, TransactionMode } from '../../src/zos/engine/records.ts'
import { workloadTypes } from '../../src/zos/workloads/registry.ts'
import { done, type WorkloadType, withSteps } from '../../src/zos/workloads/workload-type.ts'

const broken = vi.hoisted(() => ({ history: false }))

vi.mock('../../src/zos/engine/records.ts', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/zos/engine/records.ts')>()
  return {
    ...original,
    /** Leaves the history alone when an update has added a workload. */
    withTransaction(record: DeploymentRecord, workload: Workload, mode: TransactionMode) {
      const written = original.withTransaction(record, workload, mode)
      const isForgotten = workload.version > 0 && workload.result.state === 'ok'
      if (!broken.history || !isForgotten) return written
      return Object.freeze({ ...written, history: record.history })
    },
  }
})

/** Seeds that a hunt may take. */
const patience = 200

const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url))
const scriptFiles = (file: string) => file.startsWith(folder)

/** Plays seeds until one fails; gives its number and what was found. */
async function hunt(scenario: AnyScenario): Promise<{ seeds: number; failure: string }> {
  for (let seeds = 1; seeds <= patience; seeds += 1) {
    const { failure } = await runScenario(scenario, { seed: `hunt-${seeds}`, scriptFiles })
    if (failure !== null) return { seeds, failure }
  }
  return { seeds: patience, failure: 'nothing was found' }
}

/** Bills forget up to when they were paid; where they are applied twice, the second time is for the same hours. */
function breakBills({ isAppliedTwice }: { isAppliedTwice: boolean }): void {
  const call = calls.bill_contract_for_block
  const original = call.run
  if (!original) throw new TypeError('bills have no logic')
  vi.spyOn(call, 'run').mockImplementation((tx, args) => {
    const before = tx.state.ContractPaymentState.get(args.contract_id)
    const result = original.call(call, tx, args)
    const after = tx.state.ContractPaymentState.get(args.contract_id)
    if (!before || !after) return result
    const { last_updated_seconds } = before
    tx.state.ContractPaymentState.set(args.contract_id, { ...after, last_updated_seconds })
    return isAppliedTwice ? original.call(call, tx, args) : result
  })
}

const zmount = workloadTypes.get('zmount') as WorkloadType
const zdb = workloadTypes.get('zdb') as WorkloadType

describe('random stories', { timeout: 120_000 }, () => {
  afterEach(() => {
    broken.history = false
    vi.restoreAllMocks()
  })

  it('hold all rules while nothing is broken', async () => {
    for (const seed of ['hunt-1', 'hunt-2', 'hunt-3']) {
      const { failure } = await runScenario(story, { seed, scriptFiles })
      expect(failure).toBeNull()
    }
  })

  it('find a disk whose room is not given back', async () => {
    const leaky = withSteps(zmount, { remove: ({ resources }) => done(resources) })
    const { failure } = await hunt({ ...story, workloads: [leaky] })
    expect(failure).toContain("'a workload that was taken down holds nothing' is broken")
    expect(failure).toMatch(/seed hunt-\d+, virtual time \d+/)
    expect(failure).toContain('Last events:')
  })

  it('find a namespace that is not given back in one case of many', async () => {
    const leaky = withSteps(zdb, {
      // Rare enough that most stories do not meet it.
      remove: (context, original) =>
        context.deployment.contract_id % 3n === 0n ? done(context.resources) : original(context),
    })
    const { failure } = await hunt({ ...story, workloads: [leaky] })
    expect(failure).toContain('holds nothing')
  })

  it('find a history that lacks an entry', async () => {
    broken.history = true
    const { failure } = await hunt(story)
    expect(failure).toContain('one final entry per version')
  })

  it('find a bill that is applied twice', async () => {
    breakBills({ isAppliedTwice: true })
    const { failure } = await hunt(story)
    expect(failure).toContain("'a bill is applied once' is broken")
  })

  it('find a bill that does not say up to when it was paid', async () => {
    breakBills({ isAppliedTwice: false })
    const { failure } = await hunt(story)
    expect(failure).toContain("'a bill is applied once' is broken")
  })
})
