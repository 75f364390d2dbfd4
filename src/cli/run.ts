// `pocketgrid run`: plays scenario files one after another, shows how they go, and sums up.

import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { globSync } from 'tinyglobby'
import { defaultSeed } from '../config/config.ts'
import { asError, GridError, gridError } from '../kernel/errors.ts'
import type { Scenario } from '../scenario/define.ts'
import { loadScenarioModule } from '../scenario/loader/load.ts'
import { consoleReporter } from '../scenario/reporters/console.ts'
import { jsonReport } from '../scenario/reporters/json.ts'
import { junitReport } from '../scenario/reporters/junit.ts'
import type { FileReport } from '../scenario/reporters/report.ts'
import { runScenario, type ScenarioReport } from '../scenario/runner.ts'

/** The options of the command, as they were written. */
export interface RunOptions {
  seed?: string
  reporter?: string[]
  out?: string
}

/** Plays the scenarios; resolves with the exit code: 0 when all passed, 1 when one failed. */
export async function run(patterns: readonly string[], options: RunOptions): Promise<number> {
  const files = filesOf(patterns)
  const seed = options.seed ?? defaultSeed
  const reporters = new Set(options.reporter ?? ['console'])
  // Who reads the first lines and goes away has seen enough.
  process.stdout.on('error', () => undefined)
  const show = reporters.has('console') ? consoleReporter(process.stdout) : null
  const reports: FileReport[] = []
  const watch = watchProcess()
  for (const file of files) {
    show?.onFile(file)
    const played = await play(file, seed, show ?? {})
    const report = { file, ...withStrays(played, watch.takeStrays()) }
    reports.push(report)
    show?.onReport(report)
  }
  watch.end()
  show?.onEnd(reports, seed)
  const out = options.out ?? 'out'
  if (reporters.has('json')) write(join(out, 'report.json'), jsonReport(reports, seed))
  if (reporters.has('junit')) write(join(out, 'junit.xml'), junitReport(reports, seed))
  return reports.every(({ isPassed }) => isPassed) ? 0 : 1
}

/**
 * Looks after what a script can do to the whole process: promises that it leaves rejected are kept as its failures,
 * and an end of the process before the end of the run is a failure, whatever its status says.
 */
function watchProcess(): { takeStrays(): Error[]; end(): void } {
  let strays: Error[] = []
  const onStray = (cause: unknown): void => {
    strays.push(asError(cause))
  }
  const onExit = (): void => {
    process.exitCode = 1
    process.stderr.write(
      'GRID_SCRIPT_FAILED: the run ended before its scenarios did\n' +
        'A script called process.exit(), or waits at its top level for something that never comes.\n',
    )
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

/** A scenario that left rejected promises behind has failed. */
function withStrays(report: ScenarioReport, strays: readonly Error[]): ScenarioReport {
  const [stray] = strays
  if (!stray || !report.isPassed) return report
  const failure = `GRID_SCRIPT_FAILED: a promise was rejected and nobody awaited it: ${stray.message}`
  return { ...report, isPassed: false, failure }
}

async function play(
  file: string,
  seed: string,
  progress: Parameters<typeof runScenario>[1]['progress'] & object,
): Promise<ScenarioReport> {
  try {
    const scenario = scenarioOf(await loadScenarioModule(file), file)
    const folder = dirname(file) + sep
    const scriptFiles = (path: string) =>
      path === file || (path.startsWith(folder) && !path.includes(`${sep}node_modules${sep}`))
    return await runScenario(scenario, { seed, progress, scriptFiles })
  } catch (cause) {
    return notPlayed(asError(cause), file, seed)
  }
}

/** A file that could not even begin. */
function notPlayed(error: Error, file: string, seed: string): ScenarioReport {
  const failure =
    error instanceof GridError
      ? `${error.code}: ${error.message}\n${error.hint}`
      : (error.stack ?? error.message)
  return {
    name: file,
    seed,
    isPassed: false,
    steps: [],
    failure,
    digest: '',
    events: 0,
    blocks: 0,
    virtualMs: 0,
  }
}

function scenarioOf(module: unknown, file: string): Scenario {
  const scenario = (module as { default?: Partial<Scenario> }).default
  if (typeof scenario?.name === 'string' && typeof scenario.run === 'function') {
    return scenario as Scenario
  }
  throw gridError('GRID_SCRIPT_FAILED', {
    detail: `${file} has no scenario`,
    hint: 'Its default export must be defineScenario({ name, run }).',
  })
}

/** The files that paths and patterns name, each once, in order. */
function filesOf(patterns: readonly string[]): string[] {
  const files = new Set<string>()
  for (const pattern of patterns) {
    const found = statSync(pattern, { throwIfNoEntry: false })?.isFile()
      ? [pattern]
      : globSync(pattern, { onlyFiles: true })
    if (found.length === 0) throw gridError('GRID_SCRIPT_NOT_FOUND', { detail: pattern })
    for (const file of found.sort()) files.add(resolve(file))
  }
  return [...files]
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw gridError('GRID_OUT_REFUSED', { detail: path, cause })
  }
}
