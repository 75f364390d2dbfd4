// The message bus inside the world: plain messages between twins, delivered by kernel events, each with an outcome.

import { invariant } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'
import type { RandomStream } from '../kernel/random.ts'
import type { Cell, StoreMap } from '../kernel/store.ts'
import type { TraceEvents } from '../kernel/trace.ts'
import { type Address, formatAddress, sameAddress } from './address.ts'
import { relayErrors } from './errors.ts'
import { tell } from './internal/tell.ts'
import { FAIL_FAST, hasTag } from './tags.ts'

/** What a message says. A payload is JSON text; null stands for none at all. */
export type BusBody =
  | { readonly type: 'request'; readonly command: string; readonly payload: string | null }
  | { readonly type: 'response'; readonly payload: string | null }
  | { readonly type: 'error'; readonly code: number; readonly message: string }

/** A message between twins, as parties of this process see it: no bytes, no cipher, no signature. */
export interface BusMessage {
  /** Correlates a reply with its request. */
  readonly uid: string
  readonly source: Address
  readonly destination: Address
  readonly tags?: string
  /** Virtual time in ms after which nobody takes it. */
  readonly expiresAt: number
  /** Media type; null when the sender gave none. */
  readonly schema: string | null
  readonly body: BusBody
}

/** What the bus needs to know of a twin; the chain fulfils it. */
export interface BusTwin {
  readonly id: number
  /** `0x` hex of the account's public key. */
  readonly account: string
  /** Relay string on the chain; null when it is not set. */
  readonly relay: string | null
  /** Compressed secp256k1 key for end-to-end encryption; null when it is not set. */
  readonly pk: Uint8Array | null
}

/** Finds twins on the chain. */
export interface TwinDirectory {
  twin(id: number): BusTwin | null
}

/** Who takes the messages of an address inside this process: a kind of receiver, and which one. */
export interface Attachment {
  readonly receiver: string
  readonly ref: number
  readonly isOnline: boolean
}

/** The kinds of kernel event that bring the outcome of a request; layers add theirs by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in each layer.
export interface AnswerKinds {}

/** How the caller of a request hears of its end. */
export interface AnswerReply {
  readonly kind: keyof AnswerKinds
  readonly target: string | number | bigint | null
  /** Comes back with the answer. */
  readonly ref: string
}

/** The end of a request. Every request has one. */
export type BusAnswer =
  | { readonly ref: string; readonly type: 'response'; readonly payload: string | null }
  | {
      readonly ref: string
      readonly type: 'error'
      readonly code: number
      readonly message: string
    }
  | { readonly ref: string; readonly type: 'expired' }

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** A message of this process reaches the relay's side of its destination. */
    'rmb.arrive': BusMessage
    /** A message from outside, past the relay's checks, reaches its destination. */
    'rmb.inbound': BusMessage
    /** A request has waited for its answer as long as it may. */
    'rmb.expire': null
  }
}

declare module '../kernel/trace.ts' {
  interface TraceEvents {
    'rmb.sent': { uid: string; from: string; to: string; what: string }
    'rmb.queued': { uid: string; to: string }
    'rmb.delivered': { uid: string; to: string; what: string }
    'rmb.refused': { uid: string; to: string; reason: string }
    'rmb.expired': { uid: string; to: string }
    'rmb.dropped': { uid: string; to: string; reason: string }
  }
}

/** How long a message takes from one party of the process to another, in ms of virtual time. */
export const defaultHopMs = 5

/** Entries that wait for an address that is not online (`rmb-rs: src/relay/switch/mod.rs`, QUEUE_MAXLEN). */
export const queueLimit = 10_000

/** How long a queue outlives its last entry, in ms (`rmb-rs: src/relay/switch/mod.rs`, QUEUE_EXPIRE). */
export const queueLifeMs = 3_600_000

/** The ends of an address's queue: its messages lie in a map of their own, from `first` up to `next`. */
interface Waiting {
  readonly first: number
  readonly next: number
  readonly lastAt: number
}

interface Pending {
  readonly reply: AnswerReply
  readonly timer: EventId
  readonly from: Address
  readonly to: number
}

