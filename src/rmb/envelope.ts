// The envelope: the one message of the bus, and its protobuf form (`rmb-rs: proto/types.proto`).

import type { Address } from './address.ts'
import type { WireErrorText } from './errors.ts'
import { WireFault, WireReader } from './internal/wire-reader.ts'
import { varintSize, WireWriter } from './internal/wire-writer.ts'

/** What an envelope is: exactly one of these is expected. */
export type Message =
  | { readonly kind: 'request'; readonly command: string }
  | { readonly kind: 'response' }
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }

/** What an envelope carries, in the clear or encrypted from end to end. */
export interface Payload {
  readonly kind: 'plain' | 'cipher'
  readonly bytes: Uint8Array
}

/** What a relay has to know of an envelope to pass it on. */
export interface EnvelopeHead {
  readonly uid: string
  readonly tags?: string
  /** Unix time in seconds. */
  readonly timestamp: bigint
  /** Seconds to live after `timestamp`. */
  readonly expiration: bigint
  readonly source?: Address
  readonly destination?: Address
}

/** An envelope. An absent optional field is another thing than an empty one. */
export interface Envelope extends EnvelopeHead {
  readonly message?: Message
  /** One byte for the scheme, then 64. */
  readonly signature?: Uint8Array
  /** Media type of the payload, in practice `application/json`. */
  readonly schema?: string
  /** Deprecated, but signed. */
  readonly federation?: string
  readonly payload?: Payload
  /** Deprecated, but signed. */
  readonly relays: readonly string[]
}

/** The head of an envelope that was not read further. */
export interface EnvelopePeek extends EnvelopeHead {
  readonly kind?: Message['kind']
}

/** The result of decoding: the value, or why the bytes are no envelope. */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: WireErrorText }

type Draft<T> = { -readonly [K in keyof T]: T[K] }

// Tags: the field's number, and 0 for numbers or 2 for everything with a length. A field that comes
// with another wire type is an unknown field, as it is to the relay.
const NUMBER = 0
const SIZED = 2
const tag = <N extends number>(field: N, type: typeof NUMBER | typeof SIZED) => field * 8 + type

const UID = tag(1, SIZED)
const TAGS = tag(2, SIZED)
const TIMESTAMP = tag(3, NUMBER)
const EXPIRATION = tag(4, NUMBER)
const SOURCE = tag(5, SIZED)
const DESTINATION = tag(6, SIZED)
const REQUEST = tag(7, SIZED)
const RESPONSE = tag(8, SIZED)
const SIGNATURE = tag(9, SIZED)
const SCHEMA = tag(10, SIZED)
const FEDERATION = tag(11, SIZED)
const ERROR = tag(12, SIZED)
const PLAIN = tag(13, SIZED)
const CIPHER = tag(14, SIZED)
const PING = tag(15, SIZED)
const PONG = tag(16, SIZED)
const RELAYS = tag(17, SIZED)

const ADDRESS_TWIN = tag(1, NUMBER)
const ADDRESS_CONNECTION = tag(2, SIZED)
const REQUEST_COMMAND = tag(1, SIZED)
const ERROR_CODE = tag(1, NUMBER)
const ERROR_MESSAGE = tag(2, SIZED)

const NO_RELAYS: readonly string[] = []

/**
 * Reads an envelope. Fields may come in any order, unknown ones are skipped, of the members of a
 * oneof the last one counts. Byte fields are views of `bytes`: keep those unchanged.
 */
export function decodeEnvelope(bytes: Uint8Array): Decoded<Envelope> {
  return attempt(bytes, readEnvelope)
}

/**
 * Reads only what a relay needs, and accepts and refuses the same bytes as {@link decodeEnvelope}.
 */
export function peekEnvelope(bytes: Uint8Array): Decoded<EnvelopePeek> {
  return attempt(bytes, readPeek)
}

function attempt<T>(bytes: Uint8Array, read: (reader: WireReader) => T): Decoded<T> {
  try {
    return { ok: true, value: read(new WireReader(bytes)) }
  } catch (cause) {
    if (cause instanceof WireFault) return { ok: false, reason: cause.reason }
    throw cause
  }
}

function readEnvelope(reader: WireReader): Envelope {
  const envelope: Draft<Envelope> = {
    uid: '',
    timestamp: 0n,
    expiration: 0n,
    relays: NO_RELAYS,
  }
  let relays: string[] | undefined
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (readHeadField(reader, next, envelope)) continue
    switch (next) {
      case REQUEST:
        envelope.message = reader.message(readRequest)
        break
      case RESPONSE:
        reader.message(skipAll)
        envelope.message = { kind: 'response' }
        break
      case ERROR:
        envelope.message = reader.message(readError)
        break
      case PING:
        reader.message(skipAll)
        envelope.message = { kind: 'ping' }
        break
      case PONG:
        reader.message(skipAll)
        envelope.message = { kind: 'pong' }
        break
      case SIGNATURE:
        envelope.signature = reader.bytes()
        break
      case SCHEMA:
        envelope.schema = reader.text()
        break
      case FEDERATION:
        envelope.federation = reader.text()
        break
      case PLAIN:
        envelope.payload = { kind: 'plain', bytes: reader.bytes() }
        break
      case CIPHER:
        envelope.payload = { kind: 'cipher', bytes: reader.bytes() }
        break
      case RELAYS:
        relays ??= []
        relays.push(reader.text())
        break
      default:
        reader.skip(next)
    }
  }
  if (relays !== undefined) envelope.relays = relays
  return envelope
}

