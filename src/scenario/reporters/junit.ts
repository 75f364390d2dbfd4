// A run as JUnit XML, for CI systems.

import { relative } from 'node:path'
import { type FileReport, repeatCommand } from './report.ts'

/** The run as JUnit XML: a suite per file, a case per step, and one for the scenario as a whole. */
export function junitReport(reports: readonly FileReport[], seed: string): string {
  const failed = reports.filter(({ isPassed }) => !isPassed).length
  const suites = reports.map(suiteOf).join('')
  const counts = `tests="${reports.length}" failures="${failed}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="pocketgrid" ${counts}>\n<!-- seed ${xml(seed).replaceAll('--', '- -')} -->\n${suites}</testsuites>\n`
}

function suiteOf(report: FileReport): string {
  const { name, file, steps, isPassed, failure, virtualMs } = report
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
      : `${open}><failure message="${xml(failure.split('\n')[0]!)}">${xml(`${failure}\nrepeat: ${repeatCommand(report)}`)}</failure></testcase>\n`
  const failures = steps.filter(({ error }) => error !== null).length + (isPassed ? 0 : 1)
  const head = `name="${xml(name)}" tests="${steps.length + 1}" failures="${failures}" time="${seconds(virtualMs)}"`
  return `  <testsuite ${head} file="${path}">\n${cases.join('')}${whole}  </testsuite>\n`
}

/** Virtual ms in seconds. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

/** Text as it may stand in XML: markup escaped, characters that XML has not left out. */
function xml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 cannot hold.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
