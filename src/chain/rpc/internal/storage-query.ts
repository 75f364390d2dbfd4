// What the new generation of methods asks of storage: values, hashes, and all there is below a key, page by page.

import { blake2b256 } from '../../../crypto/hash.ts'
import { fromHex, toHex } from '../../../crypto/hex.ts'
import { ScaleWriter } from '../../../scale/writer.ts'
import { rpcErrors } from '../errors.ts'
import { hex, type Kind } from '../params.ts'
import type { ChainPort } from '../port.ts'

const queryTypes = [
  'value',
  'hash',
  'closestDescendantMerkleValue',
  'descendantsValues',
  'descendantsHashes',
] as const
export type QueryType = (typeof queryTypes)[number]

/** One thing that is asked. */
export interface StorageQuery {
  readonly key: string
  readonly type: QueryType
  /** For descendants: only keys after this one. */
  readonly startKey: string | null
}

/** A list of things that are asked: `[{ key, type, paginationStartKey }]`. */
export const storageQueries: Kind<readonly StorageQuery[]> = {
  kind: '{ key, type }[]',
  read: value => {
    if (!Array.isArray(value))
      throw rpcErrors.invalidParams('expected a sequence of storage queries')
    return value.map(readQuery)
  },
}

function readQuery(value: unknown): StorageQuery {
  if (typeof value !== 'object' || value === null) {
    throw rpcErrors.invalidParams('expected a storage query')
  }
  const { key, type, paginationStartKey } = value as Record<string, unknown>
  const known = queryTypes.find(each => each === type)
  if (!known)
    throw rpcErrors.invalidParams(`unknown variant \`${String(type)}\` of a storage query`)
  const startKey =
    paginationStartKey === undefined || paginationStartKey === null
      ? null
      : hex.read(paginationStartKey)
  if (startKey !== null && !known.startsWith('descendants')) {
    throw rpcErrors.invalidParams('a pagination start key goes with descendants alone')
  }
  return { key: hex.read(key), type: known, startKey }
}

/** What one page may hold. */
const pageLimits = { items: 1000, characters: 1024 * 1024 } as const

export const hashOfValue = (value: string): string => toHex(blake2b256(fromHex(value)))

/** The answers to a list of queries at one block, as JSON objects, in pages. */
export class StoragePages {
  readonly #chain: ChainPort
  readonly block: number
  readonly #queries: readonly StorageQuery[]
  #at = 0
  /** The keys below the query's own that are still to come, the next one last. */
  #left: string[] | null = null

  constructor(chain: ChainPort, block: number, queries: readonly StorageQuery[]) {
    this.#chain = chain
    this.block = block
    this.#queries = queries
  }

  get isDone(): boolean {
    return this.#at >= this.#queries.length
  }

  /** False once the state of the block is forgotten. */
  get isReadable(): boolean {
    return this.block >= this.#chain.archive.floor
  }

  /** The next items. */
  next(): string[] {
    const items: string[] = []
    let characters = 0
    while (!this.isDone && items.length < pageLimits.items && characters < pageLimits.characters) {
      const item = this.#step(this.#queries[this.#at]!)
      if (item === null) continue
      items.push(item)
      characters += item.length
    }
    return items
  }

  /** Takes one step: an item, or null where there is none. */
  #step(query: StorageQuery): string | null {
    const { key, type } = query
    if (type === 'descendantsValues' || type === 'descendantsHashes') return this.#descend(query)
    this.#at += 1
    if (type === 'closestDescendantMerkleValue') {
      const digest = digestBelow(this.#chain, key, this.block)
      return digest && `{"key":"${key}","closestDescendantMerkleValue":"${digest}"}`
    }
    const value = this.#chain.state.rawValue(key, this.block)
    return value === null ? null : itemJson(key, value, type)
  }

  #descend({ key, type, startKey }: StorageQuery): string | null {
    this.#left ??= keysBelow(this.#chain, key, { block: this.block, after: startKey }).reverse()
    const next = this.#left.pop()
    if (next === undefined) {
      this.#left = null
      this.#at += 1
      return null
    }
    if (this.#left.length === 0) {
      this.#left = null
      this.#at += 1
    }
    const value = this.#chain.state.rawValue(next, this.block)
    return value === null
      ? null
      : itemJson(next, value, type === 'descendantsValues' ? 'value' : 'hash')
  }
}

/** The keys that begin with a prefix, in order. */
export function keysBelow(
  chain: ChainPort,
  prefix: string,
  { block, after = null }: { block: number; after?: string | null },
): string[] {
  const keys = chain.state.rawKeys(prefix, block)
  return after === null ? keys : keys.filter(key => key > after)
}

/** Keys and values are hex, so nothing has to be escaped. */
function itemJson(key: string, value: string, type: 'value' | 'hash'): string {
  const shown = type === 'value' ? value : hashOfValue(value)
  return `{"key":"${key}","${type}":"${shown}"}`
}

/**
 * In place of the Merkle value of a node, which only a trie has: a hash over all keys and values that begin with the
 * key. Like a Merkle value it is another one exactly when one of them is. Null when there are none.
 */
function digestBelow(chain: ChainPort, prefix: string, block: number): string | null {
  const keys = chain.state.rawKeys(prefix, block)
  if (keys.length === 0) return null
  const out = new ScaleWriter()
  for (const key of keys) {
    const value = chain.state.rawValue(key, block) ?? '0x'
    out.text(key)
    out.text(value)
  }
  return toHex(blake2b256(out.toBytes()))
}
