// The refusals of the proxy, with upstream's codes and texts (threefoldtech/tfgrid-sdk-go: grid-proxy/internal/explorer).

import { quoted } from '../../zos/go/quote.ts'

/** A request that is not served: an HTTP code and the text of its `error`. */
export interface Refusal {
  readonly code: 400 | 404 | 500 | 502
  readonly message: string
}

/** Either a value or why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | ({ readonly ok: false } & Refusal)

export function accepted<T>(value: T): Result<T> {
  return { ok: true, value }
}

/** A refusal as a result. */
export function refused(code: Refusal['code'], message: string): Result<never> {
  return { ok: false, code, message }
}

/** Query parameters that cannot be decoded; upstream names any one of them, here it is the first. */
export function undecodable(problems: readonly string[]): Result<never> {
  const others = problems.length - 1
  const more =
    others === 0 ? '' : others === 1 ? ' (and 1 other error)' : ` (and ${others} other errors)`
  return refused(400, `failed to decode params: schema: ${problems[0]}${more}`)
}

export const problems = {
  unknownKey: (key: string) => `invalid path ${quoted(key)}`,
  badValue: (key: string) => `error converting value for ${quoted(key)}`,
  badElement: (key: string, index: number) =>
    `error converting value for index ${index} of ${quoted(key)}`,
}

export const refusals = {
  sortField: (field: string, type: string) =>
    refused(400, `${quoted(field)} is not a sort field for ${type} type`),
  sortOrder: (order: string) => refused(400, `${quoted(order)} is not a valid sort order`),
  feature: (word: string) => refused(400, `${word} is not a valid node feature`),
  /** Upstream makes broken SQL of an unknown word, and answers 500. */
  status: (word: string) => refused(400, `${quoted(word)} is not a valid node status`),
  nodeNotFound: refused(404, 'node not found'),
  gatewayNotFound: refused(404, 'gateway not found'),
  /** The status route does not know the error of a missing node for what it is. */
  statusNotFound: refused(500, 'node not found'),
  contractNotFound: refused(500, 'contract not found'),
}
