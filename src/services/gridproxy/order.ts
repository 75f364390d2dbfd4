// The order of a list, and the page of it that is asked for.

import type { Query } from './filter.ts'
import { type Limit, spanOf } from './limit.ts'

/** What a list is sorted by; lists compare element by element. Null is above everything. */
export type SortKey = string | number | boolean | null | readonly (string | number)[]

/** What of an item a list is sorted by, or the error of a field that upstream accepts and cannot find. */
export type Sort<T> = ((item: T, query: Query) => SortKey) | { readonly error: string }

/** The fields that a route sorts by. */
export interface Sorts<T> {
  /** Upstream's name of the item, for its message. */
  readonly type: string
  readonly fields: ReadonlyMap<string, Sort<T>>
}

/** Declares the fields that a route sorts by. */
export function sortsOf<T>(type: string, fields: Readonly<Record<string, Sort<T>>>): Sorts<T> {
  return { type, fields: new Map(Object.entries(fields)) }
}

/** How the items of a request stand. */
export interface Order<T> {
  /** Items of which this holds come first; null for no such rule. */
  readonly isFirst: ((item: T) => boolean) | null
  readonly keyOf: ((item: T) => SortKey) | null
  readonly isDescending: boolean
}

interface Entry<T> {
  readonly item: T
  /** Where the item stands in the list's own order, which settles ties. */
  readonly at: number
  readonly rank: number
  readonly key: SortKey
}

/** As the database's usual locale has it: letters before their case. */
const collator = new Intl.Collator('en-US')

/** Where two keys stand to each other; null is last. */
function compareKeys(a: SortKey, b: SortKey): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
  if (typeof a === 'string') return collator.compare(a, b as string)
  if (typeof a !== 'object') return Number(a) - Number(b)
  const other = b as readonly (string | number)[]
  for (const [at, element] of a.entries()) {
    const difference = compareKeys(element, other[at] ?? null)
    if (difference !== 0) return difference
  }
  return a.length - other.length
}

/** The page of a list that a limit names. The list stands in its default order. */
export function pageOf<T>(
  items: readonly T[],
  order: Order<T>,
  limit: Limit,
  random: () => number,
): readonly T[] {
  const { from, to } = spanOf(limit)
  if (limit.isRandom) return shuffled(items, random).slice(from, to)
  const { isFirst, keyOf } = order
  if (isFirst === null && keyOf === null) return items.slice(from, to)
  const direction = order.isDescending ? -1 : 1
  const entries = items.map((item, at) => ({
    item,
    at,
    rank: isFirst?.(item) === false ? 1 : 0,
    key: keyOf?.(item) ?? null,
  }))
  const compare = (a: Entry<T>, b: Entry<T>) =>
    a.rank - b.rank || direction * compareKeys(a.key, b.key) || a.at - b.at
  return firstOf(entries, Math.min(to, entries.length), compare)
    .slice(from)
    .map(({ item }) => item)
}

/** The first `count` entries in order. Where few of many are wanted the others are not sorted. */
function firstOf<T>(
  entries: Entry<T>[],
  count: number,
  compare: (a: Entry<T>, b: Entry<T>) => number,
): Entry<T>[] {
  if (count === 0) return []
  if (count * 8 >= entries.length) return entries.sort(compare).slice(0, count)
  // The best so far, and twice as many at most before those that fall out are dropped.
  let kept: Entry<T>[] = []
  let worst: Entry<T> | null = null
  for (const entry of entries) {
    if (worst !== null && compare(entry, worst) >= 0) continue
    kept.push(entry)
    if (kept.length < 2 * count) continue
    kept = kept.sort(compare).slice(0, count)
    worst = kept[count - 1]!
  }
  return kept.sort(compare).slice(0, count)
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = items.slice()
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    const item = all[at]!
    all[at] = all[other]!
    all[other] = item
  }
  return all
}