/** Where messages go whose destination is not in this process; the relay's edge fulfils it. */
export interface OutsideRoute {
  /** Takes a message for an address outside. Encoding, encrypting and signing happen there. */
  deliver(message: BusMessage): void
  /** Whether somebody outside is connected at that address. */
  isConnected(address: Address): boolean
  /** Whether twins with this relay string are at home at another relay; without, none is. */
  isForeign?(relay: string): boolean
}

/** What decides where a message goes. */
export interface Heading {
  readonly uid: string
  readonly source: Address
  readonly destination: Address
  /** Responses and errors also reach the caller who waits for them. */
  readonly isReply: boolean
}

/** What becomes of a message on its way: it arrives, perhaps late or several times; it is lost; or it is kept. */
export type Fate =
  /** Ms of virtual time beside the usual hop, one entry per copy. */
  | { readonly type: 'arrives'; readonly lateMs: readonly number[] }
  | { readonly type: 'lost'; readonly reason: string }
  /** Whoever decided so has it, and lets it go on with `carry`. */
  | { readonly type: 'kept' }

/** Where a message enters the bus: sent by a party of this process, or brought from outside. */
export type Door = 'sent' | 'inbound'

/** What stands between senders and receivers. It is asked only while it is active, so that it costs nothing else. */
export interface Passage {
  readonly isActive: boolean
  fateOf(message: BusMessage, door: Door): Fate
  /** Entries that wait for an address that is not online. */
  readonly queueLimit: number
}

/** Where a message's destination is: takes it now, is in this process but not online, or is not in it. */
export type Place = 'here' | 'offline' | 'elsewhere'

/** Where messages go that a socket has seen before. */
const deafOutside: OutsideRoute = { deliver: () => undefined, isConnected: () => true }

const openPassage: Passage = {
  isActive: false,
  fateOf: () => ({ type: 'arrives', lateMs: [0] }),
  queueLimit,
}

/** The bus of one world. */
export class Bus {
  readonly #kernel: Kernel
  readonly #directory: TwinDirectory
  readonly #hopMs: number
  readonly #uids: RandomStream
  readonly #attachments: StoreMap<string, Attachment>
  readonly #waiting: StoreMap<string, Waiting>
  readonly #messages: StoreMap<string, BusMessage>
  readonly #waitingBytes: Cell<number>
  readonly #pending: StoreMap<string, Pending>
  readonly #callers: StoreMap<string, true>
  readonly #receivers = new Map<string, (message: BusMessage, ref: number) => void>()
  #outside: OutsideRoute | null = null
  #passage: Passage = openPassage

