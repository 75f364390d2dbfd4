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
  const show = reporters.has('console') ? consoleReporter(process.stdout) : null
  const reports: FileReport[] = []
  for (const file of files) {
    show?.onFile(file)
    const report = { file, ...(await play(file, seed, show ?? {})) }
    reports.push(report)
    show?.onReport(report)
  }
  show?.onEnd(reports, seed)
  const out = options.out ?? 'out'
  if (reporters.has('json')) write(join(out, 'report.json'), jsonReport(reports, seed))
  if (reporters.has('junit')) write(join(out, 'junit.xml'), junitReport(reports, seed))
  return reports.every(({ isPassed }) => isPassed) ? 0 : 1
}

async function play(
  file: string,
  seed: string,
  progress: Parameters<typeof runScenario>[1]['progress'] & object,
): Promise<ScenarioReport> {
  try {
    const scenario = scenarioOf(await loadScenarioModule(file), file)
    const folder = dirname(file) + sep
    const scriptFiles = (path: string) => path === file || path.startsWith(folder)
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
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
