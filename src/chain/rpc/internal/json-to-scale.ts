// JSON as people write it for polkadot-js, made into SCALE bytes by the declared types.

import { toHex } from '../../../crypto/hex.ts'
import { decodeSs58 } from '../../../crypto/ss58.ts'
import { bytesFromHex } from '../../../scale/byte-string.ts'
import { decodeFromBytes } from '../../../scale/codec.ts'
import { ScaleError } from '../../../scale/errors.ts'
import type { AnyType, FieldShape, PrimitiveName, VariantShape } from '../../../scale/type.ts'
import { ScaleWriter } from '../../../scale/writer.ts'

/**
 * The SCALE bytes of a JSON value; a value that the type does not have is a ScaleError. As in polkadot-js, fields
 * that are left out are zero or empty, names may be in camel case, and bytes, accounts and large numbers are text.
 */
export function jsonToScale(type: AnyType, json: unknown): Uint8Array {
  const out = new ScaleWriter()
  put(type, json, out)
  return out.toBytes()
}

/** `tfgridModule` and `TfgridModule`, `contract_id` and `contractId` are one name. */
export const plainName = (name: string): string => name.replaceAll('_', '').toLowerCase()

function refuse(json: unknown, wanted: string): ScaleError {
  const text = JSON.stringify(json) ?? String(json)
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return new ScaleError('badValue', `${shown} is not ${wanted}`)
}

function put(type: AnyType, json: unknown, out: ScaleWriter): void {
  out.enter()
  const { path, def } = type.shape
  if (path.at(-1) === 'AccountId32') putAccount(json, out)
  else if (isRaw(type, json)) putRaw(type, json as string, out)
  else {
    switch (def.kind) {
      case 'composite':
        putFields(def.fields, json, out)
        break
      case 'variant':
        putVariant(type, path.length === 1 ? path[0] : undefined, def.variants, json, out)
        break
      case 'sequence':
        putSequence(def.type, json, out)
        break
      case 'array':
        putArray(def.type, def.length, json, out)
        break
      case 'tuple':
        putTuple(def.types, json, out)
        break
      case 'primitive':
        putPrimitive(def.primitive, json, out)
        break
      case 'compact':
        putCompact(def.type, json, out)
        break
    }
  }
  out.leave()
}

/** Hex in the place of a struct or an enum stands for its SCALE bytes; an option of bytes is no such place. */
function isRaw({ shape: { path, def } }: AnyType, json: unknown): boolean {
  if (typeof json !== 'string' || !/^0x([0-9a-f]{2})+$/i.test(json)) return false
  if (def.kind === 'variant') return path.at(-1) !== 'Option'
  return def.kind === 'composite' && typeof def.fields[0]?.name === 'string'
}

function putRaw(type: AnyType, hex: string, out: ScaleWriter): void {
  const bytes = bytesFromHex(hex)
  decodeFromBytes(type, bytes)
  out.raw(bytes)
}

function putAccount(json: unknown, out: ScaleWriter): void {
  if (json === null || json === undefined) {
    out.raw(new Uint8Array(32))
    return
  }
  if (typeof json !== 'string') throw refuse(json, 'an account')
  if (json.startsWith('0x')) {
    const bytes = bytesFromHex(json)
    if (bytes.length !== 32) throw refuse(json, 'an account of 32 bytes')
    out.raw(bytes)
    return
  }
  const decoded = decodeSs58(json)
  if (!decoded.ok) throw refuse(json, `an address (${decoded.error})`)
  out.hex(toHex(decoded.publicKey), 32)
}

function putFields(fields: readonly FieldShape[], json: unknown, out: ScaleWriter): void {
  const [first] = fields
  if (first === undefined) return
  if (first.name === null) {
    if (fields.length === 1) put(first.type, json, out)
    else
      putTuple(
        fields.map(({ type }) => type),
        json,
        out,
      )
    return
  }
  if (Array.isArray(json)) {
    putTuple(
      fields.map(({ type }) => type),
      json,
      out,
    )
    return
  }
  if (json !== null && json !== undefined && typeof json !== 'object') {
    throw refuse(json, 'an object')
  }
  const given = new Map(Object.entries(json ?? {}).map(([key, value]) => [plainName(key), value]))
  for (const { name, type } of fields) {
    const key = plainName(name ?? '')
    put(type, given.get(key), out)
    given.delete(key)
  }
  const [unknown] = given.keys()
  if (unknown !== undefined) throw refuse(json, `without a field ${unknown}`)
}

function putVariant(
  type: AnyType,
  rustName: string | undefined,
  variants: readonly VariantShape[],
  json: unknown,
  out: ScaleWriter,
): void {
  if (rustName === 'Option') {
    const isSome = json !== null && json !== undefined
    out.u8(isSome ? 1 : 0)
    if (isSome) put(variants[1]!.fields[0]!.type, json, out)
    return
  }
  const { variant, value } = chosen(type, variants, asCall(json))
  out.u8(variant.index)
  putFields(variant.fields, value, out)
}

