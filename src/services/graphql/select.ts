// Finds the rows of a list query: by the indexes where the conditions name indexed columns, else by looking at all.

import { type EntityName, fieldsOf, isHistory, type RowKey } from '../indexer/entities.ts'
import type { LookupValue } from '../indexer/store.ts'
import { costs } from './budget.ts'
import {
  type AnyRow,
  costOf,
  type FilterContext,
  listOf,
  splitKey,
  testOf,
  type Where,
} from './filter.ts'
import { type Criterion, sorted } from './order.ts'

/** How many values of an `in`, or rows of a related entity, are looked up one by one. */
const mostLookups = 500

/** The row of whose reverse side a list is. */
export interface Parent {
  /** The foreign key that leads to it. */
  readonly via: string
  readonly key: RowKey
}

/** So few rows are looked at at once: no better way to them is searched. */
const few = 16

/** The rows that match, in no asked-for order: births ascending. */
function matching(
  entity: EntityName,
  where: Where | null | undefined,
  context: FilterContext,
  { atMost = Number.POSITIVE_INFINITY, of = null }: { atMost?: number; of?: Parent | null } = {},
): readonly AnyRow[] {
  const candidates = of
    ? childrenOf(entity, of, context)
    : (candidatesOf(entity, where, context) ?? each(entity, context))
  const test = testOf(entity, where, context)
  if (!test && atMost === Number.POSITIVE_INFINITY && Array.isArray(candidates)) return candidates
  const found: AnyRow[] = []
  // A row of a history is made for the look at it.
  const cost = costOf(where) + (isHistory(entity) ? costs.field : 0)
  for (const row of candidates) {
    if (found.length >= atMost) break
    context.budget.spend(cost)
    if (!test || test(row)) found.push(row)
  }
  return found
}

/** How many rows match. */
export function countOf(
  entity: EntityName,
  where: Where | null | undefined,
  context: FilterContext,
): number {
  const saysNothing = testOf(entity, where, context) === null
  return saysNothing ? context.rows.count(entity) : matching(entity, where, context).length
}

/** A page of the rows that match. */
export function selected(
  entity: EntityName,
  options: {
    readonly where: Where | null | undefined
    readonly order: readonly Criterion[]
    readonly offset: number
    readonly limit: number
    readonly of: Parent | null
  },
  context: FilterContext,
): readonly AnyRow[] {
  const { where, order, offset, limit, of } = options
  const end = offset + limit
  const atMost = order.length === 0 ? end : Number.POSITIVE_INFINITY
  const found = matching(entity, where, context, { atMost, of })
  context.budget.spend(found.length * order.length * costs.field)
  return sorted(context.rows, found, order).slice(offset, end)
}

function childrenOf(
  entity: EntityName,
  { via, key }: Parent,
  { rows }: FilterContext,
): readonly AnyRow[] {
  return rows.find(entity, via as never, key) as readonly unknown[] as readonly AnyRow[]
}

function each(entity: EntityName, { rows }: FilterContext): Iterable<AnyRow> {
  return rows.each(entity) as Iterable<unknown> as Iterable<AnyRow>
}

/** Rows among which are all that match, found without looking at every row; null when there is no such way. */
function candidatesOf(
  entity: EntityName,
  where: Where | null | undefined,
  context: FilterContext,
): readonly AnyRow[] | null {
  if (where == null || listOf(where.OR).length > 0) return null
  let best: readonly AnyRow[] | null = null
  for (const [key, value] of byUse(entity, where)) {
    if (best !== null && (best.length <= few || isEnum(entity, key))) break
    const found = lookupOf(entity, key, value, context)
    if (found && (best === null || found.length < best.length)) best = found
  }
  return best
}

/** The conditions, those on enums last: an enum leads to many rows, and serves where nothing else is known. */
function byUse(entity: EntityName, where: Where): [string, unknown][] {
  const rankOf = (key: string) => (isEnum(entity, key) ? 1 : 0)
  return Object.entries(where).sort(([a], [b]) => rankOf(a) - rankOf(b))
}

function isEnum(entity: EntityName, key: string): boolean {
  return fieldsOf(entity)[splitKey(key)[0]]?.kind === 'enum'
}

function lookupOf(
  entity: EntityName,
  key: string,
  value: unknown,
  context: FilterContext,
): readonly AnyRow[] | null {
  if (value == null) return null
  if (key === 'AND') {
    for (const member of listOf(value)) {
      const found = candidatesOf(entity, member, context)
      if (found) return found
    }
    return null
  }
  const [name, suffix] = splitKey(key)
  if (suffix === 'eq') return byValues(entity, name, [value], context)
  if (suffix === 'in') return byValues(entity, name, value as readonly unknown[], context)
  return suffix === '' ? byRelated(entity, name, value as Where, context) : null
}

function byValues(
  entity: EntityName,
  name: string,
  values: readonly unknown[],
  { rows }: FilterContext,
): readonly AnyRow[] | null {
  const wanted = [...new Set(values)]
  if (wanted.length > mostLookups) return null
  if (name === 'id') {
    const found = wanted.map(id => rows.byId(entity, id as string))
    return inOrder(found.filter(row => row !== undefined) as readonly unknown[] as AnyRow[])
  }
  const field = fieldsOf(entity)[name]
  if (!field || !('isIndexed' in field) || !field.isIndexed) return null
  const find = (value: unknown) =>
    rows.find(entity, name as never, value as LookupValue) as readonly unknown[] as AnyRow[]
  return wanted.length === 1 ? find(wanted[0]) : inOrder(wanted.flatMap(find))
}

/** By the rows that a foreign key leads to, where these are found quickly and are few. */
function byRelated(
  entity: EntityName,
  name: string,
  where: Where,
  context: FilterContext,
): readonly AnyRow[] | null {
  const field = fieldsOf(entity)[name]
  if (field?.kind !== 'ref') return null
  const target = field.entity as EntityName
  // What finds candidates is a condition that a missing row does not fulfil.
  const related = candidatesOf(target, where, context)
  const test = testOf(target, where, context)
  if (!related || !test || related.length > mostLookups) return null
  const keys = related.filter(test).map(({ key }) => key)
  return inOrder(
    keys.flatMap(
      key => context.rows.find(entity, name as never, key) as readonly unknown[] as AnyRow[],
    ),
  )
}

/** Rows that several lookups found, births ascending. */
function inOrder(rows: readonly AnyRow[]): readonly AnyRow[] {
  return rows.length < 2 ? rows : [...rows].sort((a, b) => (a.key < b.key ? -1 : 1))
}
