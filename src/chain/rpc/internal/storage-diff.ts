// What differs in storage between two blocks.

import { rpcErrors } from '../errors.ts'
import { hex, type Kind } from '../params.ts'
import type { ChainPort } from '../port.ts'
import { hashOfValue } from './storage-query.ts'

/** Which keys are compared, and how the differences are told. */
export interface DiffQuery {
  /** Keys that begin with it. */
  readonly prefix: string
  readonly returns: 'value' | 'hash'
  /** There are no child tries: what is asked of one has no differences. */
  readonly isChild: boolean
}

/** A list of things to compare: `[{ key, returnType, childTrieKey }]`. */
export const diffQueries: Kind<readonly DiffQuery[]> = {
  kind: '{ key, returnType }[]',
  read: value => {
    if (!Array.isArray(value)) throw rpcErrors.invalidParams('expected a sequence of queries')
    return value.map(each => {
      if (typeof each !== 'object' || each === null) {
        throw rpcErrors.invalidParams('expected a query')
      }
      const { key, returnType, childTrieKey } = each as Record<string, unknown>
      if (returnType !== 'value' && returnType !== 'hash') {
        throw rpcErrors.invalidParams(`unknown variant \`${String(returnType)}\` of a return type`)
      }
      const isChild = childTrieKey !== undefined && childTrieKey !== null
      if (isChild) hex.read(childTrieKey)
      const prefix = key === undefined || key === null ? '0x' : hex.read(key)
      return { prefix, returns: returnType, isChild }
    })
  },
}

const everything: readonly DiffQuery[] = [{ prefix: '0x', returns: 'value', isChild: false }]

/** How many keys are compared before the differences among them are sent. */
const pageKeys = 1000

/** The differences between the states of two blocks, as JSON events, in pages. */
export class StorageDiff {
  readonly #chain: ChainPort
  readonly #from: number
  readonly #to: number
  readonly #queries: readonly DiffQuery[]
  readonly #keys: readonly string[]
  #at = 0

  constructor(
    chain: ChainPort,
    options: { from: number; to: number; queries: readonly DiffQuery[] | null },
  ) {
    this.#chain = chain
    this.#from = options.from
    this.#to = options.to
    this.#queries = (options.queries ?? everything).filter(({ isChild }) => !isChild)
    this.#keys = this.#touched()
  }

  get isDone(): boolean {
    return this.#at >= this.#keys.length
  }

  next(): string[] {
    const events: string[] = []
    const end = Math.min(this.#keys.length, this.#at + pageKeys)
    for (; this.#at < end; this.#at += 1) {
      const event = this.#eventOf(this.#keys[this.#at]!)
      if (event !== null) events.push(event)
    }
    return events
  }

  #eventOf(key: string): string | null {
    const { state } = this.#chain
    const before = state.rawValue(key, this.#from)
    const after = state.rawValue(key, this.#to)
    if (before === after) return null
    const type = before === null ? 'added' : after === null ? 'deleted' : 'modified'
    const query = this.#queries.find(({ prefix }) => key.startsWith(prefix))
    const shown =
      after === null || !query
        ? ''
        : query.returns === 'value'
          ? `"value":"${after}",`
          : `"hash":"${hashOfValue(after)}",`
    return `{"event":"storageDiff","key":"${key}",${shown}"type":"${type}"}`
  }

  /** The keys that may differ, in order: those that the blocks between wrote, and those that every block changes. */
  #touched(): string[] {
    const { archive, state } = this.#chain
    const keys = new Set<string>()
    for (let block = this.#from + 1; block <= this.#to; block += 1) {
      for (let change = archive.contentOf(block)?.changes ?? null; change; change = change.next) {
        keys.add(change.cell.rawKey)
      }
    }
    for (const item of state.items.values()) {
      if (!item.derived) continue
      for (const cell of item.cellsAt(this.#from)) keys.add(cell.rawKey)
      for (const cell of item.cellsAt(this.#to)) keys.add(cell.rawKey)
    }
    const isAsked = (key: string) => this.#queries.some(({ prefix }) => key.startsWith(prefix))
    return [...keys].filter(isAsked).sort()
  }
}
