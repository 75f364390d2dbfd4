// What a `where` means: a test of a row, with the null logic of SQL (`subsquid/squid-sdk: graphql/openreader/src/sql/printer.ts`).

import { GraphQLError } from 'graphql'
import {
  type EntityName,
  type Field,
  fieldsOf,
  type JsonName,
  jsonObjects,
  type RowKey,
} from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import { type Budget, costs } from './budget.ts'

/** A row whose columns are asked for by name. */
export type AnyRow = { readonly key: RowKey } & Readonly<Record<string, unknown>>

/** A `where` argument as it comes out of the schema's input types. */
export type Where = Readonly<Record<string, unknown>>

/** What a row, or an object inside one, is tested with; undefined stands for a related row that is missing. */
export type Test = (row: AnyRow | undefined) => boolean

/** What filters need to follow relations. */
export interface FilterContext {
  readonly rows: RowReader
  readonly budget: Budget
}

/** The condition of one suffix; `null` in a column matches none of them, as SQL has it. */
type Comparison = (value: never, wanted: never) => boolean

const comparisons: Readonly<Record<string, Comparison>> = {
  eq: (value: unknown, wanted: unknown) => value === wanted,
  not_eq: (value: unknown, wanted: unknown) => value !== wanted,
  gt: (value: number, wanted: number) => value > wanted,
  gte: (value: number, wanted: number) => value >= wanted,
  lt: (value: number, wanted: number) => value < wanted,
  lte: (value: number, wanted: number) => value <= wanted,
  contains: (value: string, wanted: string) => value.includes(wanted),
  not_contains: (value: string, wanted: string) => !value.includes(wanted),
  containsInsensitive: (value: string, wanted: string) =>
    value.toLowerCase().includes(wanted.toLowerCase()),
  not_containsInsensitive: (value: string, wanted: string) =>
    !value.toLowerCase().includes(wanted.toLowerCase()),
  startsWith: (value: string, wanted: string) => value.startsWith(wanted),
  not_startsWith: (value: string, wanted: string) => !value.startsWith(wanted),
  endsWith: (value: string, wanted: string) => value.endsWith(wanted),
  not_endsWith: (value: string, wanted: string) => !value.endsWith(wanted),
}

const never: Test = () => false

/**
 * The test that a `where` is; null when it says nothing. What says nothing is left out of conjunctions and of
 * alternatives alike, so that an empty alternative does not let everything through.
 */
export function testOf(
  entity: EntityName,
  where: Where | null | undefined,
  context: FilterContext,
): Test | null {
  if (where == null) return null
  const { AND, OR, ...conditions } = where
  const all = Object.entries(conditions).map(([key, value]) =>
    conditionOf({ entity, fields: fieldsOf(entity), key, value, context }),
  )
  const inner = (member: Where) => testOf(entity, member, context)
  const conjunction = every([...all, ...listOf(AND).map(inner)])
  if (OR == null) return conjunction
  return some([conjunction, ...listOf(OR).map(inner)])
}

/** What it costs to test a row, in steps of the budget. */
export function costOf(where: Where | null | undefined): number {
  if (where == null) return 0
  let cost = 0
  for (const [key, value] of Object.entries(where)) {
    if (key === 'AND' || key === 'OR') {
      for (const member of listOf(value)) cost += costOf(member)
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      cost += costs.relation + costOf(value as Where)
    } else cost += costs.condition
  }
  return cost
}

/** The members of `AND` and `OR`, which may be one object. */
export function listOf(members: unknown): readonly Where[] {
  if (members == null) return []
  return (Array.isArray(members) ? members : [members]) as Where[]
}

function every(tests: readonly (Test | null)[]): Test | null {
  const said = tests.filter(test => test !== null)
  if (said.length < 2) return said[0] ?? null
  return row => said.every(test => test(row))
}

function some(tests: readonly (Test | null)[]): Test | null {
  const said = tests.filter(test => test !== null)
  if (said.length < 2) return said[0] ?? null
  return row => said.some(test => test(row))
}

interface Condition {
  /** The entity of the row; null inside of an object that a row holds. */
  readonly entity: EntityName | null
  readonly fields: Readonly<Record<string, Field>>
  readonly key: string
  readonly value: unknown
  readonly context: FilterContext
}

