// The peer: carries messages between the lists of a Redis and the relays, as rmb-peer does (`rmb-rs: src/peer`).

import { randomBytes, randomUUID } from 'node:crypto'
import type { KeyPair } from '../../crypto/keys.ts'
import { asError, invariant } from '../../kernel/errors.ts'
import { type Address, formatAddress, parseAddress } from '../address.ts'
import {
  type ConnectionPace,
  type ConnectionProblem,
  RelayConnection,
} from '../client/connection.ts'
import { type PeerTwin, rememberTwins, type TwinSource } from '../client/twins.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../envelope.ts'
import { protocolErrors, type RmbError } from '../errors.ts'
import { type Popped, RedisFault, type RedisStore } from '../redis/store.ts'
import { JSON_SCHEMA } from '../replies.ts'
import { openEnvelope, sealEnvelope } from '../sealing.ts'
import {
  DEFAULT_EXPIRATION_SECONDS,
  MAX_EXPIRATION_SECONDS,
  restamp,
  secondsLeft,
} from '../stamp.ts'
import { type Backlog, decodeBacklog, encodeBacklog } from './backlog.ts'
import { decodeBase64 } from './internal/base64.ts'
import { type JsonValue, readJson } from './internal/json.ts'
import { LegacyBus, type LegacyOptions } from './legacy/bus.ts'
import { isLegacy } from './legacy/message.ts'
import {
  incomingReplyText,
  incomingRequestText,
  listLimit,
  lists,
  type OutgoingReply,
  type OutgoingRequest,
  readOutgoingReply,
  readOutgoingRequest,
  undeliverableText,
} from './messages.ts'

/** What `rmb.version` answers: the release that the peer behaves as. */
const peerVersion = 'v1.4.0'

/** What a peer tells of its work. */
export type PeerEvent =
  | { readonly type: 'sent'; readonly uid: string; readonly to: string; readonly what: string }
  | { readonly type: 'undeliverable'; readonly uid: string; readonly error: RmbError }
  /** Put on a local list. */
  | { readonly type: 'delivered'; readonly uid: string; readonly list: string }
  /** Nobody hears of it. */
  | { readonly type: 'dropped'; readonly uid: string; readonly reason: string }
  | { readonly type: 'connected'; readonly url: string }
  | { readonly type: 'connection'; readonly url: string; readonly problem: ConnectionProblem }
  | { readonly type: 'redis'; readonly text: string }

/** What a peer is made with. */
export interface PeerOptions {
  readonly twin: number
  /** The twin's account key. */
  readonly pair: KeyPair
  /** The secret behind the twin's `pk`. */
  readonly secret: Uint8Array
  readonly twins: TwinSource
  /** URLs of the relays, one at least. */
  readonly relays: readonly string[]
  readonly store: RedisStore
  readonly pace?: Partial<PeerPace>
  /** The HTTP side of the old bus, and where its twins are; without it old messages travel over the relays. */
  readonly legacy?: Pick<LegacyOptions, 'port' | 'addresses' | 'pace'>
  readonly onEvent?: (event: PeerEvent) => void
}

/** How a peer behaves over time, in ms. */
interface PeerPace extends ConnectionPace {
  /** For one relay to be connected, before the next is tried (`rmb-rs: src/peer/protocol.rs`). */
  readonly socketMs: number
  /** After all relays were tried in vain. */
  readonly passMs: number
  /** After the Redis failed. */
  readonly redisMs: number
}

const defaultPace = { socketMs: 500, passMs: 1000, redisMs: 1000 }

/** Bags larger than this are sent beside the others, which need not wait (`rmb-rs: src/peer/postman.rs`). */
const BIG_BAG = 10

/** How many big bags may be on their way at a time. */
const MAX_BIG_BAGS = 64

/** How long one wait for the local lists lasts; a new one follows. */
const POP_SECONDS = 30

/** `rmb-rs: src/peer/storage/mod.rs`: the life of a reply before the postman shortens it. */
const REPLY_EXPIRATION = 3600n

