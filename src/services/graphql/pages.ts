// Lists and connections: a part of the rows that match, in an order.

import { GraphQLError } from 'graphql'
import type { EntityName } from '../indexer/entities.ts'
import { costs } from './budget.ts'
import type { AnyRow, FilterContext, Where } from './filter.ts'
import type { Criterion } from './order.ts'
import { countOf, type Parent, selected } from './select.ts'

/** The arguments of a list, as the schema's types let them through. */
export interface ListArguments {
  readonly where?: Where | null
  readonly orderBy?: readonly Criterion[] | null
  readonly offset?: number | null
  readonly limit?: number | null
}

export interface ConnectionArguments {
  readonly where?: Where | null
  readonly orderBy: readonly Criterion[]
  readonly after?: string | null
  readonly first?: number | null
}

/** How many edges a connection has that asks for no number. */
const defaultFirst = 100

/** What the database of upstream says to a negative number. */
function notNegative(name: 'LIMIT' | 'OFFSET', value: number): number {
  if (value < 0) throw new GraphQLError(`${name} must not be negative`)
  return value
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

/** A page of an entity's rows; with `of` only of those whose foreign key `via` is this one. */
export function page(
  entity: EntityName,
  { where, orderBy, offset, limit }: ListArguments,
  context: FilterContext,
  of: Parent | null = null,
): readonly AnyRow[] {
  const options = {
    order: orderBy ?? [],
    offset: notNegative('OFFSET', offset ?? 0),
    limit: limit == null ? Number.POSITIVE_INFINITY : notNegative('LIMIT', limit),
    of,
  }
  const found = selected(entity, { where, ...options }, context)
  context.budget.spend(costs.list + found.length * costs.field)
  return found
}

/** The parts of a connection; what is not asked for is not computed. */
export function connection(
  entity: EntityName,
  { where, orderBy, after, first }: ConnectionArguments,
  context: FilterContext,
) {
  if (orderBy.length === 0) throw badInput('orderBy argument is required for connection')
  if (first != null && first < 0) {
    throw badInput("'first' argument of connection can't be less than 0")
  }
  const offset = after == null ? 0 : positionOf(after)
  const size = first ?? defaultFirst
  let known: readonly AnyRow[] | null = null
  // One more than asked for tells whether there is a next page.
  const rows = () => {
    known ??= selected(
      entity,
      { where, order: orderBy, offset, limit: size + 1, of: null },
      context,
    )
    return known
  }
  const shown = () => rows().slice(0, size)
  return {
    edges() {
      context.budget.spend(costs.list + shown().length * costs.field)
      return shown().map((node, i) => ({ node, cursor: String(offset + i + 1) }))
    },
    pageInfo() {
      const { length } = shown()
      return {
        hasNextPage: rows().length > size,
        hasPreviousPage: offset > 0,
        startCursor: length > 0 ? String(offset + 1) : '',
        endCursor: length > 0 ? String(offset + length) : '',
      }
    },
    totalCount: () => countOf(entity, where, context),
  }
}

/** A cursor is the place of a row in the list, counted from 1. */
function positionOf(cursor: string): number {
  const position = /^\d+$/.test(cursor) ? Number(cursor) : 0
  if (position > 0 && Number.isSafeInteger(position)) return position
  throw badInput(`invalid cursor value: ${cursor}`)
}
