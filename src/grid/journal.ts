// What keeps a grid over a crash: its configuration, and every input from outside with its place in history.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { RootDatabase } from 'lmdb'
import type { ChainEdit } from '../chain/node/edits.ts'
import type { WorldConfig } from '../config/config.ts'
import { GridError, gridError, invariant } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { BusMessage } from '../rmb/bus.ts'
import type { KycChange } from '../services/kyc/table.ts'
import type { HandInputs } from './hand.ts'

/**
 * The inputs that change a world from outside, and what each carries. Everything else follows from them: the world
 * is a function of its configuration and its inputs.
 */
export interface Inputs extends HandInputs {
  /** A signed extrinsic. */
  'chain.submit': Uint8Array
  /** A message that came over a socket for somebody in this process. */
  'rmb.message': BusMessage
  /** Somebody was verified, or no longer. */
  'kyc.change': KycChange
  /** The chain was changed by hand. */
  'chain.edit': ChainEdit
  /** The world was remembered, under the next id, and a name if there is one. */
  'world.snapshot': { readonly name: string } | null
  /** The world was taken back to the snapshot of this id. */
  'world.revert': string
  /** The snapshot of this id was given up. */
  'world.release': string
  /** The world was taken back to what it was at this time in ms since the Unix epoch. */
  'world.rewind': number
  /** Virtual time was moved forward to this time in ms since the Unix epoch. */
  'time.advanceTo': number
}

/** How each kind of input enters a world. */
export type ApplyInputs = { readonly [K in keyof Inputs]: (payload: Inputs[K]) => void }

/** What a world was made of. */
export interface WorldOrigin {
  readonly config: WorldConfig
  readonly startAt: number
  readonly relay: string
  readonly accounts: readonly string[]
}

/** An input with its place in history. */
export interface Entry {
  readonly kind: keyof Inputs
  /** How many events the kernel had handled. */
  readonly place: number
  /** Virtual time in ms since the Unix epoch. */
  readonly at: number
  readonly payload: unknown
}

/** How far the world had come by itself since its last input. */
export interface Reached {
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

/** Where a journal lies: in a store on disk, or in memory for as long as its process lives. */
interface Shelf {
  /** The oldest input that is still there; the first one when left out. */
  readonly oldest?: number
  get(key: number | string): unknown
  putSync(key: number | string, value: unknown): unknown
  close(): unknown
}

/** The record of a grid in a data directory, or in memory. */
export class Journal {
  readonly #shelf: Shelf
  readonly #unlock: () => void
  readonly #listeners = new Set<(entry: Entry) => void>()
  #length: number
  /** Until all that was recorded by others has been played again: how many inputs have entered. */
  #played: number | null = null
  #reached: Reached | null = null

