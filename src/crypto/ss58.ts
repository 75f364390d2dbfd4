// Account addresses: SS58 text to public key and back.

import { invariant } from '../kernel/errors.ts'
import { blake2b512 } from './hash.ts'

/** The prefix of "generic Substrate", which TFChain uses. */
export const SS58_PREFIX = 42

/**
 * Why a text is not an address, in the words of `substrate: primitives/core/src/crypto.rs`
 * (`PublicError`), which is what a node's JSON-RPC answers.
 */
export type Ss58Error =
  | 'BadBase58'
  | 'BadLength'
  | 'InvalidPrefix'
  | 'FormatNotAllowed'
  | 'InvalidChecksum'

/** An account and the network prefix that its address carried, or what is wrong with the text. */
export type Ss58Decoded =
  | { readonly ok: true; readonly publicKey: Uint8Array; readonly prefix: number }
  | { readonly ok: false; readonly error: Ss58Error }

const KEY_SIZE = 32
const CHECKSUM_SIZE = 2
const CHECKSUM_CONTEXT = Buffer.from('SS58PRE')
// 36 bytes need 50 characters of base 58; longer text is refused before any arithmetic.
const LONGEST_ADDRESS = 50
// `substrate: ss58-registry`: these two have no meaning and are never accepted.
const RESERVED_PREFIXES = [46, 47]

/** The address of a 32-byte public key or account id. */
export function encodeSs58(publicKey: Uint8Array, prefix: number = SS58_PREFIX): string {
  invariant(publicKey.length === KEY_SIZE, 'an account id is 32 bytes')
  invariant(prefix >= 0 && prefix < 16384, 'an SS58 prefix has 14 bits')
  const prefixSize = prefix < 64 ? 1 : 2
  const data = new Uint8Array(prefixSize + KEY_SIZE + CHECKSUM_SIZE)
  if (prefixSize === 1) {
    data[0] = prefix
  } else {
    // The 14 bits are spread over two bytes so that the first lies in 64..127.
    data[0] = 0x40 | ((prefix & 0xfc) >> 2)
    data[1] = (prefix >> 8) | ((prefix & 3) << 6)
  }
  data.set(publicKey, prefixSize)
  data.set(checksum(data.subarray(0, prefixSize + KEY_SIZE)), prefixSize + KEY_SIZE)
  return encodeBase58(data)
}

/**
 * The account that an address names, whatever network its prefix belongs to, as a node's
 * `system_accountNextIndex` reads it.
 */
export function decodeSs58(address: string): Ss58Decoded {
  const data = address.length > LONGEST_ADDRESS ? undefined : decodeBase58(address)
  if (data === undefined) {
    return { ok: false, error: isBase58(address) ? 'BadLength' : 'BadBase58' }
  }
  if (data.length < 2) return { ok: false, error: 'BadLength' }
  const [first, second] = data as unknown as [number, number]
  if (first > 127) return { ok: false, error: 'InvalidPrefix' }
  const prefixSize = first < 64 ? 1 : 2
  const prefix =
    prefixSize === 1 ? first : ((first << 2) & 0xfc) | (second >> 6) | ((second & 0x3f) << 8)
  const bodyEnd = prefixSize + KEY_SIZE
  if (data.length !== bodyEnd + CHECKSUM_SIZE) return { ok: false, error: 'BadLength' }
  if (RESERVED_PREFIXES.includes(prefix)) return { ok: false, error: 'FormatNotAllowed' }
  const [low, high] = checksum(data.subarray(0, bodyEnd))
  if (data[bodyEnd] !== low || data[bodyEnd + 1] !== high) {
    return { ok: false, error: 'InvalidChecksum' }
  }
  return { ok: true, publicKey: data.slice(prefixSize, bodyEnd), prefix }
}

function checksum(data: Uint8Array): Uint8Array {
  const input = new Uint8Array(CHECKSUM_CONTEXT.length + data.length)
  input.set(CHECKSUM_CONTEXT)
  input.set(data, CHECKSUM_CONTEXT.length)
  return blake2b512(input).subarray(0, CHECKSUM_SIZE)
}

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const DIGIT_OF = new Map([...ALPHABET].map((character, digit) => [character, digit]))

function isBase58(text: string): boolean {
  for (const character of text) if (!DIGIT_OF.has(character)) return false
  return true
}

function encodeBase58(data: Uint8Array): string {
  // Digits of the number, least significant first.
  const digits: number[] = []
  for (const byte of data) {
    let carry = byte
    for (let i = 0; i < digits.length; i++) {
      carry += digits[i]! << 8
      digits[i] = carry % 58
      carry = (carry / 58) | 0
    }
    for (; carry > 0; carry = (carry / 58) | 0) digits.push(carry % 58)
  }
  let text = ''
  for (let i = 0; i < data.length && data[i] === 0; i++) text += '1'
  for (let i = digits.length - 1; i >= 0; i--) text += ALPHABET[digits[i]!]
  return text
}

function decodeBase58(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  for (const character of text) {
    let carry = DIGIT_OF.get(character)
    if (carry === undefined) return undefined
    for (let i = 0; i < bytes.length; i++) {
      carry += bytes[i]! * 58
      bytes[i] = carry & 0xff
      carry >>= 8
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 0xff)
  }
  for (let i = 0; i < text.length && text[i] === '1'; i++) bytes.push(0)
  return Uint8Array.from(bytes.reverse())
}
