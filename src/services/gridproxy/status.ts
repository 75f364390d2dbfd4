// Whether a node is up, down or standing by: it follows from its power and its last report (grid-proxy/pkg/nodestatus).

import type { JsonValue } from '../indexer/entities.ts'

export const statusWords = ['up', 'down', 'standby'] as const
export type NodeStatus = (typeof statusWords)[number]

/** How old the last report of a node that is up may be: twice the 40 minutes between two. Seconds. */
const upFor = 4800

/** How old that of a sleeping node may be, which wakes once a day. Seconds. */
const standbyFor = 86_400

/** The status of a node whose last report is so many seconds old. */
export function statusAt(power: JsonValue<'NodePower'> | null, age: number): NodeStatus {
  const isOn = power === null || (power.state === 'Up' && power.target === 'Up')
  if (isOn) return age <= upFor ? 'up' : 'down'
  return age <= standbyFor ? 'standby' : 'down'
}

/** The place of a status in the order of `sort_by=status`. */
export function statusRank(status: NodeStatus): number {
  return status === 'up' ? 1 : status === 'standby' ? 2 : 3
}
