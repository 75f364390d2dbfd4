// The HTTP hop of the old bus: how daemons handed messages to each other (`go-rmb: server.go`, `twin.go`).

import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import { asError, gridError } from '../../../kernel/errors.ts'

/** An answer to a request of another daemon. */
export interface HopAnswer {
  readonly status: number
  readonly body: string
  /** Default: `text/plain; charset=utf-8`. */
  readonly type?: string
}

/** The answer to a message that was taken. */
export const accepted: HopAnswer = { status: 200, body: '{"status": "accepted"}' }

/** The answer to one that was not. */
export function hopError(status: number, message: string): HopAnswer {
  return { status, body: `${JSON.stringify({ Status: 'error', Message: message })}\n` }
}

/** Answers by path. */
export type HopRoutes = ReadonlyMap<string, (body: Buffer) => Promise<HopAnswer>>

/** The largest body that is taken, in bytes. */
const MAX_BODY = 16 * 1024 * 1024

/** A running server. */
export interface HopServer {
  readonly port: number
  close(): Promise<void>
}

/** Listens on this machine; fails with GRID_PORT_IN_USE or GRID_HOST_REFUSED. */
export function startHopServer(options: { port: number; routes: HopRoutes }): Promise<HopServer> {
  const host = '127.0.0.1'
  const server = createServer((request, response) => {
    answer(request, response, options.routes).catch(cause => {
      // The other side has gone, or a fault of ours: that must be seen.
      if (request.destroyed || response.destroyed) response.destroy()
      else throw asError(cause)
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', cause => {
      const isUsed = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE'
      const detail = `port ${options.port} on ${host} (old message bus)`
      reject(gridError(isUsed ? 'GRID_PORT_IN_USE' : 'GRID_HOST_REFUSED', { detail, cause }))
    })
    server.listen(options.port, host, () => {
      server.removeAllListeners('error')
      resolve({ port: portOf(server, options.port), close: () => closeServer(server) })
    })
  })
}

function portOf(server: Server, asked: number): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : asked
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: HopRoutes,
): Promise<void> {
  const route = routes.get((request.url ?? '').replace(/\?.*$/s, ''))
  const body = route ? await bodyOf(request) : undefined
  let result: HopAnswer
  if (!route) result = { status: 404, body: '404 page not found\n' }
  else if (!body) result = hopError(413, 'message is too large')
  else result = await route(body)
  response.writeHead(result.status, {
    'content-type': result.type ?? 'text/plain; charset=utf-8',
    ...(body || !route ? {} : { connection: 'close' }),
  })
  response.end(result.body)
}

/** The whole body; `undefined` when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  // The answer to a body that is too large still has to find its way back.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Posts a message to another daemon; what went wrong, in the words of `go-rmb: twin.go`. */
export function postHop(url: string, body: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const fail = (text: string): void => resolve(`Post "${url}": ${text}`)
    if (!URL.canParse(url)) {
      fail('invalid URL')
      return
    }
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      signal: AbortSignal.timeout(timeoutMs),
    })
    request.on('error', cause => fail(goNetworkError(cause, new URL(url))))
    request.on('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MAX_BODY) chunks.push(chunk)
      })
      response.on('error', cause => fail(cause.message))
      response.on('end', () => {
        const status = response.statusCode ?? 0
        // rmb-rs answered 202 where go-rmb answers 200.
        if (status === 200 || status === 202) {
          resolve(undefined)
          return
        }
        const reason = refusalText(Buffer.concat(chunks).toString('utf8'))
        resolve(`failed to send remote: ${status} ${STATUS_CODES[status] ?? ''} (${reason})`)
      })
    })
    request.end(body)
  })
}

function refusalText(body: string): string {
  try {
    const { Message, message } = JSON.parse(body) as { Message?: unknown; message?: unknown }
    return String(Message ?? message ?? '')
  } catch (cause) {
    return `failed to read response body: ${asError(cause).message}`
  }
}

function goNetworkError(cause: Error, url: URL): string {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ECONNREFUSED') return `dial tcp ${url.host}: connect: connection refused`
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${url.hostname}: no such host`
  if (code === 'ABORT_ERR' || cause.name === 'TimeoutError') return 'context deadline exceeded'
  return cause.message
}
