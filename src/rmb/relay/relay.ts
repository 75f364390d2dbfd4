// The relay as rmb-rs 1.4 is seen from outside, at the edge of a world: sockets on one side, the bus on the other.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ServerOptions, WebSocketServer } from 'ws'
import { fromHex } from '../../crypto/hex.ts'
import type { Driver } from '../../kernel/driver.ts'
import { asError, invariant } from '../../kernel/errors.ts'
import type { TraceEvents } from '../../kernel/trace.ts'
import { type Address, formatAddress, parseAddress, sameAddress } from '../address.ts'
import { type Bus, type BusMessage, type OutsideRoute, whatOf } from '../bus.ts'
import { decodeEnvelope, type EnvelopePeek, encodeEnvelope, peekEnvelope } from '../envelope.ts'
import { httpRefusals, relayErrors } from '../errors.ts'
import { noteAtEdge } from '../internal/tell.ts'
import { buildPong, buildRelayError } from '../replies.ts'
import { deadlineOf } from '../stamp.ts'
import { FAIL_FAST, hasTag } from '../tags.ts'
import { checkToken } from '../token.ts'
import { Connection } from './internal/connection.ts'
import { Deque } from './internal/deque.ts'
import { type Departure, Edge, type TwinSecret } from './internal/edge.ts'
import { Federation, type FederationOptions } from './internal/federation.ts'
import { maxMessageBytes } from './internal/frame-guard.ts'
import {
  answer,
  handshakeFault,
  queryOf,
  readBody,
  refuseUpgrade,
  wantsWebSocket,
} from './internal/http.ts'
import { Limiter, type RateLimit } from './internal/limiter.ts'
import type { Parcel } from './internal/mailbox.ts'
import { Metrics } from './internal/metrics.ts'
import { OpenRequests } from './internal/open-requests.ts'
import { Switchboard } from './internal/switchboard.ts'
import { type MailStore, noMailStore } from './mail-store.ts'

export { federationAt, type RelayPlace } from './homes.ts'
export type { TwinSecret } from './internal/edge.ts'
export type { FederationOptions } from './internal/federation.ts'
export type { RateLimit } from './internal/limiter.ts'
export type { MailStore } from './mail-store.ts'

/** What stands between clients of the relay that are both outside. */
export interface Passing {
  /**
   * Calls `go` when a message may go on: at once, later, several times or never. Returns why it is lost; null when it
   * is not, or not yet.
   */
  send(
    message: Pick<BusMessage, 'source' | 'destination' | 'expiresAt'>,
    go: () => void,
  ): string | null
}

/** What a relay needs, and what can be set. */
export interface RelayOptions {
  readonly bus: Bus
  readonly driver: Driver
  /** The keys of a twin of this process; null when they are not here. */
  readonly secretOfTwin: (twinId: number) => TwinSecret | null
  /** The path of the shared server under which the relay's own paths lie; '' when the server is its own. */
  readonly basePath?: string
  /** How much a twin may send in a minute; without, as much as it likes. */
  readonly limit?: RateLimit
  /** Connections at once (`rmb-rs: src/bins/rmb-relay.rs`: 500 workers with 1000 users each). */
  readonly maxConnections?: number
  /** Bytes that may wait for all sessions together. */
  readonly maxQueuedBytes?: number
  /** Makes it one of several relays. Without, every twin is at home here, whatever its relay string says. */
  readonly federation?: FederationOptions
  /** What stands between clients; without, nothing does. */
  readonly passing?: Passing
  /**
   * Brings twins into the bus's directory that it may not know yet: called before they are looked up, null when there
   * is nothing to wait for. Rejects when they cannot be read. Without, the directory knows every twin.
   */
  readonly prefetch?: (twins: readonly number[]) => Promise<void> | null
  /** Called with a message from outside before the world takes it: what is waited for, null for nothing. */
  readonly admit?: (message: BusMessage) => Promise<void> | null
  /** Where what waits is kept over the end of the process; without, it ends with it. */
  readonly mail?: MailStore
  /** Hears of each message from outside just before the world takes it by `Bus.inject`: for a journal. */
  readonly onTaken?: (message: BusMessage) => void
  /** Hears of an input that broke the world; without it the error goes up to the event loop. */
  readonly onFailure?: (error: Error) => void
}