/** Splits `deploymentData_not_contains` into the field and the suffix; no field has an underscore in its name. */
export function splitKey(key: string): readonly [name: string, suffix: string] {
  const at = key.indexOf('_')
  return at === -1 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)]
}

function conditionOf(condition: Condition): Test | null {
  const { fields, key, value, context } = condition
  const [name, suffix] = splitKey(key)
  const field = fields[name]
  if (suffix === '') return nestedTest(name, field, condition)
  if (suffix === 'every' || suffix === 'some' || suffix === 'none') {
    return listTest(suffix, field, condition)
  }
  const read = columnReader(name, field, context)
  if (suffix === 'isNull') return nullTest(value, read)
  if (suffix === 'in' || suffix === 'not_in') return memberTest(suffix, value, read)
  const compare = comparisons[suffix]
  if (!compare || value == null) return never
  return row => {
    const found = read(row)
    return found != null && compare(found as never, value as never)
  }
}

/** How a test reads a column: `id` is made from the key, a derived object is looked up. */
function columnReader(
  name: string,
  field: Field | undefined,
  { rows }: FilterContext,
): (row: AnyRow | undefined) => unknown {
  if (name === 'id') return row => row && rows.idOf(row.key)
  if (field?.kind === 'derivedOne') return row => row && relatedRow(rows, field, name, row)
  return row => row?.[name]
}

/** The row that a foreign key or the reverse of one leads to. */
export function relatedRow(
  rows: RowReader,
  field: Field,
  name: string,
  row: AnyRow,
): AnyRow | undefined {
  if (field.kind === 'ref') {
    const found = rows.get(field.entity as EntityName, row[name] as RowKey | null)
    return found as AnyRow | undefined
  }
  if (field.kind !== 'derivedOne') return undefined
  return rows.one(field.entity as EntityName, field.via as never, row.key) as AnyRow | undefined
}

function nullTest(value: unknown, read: (row: AnyRow | undefined) => unknown): Test {
  if (typeof value !== 'boolean') throw new GraphQLError('isNull must be true or false')
  return row => (read(row) == null) === value
}

function memberTest(
  suffix: 'in' | 'not_in',
  value: unknown,
  read: (row: AnyRow | undefined) => unknown,
): Test | null {
  const members = new Set(Array.isArray(value) ? value : [value])
  if (members.size === 0) return suffix === 'in' ? never : null
  // A null among the members makes `NOT IN` unknown for every row.
  if (suffix === 'not_in' && members.has(null)) return never
  const isWanted = suffix === 'in'
  return row => {
    const found = read(row)
    return found != null && members.has(found) === isWanted
  }
}

/** A condition on an object inside the row, or on a row that it is related to: by an outer join, as upstream. */
function nestedTest(name: string, field: Field | undefined, condition: Condition): Test | null {
  const { value, context } = condition
  if (value == null || !field) return null
  if (field.kind === 'json') {
    const fields: Readonly<Record<string, Field>> = jsonObjects[field.object as JsonName]
    const test = every(
      Object.entries(value).map(([key, inner]) =>
        conditionOf({ entity: null, fields, key, value: inner, context }),
      ),
    )
    return test && (row => test((row?.[name] ?? undefined) as AnyRow | undefined))
  }
  if (field.kind !== 'ref' && field.kind !== 'derivedOne') return null
  const test = testOf(field.entity as EntityName, value as Where, context)
  return test && (row => test(row && relatedRow(context.rows, field, name, row)))
}

function listTest(
  suffix: 'every' | 'some' | 'none',
  field: Field | undefined,
  { value, context }: Condition,
): Test | null {
  if (field?.kind !== 'derivedMany') return never
  const entity = field.entity as EntityName
  const test = testOf(entity, value as Where | null, context)
  if (suffix === 'every' && test === null) return null
  return row => {
    if (!row) return suffix !== 'some'
    const related = context.rows.find(entity, field.via as never, row.key) as readonly AnyRow[]
    context.budget.spend(related.length * costs.field)
    if (suffix === 'every') return related.every(each => test!(each))
    const isThere = test ? related.some(each => test(each)) : related.length > 0
    return isThere === (suffix === 'some')
  }
}
