// The clock and queue of a world elsewhere, as scripts need them: its time is asked for, and moved when nothing happens.

import { invariant } from '../../kernel/errors.ts'
import type {
  EventHandler,
  EventId,
  KernelEvent,
  KernelEvents,
  ScheduleOptions,
} from '../../kernel/kernel.ts'
import { createRandom, type Random } from '../../kernel/random.ts'
import { Store } from '../../kernel/store.ts'
import type { TargetLine } from './line.ts'
import { unsupported } from './partial.ts'
import type { Outcome } from './wire.ts'

/** How long an outcome that is under way is waited for before time is moved, in ms of the wall clock. */
const patienceMs = 60

/**
 * The same where nodes are played by other processes, since every message passes by two more sockets; and for how long
 * in all before it counts as one that only time brings.
 */
const splitPatienceMs = 250
const mostPatienceMs = 1_000

/** By how much time is moved when nothing happens, in ms: ever more, so that a script's checks are not too far apart. */
const firstStepMs = 1_000
const longestStepMs = 600_000

interface Timer {
  readonly at: number
  readonly kind: keyof KernelEvents
  readonly target: KernelEvent['target']
}

/** Something that was begun, and when it is given up, in virtual time. */
export interface Pending {
  readonly until: number
  /** What it ends with when nobody answers. */
  readonly expired: () => void
}

/** What of a kernel scripts and actors use. */
export class RemoteKernel {
  /** What belongs to the script alone: plans, streams. */
  readonly store = new Store()
  readonly random: Random
  readonly trace: {
    readonly length: number
    digest(): string
    last(count?: number): readonly never[]
    listen(): () => void
  }
  readonly #line: TargetLine
  readonly #isSplit: boolean
  /** How long nothing has come, in ms of the wall clock. */
  #waitedMs = 0
  readonly #handlers = new Map<keyof KernelEvents, EventHandler<never>>()
  readonly #timers = new Map<EventId, Timer>()
  readonly #pending = new Map<string, Pending>()
  #onOutcome: (outcome: Outcome) => void = () => undefined
  #now: number
  #lastId = 0
  #stepMs = firstStepMs

  constructor(line: TargetLine, { seed, isSplit }: { seed: string; isSplit: boolean }) {
    this.#line = line
    this.#isSplit = isSplit
    this.random = createRandom(seed, this.store)
    this.#now = this.#readNow()
    this.trace = {
      length: 0,
      digest: () => (line.control('GET', '/digest') as { digest: string }).digest,
      // Failures name the last events where there are some; who asks for all of them wants to count.
      last: count => (count === undefined ? unsupported('grid.trace()') : []),
      listen: () => () => undefined,
    }
  }

  /** How many of what was begun have no outcome yet; scripts alone begin something here. */
  readonly pendingForeground = 0

  now(): number {
    return this.#now
  }

  /** Who hears of outcomes. */
  onOutcome(handler: (outcome: Outcome) => void): void {
    this.#onOutcome = handler
  }

  /** Something was begun; its outcome will come. */
  began(ref: string, pending: Pending): void {
    this.#pending.set(ref, pending)
    this.#stepMs = firstStepMs
    this.#waitedMs = 0
  }

  handle<K extends keyof KernelEvents>(kind: K, handler: EventHandler<K>): void {
    this.#handlers.set(kind, handler as EventHandler<never>)
  }

  /** Lets the handler of a kind have its event now. */
  happen<K extends keyof KernelEvents>(kind: K, payload: KernelEvents[K], target: Timer['target']) {
    const handler = this.#handlers.get(kind)
    invariant(handler, `somebody handles '${kind}'`)
    const event = { at: this.#now, seq: 0, rank: 0, kind, target, payload, background: false }
    handler(event as never)
  }

  schedule<K extends keyof KernelEvents>(options: ScheduleOptions<K>): EventId {
    const { kind, target = null, afterMs = 0 } = options
    this.#lastId += 1
    this.#timers.set(this.#lastId, { at: options.at ?? this.#now + afterMs, kind, target })
    return this.#lastId
  }

  cancel(id: EventId): boolean {
    return this.#timers.delete(id)
  }

  nextAt(): number | null {
    return this.#timers.size + this.#pending.size === 0 ? null : this.#now
  }

  /** Lets the next thing happen: an outcome that has come, a wait that is over, or time. */
  step(): boolean {
    if (this.#timers.size + this.#pending.size === 0) return false
    this.#now = this.#readNow()
    if (this.#takeOutcomes() || this.#wakeDue()) return true
    this.#moveTime()
    this.#takeOutcomes()
    this.#wakeDue()
    return true
  }

  #takeOutcomes(): boolean {
    const isPatient = this.#isSplit && this.#waitedMs < mostPatienceMs
    const waitMs = this.#pending.size === 0 ? 0 : isPatient ? splitPatienceMs : patienceMs
    const outcomes = waitMs > 0 ? this.#line.next(waitMs) : []
    this.#waitedMs = outcomes.length > 0 ? 0 : this.#waitedMs + waitMs
    for (const outcome of outcomes) {
      // One that was given up already is too late.
      if (this.#pending.delete(outcome.ref)) this.#onOutcome(outcome)
    }
    for (const [ref, { until, expired }] of [...this.#pending]) {
      if (until > this.#now) continue
      this.#pending.delete(ref)
      expired()
    }
    return outcomes.length > 0
  }

  #wakeDue(): boolean {
    const due = [...this.#timers].filter(([, { at }]) => at <= this.#now)
    for (const [id, { kind, target }] of due) {
      if (this.#timers.delete(id)) this.happen(kind, null as never, target)
    }
    if (due.length > 0) this.#stepMs = firstStepMs
    return due.length > 0
  }

  #moveTime(): void {
    const next = Math.min(...[...this.#timers.values()].map(({ at }) => at))
    const by = Math.max(1, Math.min(this.#stepMs, next - this.#now))
    this.#stepMs = Math.min(longestStepMs, this.#stepMs * 2)
    const moved = this.#line.control('POST', '/time/advance', { by: Math.ceil(by) })
    this.#now = (moved as { now: number }).now
  }

  #readNow(): number {
    return (this.#line.control('GET', '/time') as { now: number }).now
  }
}
