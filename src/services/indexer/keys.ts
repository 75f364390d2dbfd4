// The keys and ids of rows: an event's id is its block, its place in it and five digits of the block's hash.

import type { RowKey } from './entities.ts'

/** Digits of the block and of the event in an id (`subsquid/squid-sdk: substrate-processor/src/util/misc.ts`). */
const blockDigits = 10
const eventDigits = 6
const birthLength = blockDigits + 1 + eventDigits
const hashDigits = 5

const birthKey = /^\d{10}-\d{6}(?:-.+)?$/s
const birthId = /^(\d{10}-\d{6})-[0-9a-f]{5}(-.+)?$/s

/** The key of a row that an event made; of several, `part` tells which. */
export function keyOfBirth(block: number, event: number, part?: string | number): RowKey {
  const birth = `${pad(block, blockDigits)}-${pad(event, eventDigits)}`
  return (part === undefined ? birth : `${birth}-${part}`) as RowKey
}

/** The key that a literal id is. */
export function literalKey(id: string): RowKey {
  return id as RowKey
}

/** Where a row comes from; null for one with a literal id. */
export function birthOf(key: RowKey): { readonly block: number; readonly event: number } | null {
  if (!birthKey.test(key)) return null
  return {
    block: Number(key.slice(0, blockDigits)),
    event: Number(key.slice(blockDigits + 1, birthLength)),
  }
}

/** The public id of a key. The hash is asked for only when there is an event. */
export function idOfKey(key: RowKey, hashOf: (block: number) => string): string {
  const birth = birthOf(key)
  if (birth === null) return key
  const hash = hashOf(birth.block).slice(2, 2 + hashDigits)
  return `${key.slice(0, birthLength)}-${hash}${key.slice(birthLength)}`
}

/** The keys that a row with this public id may have. */
export function keysOfId(id: string): RowKey[] {
  const match = birthId.exec(id)
  if (!match) return [id as RowKey]
  return [`${match[1]}${match[2] ?? ''}` as RowKey, id as RowKey]
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, '0')
}
