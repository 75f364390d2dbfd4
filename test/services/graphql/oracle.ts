// A second reading of what filters and orders mean, on plain nested objects: slow, without indexes, and in SQL's own terms.

import {
  type EntityName,
  entities,
  entityNames,
  type Field,
  fieldsOf,
} from '../../../src/services/indexer/entities.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'

/** A row with everything that it is related to; objects are shared, so that they may lead back. */
export type Thing = Record<string, unknown> & { id: string }

/** All rows of a reader as objects, related by reference. */
export function thingsOf(rows: RowReader): ReadonlyMap<EntityName, readonly Thing[]> {
  const all = new Map<EntityName, Thing[]>()
  const byKey = new Map<string, Thing>()
  for (const entity of entityNames) {
    const things = rows
      .all(entity)
      .map(row => ({ ...row, id: rows.idOf(row.key) }) as never as Thing)
    for (const thing of things) byKey.set(`${entity} ${thing.key}`, thing)
    all.set(entity, things)
  }
  for (const entity of entityNames) {
    for (const [name, field] of Object.entries(fieldsOf(entity))) {
      for (const thing of all.get(entity)!) {
        if (field.kind === 'ref') {
          thing[name] = byKey.get(`${field.entity} ${thing[name]}`) ?? null
        }
      }
    }
  }
  for (const entity of entityNames) {
    for (const [name, field] of Object.entries(fieldsOf(entity))) {
      if (field.kind !== 'derivedOne' && field.kind !== 'derivedMany') continue
      for (const thing of all.get(entity)!) {
        const related = all
          .get(field.entity as EntityName)!
          .filter(each => each[field.via] === thing)
        thing[name] = field.kind === 'derivedMany' ? related : (related[0] ?? null)
      }
    }
  }
  return all
}

type Where = Record<string, unknown>
/** SQL's three truths. */
type Truth = true | false | null

const and = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true
const or = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(null) ? null : false

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

/** Whether a filter lets an object through; undefined when it says nothing. */
function judge(where: Where | null, thing: Thing | null): Truth | undefined {
  if (where === null) return undefined
  const own: Truth[] = []
  for (const [key, value] of Object.entries(where)) {
    const truth =
      key === 'OR'
        ? undefined
        : key === 'AND'
          ? together(asList(value).map(each => judge(each as Where, thing)))
          : condition(key, value, thing)
    if (truth !== undefined) own.push(truth)
  }
  const conjunction = own.length > 0 ? and(own) : undefined
  if (!('OR' in where) || where.OR === null) return conjunction
  const alternatives = [conjunction, ...asList(where.OR).map(each => judge(each as Where, thing))]
  const said = alternatives.filter(each => each !== undefined)
  return said.length > 0 ? or(said) : undefined
}

function together(truths: readonly (Truth | undefined)[]): Truth | undefined {
  const said = truths.filter(each => each !== undefined)
  return said.length > 0 ? and(said) : undefined
}

function condition(key: string, value: unknown, thing: Thing | null): Truth | undefined {
  const match = /^([^_]+)(?:_(.+))?$/.exec(key)!
  const [, name = '', suffix] = match
  const found = thing === null ? null : (thing[name] ?? null)
  if (suffix === undefined) return judge(value as Where | null, found as Thing | null)
  if (suffix === 'isNull') return (found === null) === value
  if (suffix === 'some' || suffix === 'none' || suffix === 'every') {
    const members = (found ?? []) as Thing[]
    const verdicts = members.map(each => judge(value as Where | null, each))
    if (suffix === 'every') {
      if (
        judge(value as Where | null, null) === undefined &&
        verdicts.every(v => v === undefined)
      ) {
        return saysNothing(value as Where | null) ? undefined : verdicts.length === 0
      }
      return verdicts.every(verdict => verdict === true || verdict === undefined)
    }
    const isThere = verdicts.some(verdict => verdict === true || verdict === undefined)
    return suffix === 'some' ? isThere : !isThere
  }
  if (suffix === 'not_in' && asList(value).length === 0) return undefined
  if (suffix === 'in' && asList(value).length === 0) return false
  if (found === null || value === null) return null
  return compare(suffix, scalarOf(found), value)
}

const saysNothing = (where: Where | null): boolean => judge(where, null) === undefined

const scalarOf = (value: unknown) => value as string | number | bigint | boolean

/** Numbers of all kinds compare as numbers; what came as text for a number is one. */
function compare(suffix: string, found: string | number | bigint | boolean, value: unknown): Truth {
  const wanted = (each: unknown) =>
    typeof found === 'bigint'
      ? BigInt(each as string)
      : typeof found === 'number'
        ? Number(each)
        : each
  if (suffix.startsWith('not_')) return !compare(suffix.slice(4), found, value)
  if (suffix === 'in') return asList(value).some(each => wanted(each) === found)
  const other = wanted(value) as typeof found
  const text = String(found)
  switch (suffix) {
    case 'eq':
      return found === other
    case 'gt':
      return found > other
    case 'gte':
      return found >= other
    case 'lt':
      return found < other
    case 'lte':
      return found <= other
    case 'contains':
      return text.indexOf(String(other)) >= 0
    case 'containsInsensitive':
      return text.toUpperCase().indexOf(String(other).toUpperCase()) >= 0
    case 'startsWith':
      return text.slice(0, String(other).length) === other
    case 'endsWith':
      return String(other) === '' || text.slice(-String(other).length) === other
    default:
      throw new RangeError(`no suffix ${suffix}`)
  }
}

