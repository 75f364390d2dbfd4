// The invariants of a grid: all rules, checked together when the world is at rest between two events.

import { InvariantError } from '../../kernel/errors.ts'
import type { World } from '../world.ts'
import {
  domainsServedOnce,
  namesGivenOnce,
  portsGivenOnce,
  publicIpsGivenOnce,
  publicIpsUsedOnce,
} from './addresses.ts'
import { capacityCounted, memoryFits, nothingLeaks } from './capacity.ts'
import { acknowledgedIsKept, contractsAreListed, workloadsHaveContracts } from './contracts.ts'
import { historyIsTrue } from './history.ts'
import type { GridInvariant } from './invariant.ts'
import { messagesHaveOutcomes } from './messages.ts'
import { HistoryRecord } from './record.ts'
import { billedOnce, billsAddUp, reservesAddUp, supplyAddsUp } from './tokens.ts'

/** Every rule, the cheap ones first. */
export const gridInvariants: readonly GridInvariant[] = [
  billedOnce,
  capacityCounted,
  memoryFits,
  nothingLeaks,
  contractsAreListed,
  workloadsHaveContracts,
  acknowledgedIsKept,
  historyIsTrue,
  namesGivenOnce,
  domainsServedOnce,
  portsGivenOnce,
  publicIpsGivenOnce,
  publicIpsUsedOnce,
  supplyAddsUp,
  reservesAddUp,
  billsAddUp,
  messagesHaveOutcomes,
]

/** A rule that is broken. */
export interface Violation {
  readonly name: string
  readonly detail: string
}

/** Watches one world from now on. */
export class Invariants {
  readonly #world: World
  readonly #record: HistoryRecord
  readonly #rules: readonly GridInvariant[]

  constructor(world: World, more: readonly GridInvariant[] = []) {
    this.#world = world
    this.#record = new HistoryRecord(world)
    this.#rules = [...gridInvariants, ...more]
  }

  /** The names of all rules. */
  get names(): readonly string[] {
    return this.#rules.map(({ name }) => name)
  }

  /** The rules that are broken now. */
  violations(): Violation[] {
    // Blocks that fell due without anybody asking are made before the chain is looked at.
    this.#world.chain.best()
    const watched = { world: this.#world, record: this.#record }
    return this.#rules.flatMap(({ name, check }) => {
      const detail = check(watched)
      return detail === null ? [] : [{ name, detail }]
    })
  }

  /** Fails with the first rule that is broken. */
  check(): void {
    const [first] = this.violations()
    if (first) throw new InvariantError(`'${first.name}' is broken: ${first.detail}`)
  }
}
