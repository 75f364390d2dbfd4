// `/health`: whether the proxy reaches its index and the nodes, and how fresh what it knows of them is.

import { type Context, queryOf } from './context.ts'
import { accepted, type Result } from './errors.ts'
import { encode } from './json.ts'
import type { Answer } from './list.ts'
import { type IndexerName, indexers } from './ports.ts'

const ok = 'ok'

/** How often each indexer runs, in minutes: what is older is stale (grid-proxy/cmds/proxy_server/main.go). */
const everyMinutes: Readonly<Record<IndexerName, number>> = {
  gpu: 60,
  health: 5,
  dmi: 1440,
  speed: 5,
  ipv6: 1440,
  workloads: 60,
  features: 1440,
}

/** Nodes that are called to see whether messages get through. */
const calledNodes = 10

/** The state of the proxy; the answer is never an error. */
export async function proxyHealth(
  context: Context,
  database: () => string,
): Promise<Result<Answer>> {
  const db_conn = database()
  const { facts, now } = context
  const seconds = Math.floor(now() / 1000)
  const states = indexers.map(name => [name, { updated_at: facts.indexedAt(name) }] as const)
  const isFresh = states.every(
    ([name, { updated_at }]) => seconds - updated_at <= everyMinutes[name] * 60,
  )
  const rmb_conn = await relayState(context)
  const body = encode({
    total_state_ok: db_conn === ok && rmb_conn === ok && isFresh,
    db_conn,
    rmb_conn,
    indexers: Object.fromEntries(states),
  })
  return accepted({ headers: {}, body })
}

/** `ok` when one of some healthy nodes answers, or none is known. */
async function relayState(context: Context): Promise<string> {
  const twins = healthyTwins(context)
  if (twins.length === 0) return ok
  const answers = await Promise.all(
    twins.map(async twinId => context.facts.call(twinId, 'zos.system.version')),
  )
  return answers.some(answer => answer.ok) ? ok : `failed to call twins: [${twins.join(' ')}]`
}

/** Some of the nodes whose last report was good. */
function healthyTwins(context: Context): number[] {
  const { factsOf } = queryOf(context)
  const nodes = context.nodes.list()
  const start = Math.floor(context.random() * nodes.length)
  const twins: number[] = []
  for (let step = 0; step < nodes.length && twins.length < calledNodes; step += 1) {
    const node = nodes[(start + step) % nodes.length]!
    if (factsOf(node).isHealthy === true) twins.push(node.twinId)
  }
  return twins
}
