// Secrets as people write them: a phrase or hex seed, derivation junctions, a password.

import { blake2b256 } from './hash.ts'
import { parseHex } from './hex.ts'
import { mnemonicToMiniSecret } from './mnemonic.ts'

/** The phrase behind `//Alice`, `//Bob`, ...: `substrate: primitives/core/src/crypto.rs`, `DEV_PHRASE`. */
export const DEV_PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'

/** One step of a derivation: the 32-byte chain code, and whether the public key alone could take it. */
export interface Junction {
  readonly kind: 'hard' | 'soft'
  readonly code: Uint8Array
}

/** A secret's root seed and the junctions to follow from it. */
export interface Secret {
  readonly seed: Uint8Array
  readonly junctions: readonly Junction[]
}

/** What can be wrong with a secret; names as in `SecretStringError` of Substrate. */
export type SecretError = 'InvalidFormat' | 'InvalidPhrase' | 'InvalidSeed' | 'InvalidPath'

/** A parsed secret, or what is wrong with it. */
export type SecretParsed =
  | { readonly ok: true; readonly secret: Secret }
  | { readonly ok: false; readonly error: SecretError }

// Phrase or 0x seed, then junctions, then ///password; the password may hold anything.
const SECRET_URI = /^([\p{L}\p{N} ]+)?((?:\/\/?[^/]+)*)(?:\/\/\/(.*))?$/u
const JUNCTION = /(\/\/?)([^/]+)/g

/**
 * Parses what `subkey` accepts: `word word ...`, `0x<64 hex digits>` or nothing (the dev phrase),
 * followed by `//hard` and `/soft` junctions and `///password`.
 */
export function parseSecretUri(uri: string): SecretParsed {
  const match = SECRET_URI.exec(uri)
  if (match === null) return { ok: false, error: 'InvalidFormat' }
  const [, phrase = DEV_PHRASE, path = '', password = ''] = match
  const junctions = [...path.matchAll(JUNCTION)].map(([, slashes, name]) =>
    junction(slashes === '//' ? 'hard' : 'soft', name!),
  )
  if (phrase.startsWith('0x')) {
    const seed = parseHex(phrase)
    if (seed?.length !== 32) return { ok: false, error: 'InvalidSeed' }
    return { ok: true, secret: { seed, junctions } }
  }
  const seed = mnemonicToMiniSecret(phrase, password)
  if (seed === undefined) return { ok: false, error: 'InvalidPhrase' }
  return { ok: true, secret: { seed, junctions } }
}

/**
 * The 32 bytes of a secret without derivation, as RMB clients take it: a phrase, or 64 hex digits
 * with or without `0x`. `undefined` for anything else.
 */
export function parseSecretSeed(secret: string): Uint8Array | undefined {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(secret)) return parseHex(secret)
  return mnemonicToMiniSecret(secret)
}

function junction(kind: Junction['kind'], name: string): Junction {
  const encoded = isU64(name) ? encodeU64(BigInt(name)) : encodeText(name)
  if (encoded.length > 32) return { kind, code: blake2b256(encoded) }
  const code = new Uint8Array(32)
  code.set(encoded)
  return { kind, code }
}

// A junction of digits is a number, as Rust's `parse::<u64>` sees it.
const isU64 = (name: string) => /^\+?[0-9]+$/.test(name) && BigInt(name) < 1n << 64n

function encodeU64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, value, true)
  return bytes
}

/** SCALE: the length as a compact number, then the bytes. */
function encodeText(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8')
  const size = bytes.length
  const length =
    size < 64
      ? [size << 2]
      : size < 16384
        ? [((size << 2) | 1) & 0xff, size >> 6]
        : [((size << 2) | 2) & 0xff, (size >> 6) & 0xff, (size >> 14) & 0xff, (size >> 22) & 0xff]
  return Uint8Array.from([...length, ...bytes])
}
