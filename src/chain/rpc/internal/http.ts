// The HTTP side of the server: JSON-RPC by POST, health by GET, open CORS.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { rpcErrors } from '../errors.ts'
import type { Caller, Dispatcher } from './dispatch.ts'
import { errorFrame, type Frame, readFrame } from './messages.ts'

const json = 'application/json; charset=utf-8'
const plain = 'text/plain'

/** Texts and codes of the real server (`jsonrpsee: server/src/transport/http.rs`). */
const answers = {
  wrongMethod: [405, plain, 'Used HTTP Method is not allowed. POST or OPTIONS is required\n'],
  wrongType: [
    415,
    plain,
    'Supplied content type is not allowed. Content-Type: application/json is required\n',
  ],
  tooMany: [429, plain, 'Too many connections. Please try again later.'],
  malformed: [400, json, errorFrame(null, rpcErrors.parse())],
} as const satisfies Record<string, readonly [number, string, string]>

const isJson = /^application\/json(?:; ?charset=utf-8)?$/i

const healthFrame: Frame = {
  type: 'single',
  request: { type: 'call', id: 0, method: 'system_health', params: undefined },
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** What answers a request, and for whom. */
interface HttpOptions {
  readonly dispatcher: Dispatcher
  readonly caller: Caller
  readonly maxRequestBytes: number
}

/** Answers one HTTP request. */
export function serveHttp(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions & { isSurplus: boolean },
): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', '*')
  // A client that goes away in the middle is no error of ours.
  request.on('error', () => undefined)
  response.on('error', () => undefined)
  if (options.isSurplus) {
    response.setHeader('connection', 'close')
    finish(response, answers.tooMany)
    return
  }
  const { method, url } = request
  if (method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', '*')
    response.setHeader('access-control-allow-headers', '*')
    finish(response, [200, plain, ''])
  } else if (method === 'GET' && url === '/health') {
    finish(response, [200, json, healthOf(options)])
  } else if (method !== 'POST') {
    finish(response, answers.wrongMethod)
  } else if (!isJson.test(request.headers['content-type'] ?? '')) {
    finish(response, answers.wrongType)
  } else {
    readBody(request, response, options)
  }
}

function readBody(request: IncomingMessage, response: ServerResponse, options: HttpOptions): void {
  const { maxRequestBytes } = options
  const chunks: Buffer[] = []
  let length = 0
  let isRefused = false
  const refuse = () => {
    isRefused = true
    chunks.length = 0
    response.setHeader('connection', 'close')
    finish(response, [413, json, errorFrame(null, rpcErrors.requestTooBig(maxRequestBytes))])
  }
  if (Number(request.headers['content-length'] ?? 0) > maxRequestBytes) {
    refuse()
    request.resume()
    return
  }
  request.on('data', (chunk: Buffer) => {
    if (isRefused) return
    length += chunk.length
    if (length > maxRequestBytes) refuse()
    else chunks.push(chunk)
  })
  request.on('end', () => {
    if (isRefused) return
    inTurn(request.socket, {
      response,
      bytes: length,
      answer: () => answerBody(Buffer.concat(chunks), response, options),
    })
  })
}

/** A request that waits until the answers before it on its connection are sent. */
interface Turn {
  readonly response: ServerResponse
  /** Of the request's body. */
  readonly bytes: number
  readonly answer: () => void
}

/** Requests that a client may send ahead on one connection without reading its answers. */
const mostAhead = 1024
const mostBytesAhead = 16 * 1024 * 1024

const turns = new WeakMap<Socket, Turn[]>()

/**
 * Answers the requests of a connection one after another, each when the client has taken the answer before: answers
 * are far larger than requests. Who sends too much ahead is disconnected.
 */
function inTurn(socket: Socket, turn: Turn): void {
  const waiting = turns.get(socket)
  if (!waiting) {
    turns.set(socket, [])
    take(socket, turn)
    return
  }
  const bytes = waiting.reduce((sum, other) => sum + other.bytes, turn.bytes)
  if (waiting.length >= mostAhead || bytes > mostBytesAhead) socket.destroy()
  else waiting.push(turn)
}

function take(socket: Socket, turn: Turn): void {
  const next = () => {
    const following = turns.get(socket)?.shift()
    if (following) take(socket, following)
    else turns.delete(socket)
  }
  turn.response.once('finish', () => {
    if (socket.writableLength === 0) next()
    else socket.once('drain', next)
  })
  turn.answer()
}

function answerBody(
  body: Buffer,
  response: ServerResponse,
  { dispatcher, caller }: HttpOptions,
): void {
  const text = textOf(body)
  const first = text === null ? '' : text.trimStart()[0]
  // What cannot be an object or a list is turned away before it is parsed.
  if (text === null || (first !== '{' && first !== '[')) {
    finish(response, answers.malformed)
    return
  }
  finish(response, [200, json, dispatcher.answer(readFrame(text), caller) ?? ''])
  // Who came by a single request has gone with the answer.
  caller.call.session.end()
}

function textOf(body: Buffer): string | null {
  try {
    return utf8.decode(body)
  } catch (cause) {
    if (cause instanceof TypeError) return null
    throw cause
  }
}

/** The result of `system_health` alone, without the frame around it. */
function healthOf({ dispatcher, caller }: HttpOptions): string {
  const { result } = JSON.parse(dispatcher.answer(healthFrame, caller) ?? '{}') as {
    result?: unknown
  }
  return JSON.stringify(result ?? null)
}

function finish(response: ServerResponse, [status, type, body]: readonly [number, string, string]) {
  response.writeHead(status, { 'content-type': type })
  response.end(body)
}
