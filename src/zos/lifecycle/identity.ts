// Who a node is: a key of its own, from which account, twin and addresses follow.

import { type KeyPair, keyPairFromSeed } from '../../crypto/keys.ts'
import { secp256k1PublicKey } from '../../crypto/secp256k1.ts'
import { invariant } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'

/** The key of a node and what is encrypted for it; the seed is the same for both. */
export interface Identity {
  readonly pair: KeyPair
  /** 32 bytes: the ed25519 seed, and the secp256k1 secret for end-to-end encryption. */
  readonly secret: Uint8Array
}

/** The identity of the node at a position, from the run's seed alone. */
export function identityOf(random: Random, index: number): Identity {
  const secret = random.derive(`zos/${index}/seed`, 32)
  return { pair: keyPairFromSeed(secret, 'ed25519'), secret }
}

/** The compressed key that a node's twin shows on the chain. */
export function encryptionKeyOf({ secret }: Identity): Uint8Array {
  const key = secp256k1PublicKey(secret)
  invariant(key, 'a seed drawn for a node is a valid secp256k1 scalar')
  return key
}
