// Decoders from JSON text to typed values that behave as the node's: one declaration gives type, decoding and error texts.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { decodeHex } from './hex.ts'
import { canonicalCidr, canonicalIp } from './ip.ts'
import { type JsonNode, readJson } from './json-reader.ts'
import { parseTimestamp } from './timestamp.ts'

/**
 * How one kind of value is decoded. `current` is what the place holds already: the zero value, or
 * what an earlier member of the same name left there; like the node, objects are merged into it.
 */
export interface Decoder<T> {
  /** The name that error texts use, e.g. `uint32`, `gridtypes.Name`. */
  readonly type: string
  readonly zero: T
  decode(node: JsonNode, current: T, context: DecodeContext): T
}

/** The type of what a decoder yields. */
export type Decoded<D> = D extends Decoder<infer T> ? T : never

/** A member of an object whose name on the wire is not its name in the value. */
export interface Renamed<T> {
  readonly wireName: string
  readonly decoder: Decoder<T>
}

type Members = Readonly<Record<string, Decoder<unknown> | Renamed<unknown>>>

type DecodedMembers<M extends Members> = {
  readonly [K in keyof M]: M[K] extends Renamed<infer T> ? T : Decoded<M[K]>
}

/** Stops decoding at once: what the value's own reader refuses, unlike a value of the wrong type. */
class DecodeHalt extends Error {}

/** Where the decoder is, and the first thing that did not fit; decoding goes on after that. */
export class DecodeContext {
  readonly text: string
  path: readonly string[] = []
  struct = ''
  firstError: string | undefined

  constructor(text: string) {
    this.text = text
  }

  mismatch(value: string, type: string): void {
    const place =
      this.path.length > 0 ? `Go struct field ${this.struct}.${this.path.join('.')}` : 'Go value'
    this.firstError ??= `json: cannot unmarshal ${value} into ${place} of type ${type}`
  }

  halt(error: string): never {
    throw new DecodeHalt(error)
  }
}

/** Decodes a JSON text; the error is the text that the node answers. */
export function decodeJson<T>(text: string, decoder: Decoder<T>): Outcome<T> {
  const node = readJson(text)
  if (!node.ok) return node
  const context = new DecodeContext(text)
  try {
    const value = decoder.decode(node.value, decoder.zero, context)
    return context.firstError === undefined ? accepted(value) : refused(context.firstError)
  } catch (cause) {
    if (cause instanceof DecodeHalt) return refused(cause.message)
    throw cause
  }
}

function literal<T>(
  type: string,
  zero: T,
  read: (node: Exclude<JsonNode, { kind: 'null' }>, context: DecodeContext) => T | undefined,
): Decoder<T> {
  return {
    type,
    zero,
    decode(node, current, context) {
      if (node.kind === 'null') return current
      const value = read(node, context)
      if (value !== undefined) return value
      context.mismatch(node.kind, type)
      return current
    },
  }
}

/** Text; invalid parts were replaced when it was read. */
export function text(type = 'string'): Decoder<string> {
  return literal(type, '', node => (node.kind === 'string' ? node.value : undefined))
}

/** `true` or `false`. */
export const flag: Decoder<boolean> = literal('bool', false, node =>
  node.kind === 'bool' ? node.value : undefined,
)

function integer(type: string, min: bigint, max: bigint): Decoder<bigint> {
  return {
    type,
    zero: 0n,
    decode(node, current, context) {
      if (node.kind === 'null') return current
      if (node.kind !== 'number') {
        context.mismatch(node.kind, type)
        return current
      }
      // No integer of 64 bits has more digits; longer ones are refused before any arithmetic.
      const isInteger = node.text.length <= 20 && /^-?[0-9]+$/.test(node.text)
      const value = isInteger ? BigInt(node.text) : undefined
      const fits =
        value !== undefined && value >= min && value <= max && !(min === 0n && node.text[0] === '-')
      if (fits) return value
      context.mismatch(`number ${node.text}`, type)
      return current
    },
  }
}

function small(type: string, bits: number): Decoder<number> {
  const wide = integer(type, 0n, 2n ** BigInt(bits) - 1n)
  return {
    type,
    zero: 0,
    decode: (node, current, context) => Number(wide.decode(node, BigInt(current), context)),
  }
}

/** Unsigned integers that fit a number. */
export const uint8 = small('uint8', 8)
export const uint16 = small('uint16', 16)
export const uint32 = small('uint32', 32)

/** An unsigned integer of 64 bits; `type` is its name in error texts. */
export function uint64(type = 'uint64'): Decoder<bigint> {
  return integer(type, 0n, 2n ** 64n - 1n)
}

/** A size in bytes. */
export const unit = uint64('gridtypes.Unit')

/** The name of a workload or network. */
export const name = text('gridtypes.Name')

/** Unix seconds, or a date in RFC 3339. */
export const timestamp: Decoder<bigint> = {
  type: 'gridtypes.Timestamp',
  zero: 0n,
  decode(node, _current, context) {
    const value = parseTimestamp(context.text.slice(node.start, node.end))
    if (value.ok) return value.value
    return context.halt(value.error)
  },
}

