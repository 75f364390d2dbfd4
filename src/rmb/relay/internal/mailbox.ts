// What waits for one session, and the connection through which it goes when there is one.

import type { Address } from '../../address.ts'
import { queueLifeMs, queueLimit } from '../../bus.ts'
import type { Connection } from './connection.ts'
import { Deque } from './deque.ts'

/** How long a connection may take nothing before it is cut (`rmb-rs: src/relay/switch/worker.rs`). */
export const backPressureMs = 60_000

/** What an entry costs beside its bytes. */
const entryOverheadBytes = 200

/** A message on its way to a session. */
export interface Parcel {
  readonly uid: string
  /** The command, or what else it is: for the trace. */
  readonly what: string
  readonly bytes: Uint8Array
  /** Under which number it is kept over the end of the process; absent when it is not. */
  readonly kept?: number
}

/** What a mailbox tells of: for the trace, the counters and the bound on memory. */
export interface MailboxHost {
  now(): number
  /** Makes what follows part of the world's present instant. */
  enter(body: () => void): void
  queued(address: string, parcel: Parcel): void
  sent(address: string, parcel: Parcel): void
  /** The parcel is gone: its queue was too long, or too old. */
  lost(address: string, parcel: Parcel, reason: 'full' | 'old'): void
  /** Keeps a parcel over the end of the process; the number under which it is kept. */
  keep(address: string, parcel: Parcel): number
  /** The parcel of this number is needed no more. */
  forget(kept: number): void
  /** The bytes that are kept have become more or less. */
  weigh(bytes: number): void
}

/** The queue of one session. A parcel stays in it until its connection has written it. */
export class Mailbox {
  readonly address: Address
  readonly key: string
  readonly #host: MailboxHost
  readonly #parcels = new Deque<Parcel>()
  #connection: Connection | null = null
  /** The place of the first parcel that the connection was not given yet. */
  #next = 0
  #lastAt = 0
  #blockedSince: number | null = null

  constructor(address: Address, key: string, host: MailboxHost) {
    this.address = address
    this.key = key
    this.#host = host
  }

  get connection(): Connection | null {
    return this.#connection
  }

  /** Nobody is connected and nothing waits. */
  get isIdle(): boolean {
    return this.#connection === null && this.#parcels.length === 0
  }

  get length(): number {
    return this.#parcels.length
  }

  push(parcel: Parcel): void {
    this.expire()
    const place = this.#parcels.end
    this.#parcels.push(parcel)
    this.#lastAt = this.#host.now()
    this.#host.weigh(weightOf(parcel))
    if (this.#parcels.length > queueLimit) this.#shift('full')
    this.#pump()
    const isGiven = this.#next > place
    // What the system has taken arrives even when this process ends.
    if (isGiven && this.#connection?.isFlushed) return
    const own = { ...parcel, bytes: ownBytes(parcel.bytes) }
    this.#parcels.replace(place, { ...own, kept: this.#host.keep(this.key, own) })
    if (!isGiven) this.#host.queued(this.key, parcel)
  }

  /** Puts in what was kept by an earlier process, that came at `at` (wall time in ms). */
  restore(parcel: Parcel, at: number): void {
    this.#parcels.push(parcel)
    this.#lastAt = Math.max(this.#lastAt, at)
    this.#host.weigh(weightOf(parcel))
  }

  /** Gives everything that was not yet written to a new connection. */
  connect(connection: Connection): void {
    this.expire()
    this.#rewind(connection)
    this.#host.enter(() => this.#pump())
  }

  /** The connection is gone; what it had not written stays for the next one. */
  disconnect(): void {
    this.#rewind(null)
  }

  /** Loses everything when the last parcel came too long ago. */
  expire(): void {
    if (this.#parcels.length === 0 || this.#host.now() - this.#lastAt <= queueLifeMs) return
    while (this.#parcels.length > 0) this.#shift('old')
  }

  /** Whether the connection has taken nothing for too long although something waits. */
  get isStuck(): boolean {
    const since = this.#blockedSince
    return since !== null && this.#host.now() - since > backPressureMs
  }

  #rewind(connection: Connection | null): void {
    this.#connection = connection
    this.#next = this.#parcels.first
    this.#blockedSince = null
  }

  #pump(): void {
    while (this.#connection !== null && this.#next < this.#parcels.end) {
      if (!this.#connection.canTake) {
        this.#blockedSince ??= this.#host.now()
        return
      }
      this.#send(this.#connection)
    }
  }

  #send(connection: Connection): void {
    const place = this.#next
    const parcel = this.#parcels.at(place)!
    this.#next += 1
    this.#host.sent(this.key, parcel)
    connection.send(parcel.bytes, isWritten => {
      if (isWritten && this.#connection === connection) this.#written(place)
    })
  }

  #written(place: number): void {
    this.#blockedSince = null
    while (this.#parcels.first <= place && this.#parcels.length > 0) this.#shift(null)
    if (this.#next < this.#parcels.end) this.#host.enter(() => this.#pump())
  }

  #shift(reason: 'full' | 'old' | null): void {
    const place = this.#parcels.first
    const parcel = this.#parcels.shift()!
    this.#host.weigh(-weightOf(parcel))
    if (parcel.kept !== undefined) this.#host.forget(parcel.kept)
    // What the connection has been given is not lost.
    if (reason !== null && place >= this.#next) this.#host.lost(this.key, parcel, reason)
    if (this.#next < this.#parcels.first) this.#next = this.#parcels.first
  }
}

const weightOf = ({ bytes }: Parcel) => bytes.length + entryOverheadBytes

/** Bytes that keep no larger buffer alive: what a socket reads shares 64 KiB with its neighbours. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength <= bytes.length + 1024 ? bytes : new Uint8Array(bytes)
}
