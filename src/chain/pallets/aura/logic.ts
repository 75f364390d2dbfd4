// Whose turn it is: the list of authorities, and how the outside hears that it is another one.

import type { Hex } from '../../../crypto/hex.ts'
import { byteStringFromBytes } from '../../../scale/byte-string.ts'
import { encodeToBytes, encodeToHex } from '../../../scale/codec.ts'
import { vec } from '../../../scale/containers.ts'
import type { Tx } from '../../runtime/tx.ts'
import { AuraId, DigestItem } from '../../types/primitives.ts'
import type { aura } from './declaration.ts'

/** `ConsensusLog::AuthoritiesChange` (`substrate: primitives/consensus/aura/src/lib.rs`). */
const authoritiesChange = '\x01'

/** Puts other authorities in place; a list that is the same changes nothing. */
export function changeAuthorities(tx: Tx<typeof aura>, authorities: readonly Hex[]): void {
  const old = tx.state.Authorities.get()
  const isSame = old.length === authorities.length && old.every((id, i) => id === authorities[i])
  if (isSame) return
  tx.state.Authorities.set(authorities)
  const list = byteStringFromBytes(encodeToBytes(vec(AuraId), authorities))
  tx.addDigest(
    encodeToHex(DigestItem, { type: 'Consensus', value: ['aura', authoritiesChange + list] }),
  )
}