/** Ids of what a list query gives, in order. */
export function listed(
  things: readonly Thing[],
  { where, orderBy }: { where: Where | null; orderBy: readonly string[] },
): string[] {
  const through = things.filter(
    thing => judge(where, thing) !== false && judge(where, thing) !== null,
  )
  const ordered = [...through]
  // The last criterion first: sorting is stable.
  for (const order of [...orderBy].reverse()) {
    const [, path = '', direction] = /^(.+)_(ASC|DESC)$/.exec(order)!
    const read = (thing: Thing) =>
      path.split('_').reduce<unknown>((at, name) => (at as Thing | null)?.[name] ?? null, thing)
    ordered.sort((a, b) => {
      const [x, y] = direction === 'ASC' ? [read(a), read(b)] : [read(b), read(a)]
      if (x === y) return 0
      if (x === null) return 1
      if (y === null) return -1
      return (x as string) < (y as string) ? -1 : 1
    })
  }
  return ordered.map(({ id }) => id)
}

/** The suffixes that the reference gives to each kind of field. */
const suffixes = {
  String:
    'eq not_eq gt gte lt lte in not_in contains not_contains containsInsensitive not_containsInsensitive startsWith not_startsWith endsWith not_endsWith'.split(
      ' ',
    ),
  number: 'eq not_eq gt gte lt lte in not_in'.split(' '),
  Boolean: ['eq', 'not_eq'],
  enum: ['eq', 'not_eq', 'in', 'not_in'],
} as const

/** Makes random filters whose values are those of the data, so that they decide something. */
export function filterMaker(
  all: ReadonlyMap<EntityName, readonly Thing[]>,
  draw: (below: number) => number,
) {
  const pick = <T>(list: readonly T[]): T => list[draw(list.length)]!

  function valueFor(entity: EntityName, name: string, field: Field | null): unknown {
    const sample = pick(all.get(entity)!)?.[name] ?? null
    if (field === null || (field.kind === 'scalar' && field.scalar === 'String')) {
      const text = String(sample ?? 'x')
      const from = draw(text.length + 1)
      return pick([text, text.slice(from), text.slice(0, from), text.toUpperCase(), ''])
    }
    if (field.kind === 'enum') return sample
    if (field.kind !== 'scalar') return null
    if (field.scalar === 'Boolean') return pick([true, false])
    const number = Number(sample ?? 0) + pick([0, 0, 1, -1])
    if (field.scalar === 'Int') return Math.trunc(number)
    return pick([Math.trunc(number), String(Math.trunc(number))])
  }

  function conditionFor(
    entity: EntityName,
    name: string,
    field: Field | null,
    depth: number,
  ): Where {
    if (field?.kind === 'ref' || field?.kind === 'derivedOne') {
      if (draw(4) === 0 || depth <= 0) return { [`${name}_isNull`]: pick([true, false]) }
      return { [name]: filterFor(field.entity as EntityName, depth - 1) }
    }
    if (field?.kind === 'derivedMany') {
      if (depth <= 0) return {}
      const key = `${name}_${pick(['some', 'every', 'none'])}`
      return { [key]: filterFor(field.entity as EntityName, depth - 1) }
    }
    if (field?.kind === 'json') {
      return pick([
        { [`${name}_isNull`]: pick([true, false]) },
        field.object === 'NodePower'
          ? { [name]: { [pick(['state_eq', 'target_not_eq'])]: pick(['Up', 'Down']) } }
          : { [name]: { value_gte: pick([0, 50_000]), unit_isNull: pick([true, false]) } },
      ])
    }
    if (field?.kind === 'jsonList' || draw(8) === 0) {
      return { [`${name}_isNull`]: pick([true, false]) }
    }
    const kind =
      field === null || (field.kind === 'scalar' && field.scalar === 'String')
        ? 'String'
        : field.kind === 'enum'
          ? 'enum'
          : field.kind === 'scalar' && field.scalar === 'Boolean'
            ? 'Boolean'
            : 'number'
    const suffix = pick<string>(suffixes[kind])
    const value = () => valueFor(entity, name, field)
    if (suffix !== 'in' && suffix !== 'not_in') return { [`${name}_${suffix}`]: value() }
    const members = Array.from({ length: draw(4) }, value).filter(each => each !== null)
    return { [`${name}_${suffix}`]: members }
  }

  function filterFor(entity: EntityName, depth: number): Where {
    const where: Where = {}
    const fields: [string, Field | null][] = [['id', null], ...Object.entries(fieldsOf(entity))]
    for (let i = draw(3); i >= 0; i -= 1) {
      const [name, field] = pick(fields)
      Object.assign(where, conditionFor(entity, name, field, depth))
    }
    if (depth > 0) {
      const members = (most: number) =>
        Array.from({ length: draw(most) }, () => filterFor(entity, depth - 1))
      if (draw(3) === 0) where.AND = members(3)
      if (draw(3) === 0) where.OR = members(3)
      if (draw(8) === 0) where.AND = filterFor(entity, depth - 1)
    }
    return where
  }

  function ordersFor(entity: EntityName): string[] {
    const columns = Object.entries(fieldsOf(entity)).flatMap(([name, field]) => {
      if (field.kind === 'scalar' || field.kind === 'enum') return [name]
      if (field.kind === 'ref' || field.kind === 'derivedOne') {
        return Object.entries(fieldsOf(field.entity as EntityName))
          .filter(([, inner]) => inner.kind === 'scalar' || inner.kind === 'enum')
          .map(([inner]) => `${name}_${inner}`)
      }
      if (field.kind !== 'json') return []
      return field.object === 'NodePower' ? [`${name}_state`] : [`${name}_value`]
    })
    const orders = Array.from(
      { length: draw(3) },
      () => `${pick(columns)}_${pick(['ASC', 'DESC'])}`,
    )
    return [...orders, 'id_ASC']
  }

  return { filterFor, ordersFor, plural: (entity: EntityName) => entities[entity].plural }
}
