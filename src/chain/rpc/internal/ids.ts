// Ids of subscriptions: they only ever leave the process, so they are drawn from the machine's entropy.

import { randomBytes } from 'node:crypto'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const idLength = 16

/** 16 random letters and digits, as the real node makes them. */
export function newSubscriptionId(): string {
  let id = ''
  while (id.length < idLength) {
    for (const byte of randomBytes(2 * idLength)) {
      // The bytes above the last whole multiple of 62 would favour the first letters.
      if (byte < 248 && id.length < idLength) id += alphabet[byte % 62]
    }
  }
  return id
}
