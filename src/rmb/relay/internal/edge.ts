// Where messages leave the world and come in: envelopes on one side, plain messages of trusted parties on the other.

import { randomBytes } from 'node:crypto'
import { fromHex } from '../../../crypto/hex.ts'
import type { KeyPair } from '../../../crypto/keys.ts'
import type { Driver } from '../../../kernel/driver.ts'
import { invariant } from '../../../kernel/errors.ts'
import { type Address, formatAddress, relayDomains } from '../../address.ts'
import type { Bus, BusBody, BusMessage, BusTwin } from '../../bus.ts'
import { NONCE_SIZE } from '../../cipher.ts'
import {
  decodeEnvelope,
  type Envelope,
  type EnvelopeHead,
  type EnvelopePeek,
  encodeEnvelope,
  type Message,
} from '../../envelope.ts'
import type { RmbError } from '../../errors.ts'
import { noteAtEdge } from '../../internal/tell.ts'
import { buildRelayError, JSON_NULL, JSON_SCHEMA } from '../../replies.ts'
import { openEnvelope, type SenderKeys, sealEnvelope } from '../../sealing.ts'
import { DEFAULT_EXPIRATION_SECONDS, deadlineOf, MAX_EXPIRATION_SECONDS } from '../../stamp.ts'

/** With what the edge speaks for a twin of this process. */
export interface TwinSecret {
  /** The account key, which signs. */
  readonly pair: KeyPair
  /** The 32-byte seed, which decrypts. */
  readonly secret: Uint8Array
}

/** A message that was told to leave, with the twins as the chain had them at that moment. */
export interface Departure {
  readonly message: BusMessage
  readonly from: BusTwin | null
  readonly to: BusTwin | null
  /** Under which number it is kept over the end of the process. */
  readonly kept: number
}

/** An envelope ready for the wire. */
export interface Sealed {
  readonly head: EnvelopePeek
  readonly bytes: Uint8Array
}

const noSecret = new Uint8Array()

/** No message lives longer than this, in ms; its arithmetic stays exact. */
const longestLifeMs = 2 ** 42

/** Opens and seals for the parties of this process. */
export class Edge {
  readonly #bus: Bus
  readonly #driver: Driver
  readonly #secretOfTwin: (twin: number) => TwinSecret | null
  readonly #onTaken: (message: BusMessage) => void
  readonly #admit: (message: BusMessage) => Promise<void> | null

  constructor(options: {
    bus: Bus
    driver: Driver
    secretOfTwin: (twin: number) => TwinSecret | null
    onTaken: (message: BusMessage) => void
    /** What a message waits for before it is handed in; null for nothing. Never rejects. */
    admit: (message: BusMessage) => Promise<void> | null
  }) {
    this.#bus = options.bus
    this.#driver = options.driver
    this.#secretOfTwin = options.secretOfTwin
    this.#onTaken = options.onTaken
    this.#admit = options.admit
  }

