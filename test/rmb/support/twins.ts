// Twins with keys, and a chain of them, for tests of peers and clients.

import { type KeyPair, keyPairFromSeed } from '../../../src/crypto/keys.ts'
import { secp256k1PublicKey } from '../../../src/crypto/secp256k1.ts'
import type { PeerTwin } from '../../../src/rmb/client/twins.ts'
import type { PeerChain } from '../../../src/rmb/peer/chain.ts'
import type { PeerKeys } from '../../../src/rmb/peer/start.ts'

/** A twin and its secrets. */
export interface TestTwin extends PeerKeys {
  readonly id: number
}

/** A twin whose keys follow from its id. */
export function makeTwin(id: number, keyType: 'ed25519' | 'sr25519' = 'ed25519'): TestTwin {
  const secret = new Uint8Array(32).fill(7)
  new DataView(secret.buffer).setUint32(0, id)
  const pair: KeyPair = keyPairFromSeed(secret, keyType)
  return { id, pair, secret, publicKey: secp256k1PublicKey(secret)! }
}

/** A chain that holds twins; what is asked of it is counted. */
export class TestChain implements PeerChain {
  readonly twins = new Map<number, PeerTwin>()
  readonly updates: { relay: string; pk: Uint8Array }[] = []
  asked = 0
  /** When set, everything fails with it. */
  failure: Error | null = null
  readonly #own: TestTwin | undefined

  constructor(twins: readonly TestTwin[], options: { own?: TestTwin; without?: number[] } = {}) {
    this.#own = options.own
    for (const { id, pair, publicKey } of twins) {
      const pk = options.without?.includes(id) ? null : publicKey
      this.twins.set(id, { id, account: pair.publicKey, relay: 'relay', pk })
    }
  }

  accountOf = (id: number): Uint8Array | undefined => this.twins.get(id)?.account

  async twin(id: number): Promise<PeerTwin | undefined> {
    this.asked += 1
    if (this.failure) throw this.failure
    return this.twins.get(id)
  }

  async twinIdOf(account: Uint8Array): Promise<number | undefined> {
    if (this.failure) throw this.failure
    const found = [...this.twins.values()].find(twin => Buffer.from(twin.account).equals(account))
    return found?.id
  }

  async updateTwin(update: { relay: string; pk: Uint8Array }): Promise<void> {
    this.updates.push(update)
    const id = this.#own?.id
    const twin = id === undefined ? undefined : this.twins.get(id)
    if (twin) this.twins.set(twin.id, { ...twin, ...update })
  }
}
