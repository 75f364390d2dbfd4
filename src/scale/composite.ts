// Named types with fields: structs, wrappers around one value, and markers without any.

import { codecOfFields, defaultOfFields } from './compile.ts'
import {
  type AnyType,
  makeType,
  namedShape,
  type ScaleType,
  type TypeName,
  type ValueOf,
} from './type.ts'

/** Field names, as on the wire, and their types, in order. */
export interface NamedFields {
  readonly [name: string]: AnyType
}

/** The object that named fields make. */
export type FieldsValue<F extends NamedFields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/**
 * A struct; its value is an object with the wire's field names.
 *
 *     const Policy = struct({ path: 'pallet_tfgrid::types::Policy' }, { value: u32, unit: Unit })
 */
export function struct<const F extends NamedFields>(
  name: TypeName,
  fields: F,
): ScaleType<FieldsValue<F>> {
  const entries = Object.entries(fields).map(([key, type]) => ({ key, type }))
  const shape = namedShape(name, {
    kind: 'composite',
    fields: entries.map(({ key, type }) => ({ name: key, type })),
  })
  return makeType<FieldsValue<F>>({
    ...codecOfFields<FieldsValue<F>>(entries),
    shape: () => shape,
    defaultValue: () => defaultOfFields(entries),
  })
}

/** A struct around one unnamed value, which stands for the struct: `FarmName` is its byte string. */
export function wrapper<T>(
  name: TypeName,
  inner: ScaleType<T>,
  options: { readonly default?: T } = {},
): ScaleType<T> {
  const shape = namedShape(name, { kind: 'composite', fields: [{ name: null, type: inner }] })
  return makeType<T>({
    encode: (value, out) => inner.encode(value, out),
    decode: input => inner.decode(input),
    shape: () => shape,
    defaultValue: () => options.default ?? inner.defaultValue,
  })
}

/** A struct without fields and without bytes; its value is null. */
export function marker(name: TypeName): ScaleType<null> {
  const shape = namedShape(name, { kind: 'composite', fields: [] })
  return makeType<null>({
    encode() {},
    decode: () => null,
    shape: () => shape,
    defaultValue: () => null,
  })
}
