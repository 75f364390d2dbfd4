// All sessions of a relay: who is connected, and what waits for whom (`rmb-rs: src/relay/switch/mod.rs`).

import { type Address, formatAddress } from '../../address.ts'
import type { Connection } from './connection.ts'
import { Mailbox, type MailboxHost, type Parcel } from './mailbox.ts'
import type { Metrics } from './metrics.ts'

/** What the store behind the real relay says when its memory is full. */
const storeFull = "redis error: OOM: command not allowed when used memory > 'maxmemory'."

/** Where the switchboard's happenings go, and the time. */
export type SwitchboardHost = Omit<MailboxHost, 'weigh'>

/** Keeps one mailbox for each session that is connected or has mail. */
export class Switchboard {
  readonly #boxes = new Map<string, Mailbox>()
  readonly #host: MailboxHost
  readonly #metrics: Metrics
  readonly #maxConnections: number
  readonly #maxBytes: number
  readonly #bytesElsewhere: () => number
  #connected = 0
  #bytes = 0

  constructor(options: {
    host: SwitchboardHost
    metrics: Metrics
    maxConnections: number
    maxBytes: number
    /** Bytes that count against the bound though they wait in another place. */
    bytesElsewhere: () => number
  }) {
    const { host } = options
    this.#metrics = options.metrics
    this.#maxConnections = options.maxConnections
    this.#maxBytes = options.maxBytes
    this.#bytesElsewhere = options.bytesElsewhere
    this.#host = {
      now: () => host.now(),
      enter: body => host.enter(body),
      queued: (address, parcel) => host.queued(address, parcel),
      sent: (address, parcel) => host.sent(address, parcel),
      keep: (address, parcel) => host.keep(address, parcel),
      forget: kept => host.forget(kept),
      lost: (address, parcel, reason) => host.lost(address, parcel, reason),
      weigh: bytes => {
        this.#bytes += bytes
      },
    }
  }

  get connections(): number {
    return this.#connected
  }

  /** Bytes that wait for sessions, or to be written. */
  get queuedBytes(): number {
    return this.#bytes
  }

  isConnected(address: Address): boolean {
    return (this.#boxes.get(formatAddress(address))?.connection ?? null) !== null
  }

  /** How many messages wait for a session or to be written to it. */
  waitingFor(address: Address): number {
    return this.#boxes.get(formatAddress(address))?.length ?? 0
  }

  /** Why there is no room for a message; null when there is. */
  problemWith(bytes: Uint8Array): string | null {
    const kept = this.#bytes + this.#bytesElsewhere()
    return kept + bytes.length > this.#maxBytes ? storeFull : null
  }

  /** Queues a message for a session; the reason when that is not possible. */
  push(address: Address, parcel: Parcel): string | null {
    const problem = this.problemWith(parcel.bytes)
    if (problem !== null) return problem
    this.#metrics.received(parcel.bytes.length)
    this.#boxOf(address).push(parcel)
    return null
  }

  /** Puts in what was kept by an earlier process. */
  restore(address: Address, parcel: Parcel, at: number): void {
    this.#boxOf(address).restore(parcel, at)
  }

  /** Takes a new connection in place of the session's older one; false when there are too many. */
  connect(connection: Connection): boolean {
    if (this.#connected >= this.#maxConnections) return false
    const box = this.#boxOf(connection.session)
    const older = box.connection
    if (older) {
      this.disconnect(older)
      older.close()
    }
    this.#connected += 1
    this.#boxes.set(box.key, box)
    box.connect(connection)
    return true
  }

  /** Forgets a connection if it still is the session's. */
  disconnect(connection: Connection): void {
    const box = this.#boxes.get(formatAddress(connection.session))
    if (box?.connection !== connection) return
    this.#connected -= 1
    this.#metrics.evicted('cancelled')
    box.disconnect()
    if (box.isIdle) this.#boxes.delete(box.key)
  }

  /** Ends what has been stuck or waiting for too long. */
  sweep(): void {
    this.#host.enter(() => {
      for (const box of [...this.#boxes.values()]) {
        box.expire()
        if (box.isIdle) this.#boxes.delete(box.key)
        if (!box.isStuck || !box.connection) continue
        this.#metrics.evicted('back_pressure_timeout')
        box.connection.drop()
      }
    })
  }

  /** Everybody who is connected. */
  all(): Connection[] {
    return [...this.#boxes.values()].flatMap(({ connection }) => connection ?? [])
  }

  #boxOf(address: Address): Mailbox {
    const key = formatAddress(address)
    let box = this.#boxes.get(key)
    if (!box) {
      box = new Mailbox(address, key, this.#host)
      this.#boxes.set(key, box)
    }
    return box
  }
}
