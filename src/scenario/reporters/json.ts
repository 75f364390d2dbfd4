// A run as JSON, for programs.

import { version } from '../../grid/world.ts'
import { isGreen, type RunReport, repeatCommand } from './report.ts'

/** The run as JSON text. */
export function jsonReport(run: RunReport): string {
  const { seed, seeds, passed, failed, skipped, unplayed, leftOut, neverTrue, repeatWith } = run
  const scenarios = run.reports.map(({ timeline: _, ...report }) => ({
    ...report,
    repeat: repeatCommand(report, repeatWith),
  }))
  const text = JSON.stringify(
    {
      version,
      isGreen: isGreen(run),
      seed,
      seeds,
      passed,
      failed,
      skipped,
      unplayed,
      /** Reports of a long run that are not among the scenarios. */
      leftOut,
      neverTrue,
      scenarios,
    },
    null,
    2,
  )
  return `${text}\n`
}
