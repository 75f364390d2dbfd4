// The old bus (v0, v1) beside the local lists: old programs are served in their shape, over HTTP or over a relay.

import { randomUUID } from 'node:crypto'
import type { KeyPair } from '../../../crypto/keys.ts'
import { asError } from '../../../kernel/errors.ts'
import type { PeerTwin, TwinSource } from '../../client/twins.ts'
import type { Envelope } from '../../envelope.ts'
import type { RmbError } from '../../errors.ts'
import { RedisFault, type RedisStore } from '../../redis/store.ts'
import { JSON_SCHEMA } from '../../replies.ts'
import { MAX_EXPIRATION_SECONDS } from '../../stamp.ts'
import type { Backlog } from '../backlog.ts'
import { decodeBase64 } from '../internal/base64.ts'
import { type JsonValue, readJson } from '../internal/json.ts'
import { listLimit, lists } from '../messages.ts'
import type { PeerEvent } from '../peer.ts'
import { type LegacyAddresses, legacyUrl } from './addresses.ts'
import {
  accepted,
  type HopAnswer,
  type HopServer,
  hopError,
  postHop,
  startHopServer,
} from './http.ts'
import {
  type LegacyMessage,
  legacyAgeFault,
  legacyFault,
  legacySignatureFault,
  legacyText,
  readLegacy,
  signLegacy,
} from './message.ts'

/** The keys of the old bus (`go-rmb: backend.go`). */
const legacyKeys = {
  backlog: 'msgbus.system.backlog',
  retry: 'msgbus.system.retry',
  counter: (twin: number) => `msgbus.counter.${twin}`,
} as const

/** How the old bus behaves over time, in ms. */
export interface LegacyPace {
  /** Between looks at what has to be tried again or has expired. */
  readonly tickMs: number
  /** Before something is tried again. */
  readonly retryMs: number
  /** For another daemon to take a message. */
  readonly postMs: number
}

const defaultPace: LegacyPace = { tickMs: 1000, retryMs: 5000, postMs: 10_000 }

/** Answers that nobody fetches are kept for so long, in seconds. */
const ANSWER_SECONDS = 30 * 60

/** Life of a message that names none, in seconds. */
const DEFAULT_SECONDS = 3600

/** Messages that may wait for an answer or another try. */
const MAX_WAITING = 10_000

/** Messages that are on their way to other daemons at a time. */
const MAX_WORKING = 64

/** Commands that name the bus's own lists: nobody from outside may write there. */
const OWN_COMMANDS: ReadonlySet<string> = new Set(['system.local', 'system.remote', 'system.reply'])

/** What the old bus is made with. */
export interface LegacyOptions {
  readonly twin: number
  readonly pair: KeyPair
  readonly store: RedisStore
  readonly twins: TwinSource
  /** Port of the HTTP side; none is opened when absent. 0 for any free one. */
  readonly port?: number
  /** Twins of the old bus; all others are reached over the relay. */
  readonly addresses?: LegacyAddresses
  readonly pace?: Partial<LegacyPace>
  /** Sends an envelope over the relay; what cannot be sent comes back by `onUndeliverable`. */
  readonly sendOverRelay: (bag: {
    readonly envelope: Envelope
    readonly backlog: Backlog
    readonly onUndeliverable: (error: RmbError) => Promise<void>
  }) => Promise<void>
  readonly onEvent: (event: PeerEvent) => void
}

/** The old bus of one twin. */
export class LegacyBus {
  /** Marks what is remembered of a request that an old program made. */
  static readonly module = 'legacy'

  readonly #options: LegacyOptions
  readonly #pace: LegacyPace
  #server: HopServer | null = null
  #ticker: NodeJS.Timeout | null = null
  /** Whether something may wait in the Redis; at the start it may, from an earlier life. */
  #mayWait = true
  #isTicking: Promise<void> | null = null
  #isClosed = false
  readonly #working = new Set<Promise<void>>()

