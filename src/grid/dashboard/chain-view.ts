// The chain as people look at it: blocks with decoded content, storage by pallet, and what differs between two blocks.

import type { Chain } from '../../chain/node/chain.ts'
import type { Change, ItemState, StorageCell } from '../../chain/runtime/state.ts'
import { encodeSs58 } from '../../crypto/ss58.ts'
import type {
  Billing,
  BillTotals,
  BlockDetail,
  BlockItem,
  PalletStorage,
  StorageDiff,
  StoragePage,
} from '../../services/control/dashboard-types.ts'
import { plainOf } from './plain.ts'

/** Extrinsics and events that one block shows. */
const mostItems = 500

/** Changes that one comparison shows. */
const mostChanges = 500

/** Blocks with bills, and contracts, that one answer shows. */
const mostPoints = 2400
const mostContracts = 100

/** Some blocks up to one, newest first. */
export function blocksOf(chain: Chain, upTo: number | null, limit: number): BlockItem[] {
  const first = Math.min(upTo ?? chain.best(), chain.best())
  const items: BlockItem[] = []
  for (let number = first; number >= 0 && items.length < limit; number -= 1) {
    items.push(itemOf(chain, number))
  }
  return items
}

function itemOf(chain: Chain, number: number): BlockItem {
  const { archive } = chain
  const extrinsics = archive.contentOf(number)?.extrinsics ?? []
  return {
    number,
    hash: archive.hashOf(number),
    at: archive.timestampOf(number),
    isFinal: number <= chain.finalized(),
    extrinsics: extrinsics.length,
    failed: extrinsics.filter(({ error }) => error !== null).length,
    events: chain.eventsOf(number).length,
  }
}

/** A block with its content; null when it is not there. */
export function blockOf(chain: Chain, number: number): BlockDetail | null {
  const { archive } = chain
  if (!archive.has(number)) return null
  const extrinsics = archive.contentOf(number)?.extrinsics ?? []
  const events = chain.eventsOf(number)
  return {
    ...itemOf(chain, number),
    parent: archive.headerOf(number).parentHash,
    items: extrinsics.slice(0, mostItems).map(({ extrinsic, error }, index) => ({
      // The timestamp is the first one.
      index: index + 1,
      signer: encodeSs58(Buffer.from(extrinsic.signer.slice(2), 'hex')),
      call: `${extrinsic.call.pallet}.${extrinsic.call.name}`,
      args: plainOf(extrinsic.call.args),
      error: error === null ? '' : chain.nameOfError(error),
    })),
    records: events.slice(0, mostItems).map(({ phase, event }) => ({
      phase: phase.type === 'ApplyExtrinsic' ? `extrinsic ${phase.value}` : phase.type,
      event: `${event.pallet}.${event.name}`,
      fields: plainOf(event.fields),
    })),
    leftOut: {
      items: Math.max(0, extrinsics.length - mostItems),
      records: Math.max(0, events.length - mostItems),
    },
  }
}

/** Whether the state at a block is still held. */
function isHeld({ archive }: Chain, block: number): boolean {
  return archive.has(block) && block >= archive.floor
}

/** Each pallet's items with how many values they have; null when the block's state is not held. */
export function storageOf(chain: Chain, at: number | null): PalletStorage[] | null {
  const block = at ?? chain.best()
  if (!isHeld(chain, block)) return null
  return chain.runtime.pallets.flatMap(({ decl: { name: pallet } }) => {
    const items = [...chain.runtime.state.itemsOf(pallet).values()]
    if (items.length === 0) return []
    return [
      { pallet, items: items.map(item => ({ name: item.name, count: countOf(item, block) })) },
    ]
  })
}

function countOf(item: ItemState, block: number): number {
  if (item.derived) return item.cellsAt(block).length
  let count = 0
  for (const cell of item.cells.values()) if (cell.at(block) !== undefined) count += 1
  return count
}

