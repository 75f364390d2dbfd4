// `pocketgrid run`: plays scenarios with their seeds, shows how it goes, and leaves a folder with what there is to know.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defaultSeed } from '../config/config.ts'
import { gridError } from '../kernel/errors.ts'
import { consoleReporter } from '../scenario/reporters/console.ts'
import { htmlReport } from '../scenario/reporters/html.ts'
import { jsonReport } from '../scenario/reporters/json.ts'
import { junitReport } from '../scenario/reporters/junit.ts'
import { isGreen, type RunReport, repeatCommand } from '../scenario/reporters/report.ts'
import type { Shard } from '../scenario/run/jobs.ts'
import { type SweepListener, sweep } from '../scenario/run/sweep.ts'
import { exitCodes } from './exit-codes.ts'

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
  const report = await sweep(
    patterns,
    {
      seed: options.seed ?? defaultSeed,
      seeds: options.seeds ?? 1,
      only: options.only,
      tags: options.tag,
      shard: options.shard ?? { index: 1, of: 1 },
      parallel: options.parallel ?? 1,
      bail: options.bail ?? false,
      crew: {
        checkDeterminism: options.checkDeterminism ?? false,
        draws: reporters.has('html'),
        traces: options.trace ? 'all' : 'failed',
        traceFolder: join(out, 'traces'),
      },
    },
    show,
  )
  show.onEnd(report)
  if (reporters.has('json')) write(join(out, 'report.json'), jsonReport(report))
  if (reporters.has('junit')) write(join(out, 'junit.xml'), junitReport(report))
  if (reporters.has('html')) write(join(out, 'report.html'), htmlReport(report))
  if (report.failed > 0) write(join(out, 'repeat.sh'), repeatScript(report))
  return isGreen(report) ? exitCodes.done : exitCodes.failed
}

/** The commands that play each failure again. */
function repeatScript({ reports, repeatWith }: RunReport): string {
  const failed = reports.filter(({ isPassed }) => !isPassed)
  return `#!/bin/sh\n${failed.map(each => repeatCommand(each, repeatWith)).join('\n')}\n`
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw gridError('GRID_OUT_REFUSED', { detail: path, cause })
  }
}
