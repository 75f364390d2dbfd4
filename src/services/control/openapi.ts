// The description of the control API, made from its operations.

import { z } from 'zod'
import type { Operation } from './operations.ts'

/** The operations as an OpenAPI 3.1 document. */
export function openApiOf(operations: readonly Operation[], version: string): unknown {
  const paths: Record<string, Record<string, unknown>> = { ...readOnlyPaths() }
  for (const operation of operations) {
    const { method, path } = operation
    paths[`/api${path}`] = { ...paths[`/api${path}`], [method.toLowerCase()]: described(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pocketgrid control API',
      version,
      description:
        'Time, nodes, faults, snapshots and size of a running grid. Changes need the dev token where the grid was given one, and are never served to web pages of other origins.',
    },
    servers: [{ url: '/' }],
    security: [{}, { devToken: [] }],
    paths,
    components: {
      securitySchemes: { devToken: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: errorSchema },
    },
  }
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string' },
    code: { type: 'string' },
    hint: { type: 'string' },
    problems: {
      type: 'array',
      items: {
        type: 'object',
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

function described(operation: Operation): unknown {
  const { title, params, query, body, emptyBody, status, type = 'application/json' } = operation
  return {
    summary: title,
    operationId: idOf(operation),
    parameters: [...parametersOf(params, 'path'), ...parametersOf(query, 'query')],
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: emptyBody === undefined,
            content: { 'application/json': { schema: schemaOf(body) } },
          },
        }),
    responses: {
      [status]: { description: 'Done.', content: { [type]: {} } },
      default: {
        description: 'What is wrong with the request.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

/** `postTimeAdvance`. */
function idOf({ method, path }: Operation): string {
  const words = path.split(/[/{}]+/).filter(word => word !== '')
  return method.toLowerCase() + words.map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
}

/** A schema as JSON Schema, of what is sent. */
function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}

function parametersOf(schema: z.ZodType, place: 'path' | 'query'): unknown[] {
  const { properties = {}, required = [] } = schemaOf(schema) as {
    properties?: Record<string, unknown>
    required?: readonly string[]
  }
  return Object.entries(properties).map(([name, own]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: own,
  }))
}

/** What is served beside the operations. */
function readOnlyPaths(): Record<string, Record<string, unknown>> {
  const read = (summary: string, parameters: readonly unknown[] = []) => ({
    get: { summary, parameters, responses: { 200: { description: 'The answer.' } } },
  })
  const text = (name: string, place: 'path' | 'query') => ({
    name,
    in: place,
    required: place === 'path',
    schema: { type: 'string' },
  })
  return {
    '/api/health': read('Whether chain, relay and nodes answer'),
    '/api/info': read('How to reach the grid, and who and what is on it'),
    '/api/messages/{uid}': read('What became of a message', [text('uid', 'path')]),
    '/api/trace': read(
      'The last entries of the trace; as a WebSocket each entry as it comes, with ?kinds=rmb,zos.workload',
      ['kind', 'kinds', 'after', 'limit'].map(name => text(name, 'query')),
    ),
  }
}
