// The world's clock and queue: pending events are plain data, handled one at a time, in one order.

import { invariant } from './errors.ts'
import { createRandom, type Random } from './random.ts'
import { type Cell, type Mark, Store, type Undoable } from './store.ts'
import { Trace } from './trace.ts'

/** The kinds of kernel event and their payloads. Layers add their own by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in each layer.
export interface KernelEvents {}

/** What an event is aimed at: a node id, a twin id, a name; nothing when the kind says all. */
export type EventTarget = string | number | bigint | null

/** Where an event stands among those of the same instant: first the ordinary ones, then those that close it. */
export const rank = { ordinary: 0, endOfInstant: 1 } as const
export type Rank = (typeof rank)[keyof typeof rank]

/** A pending event as data: what will happen, to whom, when. */
export interface KernelEvent<K extends keyof KernelEvents = keyof KernelEvents> {
  /** Virtual time in ms since the Unix epoch. */
  readonly at: number
  /** Breaks ties in time: events of one instant and rank happen in the order in which they were scheduled. */
  readonly seq: number
  readonly rank: Rank
  readonly kind: K
  readonly target: EventTarget
  readonly payload: KernelEvents[K]
  /** Background events (heartbeats, reports) do not make virtual time move by themselves. */
  readonly background: boolean
}

/** What to schedule, and when: `at` is absolute, `afterMs` counts from now (default: now). */
export interface ScheduleOptions<K extends keyof KernelEvents> {
  kind: K
  payload: KernelEvents[K]
  target?: EventTarget
  at?: number
  afterMs?: number
  rank?: Rank
  background?: boolean
}

/** How a scheduled event is cancelled. It is a number, so it can be part of the state. */
export type EventId = number

/** The most events that may wait at once. */
export const queueLimit = 4_000_000

class Pending implements Undoable, KernelEvent {
  stamp = 0
  isQueued = true
  inHeap = true
  readonly at: number
  readonly seq: number
  readonly rank: Rank
  readonly kind: keyof KernelEvents
  readonly target: EventTarget
  readonly payload: KernelEvents[keyof KernelEvents]
  readonly background: boolean
  readonly #queue: Queue

  constructor(
    options: ScheduleOptions<keyof KernelEvents>,
    { at, seq, queue }: { at: number; seq: number; queue: Queue },
  ) {
    this.at = at
    this.seq = seq
    this.rank = options.rank ?? rank.ordinary
    this.kind = options.kind
    this.target = options.target ?? null
    this.payload = options.payload
    this.background = options.background ?? false
    this.#queue = queue
  }

  restore(state: unknown): void {
    this.#queue.put(this, state as boolean)
  }

  isAt(state: unknown): boolean {
    return this.isQueued === state
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  if (a.at !== b.at) return a.at < b.at
  if (a.rank !== b.rank) return a.rank < b.rank
  return a.seq < b.seq
}

/** A binary heap of pending events that can be taken back: what left the queue returns, what entered leaves. */
class Queue {
  readonly #heap: Pending[] = []
  readonly #byId = new Map<EventId, Pending>()
  foreground = 0

  get size(): number {
    return this.#byId.size
  }

