// Types made of other types and nothing else: options, lists, arrays, tuples. The same items give the same object.

import { codecOfFields, defaultOfFields } from './compile.ts'
import { ScaleError } from './errors.ts'
import { onceFor } from './once.ts'
import type { ScaleReader } from './reader.ts'
import {
  type AnyType,
  makeType,
  namedShape,
  type ScaleType,
  type TypeShape,
  type ValueOf,
} from './type.ts'
import type { ScaleWriter } from './writer.ts'

/** `Option<T>`: a value or null. */
export function option<T>(type: ScaleType<T>): ScaleType<T | null> {
  return onceFor(['option', type], () =>
    makeType<T | null>({
      encode(value, out) {
        if (value === null) {
          out.u8(0)
        } else {
          out.u8(1)
          type.encode(value, out)
        }
      },
      decode(input) {
        const byte = input.u8()
        if (byte === 0) return null
        if (byte === 1) return type.decode(input)
        throw new ScaleError('badValue', `an option cannot begin with ${byte}`)
      },
      shape: () => optionShape(type),
      defaultValue: () => null,
    }),
  )
}

/** `Vec<T>`. Lists of bytes are `bytes`. */
export function vec<T>(type: ScaleType<T>): ScaleType<readonly T[]> {
  return onceFor(['vec', type], () =>
    list(type, Number.POSITIVE_INFINITY, () => sequenceShape(type)),
  )
}

/** `BoundedVec<T, max>`: longer ones neither encode nor decode. Lists of bytes are `boundedBytes`. */
export function boundedVec<T>(type: ScaleType<T>, max: number): ScaleType<readonly T[]> {
  return onceFor(['boundedVec', type, max], () => list(type, max, () => boundedVecShape(type, max)))
}

/** `WeakBoundedVec<T, max>`. */
export function weakBoundedVec<T>(type: ScaleType<T>, max: number): ScaleType<readonly T[]> {
  const path = 'bounded_collections::weak_bounded_vec::WeakBoundedVec'
  return onceFor(['weakBoundedVec', type, max], () =>
    list(type, max, () => boundedShape(path, type, max)),
  )
}

/** `[T; length]`. Arrays of bytes are `hexBytes` or `byteArray`. */
export function array<T>(type: ScaleType<T>, length: number): ScaleType<readonly T[]> {
  return onceFor(['array', type, length], () =>
    makeType<readonly T[]>({
      encode(value, out) {
        if (value.length !== length) {
          throw new ScaleError('badValue', `${value.length} items given, ${length} needed`)
        }
        for (const item of value) type.encode(item, out)
      },
      decode: input => items(type, length, input),
      shape: () => arrayShape(type, length),
      defaultValue() {
        const { defaultValue } = type
        return defaultValue === undefined ? undefined : new Array<T>(length).fill(defaultValue)
      },
    }),
  )
}

/** The values of a list of types. */
export type TupleValues<Types extends readonly AnyType[]> = {
  readonly [I in keyof Types]: ValueOf<Types[I]>
}

/** A tuple: `tuple(u32, AccountId32)`. */
export function tuple<const Types extends readonly [AnyType, AnyType, ...AnyType[]]>(
  ...types: Types
): ScaleType<TupleValues<Types>> {
  return onceFor(['tuple', ...types], () => {
    const fields = types.map((type, key) => ({ key, type }))
    return makeType<TupleValues<Types>>({
      ...codecOfFields<TupleValues<Types>>(fields),
      shape: () => tupleShape(types),
      defaultValue: () => defaultOfFields(fields),
    })
  })
}

// Shapes are made once for item types of one shape: `Vec<[u8; 32]>` is one type in the metadata,
// whether its items are hex strings or byte strings here.

/** The shape of `Vec<T>`. */
export function sequenceShape(type: AnyType): TypeShape {
  return onceFor(['sequence shape', type.shape], () => anonymous({ kind: 'sequence', type }))
}

/** The shape of `[T; length]`. */
export function arrayShape(type: AnyType, length: number): TypeShape {
  return onceFor(['array shape', type.shape, length], () =>
    anonymous({ kind: 'array', length, type }),
  )
}

/** The shape of `BoundedVec<T, max>`; each bound is a type of its own, though the metadata do not tell it. */
export function boundedVecShape(type: AnyType, max: number): TypeShape {
  return boundedShape('bounded_collections::bounded_vec::BoundedVec', type, max)
}

function boundedShape(path: string, type: AnyType, max: number): TypeShape {
  return onceFor([path, type.shape, max], () =>
    namedShape(
      { path, params: { T: type, S: null } },
      { kind: 'composite', fields: [{ name: null, type: vec(type) }] },
    ),
  )
}

function tupleShape(types: readonly AnyType[]): TypeShape {
  return onceFor(['tuple shape', ...types.map(type => type.shape)], () =>
    anonymous({ kind: 'tuple', types }),
  )
}

function optionShape(type: AnyType): TypeShape {
  return onceFor(['option shape', type.shape], () =>
    namedShape(
      { path: 'Option', params: { T: type } },
      {
        kind: 'variant',
        variants: [
          { name: 'None', index: 0, fields: [] },
          { name: 'Some', index: 1, fields: [{ name: null, type }] },
        ],
      },
    ),
  )
}

function anonymous(def: TypeShape['def']): TypeShape {
  return { path: [], params: [], def }
}

function list<T>(type: ScaleType<T>, max: number, shape: () => TypeShape): ScaleType<readonly T[]> {
  const refuse = (length: number) => {
    throw new ScaleError('tooLong', `${length} items, at most ${max} allowed`)
  }
  return makeType<readonly T[]>({
    encode(value: readonly T[], out: ScaleWriter) {
      const { length } = value
      if (length > max) refuse(length)
      out.compact(length)
      for (let i = 0; i < length; i++) type.encode(value[i] as T, out)
    },
    decode(input: ScaleReader) {
      const length = input.listLength()
      if (length > max) refuse(length)
      return items(type, length, input)
    },
    shape,
    defaultValue: () => [],
  })
}

function items<T>(type: ScaleType<T>, length: number, input: ScaleReader): T[] {
  const values: T[] = []
  for (let i = 0; i < length; i++) values.push(type.decode(input))
  return values
}