  /** Wall time in whole seconds, as envelopes have it. */
  nowSeconds(): bigint {
    return BigInt(Math.floor(this.#driver.wallNow() / 1000))
  }

  /**
   * Does with an envelope what the receiver's own peer does, and hands it in. Must be called inside the world.
   * True when the receiver has got a request.
   */
  bringIn(bytes: Uint8Array): boolean {
    const decoded = decodeEnvelope(bytes)
    invariant(decoded.ok, 'what could be peeked at can be read')
    const envelope = decoded.value
    const { uid, source, destination = { twin: 0 } } = envelope
    const opened = openEnvelope(envelope, {
      now: this.nowSeconds(),
      secret: this.#secretOfTwin(destination.twin)?.secret ?? noSecret,
      sender: twin => senderKeys(this.#bus.directory.twin(twin)),
    })
    if (!opened.ok) {
      this.#turnAway(envelope, opened.error)
      return false
    }
    if (opened.fromRelay || source === undefined) {
      this.#note(envelope, 'received an invalid envelope')
      return false
    }
    const body = bodyOf(opened.envelope)
    if (body === null) {
      // A node's router looks at requests alone; a caller is told.
      this.#tellCaller(envelope, 'received a non response envelope')
      return false
    }
    this.#handIn({
      uid,
      source,
      destination,
      expiresAt: this.#driver.kernel.now() + this.#virtualMsLeft(envelope),
      schema: envelope.schema ?? null,
      body,
      ...(envelope.tags === undefined ? {} : { tags: envelope.tags }),
    })
    return body.type === 'request'
  }

  /** Makes the envelope of a message as a Go peer does (`tfgrid-sdk-go: rmb-sdk-go/peer`); null without a key. */
  seal({ message, from, to }: Omit<Departure, 'kept'>): Sealed | null {
    const { uid, source, destination } = message
    const now = this.nowSeconds()
    if (source.twin === 0 && message.body.type === 'error') {
      const head = { uid, timestamp: now, expiration: DEFAULT_EXPIRATION_SECONDS }
      const error = buildRelayError(head, message.body.message, { session: destination, now })
      return sealed(error)
    }
    const own = this.#secretOfTwin(source.twin)
    if (own === null) return null
    const { pair, secret } = own
    const canEncrypt = to?.pk != null && from?.pk != null
    const envelope = sealEnvelope(
      plainEnvelope(message, this.#stampOf(message, now), { from, to }),
      {
        pair,
        ...(canEncrypt
          ? { encryption: { secret, publicKey: to.pk, nonce: randomBytes(NONCE_SIZE) } }
          : {}),
      },
    )
    return sealed(envelope)
  }

  #handIn(message: BusMessage): void {
    const wait = this.#admit(message)
    if (wait === null) this.#inject(message)
    else void wait.then(() => this.#driver.enter(() => this.#inject(message)))
  }

  #inject(message: BusMessage): void {
    this.#onTaken(message)
    this.#bus.inject(message)
  }

  /** A request lives as long as its caller waits; anything else for five minutes. */
  #stampOf({ body, expiresAt }: BusMessage, timestamp: bigint) {
    if (body.type !== 'request') return { timestamp, expiration: DEFAULT_EXPIRATION_SECONDS }
    const leftMs = (expiresAt - this.#driver.kernel.now()) / this.#pace()
    const seconds = BigInt(Math.max(0, Math.floor(leftMs / 1000)))
    if (seconds === 0n) return { timestamp, expiration: DEFAULT_EXPIRATION_SECONDS }
    const isTooLong = seconds > MAX_EXPIRATION_SECONDS
    return { timestamp, expiration: isTooLong ? MAX_EXPIRATION_SECONDS : seconds }
  }

  /** What is left of an envelope's life in virtual time: it is good until its last second is over. */
  #virtualMsLeft(head: EnvelopeHead): number {
    const endMs = (deadlineOf(head) + 1n) * 1000n
    const left = Number(endMs - BigInt(Math.floor(this.#driver.wallNow())))
    return Math.min(longestLifeMs, Math.ceil(Math.max(0, left) * this.#pace()))
  }

  /** Virtual ms in a ms of wall time. */
  #pace(): number {
    const { mode } = this.#driver
    return mode.type === 'warp' ? mode.rate : 1
  }

  /** Nodes only log what is wrong with an envelope; a caller whose answer it was gets an error. */
  #turnAway(envelope: Envelope, error: RmbError): void {
    if (error.code === 102) {
      const to = formatAddress(envelope.destination ?? { twin: 0 })
      noteAtEdge(this.#driver.kernel.trace, 'rmb.expired', { uid: envelope.uid, to })
    } else {
      this.#note(envelope, error.message)
    }
    if (this.#isAwaited(envelope)) this.#answerCaller(envelope, peerText(error))
  }

  #tellCaller(envelope: Envelope, text: string): void {
    this.#note(envelope, text)
    if (this.#isAwaited(envelope)) this.#answerCaller(envelope, text)
  }

  #note({ uid, destination = { twin: 0 } }: Envelope, reason: string): void {
    noteAtEdge(this.#driver.kernel.trace, 'rmb.refused', {
      uid,
      to: formatAddress(destination),
      reason,
    })
  }

  /** Whether an envelope that is no request comes from where a caller waits for one. */
  #isAwaited({ uid, source, destination, message }: Envelope): boolean {
    if (!source || !destination || message?.kind === 'request') return false
    return this.#bus.isAwaited({ uid, source, destination, isReply: true })
  }

  #answerCaller(envelope: Envelope, text: string): void {
    const { uid, source, destination } = envelope as Required<Envelope>
    this.#handIn({
      uid,
      source,
      destination,
      expiresAt: this.#driver.kernel.now() + 300_000,
      schema: JSON_SCHEMA,
      body: { type: 'error', code: 0, message: text },
    })
  }
}

