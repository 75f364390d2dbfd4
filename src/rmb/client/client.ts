// A client of the bus over a relay: requests whose every end is told, and answers to the requests of others.

import { randomBytes, randomUUID } from 'node:crypto'
import type { KeyPair } from '../../crypto/keys.ts'
import { secp256k1PublicKey } from '../../crypto/secp256k1.ts'
import { asError, invariant } from '../../kernel/errors.ts'
import type { Address } from '../address.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../envelope.ts'
import { protocolErrors, type RmbError } from '../errors.ts'
import { buildReply, JSON_NULL, JSON_SCHEMA, type Outcome } from '../replies.ts'
import { openEnvelope, sealEnvelope } from '../sealing.ts'
import { MAX_EXPIRATION_SECONDS } from '../stamp.ts'
import { type ConnectionPace, type ConnectionProblem, RelayConnection } from './connection.ts'
import { type PeerTwin, rememberTwins, type TwinSource } from './twins.ts'

/** The end of a request. Every request has one. */
export type RmbEnd =
  /** The other side answered. */
  | {
      readonly type: 'response'
      readonly from: Address
      /** JSON text in bytes, in the clear. */
      readonly payload: Uint8Array
      readonly schema: string | undefined
    }
  /** The other side, the relay (`from` is null) or this client refused. */
  | {
      readonly type: 'error'
      readonly from: Address | null
      readonly code: number
      readonly message: string
    }
  /** Sent, and nobody answered in time. */
  | { readonly type: 'expired' }
  /** Never sent: no relay was there in time, or the client was closed. */
  | { readonly type: 'disconnected' }

/** A request of somebody else, in the clear. */
export interface RmbRequest {
  readonly from: Address
  readonly command: string
  readonly payload: Uint8Array
  readonly schema: string | undefined
  readonly envelope: Envelope
}

/** What a client is made with. */
export interface ClientOptions {
  /** URL of the relay, `ws://...`. */
  readonly url: string
  readonly twin: number
  /** Absent for the twin's session without a name. */
  readonly session?: string
  /** The twin's account key. */
  readonly pair: KeyPair
  /** The secret behind the twin's `pk`; the pair's seed when absent. */
  readonly secret?: Uint8Array
  /** Where twins are looked up; answers are remembered for five minutes. */
  readonly twins: TwinSource
  /** Encrypt for whoever has a `pk` on the chain, if the own one is there too. Default: true. */
  readonly isEncrypting?: boolean
  readonly pace?: Partial<ConnectionPace>
  /**
   * Answers requests; what it throws is answered as an error, and null is no answer. Without it they are dropped in
   * silence.
   */
  readonly onRequest?: (request: RmbRequest) => Promise<Outcome | null>
  readonly onProblem?: (problem: ClientProblem) => void
}

/** What went wrong beside a request; for logs. */
export type ClientProblem =
  | ConnectionProblem
  | { readonly type: 'dropped'; readonly error: RmbError }

/** What is asked of whom. */
export interface RequestOptions {
  /** A twin, or one session of it. */
  readonly to: number | Address
  readonly command: string
  /** JSON text; absent for an empty payload. */
  readonly payload?: string | Uint8Array
  /** How long an answer is waited for, in seconds; at most 1800. */
  readonly ttlSeconds?: number
  /** For example `fail-fast`. */
  readonly tags?: string
}

const DEFAULT_TTL_SECONDS = 300

/** Requests that may wait for their answer at a time. */
const MAX_PENDING = 10_000

interface Pending {
  readonly to: number
  readonly settle: (end: RmbEnd) => void
}

/** A twin, or one session of it, on a relay. */
export class RmbClient {
  readonly #options: ClientOptions
  readonly #secret: Uint8Array
  readonly #twins: ReturnType<typeof rememberTwins>
  readonly #connection: RelayConnection
  readonly #pending = new Map<string, Pending>()
  #isClosed = false

