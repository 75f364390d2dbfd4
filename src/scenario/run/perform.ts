// Plays one job in this process: loads its file, keeps its trace, and looks after what it does to the process.

import { dirname, sep } from 'node:path'
import type { World } from '../../grid/world.ts'
import { asError } from '../../kernel/errors.ts'
import type { AnyScenario } from '../define.ts'
import type { Progress } from '../play.ts'
import type { FileReport } from '../reporters/report.ts'
import { runScenario, type ScenarioReport } from '../runner.ts'
import type { Target } from '../target/target.ts'
import { scenarioEpoch } from '../theatre.ts'
import { compareRuns } from './determinism.ts'
import { type Job, problemOf, scenarioOf } from './jobs.ts'
import { TraceRecord } from './record.ts'

/** How jobs of a run are played. */
export interface PerformOptions {
  /** Play each twice, and fail where the second history differs. */
  readonly checkDeterminism: boolean
  /** Play on this grid, in the place of worlds of their own. */
  readonly target?: Target | undefined
  /** Draw what happens, for the HTML report. */
  readonly draws: boolean
  /** Whose trace is written: of no job, of those that fail, of all. */
  readonly traces: 'none' | 'failed' | 'all'
  /** Where a job's trace goes. */
  readonly traceFile: (job: Job) => string
}

/** Promises that scripts left rejected. */
export interface StrayWatch {
  takeStrays(): Error[]
  end(): void
}

/**
 * Looks after what a script can do to the whole process: promises that it leaves rejected are kept as its failures,
 * and `onExit` hears of an end of the process before the end of the run.
 */
export function watchProcess(onExit: () => void): StrayWatch {
  let strays: Error[] = []
  const onStray = (cause: unknown): void => {
    strays.push(asError(cause))
  }
  process.on('unhandledRejection', onStray)
  process.on('exit', onExit)
  return {
    takeStrays() {
      const taken = strays
      strays = []
      return taken
    },
    end() {
      process.off('unhandledRejection', onStray)
      process.off('exit', onExit)
    },
  }
}

/** Plays a job. Never rejects because of its scenario: what went wrong is in the report. */
export async function perform(
  job: Job,
  options: PerformOptions & { readonly progress: Progress; readonly watch: StrayWatch },
): Promise<FileReport> {
  const { file, seed } = job
  try {
    const scenario = await scenarioOf(file)
    const played = await play(scenario, job, options)
    return { ...withStrays(played, options.watch.takeStrays()), file }
  } catch (cause) {
    return { ...notPlayed(asError(cause), { name: file, seed }), file }
  }
}

async function play(
  scenario: AnyScenario,
  job: Job,
  options: PerformOptions & { readonly progress: Progress },
): Promise<FileReport> {
  const { file, seed } = job
  if (options.target) return await playOn(options.target, scenario, job, options.progress)
  const { checkDeterminism, draws, traces, traceFile, progress } = options
  const record = draws || traces !== 'none' ? new TraceRecord(scenarioEpoch) : null
  const scriptFiles = scriptFilesOf(file)
  const once = (onWorld: (world: World) => () => void, heard: Progress) =>
    runScenario(scenario, { seed, progress: heard, scriptFiles, onWorld })
  const follow = (world: World) => record?.follow(world) ?? (() => undefined)
  const report = checkDeterminism
    ? await compareRuns((onWorld, isFirst) => {
        const both = (world: World) => {
          const stops = [...(isFirst ? [follow(world)] : []), onWorld(world)]
          return () => {
            for (const stop of stops) stop()
          }
        }
        return once(both, isFirst ? progress : {})
      })
    : await once(follow, progress)
  const isWritten = traces === 'all' || (traces === 'failed' && !report.isPassed)
  const trace = record && isWritten ? traceFile(job) : null
  if (trace !== null) record?.write(trace)
  return {
    ...report,
    file,
    ...(trace === null ? {} : { trace }),
    ...(draws && record ? { timeline: record.drawn() } : {}),
  }
}

async function playOn(
  target: Target,
  scenario: AnyScenario,
  { file, seed }: Job,
  progress: Progress,
): Promise<FileReport> {
  // It loads a client of the chain, which runs in this process need not have.
  const { runOnTarget } = await import('../target/target.ts')
  const scriptFiles = scriptFilesOf(file)
  const outcome = await runOnTarget(scenario, target, { seed, progress, scriptFiles })
  if (outcome.type === 'played') return { ...outcome.report, file }
  const { name } = scenario
  return { ...unplayed({ name, seed }), isPassed: true, skipped: outcome.reason, file }
}

/** The files in which nothing outside may be used: the scenario's own, and those beside and below it. */
export function scriptFilesOf(file: string): (path: string) => boolean {
  const folder = dirname(file) + sep
  return path =>
    path === file || (path.startsWith(folder) && !path.includes(`${sep}node_modules${sep}`))
}

/** A scenario that left rejected promises behind has failed. */
function withStrays<R extends ScenarioReport>(report: R, strays: readonly Error[]): R {
  const [stray] = strays
  if (!stray || !report.isPassed) return report
  const failure = `GRID_SCRIPT_FAILED: a promise was rejected and nobody awaited it: ${stray.message}`
  return { ...report, isPassed: false, failure }
}

/** The report of a scenario that could not even begin. */
export function notPlayed(
  error: Error,
  { name, seed }: { name: string; seed: string },
): ScenarioReport {
  return { ...unplayed({ name, seed }), failure: problemOf(error) }
}

function unplayed({ name, seed }: { name: string; seed: string }): ScenarioReport {
  return {
    name,
    seed,
    isPassed: false,
    steps: [],
    failure: null,
    sometimes: [],
    digest: '',
    events: 0,
    blocks: 0,
    virtualMs: 0,
  }
}
