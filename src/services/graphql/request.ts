// What an HTTP request asks for, by the rules of the server that upstream runs (`apollo-server-express` 3).

import type { Answer, Operation } from './engine.ts'

/** The largest body in bytes. */
export const bodyLimit = 256 * 1024

const missingBody = 'POST body missing, invalid Content-Type, or JSON object has no keys.' as const

/** A plain text answer to a request that is no GraphQL request. */
interface Refusal {
  readonly status: number
  readonly text: string
}

/** What a request turned out to be. */
export type Asked = Operation | Answer | Refusal

/** The operation of a POST. */
export function askedByPost(contentType: string | undefined, body: Buffer): Asked {
  const type = (contentType ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json' || body.length === 0) return { status: 400, text: missingBody }
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    return { status: 400, text: `SyntaxError: ${(cause as Error).message}` }
  }
  if (typeof parsed !== 'object' || parsed === null || Object.keys(parsed).length === 0) {
    return { status: 400, text: missingBody }
  }
  if (Array.isArray(parsed)) return internal('Operation batching disabled.')
  return operationOf(parsed as Readonly<Record<string, unknown>>)
}

/** The operation of a GET; null when it names none, so that a person gets a page. */
export function askedByGet(parameters: URLSearchParams): Asked | null {
  if (!parameters.get('query')) return null
  return operationOf(Object.fromEntries(parameters))
}

function operationOf(request: Readonly<Record<string, unknown>>): Asked {
  const { query, operationName } = request
  if (query === undefined || query === null || query === '') {
    return internal(
      'GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.',
    )
  }
  if (typeof query !== 'string') {
    return { status: 400, text: 'GraphQL queries must be strings.' }
  }
  const variables = variablesOf(request.variables)
  if (variables === null) return { status: 400, text: 'Variables are invalid JSON.' }
  return {
    query,
    variables,
    operationName: typeof operationName === 'string' && operationName ? operationName : null,
  }
}

/** Variables, which may also be a JSON text; null when they are neither. */
function variablesOf(given: unknown): Readonly<Record<string, unknown>> | null {
  if (given === undefined || given === null || given === '') return {}
  if (typeof given === 'string') {
    try {
      return variablesOf(JSON.parse(given))
    } catch {
      return null
    }
  }
  return typeof given === 'object' && !Array.isArray(given)
    ? (given as Readonly<Record<string, unknown>>)
    : null
}

function internal(message: string): Answer {
  return {
    status: 400,
    body: { errors: [{ message, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] },
  }
}
