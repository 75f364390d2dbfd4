// `pocketgrid up`: starts a grid, says how to reach it, and ends it cleanly.

import { openSync, readFileSync, writeSync } from 'node:fs'
import { type GridInput, spreadNodes } from '../config/config.ts'
import type { History } from '../grid/history.ts'
import { type GridInfo, startGrid } from '../grid.ts'
import { gridError } from '../kernel/errors.ts'
import { startBranch } from './branch.ts'
import { join } from './join.ts'
import { scenarioFolder } from './scenario-folder.ts'
import { loadHistory } from './snapshot.ts'

/** The options of the command, as they were written. */
export interface UpOptions {
  config?: string
  nodes?: number
  farms?: number
  seed?: string
  network?: 'dev' | 'qa' | 'test' | 'main'
  clock?: string
  blocks?: 'instant' | '6s' | 'manual'
  host?: string
  chainPort?: number
  port?: number
  frontPort?: number | false
  account?: string[]
  strictRelay?: boolean
  dataDir?: string
  rpc?: 'full' | 'upstream'
  devToken?: string
  chain?: string
  relay?: string
  funder?: string
  relayDomain?: string[]
  federateOver?: 'http' | 'https'
  snapshot?: string
  record?: string
  scenarios?: string
  endsWithStdin?: boolean
  json?: boolean
  quiet?: boolean
}

/** Nodes of a grid that was told of a number of farms alone. */
const nodesPerFarm = 5

/** Starts a grid and resolves when it answers; SIGINT and SIGTERM end it with status 0. */
export async function up(options: UpOptions): Promise<void> {
  const startedAt = performance.now()
  // Who reads the first lines and goes away has seen enough.
  process.stdout.on('error', () => undefined)
  const history = options.snapshot === undefined ? undefined : loadHistory(options.snapshot)
  const input = inputOf(options, history)
  const onHistory = options.record === undefined ? undefined : recorderOf(options.record)
  const grid = await (input.chain === undefined
    ? startGrid(input, {
        onFailure: fail,
        history,
        onHistory,
        scenarios: scenarioFolder(options.scenarios),
        startBranch,
      })
    : join(input, fail))
  const end = endOnSignal(grid)
  if (options.endsWithStdin) process.stdin.resume().once('close', end)
  const info = grid.info()
  if (options.json) process.stdout.write(`${JSON.stringify(info)}\n`)
  else if (!options.quiet) process.stdout.write(banner(info, performance.now() - startedAt))
}

/** Writes a history to a file, each line before what follows from it is told to anybody. */
function recorderOf(path: string): (text: string) => void {
  let file: number
  try {
    file = openSync(path, 'w')
  } catch (cause) {
    throw gridError('GRID_OUT_REFUSED', { detail: path, cause })
  }
  return text => void writeSync(file, text)
}

/** A grid file and the options as one configuration; what a history was made with comes below both. */
export function inputOf(options: UpOptions, history?: History): GridInput {
  const file = {
    ...(history && { ...history.origin.config, accounts: [...history.origin.accounts] }),
    ...(options.config === undefined ? {} : readGridFile(options.config)),
  } as GridInput
  const { nodes, farms } = options
  const spread =
    nodes === undefined && farms === undefined
      ? {}
      : { farms: spreadNodes(nodes ?? (farms ?? 1) * nodesPerFarm, farms ?? 1) }
  const given = {
    seed: options.seed,
    network: options.network,
    clock: options.clock,
    blocks: options.blocks,
    host: options.host,
    chainPort: options.chainPort,
    port: options.port,
    frontPort: options.frontPort,
    accounts: options.account,
    strictRelay: options.strictRelay,
    dataDir: options.dataDir,
    rpc: options.rpc,
    devToken: options.devToken,
    chain: options.chain,
    relay: options.relay,
    funder: options.funder,
    relayDomains: options.relayDomain,
    federateOver: options.federateOver,
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...file, ...spread, ...set }
}

