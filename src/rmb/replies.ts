// Envelopes that answer envelopes: a peer's reply, the relay's error, the relay's pong.

import type { Address } from './address.ts'
import type { Envelope, EnvelopeHead } from './envelope.ts'
import type { RmbError } from './errors.ts'
import { DEFAULT_EXPIRATION_SECONDS } from './stamp.ts'

/** The media type that both sides of the bus expect of every payload. */
export const JSON_SCHEMA = 'application/json'

/** What a handler came to. The payload is JSON in bytes; an error carries one too (`null`). */
export type Outcome =
  | { readonly ok: true; readonly payload: Uint8Array }
  | { readonly ok: false; readonly error: RmbError; readonly payload: Uint8Array }

/** How a reply is made. */
export interface ReplyOptions {
  readonly from: Address
  /** Wall-clock time in seconds. */
  readonly now: bigint
  readonly expiration?: bigint
}

/** The JSON text `null`: the payload of a reply that has nothing to say. */
export const JSON_NULL: Uint8Array = new TextEncoder().encode('null')

/**
 * A peer's reply to a request, not yet encrypted or signed. It carries what the real clients insist
 * on: the request's uid, its source as destination, the JSON schema, a payload, time to live.
 */
export function buildReply(
  request: EnvelopeHead,
  outcome: Outcome,
  options: ReplyOptions,
): Envelope {
  const { from, now, expiration = DEFAULT_EXPIRATION_SECONDS } = options
  return {
    uid: request.uid,
    timestamp: now,
    expiration,
    source: from,
    ...(request.source === undefined ? {} : { destination: request.source }),
    message: outcome.ok ? { kind: 'response' } : { kind: 'error', ...outcome.error },
    schema: JSON_SCHEMA,
    payload: { kind: 'plain', bytes: outcome.payload },
    relays: [],
  }
}

/**
 * The relay's answer to a request that it does not pass on: code 0, no source, no signature, no
 * payload (`rmb-rs: src/relay/mod.rs`, `build_error_envelope`). `session` is who asked.
 */
export function buildRelayError(
  request: EnvelopeHead,
  text: string,
  { session, now }: { readonly session?: Address; readonly now: bigint },
): Envelope {
  return {
    uid: request.uid,
    timestamp: now,
    expiration: DEFAULT_EXPIRATION_SECONDS,
    ...(session === undefined ? {} : { destination: session }),
    message: { kind: 'error', code: 0, message: text },
    relays: [],
  }
}

const PONG_TEXT = new TextEncoder().encode('hello world')

/**
 * What the relay makes of an application ping: the same envelope with the addresses swapped and a
 * greeting at the end of its plain payload (`rmb-rs: src/relay/api.rs`, `route`).
 */
export function buildPong(ping: Envelope): Envelope {
  const { source, destination, payload, ...rest } = ping
  const plain = payload?.kind === 'plain' ? payload.bytes : new Uint8Array()
  const greeting = new Uint8Array(plain.length + PONG_TEXT.length)
  greeting.set(plain)
  greeting.set(PONG_TEXT, plain.length)
  return {
    ...rest,
    ...(destination === undefined ? {} : { source: destination }),
    ...(source === undefined ? {} : { destination: source }),
    message: { kind: 'pong' },
    payload: { kind: 'plain', bytes: greeting },
  }
}
