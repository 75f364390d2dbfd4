// Timestamp: its calls, their arguments and weights.

import { compact, u64 } from '../../../scale/primitives.ts'
import { RuntimeTrap } from '../../runtime/tx.ts'
import { timestamp } from './declaration.ts'

/** The calls of Timestamp, by name. */
export const calls = {
  set: timestamp.call(
    0,
    { now: compact(u64) },
    { refTime: 160_492_000n, proofSize: 1493n, class: 'Mandatory' },
    tx => {
      // Every block's own timestamp has been set by the author: nobody signs for it, and nobody sets it twice.
      if (tx.origin.type !== 'None') throw tx.fail({ type: 'BadOrigin' })
      throw new RuntimeTrap('Timestamp must be updated only once in the block')
    },
  ),
}