  constructor(options: LegacyOptions) {
    this.#options = options
    this.#pace = { ...defaultPace, ...options.pace }
  }

  get port(): number | null {
    return this.#server?.port ?? null
  }

  async start(): Promise<void> {
    const { port } = this.#options
    if (port !== undefined) {
      const routes = new Map([
        ['/zbus-remote', (body: Buffer) => this.#onRemote(body)],
        ['/zbus-reply', (body: Buffer) => this.#onReply(body)],
        ['/zbus-cmd', (body: Buffer) => this.#onCommand(body)],
        ['/zbus-result', (body: Buffer) => this.#onResult(body)],
      ])
      this.#server = await startHopServer({ port, routes })
    }
    this.#ticker = setInterval(() => {
      this.#isTicking ??= this.#tick().finally(() => {
        this.#isTicking = null
      })
    }, this.#pace.tickMs)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#ticker) clearInterval(this.#ticker)
    await this.#server?.close()
    await this.#isTicking
    await Promise.all(this.#working)
  }

  // What old programs beside us want.

  /** A message that a local program put on `msgbus.system.local`. */
  async local(value: JsonValue): Promise<void> {
    const message = readLegacy(value)
    if (!message) {
      this.#drop('', 'a local message of the old bus is malformed')
      return
    }
    const fault = legacyFault(message)
    if (fault !== undefined) {
      await this.#answerError(message, `received invalid message: ${fault}`)
      return
    }
    for (const twin of message.dst) await this.#start(() => this.#sendTo(message, twin))
  }

  /** A message that a local service put on `msgbus.system.reply`. */
  async reply(value: JsonValue): Promise<void> {
    const message = readLegacy(value)
    const to = message?.dst[0]
    if (!message || to === undefined || legacyFault(message) !== undefined) {
      this.#drop(message?.uid ?? '', 'a reply of the old bus is malformed')
    } else if (message.pxy) {
      await this.#answer(message)
    } else if (to === this.#options.twin) {
      await this.#settle(message)
    } else if (message.src === this.#options.twin) {
      await this.#postReply(message, to)
    } else {
      this.#drop(message.uid, 'a reply of the old bus is for nobody here')
    }
  }

  /** The answer of a twin that was reached over the relay. */
  async relayReply(backlog: Backlog, envelope: Envelope): Promise<void> {
    const { message, payload, schema, source, timestamp } = envelope
    await this.#settle({
      ...emptyMessage,
      uid: backlog.reference ?? '',
      src: source?.twin ?? 0,
      dat: payload ? Buffer.from(payload.bytes).toString('base64') : '',
      shm: schema ?? '',
      now: Number(timestamp),
      err: message?.kind === 'error' ? message.message || `error ${message.code}` : '',
    })
  }

