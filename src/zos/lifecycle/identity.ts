// Who nodes are: a key each, from which account, twin and addresses follow; made when needed, and not kept.

import type { Hex } from '../../crypto/hex.ts'
import { type KeyPair, keyPairFromSeed } from '../../crypto/keys.ts'
import type { Random } from '../../kernel/random.ts'
import { EncryptionKeys } from './encryption-keys.ts'

/** The key of a node and what is encrypted for it; the seed is the same for both. */
export interface Identity {
  readonly pair: KeyPair
  /** 32 bytes: the ed25519 seed, and the secp256k1 secret for end-to-end encryption. */
  readonly secret: Uint8Array
}

/** Key pairs that are kept after their use. */
const keptPairs = 1024

/** The identities of the nodes of one seed: they depend on the seed and a node's position alone. */
export class Identities {
  readonly #keys: EncryptionKeys
  readonly #pairs = new Map<number, KeyPair>()

  constructor(random: Random) {
    this.#keys = new EncryptionKeys(random)
  }

  /** The identity of the node at a position. */
  of(index: number): Identity {
    return { pair: this.pairOf(index), secret: this.#keys.secretOf(index) }
  }

  /** The key pair of a node, made at need. */
  pairOf(index: number): KeyPair {
    let pair = this.#pairs.get(index)
    if (pair) return pair
    pair = keyPairFromSeed(this.#keys.secretOf(index), 'ed25519')
    this.#pairs.set(index, pair)
    const [oldest] = this.#pairs.keys()
    if (this.#pairs.size > keptPairs && oldest !== undefined) this.#pairs.delete(oldest)
    return pair
  }

  /** The compressed key that a node's twin shows on the chain. */
  encryptionKeyOf(index: number): Uint8Array {
    return this.#keys.publicKeyOf(index)
  }

  /** A key pair of a node that costs nothing until it signs. */
  lightPairOf(index: number): KeyPair {
    return new NodePair(this, index, this.pairOf(index).accountId)
  }
}

/** A key pair that knows its account, and makes the rest when somebody asks. */
class NodePair implements KeyPair {
  readonly accountId: Hex
  readonly #identities: Identities
  readonly #index: number

  constructor(identities: Identities, index: number, accountId: Hex) {
    this.#identities = identities
    this.#index = index
    this.accountId = accountId
  }

  get #pair(): KeyPair {
    return this.#identities.pairOf(this.#index)
  }

  get scheme(): 'ed25519' {
    return 'ed25519'
  }

  get seed(): Uint8Array | undefined {
    return this.#pair.seed
  }

  get publicKey(): Uint8Array {
    return this.#pair.publicKey
  }

  get address(): string {
    return this.#pair.address
  }

  sign(message: Uint8Array): Uint8Array {
    return this.#pair.sign(message)
  }
}