  constructor(options: { kernel: Kernel; directory: TwinDirectory; hopMs?: number }) {
    const { kernel } = options
    this.#kernel = kernel
    this.#directory = options.directory
    this.#hopMs = options.hopMs ?? defaultHopMs
    this.#uids = kernel.random.stream('rmb/uid')
    this.#attachments = kernel.store.map('rmb.attachments')
    this.#waiting = kernel.store.map('rmb.waiting')
    this.#messages = kernel.store.map('rmb.messages')
    this.#waitingBytes = kernel.store.cell('rmb.waitingBytes', 0)
    this.#pending = kernel.store.map('rmb.pending')
    this.#callers = kernel.store.map('rmb.callers')
    kernel.handle('rmb.arrive', event => this.#arrive(event.payload))
    kernel.handle('rmb.inbound', event => this.#accept(event.payload))
    kernel.handle('rmb.expire', event => this.#settle(String(event.target), { type: 'expired' }))
  }

  /** About how many bytes wait for addresses that are not online. */
  get waitingBytes(): number {
    return this.#waitingBytes.get()
  }

  get directory(): TwinDirectory {
    return this.#directory
  }

  /** Says who takes the messages of attachments of one kind. */
  receive(receiver: string, take: (message: BusMessage, ref: number) => void): void {
    invariant(!this.#receivers.has(receiver), `messages for '${receiver}' have one receiver`)
    this.#receivers.set(receiver, take)
  }

  /** Lets something stand between senders and receivers. */
  setPassage(passage: Passage): void {
    this.#passage = passage
  }

  /** Sends messages for addresses outside of this process there; null ends it. */
  connectOutside(route: OutsideRoute | null): void {
    this.#outside = route
  }

  /** Runs `body` while what goes outside is lost: it has gone there once already. */
  withDeafOutside(body: () => void): void {
    const outside = this.#outside
    this.#outside = deafOutside
    try {
      body()
    } finally {
      this.#outside = outside
    }
  }

  /** Attaches an address of this process. Attaching again replaces, and brings it online. */
  attach(address: Address, options: { receiver: string; ref?: number }): void {
    const attachment = { receiver: options.receiver, ref: options.ref ?? 0, isOnline: true }
    this.#attachments.set(formatAddress(address), attachment)
    this.#flush(address)
  }

  detach(address: Address): void {
    this.#attachments.delete(formatAddress(address))
  }

  /** What is attached at an address. */
  attached(address: Address): Attachment | undefined {
    return this.#attachments.get(formatAddress(address))
  }

  /** Takes an address off the bus, or back: what comes meanwhile waits in its queue. */
  setOnline(address: Address, isOnline: boolean): void {
    const key = formatAddress(address)
    const attachment = this.#attachments.get(key)
    if (!attachment || attachment.isOnline === isOnline) return
    this.#attachments.set(key, { ...attachment, isOnline })
    if (isOnline) this.#flush(address)
  }

  /** Sends a message. What the relay would refuse is answered by an error when it is a request. */
  send(message: BusMessage): void {
    this.#tell('rmb.sent', {
      uid: message.uid,
      from: formatAddress(message.source),
      to: formatAddress(message.destination),
      what: whatOf(message.body),
    })
    if (this.#passage.isActive) this.pass(message, 'sent')
    else this.carry(message, 'sent')
  }

  /** Lets a message go on from where it entered, some ms later than usual, whatever stands in between. */
  carry(message: BusMessage, door: Door, lateMs = 0): void {
    const target = message.destination.twin
    if (door === 'sent') {
      const afterMs = this.#hopOf(message) + lateMs
      this.#kernel.schedule({ kind: 'rmb.arrive', target, payload: message, afterMs })
    } else this.#kernel.schedule({ kind: 'rmb.inbound', target, payload: message, afterMs: lateMs })
  }

  /** Lets a message meet what stands in between. */
  pass(message: BusMessage, door: Door): void {
    const fate = this.#passage.fateOf(message, door)
    switch (fate.type) {
      case 'arrives':
        for (const lateMs of fate.lateMs) this.carry(message, door, lateMs)
        break
      case 'lost': {
        const { uid } = message
        this.#tell('rmb.dropped', {
          uid,
          to: formatAddress(message.destination),
          reason: fate.reason,
        })
        break
      }
      case 'kept':
        break
    }
  }

  /**
   * Takes a message from outside at the present instant. Whoever brings it has made the relay's checks, and those
   * of the receiver's peer; `find` has said that its destination is in this process.
   */
  inject(message: BusMessage): void {
    if (this.#passage.isActive) this.pass(message, 'inbound')
    else this.carry(message, 'inbound')
  }

  /** Where a message goes in this process, if it does. */
  find(heading: Heading): Place {
    if (this.isAwaited(heading)) return 'here'
    const key = formatAddress(heading.destination)
    const attachment = this.#attachments.get(key)
    if (attachment?.isOnline) return 'here'
    if (attachment) return 'offline'
    const isLate = heading.isReply && this.#callers.has(key)
    return isLate && !this.#outside?.isConnected(heading.destination) ? 'here' : 'elsewhere'
  }

  /** Whether a party of this process waits for just this reply. */
  isAwaited({ uid, source, destination, isReply }: Heading): boolean {
    if (!isReply) return false
    const pending = this.#pending.get(uid)
    if (!pending || pending.to !== source.twin) return false
    return sameAddress(pending.from, destination)
  }

  /**
   * Sends a request from a party of this process and brings the end of it to `reply`: the answer, the error,
   * or that it expired after `ttlMs`. Returns the uid.
   */
  request(
    options: {
      from: Address
      to: number
      command: string
      payload: string | null
      ttlMs: number
      tags?: string
    },
    reply: AnswerReply,
  ): string {
    const { from, to } = options
    const uid = this.#uids.uuid()
    const timer = this.#kernel.schedule({
      kind: 'rmb.expire',
      target: uid,
      payload: null,
      afterMs: options.ttlMs,
    })
    this.#pending.set(uid, { reply, timer, from, to })
    const caller = formatAddress(from)
    if (!this.#callers.has(caller)) this.#callers.set(caller, true)
    this.send({
      uid,
      source: from,
      destination: { twin: to },
      expiresAt: this.#kernel.now() + options.ttlMs,
      schema: 'application/json',
      body: { type: 'request', command: options.command, payload: options.payload },
      ...(options.tags === undefined ? {} : { tags: options.tags }),
    })
    return uid
  }

  /** The reply to a request, as a peer makes it: to the very session that asked, for five minutes. */
  respond(request: BusMessage, body: Exclude<BusBody, { type: 'request' }>): void {
    this.send({
      uid: request.uid,
      source: request.destination,
      destination: request.source,
      expiresAt: this.#kernel.now() + 300_000,
      schema: 'application/json',
      body,
    })
  }

  /** Tells a requester that the relay does not pass its message on; other messages vanish. */
  refuse(message: BusMessage, reason: string): void {
    const to = formatAddress(message.destination)
    this.#tell('rmb.refused', { uid: message.uid, to, reason })
    if (message.body.type !== 'request') return
    if (this.fail(message, reason)) return
    if (this.attached(message.source)) return
    this.#outside?.deliver({
      uid: message.uid,
      source: { twin: 0 },
      destination: message.source,
      expiresAt: this.#kernel.now() + 300_000,
      schema: null,
      body: { type: 'error', code: 0, message: reason },
    })
  }

  /** Ends a request of a party of this process with the relay's error; false when nobody waits for it. */
  fail({ uid, source }: { uid: string; source: Address }, reason: string): boolean {
    const pending = this.#pending.get(uid)
    if (!pending || !sameAddress(pending.from, source)) return false
    this.#settle(uid, { type: 'error', code: 0, message: reason })
    return true
  }

  /** What leaves the process travels a real network: it needs no hop of virtual time. */
  #hopOf(message: BusMessage): number {
    if (this.#outside === null) return this.#hopMs
    return this.find(headingOf(message)) === 'elsewhere' ? 0 : this.#hopMs
  }

  #arrive(message: BusMessage): void {
    const place = this.find(headingOf(message))
    const refusal = this.#refusalOf(message, place)
    if (refusal !== null) this.refuse(message, refusal)
    else if (place === 'elsewhere' && this.#outside) this.#outside.deliver(message)
    else this.#accept(message)
  }

  /** The relay's checks of a destination, in its order (`rmb-rs: src/relay/api.rs`). */
  #refusalOf({ destination, tags }: BusMessage, place: Place): string | null {
    if (destination.twin === 0) return relayErrors.missingDestination
    if (place === 'here' || this.#outside?.isConnected(destination)) return null
    const twin = this.#directory.twin(destination.twin)
    if (!twin) return relayErrors.unknownDestination
    if (twin.relay === null || twin.relay === '') return relayErrors.relayNotSet
    if (this.#outside?.isForeign?.(twin.relay)) return null
    return hasTag(tags, FAIL_FAST) ? relayErrors.destinationOffline : null
  }

  /** Gives a message to whoever takes it in this process, or lets it wait for them. */
  #accept(message: BusMessage): void {
    const heading = headingOf(message)
    const place = this.find(heading)
    if (place !== 'here') {
      this.#enqueue(message)
      return
    }
    const { uid } = message
    const to = formatAddress(message.destination)
    if (message.expiresAt <= this.#kernel.now()) {
      this.#tell('rmb.expired', { uid, to })
      return
    }
    const { body } = message
    if (body.type !== 'request' && this.isAwaited(heading)) {
      this.#tell('rmb.delivered', { uid, to, what: whatOf(body) })
      this.#settle(uid, body)
      return
    }
    const attachment = this.#attachments.get(to)
    if (!attachment) {
      this.#tell('rmb.dropped', { uid, to, reason: 'nobody waits for this reply' })
      return
    }
    const take = this.#receivers.get(attachment.receiver)
    invariant(take, `somebody receives messages for '${attachment.receiver}'`)
    this.#tell('rmb.delivered', { uid, to, what: whatOf(body) })
    take(message, attachment.ref)
  }

  #enqueue(message: BusMessage): void {
    const key = formatAddress(message.destination)
    const now = this.#kernel.now()
    const waiting = this.#liveQueue(key) ?? { first: 0, next: 0, lastAt: now }
    const { next } = waiting
    this.#messages.set(entryKey(next, key), message)
    this.#waitingBytes.set(this.#waitingBytes.get() + weightOf(message))
    const limit = this.#passage.isActive ? this.#passage.queueLimit : queueLimit
    const first = Math.max(waiting.first, next + 1 - limit)
    for (let at = waiting.first; at < Math.min(first, next); at += 1)
      this.#drop(key, at, 'the queue is full')
    this.#waiting.set(key, { first, next: next + 1, lastAt: now })
    this.#tell('rmb.queued', { uid: message.uid, to: key })
  }

  /** The queue of an address; one whose last entry is too old is gone, and what was in it has expired. */
  #liveQueue(key: string): Waiting | undefined {
    const waiting = this.#waiting.get(key)
    if (!waiting || this.#kernel.now() - waiting.lastAt <= queueLifeMs) return waiting
    for (let at = waiting.first; at < waiting.next; at += 1) this.#drop(key, at, null)
    this.#waiting.delete(key)
    return undefined
  }

  /** Loses an entry of a queue: for a reason, or because its time is over. */
  #drop(key: string, at: number, reason: string | null): void {
    const { uid } = this.#take(key, at)
    if (reason === null) this.#tell('rmb.expired', { uid, to: key })
    else this.#tell('rmb.dropped', { uid, to: key, reason })
  }

  #take(key: string, at: number): BusMessage {
    const entry = entryKey(at, key)
    const message = this.#messages.get(entry)
    invariant(message, 'a queue holds every entry between its ends')
    this.#messages.delete(entry)
    this.#waitingBytes.set(this.#waitingBytes.get() - weightOf(message))
    return message
  }

  /** Delivers what waited for an address, in order. */
  #flush(address: Address): void {
    const key = formatAddress(address)
    const waiting = this.#liveQueue(key)
    if (!waiting) return
    this.#waiting.delete(key)
    for (let at = waiting.first; at < waiting.next; at += 1) {
      this.carry(this.#take(key, at), 'inbound')
    }
  }

  #tell<K extends keyof TraceEvents>(kind: K, fields: TraceEvents[K]): void {
    tell(this.#kernel.trace, kind, fields)
  }

  #settle(uid: string, end: { type: 'expired' } | Exclude<BusBody, { type: 'request' }>): void {
    const pending = this.#pending.get(uid)
    if (!pending) return
    this.#pending.delete(uid)
    this.#kernel.cancel(pending.timer)
    const { kind, target, ref } = pending.reply
    const payload = { ...end, ref }
    this.#kernel.schedule({ kind, target, payload: payload as never })
  }
}

/** About how many bytes a message keeps. */
function weightOf({ uid, body }: BusMessage): number {
  const {
    payload = null,
    command = '',
    message = '',
  } = body as {
    payload?: string | null
    command?: string
    message?: string
  }
  return 200 + uid.length + command.length + message.length + (payload?.length ?? 0)
}

const entryKey = (at: number, key: string) => `${at}/${key}`

function headingOf({ uid, source, destination, body }: BusMessage): Heading {
  return { uid, source, destination, isReply: body.type !== 'request' }
}

/** A message's content in a few words, for the trace. */
export function whatOf(body: BusBody): string {
  if (body.type === 'request') return body.command
  return body.type === 'response' ? 'response' : `error ${body.code} ${body.message}`
}
