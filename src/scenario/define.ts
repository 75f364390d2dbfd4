// The scenario language: what a scenario and a fixture are, and what their scripts are given.

import type { defaultUsers, FarmInput, GridInput } from '../config/config.ts'
import type { Behaviours } from '../zos/behaviours.ts'
import type { Farmer, Operator, User } from './actors.ts'
import type { Duration } from './durations.ts'
import type { Expect } from './expect.ts'
import type { FaultView } from './fault-view.ts'
import type { GridView } from './grid-view.ts'

/** The users of a scenario that names none. */
export type DefaultUser = (typeof defaultUsers)[number]

/** The users of a grid by name, and a way to bring more. */
export type Users<Name extends string = string> = Readonly<Record<Name, User>> & {
  /** Brings so many new users with funds and twins, all at once. */
  many(count: number, options?: { tft?: number; prefix?: string }): Promise<User[]>
}

/** What a script is given. */
export interface ScenarioContext<
  Name extends string = string,
  Given = undefined,
  Farm extends string = string,
> {
  /** The grid: its chain, its nodes, its clock. */
  readonly grid: GridView
  /** The users of the configuration, by name. */
  readonly users: Users<Name>
  /** The farmers, by the names of their farms. */
  readonly farmers: Readonly<Record<Farm, Farmer>>
  /** Who runs the network. */
  readonly operator: Operator
  /** What can be broken. */
  readonly faults: FaultView
  /** What the fixture's set-up gave. */
  readonly fixture: Given
  /** A named part of the story; its title is what the console shows. Gives what `run` gives. */
  step<T>(title: string, run: () => T | Promise<T>): Promise<T>
  /** Waits until something is true; fails after `within` (default 10 minutes of virtual time). */
  eventually(what: string, isTrue: () => boolean, options?: { within?: Duration }): Promise<void>
  /** From now on this is true after every event, or the scenario fails at once. Returns how to stop looking. */
  always(what: string, isTrue: () => boolean): () => void
  /** This is true after some event, in at least one of the seeds that a run plays. */
  sometimes(what: string, isTrue: () => boolean): void
  /** Assertions as in Vitest and Jest. */
  readonly expect: Expect
  /** Awaits something outside the simulated world while its time stands still. */
  outside<T>(run: () => Promise<T> | T): Promise<T>
}

/** A rule of a scenario's own, checked whenever the grid is at rest and at the end. */
export interface UserInvariant {
  /** What is true, as a sentence. */
  readonly name: string
  /** False, or a text that says what is wrong, when the rule is broken; anything else when it holds. */
  check(grid: GridView): unknown
}

/** The grid that a scenario plays on; left out, the default one with the users alice, bob, charlie and dave. */
export type ScenarioGrid<Name extends string = string, Farm extends string = string> = Pick<
  GridInput,
  'network' | 'blocks' | 'strictRelay' | 'kyc'
> & {
  readonly farms?: readonly (Omit<FarmInput, 'name'> & { readonly name: Farm })[]
  readonly users?: readonly (Name | { name: Name; mnemonic?: string; tft?: number })[]
}

/** What a scenario may set. */
export interface ScenarioOptions {
  /** How long `eventually` waits when nothing else is said; 10 minutes when left out. */
  readonly within?: Duration
  /** False leaves the built-in invariants out, for a grid that is broken on purpose. */
  readonly checksInvariants?: boolean
}

/** A set-up that runs once per seed; each scenario that uses it starts from its snapshot. */
export interface Fixture<
  Name extends string = string,
  Given = unknown,
  Farm extends string = string,
> extends Behaviours {
  readonly name: string
  readonly grid?: ScenarioGrid<Name, Farm>
  /** What it gives is handed to each scenario: users, deployments, numbers. */
  setUp(context: ScenarioContext<Name, undefined, Farm>): Promise<Given>
}

/** A scenario: a name, the grid it plays on, and its script. */
export interface Scenario<
  Name extends string = string,
  Given = undefined,
  Farm extends string = string,
> extends Behaviours {
  /** A sentence that says what happens. */
  readonly name: string
  /** Words by which `pocketgrid run --tag WORD` chooses it. */
  readonly tags?: readonly string[]
  readonly grid?: ScenarioGrid<Name, Farm>
  /** Starts from the snapshot of a set-up, on its grid and with its nodes' behaviours. */
  readonly fixture?: Fixture<Name, Given, Farm>
  readonly options?: ScenarioOptions
  /** Rules beside the built-in ones. */
  readonly invariants?: readonly UserInvariant[]
  run(context: ScenarioContext<Name, Given, Farm>): Promise<void>
}

/** A scenario of any users and fixture, as a runner takes it. */
// biome-ignore lint/suspicious/noExplicitAny: what a fixture gives is known to its scenarios alone.
export type AnyScenario = Scenario<any, any, any>

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
export function defineScenario<
  const Name extends string = DefaultUser,
  Given = undefined,
  const Farm extends string = string,
>(scenario: Scenario<Name, Given, Farm>): Scenario<Name, Given, Farm> {
  return scenario
}

/**
 * Defines a set-up that scenarios share: it runs once, and each of them starts from its snapshot.
 *
 *     const busyFarm = defineFixture({
 *       name: 'a farm with a machine',
 *       async setUp({ users: { alice } }) {
 *         return alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
 *       },
 *     })
 */
export function defineFixture<
  const Name extends string = DefaultUser,
  Given = undefined,
  const Farm extends string = string,
>(fixture: Fixture<Name, Given, Farm>): Fixture<Name, Given, Farm> {
  return fixture
}
