// `/nodes` and `/gateways`: the list of nodes, one node, and its status.

import { type Context, queryOf } from './context.ts'
import { accepted, type Result, refusals, refused } from './errors.ts'
import { passes } from './filter.ts'
import type { Answer, List } from './list.ts'
import { nodeParams, nodeTests } from './node-filters.ts'
import { nodeItem, singleNode } from './node-item.ts'
import { nodeSorts } from './node-sorts.ts'
import type { NodeView } from './node-view.ts'
import { parseId } from './path-id.ts'

/** The list of nodes; that of gateways is the same one. */
export function nodeList({ nodes, rows }: Context): List<NodeView> {
  return {
    params: nodeParams,
    sorts: nodeSorts,
    select(given, query) {
      const tests = nodeTests(given, query)
      const all = nodes.list()
      const items = tests.length === 0 ? all : all.filter(node => passes(node, tests))
      const isForSomebody =
        given.available_for !== undefined || given.rentable_or_rented_by !== undefined
      return isForSomebody ? { items, isFirst: node => node.renter !== 0 } : { items }
    },
    write: (node, query) => nodeItem(node, query, rows),
  }
}

/** The node that a path names, as most routes look for it. */
export function nodeOfPath(text: string, { nodes }: Context): Result<NodeView> {
  const id = parseId(text)
  if (!id.ok) {
    const largest = '9223372036854775807'
    return refused(502, `invalid node id ${largest}: ${id.problem}: bad gateway`)
  }
  const node = nodes.byId(id.value)
  return node === undefined ? refusals.nodeNotFound : accepted(node)
}

/** One node. */
export function oneNode(text: string, context: Context): Result<Answer> {
  const node = nodeOfPath(text, context)
  if (!node.ok) return node
  return accepted({ headers: {}, body: singleNode(node.value, queryOf(context), context.rows) })
}

/** One node that is a gateway: it has a domain. */
export function oneGateway(text: string, context: Context): Result<Answer> {
  const node = nodeOfPath(text, context)
  if (!node.ok) return node
  return (node.value.config?.domain ?? '') === ''
    ? refusals.gatewayNotFound
    : oneNode(text, context)
}

/** The status of a node. This route tells bad ids and missing nodes in its own way. */
export function nodeStatus(text: string, context: Context): Result<Answer> {
  const id = parseId(text)
  if (!id.ok) return refused(400, id.problem)
  const node = context.nodes.byId(id.value)
  if (node === undefined) return refusals.statusNotFound
  const status = queryOf(context).statusOf(node)
  return accepted({ headers: {}, body: `{"status":"${status}"}` })
}