/** Some values of an item in the order of their keys; null when there is no such item, or the block is not held. */
export function entriesOf(
  chain: Chain,
  wanted: { readonly pallet: string; readonly name: string },
  page: { readonly at: number | null; readonly offset: number; readonly limit: number },
): StoragePage | null {
  const at = page.at ?? chain.best()
  const item = chain.runtime.state.itemsOf(wanted.pallet).get(wanted.name)
  if (!item || !isHeld(chain, at)) return null
  const cells = item.cellsAt(at)
  return {
    at,
    total: cells.length,
    entries: cells.slice(page.offset, page.offset + page.limit).map(({ keys }) => ({
      key: keyOf(keys),
      value: plainOf(item.valueAt(at, keys)),
    })),
  }
}

/** What differs between the states of two blocks, in the order of the storage; null when one is not held. */
export function diffOf(chain: Chain, from: number, to: number): StorageDiff | null {
  if (!isHeld(chain, from) || !isHeld(chain, to)) return null
  const touched = new Set<StorageCell>()
  for (let block = from + 1; block <= to; block += 1) {
    let change: Change | null = chain.archive.contentOf(block)?.changes ?? null
    for (; change; change = change.next) touched.add(change.cell)
  }
  const changed = [...touched].filter(cell => cell.at(from) !== cell.at(to))
  const named = changed
    .map(cell => ({ cell, item: `${cell.item.pallet.name}.${cell.item.name}` }))
    .sort((a, b) => compare(a.item, b.item) || compare(a.cell.rawKey, b.cell.rawKey))
  return {
    from,
    to,
    changes: named.slice(0, mostChanges).map(({ cell, item }) => ({
      item,
      key: keyOf(cell.keys),
      before: plainOf(cell.at(from)),
      after: plainOf(cell.at(to)),
    })),
    leftOut: Math.max(0, named.length - mostChanges),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function keyOf(keys: readonly unknown[]): unknown {
  return plainOf(keys.length === 1 ? keys[0] : keys)
}

interface Bill {
  readonly block: number
  readonly contractId: string
  readonly amount: bigint
}

function* billsOf(chain: Chain, since: number): Generator<Bill> {
  for (let block = since; block <= chain.best(); block += 1) {
    for (const { event } of chain.archive.contentOf(block)?.events ?? []) {
      if (event.pallet !== 'SmartContractModule' || event.name !== 'ContractBilled') continue
      const [bill] = event.fields as readonly [{ contract_id: bigint; amount_billed: bigint }]
      yield { block, contractId: `${bill.contract_id}`, amount: bill.amount_billed }
    }
  }
}

/** What was billed in the blocks that are held, all in all. */
export function billTotals(chain: Chain): BillTotals {
  const since = chain.archive.floor
  let count = 0
  let amount = 0n
  for (const bill of billsOf(chain, since)) {
    count += 1
    amount += bill.amount
  }
  return { count, amount: `${amount}`, since }
}

interface Sum {
  count: number
  amount: bigint
}

/** What was billed in the blocks that are held, by block and by contract. */
export function billingOf(chain: Chain): Billing {
  const byBlock = new Map<number, Sum>()
  const byContract = new Map<string, Sum>()
  for (const { block, contractId, amount } of billsOf(chain, chain.archive.floor)) {
    add(byBlock, block, amount)
    add(byContract, contractId, amount)
  }
  const points = [...byBlock].map(([block, { count, amount }]) => ({
    block,
    at: chain.archive.timestampOf(block),
    count,
    amount: `${amount}`,
  }))
  const contracts = [...byContract]
    .sort(([, a], [, b]) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0))
    .map(([contractId, { count, amount }]) => ({ contractId, count, amount: `${amount}` }))
  return {
    ...billTotals(chain),
    points: points.slice(-mostPoints),
    contracts: contracts.slice(0, mostContracts),
    leftOut: {
      points: Math.max(0, points.length - mostPoints),
      contracts: Math.max(0, contracts.length - mostContracts),
    },
  }
}

function add<K>(sums: Map<K, Sum>, key: K, amount: bigint): void {
  const sum = sums.get(key) ?? { count: 0, amount: 0n }
  sums.set(key, { count: sum.count + 1, amount: sum.amount + amount })
}
