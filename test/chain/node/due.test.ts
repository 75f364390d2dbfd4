import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NextDue } from '../../../src/chain/node/due.ts'
import { OffchainBilling } from '../../../src/chain/node/offchain.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { nextBillDue } from '../../../src/chain/pallets/smart-contract/schedule.ts'
import { Store } from '../../../src/kernel/store.ts'
import { testChain } from '../support/chain.ts'

describe('what is due next', () => {
  it('is not asked for again until that block has passed or the storage has changed', () => {
    const { chain } = testChain()
    const item = chain.state.item('Scheduler', 'IncompleteSince')
    const asked: number[] = []
    const due = new NextDue([item], from => {
      asked.push(from)
      return Math.ceil(from / 10) * 10
    })
    expect([due.after(1), due.after(5), due.after(10)]).toEqual([10, 10, 10])
    expect(asked).toEqual([1])
    expect([due.after(11), due.after(3)]).toEqual([20, 10])
    expect(asked).toEqual([1, 11, 3])
    chain.override(() => item.write([], 4))
    due.after(3)
    expect(asked).toEqual([1, 11, 3, 3])
  })

  it('is asked for again after the storage was taken back', () => {
    const { chain, kernel } = testChain()
    const item = chain.state.item('Scheduler', 'IncompleteSince')
    let asked = 0
    const due = new NextDue([item], () => {
      asked += 1
      return null
    })
    const snapshot = kernel.snapshot()
    chain.override(() => item.write([], 4))
    due.after(1)
    kernel.revert(snapshot)
    due.after(1)
    expect(asked).toBe(2)
  })

  it('gives the bills that looking at the whole schedule gives, whatever is changed', () => {
    const change = fc.record({
      bucket: fc.bigInt(0n, 50n),
      ids: fc.uniqueArray(fc.bigInt(1n, 4n), { maxLength: 2 }),
      uses: fc.record({ id: fc.bigInt(1n, 4n), cru: fc.bigInt(0n, 1n) }),
      frequency: fc.constantFrom(0n, 7n, 40n),
      from: fc.integer({ min: 1, max: 120 }),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), changes => {
        const { chain } = testChain()
        const tx = chain.runtime.txOf(smartContract)
        const { state } = tx
        const billing = new OffchainBilling(chain.runtime, new Store())
        for (const { bucket, ids, uses, frequency, from } of changes) {
          chain.override(() => {
            state.BillingFrequency.set(frequency)
            state.ContractsToBillAt.set(bucket, ids)
            const used = { hru: 0n, sru: 0n, cru: uses.cru, mru: 0n }
            state.NodeContractResources.set(uses.id, { contract_id: uses.id, used })
            state.Contracts.set(uses.id, nodeContract(uses.id))
          })
          for (const block of [from, from + 1, from + 5]) {
            const due = nextBillDue(tx, Math.max(1, block - 1))
            expect(billing.nextDue(block)).toBe(due === null ? null : due + 1)
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

const nodeContract = (contract_id: bigint) =>
  ({
    version: 4,
    state: { type: 'Created' },
    contract_id,
    twin_id: 1,
    contract_type: {
      type: 'NodeContract',
      value: {
        node_id: 1,
        deployment_hash: '0'.repeat(32),
        deployment_data: '',
        public_ips: 0,
        public_ips_list: [],
      },
    },
    solution_provider_id: null,
  }) as const
