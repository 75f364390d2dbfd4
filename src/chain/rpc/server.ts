// The JSON-RPC server of a chain: HTTP and WebSocket on one port.

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { systemClock, type WallClock } from '../../kernel/driver.ts'
import { asError, gridError } from '../../kernel/errors.ts'
import { archiveNamespace } from './archive.ts'
import { authorNamespace } from './author.ts'
import { type Call, devIdentity, type NodeIdentity } from './call.ts'
import { chainNamespace } from './chain.ts'
import { chainHeadNamespace } from './chain-head.ts'
import { chainSpecNamespace } from './chain-spec.ts'
import { chainControl } from './control.ts'
import { devNamespace } from './dev.ts'
import { type DevAccess, devGuard } from './internal/access.ts'
import { Connection, type ConnectionLimits } from './internal/connection.ts'
import { Dispatcher } from './internal/dispatch.ts'
import { Edge } from './internal/edge.ts'
import { serveHttp } from './internal/http.ts'
import { ServedMetadata } from './internal/metadata.ts'
import { OffchainStorage } from './internal/offchain-storage.ts'
import { Session } from './internal/session.ts'
import { offchainNamespace } from './offchain.ts'
import { paymentNamespace } from './payment.ts'
import type { ChainPort, DevControl, DriverPort } from './port.ts'
import { type MethodHelp, type Namespace, Registry } from './registry.ts'
import { rpcNamespace } from './rpc.ts'
import { stateNamespace } from './state.ts'
import { systemNamespace } from './system.ts'
import { transactionNamespace } from './transaction.ts'

/** The namespaces that a TFChain node serves and somebody uses. */
export const upstreamNamespaces: readonly Namespace[] = [
  authorNamespace,
  chainNamespace,
  offchainNamespace,
  paymentNamespace,
  rpcNamespace,
  stateNamespace,
  systemNamespace,
]

/** The new generation of methods, which TFChain's nodes do not have. */
export const newNamespaces: readonly Namespace[] = [
  archiveNamespace,
  chainHeadNamespace,
  chainSpecNamespace,
  transactionNamespace,
]

/** Everything that can be served, for the table of methods. */
export const allNamespaces: readonly Namespace[] = [
  ...upstreamNamespaces,
  ...newNamespaces,
  devNamespace,
]

const MiB = 1024 * 1024

/** Limits of the server; all but the last two are the real node's (`substrate: client/cli/src/config.rs`). */
export const serverLimits = {
  /** The largest request or frame in bytes. */
  maxRequestBytes: 15 * MiB,
  /** The largest answer in bytes. */
  maxResponseBytes: 15 * MiB,
  /** Open connections, HTTP and WebSocket together. */
  maxConnections: 100,
  /** Open subscriptions of one connection. */
  maxSubscriptions: 1024,
  pingEveryMs: 30_000,
  /** A client with more unsent bytes than this is not listened to until it has read its answers. */
  pauseBytes: MiB,
  /** A client that leaves more unsent bytes than this is disconnected. */
  maxUnsentBytes: 32 * MiB,
} as const

export type ServerLimits = { readonly [K in keyof typeof serverLimits]: number }

/**
 * A frame may be this much larger than a request, so that it is answered and the connection lives on; a still larger
 * one ends the connection.
 */
const frameSlack = 4

const defaultHost = '127.0.0.1'

/** How long clients have to say goodbye when the server closes, in ms. */
const closeGraceMs = 250

export interface ChainServerOptions {
  readonly chain: ChainPort
  /** The door to the world of that chain. */
  readonly driver: DriverPort
  /** The metadata of a version, from the magic number on; null, or those of another version, when it is not served. */
  readonly metadata: (version: number) => Uint8Array | null
  /** Address to bind, `127.0.0.1` when not given. */
  readonly host?: string
  /** Port to bind; 0 asks for any free one. */
  readonly port: number
  /** Hears of a fault in the world or in a method; what is refused is no fault. */
  readonly onFailure: (error: Error) => void
  readonly identity?: NodeIdentity
  /** Namespaces besides those of the server. */
  readonly namespaces?: readonly Namespace[]
  /** `upstream` hides every method that a TFChain node does not have; `full` is the default. */
  readonly surface?: 'upstream' | 'full'
  /**
   * Serves the dev methods; null, the default, does not. On an address that others can reach they are served with a
   * token alone: a client shows it as `Authorization: Bearer <token>` or `?token=<token>`.
   */
  readonly dev?: DevAccess | null
  /**
   * How the world is changed by hand: by the dev methods, and where clients share instant blocks. When not given,
   * the chain and its kernel are changed alone.
   */
  readonly control?: DevControl
  /** Whether methods that the real node calls unsafe are served; true when not given, as with `--dev`. */
  readonly allowUnsafe?: boolean
  /** Wall time in ms between a block's notifications and its finality; 1500 when not given. */
  readonly finalityMs?: number
  readonly limits?: Partial<ServerLimits>
  readonly clock?: WallClock
}

/** A running server. */
export interface ChainServer {
  /** `ws://host:port` */
  readonly url: string
  readonly port: number
  /** Whether the dev methods are served. */
  readonly isDev: boolean
  /** Every method with its parameters, for people. */
  readonly help: readonly MethodHelp[]
  /** To be called after the world was taken back: brings clients to the state that holds now. */
  restart(): void
  /** While it cannot be reached, connections are cut and new ones are turned away without a word. */
  setReachable(isReachable: boolean): void
  /** Cuts all connections; clients may come back at once. */
  cutClients(): void
  /** Says goodbye to all clients and frees the port. */
  close(): Promise<void>
}

