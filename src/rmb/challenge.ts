// What is signed of an envelope: the MD5 of its fields, one after the other (`rmb-rs: src/types/mod.rs`).

import { createHash } from 'node:crypto'
import type { Address } from './address.ts'
import type { Envelope, Message } from './envelope.ts'

/** The 16 bytes that an envelope's signature covers. */
export function challengeOf(envelope: Envelope): Uint8Array {
  const hash = createHash('md5').update(textBeforePayload(envelope), 'utf8')
  if (envelope.payload !== undefined) hash.update(envelope.payload.bytes)
  if (envelope.relays.length > 0) hash.update(envelope.relays.join(''), 'utf8')
  return new Uint8Array(hash.digest())
}

/** The bytes whose MD5 the challenge is. */
export function challengePreimage(envelope: Envelope): Uint8Array {
  return Buffer.concat([
    Buffer.from(textBeforePayload(envelope)),
    envelope.payload?.bytes ?? new Uint8Array(),
    Buffer.from(envelope.relays.join('')),
  ])
}

function textBeforePayload(envelope: Envelope): string {
  const { uid, tags = '', timestamp, expiration, source, destination, message } = envelope
  const { schema = '', federation = '' } = envelope
  const addresses = addressText(source) + addressText(destination)
  return `${uid}${tags}${timestamp}${expiration}${addresses}${messageText(message)}${schema}${federation}`
}

// Rust reads a missing address as one of twin 0. Go leaves it out, but never signs such an envelope.
function addressText(address: Address | undefined): string {
  return address === undefined ? '0' : `${address.twin}${address.connection ?? ''}`
}

function messageText(message: Message | undefined): string {
  switch (message?.kind) {
    case 'request':
      return message.command
    case 'error':
      return `${message.code}${message.message}`
    case 'response':
    case 'ping':
    case 'pong':
    case undefined:
      return ''
  }
}