/** Envelopes that are sent together, and what is remembered of them. */
interface Bag {
  /** How many there are; they are made one by one. */
  readonly size: number
  readonly envelopes: Iterable<Envelope>
  readonly backlog?: Backlog
  /** Takes what could not be sent instead of the local list. */
  readonly onUndeliverable?: (error: RmbError, envelope: Envelope) => Promise<void>
}

/** A running peer. It works until it is closed. */
export class RmbPeer {
  readonly #options: PeerOptions
  readonly #pace: typeof defaultPace
  readonly #twins: TwinSource
  readonly #connections: RelayConnection[]
  readonly #legacy: LegacyBus
  readonly #sleepers = new Set<() => void>()
  #isClosed = false
  /** The last bag and the last frame; the next ones follow them. */
  #outbox: Promise<void> = Promise.resolve()
  #inbox: Promise<void> = Promise.resolve()
  #bigBags = new Set<Promise<void>>()
  readonly #work: Promise<void>

  private constructor(options: PeerOptions) {
    invariant(options.relays.length > 0, 'a peer has a relay')
    this.#options = options
    this.#pace = { ...defaultPace, ...options.pace }
    this.#twins = rememberTwins(options.twins)
    const { twin, pair, store } = options
    this.#legacy = new LegacyBus({
      ...options.legacy,
      twin,
      pair,
      store,
      twins: this.#twins,
      sendOverRelay: ({ envelope, ...bag }) => this.#post({ ...oneEnvelope(envelope), ...bag }),
      onEvent: event => this.#tell(event),
    })
    this.#connections = options.relays.map(url => this.#connect(url))
    this.#work = this.#serveLists()
  }

  /** Starts a peer; fails with GRID_PORT_IN_USE when the port of the old bus is taken. */
  static async start(options: PeerOptions): Promise<RmbPeer> {
    const peer = new RmbPeer(options)
    try {
      await peer.#legacy.start()
      return peer
    } catch (cause) {
      await peer.close()
      throw cause
    }
  }

  get twin(): number {
    return this.#options.twin
  }

  /** Port of the old bus's HTTP side; null when it has none. */
  get legacyPort(): number | null {
    return this.#legacy.port
  }

  /** Whether one of the relays is connected. */
  get isConnected(): boolean {
    return this.#connections.some(({ isOpen }) => isOpen)
  }

  /** Waits for a relay, at most for so long; whether one is there. */
  async whenConnected(ms: number): Promise<boolean> {
    await Promise.race(this.#connections.map(connection => connection.whenOpen(ms)))
    return this.isConnected
  }

  /** Ends the peer, its connections and its store. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const wake of [...this.#sleepers]) wake()
    await Promise.all([
      this.#options.store.close(),
      this.#legacy.close(),
      ...this.#connections.map(connection => connection.close()),
    ])
    await this.#work
    await Promise.all([this.#outbox, this.#inbox, ...this.#bigBags])
  }

  #connect(url: string): RelayConnection {
    const { twin, pair, pace } = this.#options
    return new RelayConnection({
      url,
      twin,
      pair,
      ...(pace === undefined ? {} : { pace }),
      onFrame: bytes => this.#receiveInOrder(bytes),
      onOpen: () => this.#tell({ type: 'connected', url }),
      onProblem: problem => this.#tell({ type: 'connection', url, problem }),
    })
  }

  // From the local lists to the relays.

  async #serveLists(): Promise<void> {
    const { store } = this.#options
    while (!this.#isClosed) {
      try {
        const popped = await store.pop([lists.local, lists.reply], {
          end: 'tail',
          seconds: POP_SECONDS,
        })
        if (popped) await this.#take(popped)
      } catch (cause) {
        if (this.#isClosed) return
        this.#redisFailed(cause)
        await this.#sleep(this.#pace.redisMs)
      }
    }
  }

  #take({ list, item }: Popped): Promise<void> {
    const value = readJson(item)
    if (value === undefined) return this.#drop('', 'a local message is not JSON')
    if (list === lists.local) {
      return isLegacy(value) ? this.#legacy.local(value) : this.#takeRequest(value)
    }
    return isLegacy(value) ? this.#legacy.reply(value) : this.#takeReply(value)
  }

  async #takeRequest(value: JsonValue): Promise<void> {
    const shaped = readOutgoingRequest(value)
    if (!shaped.ok) return this.#drop('', `a local request is malformed: ${shaped.error}`)
    const { message } = shaped
    const bag = bagOfRequest(message, nowSeconds())
    if (typeof bag === 'string') return this.#drop(message.reference ?? '', bag)
    await this.#post(bag)
  }

  async #takeReply(value: JsonValue): Promise<void> {
    const shaped = readOutgoingReply(value)
    if (!shaped.ok) return this.#drop('', `a local reply is malformed: ${shaped.error}`)
    const { message } = shaped
    const envelope = envelopeOfReply(message)
    if (typeof envelope === 'string') return this.#drop(message.reference ?? '', envelope)
    await this.#post(oneEnvelope(envelope))
  }

  /** Hands a bag to the postman. A big one is sent beside the others. */
  async #post(bag: Bag): Promise<void> {
    if (bag.size <= BIG_BAG) {
      this.#outbox = this.#outbox.then(() => this.#pushBag(bag))
      return this.#outbox
    }
    while (this.#bigBags.size >= MAX_BIG_BAGS) await Promise.race(this.#bigBags)
    const work = this.#pushBag(bag)
    this.#bigBags.add(work)
    void work.then(() => this.#bigBags.delete(work))
  }

  async #pushBag(bag: Bag): Promise<void> {
    const { store } = this.#options
    const { backlog } = bag
    try {
      if (backlog) {
        const ttl = limited(backlog.ttl)
        await store.set(lists.backlog(backlog.uid), encodeBacklog({ ...backlog, ttl }), {
          lifeSeconds: Number(ttl),
        })
      }
      for (const envelope of bag.envelopes) {
        const expiration = limited(envelope.expiration)
        const error = await this.#write({ ...envelope, expiration })
        if (!error) continue
        this.#tell({ type: 'undeliverable', uid: envelope.uid, error })
        if (bag.onUndeliverable) await bag.onUndeliverable(error, envelope)
        else if (backlog) {
          const text = undeliverableText(error, backlog.reference ?? null)
          await this.#deliver(backlog.replyTo, text, envelope.uid)
        }
      }
    } catch (cause) {
      this.#redisFailed(cause)
    }
  }

  /** Stamps, encrypts, signs and sends an envelope; what kept it from being sent, if anything did. */
  async #write(envelope: Envelope): Promise<RmbError | undefined> {
    const to = envelope.destination?.twin ?? 0
    const twin = await this.#lookUp(to)
    if (twin instanceof Error) return protocolErrors.other(twin.message)
    if (!twin) return protocolErrors.unknownTwin(to)
    const stamped = {
      ...envelope,
      ...restamp(envelope, nowSeconds()),
      source: { twin: this.#options.twin },
    }
    if (secondsLeft(stamped, nowSeconds()) === 0n) return expiredBeforeSending
    const { pair, secret } = this.#options
    const sealed =
      twin.pk === null
        ? sealEnvelope(stamped, { pair })
        : sealEnvelope(stamped, {
            pair,
            encryption: { secret, publicKey: twin.pk, nonce: randomBytes(12) },
          })
    const isSent = await this.#send(encodeEnvelope(sealed), stamped)
    if (!isSent) return expiredBeforeSending
    this.#tell({
      type: 'sent',
      uid: envelope.uid,
      to: formatAddress(envelope.destination ?? { twin: 0 }),
      what: envelope.message?.kind === 'request' ? envelope.message.command : 'reply',
    })
    return undefined
  }

  /** Tries one relay after the other until one takes the bytes or their time is over. */
  async #send(bytes: Uint8Array, stamped: Envelope): Promise<boolean> {
    const connections = this.#connections
    for (;;) {
      for (const [index, connection] of connections.entries()) {
        await connection.whenOpen(this.#pace.socketMs)
        if (!connection.send(bytes)) continue
        // The one that worked is tried first from now on.
        if (index > 0) connections.unshift(...connections.splice(index, 1))
        return true
      }
      await this.#sleep(this.#pace.passMs)
      if (this.#isClosed || secondsLeft(stamped, nowSeconds()) === 0n) return false
    }
  }

  // From the relays to the local lists.

  #receiveInOrder(bytes: Uint8Array): Promise<void> {
    this.#inbox = this.#inbox
      .then(() => this.#receive(bytes))
      .catch(cause => this.#redisFailed(cause))
    return this.#inbox
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    const decoded = decodeEnvelope(bytes)
    if (!decoded.ok) {
      return this.#drop('', protocolErrors.invalidPayload(decoded.reason).message)
    }
    const received = decoded.value
    const opened = await this.#open(received)
    if ('code' in opened) {
      await this.#drop(received.uid, opened.message)
      if (received.message?.kind === 'request') await this.#refuse(received, opened)
      return
    }
    if (opened.message?.kind === 'request') await this.#takeIncoming(opened, opened.message.command)
    else await this.#takeAnswer(opened)
  }

  /** The envelope in the clear, or what is wrong with it. */
  async #open(envelope: Envelope): Promise<Envelope | RmbError> {
    const id = envelope.source?.twin ?? 0
    const twin = id === 0 ? undefined : await this.#lookUp(id)
    const opened = openEnvelope(envelope, {
      now: nowSeconds(),
      secret: this.#options.secret,
      peer: 'rust',
      sender: () =>
        twin && !(twin instanceof Error)
          ? { account: twin.account, ...(twin.pk === null ? {} : { publicKey: twin.pk }) }
          : undefined,
    })
    if (opened.ok) return opened.envelope
    const isUnknown = opened.error.code === protocolErrors.unknownTwin(id).code
    if (isUnknown && twin instanceof Error) {
      return protocolErrors.other('failed to get twin information')
    }
    return opened.error
  }

  /** Answers a request that cannot be accepted; not possible when its sender is unknown or its time over. */
  async #refuse({ uid, source, expiration }: Envelope, error: RmbError): Promise<void> {
    const problem = await this.#write({
      uid,
      timestamp: 0n,
      expiration,
      ...(source === undefined ? {} : { destination: source }),
      message: { kind: 'error', ...error },
      relays: [],
    })
    if (problem) this.#tell({ type: 'undeliverable', uid, error: problem })
  }

  async #takeIncoming(envelope: Envelope, command: string): Promise<void> {
    if (command.startsWith('rmb.')) return this.#builtIn(envelope, command)
    try {
      await this.#deliver(
        lists.command(command),
        incomingRequestText(envelope, command),
        envelope.uid,
      )
    } catch (cause) {
      this.#redisFailed(cause)
      const { message } = protocolErrors.other(asError(cause).message)
      await this.#post(oneEnvelope(replyTo(envelope, { kind: 'error', code: 0, message })))
    }
  }

  /** `rmb-rs: src/peer/plugins/rmb.rs`. */
  async #builtIn(envelope: Envelope, command: string): Promise<void> {
    if (command !== 'rmb.version') {
      return this.#drop(envelope.uid, `unknown built in command: ${command}`)
    }
    const { tags: _, ...reply } = replyTo(envelope, { kind: 'response' })
    const bytes = Buffer.from(JSON.stringify(peerVersion))
    const payload = { kind: 'plain', bytes } as const
    await this.#post(oneEnvelope({ ...reply, schema: JSON_SCHEMA, payload }))
  }

  async #takeAnswer(envelope: Envelope): Promise<void> {
    const { uid } = envelope
    const stored = await this.#options.store.get(lists.backlog(uid))
    const backlog = stored === null ? undefined : decodeBacklog(stored)
    if (!backlog) return this.#drop(uid, 'received reply of an expired message')
    if (!envelope.message) return this.#drop(uid, 'invalid envelope has no message')
    if (backlog.module === LegacyBus.module) return this.#legacy.relayReply(backlog, envelope)
    const text = incomingReplyText(envelope, backlog.reference ?? null)
    await this.#deliver(backlog.replyTo, text, uid)
  }

  async #deliver(list: string, text: string, uid: string): Promise<void> {
    const { store } = this.#options
    await store.push(list, text)
    await store.trim(list, 0, listLimit - 1)
    this.#tell({ type: 'delivered', uid, list })
  }

  // What both ways need.

  async #lookUp(id: number): Promise<PeerTwin | Error | undefined> {
    try {
      return await this.#twins.twin(id)
    } catch (cause) {
      return asError(cause)
    }
  }

  #sleep(ms: number): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    return new Promise(resolve => {
      const wake = (): void => {
        clearTimeout(timer)
        this.#sleepers.delete(wake)
        resolve()
      }
      const timer = setTimeout(wake, ms)
      this.#sleepers.add(wake)
    })
  }

  async #drop(uid: string, reason: string): Promise<void> {
    this.#tell({ type: 'dropped', uid, reason })
  }

  /** The Redis is out of reach or refuses: told, and borne. Anything else is a fault of ours, and must be seen. */
  #redisFailed(cause: unknown): void {
    if (!(cause instanceof RedisFault)) {
      queueMicrotask(() => {
        throw asError(cause)
      })
    } else if (!this.#isClosed) this.#tell({ type: 'redis', text: cause.message })
  }

  #tell(event: PeerEvent): void {
    this.#options.onEvent?.(event)
  }
}

