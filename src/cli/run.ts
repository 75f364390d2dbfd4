// `pocketgrid run`: plays scenarios with their seeds, shows how it goes, and leaves a folder with what there is to know.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { defaultSeed } from '../config/config.ts'
import { gridError } from '../kernel/errors.ts'
import { consoleReporter } from '../scenario/reporters/console.ts'
import { htmlReport } from '../scenario/reporters/html.ts'
import { jsonReport } from '../scenario/reporters/json.ts'
import { junitReport } from '../scenario/reporters/junit.ts'
import { isGreen, quoted, type RunReport, repeatCommand } from '../scenario/reporters/report.ts'
import type { Shard } from '../scenario/run/jobs.ts'
import { replay } from '../scenario/run/replay.ts'
import { type SweepListener, type SweepOptions, sweep } from '../scenario/run/sweep.ts'
import { Tally } from '../scenario/run/tally.ts'
import type { Target } from '../scenario/target/target.ts'
import { exitCodes } from './exit-codes.ts'
import { loadHistory } from './snapshot.ts'

/** The names of reporters. */
export const reporterNames = ['console', 'junit', 'json', 'html'] as const
export type ReporterName = (typeof reporterNames)[number]

/** The options of the command, as they were written. */
export interface RunOptions {
  seed?: string
  seeds?: number
  only?: string
  tag?: string[]
  shard?: Shard
  parallel?: number
  bail?: boolean
  checkDeterminism?: boolean
  trace?: boolean
  target?: string
  token?: string
  replay?: string
  reporter?: string[]
  out?: string
}

const silent: SweepListener & { onEnd(report: RunReport): void } = {
  onBegin: () => undefined,
  onJob: () => undefined,
  onReport: () => undefined,
  onEnd: () => undefined,
}

/** Plays the scenarios; resolves with the exit code: 0 when all was green, 1 when something failed. */
export async function run(patterns: readonly string[], options: RunOptions): Promise<number> {
  const reporters = new Set(options.reporter ?? ['console'])
  const out = options.out ?? 'out'
  // Who reads the first lines and goes away has seen enough.
  process.stdout.on('error', () => undefined)
  process.stderr.on('error', () => undefined)
  const show = reporters.has('console')
    ? consoleReporter(process.stdout, process.stderr, () => performance.now())
    : silent
  const report =
    options.replay === undefined
      ? await playAll(patternsOf(patterns), { options, reporters, show })
      : await playAgain(options.replay, options, show)
  show.onEnd(report)
  if (reporters.has('json')) write(join(out, 'report.json'), jsonReport(report))
  if (reporters.has('junit')) write(join(out, 'junit.xml'), junitReport(report))
  if (reporters.has('html')) write(join(out, 'report.html'), htmlReport(report))
  if (report.failed > 0) write(join(out, 'repeat.sh'), repeatScript(report))
  // That of an earlier run repeats nothing of this one.
  else rmSync(join(out, 'repeat.sh'), { force: true })
  return isGreen(report) ? exitCodes.done : exitCodes.failed
}

/** Plays the scenarios; a target on which they are played hears of them. */
async function playAll(
  patterns: readonly string[],
  run: { options: RunOptions; reporters: ReadonlySet<string>; show: SweepListener },
): Promise<RunReport> {
  const own = sweepOptions(run.options, run.reporters)
  const { target } = own.crew
  if (!target) return await sweep(patterns, own, run.show)
  const { tellTarget } = await import('../scenario/target/news.ts')
  // A grid that has started this process knows it by a key.
  const news = tellTarget(target, run.show, { firstKey: process.env.POCKETGRID_RUN_KEY })
  try {
    return await sweep(patterns, own, news.listener)
  } finally {
    await news.end()
  }
}

/** Something has to be played. */
function patternsOf(patterns: readonly string[]): readonly string[] {
  if (patterns.length > 0) return patterns
  throw gridError('GRID_SCRIPT_NOT_FOUND', { detail: 'no file is named' })
}

function sweepOptions(options: RunOptions, reporters: ReadonlySet<string>): SweepOptions {
  return {
    seed: options.seed ?? defaultSeed,
    seeds: options.seeds ?? 1,
    only: options.only,
    tags: options.tag,
    shard: options.shard ?? { index: 1, of: 1 },
    parallel: options.parallel ?? 1,
    bail: options.bail ?? false,
    crew: {
      checkDeterminism: options.checkDeterminism ?? false,
      target: targetOf(options),
      draws: reporters.has('html'),
      traces: options.trace ? 'all' : 'failed',
      traceFolder: traceFolderOf(options),
    },
  }
}

/** The grid on which scenarios are played; none for worlds of their own. */
function targetOf({ target, token, checkDeterminism, replay }: RunOptions): Target | undefined {
  if (target === undefined) return undefined
  if (checkDeterminism || replay !== undefined) {
    const detail = '--target goes with neither --check-determinism nor --replay'
    const hint = 'A grid that people use has no seed of its own to repeat.'
    throw gridError('GRID_CONFIG_INVALID', { detail, hint })
  }
  return { control: target, token }
}

function traceFolderOf({ out = 'out' }: RunOptions): string {
  return resolve(out, 'traces')
}

/** Plays what clients did to a grid, as a run of one scenario. */
async function playAgain(
  path: string,
  options: RunOptions,
  show: SweepListener,
): Promise<RunReport> {
  const file = resolve(path)
  const history = loadHistory(file)
  const { seed } = history.origin.config
  const tally = new Tally()
  show.onBegin({ jobs: 1, seeds: 1, isLive: true, repeatWith: '' })
  show.onJob({ file, seed })
  const traceFolder = traceFolderOf(options)
  const report = await replay(history, {
    file,
    trace: options.trace ? 'all' : 'failed',
    traceFolder,
  })
  tally.add(report)
  show.onReport(report, { played: 1, failed: tally.failed, jobs: 1 })
  return tally.end({ seed, seeds: 1, jobs: 1, isPart: false, repeatWith: '' })
}

/** The commands that play each failure again. */
function repeatScript({ reports, repeatWith }: RunReport): string {
  const failed = reports.filter(({ isPassed }) => !isPassed)
  // In a clone the program has no name of its own.
  const self = [process.execPath, process.argv[1] ?? ''].map(quoted).join(' ')
  const lines = failed.map(each => repeatCommand(each, repeatWith))
  return `#!/bin/sh\npocketgrid() { ${self} "$@"; }\n${lines.join('\n')}\n`
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw gridError('GRID_OUT_REFUSED', { detail: path, cause })
  }
}
