// Runs operations: parses and validates each document once, executes it on the rows, and names what went wrong.

import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  Kind,
  parse,
  validate,
} from 'graphql'
import type { RowReader } from '../indexer/store.ts'
import { Budget } from './budget.ts'
import type { FilterContext } from './filter.ts'
import { checkIntrospection, checkShape, mostTokens } from './limits.ts'
import { schema } from './schema.ts'

/** What a client asks. */
export interface Operation {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
  readonly operationName: string | null
}

/** The answer: an HTTP status and a JSON body. */
export interface Answer {
  readonly status: number
  readonly body: unknown
}

type Code =
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'BAD_USER_INPUT'
  | 'INTERNAL_SERVER_ERROR'

/** How many documents are kept parsed, and the longest that is, in characters. */
const mostDocuments = 256
const longestKept = 16_384

/** Documents that are valid, the one that was asked for longest ago first. */
const documents = new Map<string, DocumentNode>()

/** Runs an operation on the rows, without waiting. What a client did wrong is in the answer; it throws our own faults. */
export function run(operation: Operation, rows: RowReader): Answer {
  const document = documentOf(operation.query)
  if (!('kind' in document)) return document
  try {
    const definition = getOperationAST(document, operation.operationName)
    if (definition && definition.operation !== 'query') {
      return failed([new GraphQLError(`Schema is not configured for ${definition.operation}s.`)])
    }
    const contextValue: FilterContext = { rows, budget: new Budget() }
    const result = execute({
      schema,
      document,
      variableValues: operation.variables,
      operationName: operation.operationName,
      contextValue,
    }) as ExecutionResult
    return answerOf(result)
  } catch (cause) {
    return failed([errorOf(cause)])
  }
}

/** The kind of an operation, where the document is valid and names one. */
export function operationType({ query, operationName }: Operation): string | null {
  const document = documentOf(query)
  if (!('kind' in document)) return null
  return getOperationAST(document, operationName)?.operation ?? null
}

/** A valid document, or what is wrong with it. */
function documentOf(query: string): DocumentNode | Answer {
  const known = documents.get(query)
  if (known) {
    documents.delete(query)
    documents.set(query, known)
    return known
  }
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: mostTokens })
  } catch (cause) {
    return failed([errorOf(cause)], 'GRAPHQL_PARSE_FAILED')
  }
  try {
    checkShape(document)
    const errors = validate(schema, document)
    if (errors.length > 0) return failed(errors, 'GRAPHQL_VALIDATION_FAILED')
    checkIntrospection(document)
  } catch (cause) {
    return failed([errorOf(cause)], 'GRAPHQL_VALIDATION_FAILED')
  }
  keep(query, document)
  return document
}

function keep(query: string, document: DocumentNode): void {
  if (query.length > longestKept) return
  if (documents.size >= mostDocuments) documents.delete(documents.keys().next().value!)
  documents.set(query, document)
}

function answerOf({ data, errors }: ExecutionResult): Answer {
  if (!errors) return { status: 200, body: { data } }
  const shown = errors.map(error => shownError(error, codeOf(error)))
  // Without data the operation could not be run at all: its variables, or its name, are wrong.
  if (data === undefined) return { status: 400, body: { errors: shown } }
  for (const { originalError } of errors) if (originalError) errorOf(originalError)
  return { status: 200, body: { errors: shown, data } }
}

/** An error at a variable's definition is about the value that the client gave it. */
function codeOf({ nodes }: GraphQLError): Code {
  const isOfVariable = nodes?.length === 1 && nodes[0]!.kind === Kind.VARIABLE_DEFINITION
  return isOfVariable ? 'BAD_USER_INPUT' : 'INTERNAL_SERVER_ERROR'
}

/** The library repeats what it was given; nobody reads more of it. */
const longestMessage = 1000

function failed(errors: readonly GraphQLError[], code: Code = 'INTERNAL_SERVER_ERROR'): Answer {
  return { status: 400, body: { errors: errors.map(error => shownError(error, code)) } }
}

function shownError(error: GraphQLError, code: Code) {
  const { message, locations, path, extensions } = error
  return {
    message: message.length > longestMessage ? `${message.slice(0, longestMessage)}...` : message,
    ...(locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: { code, ...extensions },
  }
}

/** What was thrown, as an error of the protocol: what nests too deep ends the stack. Throws what is a fault of ours. */
function errorOf(cause: unknown): GraphQLError {
  if (cause instanceof GraphQLError) return cause
  if (cause instanceof RangeError) return new GraphQLError('The query is too deep.')
  throw cause
}