/** The grid file at a path; GRID_CONFIG_INVALID when there is none. */
export function readGridFile(path: string): GridInput {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw gridError('GRID_CONFIG_INVALID', { detail: `${path} cannot be read`, cause })
  }
  try {
    const input: unknown = JSON.parse(text)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input
  } catch (cause) {
    throw gridError('GRID_CONFIG_INVALID', { detail: `${path} is not JSON`, cause })
  }
  throw gridError('GRID_CONFIG_INVALID', { detail: `${path} does not hold an object` })
}

/** Lets SIGINT and SIGTERM end a grid, and then the process with status 0; so does what is returned. */
export function endOnSignal(grid: { close(): Promise<void> }): () => void {
  let isEnding = false
  const end = (): void => {
    if (isEnding) return
    isEnding = true
    grid.close().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return end
}

/** Ends the process because the grid has failed. */
export function fail(error: Error): void {
  process.stderr.write(`Pocketgrid has failed: ${error.stack ?? error.message}\n`)
  process.exit(1)
}

/** How many of the nodes the banner names. */
const shownNodes = 12

/** What a person reads after a start. */
export function banner(info: GridInfo, tookMs: number): string {
  const lines = [
    '',
    `  Pocketgrid ${info.version}: a ThreeFold Grid (${info.network}), TFChain spec ${info.specVersion}, seed ${info.seed}`,
    '',
    '  Endpoints',
    `    chain      ${info.endpoints.substrate}`,
    `    relay      ${info.endpoints.relay}`,
    ...serviceLines(info.endpoints),
    `    control    ${info.endpoints.control}`,
    `    dashboard  ${new URL('/', info.endpoints.control).href}`,
    '',
    '  Accounts (funded, with twins)',
    ...info.accounts.flatMap(({ name, address, twinId, mnemonic, free }) => [
      `    ${name.padEnd(10)} twin ${String(twinId).padEnd(4)} ${address}  ${tft(free)} TFT`,
      `    ${''.padEnd(10)} ${mnemonic}`,
    ]),
    '',
    '  Farms',
    ...info.farms.map(({ id, name, twinId }) => `    ${id}  ${name} (twin ${twinId})`),
    '',
    '  Nodes',
    ...info.nodes.slice(0, shownNodes).map(nodeLine),
    ...(info.nodes.length > shownNodes
      ? [`    ... and ${info.nodes.length - shownNodes} more`]
      : []),
    '',
    '  Try next',
    '    pocketgrid exec -- node my-client.js      (finds the grid under its public names; README shows more)',
    `    curl ${info.endpoints.control}/info`,
    '',
    `  Ready in ${Math.round(tookMs)} ms. Ctrl-C ends it.`,
    '',
  ]
  return `${lines.join('\n')}\n`
}

function serviceLines({ proxy, graphql, activation, kyc, front }: GridInfo['endpoints']): string[] {
  const named = { proxy, graphql, activation, kyc, front: front?.url }
  return Object.entries(named).flatMap(([name, url]) =>
    url === undefined ? [] : [`    ${name.padEnd(11)}${url}`],
  )
}

function nodeLine({
  id,
  twinId,
  farmId,
  profile,
  cru,
  mru,
  sru,
  hru,
}: GridInfo['nodes'][number]): string {
  const parts = [
    `    ${String(id).padEnd(4)} twin ${String(twinId).padEnd(5)} farm ${farmId}`,
    profile.padEnd(12),
    `${cru} CPU`.padEnd(8),
    `${gib(mru)} GB memory`.padEnd(15),
    `${gib(sru)} GB SSD`,
    ...(hru === '0' ? [] : [`${gib(hru)} GB HDD`]),
  ]
  return parts.join('  ')
}

function gib(bytes: string): string {
  return String(Math.round(Number(bytes) / 2 ** 30))
}

function tft(units: string): string {
  const whole = BigInt(units) / 10_000_000n
  const rest = (BigInt(units) % 10_000_000n).toString().padStart(7, '0').slice(0, 2)
  return `${whole}.${rest}`
}
