// What keeps a grid over a crash: its configuration, and every input from outside with its place in history.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { RootDatabase } from 'lmdb'
import type { ChainEdit } from '../chain/node/edits.ts'
import type { WorldConfig } from '../config/config.ts'
import { GridError, gridError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BusMessage } from '../rmb/bus.ts'
import type { KycChange } from '../services/kyc/table.ts'

/**
 * The inputs that change a world from outside, and what each carries. Everything else follows from them: the world
 * is a function of its configuration and its inputs.
 */
export interface Inputs {
  /** A signed extrinsic. */
  'chain.submit': Uint8Array
  /** A message that came over a socket for somebody in this process. */
  'rmb.message': BusMessage
  /** Somebody was verified, or no longer. */
  'kyc.change': KycChange
  /** The chain was changed by hand. */
  'chain.edit': ChainEdit
  /** The world was remembered, under the next id. */
  'world.snapshot': null
  /** The world was taken back to the snapshot of this id. */
  'world.revert': string
  /** Virtual time was moved forward to this time in ms since the Unix epoch. */
  'time.advanceTo': number
}

/** What a world was made of. */
export interface WorldOrigin {
  readonly config: WorldConfig
  readonly startAt: number
  readonly relay: string
  readonly accounts: readonly string[]
}

interface Entry {
  readonly kind: keyof Inputs
  /** How many events the kernel had handled. */
  readonly place: number
  /** Virtual time in ms since the Unix epoch. */
  readonly at: number
  readonly payload: unknown
}

/** How far the world had come by itself since its last input. */
interface Reached {
  /** How many inputs there were. */
  readonly inputs: number
  readonly place: number
  readonly at: number
}

interface Origin extends WorldOrigin {
  /** Form of what is kept; a change of the world's rules raises it. */
  readonly form: number
}

const form = 1

/** The record of a grid in a data directory. */
export class Journal {
  readonly #db: RootDatabase
  readonly #dir: string
  #length: number
  #reached: Reached | null = null

  private constructor(db: RootDatabase, dir: string) {
    this.#db = db
    this.#dir = dir
    const last = [
      ...db.getKeys({ reverse: true, limit: 1, start: Number.MAX_SAFE_INTEGER, end: -1 }),
    ][0]
    this.#length = typeof last === 'number' ? last + 1 : 0
  }

  /** Opens the record in a directory, which is made when it is not there. GRID_DATA_BROKEN when it cannot be. */
  static async open(dir: string): Promise<Journal> {
    try {
      makeFolder(resolve(dir))
      lock(dir)
      const { open } = await import('lmdb')
      // Without a sync to the disk a commit survives the end of the process, though not of the machine.
      const db = open({ path: dir, noSync: true, noMetaSync: true, encoding: 'msgpack' })
      return new Journal(db, dir)
    } catch (cause) {
      if (cause instanceof GridError) throw cause
      throw gridError('GRID_DATA_BROKEN', { detail: dir, cause })
    }
  }

  /** How many inputs are recorded. */
  get length(): number {
    return this.#length
  }

  /** What the recorded world was made of; null for a new record. GRID_DATA_MISMATCH when it is another one. */
  origin(config: WorldConfig, accounts: readonly string[]): WorldOrigin | null {
    const kept = this.#db.get('origin') as Origin | undefined
    if (!kept) return null
    if (kept.form !== form) throw gridError('GRID_DATA_BROKEN', { detail: `form ${kept.form}` })
    const asked = JSON.stringify({ config, accounts })
    if (JSON.stringify({ config: kept.config, accounts: kept.accounts }) !== asked) {
      throw gridError('GRID_DATA_MISMATCH')
    }
    return kept
  }

  /** Begins a new record. */
  begin(origin: WorldOrigin): void {
    this.#db.putSync('origin', { ...origin, form })
  }

  /** Records an input. It is kept before this returns, so that what follows may be told to the outside. */
  record<K extends keyof Inputs>(kernel: Kernel, kind: K, payload: Inputs[K]): void {
    this.recordAt({ place: kernel.handledEvents, at: kernel.now() }, kind, payload)
  }

  /** As `record`, for an input that has entered already, at its place. */
  recordAt<K extends keyof Inputs>(
    { place, at }: { place: number; at: number },
    kind: K,
    payload: Inputs[K],
  ): void {
    const entry: Entry = { kind, place, at, payload }
    this.#db.putSync(this.#length, entry)
    this.#length += 1
  }

  /**
   * Notes how far events have led, so that a world comes back to no earlier moment than one of which somebody was told:
   * blocks fall due without an input. It costs nothing while no event has happened.
   */
  reach(kernel: Kernel): void {
    const inputs = this.#length
    const place = kernel.handledEvents
    if (this.#reached?.inputs === inputs && this.#reached.place === place) return
    this.#reached = { inputs, place, at: kernel.now() }
    this.#db.putSync('reached', this.#reached)
  }

  /** Lets a new world go through everything that is recorded. */
  replay(
    kernel: Kernel,
    apply: { readonly [K in keyof Inputs]: (payload: Inputs[K]) => void },
  ): void {
    for (let i = 0; i < this.#length; i += 1) {
      const { kind, place, at, payload } = this.#db.get(i) as Entry
      kernel.replayTo({ place, at })
      apply[kind](payload as never)
    }
    const reached = this.#db.get('reached') as Reached | undefined
    // An input that came later has its own place.
    if (reached?.inputs === this.#length) kernel.replayTo(reached)
  }

  async close(): Promise<void> {
    await this.#db.close()
    rmSync(lockOf(this.#dir), { force: true })
  }
}

/** Makes a folder and those above it; one by one, since Node 20 does not return from some that cannot be made. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir))
  mkdirSync(dir)
}

const lockOf = (dir: string): string => join(dir, 'grid.pid')

/** Takes the directory for this process. The lock of a process that is gone is taken over. */
function lock(dir: string): void {
  const path = lockOf(dir)
  const owner = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  if (owner > 0 && isRunning(owner)) {
    throw gridError('GRID_DATA_IN_USE', { detail: `${dir}, by process ${owner}` })
  }
  writeFileSync(path, String(process.pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // A process of another user cannot be asked, but is there.
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}
