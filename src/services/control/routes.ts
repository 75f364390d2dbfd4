// Serves the operations of the control API: reads, checks, answers, and says what is wrong with a request.

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import { asError, GridError, type GridErrorCode } from '../../kernel/errors.ts'
import { readBody } from '../plain-http.ts'
import { openApiOf } from './openapi.ts'
import { NotFound, type Operation } from './operations.ts'

/** Largest body of a request, in bytes. */
const bodyLimit = 1 << 20

/** What a person reads of a request that was not served. */
export interface ApiError {
  readonly error: string
  readonly code?: string
  readonly hint?: string
  readonly problems?: readonly { readonly path: string; readonly message: string }[]
}

class Refused {
  readonly status: number
  readonly body: ApiError

  constructor(status: number, body: ApiError) {
    this.status = status
    this.body = body
  }
}

/** Statuses of the errors that are not the client's mistake in what it sent. */
const statuses: { readonly [C in GridErrorCode]?: number } = {
  GRID_SNAPSHOT_UNKNOWN: 404,
  GRID_SNAPSHOT_BUSY: 409,
  GRID_NODE_ELSEWHERE: 409,
  GRID_INVARIANT: 500,
}

/** What the operations need before there is a grid. */
export interface ChangeOptions {
  /** What a fault is. */
  readonly faultSchema: z.ZodType
  readonly version: string
  /** A whole grid, the default, or nodes alone. */
  readonly serves?: 'grid' | 'nodes'
}

/** A grid, or the part of one, that operations are over; they answer 503 until there is one. */
export function whenThere<T>(port: () => T | null): () => T {
  return () => {
    const found = port()
    if (!found) throw new Refused(503, { error: 'the grid is starting' })
    return found
  }
}

/** Every operation as a route. */
export function addOperations(
  app: FastifyInstance,
  { operations, version }: { readonly operations: readonly Operation[]; readonly version: string },
): void {
  for (const operation of operations) {
    app.route({
      method: operation.method,
      url: `/api${operation.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      handler: ({ raw: request, params, query }, reply) =>
        answer(operation, { request, params, query }, reply),
    })
  }
  app.get('/api/openapi.json', (_request, reply) => reply.send(openApiOf(operations, version)))
}

async function answer(
  operation: Operation,
  given: { request: IncomingMessage; params: unknown; query: unknown },
  reply: FastifyReply,
): Promise<FastifyReply> {
  try {
    const params = checked(operation.params, given.params, 'path')
    const query = checked(operation.query, given.query, 'query')
    const body =
      operation.body === null
        ? undefined
        : checked(operation.body, await bodyOf(given.request, operation), 'body')
    const address = given.request.socket.remoteAddress ?? ''
    const result = await operation.run({ params, query, body, address })
    if (result instanceof NotFound) {
      return reply.code(404).send({ error: `there is no ${result.what}` } satisfies ApiError)
    }
    if (isProblem(result)) {
      return reply.code(400).send({ error: result.problem } satisfies ApiError)
    }
    if (typeof result === 'string') {
      return reply.type(operation.type ?? 'text/plain').send(result)
    }
    return reply.code(operation.status).send(result)
  } catch (cause) {
    const { status, body } = cause instanceof Refused ? cause : refusedBy(asError(cause))
    return reply.code(status).send(body)
  }
}

function isProblem(result: unknown): result is { readonly problem: string } {
  return typeof result === 'object' && result !== null && 'problem' in result
}

/** An error of the grid as an answer. */
function refusedBy(error: Error): Refused {
  if (!(error instanceof GridError)) {
    return new Refused(500, { error: error.message, code: 'GRID_INVARIANT' })
  }
  const { code, message, hint } = error
  return new Refused(statuses[code] ?? 400, { error: message, code, hint })
}

function checked(schema: z.ZodType, value: unknown, what: string): unknown {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }))
  const text = problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  throw new Refused(400, { error: `the ${what} is not valid: ${text.join('; ')}`, problems })
}

async function bodyOf(request: IncomingMessage, { emptyBody }: Operation): Promise<unknown> {
  const read = await readBody(request, { limit: bodyLimit })
  if (!read.ok) {
    const status = read.problem === 'too large' ? 413 : 408
    throw new Refused(status, { error: `the body is ${read.problem}` })
  }
  if (read.body.length === 0) {
    if (emptyBody !== undefined) return emptyBody
    throw new Refused(400, { error: 'the body is empty; a JSON object is needed' })
  }
  // A form of a web page can be sent without asking; it cannot call itself JSON.
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) {
    throw new Refused(415, {
      error: `the body is to be application/json, not '${type.slice(0, 100)}'`,
    })
  }
  try {
    return JSON.parse(read.body.toString('utf8'))
  } catch {
    throw new Refused(400, { error: 'the body is not JSON' })
  }
}