  /** Lets work go on beside the rest; waits only when there is much of it. */
  async #start(work: () => Promise<void>): Promise<void> {
    while (this.#working.size >= MAX_WORKING) await Promise.race(this.#working)
    const running = work()
      .catch(cause => this.#redisFailed(cause))
      .finally(() => this.#working.delete(running))
    this.#working.add(running)
  }

  async #sendTo(original: LegacyMessage, twin: number): Promise<void> {
    const { store, pair, addresses } = this.#options
    const now = nowSeconds()
    const kept = { ...original, dst: [twin], now }
    const uid = `${twin}.${await store.increment(legacyKeys.counter(twin))}`
    const known = await this.#lookUp(twin)
    if (typeof known === 'string') {
      await this.#tryAgain(kept, uid, `couldn't get twin ip: ${known}`)
      return
    }
    const address = addresses?.get(twin)
    if (address === undefined) {
      await this.#sendOverRelay(kept, uid, twin)
      return
    }
    const outgoing = signLegacy(
      { ...kept, uid, src: this.#options.twin, ret: lists.reply, pxy: false, err: '' },
      pair,
    )
    // Remembered before it leaves, so that no answer is quicker.
    await this.#remember(legacyKeys.backlog, uid, kept)
    const url = `${legacyUrl(address)}/zbus-remote`
    const fault = await postHop(url, legacyText(outgoing), this.#pace.postMs)
    if (fault === undefined) {
      this.#tell({ type: 'sent', uid, to: String(twin), what: original.cmd })
      return
    }
    await store.deleteField(legacyKeys.backlog, uid)
    await this.#tryAgain(kept, uid, fault)
  }

  async #sendOverRelay(kept: LegacyMessage, uid: string, twin: number): Promise<void> {
    const bytes = decodeBase64(kept.dat)
    if (!bytes) {
      await this.#answerError(kept, "all retries done: couldn't decode message data", uid)
      return
    }
    const asked = BigInt(Math.max(0, kept.exp) || DEFAULT_SECONDS)
    const expiration = asked < MAX_EXPIRATION_SECONDS ? asked : MAX_EXPIRATION_SECONDS
    const envelopeUid = randomUUID()
    await this.#remember(legacyKeys.backlog, uid, kept)
    await this.#options.sendOverRelay({
      envelope: {
        uid: envelopeUid,
        timestamp: 0n,
        expiration,
        destination: { twin },
        message: { kind: 'request', command: kept.cmd },
        // Old programs often leave the schema empty; nodes of today insist on it.
        schema: kept.shm || JSON_SCHEMA,
        payload: { kind: 'plain', bytes },
        relays: [],
      },
      backlog: {
        uid: envelopeUid,
        reference: uid,
        replyTo: kept.ret,
        module: LegacyBus.module,
        ttl: expiration,
      },
      onUndeliverable: async ({ message }) => {
        await this.#options.store.deleteField(legacyKeys.backlog, uid)
        await this.#tryAgain(kept, uid, message)
      },
    })
  }