/** What pending requests of outside clients are told after the world has gone back. */
export const revertedText = 'the grid was reverted to an earlier moment, ask again'

const defaultMaxQueuedBytes = 512 * 1024 * 1024

/** How often the relay looks for what is over: as the real one's workers do. */
const sweepMs = 2000

/** How long a client may take to say goodbye before its socket is closed. */
const goodbyeMs = 1000

// The library knows more options than its types.
const socketOptions: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  closeTimeout: goodbyeMs,
}

/** Messages from the world that are sealed before sockets have their turn again. */
const departuresAtOnce = 256

/** Messages from the world that may wait to be sealed. */
const departureLimit = 1_000_000

/**
 * Takes WebSocket clients and brings their messages to one another, to the parties of this process, and to other
 * relays. Mount it on an HTTP server: `server.on('upgrade', (...args) => relay.handleUpgrade(...args))`.
 */
export class Relay implements OutsideRoute {
  readonly #bus: Bus
  readonly #driver: Driver
  readonly #basePath: string
  readonly #metrics = new Metrics()
  readonly #sockets = new WebSocketServer(socketOptions)
  readonly #switchboard: Switchboard
  readonly #limiter: Limiter
  readonly #edge: Edge
  readonly #federation: Federation | null
  readonly #passing: Passing | null
  readonly #prefetch: (twins: readonly number[]) => Promise<void> | null
  readonly #onFailure: ((error: Error) => void) | null
  readonly #openRequests = new OpenRequests()
  readonly #sweeper: NodeJS.Timeout
  readonly #departures = new Deque<Departure>()
  readonly #mail: MailStore
  /** Numbers of kept messages that are needed no more. */
  #forgotten: number[] = []
  #isFlushing = false
  #isClosed = false

