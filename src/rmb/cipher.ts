// End-to-end encryption of payloads: AES-256-GCM under a shared key (`rmb-rs: src/peer/e2e/mod.rs`).

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { secp256k1SharedKey } from '../crypto/secp256k1.ts'
import { invariant } from '../kernel/errors.ts'
import type { CipherErrorText } from './errors.ts'

/** The size of the nonce that precedes every ciphertext. */
export const NONCE_SIZE = 12

const TAG_SIZE = 16
const ALGORITHM = 'aes-256-gcm'

/** The two keys that a payload travels between. */
export interface CipherKeys {
  /** One's own 32-byte secret seed. */
  readonly secret: Uint8Array
  /** The other twin's `pk` on the chain. */
  readonly publicKey: Uint8Array
}

/** The bytes, or why there are none. */
export type CipherResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: CipherErrorText }

/** Encrypts a payload for another twin. A nonce must never be used twice with the same keys. */
export function encryptPayload(
  keys: CipherKeys,
  plain: Uint8Array,
  nonce: Uint8Array,
): CipherResult {
  const shared = secp256k1SharedKey(keys.secret, keys.publicKey)
  if (!shared.ok) return { ok: false, error: `k256: ${shared.error}` }
  return { ok: true, bytes: encryptWithKey(shared.key, plain, nonce) }
}

/** Decrypts a payload that came from another twin. */
export function decryptPayload(keys: CipherKeys, sealed: Uint8Array): CipherResult {
  if (sealed.length < NONCE_SIZE) return { ok: false, error: 'invalid cipher data' }
  const shared = secp256k1SharedKey(keys.secret, keys.publicKey)
  if (!shared.ok) return { ok: false, error: `k256: ${shared.error}` }
  return decryptWithKey(shared.key, sealed)
}

/** Nonce, ciphertext and tag of a payload under a shared key. */
export function encryptWithKey(key: Uint8Array, plain: Uint8Array, nonce: Uint8Array): Uint8Array {
  invariant(nonce.length === NONCE_SIZE, 'a nonce is 12 bytes')
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  const sealed = new Uint8Array(NONCE_SIZE + plain.length + TAG_SIZE)
  sealed.set(nonce)
  sealed.set(cipher.update(plain), NONCE_SIZE)
  cipher.final()
  sealed.set(cipher.getAuthTag(), NONCE_SIZE + plain.length)
  return sealed
}

/** The payload in nonce, ciphertext and tag under a shared key. */
export function decryptWithKey(key: Uint8Array, sealed: Uint8Array): CipherResult {
  if (sealed.length < NONCE_SIZE + TAG_SIZE) return { ok: false, error: 'invalid cipher data' }
  const tagStart = sealed.length - TAG_SIZE
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_SIZE))
  decipher.setAuthTag(sealed.subarray(tagStart))
  const plain = decipher.update(sealed.subarray(NONCE_SIZE, tagStart))
  try {
    decipher.final()
  } catch {
    // Node's only way to say that the tag is another one.
    return { ok: false, error: 'invalid cipher data' }
  }
  return { ok: true, bytes: new Uint8Array(plain) }
}
