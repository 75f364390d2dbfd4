// What keeps a grid over a crash: its configuration, and every input from outside with its place in history.

import { mkdirSync } from 'node:fs'
import type { RootDatabase } from 'lmdb'
import type { WorldConfig } from '../config/config.ts'
import { gridError } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BusMessage } from '../rmb/bus.ts'

/**
 * The inputs that change a world from outside, and what each carries. Everything else follows from them: the world
 * is a function of its configuration and its inputs.
 */
export interface Inputs {
  /** A signed extrinsic. */
  'chain.submit': Uint8Array
  /** A message that came over a socket for somebody in this process. */
  'rmb.message': BusMessage
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

interface Origin extends WorldOrigin {
  /** Form of what is kept; a change of the world's rules raises it. */
  readonly form: number
}

const form = 1

/** The record of a grid in a data directory. */
export class Journal {
  readonly #db: RootDatabase
  #length: number

  private constructor(db: RootDatabase) {
    this.#db = db
    const last = [
      ...db.getKeys({ reverse: true, limit: 1, start: Number.MAX_SAFE_INTEGER, end: -1 }),
    ][0]
    this.#length = typeof last === 'number' ? last + 1 : 0
  }

  /** Opens the record in a directory, which is made when it is not there. GRID_DATA_BROKEN when it cannot be. */
  static async open(dir: string): Promise<Journal> {
    try {
      mkdirSync(dir, { recursive: true })
      const { open } = await import('lmdb')
      // Without a sync to the disk a commit survives the end of the process, though not of the machine.
      return new Journal(open({ path: dir, noSync: true, noMetaSync: true, encoding: 'msgpack' }))
    } catch (cause) {
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
    const entry: Entry = { kind, place: kernel.handledEvents, at: kernel.now(), payload }
    this.#db.putSync(this.#length, entry)
    this.#length += 1
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
  }

  close(): Promise<void> {
    return this.#db.close()
  }
}