function sealed(envelope: Envelope): Sealed {
  const { message } = envelope
  const head = message === undefined ? envelope : { ...envelope, kind: message.kind }
  return { head, bytes: encodeEnvelope(envelope) }
}

function senderKeys(twin: BusTwin | null): SenderKeys | undefined {
  if (twin === null) return undefined
  const account = fromHex(twin.account)
  return twin.pk === null ? { account } : { account, publicKey: twin.pk }
}

/** What an opened envelope says to a Go peer; null when it is neither request nor reply. */
function bodyOf({ message, payload, schema }: Envelope): BusBody | null {
  const text = payload === undefined ? null : textOf(payload.bytes)
  switch (message?.kind) {
    case 'request':
      return { type: 'request', command: message.command, payload: text }
    case 'response':
      if (schema === JSON_SCHEMA) return { type: 'response', payload: text }
      return {
        type: 'error',
        code: 0,
        message: `invalid schema received expected '${JSON_SCHEMA}'`,
      }
    case 'error':
      return { type: 'error', code: message.code, message: message.message }
    default:
      return null
  }
}

/** Bytes that are no UTF-8 become U+FFFD, as Go's JSON reads them. */
const textOf = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')

/** What a Go peer makes of a fault (`tfgrid-sdk-go: rmb-sdk-go/peer/peer.go`). */
function peerText({ code, message }: RmbError): string {
  switch (code) {
    case 102:
      return 'received an expired envelope'
    case 105:
    case 106:
      return 'could not decrypt payload'
    default:
      return `message signature verification failed: ${message}`
  }
}

function plainEnvelope(
  { uid, source, destination, body, tags, schema }: BusMessage,
  stamp: { timestamp: bigint; expiration: bigint },
  { from, to }: { from: BusTwin | null; to: BusTwin | null },
): Envelope {
  return {
    uid,
    ...(tags === undefined ? {} : { tags }),
    ...stamp,
    source: addressOf(source),
    destination: addressOf(destination),
    message: messageOf(body),
    ...(schema === null ? {} : { schema }),
    // Both are deprecated, but Go peers write them and sign them.
    ...(to?.relay ? { federation: to.relay } : {}),
    payload: { kind: 'plain', bytes: payloadOf(body) },
    relays: from?.relay ? relayDomains(from.relay) : [],
  }
}

const addressOf = ({ twin, connection }: Address): Address =>
  connection === undefined ? { twin } : { twin, connection }

function messageOf(body: BusBody): Message {
  switch (body.type) {
    case 'request':
      return { kind: 'request', command: body.command }
    case 'response':
      return { kind: 'response' }
    case 'error':
      return { kind: 'error', code: body.code, message: body.message }
  }
}

/** There always is a payload: the JSON text `null` when there is nothing to say. */
function payloadOf(body: BusBody): Uint8Array {
  if (body.type === 'error' || body.payload === null) return JSON_NULL
  return Buffer.from(body.payload, 'utf8')
}
