// The world of a script: it waits, the world goes on until something settles the wait, the script goes on.

import { asError, gridError, InvariantError } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** A script's wait runs out of time, or a script that slept goes on. */
    'script.wake': null
  }
}

interface Wait {
  readonly id: number
  /** What is waited for, in words. */
  readonly reason: string
  /** True once what is waited for is there; asked after each event of the world. */
  readonly isMet: (() => boolean) | null
  readonly settle: () => void
  readonly fail: (error: Error) => void
  readonly timer: EventId | null
}

/** A condition that is asked after every event of the world. */
interface Watch {
  readonly what: string
  readonly isTrue: () => boolean
  /** Hears of the first event after which the condition is what it shall not be, or shall be. */
  readonly onEvent: (isTrue: boolean) => void
}

/** Runs scripts on a world: the one place where the world and promises meet. */
export class ScriptHost {
  readonly kernel: Kernel
  readonly #waits = new Map<number, Wait>()
  readonly #watches = new Set<Watch>()
  #lastId = 0
  #hasSettled = false
  #outside = 0
  #frozenAt: number | null = null
  /** Virtual ms per wall ms; null when time goes as fast as it can. */
  #rate: number | null = null
  /** Called whenever the world is at rest and a script goes on. */
  onRest: () => void = () => undefined

  constructor(kernel: Kernel) {
    this.kernel = kernel
    kernel.handle('script.wake', ({ target }) => this.#wake(Number(target)))
  }

  /** How many waits of scripts are open. */
  get openWaits(): number {
    return this.#waits.size
  }

  /** Lets `ms` of virtual time pass. */
  sleep(ms: number, reason = 'time passes'): Promise<void> {
    return this.#open({ reason, isMet: null, withinMs: ms, isSleep: true })
  }

  /** Asks after every event from now on; returns how to stop. */
  watch(what: string, isTrue: () => boolean, onEvent: (isTrue: boolean) => void): () => void {
    const watch = { what, isTrue, onEvent }
    this.#watches.add(watch)
    return () => void this.#watches.delete(watch)
  }

  /** While it stands still, what needs time to pass is GRID_SCRIPT_STUCK. */
  freeze(isFrozen: boolean): void {
    this.#frozenAt = isFrozen ? this.kernel.now() : null
  }

  /** Lets people watch: so many virtual ms pass in one of the wall clock. Null is as fast as it can. */
  setRate(rate: number | null): void {
    this.#rate = rate
  }

  /** Waits until `isMet`; fails with GRID_WAIT_EXPIRED after `withinMs` of virtual time. */
  async until(reason: string, isMet: () => boolean, withinMs: number): Promise<void> {
    if (answerOf(isMet)) return
    await this.#open({ reason, isMet, withinMs, isSleep: false })
  }

  /**
   * A wait that an event of the world settles. Give `settle` to whoever handles that event; it must be called
   * once. Without `withinMs` the event itself is sure to come.
   */
  answer<T>(reason: string): {
    promise: Promise<T>
    settle: (value: T) => void
    fail: (error: Error) => void
  } {
    this.#lastId += 1
    const id = this.#lastId
    let settle: (value: T) => void = () => undefined
    let fail: (error: Error) => void = () => undefined
    const promise = new Promise<T>((resolve, reject) => {
      settle = value => {
        if (!this.#waits.delete(id)) return
        this.#hasSettled = true
        resolve(value)
      }
      fail = error => {
        if (!this.#waits.delete(id)) return
        this.#hasSettled = true
        reject(error)
      }
    })
    this.#waits.set(id, { id, reason, isMet: null, settle: () => undefined, fail, timer: null })
    return { promise, settle, fail }
  }

  /** Stops the world while something outside is awaited; its result enters where the world stands. */
  async outside<T>(run: () => Promise<T> | T): Promise<T> {
    this.#outside += 1
    try {
      return await run()
    } finally {
      this.#outside -= 1
    }
  }

  /** Runs a script to its end. What it throws is thrown; a script that cannot go on is GRID_SCRIPT_STUCK. */
  async run<T>(script: () => Promise<T>): Promise<T> {
    let end: { ok: true; value: T } | { ok: false; error: Error } | null = null
    script().then(
      value => {
        end = { ok: true, value }
      },
      cause => {
        end = { ok: false, error: asError(cause) }
      },
    )
    for (;;) {
      await drained()
      const ended = end as { ok: true; value: T } | { ok: false; error: Error } | null
      if (ended) {
        if (ended.ok) return ended.value
        throw ended.error
      }
      if (this.#outside > 0) continue
      if (this.#waits.size === 0) throw gridError('GRID_SCRIPT_STUCK')
      if (this.#rate === null) this.#goOn()
      else await this.#goOnSlowly(this.#rate)
      this.onRest()
    }
  }

  /** Lets the world end what it has begun, for a while; the scripts are over. */
  settle(withinMs: number): void {
    const end = this.kernel.now() + withinMs
    while (this.kernel.pendingForeground > 0 && (this.kernel.nextAt() ?? end) < end) {
      this.kernel.step()
      this.#checkWatches()
    }
  }

  /** Every open wait ends with GRID_REVERTED: the moment in which it began is gone. */
  rejectOpenWaits(): void {
    const waits = [...this.#waits.values()]
    for (const wait of waits) wait.fail(gridError('GRID_REVERTED', { detail: wait.reason }))
  }

  /** Lets the world go on until a wait is settled. */
  #goOn(): void {
    this.#hasSettled = false
    this.#checkPredicates()
    while (!this.#hasSettled) this.#step()
  }

  /** The same, at a pace for people. */
  async #goOnSlowly(rate: number): Promise<void> {
    this.#hasSettled = false
    this.#checkPredicates()
    while (!this.#hasSettled) {
      const waitMs = ((this.kernel.nextAt() ?? this.kernel.now()) - this.kernel.now()) / rate
      if (waitMs >= 1) await pause(waitMs)
      this.#step()
    }
  }

  #step(): void {
    const next = this.kernel.nextAt()
    const reasons = () => [...this.#waits.values()].map(({ reason }) => reason).join('; ')
    if (this.#frozenAt !== null && next !== null && next > this.#frozenAt) {
      throw gridError('GRID_SCRIPT_STUCK', { detail: `time is frozen: ${reasons()}` })
    }
    if (!this.kernel.step()) {
      throw gridError('GRID_SCRIPT_STUCK', {
        detail: `nothing will happen any more: ${reasons()}`,
      })
    }
    this.#checkPredicates()
    this.#checkWatches()
  }

  #checkWatches(): void {
    for (const { isTrue, onEvent } of this.#watches) onEvent(answerOf(isTrue))
  }

  #checkPredicates(): void {
    for (const wait of [...this.#waits.values()]) {
      if (!wait.isMet) continue
      let met: boolean
      try {
        met = answerOf(wait.isMet)
      } catch (cause) {
        if (cause instanceof InvariantError) throw cause
        this.#close(wait)
        wait.fail(asError(cause))
        continue
      }
      if (!met) continue
      this.#close(wait)
      wait.settle()
    }
  }

  #open(options: {
    reason: string
    isMet: (() => boolean) | null
    withinMs: number
    isSleep: boolean
  }): Promise<void> {
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      const timer = this.kernel.schedule({
        kind: 'script.wake',
        target: id,
        payload: null,
        afterMs: options.withinMs,
      })
      this.#waits.set(id, {
        id,
        reason: options.reason,
        isMet: options.isMet,
        settle: resolve,
        fail: reject,
        timer,
      })
    })
  }

