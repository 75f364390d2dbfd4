// Standard base64 as the node decodes keys, with the place of the first bad byte.

import { accepted, type Outcome, refused } from '../outcome.ts'

const digit = /^[A-Za-z0-9+/]$/

function corrupt(at: number): { ok: false; error: string } {
  return refused(`illegal base64 data at input byte ${at}`)
}

/** The number of bytes that base64 text stands for (golang/go: src/encoding/base64/base64.go). */
export function base64Length(text: string): Outcome<number> {
  const bytes = Buffer.from(text, 'utf8')
  let length = 0
  let at = 0
  const skipNewlines = () => {
    while (bytes[at] === 0x0a || bytes[at] === 0x0d) at++
  }
  for (;;) {
    let digits = 0
    while (digits < 4) {
      skipNewlines()
      const byte = bytes[at]
      if (byte === undefined) return digits === 0 ? accepted(length) : corrupt(at - digits)
      at++
      const character = String.fromCharCode(byte)
      if (digit.test(character)) {
        digits++
      } else if (character !== '=' || digits < 2) {
        return corrupt(at - 1)
      } else {
        if (digits === 2) {
          skipNewlines()
          if (bytes[at] === undefined) return corrupt(bytes.length)
          if (bytes[at] !== 0x3d) return corrupt(at - 1)
          at++
        }
        skipNewlines()
        return at < bytes.length ? corrupt(at) : accepted(length + digits - 1)
      }
    }
    length += 3
  }
}
