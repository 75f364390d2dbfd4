// How much work one request may cause, so that nobody can hold the process up with a query.

import { GraphQLError } from 'graphql'

/** What things cost, in steps: about 100 ns each. */
export const costs = {
  /** Testing a row with one condition. */
  condition: 1,
  /** Resolving a field, sorting a row by one column, making a row of a history. */
  field: 10,
  /** A character of a text in the answer. */
  character: 0.1,
  /** Going from a row to a related one. */
  relation: 30,
  /** Making a list, whatever is in it. */
  list: 100,
} as const

/** What one request may cost: some two seconds, enough for two lists of 50 000 contracts with all their columns. */
const requestBudget = 15_000_000

/** What a request may still spend. */
export class Budget {
  #left = requestBudget

  /** Pays for so many steps; fails when the request has cost too much. */
  spend(steps: number): void {
    this.#left -= steps
    if (this.#left < 0) throw tooComplex()
  }
}

/** The answer to a request that would cost too much. Upstream has no such bound. */
export function tooComplex(): GraphQLError {
  return new GraphQLError('The query is too complex.', { extensions: { code: 'BAD_USER_INPUT' } })
}
