// How every list is answered: decode, check, select, count, put in order, cut out the page, write.

import type { Context } from './context.ts'
import { queryOf } from './context.ts'
import { accepted, type Result, refused } from './errors.ts'
import { type CheckedParams, checkValues, type Query } from './filter.ts'
import { checkLimit, countHeaders, decodeLimit, isLimitKey } from './limit.ts'
import { pageOf, type Sorts } from './order.ts'
import { type Decoded, decoderOf, pairsOf } from './params.ts'
import type { QueryValues } from './query-string.ts'

/** An answer in JSON. */
export interface Answer {
  readonly headers: Readonly<Record<string, string>>
  /** JSON text. */
  readonly body: string
}

/** The values of the parameters that were given. */
export type Given = Readonly<Record<string, unknown>>

/** The items that match, in the list's default order. */
export interface Selection<T> {
  readonly items: readonly T[]
  /** Items of which this holds come before the others. */
  readonly isFirst?: (item: T) => boolean
}

/** A list that the proxy answers. */
export interface List<T> {
  readonly params: CheckedParams
  readonly sorts: Sorts<T>
  select(given: Given, query: Query): Selection<T>
  /** The JSON of one item. */
  write(item: T, query: Query): string
}

/** Makes the handler of a list. */
export function listHandler<T>(
  list: List<T>,
  context: Context,
): (values: QueryValues) => Result<Answer> {
  const decode: (values: Iterable<readonly [string, readonly string[]]>) => Result<Given> =
    decoderOf(list.params) as (
      values: Iterable<readonly [string, readonly string[]]>,
    ) => Result<Decoded<CheckedParams>>
  const sorts = { type: list.sorts.type, fields: new Set(list.sorts.fields.keys()) }
  return values => {
    const given = decode(pairsOf(values, key => !isLimitKey(key)))
    if (!given.ok) return given
    const decoded = decodeLimit(values)
    if (!decoded.ok) return decoded
    const limit = checkLimit(decoded.value, sorts)
    if (!limit.ok) return limit
    const checked = checkValues(list.params, given.value)
    if (!checked.ok) return checked
    const sort = limit.value.sortBy === null ? null : list.sorts.fields.get(limit.value.sortBy)!
    if (sort !== null && 'error' in sort && !limit.value.isRandom) return refused(500, sort.error)
    const query = queryOf(context, limit.value.balance)
    const { items, isFirst = null } = list.select(given.value, query)
    const keyOf = typeof sort === 'function' ? (item: T) => sort(item, query) : null
    const order = { isFirst, keyOf, isDescending: limit.value.isDescending }
    const page = pageOf(items, order, limit.value, () => context.random())
    return accepted({
      headers: countHeaders(items.length, limit.value),
      body: `[${page.map(item => list.write(item, query)).join(',')}]`,
    })
  }
}
