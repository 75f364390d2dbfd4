// How many bytes the values of a type take, where all of them take the same.

import type { AnyType, PrimitiveName } from './type.ts'

const primitiveSizes: Readonly<Record<PrimitiveName, number | null>> = {
  bool: 1,
  str: null,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  u128: 16,
  u256: 32,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  i128: 16,
}

/** The length in bytes of every value of a type; null where it depends on the value. */
export function fixedSizeOf(type: AnyType): number | null {
  const { def } = type.shape
  switch (def.kind) {
    case 'primitive':
      return primitiveSizes[def.primitive]
    case 'composite':
      return fixedSizeOfAll(def.fields.map(field => field.type))
    case 'tuple':
      return fixedSizeOfAll(def.types)
    case 'array': {
      const size = fixedSizeOf(def.type)
      return size === null ? null : def.length * size
    }
    // A type can contain itself only through one of these.
    case 'variant':
    case 'sequence':
    case 'compact':
      return null
  }
}

/** The length in bytes of one value of each of these types, one after the other; null where it depends on the values. */
export function fixedSizeOfAll(types: readonly AnyType[]): number | null {
  let sum = 0
  for (const type of types) {
    const size = fixedSizeOf(type)
    if (size === null) return null
    sum += size
  }
  return sum
}
