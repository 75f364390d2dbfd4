// Base64 as strict as Rust's `base64` 0.13 reads it, which rmb-peer uses.

/** The bytes of standard base64; padding may be missing. `undefined` for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const padStart = text.indexOf('=')
  const digits = padStart === -1 ? text.length : padStart
  const padding = text.length - digits
  const last = digits % 4
  if (last === 1) return undefined
  if (padding > 0 && (last === 0 || last + padding > 4)) return undefined
  // Bits behind the last byte must be 0.
  const stray = last === 2 ? 0b1111 : last === 3 ? 0b11 : 0
  if (stray > 0 && (ALPHABET.indexOf(text.charAt(digits - 1)) & stray) !== 0) return undefined
  return Buffer.from(text, 'base64')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
