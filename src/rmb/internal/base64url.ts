// Base64 for URLs as strict and in the same words as Rust's `base64` 0.13.

/** The bytes, or the library's sentence on what is wrong. */
export type Base64Decoded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly error: string }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Encodes without padding. */
export function encodeBase64Url(data: Uint8Array | string): string {
  return Buffer.from(data as string).toString('base64url')
}

/** Decodes text without foreign characters or stray bits at its end; padding may be there or not. */
export function decodeBase64Url(text: string): Base64Decoded {
  const bytes = Buffer.from(text, 'utf8')
  if (bytes.length % 4 === 1) {
    const index = bytes.length - 1
    const byte = bytes[index]!
    if (byte !== PAD && !isDigit(byte)) return invalidByte(byte, index)
    return { ok: false, error: 'Encoded text cannot have a 6-bit remainder.' }
  }
  const padStart = bytes.indexOf(PAD)
  const end = padStart === -1 ? bytes.length : padStart
  const badIndex = bytes.subarray(0, end).findIndex(byte => !isDigit(byte))
  if (badIndex !== -1) return invalidByte(bytes[badIndex]!, badIndex)
  if (padStart !== -1 && !isPadding(bytes, padStart)) return invalidByte(PAD, padStart)
  const last = end - 1
  const strayBits = end % 4 === 2 ? 0b1111 : end % 4 === 3 ? 0b11 : 0
  if ((ALPHABET.indexOf(text.charAt(last)) & strayBits) !== 0) {
    return { ok: false, error: `Invalid last symbol ${bytes[last]}, offset ${last}.` }
  }
  return { ok: true, bytes: new Uint8Array(Buffer.from(text, 'base64url')) }
}

const PAD = '='.charCodeAt(0)

const isDigit = (byte: number) => ALPHABET.includes(String.fromCharCode(byte))

const invalidByte = (byte: number, offset: number): Base64Decoded => ({
  ok: false,
  error: `Invalid byte ${byte}, offset ${offset}.`,
})

/** Padding fills the last group of four, of which at least two are digits. */
function isPadding(bytes: Uint8Array, start: number): boolean {
  const isLastGroup = bytes.length - (start - (start % 4)) <= 4
  return start % 4 >= 2 && isLastGroup && bytes.subarray(start).every(byte => byte === PAD)
}