  constructor(options: RelayOptions) {
    const { bus, driver, federation } = options
    this.#bus = bus
    this.#driver = driver
    this.#onFailure = options.onFailure ?? null
    this.#passing = options.passing ?? null
    this.#basePath = options.basePath ?? '/relay'
    this.#limiter = new Limiter(options.limit ?? null)
    this.#edge = new Edge({
      bus,
      driver,
      secretOfTwin: options.secretOfTwin,
      onTaken: options.onTaken ?? (() => undefined),
      admit: options.admit ?? (() => null),
    })
    this.#prefetch = options.prefetch ?? (() => null)
    this.#switchboard = new Switchboard({
      metrics: this.#metrics,
      maxConnections: options.maxConnections ?? 500_000,
      maxBytes: options.maxQueuedBytes ?? defaultMaxQueuedBytes,
      // What waits for nodes that are off waits in the world.
      bytesElsewhere: () => bus.waitingBytes,
      host: this.#switchboardHost(),
    })
    this.#mail = options.mail ?? noMailStore
    this.#federation = federation ? this.#federationOf(federation) : null
    this.#sweeper = setInterval(() => this.#attempt(() => this.sweep()), sweepMs).unref()
    bus.connectOutside(this)
    this.#driver.enter(() => this.#restore())
  }

  /** How many sessions are connected. */
  get connections(): number {
    return this.#switchboard.connections
  }

  /** Bytes that wait for sessions, or to be written to them. */
  get queuedBytes(): number {
    return this.#switchboard.queuedBytes
  }

  /** How many messages wait for a session or to be written to it. */
  waitingFor(address: Address): number {
    return this.#switchboard.waitingFor(address)
  }

  /** Takes a request to become a WebSocket, on whatever path: its whole query is the token. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#attempt(() => this.#upgrade(request, socket, head))
  }

  /** Answers a plain HTTP request under the relay's path; false when it is another path. */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    const path = this.#pathOf(request)
    if (path === null) return false
    if (request.method === 'POST' && path === '/') {
      readBody(request, response, {
        limit: maxMessageBytes,
        take: body => this.#attempt(() => this.#takeFederated(body, response)),
      })
    } else if (request.method === 'GET' && path === '/metrics') {
      answer(response, { status: 200, body: this.#metrics.text(this.connections) })
    } else {
      answer(response, httpRefusals.pageNotFound())
    }
    return true
  }

  /** For the bus: notes a message that leaves the world; it is sealed and sent when the world is left. */
  deliver(message: BusMessage): void {
    const { directory } = this.#bus
    if (this.#departures.length >= departureLimit) {
      this.#bus.refuse(message, 'too many messages leave the grid at once')
      return
    }
    const from = directory.twin(message.source.twin)
    const to = directory.twin(message.destination.twin)
    const kept = this.#mail.put({ type: 'departure', message })
    this.#departures.push({ message, from, to, kept })
    this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    queueMicrotask(() => this.#attempt(() => this.#flush()))
  }

  /** Takes up what an earlier process has kept. */
  #restore(): void {
    const { directory } = this.#bus
    for (const { id: kept, mail } of this.#mail.all()) {
      if (mail.type === 'departure') {
        const { message } = mail
        const from = directory.twin(message.source.twin)
        this.#departures.push({ message, from, to: directory.twin(message.destination.twin), kept })
        this.#flushSoon()
        continue
      }
      const { to, uid, what, bytes, at } = mail
      const address = parseAddress(to)
      const head = peekEnvelope(bytes)
      invariant(address && head.ok, 'what was kept can be read')
      if (mail.type === 'session')
        this.#switchboard.restore(address, { uid, what, bytes, kept }, at)
      else this.#federation?.send({ head: head.value, bytes, kept })
    }
    this.#switchboard.sweep()
  }

  /** The kept message of a number is needed no more; many are forgotten together. */
  #forget(kept: number): void {
    if (kept === 0) return
    this.#forgotten.push(kept)
    if (this.#forgotten.length === 1) setImmediate(() => this.#attempt(() => this.#forgetAll()))
  }

  #forgetAll(): void {
    const forgotten = this.#forgotten
    this.#forgotten = []
    if (forgotten.length > 0) this.#mail.remove(forgotten)
  }

  /** For the bus: whether somebody outside is connected at an address. */
  isConnected(address: Address): boolean {
    return this.#switchboard.isConnected(address)
  }

  /** For the bus: whether twins with this relay string are at home at another relay. */
  isForeign(relay: string): boolean {
    return this.#federation?.isForeign(relay) ?? false
  }

  /** After the world went back: requests whose answers will not come get an error. Sockets stay open. */
  onReverted(): void {
    this.#driver.enter(() => {
      for (const head of this.#openRequests.takeAll()) this.#answerError(head, revertedText)
    })
  }

  /** Ends what is over by now: stuck connections, old queues. The relay does so by itself every two seconds. */
  sweep(): void {
    this.#switchboard.sweep()
    this.#openRequests.forgetExpired(this.#edge.nowSeconds())
    this.#federation?.sweep()
  }

  /** Says goodbye to all clients; resolves when their sockets are closed. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#sweeper)
    this.#bus.connectOutside(null)
    this.#federation?.close()
    const connections = this.#switchboard.all()
    const goodbyes = connections.map(
      connection => new Promise<void>(resolve => connection.whenClosed(resolve)),
    )
    for (const connection of connections) connection.close(1001)
    await Promise.all(goodbyes)
    this.#forgetAll()
  }

  #pathOf({ url = '/' }: IncomingMessage): string | null {
    const path = url.split('?', 1)[0]!
    if (path !== this.#basePath && !path.startsWith(`${this.#basePath}/`)) return null
    return path.slice(this.#basePath.length) || '/'
  }

  /** Takes the request up again when its twin can be looked up. */
  #upgradeAfter(wait: Promise<void>, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // One that goes away meanwhile is nobody's error.
    const ignore = () => undefined
    socket.on('error', ignore)
    wait.then(
      () => {
        socket.off('error', ignore)
        if (!socket.destroyed) this.#attempt(() => this.#upgrade(request, socket, head, true))
      },
      (cause: unknown) =>
        refuseUpgrade(socket, httpRefusals.twinLookupFailed(asError(cause).message)),
    )
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, isPrepared = false): void {
    if (this.#isClosed) {
      socket.destroy()
      return
    }
    if (!wantsWebSocket(request)) {
      refuseUpgrade(socket, httpRefusals.pageNotFound())
      return
    }
    let wait: Promise<void> | null = null
    const verdict = checkToken(queryOf(request.url ?? '/'), {
      now: this.#edge.nowSeconds(),
      findTwin: id => {
        wait = isPrepared ? null : this.#prefetch([id])
        if (wait !== null) return undefined
        const twin = this.#driver.enter(() => this.#bus.directory.twin(id))
        return twin === null ? undefined : { account: fromHex(twin.account) }
      },
    })
    if (wait !== null) {
      this.#upgradeAfter(wait, request, socket, head)
      return
    }
    const refusal = verdict.ok ? handshakeFault(request) : verdict.refusal
    if (refusal !== undefined) refuseUpgrade(socket, refusal)
    else if (verdict.ok) this.#welcome(request, socket, { head, session: verdict.session })
  }

  #welcome(
    request: IncomingMessage,
    stream: Duplex,
    { head, session }: { head: Buffer; session: Address },
  ): void {
    this.#sockets.handleUpgrade(request, stream, head, socket => {
      const connection = new Connection({
        session,
        socket,
        stream,
        host: {
          received: bytes => this.#attempt(() => this.#receive(connection, bytes)),
          ended: () => this.#switchboard.disconnect(connection),
        },
      })
      // With too many users the real relay, too, closes only after the handshake.
      if (!this.#switchboard.connect(connection)) connection.close()
      else this.#attempt(() => this.#federation?.wake(session))
    })
  }

  /** One message of a client, in the order of checks of `rmb-rs: src/relay/api.rs`, `serve` and `route`. */
  #receive(connection: Connection, bytes: Uint8Array): void {
    const peeked = peekEnvelope(bytes)
    if (!peeked.ok) {
      connection.close()
      return
    }
    const head = peeked.value
    const { session } = connection
    const isAdmitted = this.#limiter.admits(session.twin, bytes.length, this.#driver.wallNow())
    if (!isAdmitted) {
      this.#driver.enter(() => this.#refuse(session, head, relayErrors.rateLimited))
      return
    }
    const { source, destination } = head
    const wait = this.#prefetch([source?.twin ?? 0, destination?.twin ?? 0])
    connection.inTurn(wait, problem =>
      this.#attempt(() =>
        this.#driver.enter(() => {
          const reason = problem ?? this.#route(session, head, bytes)
          if (reason !== null) this.#refuse(session, head, reason)
        }),
      ),
    )
  }

  #route(session: Address, head: EnvelopePeek, bytes: Uint8Array): string | null {
    if (!head.source || !sameAddress(head.source, session)) return relayErrors.wrongSource
    if (head.kind === 'ping') return this.#pong(session, head, bytes)
    const { destination, source } = head
    if (!destination || destination.twin === 0) return relayErrors.missingDestination
    this.#trace('rmb.sent', {
      uid: head.uid,
      from: formatAddress(source),
      to: formatAddress(destination),
      what: kindOf(head),
    })
    const place = this.#bus.find(headingOf(head, source, destination))
    if (place === 'here') return this.#bringIn(head, bytes)
    const parcel = { uid: head.uid, what: kindOf(head), bytes }
    if (this.isConnected(destination)) return this.#passOn(head, { source, destination }, parcel)
    const twin = this.#bus.directory.twin(destination.twin)
    if (!twin) return relayErrors.unknownDestination
    if (!twin.relay) return relayErrors.relayNotSet
    if (this.isForeign(twin.relay)) return this.#federate(head, bytes)
    if (hasTag(head.tags, FAIL_FAST)) return relayErrors.destinationOffline
    if (place === 'elsewhere') return this.#passOn(head, { source, destination }, parcel)
    const problem = this.#switchboard.problemWith(bytes)
    if (problem !== null) return relayErrors.routeFailed(formatAddress(destination), problem)
    return this.#bringIn(head, bytes)
  }

  /** A message from outside to outside goes on as what stands in between lets it. */
  #passOn(
    head: EnvelopePeek,
    { source, destination }: { source: Address; destination: Address },
    parcel: Parcel,
  ): string | null {
    if (!this.#passing) return this.#queue(destination, parcel)
    const leftMs = Number(deadlineOf(head) + 1n) * 1000 - this.#driver.wallNow()
    const expiresAt = this.#driver.kernel.now() + leftMs
    let problem: string | null = null
    const go = (): void => {
      problem = this.#queue(destination, parcel)
    }
    const lost = this.#passing.send({ source, destination, expiresAt }, go)
    if (lost !== null) {
      const to = formatAddress(destination)
      this.#trace('rmb.dropped', { uid: head.uid, to, reason: lost })
    }
    return problem
  }

  #pong(session: Address, head: EnvelopePeek, received: Uint8Array): string | null {
    const ping = decodeEnvelope(received)
    invariant(ping.ok, 'what could be peeked at can be read')
    const bytes = encodeEnvelope(buildPong(ping.value))
    return this.#queue(session, { uid: head.uid, what: 'pong', bytes })
  }

  #bringIn(head: EnvelopePeek, bytes: Uint8Array): null {
    if (this.#edge.bringIn(bytes)) this.#openRequests.add(head)
    return null
  }

  /** Queues a message for a session; the relay's error when there is no room. */
  #queue(session: Address, parcel: Parcel): string | null {
    const problem = this.#switchboard.push(session, parcel)
    return problem === null ? null : relayErrors.routeFailed(formatAddress(session), problem)
  }

  #federate(head: EnvelopePeek, bytes: Uint8Array): string | null {
    const { uid } = head
    const to = formatAddress(head.destination ?? { twin: 0 })
    const at = this.#driver.wallNow()
    const kept = this.#mail.put({ type: 'relay', to, uid, what: kindOf(head), bytes, at })
    if (!this.#federation?.send({ head, bytes, kept })) {
      this.#forget(kept)
      return 'too many messages wait for other relays'
    }
    this.#trace('rmb.queued', { uid, to })
    return null
  }

  /** Tells a session that the relay does not pass its message on; failed replies and errors vanish. */
  #refuse(session: Address, head: EnvelopePeek, reason: string): void {
    const to = head.destination ? formatAddress(head.destination) : '0'
    this.#trace('rmb.refused', { uid: head.uid, to, reason })
    if (head.kind === 'request') this.#sendError(session, head, reason)
  }

  #sendError(session: Address, head: EnvelopePeek, reason: string): void {
    const error = buildRelayError(head, reason, { session, now: this.#edge.nowSeconds() })
    const bytes = encodeEnvelope(error)
    const problem = this.#queue(session, { uid: head.uid, what: `error 0 ${reason}`, bytes })
    if (problem === null) return
    this.#trace('rmb.dropped', { uid: head.uid, to: formatAddress(session), reason: problem })
  }

  /** Brings an error to whoever made a request: a caller of this process, or a session. */
  #answerError(head: EnvelopePeek, reason: string): void {
    const { uid, source } = head
    if (head.kind !== 'request' || !source) return
    if (!this.#bus.fail({ uid, source }, reason)) this.#sendError(source, head, reason)
  }

  /** Takes a message that another relay brings; nobody says who it is (`rmb-rs: src/relay/api.rs`). */
  #takeFederated(body: Uint8Array, response: ServerResponse): void {
    const peeked = peekEnvelope(body)
    if (!peeked.ok) {
      answer(response, httpRefusals.badRequest(peeked.reason))
      return
    }
    const head = peeked.value
    const wait = this.#prefetch([head.source?.twin ?? 0, head.destination?.twin ?? 0])
    const take = () => this.#attempt(() => this.#store(head, body, response))
    if (wait === null) take()
    else
      wait.then(take, cause => answer(response, httpRefusals.switchError(asError(cause).message)))
  }

  #store(head: EnvelopePeek, body: Uint8Array, response: ServerResponse): void {
    const destination = head.destination ?? { twin: 0 }
    const source = head.source ?? { twin: 0 }
    const refusal = this.#driver.enter(() => {
      this.#trace('rmb.sent', {
        uid: head.uid,
        from: formatAddress(source),
        to: formatAddress(destination),
        what: `${kindOf(head)} from another relay`,
      })
      const place = this.#bus.find(headingOf(head, source, destination))
      const isLocal = place === 'here' || this.isConnected(destination)
      if (!isLocal && hasTag(head.tags, FAIL_FAST)) return httpRefusals.destinationOffline()
      if (place === 'here' || (place === 'offline' && !isLocal)) {
        const full = place === 'here' ? null : this.#switchboard.problemWith(body)
        if (full !== null) return httpRefusals.switchError(full)
        return this.#bringIn(head, body)
      }
      const parcel = { uid: head.uid, what: kindOf(head), bytes: body }
      const problem = this.#switchboard.push(destination, parcel)
      return problem === null ? null : httpRefusals.switchError(problem)
    })
    answer(response, refusal ?? { status: 202, body: '' })
  }

  /** Seals and sends what has left the world. */
  #flush(): void {
    this.#isFlushing = false
    if (this.#isClosed) return
    const departures: Departure[] = []
    while (departures.length < departuresAtOnce) {
      const departure = this.#departures.shift()
      if (departure === undefined) break
      departures.push(departure)
    }
    // What leaves meanwhile is appended, and waits for its own turn.
    this.#isFlushing = this.#departures.length > 0
    if (this.#isFlushing) setImmediate(() => this.#attempt(() => this.#flush()))
    this.#driver.enter(() => {
      for (const departure of departures) {
        this.#depart(departure)
        this.#forget(departure.kept)
      }
    })
  }

  #depart(departure: Departure): void {
    const { message, to } = departure
    const { uid, source, destination, body } = message
    if (body.type !== 'request') this.#openRequests.settle({ uid, source, destination })
    const sealed = this.#edge.seal(departure)
    if (sealed === null) {
      this.#bus.refuse(message, `there is no key of twin ${source.twin} to sign with`)
      return
    }
    const { head, bytes } = sealed
    const isForeign = to?.relay ? this.isForeign(to.relay) : false
    const problem =
      isForeign && !this.isConnected(destination)
        ? this.#federate(head, bytes)
        : this.#queue(destination, { uid, what: whatOf(body), bytes })
    if (problem !== null) this.#bus.refuse(message, problem)
  }

  #switchboardHost() {
    return {
      now: () => this.#driver.wallNow(),
      enter: (body: () => void) => this.#attempt(() => this.#driver.enter(body)),
      keep: (to: string, { uid, what, bytes }: Parcel) =>
        this.#mail.put({ type: 'session', to, uid, what, bytes, at: this.#driver.wallNow() }),
      forget: (kept: number) => this.#forget(kept),
      queued: (to: string, { uid }: Parcel) => this.#trace('rmb.queued', { uid, to }),
      sent: (to: string, { uid, what, bytes }: Parcel) => {
        this.#metrics.forwarded(bytes.length)
        this.#trace('rmb.delivered', { uid, to, what })
      },
      lost: (to: string, { uid }: Parcel, reason: 'full' | 'old') => {
        if (reason === 'old') this.#trace('rmb.expired', { uid, to })
        else this.#trace('rmb.dropped', { uid, to, reason: 'the queue is full' })
      },
    }
  }

  #federationOf(options: FederationOptions): Federation {
    return new Federation(options, {
      now: () => this.#driver.wallNow(),
      takeBack: ({ head, bytes, kept }) => {
        const { uid, destination } = head
        if (!destination || !this.isConnected(destination)) return false
        const parcel = { uid, what: kindOf(head), bytes }
        const problem = this.#driver.enter(() => this.#queue(destination, parcel))
        if (problem === null) this.#forget(kept)
        return problem === null
      },
      relayOf: twin => this.#driver.enter(() => this.#bus.directory.twin(twin)?.relay),
      delivered: ({ head, kept }, domain) => {
        this.#forget(kept)
        const to = formatAddress(head.destination ?? { twin: 0 })
        this.#driver.enter(() =>
          this.#trace('rmb.delivered', { uid: head.uid, to, what: `${kindOf(head)} to ${domain}` }),
        )
      },
      failed: ({ head, kept }, reason) =>
        this.#driver.enter(() => {
          this.#forget(kept)
          const to = formatAddress(head.destination ?? { twin: 0 })
          this.#trace('rmb.refused', { uid: head.uid, to, reason })
          this.#answerError(head, reason)
        }),
      counted: (domain, isAccepted) => this.#metrics.federated(domain, isAccepted),
    })
  }

  #trace<K extends keyof TraceEvents>(kind: K, fields: TraceEvents[K]): void {
    noteAtEdge(this.#driver.kernel.trace, kind, fields)
  }

  /** Lets something from outside happen; what breaks the world is told to whoever ends the process. */
  #attempt(body: () => void): void {
    try {
      body()
    } catch (cause) {
      if (this.#onFailure === null) throw cause
      this.#onFailure(asError(cause))
    }
  }
}

const kindOf = ({ kind }: EnvelopePeek) => kind ?? 'nothing'

function headingOf({ uid, kind }: EnvelopePeek, source: Address, destination: Address) {
  return { uid, source, destination, isReply: kind !== 'request' }
}
