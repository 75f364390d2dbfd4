// The message bus inside the world: plain messages between twins, delivered by kernel events, each with an outcome.

import { invariant } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'
import type { RandomStream } from '../kernel/random.ts'
import type { StoreMap } from '../kernel/store.ts'
import { type Address, formatAddress, sameAddress } from './address.ts'
import { relayErrors } from './errors.ts'
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
    /** A message reaches the relay's side of its destination. */
    'rmb.arrive': BusMessage
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
  }
}

/** How long a message takes from one party of the process to another, in ms of virtual time. */
export const defaultHopMs = 5

/** Entries that wait for an address that is not online (`rmb-rs: src/relay/switch`, MAX_STREAM). */
export const queueLimit = 10_000

/** How long a queue outlives its last entry, in ms (`rmb-rs: src/relay/switch`, QUEUE_EXPIRE). */
export const queueLifeMs = 3_600_000

interface Waiting {
  readonly messages: readonly BusMessage[]
  readonly lastAt: number
}

interface Pending {
  readonly reply: AnswerReply
  readonly timer: EventId
  readonly destination: Address
}

/** Where messages go whose destination is not in this process; the relay's edge fulfils it. */
export interface OutsideRoute {
  /** Takes a message for an address outside. Encoding, encrypting and signing happen there. */
  deliver(message: BusMessage): void
  /** Whether somebody outside is connected at that address. */
  isConnected(address: Address): boolean
}

/** The bus of one world. */
export class Bus {
  readonly #kernel: Kernel
  readonly #directory: TwinDirectory
  readonly #hopMs: number
  readonly #uids: RandomStream
  readonly #attachments: StoreMap<string, Attachment>
  readonly #waiting: StoreMap<string, Waiting>
  readonly #pending: StoreMap<string, Pending>
  readonly #receivers = new Map<string, (message: BusMessage, ref: number) => void>()
  #outside: OutsideRoute | null = null

  constructor(options: { kernel: Kernel; directory: TwinDirectory; hopMs?: number }) {
    const { kernel } = options
    this.#kernel = kernel
    this.#directory = options.directory
    this.#hopMs = options.hopMs ?? defaultHopMs
    this.#uids = kernel.random.stream('rmb/uid')
    this.#attachments = kernel.store.map('rmb.attachments')
    this.#waiting = kernel.store.map('rmb.waiting')
    this.#pending = kernel.store.map('rmb.pending')
    kernel.handle('rmb.arrive', event => this.#arrive(event.payload))
    kernel.handle('rmb.expire', event => this.#settle(String(event.target), { type: 'expired' }))
    this.#receivers.set('rmb.client', message => this.#takeAnswer(message))
  }

  get directory(): TwinDirectory {
    return this.#directory
  }

  /** Says who takes the messages of attachments of one kind. */
  receive(receiver: string, take: (message: BusMessage, ref: number) => void): void {
    invariant(!this.#receivers.has(receiver), `messages for '${receiver}' have one receiver`)
    this.#receivers.set(receiver, take)
  }

  /** Sends messages for addresses outside of this process there. */
  connectOutside(route: OutsideRoute): void {
    this.#outside = route
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
    this.#kernel.trace.add('rmb.sent', {
      uid: message.uid,
      from: formatAddress(message.source),
      to: formatAddress(message.destination),
      what: whatOf(message.body),
    })
    this.#kernel.schedule({
      kind: 'rmb.arrive',
      target: message.destination.twin,
      payload: message,
      afterMs: this.#hopMs,
    })
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
    const uid = this.#uids.uuid()
    if (!this.attached(options.from)) this.attach(options.from, { receiver: 'rmb.client' })
    const timer = this.#kernel.schedule({
      kind: 'rmb.expire',
      target: uid,
      payload: null,
      afterMs: options.ttlMs,
    })
    const destination = { twin: options.to }
    this.#pending.set(uid, { reply, timer, destination })
    this.send({
      uid,
      source: options.from,
      destination,
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

  #arrive(message: BusMessage): void {
    const { destination } = message
    const refusal = this.#refusalOf(message)
    if (refusal !== null) {
      this.#refuse(message, refusal)
      return
    }
    const attachment = this.attached(destination)
    if (attachment?.isOnline) {
      this.#deliver(message, attachment)
      return
    }
    if (!attachment && this.#outside) {
      this.#outside.deliver(message)
      return
    }
    this.#enqueue(message)
  }

  /** The relay's checks of a destination, in its order (`rmb-rs: src/relay/api.rs`). */
  #refusalOf({ destination, tags }: BusMessage): string | null {
    if (destination.twin === 0) return relayErrors.missingDestination
    const attachment = this.attached(destination)
    if (attachment?.isOnline || this.#outside?.isConnected(destination)) return null
    const twin = this.#directory.twin(destination.twin)
    if (!twin) return relayErrors.unknownDestination
    if (twin.relay === null || twin.relay === '') return relayErrors.relayNotSet
    return hasTag(tags, FAIL_FAST) ? relayErrors.destinationOffline : null
  }

  /** Tells a requester that the relay does not pass its message on; other messages vanish. */
  #refuse(message: BusMessage, reason: string): void {
    const to = formatAddress(message.destination)
    this.#kernel.trace.add('rmb.refused', { uid: message.uid, to, reason })
    if (message.body.type !== 'request') return
    const body = { type: 'error', code: 0, message: reason } as const
    this.#settle(message.uid, { type: 'error', code: 0, message: reason })
    if (this.attached(message.source)) return
    this.#outside?.deliver({
      uid: message.uid,
      source: { twin: 0 },
      destination: message.source,
      expiresAt: this.#kernel.now() + 300_000,
      schema: null,
      body,
    })
  }

  #deliver(message: BusMessage, attachment: Attachment): void {
    const to = formatAddress(message.destination)
    if (message.expiresAt <= this.#kernel.now()) {
      this.#kernel.trace.add('rmb.expired', { uid: message.uid, to })
      return
    }
    const take = this.#receivers.get(attachment.receiver)
    invariant(take, `somebody receives messages for '${attachment.receiver}'`)
    this.#kernel.trace.add('rmb.delivered', { uid: message.uid, to, what: whatOf(message.body) })
    take(message, attachment.ref)
  }

  #enqueue(message: BusMessage): void {
    const key = formatAddress(message.destination)
    const now = this.#kernel.now()
    const waiting = this.#waiting.get(key)
    const kept = waiting && now - waiting.lastAt <= queueLifeMs ? waiting.messages : []
    const messages = [...kept, message].slice(-queueLimit)
    this.#waiting.set(key, { messages, lastAt: now })
    this.#kernel.trace.add('rmb.queued', { uid: message.uid, to: key })
  }

  /** Delivers what waited for an address, in order. */
  #flush(address: Address): void {
    const key = formatAddress(address)
    const waiting = this.#waiting.get(key)
    if (!waiting) return
    this.#waiting.delete(key)
    if (this.#kernel.now() - waiting.lastAt > queueLifeMs) return
    for (const message of waiting.messages) {
      this.#kernel.schedule({ kind: 'rmb.arrive', target: address.twin, payload: message })
    }
  }

  #takeAnswer(message: BusMessage): void {
    const pending = this.#pending.get(message.uid)
    if (
      !pending ||
      !sameAddress({ twin: pending.destination.twin }, { twin: message.source.twin })
    ) {
      return
    }
    const { body } = message
    if (body.type === 'request') return
    this.#settle(message.uid, body)
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

function whatOf(body: BusBody): string {
  if (body.type === 'request') return body.command
  return body.type === 'response' ? 'response' : `error ${body.code} ${body.message}`
}
