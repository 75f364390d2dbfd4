// What the small HTTP services share: bounded bodies, paths, answers.

import { type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** A service that answers at the root of a host, or below a path that was taken away before. */
export interface HttpService {
  handleRequest(request: IncomingMessage, response: ServerResponse): void
}

/** Headers of an answer beside its type and length. */
export type Headers = Readonly<Record<string, string>>

/** How long a body may take to arrive, in ms: a client that dribbles holds a socket no longer. */
const bodyDeadlineMs = 15_000

/** Why a body could not be had: it was too long, too slow, or its sender went away. */
export type BodyProblem = 'too large' | 'too slow' | 'gone'

/** Reads a body of at most `limit` bytes. Never rejects. */
export function readBody(
  request: IncomingMessage,
  { limit, deadlineMs = bodyDeadlineMs }: { limit: number; deadlineMs?: number },
): Promise<{ ok: true; body: Buffer } | { ok: false; problem: BodyProblem }> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    let length = 0
    const timer = setTimeout(() => fail('too slow'), deadlineMs)
    const fail = (problem: BodyProblem) => {
      clearTimeout(timer)
      request.removeListener('data', take)
      // What still comes is thrown away, so that the answer can be sent.
      request.resume()
      resolve({ ok: false, problem })
    }
    const take = (chunk: Buffer) => {
      length += chunk.length
      if (length > limit) fail('too large')
      else chunks.push(chunk)
    }
    request.on('error', () => fail('gone'))
    request.on('close', () => fail('gone'))
    request.on('end', () => {
      clearTimeout(timer)
      resolve({ ok: true, body: Buffer.concat(chunks) })
    })
    if (Number(request.headers['content-length'] ?? 0) > limit) fail('too large')
    else request.on('data', take)
  })
}

/** Sends an answer. To HEAD its body is left out by Node, its length is not. */
export function send(
  response: ServerResponse,
  status: number,
  { type, body, headers = {} }: { type: string | null; body: string | Buffer; headers?: Headers },
): void {
  // A client that goes away before it has its answer is no error of ours.
  response.on('error', () => undefined)
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    ...(type === null ? {} : { 'content-type': type }),
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

/** Sends a value as JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers?: Headers,
): void {
  const body = JSON.stringify(value)
  send(response, status, { type: 'application/json; charset=utf-8', body, ...given(headers) })
}

/** Sends plain text. */
export function sendText(
  response: ServerResponse,
  status: number,
  body: string,
  headers?: Headers,
): void {
  send(response, status, { type: 'text/plain; charset=utf-8', body, ...given(headers) })
}

function given(headers: Headers | undefined): { headers?: Headers } {
  return headers ? { headers } : {}
}

/** The path and the query of a request. What is no path, as in `OPTIONS *`, is taken as it stands. */
export function targetOf({ url = '/' }: IncomingMessage): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?')
  if (mark === -1) return { path: url, query: new URLSearchParams() }
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark + 1)) }
}

/**
 * A path as routers compare it that tell neither case nor a slash at the end apart, as Express and Fiber do when
 * nothing else is said.
 */
export function looseOf(path: string): string {
  const lower = path.toLowerCase()
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower
}

/** One value of a header, or nothing. */
export function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name]
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

/**
 * A service below a path of a shared server: the path is taken away before the service sees the request.
 * `{ path, handleRequest }` is what the shared port mounts.
 */
export function mountAt(
  path: string,
  service: HttpService,
): HttpService & { readonly path: string } {
  return {
    path,
    handleRequest(request, response) {
      const rest = (request.url ?? '/').slice(path.length)
      request.url = rest.startsWith('/') ? rest : `/${rest}`
      service.handleRequest(request, response)
    },
  }
}

/** Answers a CORS preflight as the `cors` middlewares of Express and Fiber do. */
export function sendPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  methods: string,
): void {
  const asked = headerOf(request, 'access-control-request-headers')
  response.on('error', () => undefined)
  response.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': methods,
    vary: 'Access-Control-Request-Headers',
    ...(asked === '' ? {} : { 'access-control-allow-headers': asked }),
    'content-length': 0,
  })
  response.end()
}

/** Whether a request asks to become a WebSocket. */
export function wantsWebSocket(request: IncomingMessage): boolean {
  return headerOf(request, 'upgrade').toLowerCase() === 'websocket'
}

/**
 * Answers a request that asks for another protocol than WebSocket (`h2c`, say) as if it had not: an upgrade is an offer
 * that servers may pass over (RFC 9110, 7.8). The connection ends with the answer.
 */
export function answerPlainly(server: Server, request: IncomingMessage, socket: Duplex): void {
  // Nobody else listens to it any more; a client that goes away is no error of ours.
  socket.on('error', () => socket.destroy())
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  response.assignSocket(socket as never)
  response.on('finish', () => socket.end())
  server.emit('request', request, response)
}
