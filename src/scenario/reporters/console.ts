// Shows scenarios while they go, and sums up: plain lines, with colour where a terminal reads them.

import { relative } from 'node:path'
import type { Progress, StepReport } from '../runner.ts'
import { type FileReport, repeatCommand, virtualTime } from './report.ts'

/** Where the lines go. */
export interface LineSink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Hears of a run from its begin to its end. */
export interface RunListener extends Progress {
  onFile(file: string): void
  onReport(report: FileReport): void
  onEnd(reports: readonly FileReport[], seed: string): void
}

/** A reporter that writes lines for people. */
export function consoleReporter(sink: LineSink): RunListener {
  const paint = (code: number, text: string) =>
    sink.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text
  const line = (text = ''): void => void sink.write(`${text}\n`)
  const endOfStep = ({ title, depth, from, to, error }: StepReport): void => {
    const sign = error === null ? paint(32, '✓') : paint(31, '✗')
    const time = paint(90, `${virtualTime(to)}${to > from ? ` (+${virtualTime(to - from)})` : ''}`)
    line(`  ${'  '.repeat(depth)}${sign} ${title}  ${time}`)
  }
  return {
    onFile: file => line(`\n${paint(1, relative(process.cwd(), file))}`),
    onStepEnd: endOfStep,
    onReport(report) {
      const { name, isPassed, failure, digest, events, blocks, virtualMs } = report
      line(`  ${isPassed ? paint(32, 'passed') : paint(31, 'FAILED')}  ${name}`)
      if (failure !== null) {
        for (const text of failure.split('\n')) line(`    ${text}`)
        line(`    repeat: ${repeatCommand(report)}`)
      }
      if (digest === '') return
      line(
        paint(
          90,
          `  ${virtualTime(virtualMs)} of virtual time, ${blocks} blocks, ${events} events`,
        ),
      )
      line(`  trace digest ${digest}`)
    },
    onEnd(reports, seed) {
      const passed = reports.filter(({ isPassed }) => isPassed).length
      line(`\n${passed} passed, ${reports.length - passed} failed (seed ${seed})`)
    },
  }
}
