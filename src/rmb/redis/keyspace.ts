// What a Redis server holds: strings, lists and hashes under keys, with times of death and a bound on memory.

import { bytesToByteString } from '../../crypto/hex.ts'
import { Deque } from './internal/deque.ts'

/** A value under a key. */
export type RedisValue =
  | { readonly type: 'string'; bytes: Buffer }
  | { readonly type: 'list'; readonly items: Deque<Buffer> }
  | { readonly type: 'hash'; readonly fields: Map<string, Buffer> }

/** The kinds of values, as TYPE names them. */
export type ValueType = RedisValue['type']

interface Entry {
  readonly value: RedisValue
  /** ms since the Unix epoch; null for ever. */
  expiresAt: number | null
}

/** How much the keys and values may take together, when nothing else is said. */
const defaultMaxMemoryBytes = 256 * 1024 * 1024

// What an entry, an item or a field costs beside its bytes, roughly.
const ENTRY_COST = 96
const ITEM_COST = 48

/** The one database of an embedded server. Keys are byte strings. */
export class Keyspace {
  readonly maxMemoryBytes: number
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  #used = 0
  /** No key dies before. */
  #nextDeath = Number.POSITIVE_INFINITY

  /** `now` is the wall clock in ms: lives of keys are counted by it. */
  constructor(options: { now: () => number; maxMemoryBytes?: number }) {
    this.#now = options.now
    this.maxMemoryBytes = options.maxMemoryBytes ?? defaultMaxMemoryBytes
  }

  now(): number {
    return this.#now()
  }

  /** Bytes that the keys and values take, by estimate. */
  get usedMemory(): number {
    return this.#used
  }

  /** Whether `more` bytes fit; dead keys are buried first when they do not. */
  hasRoomFor(more: number): boolean {
    if (this.#used + more <= this.maxMemoryBytes) return true
    this.#bury()
    return this.#used + more <= this.maxMemoryBytes
  }

  /** The value of a living key. */
  get(key: string): RedisValue | undefined {
    return this.#living(key)?.value
  }

  /** The keys that live. */
  keys(): string[] {
    this.#bury()
    return [...this.#entries.keys()]
  }

  /** How many keys live, and how many of them have a time of death. */
  count(): { keys: number; expiring: number } {
    this.#bury()
    let expiring = 0
    for (const { expiresAt } of this.#entries.values()) if (expiresAt !== null) expiring += 1
    return { keys: this.#entries.size, expiring }
  }

  /** When a key dies; null for never, `undefined` without such a key. */
  expiryOf(key: string): number | null | undefined {
    return this.#living(key)?.expiresAt
  }

  /** Sets when a key dies; false without such a key. A time in the past kills it. */
  expire(key: string, at: number | null): boolean {
    const entry = this.#living(key)
    if (!entry) return false
    if (at !== null && at <= this.#now()) return this.delete(key)
    entry.expiresAt = at
    if (at !== null) this.#nextDeath = Math.min(this.#nextDeath, at)
    return true
  }

  setString(key: string, bytes: Buffer, expiresAt: number | null = null): void {
    this.delete(key)
    this.#add(key, { type: 'string', bytes })
    this.#used += bytes.length
    this.expire(key, expiresAt)
  }

  /** Replaces the bytes of a string and keeps its time of death. */
  updateString(key: string, bytes: Buffer): void {
    this.setString(key, bytes, this.expiryOf(key) ?? null)
  }

  /** Pushes to a list, or to a new one. The key holds a list or nothing. */
  push(key: string, side: 'head' | 'tail', items: readonly Buffer[]): number {
    const value = this.get(key) ?? this.#add(key, { type: 'list', items: new Deque<Buffer>() })
    const { items: list } = value as Extract<RedisValue, { type: 'list' }>
    for (const item of items) {
      if (side === 'head') list.pushHead(item)
      else list.pushTail(item)
      this.#used += item.length + ITEM_COST
    }
    return list.size
  }

  /** Takes an item off a list; an empty list is no key any more. */
  pop(key: string, side: 'head' | 'tail'): Buffer | undefined {
    const value = this.get(key)
    if (value?.type !== 'list') return undefined
    const item = side === 'head' ? value.items.popHead() : value.items.popTail()
    if (item !== undefined) this.#used -= item.length + ITEM_COST
    if (value.items.size === 0) this.delete(key)
    return item
  }

  /** Sets a field of a hash, or of a new one; true when the field is new. The key holds a hash or nothing. */
  setField(key: string, field: string, bytes: Buffer): boolean {
    const value = this.get(key) ?? this.#add(key, { type: 'hash', fields: new Map() })
    const { fields } = value as Extract<RedisValue, { type: 'hash' }>
    const before = fields.get(field)
    fields.set(field, bytes)
    this.#used += bytes.length - (before?.length ?? -(field.length + ITEM_COST))
    return before === undefined
  }

  /** Deletes a field; a hash without fields is no key any more. */
  deleteField(key: string, field: string): boolean {
    const value = this.get(key)
    if (value?.type !== 'hash') return false
    const bytes = value.fields.get(field)
    if (bytes === undefined) return false
    value.fields.delete(field)
    this.#used -= field.length + bytes.length + ITEM_COST
    if (value.fields.size === 0) this.delete(key)
    return true
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key)
    if (!entry) return false
    this.#entries.delete(key)
    this.#used -= key.length + ENTRY_COST + contentSize(entry.value)
    return entry.expiresAt === null || entry.expiresAt > this.#now()
  }

  clear(): void {
    this.#entries.clear()
    this.#used = 0
    this.#nextDeath = Number.POSITIVE_INFINITY
  }

  #living(key: string): Entry | undefined {
    const entry = this.#entries.get(key)
    if (!entry) return undefined
    if (entry.expiresAt === null || entry.expiresAt > this.#now()) return entry
    this.delete(key)
    return undefined
  }

  #add(key: string, value: RedisValue): RedisValue {
    this.#entries.set(key, { value, expiresAt: null })
    this.#used += key.length + ENTRY_COST
    return value
  }

  #bury(): void {
    const now = this.#now()
    if (this.#nextDeath > now) return
    this.#nextDeath = Number.POSITIVE_INFINITY
    for (const [key, { expiresAt }] of this.#entries) {
      if (expiresAt === null) continue
      if (expiresAt <= now) this.delete(key)
      else this.#nextDeath = Math.min(this.#nextDeath, expiresAt)
    }
  }
}

function contentSize(value: RedisValue): number {
  switch (value.type) {
    case 'string':
      return value.bytes.length
    case 'list': {
      let size = 0
      for (let i = 0; i < value.items.size; i += 1) size += value.items.at(i)!.length + ITEM_COST
      return size
    }
    case 'hash': {
      let size = 0
      for (const [field, bytes] of value.fields) size += field.length + bytes.length + ITEM_COST
      return size
    }
  }
}

/** What a command with these words may cost at most. */
export function costOf(args: readonly Buffer[]): number {
  return args.reduce((sum, arg) => sum + arg.length + ITEM_COST, ENTRY_COST)
}

/** A key as the keyspace knows it. */
export const keyOf = (bytes: Uint8Array): string => bytesToByteString(bytes)
