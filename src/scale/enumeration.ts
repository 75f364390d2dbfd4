// Rust enums: string unions when no variant carries anything, `{ type, value }` unions otherwise.

import { invariant } from '../kernel/errors.ts'
import { codecOfFields } from './compile.ts'
import type { FieldsValue, NamedFields } from './composite.ts'
import type { TupleValues } from './containers.ts'
import { ScaleError } from './errors.ts'
import { onceFor } from './once.ts'
import type { ScaleReader } from './reader.ts'
import {
  type AnyType,
  type FieldShape,
  makeType,
  namedShape,
  type ScaleType,
  type TypeName,
  type VariantShape,
} from './type.ts'
import type { ScaleWriter } from './writer.ts'

/** What a variant carries: nothing (`[]`), unnamed fields (`[u32]`), or named ones (`{ id: u32 }`). */
export type VariantFields = readonly AnyType[] | NamedFields

/** A variant whose index is not its position. */
export interface IndexedVariant<F extends VariantFields> {
  readonly kind: typeof indexedVariant
  readonly index: number
  readonly fields: F
}

const indexedVariant = Symbol('indexed variant')

/** Gives a variant its index; those after it count on from there. */
export function at<const F extends VariantFields>(index: number, fields: F): IndexedVariant<F> {
  return { kind: indexedVariant, index, fields }
}

/** The variants of an enum, in the metadata's order. */
export interface Variants {
  readonly [name: string]: VariantFields | IndexedVariant<VariantFields>
}

/** The single unnamed field itself, several as a tuple, named ones as an object. */
export type VariantValue<F> = F extends readonly [infer Only extends AnyType]
  ? TupleValues<[Only]>[0]
  : F extends readonly AnyType[]
    ? TupleValues<F>
    : F extends NamedFields
      ? FieldsValue<F>
      : never

type Tagged<Name, F> = F extends readonly []
  ? { readonly type: Name }
  : { readonly type: Name; readonly value: VariantValue<F> }

/** The values of an enum with these variants. */
export type EnumValue<V extends Variants> = {
  [Name in keyof V]: Tagged<Name, V[Name] extends IndexedVariant<infer F> ? F : V[Name]>
}[keyof V]

/** Options of an enum. */
export interface EnumOptions<T> {
  /** Rust's default, where the enum has one. */
  readonly default?: T
}

/**
 * An enum without anything in its variants, given as names, is a union of strings; one given with
 * fields is a union of `{ type }` and `{ type, value }`.
 *
 *     enumeration({ path: 'tfchain_support::types::Power' }, ['Up', 'Down'])
 *     enumeration({ path: 'tfchain_support::types::PowerState', params: { B: u32 } }, { Up: [], Down: [u32] })
 */
export function enumeration<const Names extends readonly string[]>(
  name: TypeName,
  variants: Names,
  options?: EnumOptions<NoInfer<Names[number]>>,
): ScaleType<Names[number]>
export function enumeration<const V extends Variants>(
  name: TypeName,
  variants: V,
  options?: EnumOptions<NoInfer<EnumValue<V>>>,
): ScaleType<EnumValue<V>>
export function enumeration(
  name: TypeName,
  variants: readonly string[] | Variants,
  options: EnumOptions<unknown> = {},
): AnyType {
  return isNames(variants)
    ? namesEnum(name, variants, options.default as string | undefined)
    : taggedEnum(name, variants, options.default as TaggedValue | undefined)
}

/** `Result<T, E>`. */
export function result<T, E>(ok: ScaleType<T>, error: ScaleType<E>): ScaleType<ResultValue<T, E>> {
  return onceFor(['result', ok, error], () => {
    const name: TypeName = { path: 'Result', params: { T: ok, E: error } }
    return enumeration(name, { Ok: [ok], Err: [error] }) as AnyType as ScaleType<ResultValue<T, E>>
  })
}

/** The values of a `Result<T, E>`. */
export type ResultValue<T, E> =
  | { readonly type: 'Ok'; readonly value: T }
  | { readonly type: 'Err'; readonly value: E }

function isNames(variants: readonly string[] | Variants): variants is readonly string[] {
  return Array.isArray(variants)
}

