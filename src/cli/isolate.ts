// Runs a program in a network of its own, in which nothing is but this grid, under all of its names and ports. The
// program needs to know nothing of it, whatever it is written in. Sockets do not cross into another network, files
// do: what the program connects to is carried over Unix sockets.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gridError } from '../kernel/errors.ts'
import { namesOf } from '../services/front/names.ts'
import { spawned } from './child.ts'
import type { ReachableGrid } from './environment.ts'

/** What the part inside is told, as one message: see isolated.ts. */
export interface IsolatedSetup {
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** The file that takes the place of /etc/hosts. */
  readonly hosts: string
  /** Ports of 127.0.0.1 inside, and the Unix socket to which each one's connections go. */
  readonly ports: readonly { readonly port: number; readonly path: string }[]
}

/** What the part inside answers: that the program runs, or why it does not. */
export type IsolatedReply =
  | { readonly type: 'running' }
  | { readonly type: 'refused'; readonly detail: string }
  | { readonly type: 'failed'; readonly detail: string }

/** A program in a network of its own. */
export interface Isolated {
  readonly child: ChildProcess
  close(): Promise<void>
}

/** A user namespace in which the user may set up a network and mounts. */
const unshareArgs = ['--user', '--map-root-user', '--net', '--mount'] as const

const inside = fileURLToPath(new URL('./isolated.js', import.meta.url))

/** Connections at once to each port. */
const maxConnections = 1_000

/** The proxy is of no use where the names themselves lead to the grid. */
const unneeded = [
  'HTTPS_PROXY',
  'https_proxy',
  'HTTP_PROXY',
  'http_proxy',
  'ALL_PROXY',
  'all_proxy',
]

/** Starts a program. GRID_ISOLATION_REFUSED where the system does not allow it, GRID_COMMAND_FAILED. */
export async function startIsolated(
  command: readonly string[],
  { grid, variables }: { grid: ReachableGrid; variables: Readonly<Record<string, string>> },
): Promise<Isolated> {
  checkSystem()
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-isolate-'))
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const hosts = join(dir, 'hosts')
    writeFileSync(hosts, hostsText(namesOf(grid.endpoints.front.domain).all), { mode: 0o644 })
    const ports = []
    for (const { port, target } of carriedPorts(grid)) {
      const path = join(dir, `${port}.sock`)
      servers.push(await carry(path, target))
      ports.push({ port, path })
    }
    const env: NodeJS.ProcessEnv = { ...process.env, ...variables }
    for (const name of unneeded) delete env[name]
    return { child: await startInside({ command, env, hosts, ports }), close }
  } catch (cause) {
    await close()
    throw cause
  }
}

function checkSystem(): void {
  const refused = (detail: string) => gridError('GRID_ISOLATION_REFUSED', { detail })
  if (process.platform !== 'linux') throw refused('only Linux has networks of this kind')
  const { error, status, stderr } = spawnSync('unshare', [...unshareArgs, 'true'], {
    encoding: 'utf8',
  })
  if (error) throw refused('there is no unshare (package util-linux)')
  if (status !== 0) throw refused(stderr.trim() || `unshare ended with ${status}`)
}

/** The ports of the grid as they are, and those that the grid's names have. */
function carriedPorts({ endpoints }: ReachableGrid) {
  const front = targetOf(endpoints.front.url)
  const all = [endpoints.substrate, endpoints.relay, endpoints.control]
  const own = [...all, endpoints.front.url, endpoints.front.proxy].map(targetOf)
  const byPort = new Map(own.map(target => [target.port, target]))
  for (const port of [80, 443]) byPort.set(port, front)
  return [...byPort].map(([port, target]) => ({ port, target }))
}

function targetOf(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url)
  const isTls = protocol === 'https:' || protocol === 'wss:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (isTls ? 443 : 80)) }
}

/** Carries the connections of a Unix socket to a port. */
function carry(path: string, target: { host: string; port: number }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, socket => {
    joinSockets(socket, connect({ ...target, allowHalfOpen: true, noDelay: true }))
  })
  server.maxConnections = maxConnections
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => resolve(server))
  })
}

/** Makes one connection of two. */
export function joinSockets(one: Socket, other: Socket): void {
  one.pipe(other)
  other.pipe(one)
  for (const [each, rest] of [
    [one, other],
    [other, one],
  ] as const) {
    each.on('error', () => rest.destroy())
    each.on('close', () => rest.destroySoon())
  }
}

/** The hosts file of this machine, with the grid's names in front. */
function hostsText(names: readonly string[]): string {
  let own = ''
  try {
    own = readFileSync('/etc/hosts', 'utf8')
  } catch {
    own = '127.0.0.1 localhost\n::1 localhost\n'
  }
  return `${names.map(name => `127.0.0.1 ${name}`).join('\n')}\n${own}`
}

async function startInside(setup: IsolatedSetup): Promise<ChildProcess> {
  const args = [...unshareArgs, '--', process.execPath, inside]
  // The part inside is ours: what is meant for the program must not load into it.
  const { NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn('unshare', args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env })
  await spawned(child)
  child.send(setup)
  const reply = await new Promise<IsolatedReply>(resolve => {
    child.once('message', message => resolve(message as IsolatedReply))
    child.once('exit', code => resolve({ type: 'refused', detail: `unshare ended with ${code}` }))
  })
  if (reply.type === 'running') return child
  child.kill()
  const code = reply.type === 'refused' ? 'GRID_ISOLATION_REFUSED' : 'GRID_COMMAND_FAILED'
  throw gridError(code, { detail: reply.detail })
}
