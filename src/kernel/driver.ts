// What moves a world's clock when people use it: wall time, faster or not, and inputs that come from outside.

import { asError } from './errors.ts'
import type { Kernel } from './kernel.ts'

/** How virtual time follows wall time. */
export type ClockMode =
  /** As fast as wall time. */
  | { readonly type: 'real' }
  /** `rate` times as fast as wall time. */
  | { readonly type: 'warp'; readonly rate: number }
  /** As fast as wall time, and ahead to the next event at once while somebody waits for one. */
  | { readonly type: 'virtual' }

/** Wall time in ms since the Unix epoch, and timers: what the driver needs of the machine. */
export interface WallClock {
  now(): number
  /** Calls `run` after `ms`; returns how to prevent it. */
  after(ms: number, run: () => void): () => void
  /** Calls `run` when what has arrived on sockets by now was read. */
  soon(run: () => void): void
}

/** The machine's own clock. */
export const systemClock: WallClock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, 0x7fffffff))
    return () => clearTimeout(timer)
  },
  soon: run => setImmediate(run),
}

/** Events handled before the loop lets sockets have their turn. */
const sliceEvents = 2000

/** Events after which a jump in time looks up, so that what must be kept of its way is kept. */
const longWayEvents = 4000

/** Drives a world by wall time. Everything from outside enters through it. */
export class Driver {
  readonly kernel: Kernel
  readonly #clock: WallClock
  readonly #onFailure: (error: Error) => void
  readonly #onReached: () => void
  #mode: ClockMode
  #wallBase: number
  #virtualBase: number
  #isRunning = false
  #isFlushing = false
  #isFrozen = false
  #cancelTimer: (() => void) | null = null
  #depth = 0

  /**
   * `onFailure` hears of an event or an input that broke the world; it should end the process. `onReached` is called
   * after events may have happened, and before anybody outside can be told of them: for a journal.
   */
  constructor(options: {
    kernel: Kernel
    mode: ClockMode
    clock?: WallClock
    onFailure: (error: Error) => void
    onReached?: () => void
  }) {
    this.kernel = options.kernel
    this.#clock = options.clock ?? systemClock
    this.#mode = options.mode
    this.#onFailure = options.onFailure
    this.#onReached = options.onReached ?? (() => undefined)
    this.#wallBase = this.#clock.now()
    this.#virtualBase = options.kernel.now()
  }

  get mode(): ClockMode {
    return this.#mode
  }

  /** Whether virtual time stands still. */
  get isFrozen(): boolean {
    return this.#isFrozen
  }

  /** Wall time in ms since the Unix epoch: what crosses a socket is stamped and judged by it. */
  wallNow(): number {
    return this.#clock.now()
  }

  /** Begins to follow wall time. */
  start(): void {
    this.#isRunning = true
    this.#rebase()
    this.#flushSoon()
  }

  /** Stops following wall time; what waits stays in the queue. */
  stop(): void {
    this.#isRunning = false
    this.#cancelTimer?.()
    this.#cancelTimer = null
  }

  /** Changes the pace; virtual time goes on from where it is. */
  setMode(mode: ClockMode): void {
    this.enter(() => undefined)
    this.#mode = mode
    this.#rebase()
    this.#flushSoon()
  }

  /** Stops virtual time, or lets it go on from where it is. */
  freeze(isFrozen: boolean): void {
    this.#isFrozen = isFrozen
    this.#rebase()
    this.#flushSoon()
  }

  /**
   * Lets something from outside happen in the world, at the present moment: first what is due by now, then
   * `body`, then what follows from it at once. Blocks and other closing events of the instant come when all that
   * has arrived by now was read.
   */
  enter<T>(body: () => T): T {
    if (this.#depth > 0) return body()
    this.#depth += 1
    try {
      this.kernel.runUntil(this.#target(), { holdEndOfInstant: true })
      this.#onReached()
      const result = body()
      this.kernel.runUntil(this.kernel.now(), { holdEndOfInstant: true })
      this.#onReached()
      return result
    } finally {
      this.#depth -= 1
      this.#flushSoon()
    }
  }

  /** Moves virtual time forward by `ms`, letting everything happen that falls due on the way. */
  advance(ms: number): void {
    this.advanceTo(this.#target() + ms)
  }

  /** Moves virtual time forward to `at` (ms since the Unix epoch); a time that has passed changes nothing. */
  advanceTo(at: number): void {
    this.#depth += 1
    try {
      const target = Math.max(at, this.kernel.now())
      while (!this.kernel.runUntil(target, { maxEvents: longWayEvents })) this.#onReached()
      this.#onReached()
    } finally {
      this.#depth -= 1
      this.#rebase()
      this.#flushSoon()
    }
  }

  /** Where virtual time should be now; it never goes back. */
  #target(): number {
    const now = this.kernel.now()
    if (this.#isFrozen || !this.#isRunning) return now
    const rate = this.#mode.type === 'warp' ? this.#mode.rate : 1
    const elapsed = Math.floor((this.#clock.now() - this.#wallBase) * rate)
    return Math.max(now, this.#virtualBase + elapsed)
  }

  #rebase(): void {
    this.#wallBase = this.#clock.now()
    this.#virtualBase = this.kernel.now()
  }

  #flushSoon(): void {
    if (this.#isFlushing || !this.#isRunning) return
    this.#isFlushing = true
    this.#clock.soon(() => {
      this.#isFlushing = false
      if (this.#isRunning) this.#flush()
    })
  }

  #flush(): void {
    this.#depth += 1
    try {
      const target = this.#target()
      const done = this.kernel.runUntil(target, { maxEvents: sliceEvents })
      const hasMore = !done || this.#runAhead()
      this.#onReached()
      if (hasMore) this.#flushSoon()
      else this.#arm()
    } catch (cause) {
      this.stop()
      this.#onFailure(asError(cause))
    } finally {
      this.#depth -= 1
    }
  }

  /** In virtual mode: goes to the events that somebody waits for. True when there is more to do. */
  #runAhead(): boolean {
    if (this.#mode.type !== 'virtual' || this.#isFrozen) return false
    if (this.kernel.pendingForeground === 0) return false
    for (let i = 0; i < sliceEvents && this.kernel.pendingForeground > 0; i += 1) this.kernel.step()
    this.#rebase()
    return this.kernel.pendingForeground > 0
  }

  #arm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const next = this.kernel.nextAt()
    if (next === null || this.#isFrozen) return
    const rate = this.#mode.type === 'warp' ? this.#mode.rate : 1
    const wait = Math.max(0, Math.ceil((next - this.#target()) / rate))
    this.#cancelTimer = this.#clock.after(wait, () => this.#flushSoon())
  }
}
