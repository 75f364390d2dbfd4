// The GraphQL service at the edge: HTTP in, an operation on the rows, HTTP out.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError } from '../../kernel/errors.ts'
import type { RowReader } from '../indexer/store.ts'
import {
  type HttpService,
  looseOf,
  readBody,
  send,
  sendPreflight,
  sendText,
  targetOf,
} from '../plain-http.ts'
import { consolePage } from './console-page.ts'
import type { Answer } from './engine.ts'
import { type Asked, askedByGet, askedByPost, bodyLimit } from './request.ts'

/** What the service needs. */
export interface GraphqlOptions {
  /** The rows as this service sees them. */
  readonly rows: RowReader
  /** Brings the world to the present before something is read; default: it is there. */
  readonly enter?: <T>(body: () => T) => T
  /** Hears of a fault that no client caused. */
  readonly onFailure?: (error: Error) => void
}

/** A GraphQL service: it answers at `/graphql` of a host, or of the port that services share. */
export interface GraphqlService extends HttpService {
  /** From now on it answers 503. */
  close(): void
}

type Engine = typeof import('./engine.ts')

/** The schema and its library take 0.1 s to load, so that happens when somebody asks. */
let engine: Promise<Engine> | null = null

function loadEngine(): Promise<Engine> {
  engine ??= import('./engine.ts')
  return engine
}

/** Makes the service. Nothing of GraphQL is loaded before the first request. */
export function createGraphqlService(options: GraphqlOptions): GraphqlService {
  let isClosed = false
  return {
    handleRequest: (request, response) => {
      answer(request, response, { ...options, isClosed }).catch((cause: unknown) => {
        const body = 'Internal Server Error'
        send(response, 500, { type: 'text/plain; charset=utf-8', body, headers: cors })
        options.onFailure?.(asError(cause))
      })
    },
    close: () => {
      isClosed = true
    },
  }
}

const path = '/graphql'
const cors = { 'access-control-allow-origin': '*' } as const

/** What a preflight may ask for (`cors` 2, as upstream has it). */
const corsMethods = 'GET,HEAD,PUT,PATCH,POST,DELETE'

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { rows, enter, isClosed }: GraphqlOptions & { readonly isClosed: boolean },
): Promise<void> {
  const { method = 'GET' } = request
  const target = targetOf(request)
  if (isClosed) return sendText(response, 503, 'The grid is stopping.', cors)
  if (looseOf(target.path) !== path) return sendNotFound(response, method)
  if (method === 'OPTIONS') return sendPreflight(request, response, corsMethods)
  if (method !== 'GET' && method !== 'POST') {
    const text = 'Apollo Server supports only GET/POST requests.'
    return sendText(response, 405, text, { ...cors, allow: 'GET, POST' })
  }
  const asked = method === 'GET' ? askedByGet(target.query) : await readPost(request)
  if (asked === 'gone') return
  if (asked === null) {
    send(response, 200, { type: 'text/html; charset=utf-8', body: consolePage, headers: cors })
    return
  }
  if ('text' in asked) return sendText(response, asked.status, asked.text, cors)
  if ('status' in asked) return sendAnswer(response, asked)
  const { run, operationType } = await loadEngine()
  const type = method === 'GET' ? operationType(asked) : null
  if (type !== null && type !== 'query') {
    return sendText(response, 405, 'GET supports only query operation', { ...cors, allow: 'POST' })
  }
  const body = () => run(asked, rows)
  return sendAnswer(response, enter ? enter(body) : body())
}

async function readPost(request: IncomingMessage): Promise<Asked | 'gone'> {
  const read = await readBody(request, { limit: bodyLimit })
  if (read.ok) return askedByPost(request.headers['content-type'], read.body)
  if (read.problem === 'too large') return { status: 413, text: 'request entity too large' }
  return read.problem === 'too slow' ? { status: 408, text: 'Request Timeout' } : 'gone'
}

function sendAnswer(response: ServerResponse, { status, body }: Answer): void {
  const type = 'application/json; charset=utf-8'
  send(response, status, { type, body: `${JSON.stringify(body)}\n`, headers: cors })
}

function sendNotFound(response: ServerResponse, method: string): void {
  const body = `<!DOCTYPE html>\n<html lang="en">\n<body>\n<pre>Cannot ${method} here</pre>\n</body>\n</html>\n`
  send(response, 404, { type: 'text/html; charset=utf-8', body, headers: cors })
}
