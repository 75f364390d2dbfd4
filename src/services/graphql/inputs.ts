// The input types of the schema: what can be asked of each kind of field, and by what lists are ordered.

import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigArgumentMap,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from 'graphql'
import {
  type EntityName,
  type EnumName,
  entityNames,
  enums,
  type Field,
  fieldsOf,
  jsonObjects,
  type ScalarName,
} from '../indexer/entities.ts'
import { criteriaOf } from './order.ts'
import { BigDecimalScalar, BigIntScalar } from './scalars.ts'

/** The scalars by the names that the entities use. */
export const scalars = {
  Int: GraphQLInt,
  BigInt: BigIntScalar,
  BigDecimal: BigDecimalScalar,
  String: GraphQLString,
  Boolean: GraphQLBoolean,
} as const

/** The enums of the entities as types. */
export const enumTypes = Object.fromEntries(
  Object.entries(enums).map(([name, members]) => [
    name,
    new GraphQLEnumType({
      name,
      values: Object.fromEntries(members.map(member => [member, { value: member }])),
    }),
  ]),
) as Record<EnumName, GraphQLEnumType>

const orders = ['gt', 'gte', 'lt', 'lte']
const lists = ['in', 'not_in']
const texts = [
  'contains',
  'not_contains',
  'containsInsensitive',
  'not_containsInsensitive',
  'startsWith',
  'not_startsWith',
  'endsWith',
  'not_endsWith',
]

/** The suffixes of a scalar beside `isNull`: those that take a value, and those that take a list. */
function suffixesOf(scalar: ScalarName): { single: string[]; list: string[] } {
  const equal = ['eq', 'not_eq']
  if (scalar === 'Boolean') return { single: equal, list: [] }
  const single = scalar === 'String' ? [...equal, ...orders, ...texts] : [...equal, ...orders]
  return { single, list: lists }
}

const listOfType = (type: GraphQLInputType) => new GraphQLList(new GraphQLNonNull(type as never))

function conditions(
  name: string,
  type: GraphQLInputType,
  suffixes: { single: readonly string[]; list: readonly string[] },
): GraphQLInputFieldConfigMap {
  const list = listOfType(type)
  return {
    [`${name}_isNull`]: { type: GraphQLBoolean },
    ...Object.fromEntries(suffixes.single.map(suffix => [`${name}_${suffix}`, { type }])),
    ...Object.fromEntries(suffixes.list.map(suffix => [`${name}_${suffix}`, { type: list }])),
  }
}

const objectWheres = new Map<string, GraphQLInputObjectType>()
const entityWheres = new Map<EntityName, GraphQLInputObjectType>()

function conditionsOf(name: string, field: Field): GraphQLInputFieldConfigMap {
  const isNull = { [`${name}_isNull`]: { type: GraphQLBoolean } }
  switch (field.kind) {
    case 'scalar':
      return conditions(name, scalars[field.scalar], suffixesOf(field.scalar))
    case 'enum':
      return conditions(name, enumTypes[field.name], { single: ['eq', 'not_eq'], list: lists })
    case 'json':
      return { ...isNull, [name]: { type: objectWheres.get(field.object)! } }
    case 'jsonList':
      return isNull
    case 'ref':
    case 'derivedOne':
      return { ...isNull, [name]: { type: whereOf(field.entity as EntityName) } }
    case 'derivedMany': {
      const type = whereOf(field.entity as EntityName)
      return {
        [`${name}_every`]: { type },
        [`${name}_some`]: { type },
        [`${name}_none`]: { type },
      }
    }
  }
}

for (const [name, fields] of Object.entries(jsonObjects)) {
  const all = Object.entries(fields as Readonly<Record<string, Field>>)
  objectWheres.set(
    name,
    new GraphQLInputObjectType({
      name: `${name}WhereInput`,
      fields: () =>
        Object.assign({}, ...all.map(([inner, field]) => conditionsOf(inner, field))) as never,
    }),
  )
}

for (const entity of entityNames) {
  const where: GraphQLInputObjectType = new GraphQLInputObjectType({
    name: `${entity}WhereInput`,
    fields: () => ({
      ...conditions('id', GraphQLString, suffixesOf('String')),
      ...Object.assign(
        {},
        ...Object.entries(fieldsOf(entity)).map(([name, field]) => conditionsOf(name, field)),
      ),
      AND: { type: listOfType(where) },
      OR: { type: listOfType(where) },
    }),
  })
  entityWheres.set(entity, where)
}

/** What rows of an entity can be filtered by. */
function whereOf(entity: EntityName): GraphQLInputObjectType {
  return entityWheres.get(entity)!
}

const orderTypes = new Map(
  entityNames.map(entity => [
    entity,
    listOfType(
      new GraphQLEnumType({
        name: `${entity}OrderByInput`,
        values: Object.fromEntries(
          [...criteriaOf(entity)].map(([name, value]) => [name, { value }]),
        ),
      }),
    ),
  ]),
)

/** The arguments of a list. */
export function listArguments(entity: EntityName): GraphQLFieldConfigArgumentMap {
  return {
    where: { type: whereOf(entity) },
    orderBy: { type: orderTypes.get(entity)! },
    offset: { type: GraphQLInt },
    limit: { type: GraphQLInt },
  }
}

/** The arguments of a connection: there the order is required. */
export function connectionArguments(entity: EntityName): GraphQLFieldConfigArgumentMap {
  return {
    orderBy: { type: new GraphQLNonNull(orderTypes.get(entity)!) },
    after: { type: GraphQLString },
    first: { type: GraphQLInt },
    where: { type: whereOf(entity) },
  }
}

/** The argument of the deprecated way to one row. */
export const whereId = new GraphQLInputObjectType({
  name: 'WhereIdInput',
  fields: { id: { type: new GraphQLNonNull(GraphQLString) } },
})
