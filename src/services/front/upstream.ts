// Hands requests and upgrades on to a server of this grid that has a port of its own.

import {
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { sendText } from '../plain-http.ts'
import type { Backend } from './front.ts'

/** How long a connection to a server on this machine may take, in ms. */
const connectMs = 5_000

/** A backend that is the server of a port, paths and all. Upgraded connections are piped byte by byte. */
export function proxyTo(target: { readonly host: string; readonly port: number }): Backend {
  return {
    handleRequest: (request, response) => passRequest(request, response, target),
    handleUpgrade: (request, socket, head) => passUpgrade(request, socket, { head, target }),
  }
}

/** A backend whose paths begin with a prefix that the clients of its own host do not send. */
export function beneath(prefix: string, backend: Backend): Backend {
  const prefixed = (request: IncomingMessage): IncomingMessage => {
    request.url = `${prefix}${request.url ?? '/'}`
    return request
  }
  const { handleRequest, handleUpgrade } = backend
  return {
    ...(handleRequest && {
      handleRequest: (request, response) =>
        handleRequest.call(backend, prefixed(request), response),
    }),
    ...(handleUpgrade && {
      handleUpgrade: (request, socket, head) =>
        handleUpgrade.call(backend, prefixed(request), socket, head),
    }),
  }
}

function passRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { host, port }: { readonly host: string; readonly port: number },
): void {
  const { method, url: path } = request
  const headers = endToEnd(request.headers)
  const passed = httpRequest({ host, port, method, path, headers, agent: false })
  passed.setTimeout(connectMs, () => {
    if (passed.socket?.connecting) passed.destroy()
  })
  passed.on('response', answer => {
    answer.on('error', () => response.destroy())
    if (response.destroyed) return
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
    answer.pipe(response)
  })
  passed.on('error', () => {
    if (response.headersSent) response.destroy()
    else sendText(response, 502, 'Bad Gateway\n', { connection: 'close' })
  })
  request.on('error', () => passed.destroy())
  response.on('error', () => passed.destroy())
  response.on('close', () => passed.destroy())
  request.pipe(passed)
}

function passUpgrade(
  request: IncomingMessage,
  socket: Duplex,
  { head, target }: { head: Buffer; target: { readonly host: string; readonly port: number } },
): void {
  const passed = connect({ ...target, noDelay: true })
  passed.setTimeout(connectMs, () => passed.destroy())
  passed.once('connect', () => {
    passed.setTimeout(0)
    passed.write(headOf(request), 'latin1')
    if (head.length > 0) passed.write(head)
    socket.pipe(passed)
    passed.pipe(socket)
  })
  const end = () => {
    socket.destroy()
    passed.destroy()
  }
  passed.once('error', () => {
    if (passed.connecting || passed.bytesRead === 0) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    }
    end()
  })
  passed.once('close', end)
  socket.once('error', end)
  socket.once('close', end)
}

/** Headers that are for one connection alone (RFC 9110, 7.6.1). */
const perConnection = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding']

/** What of the headers is meant for the other end. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !perConnection.includes(name)),
  )
}

/** The request as it came. */
function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`]
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
