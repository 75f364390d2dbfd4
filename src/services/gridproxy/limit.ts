// Paging, counting and order: the parameters that every list takes (grid-proxy/pkg/types/limit.go).

import { accepted, type Result, refusals } from './errors.ts'
import { bool, type Decoded, decoderOf, float, pairsOf, text, uint } from './params.ts'
import type { QueryValues } from './query-string.ts'

/** The parameters, by key. Unlike those of filters, these keys are known in lower case alone. */
export const limitParams = {
  size: { kind: uint, about: 'How many items a page holds; 50 when left out.' },
  page: { kind: uint, about: 'Which page, from 1.' },
  ret_count: {
    kind: bool,
    about: 'Whether the headers Count, Size and Pages tell how many items match.',
  },
  randomize: {
    kind: bool,
    about: 'Whether the items come in random order, whatever else is asked.',
  },
  sort_by: { kind: text, about: 'The field to sort by.' },
  sort_order: { kind: text, about: 'asc or desc; asc when left out.' },
  balance: { kind: float, about: 'USD of the buyer, for the staking discount on prices of nodes.' },
}

/** Which items of a list are answered, and in which order. */
export interface Limit {
  readonly size: number
  readonly page: number
  readonly isCounted: boolean
  readonly isRandom: boolean
  readonly sortBy: string | null
  readonly isDescending: boolean
  /** USD. */
  readonly balance: number
}

const decode = decoderOf(limitParams)

export function isLimitKey(key: string): boolean {
  return Object.hasOwn(limitParams, key)
}

/** Reads the paging parameters out of a query. */
export function decodeLimit(values: QueryValues): Result<Decoded<typeof limitParams>> {
  return decode(pairsOf(values, isLimitKey))
}

/** Checks the order against the fields that a route sorts by. */
export function checkLimit(
  given: Decoded<typeof limitParams>,
  sorts: { readonly fields: ReadonlySet<string>; readonly type: string },
): Result<Limit> {
  const { sort_by: field, sort_order: order } = given
  if (field !== undefined && !sorts.fields.has(field)) return refusals.sortField(field, sorts.type)
  if (order !== undefined && !/^(?:asc|desc)$/i.test(order)) return refusals.sortOrder(order)
  return accepted(limitOf(given))
}

/** The paging of a request, with upstream's defaults for what it leaves out. */
export function limitOf(given: Decoded<typeof limitParams>): Limit {
  return {
    size: given.size ?? 50,
    page: given.page ?? 1,
    isCounted: given.ret_count ?? false,
    isRandom: given.randomize ?? false,
    sortBy: given.sort_by ?? null,
    isDescending: given.sort_order?.toLowerCase() === 'desc',
    balance: given.balance ?? 0,
  }
}

/** The first and the last but one position of a page; page 0 is the first one. */
export function spanOf({ size, page }: Limit): { readonly from: number; readonly to: number } {
  const from = Math.max(0, page - 1) * size
  return { from, to: from + size }
}

/** What dividing by a page size of 0 gives when Go makes a whole number of it on the usual machines. */
const noPages = '-9223372036854775808'

/** The headers that tell how many items match. */
export function countHeaders(count: number, { size, isCounted }: Limit): Record<string, string> {
  if (!isCounted) return {}
  const pages = size === 0 ? noPages : String(Math.ceil(count / size))
  return { Count: String(count), Size: wholeText(size), Pages: pages }
}

/** A whole number without an exponent, however large. */
function wholeText(value: number): string {
  return BigInt(value).toString()
}
