// The schema of the service, made from the entities: their types, and four queries for each.

import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  type GraphQLFieldConfigMap,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql'
import {
  type EntityName,
  entities,
  entityNames,
  type Field,
  fieldsOf,
  jsonObjects,
} from '../indexer/entities.ts'
import { costs } from './budget.ts'
import { type AnyRow, type FilterContext, relatedRow } from './filter.ts'
import { connectionArguments, enumTypes, listArguments, scalars, whereId } from './inputs.ts'
import { connectionName, lowerFirst } from './names.ts'
import { type ConnectionArguments, connection, type ListArguments, page } from './pages.ts'

type FieldOf<Source> = GraphQLFieldConfig<Source, FilterContext>
type FieldsOf<Source> = GraphQLFieldConfigMap<Source, FilterContext>

const required = (type: GraphQLOutputType) => new GraphQLNonNull(type as never)
const listOf = (type: GraphQLOutputType) => required(new GraphQLList(required(type)))

const objectTypes = new Map(
  Object.entries(jsonObjects).map(([name, fields]) => [
    name,
    new GraphQLObjectType({
      name,
      fields: () =>
        Object.fromEntries(
          Object.entries(fields as Readonly<Record<string, Field>>).map(([inner, field]) => [
            inner,
            columnOf(inner, field),
          ]),
        ),
    }),
  ]),
)

const entityTypes = new Map(
  entityNames.map(entity => [
    entity,
    new GraphQLObjectType({
      name: entity,
      fields: () => ({
        id: idField,
        ...Object.fromEntries(
          Object.entries(fieldsOf(entity)).map(([name, field]) => [name, fieldOf(name, field)]),
        ),
      }),
    }),
  ]),
)

const typeOf = (entity: string): GraphQLObjectType => entityTypes.get(entity as EntityName)!

const idField: FieldOf<AnyRow> = {
  type: required(GraphQLString),
  resolve: (row, _args, { rows, budget }) => {
    budget.spend(costs.field)
    return rows.idOf(row.key)
  },
}

function fieldOf(name: string, field: Field): FieldOf<AnyRow> {
  switch (field.kind) {
    case 'scalar':
    case 'enum':
    case 'json':
    case 'jsonList':
      return columnOf(name, field)
    case 'ref':
    case 'derivedOne': {
      const type = typeOf(field.entity)
      return {
        type: field.kind === 'ref' && !field.isNullable ? required(type) : type,
        resolve: (row, _args, { rows, budget }) => {
          budget.spend(costs.relation)
          return relatedRow(rows, field, name, row)
        },
      }
    }
    case 'derivedMany': {
      const { entity, via } = field
      return {
        type: listOf(typeOf(entity)),
        args: listArguments(entity as EntityName),
        resolve: (row, args: ListArguments, context) =>
          page(entity as EntityName, args, context, { via, key: row.key }),
      }
    }
  }
}

/** A field that the row holds itself. */
function columnOf(name: string, field: Field): FieldOf<AnyRow> {
  return {
    type: columnType(field),
    resolve: (row, _args, { budget }) => {
      const value = row[name]
      budget.spend(costs.field + (typeof value === 'string' ? value.length * costs.character : 0))
      return value
    },
  }
}

function columnType(field: Field): GraphQLOutputType {
  const type = bareType(field)
  return 'isNullable' in field && !field.isNullable ? required(type) : type
}

function bareType(field: Field): GraphQLOutputType {
  if (field.kind === 'scalar') return scalars[field.scalar]
  if (field.kind === 'enum') return enumTypes[field.name]
  if (field.kind === 'json') return objectTypes.get(field.object)!
  if (field.kind === 'jsonList') return new GraphQLList(objectTypes.get(field.object)!)
  return typeOf(field.entity)
}

const pageInfoType = new GraphQLObjectType({
  name: 'PageInfo',
  fields: {
    hasNextPage: { type: required(GraphQLBoolean) },
    hasPreviousPage: { type: required(GraphQLBoolean) },
    startCursor: { type: required(GraphQLString) },
    endCursor: { type: required(GraphQLString) },
  },
})

function connectionType(entity: EntityName): GraphQLObjectType {
  const edge = new GraphQLObjectType({
    name: `${entity}Edge`,
    fields: {
      node: { type: required(typeOf(entity)) },
      cursor: { type: required(GraphQLString) },
    },
  })
  return new GraphQLObjectType({
    name: connectionName(entity),
    fields: {
      edges: { type: listOf(edge) },
      pageInfo: { type: required(pageInfoType) },
      totalCount: { type: required(GraphQLInt) },
    },
  })
}

function queriesOf(entity: EntityName): FieldsOf<undefined> {
  const name = lowerFirst(entity)
  const { plural } = entities[entity]
  const byId = ({ rows }: FilterContext, id: string) => rows.byId(entity, id)
  return {
    [plural]: {
      type: listOf(typeOf(entity)),
      args: listArguments(entity),
      resolve: (_source, args: ListArguments, context) => page(entity, args, context),
    },
    [`${name}ById`]: {
      type: typeOf(entity),
      args: { id: { type: new GraphQLNonNull(GraphQLString) } },
      resolve: (_source, { id }: { id: string }, context) => byId(context, id),
    },
    [`${name}ByUniqueInput`]: {
      type: typeOf(entity),
      deprecationReason: `Use ${name}ById`,
      args: { where: { type: new GraphQLNonNull(whereId) } },
      resolve: (_source, { where }: { where: { id: string } }, context) => byId(context, where.id),
    },
    [`${plural}Connection`]: {
      type: required(connectionType(entity)),
      args: connectionArguments(entity),
      resolve: (_source, args: ConnectionArguments, context) => connection(entity, args, context),
    },
  }
}

/** The schema of the index. */
export const schema = new GraphQLSchema({
  query: new GraphQLObjectType<undefined, FilterContext>({
    name: 'Query',
    fields: () => Object.assign({}, ...entityNames.map(queriesOf)) as FieldsOf<undefined>,
  }),
})
