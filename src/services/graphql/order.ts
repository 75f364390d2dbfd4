// What an `orderBy` means: a list of columns to compare, nulls last going up and first going down.

import {
  type EntityName,
  type Field,
  fieldsOf,
  type JsonName,
  jsonObjects,
} from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import { type AnyRow, relatedRow } from './filter.ts'

/** One criterion: how its column is read, and whether it goes down. */
export interface Criterion {
  readonly read: (rows: RowReader, row: AnyRow) => unknown
  readonly isDescending: boolean
}

type Read = Criterion['read']

const isComparable = (field: Field): boolean => field.kind === 'scalar' || field.kind === 'enum'

/** By the key: it has the order of the id, and needs no hash. */
const readId: Read = (_rows, row) => row.key

/** All values of an entity's `orderBy` enum, by name. */
export function criteriaOf(entity: EntityName): ReadonlyMap<string, Criterion> {
  const columns = new Map<string, Read>([['id', readId]])
  for (const [name, field] of Object.entries(fieldsOf(entity))) {
    if (isComparable(field)) columns.set(name, (_rows, row) => row[name])
    else for (const [inner, read] of innerColumns(name, field)) columns.set(inner, read)
  }
  const criteria = new Map<string, Criterion>()
  for (const [name, read] of columns) {
    criteria.set(`${name}_ASC`, { read, isDescending: false })
    criteria.set(`${name}_DESC`, { read, isDescending: true })
  }
  return criteria
}

/** The columns of an object inside of the row, or of the row that it is related to. */
function innerColumns(name: string, field: Field): [string, Read][] {
  if (field.kind === 'json') {
    return Object.keys(jsonObjects[field.object as JsonName]).map(inner => [
      `${name}_${inner}`,
      (_rows, row) => (row[name] as Readonly<Record<string, unknown>> | null)?.[inner],
    ])
  }
  if (field.kind !== 'ref' && field.kind !== 'derivedOne') return []
  const inner = Object.entries(fieldsOf(field.entity as EntityName))
    .filter(([, each]) => isComparable(each))
    .map(([column]) => column)
  return ['id', ...inner].map(column => [
    `${name}_${column}`,
    (rows, row) => relatedRow(rows, field, name, row)?.[column === 'id' ? 'key' : column],
  ])
}

/** The rows in the order of the criteria; rows that are alike keep theirs. */
export function sorted(
  rows: RowReader,
  unsorted: readonly AnyRow[],
  asked: readonly Criterion[],
): readonly AnyRow[] {
  // A column that is named again decides nothing any more.
  const criteria = asked.filter(
    (each, i) => asked.findIndex(({ read }) => read === each.read) === i,
  )
  if (criteria.length === 0 || unsorted.length < 2) return unsorted
  const decorated = unsorted.map(row => ({
    row,
    values: criteria.map(({ read }) => read(rows, row) ?? null),
  }))
  decorated.sort((a, b) => {
    for (let i = 0; i < criteria.length; i += 1) {
      const order = compare(a.values[i], b.values[i])
      if (order !== 0) return criteria[i]!.isDescending ? -order : order
    }
    return 0
  })
  return decorated.map(({ row }) => row)
}

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return (a as number) < (b as number) ? -1 : 1
}
