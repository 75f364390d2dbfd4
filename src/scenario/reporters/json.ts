// A run as JSON, for programs.

import { version } from '../../grid/world.ts'
import { type FileReport, repeatCommand } from './report.ts'

/** The run as JSON text. */
export function jsonReport(reports: readonly FileReport[], seed: string): string {
  const passed = reports.filter(({ isPassed }) => isPassed).length
  const scenarios = reports.map(report => ({ ...report, repeat: repeatCommand(report) }))
  const run = { version, seed, passed, failed: reports.length - passed, scenarios }
  return `${JSON.stringify(run, null, 2)}\n`
}
