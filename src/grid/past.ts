// The way back of a running grid: to any moment of its history, by the nearest mark before it and the inputs since then.

import { resumeAt, type SnapshotBook } from '../chain/rpc/control.ts'
import type { DevControl } from '../chain/rpc/port.ts'
import { GridError, gridError, InvariantError, invariant } from '../kernel/errors.ts'
import type { HistoryEnd } from './history.ts'
import type { ApplyInputs, Entry, Journal } from './journal.ts'
import { type HistoryMark, HistoryMarks } from './marks.ts'
import { type Leg, legOf, type Point, type Stretch, Timeline } from './timeline.ts'
import type { World } from './world.ts'

/** A snapshot that can be returned to. */
export interface KeptSnapshot {
  readonly id: string
  readonly name: string | null
  /** Virtual time at which it was taken. */
  readonly at: number
  /** The best block then. */
  readonly block: number
}

interface Remembered {
  readonly name: string | null
  readonly point: Point
  readonly end: HistoryEnd
}

/** A moment that can be gone back to, and what it takes. */
interface Way {
  readonly legs: readonly Leg[]
  readonly mark: HistoryMark
}

/** Snapshots by id and name, and all the moments between them. */
export class Past {
  readonly #world: World
  readonly #journal: Journal
  readonly #book: DevControl & SnapshotBook
  readonly #snapshots = new Map<string, Remembered>()
  readonly #timeline: Timeline
  readonly marks: HistoryMarks
  /** While the world is led through a part of its history again: where it is. */
  #led: { stretch: Stretch; inputs: number } | null = null

  constructor(parts: { world: World; journal: Journal; book: DevControl & SnapshotBook }) {
    const { kernel, chain } = parts.world
    this.#world = parts.world
    this.#journal = parts.journal
    this.#book = parts.book
    this.#timeline = new Timeline(kernel.now())
    this.marks = new HistoryMarks({ kernel, chain, here: () => this.here() })
  }

