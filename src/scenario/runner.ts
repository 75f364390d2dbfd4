// Plays one scenario, and says how it ended.

import { cryptoReady } from '../crypto/ready.ts'
import type { World } from '../grid/world.ts'
import { asError, GridError, InvariantError } from '../kernel/errors.ts'
import { lineOf } from '../kernel/trace.ts'
import type { AnyScenario } from './define.ts'
import { createScriptGuard } from './guard.ts'
import { Play, type Progress, type StepReport, type Theatre } from './play.ts'
import type { ScriptHost } from './script.ts'
import { fixtureTheatre, openTheatre, type PlayTools, scenarioEpoch } from './theatre.ts'

/** What the world ends after a script is over, in ms of virtual time, before the rules are looked at once more. */
const settleWithinMs = 600_000

/** How a scenario ended. */
export interface ScenarioReport {
  readonly name: string
  readonly seed: string
  readonly isPassed: boolean
  readonly steps: readonly StepReport[]
  /** Why it failed, as text for people; null when it passed. */
  readonly failure: string | null
  /** What is to be true in at least one seed of a run, and whether it was in this one. */
  readonly sometimes: readonly { readonly what: string; readonly held: boolean }[]
  /** Digest over the trace: equal histories have equal digests. */
  readonly digest: string
  /** Entries in the trace. */
  readonly events: number
  /** Blocks made. */
  readonly blocks: number
  /** Virtual ms that passed. */
  readonly virtualMs: number
}

/** How a scenario is played. */
export interface RunScenarioOptions {
  readonly seed: string
  readonly progress?: Progress
  /** The files in which nothing outside may be used. */
  readonly scriptFiles?: (file: string) => boolean
  /** Is given the world before the script begins; what it gives back is called when the scenario is over. */
  readonly onWorld?: (world: World) => () => void
  /** Where it is played; a world of its own when left out. */
  readonly open?: (scenario: AnyScenario, seed: string) => Theatre
  /** Virtual time from which on steps are timed: that at which worlds of scenarios begin when left out. */
  readonly startedAt?: number
}

/** Plays a scenario. */
export async function runScenario(
  scenario: AnyScenario,
  options: RunScenarioOptions,
): Promise<ScenarioReport> {
  const { seed, progress = {}, scriptFiles = () => false, onWorld } = options
  const { open = openTheatre, startedAt = scenarioEpoch } = options
  await cryptoReady()
  const guarded = guardOf(scriptFiles)
  let theatre: Theatre | null = null
  let play: Play | null = null
  let failure: string | null = null
  let leaveWorld: () => void = () => undefined
  try {
    const opened = scenario.fixture
      ? await fixtureTheatre(scenario.fixture, seed, guarded)
      : { theatre: open(scenario, seed), given: undefined }
    theatre = opened.theatre
    const { world, host } = theatre
    leaveWorld = onWorld?.(world) ?? leaveWorld
    play = new Play(theatre, {
      progress,
      startedAt,
      options: scenario.options,
      rules: scenario.invariants,
    })
    const own = play
    await guarded(world, host, ({ outside }) => scenario.run(own.context(outside, opened.given)))
    host.settle(settleWithinMs)
    play.check()
  } catch (cause) {
    if (!theatre) throw cause
    failure = failureText(asError(cause), theatre.world, seed)
  } finally {
    play?.end()
    leaveWorld()
  }
  return reportOf({ name: scenario.name, seed, failure, play, world: theatre.world, startedAt })
}

/** Runs scripts under guard: what they open outside of the simulated world fails them. */
function guardOf(scriptFiles: (file: string) => boolean) {
  return <T>(
    world: World,
    host: ScriptHost,
    script: (tools: PlayTools) => Promise<T>,
  ): Promise<T> => {
    const dice = world.kernel.random.stream('scenario/math')
    const guard = createScriptGuard({
      scriptFiles,
      world: { now: () => world.kernel.now(), random: () => dice.float() },
    })
    const outside: PlayTools['outside'] = run => guard.outside(() => host.outside(run))
    return host.run(() => guard.run(() => script({ outside })))
  }
}

function reportOf(options: {
  name: string
  seed: string
  failure: string | null
  play: Play | null
  world: World
  startedAt: number
}): ScenarioReport {
  const { name, seed, failure, play, world, startedAt } = options
  return {
    name,
    seed,
    isPassed: failure === null,
    steps: play?.steps ?? [],
    failure,
    sometimes: play?.sometimes ?? [],
    digest: world.kernel.trace.digest(),
    events: world.kernel.trace.length,
    blocks: world.chain.best(),
    virtualMs: world.kernel.now() - startedAt,
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
  if (
    error instanceof InvariantError ||
    (error instanceof GridError && error.code === 'GRID_EXPECTATION')
  )
    lines.push(`seed ${seed}, virtual time ${world.kernel.now()}`)
  const last = world.kernel.trace.last(8).map(lineOf)
  return [...lines, 'Last events:', ...last.map(line => `  ${line}`)].join('\n')
}
