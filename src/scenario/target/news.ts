// Tells a target of the scenarios that are played on it: when one begins, how far it is, and how it ended.

import { randomUUID } from 'node:crypto'
import { relative } from 'node:path'
import { Worker } from 'node:worker_threads'
import { nothingTold, runBounds, type ToldRun } from '../../services/control/run-told.ts'
import { type FileReport, repeatCommand } from '../reporters/report.ts'
import type { SweepListener } from '../run/sweep.ts'
import type { NewsItem } from './news-sender.ts'
import type { Target } from './target.ts'

/** How long the last news may take, in ms of the wall clock. */
const lastWithinMs = 5_000

type Step = ToldRun['steps'][number]

/** Who tells. */
export interface News<L extends SweepListener> {
  /** Hears of the run, and lets another listener hear of it. */
  readonly listener: L
  /** Resolves when all is told, or the target does not listen. */
  end(): Promise<void>
}

/**
 * Lets a target hear of a run beside a listener of one's own. What plays a scenario stands still while it waits, so
 * that a thread of its own does the talking; a target that does not listen is nobody's failure. The first scenario is
 * told under `firstKey`, if whoever started the run has one.
 */
export function tellTarget<L extends SweepListener>(
  target: Target,
  listener: L,
  { firstKey, thread = threadTo }: { firstKey?: string | undefined; thread?: typeof threadTo } = {},
): News<L> {
  const { put, end } = thread(target)
  let key = firstKey ?? randomUUID()
  let isFirst = true
  let repeatWith = ''
  let steps: Step[] = []
  let told: ToldRun | null = null
  const tell = (change: Partial<ToldRun>): void => {
    if (told === null) return
    const shown = steps.slice(-runBounds.steps)
    told = { ...told, ...change, steps: shown, stepsLeftOut: steps.length - shown.length }
    put({ key, run: told })
  }
  const begin = ({ file, seed }: { file: string; seed: string }): void => {
    if (!isFirst) key = randomUUID()
    isFirst = false
    steps = []
    const shown = cut(relative(process.cwd(), file), runBounds.text)
    told = { ...nothingTold, file: shown, seed: cut(seed, 100) }
    tell({})
  }
  return {
    listener: {
      ...listener,
      onBegin(run) {
        repeatWith = run.repeatWith
        listener.onBegin(run)
      },
      onJob(job) {
        begin(job)
        listener.onJob(job)
      },
      onStep(step) {
        const { title, depth, at: from } = step
        steps.push({ title: cut(title, runBounds.title), depth, from, to: null, error: null })
        tell({})
        listener.onStep?.(step)
      },
      onStepEnd(step) {
        steps = ended(steps, step)
        tell({})
        listener.onStepEnd?.(step)
      },
      onReport(report, status) {
        // Where steps are not told one by one, the report has them all.
        if (steps.length < report.steps.length) {
          steps = report.steps.map(({ title, ...step }) => closed(step, title))
        }
        tell(endOf(report, repeatWith))
        listener.onReport(report, status)
      },
    },
    end,
  }
}

function ended(steps: readonly Step[], step: Omit<Step, 'to'> & { to: number }): Step[] {
  const { title, ...rest } = step
  const at = steps.findLastIndex(({ to, depth }) => to === null && depth === step.depth)
  const end = closed(rest, title)
  return at < 0 ? [...steps, end] : steps.with(at, end)
}

function closed(step: Omit<Step, 'title'>, title: string): Step {
  const error = step.error === null ? null : cut(step.error, runBounds.text)
  return { ...step, title: cut(title, runBounds.title), error }
}

function endOf(report: FileReport, repeatWith: string): Partial<ToldRun> {
  const { name, isPassed, failure, skipped, digest, events, blocks, virtualMs } = report
  return {
    name: cut(name, runBounds.text),
    state: skipped !== undefined ? 'skipped' : isPassed ? 'passed' : 'failed',
    reason: skipped === undefined ? null : cut(`skipped: ${skipped}`, runBounds.text),
    failure: failure === null ? null : cut(failure, runBounds.failure),
    digest,
    events,
    blocks,
    virtualMs: Math.max(0, virtualMs),
    repeat: cut(repeatCommand(report, repeatWith), 2_000),
  }
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** A thread that sends news. */
function threadTo({ control, token }: Target): {
  put(item: NewsItem): void
  end(): Promise<void>
} {
  const worker = new Worker(new URL('./news-sender.js', import.meta.url), {
    workerData: { control: control.replace(/\/+$/, ''), token },
  })
  // Whether anybody listens must not keep this process alive, or end it.
  worker.unref()
  worker.on('error', () => undefined)
  const gone = new Promise<void>(done => worker.once('exit', () => done()))
  return {
    put: item => worker.postMessage(item),
    async end() {
      worker.ref()
      worker.postMessage(null)
      const timer = setTimeout(() => void worker.terminate(), lastWithinMs)
      await gone
      clearTimeout(timer)
    },
  }
}
