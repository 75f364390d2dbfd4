// The one record of what happened: typed entries in virtual time, with a running digest that proves repeatability.

import type { Cell, Store } from './store.ts'

/** What an entry can carry: flat data that prints the same on every machine. */
export type TraceValue = string | number | bigint | boolean | null

/** The kinds of entry and their fields. Layers add their own by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in each layer.
export interface TraceEvents {}

/** One entry of the trace. */
export interface TraceEntry<K extends keyof TraceEvents = keyof TraceEvents> {
  /** Position in the trace, from 0. */
  readonly seq: number
  /** Virtual time in ms since the Unix epoch. */
  readonly at: number
  readonly kind: K
  readonly fields: TraceEvents[K]
}

/** How many of the last entries a trace keeps in memory. */
export const traceWindow = 10_000

type Lanes = readonly [number, number, number, number]

const firstLanes: Lanes = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a]

/**
 * The state of the digest while an entry is mixed into it (cyrb128's rounds: fast, and every bit counts). One for
 * all traces, since nothing else happens meanwhile.
 */
const mixer = { a: 0, b: 0, c: 0, d: 0 }

function mixWord(k: number): void {
  const { a, b, c, d } = mixer
  mixer.a = b ^ Math.imul(a ^ k, 597399067)
  mixer.b = c ^ Math.imul(b ^ k, 2869860233)
  mixer.c = d ^ Math.imul(c ^ k, 951274213)
  mixer.d = mixer.a ^ Math.imul(d ^ k, 2716044179)
}

function mixText(text: string): void {
  const { length } = text
  mixWord(length)
  // Two characters a round; past the end there is NaN, which counts as 0.
  for (let i = 0; i < length; i += 2) {
    mixWord(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16))
  }
}

/** Every value with its kind, so that 1, 1n and '1' differ. */
function mixValue(value: TraceValue): void {
  if (typeof value === 'string') mixText(value)
  else if (typeof value === 'number' && Number.isSafeInteger(value)) {
    mixWord(0x1_0001)
    mixWord(value | 0)
    mixWord(Math.floor(value / 0x1_0000_0000) | 0)
  } else {
    mixWord(0x1_0002)
    mixText(`${typeof value} ${String(value)}`)
  }
}

/** The digest after an entry. */
function mixEntry([a, b, c, d]: Lanes, { at, kind, fields }: TraceEntry): Lanes {
  mixer.a = a
  mixer.b = b
  mixer.c = c
  mixer.d = d
  mixValue(at)
  mixText(String(kind))
  const values = fields as Record<string, TraceValue>
  // The names of the fields follow from the kind.
  for (const name in values) mixValue(values[name]!)
  return [mixer.a >>> 0, mixer.b >>> 0, mixer.c >>> 0, mixer.d >>> 0]
}

/** The trace of one world. */
export class Trace {
  readonly #window: (TraceEntry | undefined)[] = []
  readonly #count: Cell<number>
  readonly #lanes: Cell<Lanes>
  readonly #listeners = new Set<(entry: TraceEntry) => void>()
  readonly #now: () => number
  #isMuted = false

  constructor(store: Store, now: () => number) {
    this.#count = store.cell('kernel.trace.count', 0)
    this.#lanes = store.cell('kernel.trace.digest', firstLanes)
    this.#now = now
  }

  /** Adds an entry at the present virtual time. */
  add<K extends keyof TraceEvents>(kind: K, fields: TraceEvents[K]): void {
    const entry = this.#put(kind, fields)
    this.#lanes.set(mixEntry(this.#lanes.get(), entry))
  }

  /**
   * Adds an entry on what a socket saw. It is no part of the digest: when it happens again depends on clients, whose
   * inputs alone come again when a history is replayed.
   */
  note<K extends keyof TraceEvents>(kind: K, fields: TraceEvents[K]): void {
    this.#put(kind, fields)
  }

  #put<K extends keyof TraceEvents>(kind: K, fields: TraceEvents[K]): TraceEntry {
    const seq = this.#count.get()
    const entry: TraceEntry<K> = { seq, at: this.#now(), kind, fields }
    this.#count.set(seq + 1)
    this.#window[seq % traceWindow] = entry as TraceEntry
    if (this.#isMuted) return entry as TraceEntry
    for (const listener of this.#listeners) listener(entry as TraceEntry)
    return entry as TraceEntry
  }

  /** How many entries there have been. */
  get length(): number {
    return this.#count.get()
  }

  /** A digest over all entries so far, but for notes: equal histories have equal digests. 32 hex digits. */
  digest(): string {
    return this.#lanes
      .get()
      .map(lane => lane.toString(16).padStart(8, '0'))
      .join('')
  }

  /** The last entries, oldest first; at most {@link traceWindow}. */
  last(count: number = traceWindow): TraceEntry[] {
    const end = this.#count.get()
    const entries: TraceEntry[] = []
    for (let seq = Math.max(0, end - Math.min(count, traceWindow)); seq < end; seq += 1) {
      const entry = this.#window[seq % traceWindow]
      if (entry?.seq === seq) entries.push(entry)
    }
    return entries
  }

  /** Whether what happens now has happened before, and nobody is told. */
  get isMuted(): boolean {
    return this.#isMuted
  }

  /** Runs `body` without telling the listeners: what they have heard of happens once more. */
  mute(body: () => void): void {
    this.#isMuted = true
    try {
      body()
    } finally {
      this.#isMuted = false
    }
  }

  /** Calls `listener` for every entry from now on; returns how to stop. */
  listen(listener: (entry: TraceEntry) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** One entry as one line of text, as reports print it. */
export function lineOf(entry: TraceEntry): string {
  let line = `${entry.seq} ${entry.at} ${String(entry.kind)}`
  const fields = entry.fields as Record<string, TraceValue>
  for (const name in fields) line += ` ${name}=${String(fields[name])}`
  return line
}

/**
 * One entry as an object for JSON, its fields beside its place: numbers of 64 bits are decimal text, and a field that
 * is called as a part of every entry bears the entry's kind as well (`fault.kind`).
 */
export function plainEntry({ seq, at, kind, fields }: TraceEntry): Record<string, unknown> {
  const plain: Record<string, unknown> = { seq, at, kind }
  for (const [name, value] of Object.entries(fields as Record<string, TraceValue>)) {
    plain[name in plain ? `${kind}.${name}` : name] = typeof value === 'bigint' ? `${value}` : value
  }
  return plain
}
