// The edge of the bus: what is done to an envelope once before it leaves, and once after it came.

import type { KeyPair } from '../crypto/keys.ts'
import { decryptPayload, encryptPayload } from './cipher.ts'
import type { Envelope } from './envelope.ts'
import type { RmbError } from './errors.ts'
import { protocolErrors } from './errors.ts'
import { checkEnvelopeSignature, signEnvelope } from './signature.ts'
import { deadlineOf } from './stamp.ts'

/** What an envelope needs to leave. */
export interface SealOptions {
  /** The source twin's account key. */
  readonly pair: KeyPair
  /** Given when the payload is to be encrypted. The nonce (12 bytes) must be fresh. */
  readonly encryption?: {
    readonly secret: Uint8Array
    readonly publicKey: Uint8Array
    readonly nonce: Uint8Array
  }
}

/**
 * Encrypts and signs. When encryption fails, the error takes the payload's place, as with rmb-peer.
 */
export function sealEnvelope(envelope: Envelope, { pair, encryption }: SealOptions): Envelope {
  if (encryption === undefined) return signEnvelope(envelope, pair)
  const { payload, ...rest } = envelope
  // Without a payload there still is a cipher: of no bytes.
  const plain = payload?.bytes ?? new Uint8Array()
  const cipher = encryptPayload(encryption, plain, encryption.nonce)
  if (cipher.ok) {
    return signEnvelope({ ...rest, payload: { kind: 'cipher', bytes: cipher.bytes } }, pair)
  }
  const error = protocolErrors.endToEnd(cipher.error)
  return signEnvelope({ ...rest, message: { kind: 'error', ...error } }, pair)
}

/** What a receiver knows of the twin that an envelope claims to come from. */
export interface SenderKeys {
  /** The 32-byte account id. */
  readonly account: Uint8Array
  /** `pk` of the twin; absent when none is on the chain. */
  readonly publicKey?: Uint8Array
}

/** What a receiver brings along. */
export interface OpenOptions {
  /** Wall-clock time in seconds. */
  readonly now: bigint
  /** The receiver's own seed, for decryption. */
  readonly secret: Uint8Array
  /** Who a twin is; `undefined` when there is none. */
  readonly sender: (twin: number) => SenderKeys | undefined
  /**
   * Whose receiver this is. In the very second of its deadline an envelope is still good to a Go
   * peer (`go`, the default: all ZOS nodes are) and expired to rmb-peer (`rust`).
   */
  readonly peer?: 'go' | 'rust'
}

/**
 * An envelope that may be acted upon (its payload in the clear), or what is wrong with it.
 * `fromRelay` marks the unsigned envelopes that a relay makes: nobody vouches for them.
 */
export type Opened =
  | { readonly ok: true; readonly envelope: Envelope; readonly fromRelay: boolean }
  | { readonly ok: false; readonly error: RmbError }

/**
 * Checks and decrypts a received envelope in the order of rmb-peer (`rmb-rs: src/peer/protocol.rs`,
 * `verify`): expiry, source, signature, payload.
 */
export function openEnvelope(envelope: Envelope, options: OpenOptions): Opened {
  const { now, secret, sender, peer = 'go' } = options
  const deadline = deadlineOf(envelope)
  if (now > deadline || (peer === 'rust' && now === deadline)) {
    return { ok: false, error: protocolErrors.expired() }
  }
  const twin = envelope.source?.twin ?? 0
  if (twin === 0) return { ok: true, envelope, fromRelay: true }
  const keys = sender(twin)
  if (keys === undefined) return { ok: false, error: protocolErrors.unknownTwin(twin) }
  const fault = checkEnvelopeSignature(envelope, keys.account)
  if (fault !== undefined) return { ok: false, error: protocolErrors.invalidSignature(fault) }
  const { payload } = envelope
  if (payload?.kind !== 'cipher') return { ok: true, envelope, fromRelay: false }
  if (keys.publicKey === undefined) return { ok: false, error: protocolErrors.noPublicKey() }
  const plain = decryptPayload({ secret, publicKey: keys.publicKey }, payload.bytes)
  if (!plain.ok) return { ok: false, error: protocolErrors.endToEnd(plain.error) }
  const opened = { ...envelope, payload: { kind: 'plain', bytes: plain.bytes } as const }
  return { ok: true, envelope: opened, fromRelay: false }
}