const expiredBeforeSending = protocolErrors.other('response has expired before sending!')

const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000))

/** The life that the postman grants (`rmb-rs: src/peer/postman.rs`). */
function limited(seconds: bigint): bigint {
  if (seconds === 0n) return DEFAULT_EXPIRATION_SECONDS
  return seconds > MAX_EXPIRATION_SECONDS ? MAX_EXPIRATION_SECONDS : seconds
}

/** The envelopes of a local request, one for each destination; a text when it is dropped in silence. */
function bagOfRequest(request: OutgoingRequest, now: bigint): Bag | string {
  const bytes = decodeBase64(request.data)
  if (!bytes) return 'invalid data base64 encoding'
  const uid = randomUUID()
  const base: Envelope = {
    uid,
    ...(request.tags === null ? {} : { tags: request.tags }),
    ...restamp(request, now),
    message: { kind: 'request', command: request.command },
    ...(request.schema === null ? {} : { schema: request.schema }),
    payload: { kind: 'plain', bytes },
    relays: [],
  }
  const ttl = secondsLeft(base, now)
  if (ttl === 0n) return 'request has expired'
  return {
    size: request.destinations.length,
    envelopes: addressed(base, request.destinations),
    backlog: {
      uid,
      ...(request.reference === null ? {} : { reference: request.reference }),
      replyTo: request.replyTo,
      module: '',
      ttl,
    },
  }
}

