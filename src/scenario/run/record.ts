// What a run keeps of the trace of one scenario: its begin and its end, and how much lies between.

import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { World } from '../../grid/world.ts'
import { gridError } from '../../kernel/errors.ts'
import { plainEntry, type TraceEntry } from '../../kernel/trace.ts'
import { Timeline, type TimelineData } from './timeline.ts'

/** Entries of the begin, and of the end, that are kept of a long trace. */
const keptAtEachEnd = 100_000

/** Text is written in pieces of about this many characters. */
const pieceLength = 1 << 16

/** Follows the trace of a world, in memory that does not grow with it. */
export class TraceRecord {
  readonly timeline: Timeline
  readonly #head: TraceEntry[] = []
  readonly #tail: TraceEntry[] = []
  readonly #keep: number
  #count = 0
  /** Entries that were gone from the world's window before anybody followed it. */
  #missed = 0

  constructor(startedAt: number, keep = keptAtEachEnd) {
    this.timeline = new Timeline(startedAt)
    this.#keep = keep
  }

  /** Follows a world from its first entry, as far as its window reaches back; returns how to stop. */
  follow({ kernel: { trace } }: World): () => void {
    const window = trace.last()
    this.#missed = trace.length - window.length
    for (const entry of window) this.#add(entry)
    return trace.listen(entry => this.#add(entry))
  }

  /** How many entries there were. */
  get count(): number {
    return this.#count + this.#missed
  }

  /** How many of them are not kept. */
  get leftOut(): number {
    return this.count - this.#head.length - this.#tail.length
  }

  /** What is drawn of it. */
  drawn(): TimelineData {
    return this.timeline.data()
  }

  /**
   * Writes the entries, one JSON object a line. Where some are left out a line says how many:
   * `{"leftOut":1234}`. GRID_OUT_REFUSED when the file cannot be written.
   */
  write(path: string): void {
    try {
      mkdirSync(dirname(path), { recursive: true })
      const file = openSync(path, 'w')
      try {
        let piece = ''
        const put = (text: string) => {
          piece += text
          if (piece.length < pieceLength) return
          writeSync(file, piece)
          piece = ''
        }
        if (this.#missed > 0) put(gap(this.#missed))
        for (const entry of this.#head) put(jsonLineOf(entry))
        const between = this.leftOut - this.#missed
        if (between > 0) put(gap(between))
        for (const entry of this.#tailInOrder()) put(jsonLineOf(entry))
        if (piece !== '') writeSync(file, piece)
      } finally {
        closeSync(file)
      }
    } catch (cause) {
      throw gridError('GRID_OUT_REFUSED', { detail: path, cause })
    }
  }

  #add(entry: TraceEntry): void {
    this.timeline.add(entry)
    if (this.#count < this.#keep) this.#head.push(entry)
    else this.#tail[(this.#count - this.#keep) % this.#keep] = entry
    this.#count += 1
  }

  /** The end of the trace is kept in a ring. */
  #tailInOrder(): TraceEntry[] {
    const oldest = this.#count > 2 * this.#keep ? (this.#count - this.#keep) % this.#keep : 0
    return [...this.#tail.slice(oldest), ...this.#tail.slice(0, oldest)]
  }
}

function gap(leftOut: number): string {
  return `${JSON.stringify({ leftOut })}\n`
}

/** An entry as a line of JSON. */
function jsonLineOf(entry: TraceEntry): string {
  return `${JSON.stringify(plainEntry(entry))}\n`
}
