// Calls that a request makes to a node: its statistics and its graphics cards, as they are now.

import { type Context, queryOf } from './context.ts'
import { accepted, type Result, refused } from './errors.ts'
import { encode, type Json } from './json.ts'
import type { Answer } from './list.ts'
import { nodeOfPath } from './nodes.ts'

/** A call that a route makes, and how its answer is shown. */
interface LiveCall {
  readonly command: string
  /** What is fetched, in the words of upstream's refusal. */
  readonly what: string
  show(answer: unknown, twinId: number): Json
}

const statistics: LiveCall = {
  command: 'zos.statistics.get',
  what: 'statistics',
  show: answer => ({
    system: capacityOf(memberOf(answer, 'system')),
    total: capacityOf(memberOf(answer, 'total')),
    used: capacityOf(memberOf(answer, 'used')),
    users: {
      deployments: numberOf(memberOf(answer, 'users'), 'deployments'),
      workloads: numberOf(memberOf(answer, 'users'), 'workloads'),
      last_deployment_timestamp: numberOf(memberOf(answer, 'users'), 'last_deployment_timestamp'),
    },
  }),
}

const cards: LiveCall = {
  command: 'zos.gpu.list',
  what: 'GPU information',
  show: (answer, twinId) =>
    Array.isArray(answer)
      ? answer.map(card => ({
          node_twin_id: twinId,
          id: textOf(card, 'id'),
          vendor: textOf(card, 'vendor'),
          device: textOf(card, 'device'),
          contract: numberOf(card, 'contract'),
          updated_at: 0,
        }))
      : null,
}

/** What a node uses now. */
export function nodeStatistics(text: string, context: Context): Promise<Result<Answer>> {
  return call(statistics, text, context)
}

/** The graphics cards of a node. */
export function nodeCards(text: string, context: Context): Promise<Result<Answer>> {
  return call(cards, text, context)
}

async function call(live: LiveCall, text: string, context: Context): Promise<Result<Answer>> {
  const node = nodeOfPath(text, context)
  if (!node.ok) return node
  const { nodeId, twinId } = node.value
  const status = queryOf(context).statusOf(node.value)
  if (status !== 'up') {
    return refused(500, `cannot fetch ${live.what} from node ${nodeId} with status: ${status}`)
  }
  const answer = await context.facts.call(twinId, live.command)
  if (!answer.ok) {
    // The double "get" is upstream's.
    return refused(500, `failed to get get node ${live.what} from relay: ${answer.cause}`)
  }
  return accepted({ headers: {}, body: encode(live.show(parsed(answer.payload), twinId)) })
}

/** What a node has said; something that is no JSON says nothing. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return null
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined
}

function numberOf(value: unknown, name: string): number {
  const member = memberOf(value, name)
  return typeof member === 'number' ? member : 0
}

function textOf(value: unknown, name: string): string {
  const member = memberOf(value, name)
  return typeof member === 'string' ? member : ''
}

function capacityOf(value: unknown): Json {
  return {
    cru: numberOf(value, 'cru'),
    hru: numberOf(value, 'hru'),
    ipv4u: numberOf(value, 'ipv4u'),
    mru: numberOf(value, 'mru'),
    sru: numberOf(value, 'sru'),
  }
}
