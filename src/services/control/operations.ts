// The operations of the control API as data: from these come the routes, their checks and the description.

import { z } from 'zod'

/** What a request carries, checked. */
interface Checked<P, Q, B> {
  readonly params: P
  readonly query: Q
  readonly body: B
  /** The address that it comes from. */
  readonly address: string
}

/** An operation: a method and a path, what it takes and what it gives. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/api`, with parts in braces: `/nodes/{id}`. */
  readonly path: string
  readonly title: string
  readonly params: z.ZodType
  readonly query: z.ZodType
  /** Null for none. */
  readonly body: z.ZodType | null
  /** What a body that is left out stands for; without, a body is needed. */
  readonly emptyBody?: unknown
  readonly status: 200 | 201
  /** `application/json` unless said otherwise. */
  readonly type?: string
  run(request: Checked<unknown, unknown, unknown>): unknown
}

/** Something that was named and is not there. */
export class NotFound {
  readonly what: string

  constructor(what: string) {
    this.what = what
  }
}

const nothing = z.object({})

/** Declares an operation; its parts are typed by their schemas. */
export function operation<
  P extends z.ZodType = typeof nothing,
  Q extends z.ZodType = typeof nothing,
  B extends z.ZodType = z.ZodUndefined,
>(
  method: Operation['method'],
  path: string,
  declared: {
    readonly title: string
    readonly params?: P
    readonly query?: Q
    readonly body?: B
    readonly emptyBody?: z.input<B>
    readonly status?: 200 | 201
    readonly type?: string
    run(request: Checked<z.output<P>, z.output<Q>, z.output<B>>): unknown
  },
): Operation {
  const { title, params, query, body, emptyBody, status = 200, type, run } = declared
  return {
    method,
    path,
    title,
    params: params ?? nothing,
    query: query ?? nothing,
    body: body ?? null,
    ...(emptyBody === undefined ? {} : { emptyBody }),
    ...(type === undefined ? {} : { type }),
    status,
    run: request => run(request as Checked<z.output<P>, z.output<Q>, z.output<B>>),
  }
}
