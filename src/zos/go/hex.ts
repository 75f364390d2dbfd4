// Hex text as the node decodes it, with the node's words for what is wrong with it.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { isPrintable } from './quote.ts'

const hexDigit = /^[0-9a-fA-F]$/

function invalidByte(byte: number): { ok: false; error: string } {
  const character = String.fromCharCode(byte)
  const code = `U+${byte.toString(16).toUpperCase().padStart(4, '0')}`
  const shown = isPrintable(character) ? ` '${character}'` : ''
  return refused(`encoding/hex: invalid byte: ${code}${shown}`)
}

/** Decodes hex of either case; the value is the same bytes as lower-case hex. */
export function decodeHex(text: string): Outcome<string> {
  const wrong = text.search(/[^0-9a-fA-F]/)
  if (wrong >= 0) {
    const bytes = Buffer.from(text.slice(wrong), 'utf8')
    return invalidByte(bytes[0] ?? 0)
  }
  if (text.length % 2 === 1) return refused('encoding/hex: odd length hex string')
  return accepted(text.toLowerCase())
}

/** Is this one hex digit? */
export function isHexDigit(character: string | undefined): boolean {
  return character !== undefined && hexDigit.test(character)
}
