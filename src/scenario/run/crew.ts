// Plays jobs: one after the other in this process, or several at once in processes of their own.

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gridError } from '../../kernel/errors.ts'
import type { Progress } from '../play.ts'
import type { FileReport } from '../reporters/report.ts'
import type { Job } from './jobs.ts'
import { notPlayed, type PerformOptions, perform, type StrayWatch } from './perform.ts'

/** The options of `perform` as they cross to another process. */
export interface CrewOptions extends Omit<PerformOptions, 'traceFile'> {
  /** Folder of the traces. */
  readonly traceFolder: string
}

/** What a worker is told. */
export interface WorkerOrder {
  readonly job: Job
  readonly options: CrewOptions
}

/** Is given each report, in the order in which jobs end; false ends the run before the next job begins. */
export type OnReport = (report: FileReport) => boolean

/** Where the trace of a job goes: `traces/<file>.<seed>.ndjson`. */
export function traceFileIn(folder: string): (job: Job) => string {
  return ({ file, seed }) => {
    const name = (file.split(/[\\/]/).at(-1) ?? '').replace(/\.[^.]+$/, '')
    return join(folder, `${plain(name)}.${plain(seed)}.ndjson`)
  }
}

/** A text as part of a file name. */
function plain(text: string): string {
  return text.replaceAll(/[^\w.-]+/g, '_').slice(0, 80)
}

/** Plays jobs one after the other. */
export async function playSerially(
  jobs: Iterable<Job>,
  run: {
    readonly options: CrewOptions
    readonly progress: Progress
    readonly watch: StrayWatch
    readonly onJob: (job: Job) => void
    readonly onReport: OnReport
  },
): Promise<void> {
  const { options, progress, watch } = run
  const traceFile = traceFileIn(options.traceFolder)
  for (const job of jobs) {
    run.onJob(job)
    const report = await perform(job, { ...options, traceFile, progress, watch })
    if (!run.onReport(report)) return
  }
}

const workerFile = fileURLToPath(new URL('./worker.js', import.meta.url))

/** Plays jobs in so many processes; one that is lost fails its job and is replaced. */
export async function playInParallel(
  jobs: Iterable<Job>,
  run: { readonly workers: number; readonly options: CrewOptions; readonly onReport: OnReport },
): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  let isOver = false
  const next = (): Job | null => {
    if (isOver) return null
    const { value, done } = queue.next()
    return done ? null : value
  }
  const work = async (): Promise<void> => {
    let worker: ChildProcess | null = null
    for (let job = next(); job !== null; job = next()) {
      worker ??= fork(workerFile, [], { serialization: 'advanced' })
      const outcome: FileReport | null = await sendJob(worker, { job, options: run.options })
      if (outcome === null) worker = null
      const report = outcome ?? lostReport(job)
      if (!isOver && !run.onReport(report)) isOver = true
    }
    worker?.disconnect()
  }
  await Promise.all(Array.from({ length: run.workers }, work))
}

/** Resolves with the report, or with null when the process ended before it came. */
function sendJob(worker: ChildProcess, order: WorkerOrder): Promise<FileReport | null> {
  return new Promise(resolve => {
    const onMessage = (report: unknown) => end(report as FileReport)
    const onExit = () => end(null)
    const end = (report: FileReport | null) => {
      worker.off('message', onMessage)
      worker.off('exit', onExit)
      resolve(report)
    }
    worker.once('message', onMessage)
    worker.once('exit', onExit)
    worker.send(order, error => {
      if (error) end(null)
    })
  })
}

function lostReport({ file, seed }: Job): FileReport {
  return { ...notPlayed(gridError('GRID_WORKER_LOST'), { name: file, seed }), file }
}
