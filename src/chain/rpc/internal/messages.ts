// JSON-RPC 2.0 as text: what a frame asks, and the frames that answer.

import { asError } from '../../../kernel/errors.ts'
import { type RpcError, rpcErrors } from '../errors.ts'

/** The id of a request; a bigint where a number is too large for JavaScript. */
export type RequestId = null | number | string | bigint

/** What one request object asks. */
export type Request =
  | {
      readonly type: 'call'
      readonly id: RequestId
      readonly method: string
      readonly params: unknown
    }
  /** Without an id: nobody waits for an answer. */
  | { readonly type: 'notification' }
  | { readonly type: 'invalid'; readonly id: RequestId; readonly error: RpcError }

/** What a whole frame or body holds. */
export type Frame =
  | { readonly type: 'single'; readonly request: Request }
  | { readonly type: 'batch'; readonly requests: readonly Request[] }

/** Reads a frame or a body; whatever it holds, there is an answer to it. */
export function readFrame(text: string): Frame {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw asError(cause)
    return unparsable
  }
  if (Array.isArray(value)) {
    return { type: 'batch', requests: value.map(each => readRequest(each, 'invalidRequest', text)) }
  }
  if (typeof value !== 'object' || value === null) return unparsable
  return { type: 'single', request: readRequest(value, 'parse', text) }
}

const u64Max = (1n << 64n) - 1n

const unparsable: Frame = {
  type: 'single',
  request: { type: 'invalid', id: null, error: rpcErrors.parse() },
}

/**
 * Reads one request. What has no readable id is answered with `without`: the real server takes it for unparsable when
 * it stands alone, and for an invalid request in a batch (`jsonrpsee: server/src/transport/ws.rs`).
 */
function readRequest(value: unknown, without: 'parse' | 'invalidRequest', source: string): Request {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { type: 'invalid', id: null, error: rpcErrors[without]() }
  }
  const { jsonrpc, id: given, method, params } = value as Record<string, unknown>
  const isCall = jsonrpc === '2.0' && typeof method === 'string'
  if (given === undefined) {
    if (isCall) return { type: 'notification' }
    return { type: 'invalid', id: null, error: rpcErrors[without]() }
  }
  const id = readId(given, source)
  if (id === undefined) return { type: 'invalid', id: null, error: rpcErrors[without]() }
  if (isCall) return { type: 'call', id, method, params }
  return { type: 'invalid', id, error: rpcErrors.invalidRequest() }
}

/** An id is null, text, or an integer of 64 bits; undefined when it is something else. */
function readId(id: unknown, source: string): RequestId | undefined {
  if (id === null || typeof id === 'string') return id
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) return undefined
  if (Number.isSafeInteger(id)) return id
  // JavaScript has rounded it: the digits as they were sent are in the text.
  for (const [, digits] of source.matchAll(/"id"\s*:\s*(\d+)/g)) {
    if (digits && Number(digits) === id && BigInt(digits) <= u64Max) return BigInt(digits)
  }
  return undefined
}

const idText = (id: RequestId): string =>
  typeof id === 'bigint' ? id.toString() : JSON.stringify(id)

/** The answer that carries a result, which is JSON text already. */
export function resultFrame(id: RequestId, json: string): string {
  return `{"jsonrpc":"2.0","result":${json},"id":${idText(id)}}`
}

/** The answer that carries an error. */
export function errorFrame(id: RequestId, { code, message, data }: RpcError): string {
  const error = JSON.stringify(data === undefined ? { code, message } : { code, message, data })
  return `{"jsonrpc":"2.0","error":${error},"id":${idText(id)}}`
}

/** A notification up to its result; the result and `}}` complete it. */
export function notificationHead(method: string, subscription: string): string {
  return `{"jsonrpc":"2.0","method":"${method}","params":{"subscription":"${subscription}","result":`
}
