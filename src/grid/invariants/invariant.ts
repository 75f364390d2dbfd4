// What an invariant is: a named rule over a whole grid, and what it looks at.

import type { World } from '../world.ts'
import type { HistoryRecord } from './record.ts'

/** What a rule looks at. */
export interface Watched {
  readonly world: World
  readonly record: HistoryRecord
}

/** A rule that holds whenever the grid is at rest between two events. */
export interface GridInvariant {
  /** What is true, as a sentence. */
  readonly name: string
  /** Says what is wrong; null when the rule holds. */
  check(watched: Watched): string | null
}

/** How long the effects of a fault may be seen, in ms: nodes compare themselves with the chain once an hour. */
export const settleMs = 65 * 60_000

/** The nodes that have worked on something, in order: the others hold nothing. */
export function touchedNodes({ record }: Watched): readonly number[] {
  return record.touched.keys()
}

/** Whether a node runs, has nothing to do, and knows what the chain knows. */
export function isAtRest({ world }: Watched, index: number): boolean {
  const { nodes, faults } = world
  const { phase, nodeId } = nodes.summaryOf(index)
  return phase === 'up' && nodes.engine.waitingJobsOf(index) === 0 && !faults.isCutOff(nodeId)
}

/** The entries of a storage map of the chain as they are now, in the order in which they came. */
export function entriesOf<K extends readonly unknown[], V>(
  { chain }: World,
  pallet: string,
  item: string,
): (readonly [K, V])[] {
  const entries: (readonly [K, V])[] = []
  for (const { keys, head } of chain.state.item(pallet, item).cells.values()) {
    if (head?.value !== undefined) entries.push([keys as K, head.value as V])
  }
  return entries
}
