// Grandpa: its calls, their arguments and weights.

import { u32 } from '../../../scale/primitives.ts'
import { ensureRoot } from '../../runtime/origins.ts'
import { Void } from '../../types/primitives.ts'
import { grandpa } from './declaration.ts'
import { EquivocationProof } from './types.ts'

/** For up to 100 authorities (`paritytech/substrate: frame/grandpa/src/default_weights.rs`). */
const equivocationWeight = { refTime: 1_782_500_000n, proofSize: 0n }

/** The calls of Grandpa, by name. Nobody can report: the proof is of a type that has no values. */
export const calls = {
  report_equivocation: grandpa.call(
    0,
    { equivocation_proof: EquivocationProof, key_owner_proof: Void },
    equivocationWeight,
  ),

  report_equivocation_unsigned: grandpa.call(
    1,
    { equivocation_proof: EquivocationProof, key_owner_proof: Void },
    equivocationWeight,
  ),

  note_stalled: grandpa.call(
    2,
    { delay: u32, best_finalized_block_number: u32 },
    { refTime: 103_000_000n, proofSize: 0n },
    (tx, { delay, best_finalized_block_number }) => {
      ensureRoot(tx)
      tx.state.Stalled.set([delay, best_finalized_block_number])
    },
  ),
}
