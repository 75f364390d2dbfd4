// The front: one port on which clients find all services of the grid by the names that are compiled into them.
// It takes TLS, plain HTTP, and the requests of clients that use it as their proxy. It never dials the outside.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls'
import { gridError } from '../../kernel/errors.ts'
import { answerPlainly, sendText, wantsWebSocket } from '../plain-http.ts'
import { openAuthority } from './authority.ts'
import { Certificates } from './certificates.ts'
import { isPermittedAddress } from './constraints.ts'
import {
  defaultDomain,
  isAddress,
  isOwnDomain,
  type Names,
  namesOf,
  plainHost,
  type Role,
} from './names.ts'
import { type Refusal, refusals } from './refusals.ts'
import { roleOfPath } from './routes.ts'
import { sniff } from './sniff.ts'

/** What answers for a role. The paths are those of the role's real host. */
export interface Backend {
  handleRequest?(request: IncomingMessage, response: ServerResponse): void
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** What answers for each role; a role without a backend is not served. */
export type Backends = { readonly [R in Role]?: Backend }

/** Limits of the front. */
export const frontLimits = {
  /** Connections at once, tunnels included. */
  maxConnections: 1_000,
  /** How long a client may take for its first byte, its handshake, or the head of a request, in ms. */
  headMs: 10_000,
  /** How long a client may take for a whole request, in ms. */
  requestMs: 60_000,
  maxHeaderBytes: 16 * 1024,
} as const

export type FrontLimits = { readonly [K in keyof typeof frontLimits]: number }

export interface FrontOptions {
  readonly host: string
  /** 0 asks for any free port. */
  readonly port: number
  /** A port beside it for clients that use the front as their proxy; null when `port` serves them too. */
  readonly proxyPort?: number | null
  /** The folder of the authority. */
  readonly caDir: string
  /** The grid's own domain: below `local`, `localhost`, `test` or `internal`. */
  readonly domain?: string
  readonly backends: Backends
  readonly limits?: Partial<FrontLimits>
  /** Hears of hosts that clients asked for and that are none of the grid's. */
  readonly onRefused?: (host: string) => void
}

/** A listening front. */
export interface Front {
  readonly host: string
  readonly port: number
  /** The port for proxy clients; `port` itself when there is no other. */
  readonly proxyPort: number
  /** Where the authority's certificate lies. */
  readonly caPath: string
  readonly domain: string
  readonly names: Names
  /** Open connections. */
  readonly connections: number
  close(): Promise<void>
}

/**
 * Starts a front. Fails with GRID_CA_BROKEN, GRID_CONFIG_INVALID (the domain), GRID_PORT_IN_USE or
 * GRID_HOST_REFUSED.
 *
 *     const front = await startFront({ host: '127.0.0.1', port: 8443, caDir: defaultAuthorityDir(), backends })
 */
export async function startFront(options: FrontOptions): Promise<Front> {
  const { host, port, proxyPort = null, domain = defaultDomain } = options
  if (!isOwnDomain(domain)) {
    throw gridError('GRID_CONFIG_INVALID', { detail: `${domain} is no domain for a grid` })
  }
  const server = new FrontServer({ ...options, domain })
  try {
    const own = await server.listen(host, port)
    const other = proxyPort === null ? own : await server.listen(host, proxyPort)
    return server.handle({ port: own, proxyPort: other })
  } catch (cause) {
    await server.close()
    throw cause
  }
}

class FrontServer {
  readonly #options: FrontOptions & { readonly domain: string }
  readonly #limits: FrontLimits
  readonly #names: Names
  readonly #caPath: string
  readonly #http: Server
  readonly #tls: TlsServer
  readonly #listeners: NetServer[] = []
  readonly #sockets = new Set<Socket>()
  /** Connections that are tunnels already. */
  readonly #tunnels = new WeakSet<Duplex>()

  constructor(options: FrontOptions & { readonly domain: string }) {
    this.#options = options
    this.#limits = { ...frontLimits, ...options.limits }
    this.#names = namesOf(options.domain)
    const authority = openAuthority(options.caDir)
    this.#caPath = authority.certificatePath
    this.#tls = this.#createTls(new Certificates(authority))
    this.#http = this.#createHttp()
  }

  handle(ports: { port: number; proxyPort: number }): Front {
    const sockets = this.#sockets
    return {
      host: this.#options.host,
      ...ports,
      caPath: this.#caPath,
      domain: this.#options.domain,
      names: this.#names,
      get connections() {
        return sockets.size
      },
      close: () => this.close(),
    }
  }

