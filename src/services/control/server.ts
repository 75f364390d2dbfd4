// The control API of a running grid, on the HTTP port that all of its web services share.

import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { gridError } from '../../kernel/errors.ts'
import type { TraceEntry } from '../../kernel/trace.ts'
import { answerPlainly, wantsWebSocket } from '../plain-http.ts'
import { type ControlPlace, refusalOf } from './access.ts'
import { addDashboardRoutes, type DashboardPort } from './dashboard.ts'
import { nodesOperationsOf } from './nodes-table.ts'
import { addPages } from './pages.ts'
import type { ControlPort, NodesPort } from './ports.ts'
import { addOperations, type ChangeOptions, whenThere } from './routes.ts'
import { Runs, runOperations, type ScenarioPlayer } from './runs.ts'
import { operationsOf } from './table.ts'
import { addTraceRoutes } from './trace.ts'
import { TraceStream } from './trace-stream.ts'

/** What the control API shows of a grid; the composition root supplies it. */
export interface ControlView {
  /** The description of the grid that `up --json` prints. */
  info(): unknown
  /** Whether chain, relay and nodes answer. */
  health(): { readonly status: 'ok' | 'starting'; readonly [part: string]: unknown }
  /** The last entries of the trace, oldest first. */
  trace(): readonly TraceEntry[]
  /** How it is changed by hand; left out, it cannot be. */
  readonly control?: ControlPort
  /** The same of a process that plays nodes alone. */
  readonly nodes?: NodesPort
  /** What the dashboard reads of it; left out where it cannot be read. */
  readonly dashboard?: DashboardPort
}

/** Something mounted under a path of the shared port. */
export interface Mount {
  /** `/relay`: requests for it, and for what is below it, go there. */
  readonly path: string
  handleRequest?(request: IncomingMessage, response: import('node:http').ServerResponse): void
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** A listening web server. */
export interface WebServer {
  readonly host: string
  readonly port: number
  /** Adds a mount; possible while the server listens. */
  mount(mount: Mount): void
  close(): Promise<void>
}

/** Largest body of a request to the control API, in bytes. */
const bodyLimit = 1 << 20

/** Starts the shared web server. Until `view` gives something, `/api/health` answers 503. */
export async function startWebServer(options: {
  host: string
  port: number
  /** What clients have to show that change the grid; none is needed on a loopback address when it is left out. */
  token?: string | undefined
  /** What another process of the grid shows in its place. */
  peerToken?: string | undefined
  /** How the grid is changed by hand; left out, it cannot be. */
  changes?: ChangeOptions
  /** The scenarios that the grid can play on itself. */
  scenarios?: ScenarioPlayer | undefined
  view: () => ControlView | null
}): Promise<WebServer> {
  const { host, token, peerToken, changes, view } = options
  const app = fastify({ logger: false, bodyLimit, forceCloseConnections: true })
  const mounts: Mount[] = []
  guardChanges(app, { host, token, peerToken })
  addControlRoutes(app, view)
  addTraceRoutes(app, () => view()?.trace ?? null)
  addDashboardRoutes(app, view)
  if (!addPages(app)) addPlainRoot(app)
  const port = () => view()?.control ?? null
  const nodes = () => view()?.nodes ?? null
  const runs = new Runs({
    player: options.scenarios,
    grid: whenThere(port),
    place: () => ({ control: `${originOf(app)}/api`, token }),
  })
  if (changes) {
    const { faultSchema, version, serves = 'grid' } = changes
    const operations =
      serves === 'grid'
        ? [...operationsOf(whenThere(port), faultSchema), ...runOperations(runs)]
        : nodesOperationsOf(whenThere(nodes), faultSchema)
    addOperations(app, { operations, version })
  }
  addMounts(app, mounts)
  const stream = new TraceStream(() => port() ?? nodes())
  app.addHook('preClose', done => {
    stream.close()
    runs.close()
    done()
  })
  app.server.on('upgrade', (request, socket, head) => {
    if (!wantsWebSocket(request)) {
      answerPlainly(app.server, request, socket)
      return
    }
    if (pathOf(request.url) === '/api/trace') {
      if (refusalOf(request, { host, token, peerToken }) === null)
        stream.handleUpgrade(request, socket, head)
      else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      return
    }
    const mount = mountOf(mounts, request.url)
    if (mount?.handleUpgrade) mount.handleUpgrade(request, socket, head)
    else {
      socket.on('error', () => socket.destroy())
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    }
  })
  await listen(app, options)
  const address = app.server.address()
  return {
    host,
    port: typeof address === 'object' && address ? address.port : options.port,
    mount: mount => mounts.push(mount),
    close: () => app.close(),
  }
}

/** Where programs of this machine reach a listening server. */
function originOf({ server }: FastifyInstance): string {
  const { address, port } = server.address() as AddressInfo
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** The services are open to pages of other origins, as the real ones are; what controls the grid is guarded, whoever serves it. */
function guardChanges(app: FastifyInstance, place: ControlPlace): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!`${pathOf(request.raw.url)}/`.startsWith('/api/')) {
      reply.header('access-control-allow-origin', '*')
      return
    }
    const refusal = refusalOf(request.raw, place)
    if (refusal) await reply.code(refusal.status).send({ error: refusal.error })
  })
}

function addControlRoutes(app: FastifyInstance, view: () => ControlView | null): void {
  app.get('/api/health', (_request, reply) => {
    const health = view()?.health() ?? { status: 'starting' }
    return reply.code(health.status === 'ok' ? 200 : 503).send(health)
  })
  app.get('/api/info', (_request, reply) => {
    const found = view()
    return found ? reply.send(found.info()) : reply.code(503).send({ status: 'starting' })
  })
}

/** What is at the root while the dashboard has not been built. */
function addPlainRoot(app: FastifyInstance): void {
  app.get('/', (_request, reply) => {
    const text = 'Pocketgrid: a ThreeFold Grid on this machine. See /api/info and /api/health.\n'
    return reply.type('text/plain').send(text)
  })
}

/** Requests that no route of the control API takes go to the mounts. */
function addMounts(app: FastifyInstance, mounts: Mount[]): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.setNotFoundHandler((request, reply) => {
    const mount = mountOf(mounts, request.raw.url)
    if (!mount?.handleRequest) return reply.code(404).send({ error: 'not found' })
    reply.hijack()
    return mount.handleRequest(request.raw, reply.raw)
  })
}

function mountOf(mounts: readonly Mount[], url: string | undefined): Mount | undefined {
  const path = pathOf(url)
  return mounts.find(mount => path === mount.path || path.startsWith(`${mount.path}/`))
}

function pathOf(url = '/'): string {
  return url.split('?')[0]!
}

async function listen(
  app: FastifyInstance,
  { host, port }: { host: string; port: number },
): Promise<void> {
  try {
    await app.listen({ host, port })
  } catch (cause) {
    throw listenError(cause, { host, port })
  }
}

/** What a failed listen means for a person. */
export function listenError(cause: unknown, { host, port }: { host: string; port: number }): Error {
  const code = (cause as { code?: string }).code
  if (code === 'EADDRINUSE') {
    return gridError('GRID_PORT_IN_USE', { detail: `port ${port} on ${host}`, cause })
  }
  return gridError('GRID_HOST_REFUSED', { detail: `${host}:${port} (${code ?? 'unknown'})`, cause })
}
