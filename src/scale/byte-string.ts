// Bytes as JavaScript strings: immutable, comparable with ===, and good keys of a Map.

import { ScaleError } from './errors.ts'

/** Bytes as a string of char codes 0 to 255, one per byte. What people typed is UTF-8 inside. */
export type ByteString = string

/** Bytes as lowercase hex with `0x` before them: accounts, hashes, keys, signatures. */
export type Hex = `0x${string}`

/** `byteStringFromText('Gent')`: the UTF-8 bytes of a text. */
export function byteStringFromText(text: string): ByteString {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** The text whose UTF-8 bytes these are; invalid sequences become U+FFFD. */
export function textOfByteString(bytes: ByteString): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

export function byteStringFromBytes(bytes: Uint8Array): ByteString {
  return asBuffer(bytes).toString('latin1')
}

export function bytesOfByteString(bytes: ByteString): Uint8Array {
  assertByteString(bytes)
  return new Uint8Array(Buffer.from(bytes, 'latin1'))
}

export function byteStringFromHex(hex: string): ByteString {
  return byteStringFromBytes(bytesFromHex(hex))
}

export function hexOfByteString(bytes: ByteString): Hex {
  assertByteString(bytes)
  return `0x${Buffer.from(bytes, 'latin1').toString('hex')}`
}

export function hexFromBytes(bytes: Uint8Array): Hex {
  return `0x${asBuffer(bytes).toString('hex')}`
}

/** Bytes of hex digits in either case, with or without `0x`; anything else is a ScaleError. */
export function bytesFromHex(hex: string): Uint8Array {
  const digits = hex.startsWith('0x') ? hex.slice(2) : hex
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) {
    throw new ScaleError('badValue', 'not a string of hex bytes')
  }
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

/** Fails when a string holds a char code above 255, which would be cut to its low byte unnoticed. */
export function assertByteString(bytes: ByteString): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: every byte is allowed, zero included
  if (!/^[\x00-\xff]*$/.test(bytes)) {
    throw new ScaleError('badValue', 'a byte string holds a character above 255; encode text first')
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
