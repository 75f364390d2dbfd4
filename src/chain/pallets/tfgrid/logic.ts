// What the calls of TfgridModule share: finding twins, farms and nodes, and counting ids.

import type { ItemAccess } from '../../runtime/state.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId32 as AccountId } from '../../types/primitives.ts'
import type { tfgrid } from './declaration.ts'
import type { Farm, Node, Twin } from './types.ts'

export type TfgridTx = Tx<typeof tfgrid>

/** The twin id of an account. */
export function twinIdOf(tx: TfgridTx, account: AccountId): number {
  const id = tx.state.TwinIdByAccountID.get(account)
  if (id === null) throw tx.error('TwinNotExists')
  return id
}

export function twinOf(tx: TfgridTx, id: number): Twin {
  const twin = tx.state.Twins.get(id)
  if (twin === null) throw tx.error('TwinNotExists')
  return twin
}

export function farmOf(tx: TfgridTx, id: number): Farm {
  const farm = tx.state.Farms.get(id)
  if (farm === null) throw tx.error('FarmNotExists')
  return farm
}

export function nodeOf(tx: TfgridTx, id: number): Node {
  const node = tx.state.Nodes.get(id)
  if (node === null) throw tx.error('NodeNotExists')
  return node
}

/** The node that an account's twin runs; the index may point to a node that was deleted. */
export function nodeRunBy(tx: TfgridTx, account: AccountId): Node {
  const twinId = twinIdOf(tx, account)
  if (!tx.state.NodeIdByTwinID.has(twinId)) throw tx.error('NodeNotExists')
  return nodeOf(tx, tx.state.NodeIdByTwinID.get(twinId))
}

/** Whether the account's twin owns the farm; Dao asks. */
export function isFarmOwner(tx: TfgridTx, farmId: number, account: AccountId): boolean {
  const farm = tx.state.Farms.get(farmId)
  return farm !== null && tx.state.Twins.get(farm.twin_id)?.account_id === account
}

/** The next id of a counter that holds the last one given. */
export function nextId(counter: ItemAccess<[], number, number>): number {
  const id = counter.get() + 1
  counter.set(id)
  return id
}

/** Whole seconds of the block's time. */
export const secondsOf = ({ now }: Pick<Tx, 'now'>): bigint => BigInt(Math.floor(now / 1000))
