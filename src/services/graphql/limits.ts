// What a document may look like before it is validated or run: both would take long for some that are well formed.

import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import { tooComplex } from './budget.ts'

/** The most tokens of a document: a list of thousands of ids still fits. */
export const mostTokens = 20_000

/** The most fields and fragments in a document; their overlaps are compared pair by pair. */
const mostSelections = 2_000

/** The deepest nesting of fields. */
const mostDepth = 40

/** The longest name of a field in the answer: it stands there once for each row. */
const longestAlias = 128

/** What the introspection part of a query may cost, in fields; the usual query costs a fifth of that. */
const introspectionBudget = 1_500_000

/** How many members the lists of the introspection schema have here: all types, and the mean of the rest, rounded up. */
const listSizes: Readonly<Record<string, number>> = {
  types: 185,
  fields: 8,
  inputFields: 20,
  enumValues: 10,
  args: 2,
  directives: 5,
  locations: 5,
}

/** Fails when a document has more fields, longer names, or lies deeper, than anybody needs. */
export function checkShape(document: DocumentNode): void {
  let selections = 0
  const visit = ({ selections: members }: SelectionSetNode, depth: number): void => {
    selections += members.length
    if (selections > mostSelections || depth > mostDepth) throw tooLarge()
    for (const member of members) {
      const alias = 'alias' in member ? member.alias?.value : undefined
      if (alias !== undefined && alias.length > longestAlias) throw tooLarge()
      if ('selectionSet' in member && member.selectionSet) visit(member.selectionSet, depth + 1)
    }
  }
  for (const definition of document.definitions) {
    if ('selectionSet' in definition && definition.selectionSet) visit(definition.selectionSet, 1)
  }
}

function tooLarge(): GraphQLError {
  return new GraphQLError('The query is too large.', {
    extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
  })
}

/** Fails when a valid document asks for more of the schema than there is time for. */
export function checkIntrospection(document: DocumentNode): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition)
    }
  }
  const known = new Map<string, number>()
  const costOfFragment = (name: string): number => {
    const found = known.get(name)
    if (found !== undefined) return found
    const fragment = fragments.get(name)
    const cost = fragment ? costOf(fragment.selectionSet) : 0
    known.set(name, cost)
    return cost
  }
  const costOf = (set: SelectionSetNode): number => {
    let cost = 0
    for (const member of set.selections) {
      if (member.kind === Kind.FRAGMENT_SPREAD) cost += costOfFragment(member.name.value)
      else if (member.kind === Kind.INLINE_FRAGMENT) cost += costOf(member.selectionSet)
      else {
        const times = listSizes[member.name.value] ?? 1
        cost += 1 + (member.selectionSet ? times * costOf(member.selectionSet) : 0)
      }
    }
    return cost
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (costOf(definition.selectionSet) > introspectionBudget) throw tooComplex()
  }
}
