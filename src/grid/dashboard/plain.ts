// Values of the chain as JSON: whole numbers of 64 bits as text, bytes as hex or as the text that they are.

import { byteStringToBytes, byteStringToUtf8, toHex } from '../../crypto/hex.ts'

/** A value as plain JSON, without loss; a map becomes a list of pairs. */
export function plainOf(value: unknown): unknown {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array) return toHex(value)
  if (value instanceof Map) return [...value].map(pair => plainOf(pair))
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, plainOf(own)]))
  }
  return value ?? null
}

/** Bytes of the chain are strings of bytes: text where they are that, else hex. */
function textOf(bytes: string): string {
  const text = byteStringToUtf8(bytes)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these tell bytes from text.
  const isText = !/[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/.test(text)
  return isText ? text : toHex(byteStringToBytes(bytes))
}

/** Adds to a count. */
export function countIn(counts: Record<string, number>, name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by
}
