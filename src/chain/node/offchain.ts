// The offchain worker of the one validator: after each block it submits bills for the contracts that are due.

import type { Cell, Store } from '../../kernel/store.ts'
import { smartContract } from '../pallets/smart-contract/declaration.ts'
import { dueBills, nextBillDue } from '../pallets/smart-contract/schedule.ts'
import type { ChainCall } from '../runtime/outer.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Tx } from '../runtime/tx.ts'
import { NextDue } from './due.ts'

/** Length in bytes of the call that bills a contract: pallet, call, and a u64. */
export const billCallLength = 10

/** The call that bills a contract. */
export const billCall = (contractId: bigint): ChainCall => ({
  pallet: smartContract.name,
  name: 'bill_contract_for_block',
  args: { contract_id: contractId },
})

/** What only one waiting extrinsic may provide: the bill of a contract (signed extension `ContractIdProvides`). */
export function tagOf({ pallet, name, args }: ChainCall): string | null {
  if (pallet !== smartContract.name || name !== 'bill_contract_for_block') return null
  return `ContractIdProvides ${(args as { contract_id: bigint }).contract_id}`
}

/** The storage that decides which contracts are due when. */
const deciding: readonly (keyof typeof smartContract.storage)[] = [
  'BillingFrequency',
  'ContractsToBillAt',
  'Contracts',
  'NodeContractResources',
  'ContractBillingInformationByID',
]

/**
 * The bills that wait for a block. What is submitted after block n is a function of the state at its end, so
 * nothing is kept but what found no room: a stretch of blocks without bills costs nothing.
 */
export class OffchainBilling {
  readonly #contracts: Tx<typeof smartContract>
  /** Contracts whose bill found no room in the block that it was meant for, oldest first. */
  readonly #left: Cell<readonly bigint[]>
  /** The first block after which a bill falls due. */
  readonly #due: NextDue

  constructor(runtime: Runtime, store: Store) {
    this.#contracts = runtime.txOf(smartContract)
    this.#left = store.cell<readonly bigint[]>('chain.offchain.left', [])
    const items = deciding.map(name => runtime.state.item(smartContract.name, name))
    this.#due = new NextDue(items, from => nextBillDue(this.#contracts, from))
  }

  /** The contracts to bill in a block: those left over, and those that fell due with the block before it. */
  waitingFor(block: number): readonly bigint[] {
    const left = this.#left.get()
    const isDue = block > 1 && this.#due.after(block - 1) === block - 1
    const due = isDue ? dueBills(this.#contracts, block - 1) : []
    if (left.length === 0) return due
    // One bill of a contract waits at a time, see `tagOf`.
    const waiting = new Set(left)
    return [...left, ...due.filter(id => !waiting.has(id))]
  }

  /** Whether a contract is still there: it may have ended after its bill was submitted. */
  canBill(contractId: bigint): boolean {
    return this.#contracts.state.Contracts.has(contractId)
  }

  /** Keeps the bills that found no room for the next block. */
  keep(left: readonly bigint[]): void {
    if (left.length === 0 && this.#left.get().length === 0) return
    this.#left.set(left)
  }

  /** The next block, from `from` on, that will carry bills; null when none is in sight. */
  nextDue(from: number): number | null {
    if (this.#left.get().length > 0) return from
    const block = this.#due.after(Math.max(1, from - 1))
    return block === null ? null : block + 1
  }
}