  /** Gives back what was asked with the answer in it, if somebody still waits. */
  async #settle(answer: LegacyMessage): Promise<void> {
    const { store, twin } = this.#options
    const stored = await store.field(legacyKeys.backlog, answer.uid)
    const original = stored === null ? undefined : readLegacy(readJson(stored))
    if (!original) {
      this.#drop(answer.uid, 'received reply of an expired message')
      return
    }
    const isFromRelay = answer.src === 0
    if (!isFromRelay && answer.src !== original.dst[0]) {
      this.#drop(answer.uid, 'received reply of another twin than was asked')
      return
    }
    await store.deleteField(legacyKeys.backlog, answer.uid)
    await this.#answer({
      ...original,
      uid: answer.uid,
      dat: answer.dat,
      src: isFromRelay ? (original.dst[0] ?? 0) : answer.src,
      dst: [twin],
      shm: answer.shm,
      now: answer.now,
      err: answer.err,
      sig: answer.sig,
    })
  }

  /** Puts an answer on the list that the asking program waits at. */
  async #answer(message: LegacyMessage): Promise<void> {
    const { store } = this.#options
    const { ret, uid } = message
    if (ret === '') {
      this.#drop(uid, 'an answer of the old bus has no list to go to')
      return
    }
    await store.push(ret, legacyText(message))
    await store.trim(ret, 0, listLimit - 1)
    await store.expire(ret, ANSWER_SECONDS)
    this.#tell({ type: 'delivered', uid, list: ret })
  }

  async #answerError(message: LegacyMessage, err: string, uid = message.uid): Promise<void> {
    await this.#answer({ ...message, uid, err })
  }

  async #tryAgain(kept: LegacyMessage, uid: string, reason: string): Promise<void> {
    if (kept.try <= 0) {
      await this.#answerError(kept, `all retries done: ${reason}`, uid)
      return
    }
    await this.#remember(legacyKeys.retry, uid, { ...kept, try: kept.try - 1 })
  }

  async #remember(key: string, uid: string, message: LegacyMessage): Promise<void> {
    this.#mayWait = true
    await this.#options.store.setField(key, uid, legacyText(message))
  }

  async #postReply(message: LegacyMessage, to: number): Promise<void> {
    const { pair, addresses } = this.#options
    const address = addresses?.get(to)
    if (address === undefined) {
      this.#drop(message.uid, `couldn't resolve twin ip: no address of twin ${to} is known`)
      return
    }
    const signed = signLegacy({ ...message, now: nowSeconds() }, pair)
    const url = `${legacyUrl(address)}/zbus-reply`
    const fault = await postHop(url, legacyText(signed), this.#pace.postMs)
    if (fault === undefined) {
      this.#tell({ type: 'sent', uid: message.uid, to: String(to), what: 'reply' })
    } else {
      this.#drop(message.uid, `error forwarding reply to the caller: ${fault}`)
    }
  }

  /** Tries again what waits for that, and gives up what nobody answered in time. */
  async #tick(): Promise<void> {
    if (!this.#mayWait) return
    const { store } = this.#options
    // What is remembered from now on sets it again.
    this.#mayWait = false
    try {
      const retries = await store.fields(legacyKeys.retry)
      const waiting = await store.fields(legacyKeys.backlog)
      if (retries.size + waiting.size > 0) this.#mayWait = true
      const now = nowSeconds()
      for (const [uid, bytes] of retries) {
        const kept = readLegacy(readJson(bytes))
        if (kept && now * 1000 <= kept.now * 1000 + this.#pace.retryMs) continue
        const isOurs = await store.deleteField(legacyKeys.retry, uid)
        if (kept && isOurs) await this.#start(() => this.#sendTo(kept, kept.dst[0] ?? 0))
      }
      let surplus = waiting.size - MAX_WAITING
      for (const [uid, bytes] of waiting) {
        const kept = readLegacy(readJson(bytes))
        const life = kept ? kept.exp || DEFAULT_SECONDS : 0
        const hasExpired = !kept || kept.now + life < now
        surplus -= 1
        if (!hasExpired && surplus < 0) continue
        const isOurs = await store.deleteField(legacyKeys.backlog, uid)
        if (!kept || !isOurs) continue
        await this.#answerError(kept, `request timeout (expiration reached, ${life})`, uid)
      }
    } catch (cause) {
      this.#mayWait = true
      this.#redisFailed(cause)
    }
  }

  // What other daemons want.

  /** `/zbus-remote`: a request for a service here. */
  async #onRemote(body: Buffer): Promise<HopAnswer> {
    const message = await this.#verified(body)
    return 'status' in message ? message : this.#queueCommand(message, accepted)
  }

  /** `/zbus-reply`: an answer to what a program here asked. */
  async #onReply(body: Buffer): Promise<HopAnswer> {
    const message = await this.#verified(body)
    if ('status' in message) return message
    if (message.dst[0] !== this.#options.twin || legacyFault(message) !== undefined) {
      this.#drop(message.uid, 'a reply of the old bus is for nobody here')
      return accepted
    }
    try {
      await this.#settle(message)
    } catch (cause) {
      return redisRefusal(cause, "couldn't push entry to reply queue")
    }
    return accepted
  }

  /** `/zbus-cmd`: a request through a proxy, which fetches the answer itself. */
  async #onCommand(body: Buffer): Promise<HopAnswer> {
    const message = await this.#verified(body)
    if ('status' in message) return message
    const ret = randomUUID()
    const answer = { status: 200, body: `${JSON.stringify({ retqueue: ret })}\n` }
    return this.#queueCommand({ ...message, pxy: true, ret }, answer)
  }

  /** `/zbus-result`: the answers to a request through a proxy. */
  async #onResult(body: Buffer): Promise<HopAnswer> {
    const type = 'application/json'
    const refuse = (status: number, text: string): HopAnswer => ({
      ...hopError(status, text),
      type,
    })
    let ret: unknown
    try {
      ret = (JSON.parse(body.toString('utf8')) as { retqueue?: unknown } | null)?.retqueue ?? ''
    } catch {
      // The library's only way to say that this is no JSON.
      return refuse(400, "couldn't parse json")
    }
    if (typeof ret !== 'string') return refuse(400, "couldn't parse json")
    if (!UUID.test(ret)) {
      return refuse(400, 'Invalid Retqueue, it should be a valid UUID')
    }
    const { store, pair } = this.#options
    let items: Buffer[]
    try {
      items = await store.range(ret, 0, -1)
    } catch (cause) {
      return { ...redisRefusal(cause), type }
    }
    const answers = items.flatMap(item => {
      const message = readLegacy(readJson(item))
      const data = message && decodeBase64(message.dat)
      if (!message || !data) return []
      return [signLegacy({ ...message, dat: data.toString('utf8'), now: nowSeconds() }, pair)]
    })
    return { status: 200, body: `[${answers.map(legacyText).join(',')}]\n`, type }
  }

  async #queueCommand(message: LegacyMessage, answer: HopAnswer): Promise<HopAnswer> {
    const { store } = this.#options
    if (legacyFault(message) !== undefined || OWN_COMMANDS.has(message.cmd)) {
      this.#drop(message.uid, 'a request of the old bus is malformed')
      return answer
    }
    try {
      const list = lists.command(message.cmd)
      await store.push(list, legacyText(message))
      await store.trim(list, 0, listLimit - 1)
      this.#tell({ type: 'delivered', uid: message.uid, list })
    } catch (cause) {
      return redisRefusal(cause, "couldn't queue message for processing")
    }
    return answer
  }

  /** The message in a body, if it is young and its sender's; otherwise what to answer. */
  async #verified(body: Buffer): Promise<LegacyMessage | HopAnswer> {
    const message = readLegacy(readJson(body))
    if (!message) return hopError(400, "couldn't parse json")
    const age = legacyAgeFault(message, Date.now())
    if (age !== undefined) return hopError(400, age)
    let twin: PeerTwin | undefined
    try {
      twin = isTwinId(message.src) ? await this.#options.twins.twin(message.src) : undefined
    } catch (cause) {
      const reason = asError(cause).message
      return hopError(502, `couldn't get twin ${message.src} public key: ${reason}`)
    }
    if (!twin) return hopError(400, `source twin ${message.src} not found`)
    const fault = legacySignatureFault(message, twin.account)
    return fault === undefined ? message : hopError(400, fault)
  }

  /** A twin, or why it cannot be reached (`tfchain: clients/tfchain-client-go/twin.go`). */
  async #lookUp(twin: number): Promise<PeerTwin | string> {
    const notFound = 'twin not found: object not found'
    if (!isTwinId(twin)) return notFound
    try {
      return (await this.#options.twins.twin(twin)) ?? notFound
    } catch (cause) {
      return asError(cause).message
    }
  }

  /** The Redis is out of reach or refuses: told, and borne. Anything else is a fault of ours, and must be seen. */
  #redisFailed(cause: unknown): void {
    if (!(cause instanceof RedisFault)) throw asError(cause)
    if (!this.#isClosed) this.#tell({ type: 'redis', text: cause.message })
  }

  #drop(uid: string, reason: string): void {
    this.#tell({ type: 'dropped', uid, reason })
  }

  #tell(event: PeerEvent): void {
    this.#options.onEvent(event)
  }
}

const UUID =
  /^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-4[a-fA-F0-9]{3}-[8|9|aA|bB][a-fA-F0-9]{3}-[a-fA-F0-9]{12}$/

const emptyMessage: LegacyMessage = {
  ver: 1,
  uid: '',
  cmd: '',
  exp: 0,
  try: 0,
  dat: '',
  src: 0,
  dst: [],
  ret: '',
  shm: '',
  now: 0,
  pxy: false,
  err: '',
  sig: '',
}

const isTwinId = (id: number): boolean => id > 0 && id <= 0xffff_ffff

const nowSeconds = (): number => Math.floor(Date.now() / 1000)

function redisRefusal(cause: unknown, text?: string): HopAnswer {
  if (!(cause instanceof RedisFault)) throw asError(cause)
  return hopError(500, text === undefined ? cause.message : text)
}
