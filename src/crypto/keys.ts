// Key pairs of the three schemes that the chain knows, from seeds and from secrets as people write them.

import { invariant } from '../kernel/errors.ts'
import { ed25519PrivateKey, ed25519PublicKey, ed25519Sign } from './ed25519.ts'
import { blake2b256 } from './hash.ts'
import type { Hex } from './hex.ts'
import { toHex } from './hex.ts'
import {
  secpPublicKey,
  secpSign,
  srDerive,
  srPairFromSeed,
  srPublicKey,
  srSign,
} from './internal/wasm.ts'
import type { Junction, SecretError } from './secret-uri.ts'
import { parseSecretUri } from './secret-uri.ts'
import { encodeSs58 } from './ss58.ts'

/** The signature schemes of `MultiSignature`. */
export type Scheme = 'ed25519' | 'sr25519' | 'ecdsa'

/** A key that can sign. Everything costly in it is computed at first use and kept. */
export interface KeyPair {
  readonly scheme: Scheme
  /** The seed that alone makes this pair again; absent after sr25519 junctions, which have none. */
  readonly seed: Uint8Array | undefined
  /** 32 bytes; 33 (compressed) for ecdsa. */
  readonly publicKey: Uint8Array
  /** The 32 bytes by which the chain knows the key, as hex. */
  readonly accountId: Hex
  /** The account as SS58 text with TFChain's prefix. */
  readonly address: string
  /** 64 bytes; 65 for ecdsa, over the message's BLAKE2b-256. Only sr25519 signatures are randomised. */
  sign(message: Uint8Array): Uint8Array
}

/** A key pair, or what is wrong with the secret. */
export type KeyPairResult =
  | { readonly ok: true; readonly pair: KeyPair }
  | { readonly ok: false; readonly error: SecretError }

/** The pair of a 32-byte seed. For ecdsa the seed has to be a valid scalar, as all but 2^-128 are. */
export function keyPairFromSeed(seed: Uint8Array, scheme: Scheme): KeyPair {
  invariant(seed.length === 32, 'a key seed is 32 bytes')
  const own = Uint8Array.from(seed)
  switch (scheme) {
    case 'ed25519':
      return ed25519Pair(own)
    case 'sr25519':
      return sr25519Pair(
        lazy(() => srPairFromSeed(own)),
        own,
      )
    case 'ecdsa':
      return ecdsaPair(own)
  }
}

/**
 * The pair of a secret as `subkey` accepts it: a phrase, `0x` and a hex seed, or nothing (the dev
 * phrase), then `//hard` and `/soft` junctions, then `///password`. Example: `//Alice`.
 */
export function keyPairFromUri(uri: string, scheme: Scheme): KeyPairResult {
  const parsed = parseSecretUri(uri)
  if (!parsed.ok) return parsed
  const { seed, junctions } = parsed.secret
  if (junctions.length === 0) return { ok: true, pair: keyPairFromSeed(seed, scheme) }
  if (scheme === 'sr25519') return { ok: true, pair: derivedSr25519Pair(seed, junctions) }
  // Only sr25519 can derive a public key without the secret one.
  if (junctions.some(({ kind }) => kind === 'soft')) return { ok: false, error: 'InvalidPath' }
  const context = scheme === 'ed25519' ? ED25519_CONTEXT : ECDSA_CONTEXT
  const derived = junctions.reduce((parent, { code }) => {
    return blake2b256(Buffer.concat([context, parent, code]))
  }, seed)
  return { ok: true, pair: keyPairFromSeed(derived, scheme) }
}

// SCALE texts (length as a compact number, then the characters) that set the two derivations apart:
// `substrate: primitives/core/src/{ed25519,ecdsa}.rs`, `derive_hard_junction`.
const ED25519_CONTEXT = Buffer.from('\x2cEd25519HDKD')
const ECDSA_CONTEXT = Buffer.from('\x34Secp256k1HDKD')

function ed25519Pair(seed: Uint8Array): KeyPair {
  const key = lazy(() => ed25519PrivateKey(seed))
  return pairOf('ed25519', seed, {
    publicKey: () => ed25519PublicKey(key()),
    sign: message => ed25519Sign(key(), message),
  })
}

function sr25519Pair(expanded: () => Uint8Array, seed: Uint8Array | undefined): KeyPair {
  return pairOf('sr25519', seed, {
    publicKey: () => srPublicKey(expanded()),
    sign: message => srSign(expanded(), message),
  })
}

function derivedSr25519Pair(seed: Uint8Array, junctions: readonly Junction[]): KeyPair {
  const expanded = lazy(() =>
    junctions.reduce((pair, { kind, code }) => srDerive(kind, pair, code), srPairFromSeed(seed)),
  )
  return sr25519Pair(expanded, undefined)
}

function ecdsaPair(seed: Uint8Array): KeyPair {
  const valid = (bytes: Uint8Array | undefined) => {
    invariant(bytes !== undefined, 'a seed for ecdsa is a scalar of the curve')
    return bytes
  }
  return pairOf('ecdsa', seed, {
    publicKey: () => valid(secpPublicKey(seed)),
    sign: message => valid(secpSign(blake2b256(message), seed)),
  })
}

interface PairParts {
  publicKey(): Uint8Array
  sign(message: Uint8Array): Uint8Array
}

function pairOf(scheme: Scheme, seed: Uint8Array | undefined, parts: PairParts): KeyPair {
  const publicKey = lazy(parts.publicKey)
  const account = lazy(() => (scheme === 'ecdsa' ? blake2b256(publicKey()) : publicKey()))
  const accountId = lazy(() => toHex(account()))
  const address = lazy(() => encodeSs58(account()))
  return {
    scheme,
    seed,
    get publicKey() {
      return publicKey()
    },
    get accountId() {
      return accountId()
    },
    get address() {
      return address()
    },
    sign: parts.sign,
  }
}

function lazy<T>(make: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= make()
    return value
  }
}