function parsedText(type: string, parse: (value: string) => Outcome<string>): Decoder<string> {
  return literal(type, '', (node, context) => {
    if (node.kind !== 'string') return undefined
    const value = parse(node.value)
    return value.ok ? value.value : context.halt(value.error)
  })
}

/** An IP address, kept in canonical text; empty when unset. */
export const ip = parsedText('net.IP', value => (value === '' ? accepted('') : canonicalIp(value)))

/** An address with its prefix length, kept in canonical text; empty when unset. */
export const cidr = parsedText('gridtypes.IPNet', value =>
  value === '' ? accepted('') : canonicalCidr(value),
)

/** Bytes given in hex, kept as lower-case hex. */
export function hexBytes(type = 'zos.Bytes'): Decoder<string> {
  return parsedText(type, decodeHex)
}

/** Any JSON value, kept as the text it was written in; empty when the member is missing. */
export const rawJson: Decoder<string> = {
  type: 'json.RawMessage',
  zero: '',
  decode: (node, _current, context) => context.text.slice(node.start, node.end),
}

/** A list. */
export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  const type = `[]${item.type}`
  return {
    type,
    zero: Object.freeze([]),
    decode(node, current, context) {
      if (node.kind === 'null') return this.zero
      if (node.kind !== 'array') {
        context.mismatch(node.kind, type)
        return current
      }
      return Object.freeze(
        node.items.map((entry, index) => item.decode(entry, current[index] ?? item.zero, context)),
      )
    },
  }
}

/** A map from text to text, in the order in which names first occur. */
export const textMap: Decoder<ReadonlyMap<string, string>> = {
  type: 'map[string]string',
  zero: new Map(),
  decode(node, current, context) {
    if (node.kind === 'null') return this.zero
    if (node.kind !== 'object') {
      context.mismatch(node.kind, this.type)
      return current
    }
    const value = text()
    return new Map([
      ...current,
      ...node.members.map(
        member => [member.name, value.decode(member.value, '', context)] as const,
      ),
    ])
  },
}

/** A value that may be absent: `null` and a missing member are the same. */
export function optional<T>(value: Decoder<T>): Decoder<T | null> {
  return {
    type: `*${value.type}`,
    zero: null,
    decode(node, current, context) {
      if (node.kind === 'null') return null
      return value.decode(node, current ?? value.zero, context)
    },
  }
}

/** A member whose wire name differs from its name in the value. */
export function wireName<T>(name: string, decoder: Decoder<T>): Renamed<T> {
  return { wireName: name, decoder }
}

interface Field {
  readonly key: string
  readonly path: readonly string[]
  readonly decoder: Decoder<unknown>
}

/** Letters of either case are the same, and so are the two letters of Unicode that fold to ASCII ones. */
function folded(memberName: string): string {
  return memberName
    .replace(/[a-z]/g, letter => letter.toUpperCase())
    .replaceAll('\u017f', 'S')
    .replaceAll('\u212a', 'K')
}

/**
 * An object with known members: unknown ones are ignored, names match without case, missing ones
 * are zero. `type` is the name in error texts (`zos.ZMount`); `embedded` members belong to a part
 * of the object that error texts name.
 */
export function struct<M extends Members, E extends Members = Record<never, never>>(
  type: string,
  members: M,
  embedded?: { readonly name: string; readonly members: E },
): Decoder<DecodedMembers<M> & DecodedMembers<E>> {
  const fields: Field[] = []
  const addAll = (from: Members, prefix: readonly string[]) => {
    for (const [key, spec] of Object.entries(from)) {
      const isRenamed = 'wireName' in spec
      const memberName = isRenamed ? spec.wireName : key
      const decoder = isRenamed ? spec.decoder : spec
      fields.push({ key, path: [...prefix, memberName], decoder })
    }
  }
  addAll(members, [])
  if (embedded !== undefined) addAll(embedded.members, [embedded.name])

  const exact = new Map(fields.map(field => [field.path.at(-1) ?? '', field]))
  const byFoldedName = new Map(fields.map(field => [folded(field.path.at(-1) ?? ''), field]))
  const structName = type.slice(type.lastIndexOf('.') + 1)
  const zero = Object.freeze(
    Object.fromEntries(fields.map(field => [field.key, field.decoder.zero])),
  )

  const decoder: Decoder<Readonly<Record<string, unknown>>> = {
    type,
    zero,
    decode(node, current, context) {
      if (node.kind === 'null') return current
      if (node.kind !== 'object') {
        context.mismatch(node.kind, type)
        return current
      }
      const value: Record<string, unknown> = { ...current }
      const { path, struct: outer } = context
      for (const member of node.members) {
        const field = exact.get(member.name) ?? byFoldedName.get(folded(member.name))
        if (field === undefined) continue
        context.path = [...path, ...field.path]
        context.struct = structName
        value[field.key] = field.decoder.decode(member.value, value[field.key], context)
        context.path = path
        context.struct = outer
      }
      return Object.freeze(value)
    },
  }
  return decoder as unknown as Decoder<DecodedMembers<M> & DecodedMembers<E>>
}
