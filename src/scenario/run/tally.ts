// Sums a run up while it goes, in memory that does not grow with the number of seeds.

import type { FileReport, NeverTrue, RunReport } from '../reporters/report.ts'

/** Reports of a run that are kept whole: so many that failed, and so many that passed. */
const mostFailed = 500
const mostPassed = 500

/** Pictures that are kept. */
const mostTimelines = 100

interface Claim {
  readonly file: string
  readonly name: string
  readonly what: string
  seeds: number
  isHeld: boolean
}

/** What a run has come to so far. */
export class Tally {
  passed = 0
  failed = 0
  skipped = 0
  readonly #reports: FileReport[] = []
  readonly #claims = new Map<string, Claim>()
  #keptFailed = 0
  #keptPassed = 0
  #timelines = 0

  add(report: FileReport): void {
    if (report.skipped !== undefined) this.skipped += 1
    else if (report.isPassed) this.passed += 1
    else this.failed += 1
    for (const { what, held } of report.sometimes) {
      const key = JSON.stringify([report.file, what])
      const claim = this.#claims.get(key) ?? {
        file: report.file,
        name: report.name,
        what,
        seeds: 0,
        isHeld: false,
      }
      claim.seeds += 1
      claim.isHeld ||= held
      this.#claims.set(key, claim)
    }
    this.#keep(report)
  }

  get played(): number {
    return this.passed + this.failed + this.skipped
  }

  /** What was claimed to be true sometimes and was in no seed so far. */
  neverTrue(): NeverTrue[] {
    return [...this.#claims.values()]
      .filter(({ isHeld }) => !isHeld)
      .map(({ file, name, what, seeds }) => ({ file, name, what, seeds }))
  }

  /** The run as reporters take it. */
  end(run: {
    readonly seed: string
    readonly seeds: number
    readonly jobs: number
    readonly isPart: boolean
    readonly repeatWith: string
  }): RunReport {
    const unplayed = run.jobs - this.played
    return {
      seed: run.seed,
      seeds: run.seeds,
      passed: this.passed,
      failed: this.failed,
      skipped: this.skipped,
      unplayed,
      reports: this.#reports,
      leftOut: this.played - this.#reports.length,
      neverTrue: this.neverTrue(),
      isNeverTrueFailure: run.seeds > 1 && !run.isPart && unplayed === 0,
      repeatWith: run.repeatWith,
    }
  }

  #keep(report: FileReport): void {
    if (report.isPassed ? this.#keptPassed >= mostPassed : this.#keptFailed >= mostFailed) return
    if (report.isPassed) this.#keptPassed += 1
    else this.#keptFailed += 1
    const { timeline, ...rest } = report
    if (timeline !== undefined && this.#timelines < mostTimelines) {
      this.#timelines += 1
      this.#reports.push(report)
    } else this.#reports.push(rest)
  }
}
