// The course of a world's history: stretches that follow each other in time, each a way on from some moment of an earlier one.

/** A moment of a world by what led to it. */
export interface Moment {
  /** How many inputs had entered. */
  readonly inputs: number
  /** How many events the kernel had handled. */
  readonly place: number
  /** Virtual time in ms since the Unix epoch. */
  readonly at: number
}

/** A moment with the stretch that it lies in. */
export interface Point extends Moment {
  readonly stretch: Stretch
}

/** A part of history without a way back in it. */
export interface Stretch {
  /** The moment that the world was taken back to; null for the first one. */
  readonly from: Point | null
  /** Virtual time at which it begins: that of the way back. */
  readonly startAt: number
  /** Number of the first input of its own. */
  readonly firstInput: number
}

/** A part of a way through history: inputs of one stretch, up to a bound. */
export interface Leg {
  readonly stretch: Stretch
  /** The number after that of the last input. */
  readonly endInput: number
  /** The moment at which it is left; for the last leg the virtual time alone is known. */
  readonly end: { readonly place: number | null; readonly at: number }
}

/** The stretches of a history. Virtual time never goes back from one to the next. */
export class Timeline {
  readonly #stretches: Stretch[]

  constructor(startAt: number) {
    this.#stretches = [{ from: null, startAt, firstInput: 0 }]
  }

  /** The stretch that goes on. */
  get current(): Stretch {
    return this.#stretches.at(-1)!
  }

  /** The world was taken back to `to`, at the time `at`; `inputs` counts the inputs up to that, itself included. */
  turn(to: Point, { at, inputs }: { readonly at: number; readonly inputs: number }): void {
    this.#stretches.push({ from: to, startAt: at, firstInput: inputs })
  }

  /** Gives up stretches that ended before an input: nobody goes there any more. */
  forgetBefore(input: number): void {
    let gone = 0
    while (gone < this.#stretches.length - 1 && this.#stretches[gone + 1]!.firstInput <= input)
      gone += 1
    this.#stretches.splice(0, gone)
  }

  /**
   * The way from the begin of the world to the end of the moment `at`, leaving out what was taken back on it; the last
   * one of two stretches that have the moment. `inputs` is how many inputs count; `timeOf` tells when one entered.
   */
  wayTo(at: number, inputs: number, timeOf: (input: number) => number): readonly Leg[] {
    let last = this.#stretches.length - 1
    while (last > 0 && this.#stretches[last]!.startAt > at) last -= 1
    const stretch = this.#stretches[last]!
    // The input that took the world back is no part of the way.
    const next = this.#stretches[last + 1]
    const most = next ? next.firstInput - 1 : inputs
    let low = Math.min(stretch.firstInput, most)
    let high = most
    while (low < high) {
      const middle = (low + high) >> 1
      if (timeOf(middle) <= at) low = middle + 1
      else high = middle
    }
    const legs: Leg[] = [{ stretch, endInput: low, end: { place: null, at } }]
    for (let fork = stretch.from; fork; fork = fork.stretch.from) {
      const { place, at: forkAt, inputs: endInput } = fork
      legs.unshift({ stretch: fork.stretch, endInput, end: { place, at: forkAt } })
    }
    return legs
  }
}

/** Which leg of a way a point lies on; -1 when the way does not lead through it. */
export function legOf(way: readonly Leg[], { stretch, inputs, place, at }: Point): number {
  const index = way.findIndex(leg => leg.stretch === stretch)
  const leg = way[index]
  if (!leg || inputs > leg.endInput || at > leg.end.at) return -1
  return leg.end.place !== null && place > leg.end.place ? -1 : index
}
