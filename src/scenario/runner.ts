// Plays one scenario on a world of its own, and says how it ended.

import { checkWorld, problemText } from '../config/config.ts'
import { cryptoReady } from '../crypto/ready.ts'
import { createWorld, type World } from '../grid/world.ts'
import { asError, GridError, gridError, InvariantError } from '../kernel/errors.ts'
import { lineOf } from '../kernel/trace.ts'
import { Stage, User } from './actors.ts'
import type { Scenario, ScenarioContext } from './define.ts'
import { durationMs } from './durations.ts'
import { expect } from './expect.ts'
import { GridView } from './grid-view.ts'
import { createScriptGuard } from './guard.ts'
import { ScriptHost } from './script.ts'

/** Virtual time at which scenarios begin: 2026-01-01T00:00:00Z, the same for all and for ever. */
export const scenarioEpoch = 1_767_225_600_000

/** The relay string of twins in scenarios: nobody outside connects to it. */
const scenarioRelay = 'relay.pocketgrid'

/** How long `eventually` waits when nothing else is said. */
const defaultWithin = '10m'

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

/** How a scenario ended. */
export interface ScenarioReport {
  readonly name: string
  readonly seed: string
  readonly isPassed: boolean
  readonly steps: readonly StepReport[]
  /** Why it failed, as text for people; null when it passed. */
  readonly failure: string | null
  /** Digest over the trace: equal histories have equal digests. */
  readonly digest: string
  /** Entries in the trace. */
  readonly events: number
  /** Blocks made. */
  readonly blocks: number
  /** Virtual ms that passed. */
  readonly virtualMs: number
}

/** What hears of the progress of a run. */
export interface Progress {
  onStep?(step: { title: string; depth: number; at: number }): void
  onStepEnd?(step: StepReport): void
}

/** Plays a scenario. `scriptFiles` are the files in which nothing outside may be used. */
export async function runScenario(
  scenario: Scenario,
  options: {
    seed: string
    progress?: Progress
    scriptFiles?: (file: string) => boolean
  },
): Promise<ScenarioReport> {
  await cryptoReady()
  const world = scenarioWorld(scenario, options.seed)
  const host = new ScriptHost(world.kernel)
  const play = new Play(world, host, options.progress ?? {})
  const dice = world.kernel.random.stream('scenario/math')
  const guard = createScriptGuard({
    scriptFiles: options.scriptFiles ?? (() => false),
    world: { now: () => world.kernel.now(), random: () => dice.float() },
  })
  let failure: string | null = null
  try {
    const context = play.context(run => guard.outside(() => host.outside(run)))
    await host.run(() => guard.run(() => scenario.run(context)))
  } catch (cause) {
    failure = failureText(asError(cause), world, options.seed)
  }
  return {
    name: scenario.name,
    seed: options.seed,
    isPassed: failure === null,
    steps: play.steps,
    failure,
    digest: world.kernel.trace.digest(),
    events: world.kernel.trace.length,
    blocks: world.chain.best(),
    virtualMs: world.kernel.now() - scenarioEpoch,
  }
}

/** The world of a scenario. */
export function scenarioWorld(scenario: Scenario, seed: string): World {
  const checked = checkWorld({ blocks: '6s', ...scenario.grid, seed })
  if (!checked.ok) {
    throw gridError('GRID_CONFIG_INVALID', { detail: problemText(checked.problems) })
  }
  return createWorld(checked.config, {
    startAt: scenarioEpoch,
    relay: scenarioRelay,
    heartbeat: false,
    userScheme: 'ed25519',
    ...(scenario.workloads && { workloads: scenario.workloads }),
  })
}

/** One performance: the context of the script, and the steps as they go. */
class Play {
  readonly steps: StepReport[] = []
  readonly #world: World
  readonly #host: ScriptHost
  readonly #progress: Progress
  readonly #stage: Stage
  #depth = 0

  constructor(world: World, host: ScriptHost, progress: Progress) {
    this.#world = world
    this.#host = host
    this.#progress = progress
    this.#stage = new Stage(world, host)
  }

  context(outside: ScenarioContext['outside']): ScenarioContext {
    const users: Record<string, User> = Object.fromEntries(
      this.#world.residents.map(resident => [resident.name, new User(resident, this.#stage)]),
    )
    return {
      grid: new GridView(this.#world, this.#host),
      users,
      step: (title, run) => this.#step(title, run),
      eventually: (what, isTrue, { within = defaultWithin } = {}) =>
        this.#host.until(what, isTrue, durationMs(within)),
      expect,
      outside,
    }
  }

  async #step<T>(title: string, run: () => T | Promise<T>): Promise<T> {
    const from = this.#now()
    const depth = this.#depth
    this.#progress.onStep?.({ title, depth, at: from })
    this.#depth += 1
    let error: string | null = null
    try {
      return await run()
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
    return this.#world.kernel.now() - scenarioEpoch
  }
}

function failureText(error: Error, world: World, seed: string): string {
  const lines = [
    error instanceof GridError ? `${error.code}: ${error.message}` : error.message,
    ...(error instanceof GridError ? [error.hint] : []),
  ]
  const place = error.stack
    ?.split('\n')
    .find(line => /\.m?[tj]sx?:\d+/.test(line) && !line.includes('node_modules'))
  if (!(error instanceof GridError) && place) lines.push(place.trim())
  if (error instanceof InvariantError)
    lines.push(`seed ${seed}, virtual time ${world.kernel.now()}`)
  const last = world.kernel.trace.last(8).map(lineOf)
  return [...lines, 'Last events:', ...last.map(line => `  ${line}`)].join('\n')
}
