// One performance on a world: what its script is given, its steps as they go, and what is watched meanwhile.

import type { Invariants } from '../grid/invariants/invariants.ts'
import type { World } from '../grid/world.ts'
import { asError, gridError } from '../kernel/errors.ts'
import { Farmer, Operator, User } from './actors.ts'
import { bringUsers } from './crowd.ts'
import type { ScenarioContext, ScenarioOptions, UserInvariant, Users } from './define.ts'
import { durationMs } from './durations.ts'
import { expect } from './expect.ts'
import { FaultView } from './fault-view.ts'
import type { GridView } from './grid-view.ts'
import type { ScriptHost } from './script.ts'
import type { Stage } from './stage.ts'

/** How long `eventually` waits when nothing else is said. */
const defaultWithin = '10m'

/** Rules are looked at when a script goes on, but not more often than this, in virtual ms. */
const checkEveryMs = 60_000

/** A part of the story, as it went. */
export interface StepReport {
  readonly title: string
  /** How deep it lies in other steps. */
  readonly depth: number
  /** Virtual ms from the start of the scenario at its begin and end. */
  readonly from: number
  readonly to: number
  readonly error: string | null
}

/** What hears of the progress of a run. */
export interface Progress {
  onStep?(step: { title: string; depth: number; at: number }): void
  onStepEnd?(step: StepReport): void
}

/** A world with all that scripts need to play on it; a fixture's is used again and again. */
export interface Theatre {
  readonly world: World
  readonly host: ScriptHost
  readonly stage: Stage
  readonly grid: GridView
  readonly invariants: Invariants
}

/** One performance. */
export class Play {
  readonly steps: StepReport[] = []
  readonly #theatre: Theatre
  readonly #progress: Progress
  readonly #options: ScenarioOptions
  readonly #rules: readonly UserInvariant[]
  readonly #startedAt: number
  /** What shall be true sometimes, and whether it was. */
  readonly #sometimes = new Map<string, boolean>()
  readonly #watches: (() => void)[] = []
  #depth = 0
  #checkedAt: number

  constructor(
    theatre: Theatre,
    options: {
      progress: Progress
      startedAt: number
      options?: ScenarioOptions | undefined
      rules?: readonly UserInvariant[] | undefined
    },
  ) {
    this.#theatre = theatre
    this.#progress = options.progress
    this.#options = options.options ?? {}
    this.#rules = options.rules ?? []
    this.#startedAt = options.startedAt
    this.#checkedAt = theatre.world.kernel.now()
    theatre.host.onRest = () => {
      if (theatre.world.kernel.now() - this.#checkedAt >= checkEveryMs) this.check()
    }
  }

  /** What was to be true sometimes, and whether it was. */
  get sometimes(): readonly { readonly what: string; readonly held: boolean }[] {
    return [...this.#sometimes].map(([what, held]) => ({ what, held }))
  }

  /** What the script is given. */
  context<Given>(
    outside: ScenarioContext['outside'],
    fixture: Given,
  ): ScenarioContext<string, Given> {
    const { world, host, stage, grid } = this.#theatre
    const { residents, farms } = world
    const users = Object.fromEntries(
      residents.map(resident => [resident.name, new User(resident, stage)]),
    )
    const many: Users['many'] = (count, options) => bringUsers(stage, count, options)
    const farmers = farms.flatMap(farm => {
      const owner = residents.find(({ twinId }) => twinId === farm.twinId)
      return owner ? [[farm.name, new Farmer(owner, farm, stage)] as const] : []
    })
    return {
      grid,
      users: Object.assign(users, { many }) as unknown as Users,
      farmers: Object.fromEntries(farmers),
      operator: new Operator(stage),
      faults: new FaultView(world.faults),
      fixture,
      step: (title, run) => this.#step(title, run),
      eventually: (what, isTrue, { within = this.#options.within ?? defaultWithin } = {}) =>
        host.until(what, isTrue, durationMs(within)),
      always: (what, isTrue) => this.#always(what, isTrue),
      sometimes: (what, isTrue) => this.#watchFor(what, isTrue),
      expect,
      outside,
    }
  }

  /** Looks at all rules; fails with the first that is broken. */
  check(): void {
    this.#checkedAt = this.#theatre.world.kernel.now()
    if (this.#options.checksInvariants !== false) this.#theatre.invariants.check()
    for (const { name, check } of this.#rules) {
      const answer = check(this.#theatre.grid)
      if (answer === false || typeof answer === 'string') {
        const detail = `the rule '${name}' is broken${answer === false ? '' : `: ${answer}`}`
        throw gridError('GRID_EXPECTATION', { detail })
      }
    }
  }

  /** The play is over: nothing is watched any more. */
  end(): void {
    for (const stop of this.#watches) stop()
    this.#theatre.host.onRest = () => undefined
  }

  #always(what: string, isTrue: () => boolean): () => void {
    const fail = (): never => {
      throw gridError('GRID_EXPECTATION', { detail: `'${what}' is not true any more` })
    }
    if (!isTrue()) fail()
    return this.#watch(what, isTrue, holds => {
      if (!holds) fail()
    })
  }

  #watchFor(what: string, isTrue: () => boolean): void {
    if (this.#sometimes.get(what)) return
    this.#sometimes.set(what, isTrue())
    if (this.#sometimes.get(what)) return
    const stop = this.#watch(what, isTrue, holds => {
      if (!holds) return
      this.#sometimes.set(what, true)
      stop()
    })
  }

  #watch(what: string, isTrue: () => boolean, onEvent: (holds: boolean) => void): () => void {
    const stop = this.#theatre.host.watch(what, isTrue, onEvent)
    this.#watches.push(stop)
    return stop
  }

  async #step<T>(title: string, run: () => T | Promise<T>): Promise<T> {
    const from = this.#now()
    const depth = this.#depth
    this.#progress.onStep?.({ title, depth, at: from })
    this.#depth += 1
    let error: string | null = null
    try {
      const value = await run()
      if (depth === 0) this.check()
      return value
    } catch (cause) {
      error = asError(cause).message
      throw cause
    } finally {
      this.#depth = depth
      const report = { title, depth, from, to: this.#now(), error }
      this.steps.push(report)
      this.#progress.onStepEnd?.(report)
    }
  }

  #now(): number {
    return this.#theatre.world.kernel.now() - this.#startedAt
  }
}
