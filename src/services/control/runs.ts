// Scenarios on a running grid: told by the processes that play them, and started and stopped from here.

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { asError } from '../../kernel/errors.ts'
import { NotFound, type Operation, operation } from './operations.ts'
import type { ControlPort } from './ports.ts'
import { RunBoard } from './run-board.ts'
import { runKeySchema, toldRunSchema } from './run-told.ts'
import type { RunDetail, RunItem, ScenarioShelf } from './run-types.ts'

/** A scenario that is played by a process of its own. */
export interface PlayedScenario {
  /** The last that it has printed. */
  output(): string
  /** Ends it; `ended` tells when it has. */
  stop(): void
  /** The exit status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
}

/** A folder of scenarios, and how one of them is played. Whoever starts the grid supplies it. */
export interface ScenarioPlayer {
  /** The folder, as people know it. */
  readonly folder: string
  /** Files in it that can be played, by their paths below it. */
  list(): { readonly files: readonly string[]; readonly leftOut: number }
  /** Starts a process that plays a file on a grid and tells it under a key; null when the folder has no such file. */
  play(
    file: string,
    order: {
      readonly seed: string
      readonly key: string
      /** The control API of the grid. */
      readonly control: string
      readonly token?: string | undefined
    },
  ): PlayedScenario | null
}

/** What starting scenarios needs of a grid. */
export interface RunParts {
  /** Left out where the grid was given no scenarios. */
  readonly player?: ScenarioPlayer | undefined
  readonly grid: () => Pick<ControlPort, 'snapshots'>
  /** Where the control API of this grid is, and what is to be shown there. */
  readonly place: () => { readonly control: string; readonly token?: string | undefined }
}

const orderSchema = z.strictObject({
  file: z.string().min(1).max(500),
  seed: z
    .string()
    .regex(/^\w[\w.-]{0,63}$/, 'a seed has 1 to 64 of A-Z a-z 0-9 _ . -')
    .default('1'),
})

/** How long the process of a run that has told its end may take to go, in ms. */
const goesWithinMs = 3_000

/** Starts and stops scenarios, one at a time: what one does to the grid, another one would meet. */
export class Runs {
  readonly board = new RunBoard()
  readonly #parts: RunParts
  #current: {
    readonly id: number
    readonly played: PlayedScenario
    /** Resolves when the grid has been taken back. */
    readonly over: Promise<void>
  } | null = null
  #isStopping = false
  /** A run is being prepared. */
  #isBusy = false
  #isClosed = false

  constructor(parts: RunParts) {
    this.#parts = parts
  }

  shelf(): ScenarioShelf {
    const { player } = this.#parts
    if (!player) return { folder: null, files: [], leftOut: 0 }
    return { folder: player.folder, ...player.list() }
  }

  /** Plays a file on this grid, which is taken back afterwards whatever becomes of it. */
  async start({
    file,
    seed,
  }: z.output<typeof orderSchema>): Promise<RunDetail | NotFound | { readonly problem: string }> {
    const { player, grid, place } = this.#parts
    if (!player) return { problem: 'this grid has no scenarios: start it with --scenarios DIR' }
    const isPlaying = () => this.#isBusy || this.board.running() !== null
    // A run tells its end a little before its process is gone.
    if (!isPlaying()) await this.#goes()
    if (isPlaying() || this.#current !== null) {
      return { problem: 'a scenario is being played on this grid already' }
    }
    if (!player.list().files.includes(file)) return new NotFound(`scenario '${file}'`)
    this.#isBusy = true
    try {
      const before = await grid().snapshots.take(null)
      const key = randomUUID()
      const played = await this.#played(player, before.id, { file, seed, key, ...place() })
      if (played === null) return new NotFound(`scenario '${file}'`)
      const run = this.board.begin(key, { file, seed }, played)
      const over = played.ended.then(status => this.#end(key, before.id, status))
      this.#current = { id: run.id, played, over }
      this.#isStopping = false
      return run
    } finally {
      this.#isBusy = false
    }
  }

  /** Waits for the process of a run that is over; one that does not go is ended, and not waited for any longer. */
  async #goes(): Promise<void> {
    const { over, played } = this.#current ?? {}
    const late = new Promise<void>(done => setTimeout(done, goesWithinMs).unref())
    await Promise.race([over, late])
    if (this.#current !== null) played?.stop()
  }

  /** Starts the process of a run; where there is none, nothing needs to be taken back. */
  async #played(
    player: ScenarioPlayer,
    before: string,
    { file, ...order }: { file: string } & Parameters<ScenarioPlayer['play']>[1],
  ): Promise<PlayedScenario | null> {
    let played: PlayedScenario | null = null
    try {
      played = player.play(file, order)
      return played
    } finally {
      if (played === null) await this.#parts.grid().snapshots.remove(before)
    }
  }

  /** Ends a run that this grid has started; the grid goes back to before it. */
  stop(id: number): RunItem | NotFound | { readonly problem: string } {
    const run = this.board.find(id)
    if (!run) return new NotFound(`run ${id}`)
    if (this.#current?.id !== id) {
      return { problem: 'only a run that was started here and is not over can be stopped' }
    }
    this.#isStopping = true
    this.#current.played.stop()
    return run
  }

  /** Ends what plays: the grid is going. */
  close(): void {
    this.#isClosed = true
    this.#current?.played.stop()
  }

  async #end(key: string, before: string, status: number | NodeJS.Signals): Promise<void> {
    const isUnfinished = this.board.ended(key, {
      state: this.#isStopping ? 'stopped' : 'failed',
      failure: this.#isStopping
        ? null
        : `its process ended (${status}) before the scenario did: look at what it printed`,
    })
    if (this.#isClosed) return
    try {
      const { snapshots } = this.#parts.grid()
      if (isUnfinished) await snapshots.revert(before)
      await snapshots.remove(before)
    } catch (cause) {
      this.board.note(key, `the grid could not be taken back: ${asError(cause).message}`)
    }
    this.#current = null
  }
}

/** The operations about scenarios. */
export function runOperations(runs: Runs): readonly Operation[] {
  const { board } = runs
  const idParams = z.object({ id: z.coerce.number<string>().int().min(1) })
  return [
    operation('GET', '/scenarios', {
      title: 'The scenarios that this grid can play on itself',
      run: () => runs.shelf(),
    }),
    operation('GET', '/scenarios/runs', {
      title: 'Scenarios that are or were played on this grid, newest first',
      run: () => board.list(),
    }),
    operation('POST', '/scenarios/runs', {
      title: 'Play a scenario on this grid, and take the grid back afterwards; one at a time',
      body: orderSchema,
      status: 201,
      run: ({ body }) => runs.start(body),
    }),
    operation('GET', '/scenarios/runs/{id}', {
      title: 'A run with its steps and its report',
      params: idParams,
      run: ({ params }) => board.find(params.id) ?? new NotFound(`run ${params.id}`),
    }),
    operation('POST', '/scenarios/runs/{id}/stop', {
      title: 'Stop a run that was started here; the grid goes back to before it',
      params: idParams,
      run: ({ params }) => runs.stop(params.id),
    }),
    operation('PUT', '/scenarios/told/{key}', {
      title: 'How a run stands, as the process tells that plays it: see pocketgrid run --target',
      params: z.object({ key: runKeySchema }),
      body: toldRunSchema,
      run: ({ params, body }) => board.tell(params.key, body),
    }),
  ]
}
