// Finality as the outside sees it: a block is final some wall time after it was told of.

import type { WallClock } from '../../../kernel/driver.ts'

/** Deadlines closer to each other than this are one, so that a busy chain needs few timers. */
const granularityMs = 20

interface Pending<T> {
  number: number
  readonly dueAt: number
  told: T[]
}

/** What has become final. */
export interface Finalized<T> {
  /** Numbers after `from` up to `to`. */
  readonly from: number
  readonly to: number
  readonly told: readonly T[]
}

/** Which blocks are final, and which will be when. */
export class Finality<T> {
  #number: number
  #pending: Pending<T>[] = []
  /** What was told of blocks that the chain itself does not take for final yet, oldest first. */
  #held: { number: number; told: T[] }[] = []
  #cancelTimer: (() => void) | null = null
  readonly #clock: WallClock
  readonly #delayMs: number
  readonly #onFinal: (final: Finalized<T>) => void
  readonly #limit: () => number

  constructor(options: {
    clock: WallClock
    /** Wall time between a block's notifications and its finality. */
    delayMs: number
    /** All up to this number is final from the start. */
    number: number
    onFinal: (final: Finalized<T>) => void
    /** The last block that the chain takes for final. */
    limit: () => number
  }) {
    this.#clock = options.clock
    this.#delayMs = options.delayMs
    this.#number = options.number
    this.#onFinal = options.onFinal
    this.#limit = options.limit
  }

  /** The last final block. */
  get number(): number {
    return this.#number
  }

  /** The blocks up to `number` were told of just now, and `told` of their extrinsics. */
  told(number: number, told: readonly T[]): void {
    const limit = this.#limit()
    if (this.#held.length === 0 && number <= limit) {
      this.#enter(number, told)
      return
    }
    this.#held.push({ number, told: [...told] })
    const count = this.#held.findIndex(held => held.number > limit)
    const ready = this.#held.splice(0, count < 0 ? this.#held.length : count)
    this.#enter(
      Math.min(number, limit),
      ready.flatMap(held => held.told),
    )
  }

  #enter(number: number, told: readonly T[]): void {
    const last = this.#pending.at(-1)
    if (told.length === 0 && number <= (last?.number ?? this.#number)) return
    const dueAt = Math.max(this.#deadline(), last?.dueAt ?? 0)
    if (last?.dueAt === dueAt) {
      last.number = number
      last.told.push(...told)
    } else {
      this.#pending.push({ number, dueAt, told: [...told] })
    }
    this.#arm()
  }

  /** The chain was taken back to block `best`; what is not kept will not become final. */
  restart(best: number, isKept: (told: T) => boolean): void {
    this.#number = Math.min(this.#number, best)
    for (const each of [...this.#held, ...this.#pending]) {
      each.number = Math.min(each.number, best)
      each.told = each.told.filter(isKept)
    }
  }

  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#pending = []
    this.#held = []
  }

  #deadline(): number {
    const exact = this.#clock.now() + this.#delayMs
    const isFine = this.#delayMs < 10 * granularityMs
    return isFine ? exact : Math.ceil(exact / granularityMs) * granularityMs
  }

  #arm(): void {
    const next = this.#pending[0]
    if (!next || this.#cancelTimer) return
    const wait = Math.max(0, next.dueAt - this.#clock.now())
    this.#cancelTimer = this.#clock.after(wait, () => {
      this.#cancelTimer = null
      this.#finalize()
      this.#arm()
    })
  }

  #finalize(): void {
    const now = this.#clock.now()
    const count = this.#pending.findIndex(({ dueAt }) => dueAt > now)
    const due = this.#pending.splice(0, count < 0 ? this.#pending.length : count)
    if (due.length === 0) return
    const from = this.#number
    this.#number = Math.max(from, due.at(-1)!.number)
    this.#onFinal({ from, to: this.#number, told: due.flatMap(({ told }) => told) })
  }
}
