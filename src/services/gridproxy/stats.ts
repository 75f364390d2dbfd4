// `/stats`: the grid in numbers.

import { type Context, queryOf } from './context.ts'
import { accepted, type Result } from './errors.ts'
import { checkValues, type Filters, hasStatus, passes, testsOf } from './filter.ts'
import { encode, encodeText } from './json.ts'
import { decodeLimit, isLimitKey } from './limit.ts'
import type { Answer } from './list.ts'
import type { NodeView } from './node-view.ts'
import { decoderOf, pairsOf } from './params.ts'
import type { QueryValues } from './query-string.ts'

/** The only filter; the keys of paging are taken too and mean nothing. */
export const statsFilters: Filters<NodeView> = {
  status: hasStatus('The status of the nodes that are counted.', (node, { statusOf }) =>
    statusOf(node),
  ),
}

const decode = decoderOf(statsFilters)

/** The numbers of all nodes, or of those with a status; farms, addresses, twins and contracts are always all. */
export function gridStats(values: QueryValues, context: Context): Result<Answer> {
  const given = decode(pairsOf(values, key => !isLimitKey(key)))
  if (!given.ok) return given
  const limit = decodeLimit(values)
  if (!limit.ok) return limit
  const checked = checkValues(statsFilters, given.value)
  if (!checked.ok) return checked
  const { rows } = context
  const query = queryOf(context)
  const tests = testsOf(statsFilters, given.value, query)
  const nodes = context.nodes.list().filter(node => passes(node, tests))
  const sum = (of: (node: NodeView) => number) => nodes.reduce((all, node) => all + of(node), 0)
  const count = (holds: (node: NodeView) => boolean) => nodes.filter(holds).length
  const distribution = distributionOf(nodes)
  // Upstream counts public configurations, whatever stands in them, both times.
  const configured = count(({ config }) => config !== undefined)
  const before = {
    nodes: nodes.length,
    farms: rows.count('Farm'),
    countries: distribution.length,
    totalCru: sum(({ total }) => total.cru),
    totalSru: sum(({ total }) => total.sru),
    totalMru: sum(({ total }) => total.mru),
    totalHru: sum(({ total }) => total.hru),
    publicIps: rows.count('PublicIp'),
    accessNodes: configured,
    gateways: configured,
    twins: rows.count('Twin'),
    contracts: rows.count('NodeContract') + rows.count('RentContract') + rows.count('NameContract'),
  }
  const after = {
    gpus: count(node => query.factsOf(node).cards.length > 0),
    dedicatedNodes: count(node => node.isDedicated),
    workloads_number: sum(node => query.factsOf(node).workloads),
  }
  const [head, tail] = [encode(before), encode(after)].map(text => text.slice(1, -1))
  const shares = distribution.map(([country, number]) => `${encodeText(country)}:${number}`)
  const body = `{${head},"nodesDistribution":{${shares.join(',')}},${tail}}`
  return accepted({ headers: {}, body })
}

/** How many nodes each country has, as it is written, in order of bytes. */
function distributionOf(nodes: readonly NodeView[]): readonly (readonly [string, number])[] {
  const numbers = new Map<string, number>()
  for (const { row } of nodes) {
    const country = row.country ?? ''
    numbers.set(country, (numbers.get(country) ?? 0) + 1)
  }
  return [...numbers].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