function namesEnum(
  name: TypeName,
  names: readonly string[],
  defaultValue: string | undefined,
): ScaleType<string> {
  const indices = new Map(names.map((variant, index) => [variant, index]))
  const rustName = name.path
  const shape = namedShape(name, {
    kind: 'variant',
    variants: names.map((variant, index) => ({ name: variant, index, fields: [] })),
  })
  return makeType<string>({
    encode(value, out) {
      const index = indices.get(value)
      if (index === undefined) throw noVariant(rustName, value)
      out.u8(index)
    },
    decode(input) {
      const index = input.u8()
      return names[index] ?? refuseIndex(rustName, index)
    },
    shape: () => shape,
    defaultValue: () => defaultValue,
  })
}

interface TaggedValue {
  readonly type: string
  readonly value?: unknown
}

interface VariantCodec {
  readonly index: number
  readonly encode: (value: TaggedValue, out: ScaleWriter) => void
  readonly decode: (input: ScaleReader) => TaggedValue
}

function taggedEnum(
  name: TypeName,
  variants: Variants,
  defaultValue: TaggedValue | undefined,
): ScaleType<TaggedValue> {
  const rustName = name.path
  const byName = new Map<string, VariantCodec>()
  const byIndex: (VariantCodec | undefined)[] = new Array(256).fill(undefined)
  const shapes: VariantShape[] = []
  let index = 0
  for (const [variant, given] of Object.entries(variants)) {
    const isIndexed = 'kind' in given && given.kind === indexedVariant
    const fields = isIndexed ? (given as IndexedVariant<VariantFields>).fields : given
    if (isIndexed) index = (given as IndexedVariant<VariantFields>).index
    invariant(byIndex[index] === undefined, `${rustName} has one variant with index ${index}`)
    const codec = variantCodec(variant, index, fields as VariantFields)
    byName.set(variant, codec)
    byIndex[index] = codec
    shapes.push({ name: variant, index, fields: fieldShapes(fields as VariantFields) })
    index++
  }
  const shape = namedShape(name, { kind: 'variant', variants: shapes })
  return makeType<TaggedValue>({
    encode(value, out) {
      const codec = byName.get(value.type)
      if (codec === undefined) throw noVariant(rustName, value.type)
      out.u8(codec.index)
      codec.encode(value, out)
    },
    decode(input) {
      const tag = input.u8()
      const codec = byIndex[tag]
      return codec === undefined ? refuseIndex(rustName, tag) : codec.decode(input)
    },
    shape: () => shape,
    defaultValue: () => defaultValue,
  })
}

function variantCodec(type: string, index: number, fields: VariantFields): VariantCodec {
  if (isUnnamed(fields)) {
    const [only] = fields
    if (only === undefined) {
      const value = Object.freeze({ type })
      return { index, encode() {}, decode: () => value }
    }
    if (fields.length === 1) {
      return {
        index,
        encode: (tagged, out) => only.encode(tagged.value, out),
        decode: input => ({ type, value: only.decode(input) }),
      }
    }
  }
  const entries = isUnnamed(fields)
    ? fields.map((field, key) => ({ key, type: field }))
    : Object.entries(fields).map(([key, field]) => ({ key, type: field }))
  const codec = codecOfFields<unknown>(entries)
  return {
    index,
    encode: (tagged, out) => codec.encode(tagged.value, out),
    decode: input => ({ type, value: codec.decode(input) }),
  }
}

function fieldShapes(fields: VariantFields): FieldShape[] {
  return isUnnamed(fields)
    ? fields.map(type => ({ name: null, type }))
    : Object.entries(fields).map(([name, type]) => ({ name, type }))
}

function isUnnamed(fields: VariantFields): fields is readonly AnyType[] {
  return Array.isArray(fields)
}

function noVariant(rustName: string, variant: unknown): ScaleError {
  return new ScaleError('badValue', `${rustName} has no variant '${String(variant)}'`)
}

function refuseIndex(rustName: string, index: number): never {
  throw new ScaleError('badValue', `${rustName} has no variant ${index}`)
}
