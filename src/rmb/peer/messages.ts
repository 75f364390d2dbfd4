// The JSON messages between a peer and the programs beside it: `rmb-rs: src/peer/storage/mod.rs`.

import { type Address, formatAddress } from '../address.ts'
import type { Envelope } from '../envelope.ts'
import type { RmbError } from '../errors.ts'
import { JsonNumber, JsonObject, type JsonValue } from './internal/json.ts'

/** The lists of the local interface: `rmb-rs: src/peer/storage/redis_storage.rs`. */
export const lists = {
  /** Requests that go out. */
  local: 'msgbus.system.local',
  /** Replies that go out. */
  reply: 'msgbus.system.reply',
  /** Where a service waits for the requests to its command. */
  command: (command: string) => `msgbus.${command}`,
  /** Remembers who asked. */
  backlog: (uid: string) => `msgbus.backlog.${uid}`,
} as const

/** Messages that a list keeps: `MAX_COMMANDS`. */
export const listLimit = 10_000

/** A request of a local program. */
export interface OutgoingRequest {
  readonly reference: string | null
  readonly command: string
  /** Seconds. */
  readonly expiration: bigint
  /** Standard base64. */
  readonly data: string
  readonly tags: string | null
  readonly destinations: readonly number[]
  /** The list to which answers go. */
  readonly replyTo: string
  readonly schema: string | null
  /** Unix time in seconds; 0 for now. */
  readonly timestamp: bigint
}

/** The answer of a local service to a request of another twin. */
export interface OutgoingReply {
  /** The request's uid. */
  readonly reference: string | null
  readonly data: string
  /** `twin` or `twin:session`. */
  readonly destination: string
  readonly schema: string | null
  readonly timestamp: bigint
  readonly error: RmbError | null
}

const MAX_U64 = 0xffff_ffff_ffff_ffffn
const MAX_U32 = 0xffff_ffff

/** What an object is not what it should be for; thrown and caught in this file. */
class ShapeFault extends Error {}

/** Reads the fields of an object, each by its type; fields that nobody asks for are ignored. */
class Fields {
  readonly #object: JsonObject

  constructor(value: JsonValue) {
    if (!(value instanceof JsonObject)) throw new ShapeFault('not an object')
    this.#object = value
  }

  u64(name: string): bigint {
    return u64Of(this.#one(name), name)
  }

  u32(name: string): number {
    return u32Of(this.#one(name), name)
  }

  text(name: string): string {
    const value = this.#one(name)
    if (typeof value !== 'string') throw new ShapeFault(`field \`${name}\` is not a string`)
    return value
  }

  maybe<T>(name: string, read: () => T): T | null {
    const value = this.#find(name)
    return value === undefined || value === null ? null : read()
  }

  maybeText(name: string): string | null {
    return this.maybe(name, () => this.text(name))
  }

  list(name: string): readonly JsonValue[] {
    const value = this.#one(name)
    if (!Array.isArray(value)) throw new ShapeFault(`field \`${name}\` is not a list`)
    return value as readonly JsonValue[]
  }

  object(name: string): Fields {
    return new Fields(this.#one(name))
  }

  #one(name: string): JsonValue {
    const value = this.#find(name)
    if (value === undefined) throw new ShapeFault(`missing field \`${name}\``)
    return value
  }

  #find(name: string): JsonValue | undefined {
    const [first, second] = this.#object.fields.filter(([field]) => field === name)
    if (second) throw new ShapeFault(`duplicate field \`${name}\``)
    return first?.[1]
  }
}

function u64Of(value: JsonValue, name: string): bigint {
  const number =
    value instanceof JsonNumber && /^[0-9]{1,20}$/.test(value.text) ? BigInt(value.text) : -1n
  if (number < 0n || number > MAX_U64) throw new ShapeFault(`field \`${name}\` is not a u64`)
  return number
}

function u32Of(value: JsonValue, name: string): number {
  const number = u64Of(value, name)
  if (number > BigInt(MAX_U32)) throw new ShapeFault(`field \`${name}\` is not a u32`)
  return Number(number)
}

/** A message, or what it lacks. */
export type Shaped<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly error: string }

function shaped<T>(read: () => T): Shaped<T> {
  try {
    return { ok: true, message: read() }
  } catch (cause) {
    if (cause instanceof ShapeFault) return { ok: false, error: cause.message }
    throw cause
  }
}

/** Reads what a local program put on `msgbus.system.local`. */
export function readOutgoingRequest(value: JsonValue): Shaped<OutgoingRequest> {
  return shaped(() => {
    const fields = new Fields(value)
    fields.u64('ver')
    return {
      reference: fields.maybeText('ref'),
      command: fields.text('cmd'),
      expiration: fields.u64('exp'),
      data: fields.text('dat'),
      tags: fields.maybeText('tag'),
      destinations: fields.list('dst').map(item => u32Of(item, 'dst')),
      replyTo: fields.text('ret'),
      schema: fields.maybeText('shm'),
      timestamp: fields.u64('now'),
    }
  })
}

/** Reads what a local service put on `msgbus.system.reply`. */
export function readOutgoingReply(value: JsonValue): Shaped<OutgoingReply> {
  return shaped(() => {
    const fields = new Fields(value)
    fields.u64('ver')
    return {
      reference: fields.maybeText('ref'),
      data: fields.text('dat'),
      destination: fields.text('dst'),
      schema: fields.maybeText('shm'),
      timestamp: fields.u64('now'),
      error: fields.maybe('err', () => {
        const error = fields.object('err')
        return { code: error.u32('code'), message: error.text('message') }
      }),
    }
  })
}

const NOBODY: Address = { twin: 0 }

/** The request of another twin, as a local service finds it. */
export function incomingRequestText(envelope: Envelope, command: string): string {
  return objectText({
    ver: 1n,
    ref: envelope.uid,
    src: formatAddress(envelope.source ?? NOBODY),
    cmd: command,
    exp: envelope.expiration,
    dat: plainBase64(envelope),
    tag: envelope.tags ?? null,
    ret: lists.reply,
    shm: envelope.schema ?? null,
    now: envelope.timestamp,
  })
}

/** The reply of another twin, as the local program that asked finds it. */
export function incomingReplyText(envelope: Envelope, reference: string | null): string {
  const { message } = envelope
  return objectText({
    ver: 1n,
    ref: reference,
    dat: plainBase64(envelope),
    src: formatAddress(envelope.source ?? NOBODY),
    shm: envelope.schema ?? null,
    now: envelope.timestamp,
    err: message?.kind === 'error' ? { code: message.code, message: message.message } : null,
  })
}

/** What the local program that asked finds when its request could not be sent. */
export function undeliverableText(error: RmbError, reference: string | null): string {
  return objectText({
    ver: 1n,
    ref: reference,
    dat: '',
    src: '',
    shm: null,
    now: 0n,
    err: error,
  })
}

function plainBase64({ payload }: Envelope): string {
  if (payload?.kind !== 'plain') return ''
  const { buffer, byteOffset, byteLength } = payload.bytes
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}

/** JSON in the order of the fields; numbers of 64 bits are written whole. */
function objectText(fields: Readonly<Record<string, string | bigint | RmbError | null>>): string {
  const parts = Object.entries(fields).map(([name, value]) => {
    const text = typeof value === 'bigint' ? String(value) : JSON.stringify(value)
    return `"${name}":${text}`
  })
  return `{${parts.join(',')}}`
}
