// `pocketgrid nodes`: plays fake nodes alone, on a chain and at a relay that run elsewhere.

import { type GridInput, spreadNodes } from '../config/config.ts'
import type { GridInfo } from '../grid.ts'
import { join } from './join.ts'
import { endOnSignal, fail, readGridFile } from './up.ts'

/** The options of the command, as they were written. */
export interface NodesOptions {
  chain: string
  relay: string
  config?: string
  count?: number
  farms?: number
  shard?: { index: number; of: number }
  seed?: string
  funder?: string
  relayDomain?: string[]
  dataDir?: string
  control?: string
  token?: string
  host?: string
  port?: number
  json?: boolean
  quiet?: boolean
}

/** Nodes of a process that was told of no number. */
const defaultCount = 10

/** Plays nodes and resolves when all have registered and can be called; SIGINT and SIGTERM end it with status 0. */
export async function nodes(options: NodesOptions): Promise<void> {
  const startedAt = performance.now()
  process.stdout.on('error', () => undefined)
  const { control, token } = options
  const grid = await join(inputOf(options), fail, { control, token })
  endOnSignal(grid)
  const info = grid.info()
  if (options.json) process.stdout.write(`${JSON.stringify(info)}\n`)
  else if (!options.quiet) {
    const tookMs = Math.round(performance.now() - startedAt)
    process.stdout.write(summary(info, { shard: options.shard, tookMs }))
  }
}

/** The options as a configuration: no users, and no ports that other processes of the machine may have. */
function inputOf(options: NodesOptions): GridInput {
  const { count, farms, config } = options
  const file = config === undefined ? {} : readGridFile(config)
  const isSpread = count !== undefined || farms !== undefined || file.farms === undefined
  const given = {
    chain: options.chain,
    relay: options.relay,
    shard: options.shard,
    seed: options.seed,
    funder: options.funder,
    relayDomains: options.relayDomain,
    dataDir: options.dataDir,
    host: options.host,
    port: options.port,
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return {
    port: 0,
    users: [],
    ...file,
    ...(isSpread ? { farms: spreadNodes(count ?? defaultCount, farms ?? 1) } : {}),
    ...set,
  }
}

function summary(
  { endpoints, farms, nodes: all, seed }: GridInfo,
  { shard, tookMs }: { shard: NodesOptions['shard']; tookMs: number },
): string {
  const ids = all.map(({ id }) => id)
  const part = shard ? `, part ${shard.index} of ${shard.of}` : ''
  const range = ids.length === 0 ? '' : ` (ids ${Math.min(...ids)} to ${Math.max(...ids)})`
  const lines = [
    `${ids.length} nodes${range} of seed ${seed}${part}, ready in ${tookMs} ms`,
    `  chain    ${endpoints.substrate}`,
    `  relay    ${endpoints.relay}`,
    `  control  ${endpoints.control}`,
    ...farms.map(({ id, name }) => `  farm     ${id} ${name}`),
    '',
  ]
  return lines.join('\n')
}