  private constructor(shelf: Shelf, options: { length: number; unlock: () => void }) {
    this.#shelf = shelf
    this.#length = options.length
    if (this.#length > 0) this.#played = 0
    this.#unlock = options.unlock
  }

  /** A record that ends with its process; it holds so many inputs beside the usual number. */
  static inMemory(more = 0): Journal {
    return new Journal(new MemoryShelf(more), { length: 0, unlock: () => undefined })
  }

  /** Opens the record in a directory, which is made when it is not there. GRID_DATA_BROKEN when it cannot be. */
  static async open(dir: string): Promise<Journal> {
    try {
      const unlock = lockFolder(dir)
      const { open } = await import('lmdb')
      // Without a sync to the disk a commit survives the end of the process, though not of the machine.
      const db = open({ path: dir, noSync: true, noMetaSync: true, encoding: 'msgpack' })
      return new Journal(db, { length: lengthOf(db), unlock })
    } catch (cause) {
      if (cause instanceof GridError) throw cause
      throw gridError('GRID_DATA_BROKEN', { detail: dir, cause })
    }
  }

  /** How many inputs are recorded. */
  get length(): number {
    return this.#length
  }

  /** How many inputs have entered the world: fewer than are recorded while these are played again. */
  get inputs(): number {
    return this.#played ?? this.#length
  }

  /** The oldest input that memory still holds. */
  get oldest(): number {
    return this.#shelf.oldest ?? 0
  }

  /** An input by its number, from 0. */
  at(index: number): Entry {
    const entry = this.#shelf.get(index) as Entry | undefined
    invariant(entry, 'an input that is asked for is kept')
    return entry
  }

  /** What the recorded world was made of; null for a new record. GRID_DATA_MISMATCH when it is another one. */
  origin(config: WorldConfig, accounts: readonly string[]): WorldOrigin | null {
    const kept = this.#shelf.get('origin') as Origin | undefined
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
    this.#shelf.putSync('origin', { ...origin, form })
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
    this.#shelf.putSync(this.#length, entry)
    this.#length += 1
    for (const listener of this.#listeners) listener(entry)
  }

  /** Hears of each input from now on. */
  listen(listener: (entry: Entry) => void): void {
    this.#listeners.add(listener)
  }

  /** The inputs, oldest first; null when there were more than memory holds. */
  entries(): readonly Entry[] | null {
    return this.oldest > 0 ? null : Array.from({ length: this.#length }, (_, i) => this.at(i))
  }

  /** Takes over what another world went through, into a new record: it is played again next. */
  adopt(entries: Iterable<Entry>, reached: Reached | null): void {
    for (const { place, at, kind, payload } of entries) {
      this.recordAt({ place, at }, kind, payload as never)
    }
    if (reached) this.#shelf.putSync('reached', reached)
    this.#played = 0
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
    this.#shelf.putSync('reached', this.#reached)
  }

  /** Lets a new world go through everything that is recorded; `onStep` is called after each input. */
  replay(kernel: Kernel, apply: ApplyInputs, onStep: () => void): void {
    try {
      for (let i = 0; i < this.#length; i += 1) {
        const { kind, place, at, payload } = this.at(i)
        kernel.replayTo({ place, at })
        this.#played = i + 1
        apply[kind](payload as never)
        onStep()
      }
    } finally {
      this.#played = null
    }
    const reached = this.#shelf.get('reached') as Reached | undefined
    // An input that came later has its own place.
    if (reached?.inputs === this.#length) kernel.replayTo(reached)
  }

  async close(): Promise<void> {
    await this.#shelf.close()
    this.#unlock()
  }
}

/** How many inputs a store holds. */
function lengthOf(db: RootDatabase): number {
  const options = { reverse: true, limit: 1, start: Number.MAX_SAFE_INTEGER, end: -1 }
  const [last] = [...db.getKeys(options)]
  return typeof last === 'number' ? last + 1 : 0
}

/** Inputs, and about how many bytes of them, that are kept without a data directory. */
const mostInMemory = { entries: 100_000, bytes: 64 << 20 }

/** A journal's shelf in memory. When it is full the oldest inputs go: a mark of the world that lies after them still has its future. */
class MemoryShelf implements Shelf {
  readonly #values = new Map<number | string, unknown>()
  readonly #more: number
  #bytes = 0
  #oldest = 0

  constructor(more: number) {
    this.#more = more
  }

  get oldest(): number {
    return this.#oldest
  }

  get(key: number | string): unknown {
    return this.#values.get(key)
  }

  putSync(key: number | string, value: unknown): void {
    this.#values.set(key, value)
    if (typeof key === 'string') return
    this.#bytes += this.#bytesOf(key, value)
    const most = mostInMemory.entries + this.#more
    while (key - this.#oldest >= most || (this.#bytes > mostInMemory.bytes && this.#oldest < key)) {
      this.#bytes -= this.#bytesOf(this.#oldest, this.#values.get(this.#oldest))
      this.#values.delete(this.#oldest)
      this.#oldest += 1
    }
  }

  /** What was given at the start does not count. */
  #bytesOf(key: number, value: unknown): number {
    return key < this.#more ? 0 : sizeOf((value as Entry).payload)
  }

  close(): void {
    this.#values.clear()
  }
}

/** About how many bytes a payload takes. */
function sizeOf(payload: unknown): number {
  if (typeof payload === 'string') return 2 * payload.length
  if (ArrayBuffer.isView(payload)) return payload.byteLength
  if (typeof payload !== 'object' || payload === null) return 8
  return Object.values(payload).reduce((sum: number, each) => sum + 16 + sizeOf(each), 16)
}

/** Makes a folder and those above it; one by one, since Node 20 does not return from some that cannot be made. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir))
  mkdirSync(dir)
}

/** Makes a folder and takes it for this process; returns how to give it up. GRID_DATA_IN_USE, or GRID_DATA_BROKEN. */
export function lockFolder(dir: string): () => void {
  try {
    makeFolder(resolve(dir))
    lock(dir)
  } catch (cause) {
    if (cause instanceof GridError) throw cause
    throw gridError('GRID_DATA_BROKEN', { detail: dir, cause })
  }
  return () => rmSync(lockOf(dir), { force: true })
}

const lockOf = (dir: string): string => join(dir, 'grid.pid')

/** Takes the directory for this process. The lock of a process that is gone is taken over. */
function lock(dir: string): void {
  const path = lockOf(dir)
  const [owner = '', began] = existsSync(path) ? readFileSync(path, 'utf8').split(' ') : []
  const pid = Number(owner)
  if (pid > 0 && isRunning(pid) && (began === undefined || began === beginOf(pid))) {
    throw gridError('GRID_DATA_IN_USE', { detail: `${dir}, by process ${pid}` })
  }
  writeFileSync(path, [process.pid, beginOf(process.pid)].join(' ').trimEnd())
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

/**
 * When a process began, in ticks since the machine did; undefined where that is not told. Numbers of processes come
 * again: in a container that is started anew the program has the same one as before.
 */
function beginOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name before it, in parentheses, may hold anything (proc(5): the 22nd field, starttime).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
