// What happened when, in numbers: the course of a grid as a bounded row of equal spans, for people who look for a moment.

import type { World } from './world.ts'

/** What happened in a span. */
export interface ChronicleSpan {
  /** Virtual time at which it begins, ms since the Unix epoch. */
  readonly at: number
  /** The best block at its end. */
  readonly block: number
  /** Entries of the trace by their part of the grid: chain, rmb, zos, fault. */
  readonly counts: Readonly<Record<string, number>>
}

interface Span extends ChronicleSpan {
  block: number
  readonly counts: Record<string, number>
}

/** The most spans; when there are more, each two become one. */
export const mostSpans = 128

/** The shortest span in ms. */
const shortestMs = 1000

/** The course of a world from the moment at which this is made. */
export class Chronicle {
  readonly #world: World
  readonly #begin: number
  #widthMs = shortestMs
  /** The world's time never goes back for those outside, as it does inside when the world is taken back. */
  #latest: number
  /** By their place since the begin; a span in which nothing was noted is not there. */
  #spans = new Map<number, Span>()

  constructor(world: World) {
    const { kernel, chain } = world
    this.#world = world
    this.#begin = kernel.now()
    this.#latest = this.#begin
    this.#span()
    kernel.trace.listen(({ kind }) => {
      const { counts } = this.#span()
      const dot = kind.indexOf('.')
      const group = dot === -1 ? kind : kind.slice(0, dot)
      counts[group] = (counts[group] ?? 0) + 1
    })
    chain.listen({
      onBlocks: (_first, last) => {
        if (!kernel.trace.isMuted) this.#span().block = last
      },
    })
  }

  /** Width of a span in ms. */
  get widthMs(): number {
    return this.#widthMs
  }

  /** The spans in which something was noted, oldest first. */
  list(): readonly ChronicleSpan[] {
    return [...this.#spans.values()]
  }

  /** The span of a moment, or the last one before it. */
  find(at: number): ChronicleSpan {
    const spans = this.list()
    return spans.findLast(span => span.at <= at) ?? spans[0]!
  }

  #span(): Span {
    const { kernel, chain } = this.#world
    this.#latest = Math.max(this.#latest, kernel.now())
    const now = this.#latest
    while (now - this.#begin >= mostSpans * this.#widthMs) this.#widen()
    const index = Math.floor((now - this.#begin) / this.#widthMs)
    let span = this.#spans.get(index)
    if (!span) {
      span = { at: this.#begin + index * this.#widthMs, block: chain.archive.best, counts: {} }
      this.#spans.set(index, span)
    }
    return span
  }

  #widen(): void {
    this.#widthMs *= 2
    const spans = new Map<number, Span>()
    for (const [index, { at, block, counts }] of this.#spans) {
      const place = index >> 1
      const first = spans.get(place)
      if (!first) {
        spans.set(place, { at: at - (index % 2) * (this.#widthMs / 2), block, counts })
        continue
      }
      first.block = block
      for (const [group, count] of Object.entries(counts)) {
        first.counts[group] = (first.counts[group] ?? 0) + count
      }
    }
    this.#spans = spans
  }
}