  /** The present moment. */
  here(): Point {
    const { kernel } = this.#world
    const { stretch, inputs } = this.#led ?? {
      stretch: this.#timeline.current,
      inputs: this.#journal.inputs,
    }
    return { stretch, inputs, place: kernel.handledEvents, at: kernel.now() }
  }

  /** The earliest moment that can be gone back to: the begin, for as long as memory holds all inputs since. */
  get begin(): number {
    return this.#first().point.at
  }

  /** Remembers the world by a snapshot. */
  take(name: string | null): string {
    // Blocks that fell due by now are made before, not after.
    this.#world.chain.best()
    const id = this.#book.snapshot()
    const point = this.here()
    this.#snapshots.set(id, { name, point, end: endOf(this.#world, point.inputs) })
    return id
  }

  /** The snapshots that can be returned to, oldest first. */
  snapshots(): readonly KeptSnapshot[] {
    return this.#book.snapshotIds().map(id => {
      const { name, end } = this.#snapshots.get(id)!
      return { id, name, at: end.at, block: end.block }
    })
  }

  /** Where the world stood at a snapshot; null when there is none with this id. */
  endOf(id: string): HistoryEnd | null {
    return this.#isKnown(id) ? this.#snapshots.get(id)!.end : null
  }

  /** Gives a snapshot up; false when there is none with this id. */
  release(id: string): boolean {
    const isDone = this.#book.release(id)
    if (isDone) this.#snapshots.delete(id)
    return isDone
  }

  /** Takes the world back to a snapshot; false when there is none with this id. To be called when this is recorded. */
  revert(id: string): boolean {
    if (!this.#isKnown(id)) return false
    const { point } = this.#snapshots.get(id)!
    const { at, inputs } = this.here()
    this.#timeline.forgetBefore(this.#journal.oldest)
    this.#timeline.turn(point, { at, inputs })
    this.#book.revert(id)
    this.#forgetGone()
    return true
  }

  /** The inputs that had entered last at a moment, oldest first, and when each did. */
  inputsBefore(at: number, most: number): readonly Entry[] {
    const { inputs } = this.here()
    const end = this.#legsTo(at, inputs).at(-1)!.endInput
    const first = Math.max(this.#journal.oldest, end - most)
    return Array.from({ length: Math.max(0, end - first) }, (_, i) => this.#journal.at(first + i))
  }

  /** Whether the world went through the end of a moment on its way to the present, and has not left it. */
  isOnWay(at: number): boolean {
    const { stretch } = this.#legsTo(at, this.here().inputs).at(-1)!
    const leg = this.#legsTo(this.#world.kernel.now(), this.here().inputs).find(
      each => each.stretch === stretch,
    )
    return leg !== undefined && at <= leg.end.at
  }

  /** Whether a moment can be gone back to. GRID_MOMENT_UNKNOWN. */
  check(at: number): void {
    const now = this.#world.kernel.now()
    if (at < this.begin || at > now) {
      const [from, to] = [this.begin, now].map(each => new Date(each).toISOString())
      throw gridError('GRID_MOMENT_UNKNOWN', { detail: `moments from ${from} to ${to} are known` })
    }
  }

  /**
   * Makes the world what it was at the end of a moment; then time goes on from where it was. Returns where the world
   * stood in between: at an earlier mark, when somebody inside this process has changed it past its doors, so that
   * what is recorded does not lead there. To be called when this is recorded, as the last input.
   */
  rewind(at: number, apply: ApplyInputs): HistoryEnd {
    const { kernel, bus } = this.#world
    const now = this.here()
    let end: HistoryEnd | null = null
    const { legs, mark } = this.#wayTo(at, now.inputs - 1)
    this.#book.goBack(() => {
      bus.withDeafOutside(() => kernel.trace.mute(() => this.#leadOrStay(legs, mark, apply)))
      const there = this.here()
      this.#timeline.turn(there, now)
      this.#led = null
      end = endOf(this.#world, there.inputs)
    })
    this.#forgetGone()
    return end!
  }

  #legsTo(at: number, inputs: number): readonly Leg[] {
    this.#timeline.forgetBefore(this.#journal.oldest)
    return this.#timeline.wayTo(at, inputs, input => this.#journal.at(input).at)
  }

  #wayTo(at: number, inputs: number): Way {
    const legs = this.#legsTo(at, inputs)
    const mark = this.marks
      .list()
      .findLast(({ point }) => point.inputs >= this.#journal.oldest && legOf(legs, point) >= 0)
    invariant(mark, 'a moment that is known lies behind a mark')
    return { legs, mark }
  }

  /** The oldest mark from which memory holds all inputs; a new one where there is none. */
  #first(): HistoryMark {
    const find = () => this.marks.list().find(({ point }) => this.#hasFuture(point))
    const found = find()
    if (found) return found
    this.marks.take()
    return find()!
  }

  /** Whether memory holds all inputs since a moment, and will when one more is recorded. */
  #hasFuture({ inputs }: Point): boolean {
    const { oldest } = this.#journal
    return oldest === 0 || inputs > oldest
  }

  /** Stays at a mark when the recorded inputs do not fit what they meet. */
  #leadOrStay(legs: readonly Leg[], mark: HistoryMark, apply: ApplyInputs): void {
    try {
      this.#lead(legs, mark, apply)
    } catch (cause) {
      if (!(cause instanceof InvariantError || cause instanceof GridError)) throw cause
      // The mark itself may have been given up on the way, for later ones.
      const { point, snapshot } = this.marks
        .list()
        .findLast(each => each.point.place <= mark.point.place)!
      this.#world.kernel.revert(snapshot)
      this.marks.forgetGone()
      this.#led = { stretch: point.stretch, inputs: point.inputs }
    }
  }

  /** Back to the mark, and on from there: every input at its place, and what was taken back left out. */
  #lead(legs: readonly Leg[], { point, snapshot }: HistoryMark, apply: ApplyInputs): void {
    const { kernel, chain } = this.#world
    kernel.revert(snapshot)
    const first = legOf(legs, point)
    this.#led = { stretch: point.stretch, inputs: point.inputs }
    this.marks.forgetGone()
    for (const [i, { stretch, endInput, end }] of legs.entries()) {
      if (i < first) continue
      if (i > first) {
        this.#led = { stretch, inputs: stretch.firstInput }
        resumeAt(chain, stretch.startAt)
      }
      const led = this.#led
      while (led.inputs < endInput) {
        const entry = this.#journal.at(led.inputs)
        this.#goTo(entry)
        led.inputs += 1
        this.#enter(entry, end.at, apply)
        this.marks.note()
      }
      if (end.place === null) this.runUntil(end.at)
      else this.#goTo({ place: end.place, at: end.at })
      chain.best()
    }
  }

  /** Goes on to where an input once entered. */
  #goTo({ place, at }: { readonly place: number; readonly at: number }): void {
    const { kernel } = this.#world
    while (kernel.handledEvents < place && kernel.step()) this.marks.note()
    kernel.replayTo({ place, at })
  }

  /** Lets time pass up to a moment, and marks the way. */
  runUntil(at: number): void {
    while (!this.#world.kernel.runUntil(at, { maxEvents: sliceEvents })) this.marks.note()
  }

  /** An input enters again. A jump in time ends where the way does; snapshots are those that there are now. */
  #enter({ kind, payload }: Entry, endAt: number, apply: ApplyInputs): void {
    switch (kind) {
      case 'time.advanceTo':
        this.runUntil(Math.min(payload as number, endAt))
        break
      case 'world.snapshot':
        this.#retake()
        break
      case 'world.release':
      // One that took the world back is no part of a way: this one found no snapshot.
      case 'world.revert':
      case 'world.rewind':
        break
      default:
        apply[kind](payload as never)
    }
  }

  /** The snapshot that was taken by the last input is taken again, unless it was given up or lost since. */
  #retake(): void {
    this.#world.chain.best()
    const { stretch, inputs } = this.here()
    for (const id of this.#book.snapshotIds()) {
      const { point } = this.#snapshots.get(id)!
      if (point.stretch === stretch && point.inputs === inputs) this.#book.retake(id)
    }
  }

  #isKnown(id: string): boolean {
    return this.#book.snapshotIds().includes(id)
  }

  #forgetGone(): void {
    this.marks.forgetGone()
    for (const id of [...this.#snapshots.keys()]) {
      if (!this.#isKnown(id)) this.#snapshots.delete(id)
    }
  }
}

/** Where a world stands, after so many inputs. */
export function endOf({ kernel, chain }: World, inputs: number): HistoryEnd {
  const block = chain.best()
  return {
    inputs,
    place: kernel.handledEvents,
    at: kernel.now(),
    digest: kernel.trace.digest(),
    block,
    blockHash: chain.archive.hashOf(block),
  }
}

/** Events after which a long way looks up to be marked. */
const sliceEvents = 4000
