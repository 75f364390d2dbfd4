// The scenarios that are and were played on a grid: what their processes tell, the last of them kept. No part of the
// world, so that they outlive its going back.

import { nothingTold, type ToldRun } from './run-told.ts'
import type { RunDetail, RunItem, RunState } from './run-types.ts'

/** Runs that are kept. */
const mostRuns = 50

/** A process that was not heard of for so long is lost, in ms of the wall clock; they tell something every few seconds. */
const silenceMs = 30_000

/** A run that this grid has started, as its process stands. */
export interface OwnProcess {
  /** The last that it has printed. */
  output(): string
}

/** How a process ended, where it did not tell its run's end. */
export interface ProcessEnd {
  readonly state: 'failed' | 'stopped'
  readonly failure: string | null
}

/** One run. */
interface Run {
  readonly id: number
  readonly key: string
  readonly startedAt: number
  readonly own: OwnProcess | null
  told: ToldRun
  heardAt: number
  endedAt: number | null
  /** Set when its process ended without its end, or when the grid could not be taken back. */
  end: ProcessEnd | null
}

/** What was told of the runs of a grid. `now` is the wall clock in ms. */
export class RunBoard {
  readonly #now: () => number
  readonly #runs = new Map<string, Run>()
  #lastId = 0

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Newest first. */
  list(): RunItem[] {
    return [...this.#runs.values()].reverse().map(run => this.#itemOf(run))
  }

  find(id: number): RunDetail | null {
    const run = [...this.#runs.values()].find(each => each.id === id)
    return run ? this.#detailOf(run) : null
  }

  /** The run that goes on, if there is one. */
  running(): RunItem | null {
    return this.list().find(({ state }) => state === 'running') ?? null
  }

  /** A process tells of its run: how it stands, or how it ended. Nothing is told of one that is over. */
  tell(key: string, told: ToldRun): RunItem {
    const run = this.#runs.get(key) ?? this.#add(key, told, null)
    if (run.endedAt === null) {
      // What this grid has started is known by its place in the folder.
      run.told = run.own === null ? told : { ...told, file: run.told.file }
      run.heardAt = this.#now()
      if (told.state !== 'running') run.endedAt = run.heardAt
    }
    return this.#itemOf(run)
  }

  /** This grid has started a run. */
  begin(key: string, { file, seed }: { file: string; seed: string }, own: OwnProcess): RunDetail {
    return this.#detailOf(this.#add(key, { ...nothingTold, file, seed }, own))
  }

  /** The process of a run is gone; how it ended counts where the run's end was not told. False when it was. */
  ended(key: string, end: ProcessEnd): boolean {
    const run = this.#runs.get(key)
    if (!run || run.endedAt !== null) return false
    run.end = end
    run.endedAt = this.#now()
    return true
  }

  /** Something more that people have to know of a run. */
  note(key: string, text: string): void {
    const run = this.#runs.get(key)
    if (!run) return
    const { state, failure } = run.end ?? { state: 'failed', failure: run.told.failure }
    run.end = { state, failure: failure === null ? text : `${failure}\n${text}` }
  }

  #add(key: string, told: ToldRun, own: OwnProcess | null): Run {
    this.#lastId += 1
    const now = this.#now()
    const run = { id: this.#lastId, key, startedAt: now, own, told, heardAt: now, end: null }
    const added: Run = { ...run, endedAt: null }
    this.#runs.set(key, added)
    while (this.#runs.size > mostRuns) {
      // Those that are over go first, the oldest before the others; one that this grid plays stays, to be stopped.
      const old = [...this.#runs.values()]
      const isOver = ({ endedAt }: Run) => endedAt !== null
      const { key: gone } = (old.find(isOver) ?? old.find(({ own }) => own === null))!
      this.#runs.delete(gone)
    }
    return added
  }

  #stateOf({ told, end, endedAt, own, heardAt }: Run): RunState {
    if (end !== null) return end.state
    if (endedAt === null && own === null && this.#now() - heardAt > silenceMs) return 'lost'
    return told.state
  }

  #itemOf(run: Run): RunItem {
    const { id, told, startedAt, own, end } = run
    const state = this.#stateOf(run)
    const failure = end?.failure ?? told.failure
    const until = run.endedAt ?? (state === 'lost' ? run.heardAt : this.#now())
    return {
      id,
      name: told.name,
      file: told.file,
      seed: told.seed,
      state,
      startedAt,
      tookMs: Math.round(until - startedAt),
      virtualMs: told.virtualMs,
      step: (told.steps.findLast(({ to }) => to === null) ?? told.steps.at(-1))?.title ?? null,
      reason: told.reason ?? failure?.split('\n')[0] ?? null,
      isOwn: own !== null,
    }
  }

  #detailOf(run: Run): RunDetail {
    const { told, end, own } = run
    const { steps, stepsLeftOut, digest, events, blocks, repeat } = told
    return {
      ...this.#itemOf(run),
      steps,
      stepsLeftOut,
      failure: end?.failure ?? told.failure,
      digest,
      events,
      blocks,
      repeat,
      output: own?.output() ?? '',
    }
  }
}
