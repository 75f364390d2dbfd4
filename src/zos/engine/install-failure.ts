// Failures of installs as a user lists them: what fails, how often, and with which words.

import { gridError } from '../../kernel/errors.ts'
import type { Random } from '../../kernel/random.ts'

/** An install that may fail. */
export interface InstallAttempt {
  /** Id on the chain. */
  readonly nodeId: number
  readonly twinId: number
  readonly contractId: bigint
  /** Type and name of the workload. */
  readonly type: string
  readonly name: string
  /** Its decoded data. */
  readonly data: unknown
  /** Virtual time, ms since the Unix epoch. */
  readonly now: number
}

/** A reason for which installs fail. */
export interface InstallFailure {
  /** Names the node's own stream of chance from which is drawn. */
  readonly name: string
  /** What the user is told. */
  readonly message: string
  /** The share of the attempts that fail, from 0 to 1; all of them when left out. */
  readonly probability?: number
  /** The workload types that it strikes; all when left out. */
  readonly types?: readonly string[]
  /** Whether an attempt is struck at all; every one when left out. */
  when?(attempt: InstallAttempt): boolean
}

/**
 * Makes a failure of installs.
 *
 * ```ts
 * const flaky = failure('flaky hub', {
 *   message: 'failed to mount flist: connection reset by peer',
 *   types: ['zmachine'],
 *   probability: 0.2,
 * })
 * ```
 *
 * Fails with GRID_CONFIG_INVALID when the probability is none.
 */
export function failure(name: string, options: Omit<InstallFailure, 'name'>): InstallFailure {
  const { probability = 1 } = options
  if (!(probability >= 0 && probability <= 1)) {
    const detail = `failure '${name}': a probability lies between 0 and 1`
    throw gridError('GRID_CONFIG_INVALID', { detail })
  }
  return Object.freeze({ ...options, name })
}

/** The words of the first failure that strikes an attempt, or nothing. `node` is the position of the node. */
export function failureOf(
  failures: readonly InstallFailure[],
  attempt: InstallAttempt,
  { random, node }: { readonly random: Random; readonly node: number },
): string | undefined {
  const struck = failures.find(({ name, types, when, probability = 1 }) => {
    if (types && !types.includes(attempt.type)) return false
    if (when && !when(attempt)) return false
    return probability >= 1 || random.stream(`zos/${node}/failure/${name}`).chance(probability)
  })
  return struck?.message
}
