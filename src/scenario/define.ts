// The scenario language: what a scenario is, and what its script is given.

import type { defaultUsers, GridInput } from '../config/config.ts'
import type { WorkloadType } from '../zos/workloads/workload-type.ts'
import type { User } from './actors.ts'
import type { Duration } from './durations.ts'
import type { Expect } from './expect.ts'
import type { GridView } from './grid-view.ts'

/** The users of a scenario that names none. */
export type DefaultUser = (typeof defaultUsers)[number]

/** What a script is given. */
export interface ScenarioContext<Name extends string = string> {
  /** The grid: its chain, its nodes, its clock. */
  readonly grid: GridView
  /** The users of the configuration, by name. */
  readonly users: Readonly<Record<Name, User>>
  /** A named part of the story; its title is what the console shows. Gives what `run` gives. */
  step<T>(title: string, run: () => T | Promise<T>): Promise<T>
  /** Waits until something is true; fails after `within` (default 10 minutes of virtual time). */
  eventually(what: string, isTrue: () => boolean, options?: { within?: Duration }): Promise<void>
  /** Assertions as in Vitest and Jest. */
  readonly expect: Expect
  /** Awaits something outside the simulated world while its time stands still. */
  outside<T>(run: () => Promise<T> | T): Promise<T>
}

/** A scenario: a name, the grid it plays on, and its script. */
export interface Scenario<Name extends string = string> {
  /** A sentence that says what happens. */
  readonly name: string
  /** The grid; left out, one farm with ten servers, and the users alice, bob, charlie and dave. */
  readonly grid?: Pick<GridInput, 'farms' | 'blocks' | 'strictRelay'> & {
    readonly users?: readonly (Name | { name: Name; mnemonic?: string; tft?: number })[]
  }
  /** Workload types that nodes know beside upstream's, or in the place of one of the same name. */
  readonly workloads?: readonly WorkloadType[]
  run(context: ScenarioContext<Name>): Promise<void>
}

/**
 * Defines a scenario: the default export of a file that `pocketgrid run` takes.
 *
 *     export default defineScenario({
 *       name: 'alice has money',
 *       async run({ users: { alice }, expect }) {
 *         expect(alice.balance()).toBeGreaterThan(0n)
 *       },
 *     })
 */
export function defineScenario<const Name extends string = DefaultUser>(
  scenario: Scenario<Name>,
): Scenario<Name> {
  return scenario
}
