// Session: its calls, their arguments and weights.

import { bytes } from '../../../scale/bytes.ts'
import { session } from './declaration.ts'
import { purgeKeys, setKeys } from './logic.ts'
import { SessionKeys } from './types.ts'

/** The calls of Session, by name. */
export const calls = {
  set_keys: session.call(
    0,
    { keys: SessionKeys, proof: bytes },
    { refTime: 706_180_000n, proofSize: 12_814n },
    // Upstream looks at the proof of ownership and finds every one valid.
    (tx, { keys }) => setKeys(tx, tx.signer(), keys),
  ),

  purge_keys: session.call(1, {}, { refTime: 591_313_000n, proofSize: 5256n }, tx =>
    purgeKeys(tx, tx.signer()),
  ),
}
