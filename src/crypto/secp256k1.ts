// secp256k1: shared keys for end-to-end encryption, and the public key behind a recoverable signature.

import type { ECDH } from 'node:crypto'
import { ECDH as Curve, createECDH } from 'node:crypto'
import { sha256 } from './hash.ts'
import { bytesToByteString } from './hex.ts'
import { LruMap } from './internal/lru.ts'
import { secpRecover } from './internal/wasm.ts'

// One exchange costs 600 µs and preparing an own key 240 µs, so both are remembered.
const CACHED_OWN_KEYS = 1024
const CACHED_SHARED_KEYS = 4096

interface OwnKey {
  readonly ecdh: ECDH
  readonly publicKey: Uint8Array
}

/** Why no shared key could be made, in the words of `rust-secp256k1: src/lib.rs`. */
export type Secp256k1Error = 'malformed or out-of-range secret key' | 'malformed public key'

/** A shared key, or why there is none. */
export type SharedKeyResult =
  | { readonly ok: true; readonly key: Uint8Array }
  | { readonly ok: false; readonly error: Secp256k1Error }

const ownKeys = new LruMap<string, OwnKey>(CACHED_OWN_KEYS)
const sharedKeys = new LruMap<string, Uint8Array>(CACHED_SHARED_KEYS)

/**
 * The compressed public key (33 bytes) of a 32-byte secret read as a secp256k1 scalar: what a twin
 * publishes as `pk`. `undefined` when the secret is not one (0, or not below the group's order).
 */
export function secp256k1PublicKey(secret: Uint8Array): Uint8Array | undefined {
  return ownKey(secret)?.publicKey
}

/**
 * The key that two parties share: SHA-256 of the x coordinate of own secret times the other's
 * public key (33 or 65 bytes). The returned array is shared with a cache: do not write to it.
 */
export function secp256k1SharedKey(secret: Uint8Array, publicKey: Uint8Array): SharedKeyResult {
  const id = `${bytesToByteString(secret)}|${bytesToByteString(publicKey)}`
  const known = sharedKeys.get(id)
  if (known !== undefined) return { ok: true, key: known }
  const own = ownKey(secret)
  if (own === undefined) return { ok: false, error: 'malformed or out-of-range secret key' }
  const x = sharedPoint(own.ecdh, publicKey)
  if (x === undefined) return { ok: false, error: 'malformed public key' }
  const key = sha256(x)
  sharedKeys.set(id, key)
  return { ok: true, key }
}

function ownKey(secret: Uint8Array): OwnKey | undefined {
  if (secret.length !== 32) return undefined
  const id = bytesToByteString(secret)
  const known = ownKeys.get(id)
  if (known !== undefined) return known
  const ecdh = createECDH('secp256k1')
  try {
    ecdh.setPrivateKey(secret)
  } catch {
    // Node's only way to say that the scalar is out of range.
    return undefined
  }
  const own = { ecdh, publicKey: new Uint8Array(ecdh.getPublicKey(null, 'compressed')) }
  ownKeys.set(id, own)
  return own
}

function sharedPoint(ecdh: ECDH, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== 33 && publicKey.length !== 65) return undefined
  try {
    return ecdh.computeSecret(publicKey)
  } catch {
    // Node's only way to say that the bytes are no point of the curve.
    return undefined
  }
}

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const FIELD = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2fn

/**
 * The compressed public key that made a 65-byte recoverable signature (r, s, v) over a 32-byte hash;
 * `undefined` when no key can have made it. `v` is 0 to 3, or 27 and more as Ethereum writes it.
 */
export function secp256k1Recover(hash: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  if (hash.length !== 32 || signature.length !== 65) return undefined
  // `substrate: primitives/io/src/lib.rs` accepts both ways of writing v.
  const v = signature[64]!
  const recovery = v > 26 ? v - 27 : v
  if (recovery > 3) return undefined
  const r = toBigInt(signature.subarray(0, 32))
  const s = toBigInt(signature.subarray(32, 64))
  if (r === 0n || r >= ORDER || s === 0n || s >= ORDER) return undefined
  const x = recovery >= 2 ? r + ORDER : r
  if (x >= FIELD || !isOnCurve(x)) return undefined
  // The chain accepts the signature's twin with s negated; the library only the one with low s.
  if (s <= ORDER / 2n) return secpRecover(hash, signature.subarray(0, 64), recovery)
  const low = new Uint8Array(64)
  low.set(signature.subarray(0, 32))
  low.set(toBytes(ORDER - s), 32)
  return secpRecover(hash, low, recovery ^ 1)
}

function isOnCurve(x: bigint): boolean {
  const compressed = new Uint8Array(33)
  compressed[0] = 2
  compressed.set(toBytes(x), 1)
  try {
    Curve.convertKey(compressed, 'secp256k1', undefined, undefined, 'uncompressed')
    return true
  } catch {
    // Node's only way to say that the bytes are no point of the curve.
    return false
  }
}

const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const toBytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