  /** Puts an event in or takes it out. Taking out is lazy: the heap drops it when it comes to the top. */
  put(event: Pending, isQueued: boolean): void {
    if (event.isQueued === isQueued && this.#byId.has(event.seq) === isQueued) return
    event.isQueued = isQueued
    if (!event.background) this.foreground += isQueued ? 1 : -1
    if (!isQueued) {
      this.#byId.delete(event.seq)
      return
    }
    this.#byId.set(event.seq, event)
    if (event.inHeap) return
    event.inHeap = true
    this.#push(event)
  }

  add(event: Pending): void {
    this.#byId.set(event.seq, event)
    if (!event.background) this.foreground += 1
    this.#push(event)
  }

  find(id: EventId): Pending | undefined {
    return this.#byId.get(id)
  }

  peek(): Pending | undefined {
    while (this.#heap.length > 0 && !this.#heap[0]!.isQueued) this.#pop()
    return this.#heap[0]
  }

  /** All waiting events in the order in which they would happen. */
  list(): Pending[] {
    return [...this.#byId.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  #push(event: Pending): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(event, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = event
  }

  #pop(): void {
    const heap = this.#heap
    heap[0]!.inHeap = false
    const last = heap.pop()!
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

/** What a handler is given. */
export type EventHandler<K extends keyof KernelEvents> = (event: KernelEvent<K>) => void

/** A moment of the whole world to which it can return. */
export interface Snapshot {
  readonly mark: Mark
  /** Virtual time of the snapshot, ms since the Unix epoch. */
  readonly at: number
}

/** Starts a world: its seed, and the virtual time at which it begins (ms since the Unix epoch). */
export interface KernelOptions {
  seed: string
  startAt: number
}

/** One world: its state, its clock, its queue, its randomness and its trace. Everything in it is synchronous. */
export class Kernel {
  readonly store = new Store()
  readonly random: Random
  readonly trace: Trace
  readonly #queue = new Queue()
  readonly #handlers = new Map<keyof KernelEvents, EventHandler<never>>()
  readonly #now: Cell<number>
  readonly #seq: Cell<number>
  readonly #handled: Cell<number>
  #isHandling = false

  constructor(options: KernelOptions) {
    this.#now = this.store.cell('kernel.now', options.startAt)
    this.#seq = this.store.cell('kernel.seq', 0)
    this.#handled = this.store.cell('kernel.handled', 0)
    this.random = createRandom(options.seed, this.store)
    this.trace = new Trace(this.store, () => this.#now.get())
  }

  /** Virtual time in whole ms since the Unix epoch. */
  now(): number {
    return this.#now.get()
  }

  /** How many events have been handled: the place at which an input from outside is recorded. */
  get handledEvents(): number {
    return this.#handled.get()
  }

  /** How many events wait. */
  get pendingEvents(): number {
    return this.#queue.size
  }

  /** How many of the waiting events make virtual time move. */
  get pendingForeground(): number {
    return this.#queue.foreground
  }

  /** Sets the handler of a kind of event. Each kind has exactly one. */
  handle<K extends keyof KernelEvents>(kind: K, handler: EventHandler<K>): void {
    invariant(!this.#handlers.has(kind), `events of kind '${String(kind)}' have one handler`)
    this.#handlers.set(kind, handler as EventHandler<never>)
  }

  /** Puts an event in the queue. An event in the past is a broken invariant. */
  schedule<K extends keyof KernelEvents>(options: ScheduleOptions<K>): EventId {
    const now = this.#now.get()
    const at = options.at ?? now + Math.max(0, Math.round(options.afterMs ?? 0))
    // The sentence is made only when it is needed.
    if (at < now) invariant(false, `an event of kind '${String(options.kind)}' lies in the past`)
    invariant(this.#queue.size < queueLimit, 'the event queue is full')
    const seq = this.#seq.get() + 1
    this.#seq.set(seq)
    const event = new Pending(options, { at, seq, queue: this.#queue })
    this.store.save(event, false)
    this.#queue.add(event)
    return seq
  }

  /** Takes a waiting event out of the queue; false when it has happened or was cancelled already. */
  cancel(id: EventId): boolean {
    const event = this.#queue.find(id)
    if (!event) return false
    this.#take(event)
    return true
  }

  /** The time of the next event, or null when nothing waits. */
  nextAt(): number | null {
    return this.#queue.peek()?.at ?? null
  }

  /** The next event as data, or null. */
  peek(): KernelEvent | null {
    return this.#queue.peek() ?? null
  }

  /** All waiting events as data, in order: for dumps, comparisons and the dashboard. */
  pending(): readonly KernelEvent[] {
    return this.#queue.list()
  }

  /** Lets the next event happen; false when nothing waits. */
  step(): boolean {
    const event = this.#queue.peek()
    if (!event) return false
    this.#happen(event)
    return true
  }

  /**
   * Lets everything happen that is due up to and including `until`, and moves the clock there. With `maxEvents`
   * it stops early; returns whether all was done. `isHeld` leaves the closing events of the last instant waiting.
   */
  runUntil(
    until: number,
    options: { maxEvents?: number; holdEndOfInstant?: boolean } = {},
  ): boolean {
    let left = options.maxEvents ?? Number.POSITIVE_INFINITY
    for (;;) {
      const event = this.#queue.peek()
      if (!event || event.at > until) break
      if (options.holdEndOfInstant && event.rank === rank.endOfInstant && event.at === until) break
      if (left <= 0) return false
      left -= 1
      this.#happen(event)
    }
    if (until > this.#now.get()) this.#now.set(until)
    return true
  }

  /**
   * Goes to where an input from outside once entered: after `place` handled events, at the time `at`. A place that
   * lies behind, or that the events do not lead to, is a broken invariant: the history is another one.
   */
  replayTo({ place, at }: { place: number; at: number }): void {
    while (this.#handled.get() < place && this.step());
    const isThere = this.#handled.get() === place && this.now() <= at
    invariant(isThere, 'a recorded input finds the place at which it entered')
    this.#now.set(at)
  }

  /** Remembers the whole world in O(1). */
  snapshot(): Snapshot {
    invariant(!this.#isHandling, 'a snapshot is taken between events')
    return { mark: this.store.mark(), at: this.now() }
  }

  /** Returns the world to a snapshot; the snapshot stays good for another revert. */
  revert(snapshot: Snapshot): void {
    invariant(!this.#isHandling, 'a revert happens between events')
    this.store.revert(snapshot.mark)
  }

  /** Whether a snapshot can still be returned to: going back further has ended it, or it was given up. */
  isOpen(snapshot: Snapshot): boolean {
    return this.store.isOpen(snapshot.mark)
  }

  /** Gives a snapshot up. */
  release(snapshot: Snapshot): void {
    this.store.release(snapshot.mark)
  }

  #take(event: Pending): void {
    this.store.save(event, true)
    this.#queue.put(event, false)
  }

  #happen(event: Pending): void {
    const handler = this.#handlers.get(event.kind)
    if (!handler) invariant(false, `nobody handles events of kind '${String(event.kind)}'`)
    invariant(!this.#isHandling, 'an event happens after the one before it has ended')
    this.#take(event)
    this.#now.set(event.at)
    this.#handled.set(this.#handled.get() + 1)
    this.#isHandling = true
    try {
      handler(event as KernelEvent as never)
    } finally {
      this.#isHandling = false
    }
  }
}
