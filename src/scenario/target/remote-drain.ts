// The drain of a target's nodes, as scripts use it.

import type { TargetLine } from './line.ts'

/** Lets the target's council cancel the contracts on a node; returns how many there are. */
export function remoteDrain(line: TargetLine): (nodeId: number) => number {
  return nodeId => {
    const path = `/nodes/${nodeId}/actions`
    const answer = line.control('POST', path, { type: 'drain' }) as {
      drained: { contracts: number }
    }
    return answer.drained.contracts
  }
}