/**
 * Starts the server: `const server = await startChainServer({ chain, driver, metadata, port: 0, onFailure })`. Fails
 * with a GridError when the address cannot be bound.
 */
export function startChainServer(options: ChainServerOptions): Promise<ChainServer> {
  const { host = defaultHost, port } = options
  const server = new RunningServer(options)
  return new Promise((resolve, reject) => {
    server.http.once('error', cause => {
      server.stop()
      reject(bindError(asError(cause), `${host}:${port}`))
    })
    server.http.listen(port, host, () => {
      server.http.removeAllListeners('error')
      server.http.on('error', options.onFailure)
      resolve(server.start(host))
    })
  })
}

class RunningServer {
  readonly http: Server
  readonly #edge: Edge
  readonly #registry: Registry
  readonly #dispatcher: Dispatcher
  readonly #webSockets: WebSocketServer
  /** What methods are given, but for the client. */
  readonly #shared: Omit<Call, 'session'>
  readonly #mayUseDev: ((request: IncomingMessage) => boolean) | null
  readonly #clock: WallClock
  readonly #limits: ServerLimits
  readonly #connections = new Set<Connection>()
  readonly #sockets = new Set<Socket>()
  /** Sockets that came when there were enough. */
  readonly #surplus = new WeakSet<Duplex>()
  #cancelPing: () => void = () => undefined
  #isReachable = true

  constructor(options: ChainServerOptions) {
    const { chain, driver, onFailure, clock = systemClock } = options
    this.#clock = clock
    this.#limits = { ...serverLimits, ...options.limits }
    const { control = chainControl(chain, driver), surface = 'full', finalityMs = 1500 } = options
    const isFull = surface === 'full'
    this.#mayUseDev = isFull ? devGuard(options.dev, options.host ?? defaultHost) : null
    this.#registry = new Registry([
      ...upstreamNamespaces,
      ...(isFull ? newNamespaces : []),
      ...(this.#mayUseDev ? [devNamespace] : []),
      ...(options.namespaces ?? []),
    ])
    this.#edge = new Edge({ chain, driver, clock, finalityMs, onFailure, control })
    this.#shared = {
      chain,
      edge: this.#edge,
      registry: this.#registry,
      identity: options.identity ?? devIdentity,
      metadata: new ServedMetadata(options.metadata),
      offchain: new OffchainStorage(),
      control,
    }
    this.#dispatcher = new Dispatcher({
      registry: this.#registry,
      allowUnsafe: options.allowUnsafe ?? true,
      maxResponseBytes: this.#limits.maxResponseBytes,
      onFailure,
    })
    this.#webSockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: this.#limits.maxRequestBytes * frameSlack,
    })
    this.http = createServer((request, response) => {
      serveHttp(request, response, {
        dispatcher: this.#dispatcher,
        caller: { call: this.#callOf(request), holder: null },
        maxRequestBytes: this.#limits.maxRequestBytes,
        isSurplus: this.#surplus.has(request.socket),
      })
    })
    this.http.on('connection', socket => this.#admit(socket))
    this.http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  start(host: string): ChainServer {
    const { port } = this.http.address() as AddressInfo
    this.#pingSoon()
    return {
      url: `ws://${hostInUrl(host)}:${port}`,
      port,
      isDev: this.#mayUseDev !== null,
      help: this.#registry.help(),
      restart: () => this.#edge.restart(),
      setReachable: isReachable => {
        this.#isReachable = isReachable
        if (!isReachable) this.#cut()
      },
      cutClients: () => this.#cut(),
      close: () => this.#close(),
    }
  }

  /** Ends what does not need the network. */
  stop(): void {
    this.#cancelPing()
    this.#edge.close()
  }

  #cut(): void {
    for (const connection of this.#connections) connection.cut()
    this.http.closeAllConnections()
  }

  #close(): Promise<void> {
    this.stop()
    for (const connection of this.#connections) connection.goAway()
    return new Promise(resolve => {
      const cancel = this.#clock.after(closeGraceMs, () => this.#cut())
      this.http.close(() => {
        cancel()
        resolve()
      })
      this.http.closeIdleConnections()
    })
  }

  #admit(socket: Socket): void {
    if (!this.#isReachable) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    if (this.#sockets.size > this.#limits.maxConnections) this.#surplus.add(socket)
    // Small frames should not wait for one another.
    socket.setNoDelay(true)
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A client that breaks off before it is connected is no error of ours.
    socket.on('error', () => undefined)
    if (this.#surplus.has(socket)) {
      refuseUpgrade(socket, 429, 'Too many connections. Please try again later.')
      return
    }
    this.#webSockets.handleUpgrade(request, socket, head, webSocket => {
      const limits: ConnectionLimits = this.#limits
      const call = this.#callOf(request)
      const connection = new Connection(webSocket, { dispatcher: this.#dispatcher, limits, call })
      this.#connections.add(connection)
      webSocket.on('close', () => this.#connections.delete(connection))
    })
  }

  #callOf(request: IncomingMessage): Call {
    const isDev = this.#mayUseDev?.(request) ?? false
    return { ...this.#shared, session: new Session({ isDev }) }
  }

  /** One timer pings all. */
  #pingSoon(): void {
    this.#cancelPing = this.#clock.after(this.#limits.pingEveryMs, () => {
      for (const connection of this.#connections) connection.ping()
      this.#pingSoon()
    })
  }
}

function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: text/plain\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

function bindError(cause: Error, address: string): Error {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return gridError('GRID_PORT_IN_USE', { detail: address, cause })
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND') {
    return gridError('GRID_HOST_REFUSED', { detail: address, cause })
  }
  return cause
}
