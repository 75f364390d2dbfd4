// The keys of the parties of this process: users, farmers, nodes.

import { type KeyPair, keyPairFromUri } from '../crypto/keys.ts'
import { gridError } from '../kernel/errors.ts'

/** Finds keys by account. Keys never change, so they are not part of the state. */
export class Keyring {
  readonly #pairs = new Map<string, KeyPair>()

  add(pair: KeyPair): void {
    this.#pairs.set(pair.accountId, pair)
  }

  find(account: string): KeyPair | undefined {
    return this.#pairs.get(account)
  }
}

/** The key of a secret as people write it; anything else is GRID_ACCOUNT_INVALID. */
export function keyOfSecret(secret: string, scheme: 'sr25519' | 'ed25519'): KeyPair {
  const made = keyPairFromUri(secret, scheme)
  if (!made.ok) throw gridError('GRID_ACCOUNT_INVALID', { detail: made.error })
  return made.pair
}
