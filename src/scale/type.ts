// What a SCALE type is: its codec, its description in the metadata, and its TypeScript type in one value.

import { invariant } from '../kernel/errors.ts'
import type { ScaleReader } from './reader.ts'
import type { ScaleWriter } from './writer.ts'

/** A self-describing SCALE type with values of the TypeScript type `T`. */
export interface ScaleType<T> {
  /** Appends the bytes of a value; a value that the type does not have is a ScaleError. */
  encode(value: T, out: ScaleWriter): void
  /** Takes a value from the front of the input; the only error is ScaleError. */
  decode(input: ScaleReader): T
  /** The type as the metadata describe it. Types of one shape share the object. */
  readonly shape: TypeShape
  /** Rust's `Default::default()` of the type, frozen; undefined where the type has none. */
  readonly defaultValue: T | undefined
}

/** The TypeScript type of the values of a ScaleType. */
export type ValueOf<S> = S extends ScaleType<infer T> ? T : never

/** A ScaleType whose values nobody looks into. */
export type AnyType = ScaleType<unknown>

/** The description of a type in the metadata. */
export interface TypeShape {
  /** The Rust path, `['pallet_tfgrid', 'types', 'Twin']`; empty for an anonymous type. */
  readonly path: readonly string[]
  readonly params: readonly TypeParam[]
  readonly def: TypeDef
}

/** A generic parameter; its type is null when the metadata leave it out (`T: Config`). */
export interface TypeParam {
  readonly name: string
  readonly type: AnyType | null
}

export type TypeDef =
  | { readonly kind: 'composite'; readonly fields: readonly FieldShape[] }
  | { readonly kind: 'variant'; readonly variants: readonly VariantShape[] }
  | { readonly kind: 'sequence'; readonly type: AnyType }
  | { readonly kind: 'array'; readonly length: number; readonly type: AnyType }
  | { readonly kind: 'tuple'; readonly types: readonly AnyType[] }
  | { readonly kind: 'primitive'; readonly primitive: PrimitiveName }
  | { readonly kind: 'compact'; readonly type: AnyType }

export interface FieldShape {
  /** Null in a tuple struct or a variant with unnamed fields. */
  readonly name: string | null
  readonly type: AnyType
}

export interface VariantShape {
  readonly name: string
  readonly index: number
  readonly fields: readonly FieldShape[]
}

export type PrimitiveName =
  | 'bool'
  | 'str'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'u64'
  | 'u128'
  | 'u256'
  | 'i8'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'i128'

/** How a named type is called in Rust: `{ path: 'pallet_tfgrid::types::Twin', params: { AccountId: AccountId32 } }`. */
export interface TypeName {
  readonly path: string
  /** In order; null for a parameter that the metadata leave out. */
  readonly params?: { readonly [name: string]: AnyType | null }
}

/** The parts from which `makeType` makes a type. */
export interface TypeParts<T> {
  readonly encode: (value: T, out: ScaleWriter) => void
  readonly decode: (input: ScaleReader) => T
  /** Asked for once, at the first look: what it refers to may not exist before. */
  readonly shape: () => TypeShape
  readonly defaultValue?: (() => T | undefined) | undefined
}

/** Makes a ScaleType of its parts. All types are of one class, so that calls through them stay fast. */
export function makeType<T>(parts: TypeParts<T>): ScaleType<T> {
  return new MadeType(parts)
}

class MadeType<T> implements ScaleType<T> {
  readonly encode: (value: T, out: ScaleWriter) => void
  readonly decode: (input: ScaleReader) => T
  readonly #makeShape: () => TypeShape
  readonly #makeDefault: () => T | undefined
  #shape: TypeShape | undefined
  #default: { value: T | undefined } | undefined

  constructor(parts: TypeParts<T>) {
    this.encode = parts.encode
    this.decode = parts.decode
    this.#makeShape = parts.shape
    this.#makeDefault = parts.defaultValue ?? (() => undefined)
  }

  get shape(): TypeShape {
    this.#shape ??= this.#makeShape()
    return this.#shape
  }

  get defaultValue(): T | undefined {
    this.#default ??= { value: Object.freeze(this.#makeDefault()) }
    return this.#default.value
  }
}

/** Rust's `Default::default()` of a type that has one. */
export function defaultOf<T>(type: ScaleType<T>): T {
  const { defaultValue } = type
  invariant(defaultValue !== undefined, `${type.shape.path.join('::')} has a default value`)
  return defaultValue
}

/** The shape of a type that has a Rust path. */
export function namedShape(name: TypeName, def: TypeDef): TypeShape {
  const params = Object.entries(name.params ?? {}).map(([key, type]) => ({ name: key, type }))
  return { path: name.path.split('::'), params, def }
}