  #wake(id: number): void {
    const wait = this.#waits.get(id)
    if (!wait) return
    this.#close(wait)
    if (!wait.isMet || answerOf(wait.isMet)) wait.settle()
    else {
      wait.fail(
        gridError('GRID_WAIT_EXPIRED', {
          detail: `'${wait.reason}' did not come true in time`,
          hint: this.#lastEvents(),
        }),
      )
    }
  }

  #lastEvents(): string {
    const last = this.kernel.trace.last(5).map(({ kind, fields }) => {
      const text = Object.entries(fields as object).map(
        ([name, value]) => `${name}=${String(value)}`,
      )
      return `  ${String(kind)} ${text.join(' ')}`
    })
    return ['The last events were:', ...last].join('\n')
  }

  #close(wait: Wait): void {
    this.#waits.delete(wait.id)
    this.#hasSettled = true
    if (wait.timer !== null) this.kernel.cancel(wait.timer)
  }
}

/** What a check says. It is asked inside the world, where nothing is awaited: a promise is no answer. */
function answerOf(isMet: () => boolean): boolean {
  const answer: unknown = isMet()
  if (typeof (answer as { then?: unknown } | null)?.then !== 'function') return Boolean(answer)
  throw gridError('GRID_SCRIPT_FAILED', {
    detail: 'a check of eventually() gives a promise',
    hint: 'Checks are asked at every event and cannot wait: read the state without await.',
  })
}

/** Lets wall time pass. */
function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** Lets everything that promises have to do be done. */
function drained(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
