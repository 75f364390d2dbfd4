// A GraphQL service on rows of a test, and operations sent to it over HTTP.

import { createGraphqlService } from '../../../src/services/graphql/service.ts'
import type { RowReader } from '../../../src/services/indexer/store.ts'
import { type Answer, type Served, serve } from '../support.ts'

/** An answer to an operation. */
export interface Result {
  readonly status: number
  readonly data: Readonly<Record<string, never>> | null | undefined
  readonly errors:
    | readonly {
        readonly message: string
        readonly extensions: { readonly code: string }
        readonly locations?: readonly unknown[]
        readonly path?: readonly unknown[]
      }[]
    | undefined
}

/** A service of a test. */
export interface TestService extends Served {
  /** Sends an operation by POST. */
  query(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Result>
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
  /** Faults that no client caused. */
  readonly failures: readonly Error[]
}

/** Starts a service on the rows. */
export async function serveRows(rows: RowReader): Promise<TestService> {
  const failures: Error[] = []
  const served = await serve(
    createGraphqlService({ rows, onFailure: error => failures.push(error) }),
  )
  const post: TestService['post'] = (body, headers = {}) =>
    served.ask('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    ...served,
    post,
    failures,
    async query(query, variables) {
      const { status, json } = await post({ query, variables })
      const { data, errors } = (json ?? {}) as Pick<Result, 'data' | 'errors'>
      return { status, data, errors }
    },
  }
}