/** polkadot-js writes a call as `{ callIndex: '0x0501', args }`: the pallet's index, then the call's. */
function asCall(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json
  const { callIndex, args } = json as { callIndex?: unknown; args?: unknown }
  if (typeof callIndex !== 'string' || !/^0x[0-9a-f]{4}$/i.test(callIndex)) return json
  const [pallet, call] = bytesFromHex(callIndex)
  return { index: pallet, value: { index: call, value: args } }
}

/** The variant that JSON means: its name, its index, `{ Name: value }` or `{ type: 'Name', value }`. */
function chosen(
  type: AnyType,
  variants: readonly VariantShape[],
  json: unknown,
): { variant: VariantShape; value: unknown } {
  const byName = (name: string) => variants.find(each => plainName(each.name) === plainName(name))
  let variant: VariantShape | undefined
  let value: unknown
  if (json === null || json === undefined) variant = variants[0]
  else if (typeof json === 'string') variant = byName(json)
  else if (typeof json === 'number') variant = variants.find(({ index }) => index === json)
  else if (typeof json === 'object') {
    const entries = Object.entries(json)
    const tagged = json as { type?: unknown; index?: unknown; value?: unknown }
    if (entries.length === 1) {
      variant = byName(entries[0]![0])
      value = entries[0]![1]
    }
    if (!variant && typeof tagged.type === 'string') {
      variant = byName(tagged.type)
      value = tagged.value
    } else if (!variant && typeof tagged.index === 'number') {
      variant = variants.find(({ index }) => index === tagged.index)
      value = tagged.value
    }
  }
  if (!variant) throw refuse(json, `a variant of ${type.shape.path.join('::')}`)
  return { variant, value }
}

const isByte = (type: AnyType): boolean => {
  const { def } = type.shape
  return def.kind === 'primitive' && def.primitive === 'u8'
}

/** Bytes: hex, or text as UTF-8. */
const bytesOf = (json: string): Uint8Array =>
  /^0x/i.test(json) ? bytesFromHex(json.toLowerCase()) : new Uint8Array(Buffer.from(json, 'utf8'))

function putSequence(item: AnyType, json: unknown, out: ScaleWriter): void {
  if (json === null || json === undefined) {
    out.compact(0)
    return
  }
  if (isByte(item) && typeof json === 'string') {
    const bytes = bytesOf(json)
    out.compact(bytes.length)
    out.raw(bytes)
    return
  }
  if (!Array.isArray(json)) throw refuse(json, 'a list')
  out.compact(json.length)
  for (const each of json) put(item, each, out)
}

function putArray(item: AnyType, length: number, json: unknown, out: ScaleWriter): void {
  if (json === null || json === undefined) {
    for (let i = 0; i < length; i += 1) put(item, undefined, out)
    return
  }
  if (isByte(item) && typeof json === 'string') {
    const bytes = bytesOf(json)
    if (bytes.length !== length) throw refuse(json, `${length} bytes`)
    out.raw(bytes)
    return
  }
  if (!Array.isArray(json) || json.length !== length) throw refuse(json, `a list of ${length}`)
  for (const each of json) put(item, each, out)
}

function putTuple(types: readonly AnyType[], json: unknown, out: ScaleWriter): void {
  if (types.length > 0 && json !== null && json !== undefined) {
    if (!Array.isArray(json) || json.length !== types.length) {
      throw refuse(json, `a list of ${types.length}`)
    }
  }
  const given = Array.isArray(json) ? json : []
  types.forEach((type, i) => {
    put(type, given[i], out)
  })
}

function putPrimitive(primitive: PrimitiveName, json: unknown, out: ScaleWriter): void {
  if (primitive === 'bool') {
    if (json !== null && json !== undefined && typeof json !== 'boolean') {
      throw refuse(json, 'a bool')
    }
    out.u8(json ? 1 : 0)
    return
  }
  if (primitive === 'str') {
    if (json !== null && json !== undefined && typeof json !== 'string') throw refuse(json, 'text')
    out.text(json ?? '')
    return
  }
  const bits = Number(primitive.slice(1))
  const value = integerOf(json)
  const isSigned = primitive.startsWith('i')
  const fits = isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value)
  if (fits !== value) throw refuse(json, `a ${primitive}`)
  const unsigned = BigInt.asUintN(bits, value)
  for (let i = 0; i < bits; i += 8) out.u8(Number((unsigned >> BigInt(i)) & 0xffn))
}

function putCompact(inner: AnyType, json: unknown, out: ScaleWriter): void {
  const { def } = inner.shape
  if (def.kind !== 'primitive') return
  const value = integerOf(json)
  const bits = Number(def.primitive.slice(1))
  if (BigInt.asUintN(bits, value) !== value) throw refuse(json, `a compact ${def.primitive}`)
  out.compactBig(value)
}

/**
 * An integer: a number that holds it exactly, decimal text with or without commas, or hex; zero when it is left out.
 */
export function integerOf(json: unknown): bigint {
  if (json === null || json === undefined) return 0n
  if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json)
  if (typeof json === 'string') {
    const text = json.replaceAll(',', '')
    if (/^(-?\d{1,80}|0x[0-9a-fA-F]{1,64})$/.test(text)) return BigInt(text)
  }
  throw refuse(json, 'an integer (a large one is given as text)')
}
