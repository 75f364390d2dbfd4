// The moments of a running grid that are remembered by themselves, so that going back to any other is a short way.

import type { Chain } from '../chain/node/chain.ts'
import { historyWindow } from '../chain/node/chain.ts'
import type { Kernel, Snapshot } from '../kernel/kernel.ts'
import type { Point } from './timeline.ts'

/** A remembered moment. */
export interface HistoryMark {
  readonly point: Point
  readonly snapshot: Snapshot
  /** The best block then. */
  readonly block: number
  /** What the chain keeps for it alone: blocks since the mark before it, and what is in them. */
  weight: number
}

/** What marks may cost. They are thinned out when there is more of it; the begin of the world is always kept. */
export const markLimits = {
  marks: 24,
  /** States that are kept beside the present ones. */
  savedStates: 600_000,
  /** Extrinsics and events of blocks that are kept beyond the chain's window. */
  chainItems: 200_000,
} as const

/** Kernel events between two marks, at least. */
const leastEvents = 4000

/** The marks of a world. No part of it: what it does is the same with and without them. */
export class HistoryMarks {
  readonly #kernel: Kernel
  readonly #chain: Chain
  readonly #here: () => Point
  #marks: HistoryMark[] = []
  #nextPlace = 0

  constructor(parts: { kernel: Kernel; chain: Chain; here: () => Point }) {
    this.#kernel = parts.kernel
    this.#chain = parts.chain
    this.#here = parts.here
    this.take()
  }

  /** Those that can be returned to, oldest first. */
  list(): readonly HistoryMark[] {
    return this.#marks
  }

  /** To be called between events, often: takes a mark when enough has happened since the last one. */
  note(): void {
    if (this.#kernel.handledEvents >= this.#nextPlace) this.take()
  }

  /** The world was taken back: marks that this has ended are gone. */
  forgetGone(): void {
    this.#marks = this.#marks.filter(({ snapshot }) => this.#kernel.isOpen(snapshot))
    this.#setNext()
  }

  /** Remembers the present moment. */
  take(): void {
    const weight = this.#weightSinceLast()
    this.#marks.push({
      point: this.#here(),
      snapshot: this.#kernel.snapshot(),
      block: this.#chain.archive.best,
      weight,
    })
    while (this.#marks.length > 2 && this.#areTooMany()) this.#thin()
    this.#setNext()
  }

  /** A mark costs what has changed since the last one, so the more the others keep, the rarer they are. */
  #setNext(): void {
    const last = this.#marks.at(-1)?.point.place ?? 0
    this.#nextPlace = last + Math.max(leastEvents, this.#kernel.store.savedStates / 2, last / 64)
  }

  #areTooMany(): boolean {
    if (this.#marks.length > markLimits.marks) return true
    if (this.#kernel.store.savedStates > markLimits.savedStates) return true
    return this.#marks.reduce((sum, { weight }) => sum + weight, 0) > markLimits.chainItems
  }

  /** Gives up the mark that is missed least: near to its neighbours, or long ago. */
  #thin(): void {
    const now = this.#kernel.handledEvents
    const placeOf = (i: number) => this.#marks[i]!.point.place
    let least = 1
    let leastCost = Number.POSITIVE_INFINITY
    for (let i = 1; i < this.#marks.length - 1; i += 1) {
      const gap = placeOf(i + 1) - placeOf(i - 1)
      const cost = gap / Math.sqrt(now - placeOf(i) + leastEvents)
      if (cost >= leastCost) continue
      least = i
      leastCost = cost
    }
    const [gone] = this.#marks.splice(least, 1)
    const before = this.#marks[least - 1]!
    const after = this.#marks[least]!
    // The mark after it needs the blocks of one window, not all since the mark before.
    const blocks = Math.max(1, after.block - before.block)
    after.weight = (after.weight + gone!.weight) * Math.min(1, historyWindow / blocks)
    this.#kernel.release(gone!.snapshot)
  }

  #weightSinceLast(): number {
    const { archive } = this.#chain
    const last = this.#marks.at(-1)?.block ?? -1
    let weight = 0
    for (let block = Math.max(archive.floor, last + 1); block <= archive.best; block += 1) {
      const content = archive.contentOf(block)
      if (content) weight += 1 + content.extrinsics.length + content.events.length
    }
    return weight
  }
}
