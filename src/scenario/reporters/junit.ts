// A run as JUnit XML, for CI systems.

import { relative } from 'node:path'
import { type FileReport, type RunReport, repeatCommand } from './report.ts'

/** The run as JUnit XML: a suite per scenario and seed, a case per step, and one for the scenario as a whole. */
export function junitReport(run: RunReport): string {
  const { reports, neverTrue, isNeverTrueFailure, seed, seeds } = run
  const claims = isNeverTrueFailure ? neverTrue : []
  const suites = [...reports.map(report => suiteOf(report, run)), ...claims.map(claimSuite)]
  const all = suites.reduce((sum, each) => sum + each.tests, 0)
  const failures = suites.reduce((sum, each) => sum + each.failures, 0)
  const counts = `tests="${all}" failures="${failures}" errors="0" skipped="${run.skipped}"`
  const note = seeds === 1 ? `seed ${seed}` : `${seeds} seeds from ${seed}; ${run.leftOut} left out`
  const body = suites.map(({ text }) => text).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="pocketgrid" ${counts}>\n<!-- ${comment(note)} -->\n${body}</testsuites>\n`
}

interface Suite {
  readonly text: string
  readonly tests: number
  readonly failures: number
}

function suiteOf(report: FileReport, { seeds, repeatWith }: RunReport): Suite {
  const { file, steps, failure, virtualMs, seed, skipped } = report
  if (skipped !== undefined) return skippedSuite(report, skipped)
  const name = seeds === 1 ? report.name : `${report.name} [seed ${seed}]`
  const path = xml(relative(process.cwd(), file))
  const cases = steps.map(({ title, from, to, error }) => {
    const open = `    <testcase classname="${path}" name="${xml(title)}" time="${seconds(to - from)}"`
    return error === null
      ? `${open}/>\n`
      : `${open}><failure message="${xml(error)}"/></testcase>\n`
  })
  const open = `    <testcase classname="${path}" name="${xml(name)}" time="${seconds(virtualMs)}"`
  const whole =
    failure === null
      ? `${open}/>\n`
      : `${open}><failure message="${xml(failure.split('\n')[0]!)}">${xml(`${failure}\nrepeat: ${repeatCommand(report, repeatWith)}`)}</failure></testcase>\n`
  const failures = steps.filter(({ error }) => error !== null).length + (failure === null ? 0 : 1)
  const tests = steps.length + 1
  const head = `name="${xml(name)}" tests="${tests}" failures="${failures}" errors="0" skipped="0" time="${seconds(virtualMs)}"`
  const text = `  <testsuite ${head} file="${path}">\n${cases.join('')}${whole}  </testsuite>\n`
  return { text, tests, failures }
}

/** A scenario that the target has no means for. */
function skippedSuite({ file, name }: FileReport, reason: string): Suite {
  const path = xml(relative(process.cwd(), file))
  const head = `name="${xml(name)}" tests="1" failures="0" errors="0" skipped="1" time="0.000"`
  const test = `<testcase classname="${path}" name="${xml(name)}" time="0.000"><skipped message="${xml(reason)}"/></testcase>`
  const text = `  <testsuite ${head} file="${path}">\n    ${test}\n  </testsuite>\n`
  return { text, tests: 1, failures: 0 }
}

/** What was to be true sometimes and never was. */
function claimSuite({ file, name, what, seeds }: RunReport['neverTrue'][number]): Suite {
  const path = xml(relative(process.cwd(), file))
  const head = `name="${xml(name)}" tests="1" failures="1" errors="0" skipped="0" time="0.000"`
  const failure = `<failure message="never true in ${seeds} seeds"/>`
  const text = `  <testsuite ${head} file="${path}">\n    <testcase classname="${path}" name="sometimes: ${xml(what)}" time="0.000">${failure}</testcase>\n  </testsuite>\n`
  return { text, tests: 1, failures: 1 }
}

/** Virtual ms in seconds. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

/** Text as it may stand in a comment, which holds no two hyphens and ends in none. */
function comment(text: string): string {
  return xml(text).replaceAll('-', '‐')
}

/** Text as it may stand in XML: markup escaped, characters that XML has not left out. */
function xml(text: string): string {
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
