// Shows a run while it goes, and sums up: plain lines, with colour and a moving line where a terminal reads them.

import { relative } from 'node:path'
import type { StepReport } from '../play.ts'
import type { SweepListener, SweepStatus } from '../run/sweep.ts'
import { type FileReport, type RunReport, repeatCommand, virtualTime } from './report.ts'

/** Where the lines go. */
export interface LineSink {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** Shows a run to people. */
export interface ConsoleReporter extends SweepListener {
  onEnd(report: RunReport): void
}

/** How often the progress of a long run is told: in ms of the wall clock, to a terminal and to a file. */
const progressEveryMs = { terminal: 200, plain: 10_000 }

/** Failures of a sweep that are shown at once; the others are in the run's folder. */
const mostShown = 20

/**
 * A reporter that writes lines for people: what happens to `sink`, and how far a long run is to `progress`. `now` is
 * the wall clock in ms.
 */
export function consoleReporter(
  sink: LineSink,
  progress: LineSink,
  now: () => number,
): ConsoleReporter {
  const paint = (code: number, text: string) =>
    sink.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text
  const line = (text = ''): void => void sink.write(`${text}\n`)
  const ticker = progressTicker(progress, now)
  let isLive = true
  let isSweep = false
  let shown = 0
  let repeatWith = ''
  const endOfStep = ({ title, depth, from, to, error }: StepReport): void => {
    const sign = error === null ? paint(32, '✓') : paint(31, '✗')
    const time = paint(90, `${virtualTime(to)}${to > from ? ` (+${virtualTime(to - from)})` : ''}`)
    line(`  ${'  '.repeat(depth)}${sign} ${title}  ${time}`)
  }
  const onFile = (file: string) => line(`\n${paint(1, relative(process.cwd(), file))}`)
  const onOutcome = (report: FileReport): void => {
    const { name, isPassed, failure, digest, events, blocks, virtualMs, skipped } = report
    if (skipped !== undefined) {
      line(`  ${paint(33, 'skipped')}  ${name}: ${skipped}`)
      return
    }
    line(`  ${isPassed ? paint(32, 'passed') : paint(31, 'FAILED')}  ${name}`)
    if (failure !== null) {
      for (const text of failure.split('\n')) line(`    ${text}`)
      line(`    repeat: ${repeatCommand(report, repeatWith)}`)
      if (report.trace !== undefined) line(`    trace: ${relative(process.cwd(), report.trace)}`)
    }
    if (digest === '') return
    const size = `${virtualTime(virtualMs)} of virtual time, ${blocks} blocks, ${events} events`
    line(paint(90, `  ${size}`))
    line(`  trace digest ${digest}`)
  }
  return {
    onBegin(run) {
      isLive = run.isLive
      isSweep = run.seeds > 1
      repeatWith = run.repeatWith
      ticker.begin()
    },
    onJob({ file }) {
      if (isLive) onFile(file)
    },
    onStepEnd(step) {
      if (isLive) endOfStep(step)
    },
    onReport(report, status) {
      ticker.clear()
      if (isLive) onOutcome(report)
      else if (!isSweep || (!report.isPassed && shown < mostShown)) {
        if (!report.isPassed) shown += 1
        onFile(report.file)
        if (isSweep) line(`  seed ${report.seed}`)
        for (const step of report.steps) endOfStep(step)
        onOutcome(report)
      }
      if (!isLive) ticker.tick(status)
    },
    onEnd(report) {
      ticker.clear()
      const { passed, failed, skipped, unplayed, seed, seeds } = report
      const { neverTrue, isNeverTrueFailure } = report
      if (isSweep && failed > shown) line(`\n... and ${failed - shown} more failures`)
      for (const { name, what, seeds: looked } of neverTrue) {
        const sign = isNeverTrueFailure ? paint(31, 'FAILED') : paint(33, 'note')
        line(`\n${sign}  never true in ${countOf(looked, 'seed')}: '${what}' (${name})`)
      }
      const left = skipped > 0 ? `, ${skipped} skipped` : ''
      const rest = unplayed > 0 ? `, ${unplayed} not played` : ''
      const which = seeds === 1 ? `seed ${seed}` : `${seeds} seeds from ${seed}`
      line(`\n${passed} passed, ${failed} failed${left}${rest} (${which})`)
    },
  }
}

function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

/** Tells now and then how far a run is: one line that moves on a terminal, lines of their own elsewhere. */
function progressTicker(sink: LineSink, now: () => number) {
  const every = sink.isTTY ? progressEveryMs.terminal : progressEveryMs.plain
  let beganAt = 0
  let toldAt = 0
  let isOpen = false
  return {
    begin() {
      beganAt = now()
      toldAt = beganAt
    },
    tick({ played, failed, jobs }: SweepStatus) {
      const at = now()
      if (played >= jobs || at - toldAt < every) return
      toldAt = at
      const anHour = Math.round((played / Math.max(1, at - beganAt)) * 3_600_000)
      const text = `${played} of ${jobs} played, ${failed} failed, ${anHour} an hour`
      sink.write(sink.isTTY ? `\r${text}\u001b[K` : `${text}\n`)
      isOpen = sink.isTTY === true
    },
    clear() {
      if (isOpen) sink.write('\r\u001b[K')
      isOpen = false
    },
  }
}
