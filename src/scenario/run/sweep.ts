// A run from its begin to its end: chooses what is played, plays it, sums it up.

import { resolve } from 'node:path'
import type { Progress } from '../play.ts'
import { type FileReport, quoted, type RunReport } from '../reporters/report.ts'
import { type CrewOptions, playInParallel, playSerially } from './crew.ts'
import {
  countJobs,
  filesOf,
  type Job,
  jobsOf,
  type Selection,
  type Shard,
  selectFiles,
} from './jobs.ts'
import { watchProcess } from './perform.ts'
import { Tally } from './tally.ts'

/** What is played, and how. */
export interface SweepOptions extends Selection {
  /** The first seed. */
  readonly seed: string
  /** How many seeds each scenario has. */
  readonly seeds: number
  readonly shard: Shard
  /** How many processes play at once; 1 plays in this one. */
  readonly parallel: number
  /** End at the first failure. */
  readonly bail: boolean
  readonly crew: CrewOptions
}

/** How far a run is. */
export interface SweepStatus {
  readonly played: number
  readonly failed: number
  readonly jobs: number
}

/** Hears of a run from its begin to its end. */
export interface SweepListener extends Progress {
  /** `isLive`: steps are told while they happen, since jobs are played one by one. */
  onBegin(run: {
    readonly jobs: number
    readonly seeds: number
    readonly isLive: boolean
    /** What is needed beside file and seed to repeat a failure. */
    readonly repeatWith: string
  }): void
  onJob(job: Job): void
  onReport(report: FileReport, status: SweepStatus): void
}

/** Plays the scenarios of paths and patterns. GRID_SCRIPT_NOT_FOUND when nothing is chosen. */
export async function sweep(
  patterns: readonly string[],
  options: SweepOptions,
  listener: SweepListener,
): Promise<RunReport> {
  const watch = watchProcess(() => {
    process.exitCode = 1
    process.stderr.write(
      'GRID_SCRIPT_FAILED: the run ended before its scenarios did\n' +
        'A script called process.exit(), or waits at its top level for something that never comes.\n',
    )
  })
  try {
    const files = (await selectFiles(filesOf(patterns), options)).map(({ file }) => file)
    const { seed, seeds, shard, parallel, bail, crew } = options
    const jobs = jobsOf(files, { first: seed, count: seeds }, shard)
    const count = countJobs(files.length, seeds, shard)
    // What one scenario does to a target, another one would meet.
    const workers = crew.target ? 1 : Math.min(parallel, count)
    const tally = new Tally()
    const repeatWith = repeatWithOf(crew)
    listener.onBegin({ jobs: count, seeds, isLive: workers <= 1 && seeds === 1, repeatWith })
    const onReport = (report: FileReport): boolean => {
      tally.add(report)
      const { played, failed } = tally
      listener.onReport(report, { played, failed, jobs: count })
      return !(bail && failed > 0)
    }
    const folder = { ...crew, traceFolder: resolve(crew.traceFolder) }
    if (workers > 1) await playInParallel(jobs, { workers, options: folder, onReport })
    else {
      const onJob = (job: Job) => listener.onJob(job)
      const progress = seeds === 1 ? listener : {}
      await playSerially(jobs, { options: folder, progress, watch, onJob, onReport })
    }
    const isPart = shard.of > 1
    return tally.end({ seed, seeds, jobs: count, isPart, repeatWith })
  } finally {
    watch.end()
  }
}

/** What is needed beside file and seed to repeat a failure. */
function repeatWithOf({ checkDeterminism, target }: CrewOptions): string {
  if (target) return ` --target ${quoted(target.control)}`
  return checkDeterminism ? ' --check-determinism' : ''
}
