// What the nodes of a farm weigh in its votes: kept up as nodes come, change, move and go.

import type { Tx } from '../../runtime/tx.ts'
import type { Resources } from '../../types/grid.ts'
import { nodeWeight } from '../tfgrid/resources.ts'
import { dao } from './declaration.ts'

/** The part of a node that its weight depends on. */
interface WeighedNode {
  readonly farm_id: number
  readonly resources: Resources
}

/** A node was created (`before` is null), or updated, and may be in another farm now. */
export function onNodeChanged(tx: Tx, before: WeighedNode | null, after: WeighedNode): void {
  if (before) subtract(tx, before)
  const { FarmWeight } = tx.in(dao).state
  const weight = FarmWeight.get(after.farm_id) + nodeWeight(after.resources)
  FarmWeight.set(after.farm_id, BigInt.asUintN(64, weight))
}

/** A node is about to be deleted. */
export function onNodeDeleted(tx: Tx, node: WeighedNode): void {
  subtract(tx, node)
}

function subtract(tx: Tx, node: WeighedNode): void {
  const { FarmWeight } = tx.in(dao).state
  const weight = FarmWeight.get(node.farm_id) - nodeWeight(node.resources)
  FarmWeight.set(node.farm_id, weight < 0n ? 0n : weight)
}
