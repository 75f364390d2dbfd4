// What reporters are given: scenario files and how they went, and the run as a whole.

import type { TimelineData } from '../run/timeline.ts'
import type { ScenarioReport } from '../runner.ts'

/** A scenario file and how it went. */
export interface FileReport extends ScenarioReport {
  /** Absolute path. */
  readonly file: string
  /** Why it was not played on the target; nobody has failed. */
  readonly skipped?: string
  /** The command that repeats it, where it is another than that of file and seed. */
  readonly repeat?: string
  /** Path of its trace, where one was written. */
  readonly trace?: string
  /** What happened, as a picture; where a report draws it. */
  readonly timeline?: TimelineData
}

/** Something that was to be true sometimes and never was, in none of the seeds. */
export interface NeverTrue {
  readonly file: string
  readonly name: string
  readonly what: string
  /** In how many seeds it was looked for. */
  readonly seeds: number
}

/** A run at its end. */
export interface RunReport {
  /** The first of its seeds. */
  readonly seed: string
  /** How many seeds each scenario had. */
  readonly seeds: number
  readonly passed: number
  readonly failed: number
  /** Scenarios that the target has no means for; they have not failed. */
  readonly skipped: number
  /** Jobs that were not played, because the run ended at the first failure. */
  readonly unplayed: number
  /** Those that failed and the first that passed; in long runs not all. */
  readonly reports: readonly FileReport[]
  /** Reports that are not among them. */
  readonly leftOut: number
  readonly neverTrue: readonly NeverTrue[]
  /** Whether what never was true fails the run: not where one seed or a part of the run was all there was. */
  readonly isNeverTrueFailure: boolean
  /** What is needed beside file and seed to repeat a scenario: ` --target URL`. */
  readonly repeatWith: string
}

/** Whether a run was all green. */
export function isGreen({ failed, neverTrue, isNeverTrueFailure }: RunReport): boolean {
  return failed === 0 && !(isNeverTrueFailure && neverTrue.length > 0)
}

/** The command that plays a scenario again with the same seed. */
export function repeatCommand({ file, seed, repeat }: FileReport, repeatWith = ''): string {
  return repeat ?? `pocketgrid run ${quoted(file)} --seed ${quoted(seed)}${repeatWith}`
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Virtual ms as people read them: `1h 02m 03.5s`. */
export function virtualTime(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = ((ms % 60_000) / 1000).toFixed(1)
  if (hours > 0)
    return `${hours}h ${String(minutes).padStart(2, '0')}m ${seconds.padStart(4, '0')}s`
  return minutes > 0 ? `${minutes}m ${seconds.padStart(4, '0')}s` : `${seconds}s`
}