  listen(host: string, port: number): Promise<number> {
    const listener = createNetServer({ noDelay: true }, socket => this.#admit(socket))
    listener.maxConnections = this.#limits.maxConnections
    this.#listeners.push(listener)
    return new Promise((resolve, reject) => {
      listener.once('error', cause => reject(listenError(cause, `${host}:${port}`)))
      listener.listen(port, host, () => {
        const address = listener.address()
        resolve(typeof address === 'object' && address ? address.port : port)
      })
    })
  }

  async close(): Promise<void> {
    const closed = this.#listeners.map(
      listener => new Promise<void>(resolve => listener.close(() => resolve())),
    )
    for (const socket of this.#sockets) socket.destroy()
    // It never listened itself; this ends its timer.
    this.#http.close()
    await Promise.all(closed)
  }

  #createTls(certificates: Certificates): TlsServer {
    const unnamed = unnamedNames(this.#options.host)
    const server = createTlsServer({
      ...certificates.pairOf(unnamed),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: this.#limits.headMs,
      SNICallback: (name, answer) => {
        const isOurs = this.#names.roleOf(name) !== null
        answer(null, certificates.contextOf(isOurs ? [plainHost(name)] : unnamed))
      },
    })
    server.on('secureConnection', socket => this.#http.emit('connection', socket))
    // Who does not trust the certificate, or speaks no TLS, is told by TLS itself.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return server
  }

  #createHttp(): Server {
    const { headMs, requestMs, maxHeaderBytes } = this.#limits
    const server = createServer({
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(headMs, 1_000),
    })
    // The server is handed its connections; this starts the timer that ends the slow ones.
    server.emit('listening')
    server.on('request', (request, response) => this.#request(request, response))
    server.on('upgrade', (request, socket, head) => {
      if (wantsWebSocket(request)) this.#upgrade(request, socket, head)
      else answerPlainly(server, request, socket)
    })
    server.on('connect', (request, socket, head) => this.#connect(request, socket, head))
    return server
  }

  #admit(socket: Socket): void {
    if (this.#sockets.size >= this.#limits.maxConnections) {
      socket.destroy()
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // A client that goes away is no error of ours.
    socket.on('error', () => socket.destroy())
    this.#sniff(socket)
  }

  #sniff(socket: Socket): void {
    sniff(socket, this.#limits.headMs, kind => {
      if (kind === 'tls') this.#tls.emit('connection', socket)
      else this.#http.emit('connection', socket)
    })
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    response.on('error', () => undefined)
    const found = this.#backendOf(request, { isUpgrade: false })
    if ('status' in found) {
      sendText(response, found.status, found.text, { connection: 'close' })
    } else if (found.backend.handleRequest) {
      found.backend.handleRequest(request, response)
    } else {
      const { status, text } = refusals.notServed(found.role)
      sendText(response, status, text)
    }
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const found = this.#backendOf(request, { isUpgrade: true })
    if ('status' in found) end(socket, found)
    else if (found.backend.handleUpgrade) found.backend.handleUpgrade(request, socket, head)
    else end(socket, refusals.notServed(found.role))
  }

  /** A client that takes the front for its proxy: the tunnel ends right here. */
  #connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const target = request.url ?? ''
    const [, host = target, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(target) ?? []
    const isServed = this.#names.roleOf(host) !== null && (port === '443' || port === '80')
    // A tunnel in a tunnel has no use, and no end.
    if (!isServed || socket instanceof TLSSocket || this.#tunnels.has(socket)) {
      this.#options.onRefused?.(plainHost(host))
      end(socket, refusals.foreign(target))
      return
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    this.#tunnels.add(socket)
    if (head.length > 0) socket.unshift(head)
    this.#sniff(socket as Socket)
  }

  /** What answers a request; it is left with the path alone. */
  #backendOf(
    request: IncomingMessage,
    { isUpgrade }: { isUpgrade: boolean },
  ): { readonly role: Role; readonly backend: Backend } | Refusal {
    const proxied = absoluteTarget(request.url ?? '/')
    if (proxied) {
      request.url = proxied.path
      request.headers.host = proxied.host
    }
    const host = request.headers.host ?? ''
    const role = this.#names.roleOf(host) ?? this.#roleOfAddress(request, { host, isUpgrade })
    if (role === null || (proxied && isAddress(host))) {
      this.#options.onRefused?.(plainHost(host))
      return proxied ? refusals.foreign(host) : refusals.misdirected(host)
    }
    return { role, backend: this.#options.backends[role] ?? {} }
  }

  /** Where the host says nothing, the name of the handshake decides, and without one the path. */
  #roleOfAddress(
    { socket, url = '/' }: IncomingMessage,
    { host, isUpgrade }: { host: string; isUpgrade: boolean },
  ): Role | null {
    if (!isAddress(host)) return null
    const name = socket instanceof TLSSocket ? sniOf(socket) : ''
    return this.#names.roleOf(name) ?? roleOfPath(url.split('?')[0]!, { isUpgrade })
  }
}

/** A target as proxies get it: `http://host/path`. */
function absoluteTarget(url: string): { host: string; path: string } | null {
  const [, host, path = ''] = /^(?:https?|wss?):\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  if (host === undefined) return null
  return { host: host.replace(/^.*@/, ''), path: path.startsWith('/') ? path : `/${path}` }
}

function sniOf(socket: TLSSocket): string {
  const { servername } = socket as TLSSocket & { servername?: string | false }
  return servername || ''
}

/** Ends a connection with an answer. */
function end(socket: Duplex, { status, text }: Refusal): void {
  socket.end(
    `HTTP/1.1 ${status} ${reasons[status] ?? ''}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
      `connection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

const reasons: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
}

/** The names of the certificate for clients that name no service: this machine's. */
function unnamedNames(host: string): string[] {
  const isAny = host === '0.0.0.0' || host === '::'
  const bound = isAny
    ? Object.values(networkInterfaces()).flatMap(each => (each ?? []).map(({ address }) => address))
    : [host]
  const own = bound.filter(isPermittedAddress)
  return [...new Set(['localhost', '127.0.0.1', '::1', ...own])]
}

function listenError(cause: unknown, detail: string): Error {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return gridError('GRID_PORT_IN_USE', { detail, cause })
  return gridError('GRID_HOST_REFUSED', { detail: `${detail} (${code ?? 'unknown'})`, cause })
}
