// The relay's plain HTTP answers, and the reading of bodies.

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type HttpRefusal, httpRefusals } from '../../errors.ts'

/** Answers a request that wanted to become a WebSocket, and ends the connection. */
export function refuseUpgrade(socket: Duplex, { status, body }: HttpRefusal): void {
  // One that goes away before it has the answer is no error of ours.
  socket.on('error', () => undefined)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Answers a request with a text that has no content type, as the relay's texts have none. */
export function answer(response: ServerResponse, { status, body }: HttpRefusal): void {
  response.on('error', () => undefined)
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

/** Whether the headers ask for a WebSocket; other upgrades are ordinary requests to the relay. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  const names = (headers.upgrade ?? '').toLowerCase().split(',')
  return names.some(name => name.trim() === 'websocket')
}

/** What a handshake lacks: texts of `tungstenite-rs: src/error.rs`, which the relay answers with 500. */
export function handshakeFault({ headers }: IncomingMessage): HttpRefusal | undefined {
  if (headers['sec-websocket-key'] === undefined) {
    return { status: 500, body: 'Missing "Sec-WebSocket-Key" header' }
  }
  if (headers['sec-websocket-version'] !== '13') {
    return { status: 500, body: 'Missing "Sec-WebSocket-Version: 13" header' }
  }
  return undefined
}

/** All that follows the first question mark of a URL; undefined when there is none. */
export function queryOf(url: string): string | undefined {
  const mark = url.indexOf('?')
  return mark === -1 ? undefined : url.slice(mark + 1)
}

/** Reads a body and hands it on; one that is too long is refused. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { limit, take }: { limit: number; take: (body: Uint8Array) => void },
): void {
  const chunks: Uint8Array[] = []
  let length = 0
  let isRefused = false
  request.on('data', (chunk: Uint8Array) => {
    length += chunk.length
    if (!isRefused && length <= limit) {
      chunks.push(chunk)
    } else if (!isRefused) {
      isRefused = true
      chunks.length = 0
      response.setHeader('connection', 'close')
      answer(response, httpRefusals.badRequest('length limit exceeded'))
    }
  })
  // A sender that goes away in the middle has sent nothing.
  request.on('error', () => undefined)
  request.on('end', () => {
    if (!isRefused) take(Buffer.concat(chunks))
  })
}
