// A service on a port of its own, and plain requests to it.

import { createServer, request as httpRequest, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { HttpService } from '../../src/services/plain-http.ts'

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown
}

/** A service that listens. */
export interface Served {
  readonly port: number
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** Writes bytes as they are, and gives all that comes back before the server hangs up. */
  raw(text: string | Buffer): Promise<string>
  close(): Promise<void>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** Starts a service at the root of a port. */
export async function serve(service: HttpService): Promise<Served> {
  const server = createServer((request, response) => service.handleRequest(request, response))
  const port = await listening(server)
  return {
    port,
    ask: (path, options) => ask(port, path, options),
    raw: text => rawExchange(connect(port, '127.0.0.1'), text),
    close: () => closed(server),
  }
}

/** Listens on a free port. */
export function listening(server: Server): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
  })
}

/** Ends a server and its connections. */
export function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** One request; the path goes out as it is written. */
export function ask(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, path, method, headers, agent: false },
      response => {
        const chunks: Buffer[] = []
        response.on('data', chunk => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          const { statusCode: status = 0, headers: answered } = response
          resolve({ status, headers: answered, text, json: jsonOf(text) })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** Writes to a socket, and reads until the other side is done. */
export function rawExchange(socket: Socket, text: string | Buffer): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = []
    socket.on('data', chunk => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(text)
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Requests that fit nothing: for every service, none of them may bring it down or go unanswered. */
export function badRequests(paths: readonly string[]): [string, AskOptions][] {
  const tails = [
    '',
    '/',
    '//',
    '/..',
    '?',
    '?&=&',
    '?a=%zz',
    '%00',
    '/%2e%2e/x',
    ';',
    `/${'x'.repeat(3000)}`,
  ]
  const bodies = [
    '',
    '{',
    '[]',
    'null',
    '"x"',
    '{"a":',
    '{"__proto__":{"x":1}}',
    '\u0000\u0001',
    'é'.repeat(500),
  ]
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']
  const targets = paths.flatMap(path => tails.map(tail => `${path}${tail}`))
  return targets.flatMap((target, i) =>
    methods.map((method, j) => {
      const isRead = method === 'GET' || method === 'HEAD' || method === 'TRACE'
      const body = isRead ? {} : { body: bodies[(i + j) % bodies.length]! }
      const type = ['application/json', 'application/x-www-form-urlencoded', 'x', ''][(i + j) % 4]!
      const headers = {
        'content-type': type,
        'x-client-id': 'x',
        'x-challenge': 'zz',
        'x-signature': '0x',
      }
      return [target, { method, headers, ...body }] as [string, AskOptions]
    }),
  )
}