function* addressed(base: Envelope, twins: readonly number[]): Iterable<Envelope> {
  for (const twin of twins) yield { ...base, destination: { twin } }
}

const oneEnvelope = (envelope: Envelope): Bag => ({ size: 1, envelopes: [envelope] })

/** The envelope of a local service's reply; a text when it is dropped in silence. */
function envelopeOfReply(reply: OutgoingReply): Envelope | string {
  const { error, reference, schema, timestamp } = reply
  const destination: Address | undefined = parseAddress(reply.destination)
  // With an error the data are not even looked at.
  const bytes = error ? undefined : decodeBase64(reply.data)
  if (!error && !bytes) return 'invalid data base64 encoding'
  if (!destination) return 'failed to parse destination address'
  return {
    uid: reference ?? '',
    timestamp,
    expiration: REPLY_EXPIRATION,
    destination,
    message: error ? { kind: 'error', ...error } : { kind: 'response' },
    ...(schema === null ? {} : { schema }),
    ...(bytes ? { payload: { kind: 'plain', bytes } as const } : {}),
    relays: [],
  }
}

/** What the peer itself answers, unstamped. */
function replyTo(request: Envelope, message: NonNullable<Envelope['message']>): Envelope {
  const { uid, tags, source } = request
  return {
    uid,
    ...(tags === undefined ? {} : { tags }),
    timestamp: 0n,
    expiration: DEFAULT_EXPIRATION_SECONDS,
    ...(source === undefined ? {} : { destination: source }),
    message,
    relays: [],
  }
}