function readPeek(reader: WireReader): EnvelopePeek {
  const peek: Draft<EnvelopePeek> = { uid: '', timestamp: 0n, expiration: 0n }
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (readHeadField(reader, next, peek)) continue
    switch (next) {
      case REQUEST:
        reader.message(checkRequest)
        peek.kind = 'request'
        break
      case RESPONSE:
        reader.message(skipAll)
        peek.kind = 'response'
        break
      case ERROR:
        reader.message(readError)
        peek.kind = 'error'
        break
      case PING:
        reader.message(skipAll)
        peek.kind = 'ping'
        break
      case PONG:
        reader.message(skipAll)
        peek.kind = 'pong'
        break
      case SCHEMA:
      case FEDERATION:
      case RELAYS:
        reader.skipText()
        break
      default:
        reader.skip(next)
    }
  }
  return peek
}

function readHeadField(reader: WireReader, next: number, head: Draft<EnvelopeHead>): boolean {
  switch (next) {
    case UID:
      head.uid = reader.text()
      return true
    case TAGS:
      head.tags = reader.text()
      return true
    case TIMESTAMP:
      head.timestamp = reader.u64()
      return true
    case EXPIRATION:
      head.expiration = reader.u64()
      return true
    case SOURCE:
      head.source = reader.message(readAddress)
      return true
    case DESTINATION:
      head.destination = reader.message(readAddress)
      return true
    default:
      return false
  }
}

function readAddress(reader: WireReader): Address {
  const address: Draft<Address> = { twin: 0 }
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (next === ADDRESS_TWIN) address.twin = reader.u32()
    else if (next === ADDRESS_CONNECTION) address.connection = reader.text()
    else reader.skip(next)
  }
  return address
}

function readRequest(reader: WireReader): Message {
  let command = ''
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (next === REQUEST_COMMAND) command = reader.text()
    else reader.skip(next)
  }
  return { kind: 'request', command }
}

function checkRequest(reader: WireReader): void {
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (next === REQUEST_COMMAND) reader.skipText()
    else reader.skip(next)
  }
}

function readError(reader: WireReader): Message {
  let code = 0
  let message = ''
  for (let next = reader.tag(); next !== 0; next = reader.tag()) {
    if (next === ERROR_CODE) code = reader.u32()
    else if (next === ERROR_MESSAGE) message = reader.text()
    else reader.skip(next)
  }
  return { kind: 'error', code, message }
}

function skipAll(reader: WireReader): void {
  for (let next = reader.tag(); next !== 0; next = reader.tag()) reader.skip(next)
}

/** Writes an envelope, its fields in the order that the generated code of the clients has. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { uid, tags, timestamp, expiration, source, destination, message } = envelope
  const { signature, schema, federation, payload, relays } = envelope
  const writer = new WireWriter()
  if (uid !== '') writer.text(UID, uid)
  if (tags !== undefined) writer.text(TAGS, tags)
  if (timestamp !== 0n) writer.u64(TIMESTAMP, timestamp)
  if (expiration !== 0n) writer.u64(EXPIRATION, expiration)
  if (source !== undefined) writeAddress(writer, SOURCE, source)
  if (destination !== undefined) writeAddress(writer, DESTINATION, destination)
  if (message !== undefined) writeMessage(writer, message)
  if (signature !== undefined) writer.bytes(SIGNATURE, signature)
  if (schema !== undefined) writer.text(SCHEMA, schema)
  if (federation !== undefined) writer.text(FEDERATION, federation)
  if (payload !== undefined) writer.bytes(payload.kind === 'plain' ? PLAIN : CIPHER, payload.bytes)
  for (const relay of relays) writer.text(RELAYS, relay)
  return writer.finish()
}

function writeAddress(writer: WireWriter, field: number, { twin, connection }: Address): void {
  const twinSize = twin === 0 ? 0 : 1 + varintSize(twin)
  writer.message(field, twinSize + (connection === undefined ? 0 : textFieldSize(connection)))
  if (twin !== 0) writer.u32(ADDRESS_TWIN, twin)
  if (connection !== undefined) writer.text(ADDRESS_CONNECTION, connection)
}

function writeMessage(writer: WireWriter, message: Message): void {
  switch (message.kind) {
    case 'request': {
      const { command } = message
      writer.message(REQUEST, command === '' ? 0 : textFieldSize(command))
      if (command !== '') writer.text(REQUEST_COMMAND, command)
      return
    }
    case 'response':
      writer.message(RESPONSE, 0)
      return
    case 'error': {
      const { code, message: text } = message
      const codeSize = code === 0 ? 0 : 1 + varintSize(code)
      writer.message(ERROR, codeSize + (text === '' ? 0 : textFieldSize(text)))
      if (code !== 0) writer.u32(ERROR_CODE, code)
      if (text !== '') writer.text(ERROR_MESSAGE, text)
      return
    }
    case 'ping':
      writer.message(PING, 0)
      return
    case 'pong':
      writer.message(PONG, 0)
      return
  }
}

/** The size of a text field whose number is below 16: tag, length and UTF-8. */
function textFieldSize(text: string): number {
  const size = Buffer.byteLength(text)
  return 1 + varintSize(size) + size
}
