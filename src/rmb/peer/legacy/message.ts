// The one message of the old bus (v0, v1): JSON, signed when it travels between twins (`go-rmb: models.go`).

import { createHash } from 'node:crypto'
import type { KeyPair } from '../../../crypto/keys.ts'
import { checkSignature, signBytes } from '../../signature.ts'
import { JsonNumber, JsonObject, type JsonValue } from '../internal/json.ts'

/** A message of the old bus; what is missing is empty or 0. */
export interface LegacyMessage {
  readonly ver: number
  readonly uid: string
  readonly cmd: string
  /** Seconds. */
  readonly exp: number
  /** Tries that are left. */
  readonly try: number
  /** Standard base64. */
  readonly dat: string
  readonly src: number
  readonly dst: readonly number[]
  /** The list to which answers go. */
  readonly ret: string
  readonly shm: string
  /** Unix time in seconds. */
  readonly now: number
  /** Whether it came through a proxy. */
  readonly pxy: boolean
  readonly err: string
  /** Hex of the scheme's letter and 64 bytes. */
  readonly sig: string
}

/** The only version. */
const VERSION = 1

/** Keys that only messages of the old bus have. */
const TELLING_KEYS = ['uid', 'try', 'pxy', 'src']

/** Whether an object on a local list is of the old bus, and wants its answer in the old shape. */
export function isLegacy(value: JsonValue): value is JsonObject {
  return value instanceof JsonObject && value.hasAny(TELLING_KEYS)
}

/** Reads a message as Go does: what is missing or null is empty. `undefined` when a field is of another type. */
export function readLegacy(value: JsonValue | undefined): LegacyMessage | undefined {
  if (!(value instanceof JsonObject)) return undefined
  // As in Go, of a field that comes twice the last one counts.
  const fields = new Map(value.fields)
  let isWhole = true
  const text = (name: string): string => {
    const field = fields.get(name) ?? ''
    if (typeof field === 'string') return field
    isWhole = false
    return ''
  }
  const integer = (field: JsonValue | undefined): number => {
    if (field === undefined || field === null) return 0
    const number =
      field instanceof JsonNumber && /^-?[0-9]+$/.test(field.text) ? Number(field.text) : Number.NaN
    if (!Number.isSafeInteger(number)) isWhole = false
    return number
  }
  const list = fields.get('dst') ?? []
  const proxy = fields.get('pxy') ?? false
  if (!Array.isArray(list) || typeof proxy !== 'boolean') return undefined
  const message: LegacyMessage = {
    ver: integer(fields.get('ver')),
    uid: text('uid'),
    cmd: text('cmd'),
    exp: integer(fields.get('exp')),
    try: integer(fields.get('try')),
    dat: text('dat'),
    src: integer(fields.get('src')),
    dst: (list as readonly JsonValue[]).map(integer),
    ret: text('ret'),
    shm: text('shm'),
    now: integer(fields.get('now')),
    pxy: proxy,
    err: text('err'),
    sig: text('sig'),
  }
  return isWhole ? message : undefined
}

/** What makes a message unfit to be worked on (`go-rmb: server.go`, Valid). */
export function legacyFault(message: LegacyMessage): string | undefined {
  if (message.ver !== VERSION) return 'protocol version mismatch'
  if (message.cmd === '') return 'missing command request'
  if (message.dst.length === 0) return 'missing twin destination'
  if (message.ret === '') return 'return queue not defined'
  return undefined
}

/** The JSON of a message, in the order of its fields. */
export function legacyText(message: LegacyMessage): string {
  const { ver, uid, cmd, exp, dat, src, dst, ret, shm, now, pxy, err, sig } = message
  return JSON.stringify({
    ver,
    uid,
    cmd,
    exp,
    try: message.try,
    dat,
    src,
    dst,
    ret,
    shm,
    now,
    pxy,
    err,
    sig,
  })
}

/** The 16 bytes that are signed; expiration, tries, schema and error are not among what they cover. */
export function legacyChallenge(message: LegacyMessage): Uint8Array {
  const { ver, uid, cmd, dat, src, dst, ret, now, pxy } = message
  const text = [ver, uid, cmd, dat, src, ...dst, ret, now, pxy].map(String).join('')
  return new Uint8Array(createHash('md5').update(text, 'utf8').digest())
}

/** The message with its sender's signature. */
export function signLegacy(message: LegacyMessage, pair: KeyPair): LegacyMessage {
  const sig = Buffer.from(signBytes(pair, legacyChallenge(message))).toString('hex')
  return { ...message, sig }
}

/** What is wrong with a message's signature, in the words of `go-rmb: models.go`. */
export function legacySignatureFault(
  message: LegacyMessage,
  account: Uint8Array,
): string | undefined {
  const { sig } = message
  if (sig === '') {
    return 'signature field is empty, visit the project github repo for instructions to update'
  }
  const stray = /[^0-9a-fA-F]/u.exec(sig)?.[0]
  if (stray !== undefined) {
    const point = stray.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
    return `couldn't decode signature: encoding/hex: invalid byte: U+${point} '${stray}'`
  }
  if (sig.length % 2 === 1) return "couldn't decode signature: encoding/hex: odd length hex string"
  const prefix = sig.slice(0, 2).toLowerCase()
  if (prefix !== ED25519 && prefix !== SR25519) return `unrecognized signature prefix ${prefix}`
  const fault = checkSignature(account, legacyChallenge(message), Buffer.from(sig, 'hex'))
  return fault === undefined ? undefined : "couldn't verify signature"
}

const ED25519 = '65'
const SR25519 = '73'

/** A message lives at most so long on its way, in ms. */
const MAX_AGE_MS = 60_000

/** What is wrong with a message's time; `now` in ms. */
export function legacyAgeFault({ now: sent }: LegacyMessage, now: number): string | undefined {
  const age = now - sent * 1000
  if (age <= MAX_AGE_MS) return undefined
  const seconds = Math.floor(now / 1000)
  return `message is too old, sent since ${goDuration(age)}, sent time: ${sent}, now: ${seconds}`
}

/** A duration as Go prints it: `1m1.5s`. */
function goDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = `${(ms % 60_000) / 1000}s`
  if (hours > 0) return `${hours}h${minutes}m${seconds}`
  return minutes > 0 ? `${minutes}m${seconds}` : seconds
}