  constructor(options: ClientOptions) {
    const secret = options.secret ?? options.pair.seed
    invariant(secret !== undefined, 'a client knows the seed behind its keys')
    this.#options = options
    this.#secret = secret
    this.#twins = rememberTwins(options.twins)
    const { url, twin, session, pair, pace, onProblem } = options
    this.#connection = new RelayConnection({
      url,
      twin,
      pair,
      ...(session === undefined ? {} : { session }),
      ...(pace === undefined ? {} : { pace }),
      ...(onProblem === undefined ? {} : { onProblem }),
      onFrame: bytes => this.#read(bytes),
    })
  }

  /** Who this client is on the bus. */
  get address(): Address {
    const { twin, session } = this.#options
    return session === undefined ? { twin } : { twin, connection: session }
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  /** How many requests wait for their end. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** Waits for the relay, at most for so long; whether it is there. */
  whenOpen(ms: number): Promise<boolean> {
    return this.#connection.whenOpen(ms)
  }

  /** Sends a request and resolves with the end of it; never rejects. */
  async request(options: RequestOptions): Promise<RmbEnd> {
    if (this.#isClosed) return { type: 'disconnected' }
    if (this.#pending.size >= MAX_PENDING) {
      return errorEnd(protocolErrors.other('too many requests are under way'))
    }
    const to = typeof options.to === 'number' ? { twin: options.to } : options.to
    const asked = Math.floor(options.ttlSeconds ?? DEFAULT_TTL_SECONDS)
    const ttlSeconds = Math.max(1, Math.min(asked, Number(MAX_EXPIRATION_SECONDS)))
    const deadline = Date.now() + ttlSeconds * 1000
    const uid = randomUUID()
    let isSent = false
    return new Promise(resolve => {
      const settle = (end: RmbEnd): void => {
        clearTimeout(timer)
        if (this.#pending.delete(uid)) resolve(end)
      }
      const timer = setTimeout(
        () => settle(isSent ? { type: 'expired' } : { type: 'disconnected' }),
        ttlSeconds * 1000,
      )
      this.#pending.set(uid, { to: to.twin, settle })
      const send = async (): Promise<void> => {
        const twin = await this.#lookUp(to.twin)
        if ('code' in twin) {
          settle(errorEnd(twin))
          return
        }
        // What could not be handed over is tried again as soon as there is a connection.
        while (this.#pending.has(uid)) {
          const envelope = this.#requestEnvelope({ ...options, to }, { uid, deadline })
          const sealed = await this.#seal(envelope, twin)
          isSent = this.#pending.has(uid) && this.#connection.send(encodeEnvelope(sealed))
          if (isSent) return
          const isOpen = await this.#connection.whenOpen(deadline - Date.now())
          if (isOpen) await new Promise(later => setTimeout(later, 10))
        }
      }
      void send()
    })
  }

  /** Ends the connection; requests that still wait end as `disconnected`. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { settle } of [...this.#pending.values()]) settle({ type: 'disconnected' })
    await this.#connection.close()
  }

  #requestEnvelope(
    { to, command, payload = '', tags }: RequestOptions & { to: Address },
    { uid, deadline }: { uid: string; deadline: number },
  ): Envelope {
    const now = nowSeconds()
    const left = BigInt(Math.ceil((deadline - Date.now()) / 1000))
    return {
      uid,
      ...(tags === undefined ? {} : { tags }),
      timestamp: now,
      expiration: left > 1n ? left : 1n,
      source: this.address,
      destination: to,
      message: { kind: 'request', command },
      schema: JSON_SCHEMA,
      payload: { kind: 'plain', bytes: Buffer.from(payload as string) },
      relays: [],
    }
  }

  async #seal(envelope: Envelope, receiver: PeerTwin): Promise<Envelope> {
    const { pair, isEncrypting = true } = this.#options
    if (!isEncrypting || receiver.pk === null || !(await this.#isReadable())) {
      return sealEnvelope(envelope, { pair })
    }
    const encryption = { secret: this.#secret, publicKey: receiver.pk, nonce: randomBytes(12) }
    return sealEnvelope(envelope, { pair, encryption })
  }

  /** Whether others can decrypt what this client encrypts: its own key is on the chain. */
  async #isReadable(): Promise<boolean> {
    const own = await this.#lookUp(this.#options.twin)
    const publicKey = secp256k1PublicKey(this.#secret)
    if ('code' in own || own.pk === null || !publicKey) return false
    return Buffer.from(own.pk).equals(publicKey)
  }

  async #lookUp(id: number): Promise<PeerTwin | RmbError> {
    try {
      return (await this.#twins.twin(id)) ?? protocolErrors.unknownTwin(id)
    } catch {
      // Whatever kept the chain from answering, this is what the bus knows of it.
      return protocolErrors.other('failed to get twin information')
    }
  }

  async #read(bytes: Uint8Array): Promise<void> {
    const decoded = decodeEnvelope(bytes)
    if (!decoded.ok) {
      this.#drop(protocolErrors.invalidPayload(decoded.reason))
      return
    }
    const source = decoded.value.source?.twin ?? 0
    const sender = source === 0 ? undefined : await this.#lookUp(source)
    if (sender && 'code' in sender) {
      this.#drop(sender)
      return
    }
    const opened = openEnvelope(decoded.value, {
      now: nowSeconds(),
      secret: this.#secret,
      sender: () =>
        sender && {
          account: sender.account,
          ...(sender.pk === null ? {} : { publicKey: sender.pk }),
        },
    })
    if (!opened.ok) {
      this.#drop(opened.error)
      return
    }
    const { envelope, fromRelay } = opened
    if (envelope.message?.kind === 'request') {
      if (!fromRelay && sender) await this.#answer(envelope, envelope.message.command, sender)
    } else {
      this.#settle(envelope, fromRelay)
    }
  }

  /** The end of a request, if the envelope comes from the twin that was asked, or from the relay. */
  #settle({ uid, message, source, schema, payload }: Envelope, fromRelay: boolean): void {
    const pending = this.#pending.get(uid)
    if (!pending || !(fromRelay || source?.twin === pending.to)) return
    const from = fromRelay ? null : (source ?? null)
    if (message?.kind === 'error') {
      pending.settle({ type: 'error', from, code: message.code, message: message.message })
    } else if (message?.kind === 'response' && from) {
      const bytes = payload?.bytes ?? new Uint8Array()
      pending.settle({ type: 'response', from, payload: bytes, schema })
    }
  }

  async #answer(envelope: Envelope, command: string, sender: PeerTwin): Promise<void> {
    const { onRequest } = this.#options
    if (!onRequest || !envelope.source) return
    const request = {
      from: envelope.source,
      command,
      payload: envelope.payload?.bytes ?? new Uint8Array(),
      schema: envelope.schema,
      envelope,
    }
    let outcome: Outcome | null
    try {
      outcome = await onRequest(request)
    } catch (cause) {
      const error = { code: 0, message: asError(cause).message }
      outcome = { ok: false, error, payload: JSON_NULL }
    }
    if (outcome === null) return
    const reply = buildReply(envelope, outcome, { from: this.address, now: nowSeconds() })
    this.#connection.send(encodeEnvelope(await this.#seal(reply, sender)))
  }

  #drop(error: RmbError): void {
    this.#options.onProblem?.({ type: 'dropped', error })
  }
}

const errorEnd = ({ code, message }: RmbError): RmbEnd => ({
  type: 'error',
  from: null,
  code,
  message,
})

const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000))
