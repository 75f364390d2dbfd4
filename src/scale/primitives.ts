// Numbers, booleans, text and nothing.

import { ScaleError } from './errors.ts'
import type { ScaleReader } from './reader.ts'
import { makeType, type PrimitiveName, type ScaleType, type TypeShape } from './type.ts'
import type { ScaleWriter } from './writer.ts'

function primitive<T>(
  name: PrimitiveName,
  codec: {
    encode: (value: T, out: ScaleWriter) => void
    decode: (input: ScaleReader) => T
    zero: T
  },
): ScaleType<T> {
  const shape: TypeShape = { path: [], params: [], def: { kind: 'primitive', primitive: name } }
  return makeType<T>({
    encode: codec.encode,
    decode: codec.decode,
    shape: () => shape,
    defaultValue: () => codec.zero,
  })
}

export const u8: ScaleType<number> = primitive('u8', {
  encode: (value: number, out) => out.u8(value),
  decode: input => input.u8(),
  zero: 0,
})

export const u16: ScaleType<number> = primitive('u16', {
  encode: (value: number, out) => out.u16(value),
  decode: input => input.u16(),
  zero: 0,
})

export const u32: ScaleType<number> = primitive('u32', {
  encode: (value: number, out) => out.u32(value),
  decode: input => input.u32(),
  zero: 0,
})

export const u64: ScaleType<bigint> = primitive('u64', {
  encode: (value: bigint, out) => out.u64(value),
  decode: input => input.u64(),
  zero: 0n,
})

export const u128: ScaleType<bigint> = primitive('u128', {
  encode: (value: bigint, out) => out.u128(value),
  decode: input => input.u128(),
  zero: 0n,
})

export const u256: ScaleType<bigint> = primitive('u256', {
  encode(value: bigint, out) {
    if (typeof value !== 'bigint' || BigInt.asUintN(256, value) !== value) {
      throw notOf(value, 'u256')
    }
    out.wideInteger(value, 32)
  },
  decode: input => input.wideInteger(32),
  zero: 0n,
})

export const i8: ScaleType<number> = primitive('i8', {
  encode: (value: number, out) => out.u8(unsigned(value, 8)),
  decode: input => (input.u8() << 24) >> 24,
  zero: 0,
})

export const i16: ScaleType<number> = primitive('i16', {
  encode: (value: number, out) => out.u16(unsigned(value, 16)),
  decode: input => (input.u16() << 16) >> 16,
  zero: 0,
})

export const i32: ScaleType<number> = primitive('i32', {
  encode: (value: number, out) => out.u32(unsigned(value, 32)),
  decode: input => input.u32() | 0,
  zero: 0,
})

export const i64: ScaleType<bigint> = signedBig('i64', 64)
export const i128: ScaleType<bigint> = signedBig('i128', 128)

export const bool: ScaleType<boolean> = primitive('bool', {
  encode(value: boolean, out) {
    if (typeof value !== 'boolean') throw notOf(value, 'bool')
    out.u8(value ? 1 : 0)
  },
  decode(input) {
    const byte = input.u8()
    if (byte > 1) throw notOf(byte, 'bool')
    return byte === 1
  },
  zero: false,
})

/** Text; on the wire UTF-8 behind its length. */
export const str: ScaleType<string> = primitive('str', {
  encode(value: string, out) {
    if (typeof value !== 'string') throw notOf(value, 'str')
    out.text(value)
  },
  decode: input => input.text(),
  zero: '',
})

const unitShape: TypeShape = { path: [], params: [], def: { kind: 'tuple', types: [] } }

/** Rust's `()`: no bytes. Its value is null. */
export const unit: ScaleType<null> = makeType<null>({
  encode() {},
  decode: () => null,
  shape: () => unitShape,
  defaultValue: () => null,
})

/** The same integer in fewer bytes when it is small: a number up to 32 bits, a bigint above. */
export function compact<T extends number | bigint | null>(type: ScaleType<T>): ScaleType<T> {
  const known = compacts.get(type)
  if (known === undefined) throw new ScaleError('badValue', 'compact takes u8 to u128 and ()')
  return known as ScaleType<unknown> as ScaleType<T>
}

function compactOf<T>(
  type: ScaleType<T>,
  encode: (value: T, out: ScaleWriter) => void,
  decode: (input: ScaleReader) => T,
): ScaleType<T> {
  const shape: TypeShape = { path: [], params: [], def: { kind: 'compact', type } }
  return makeType<T>({
    encode,
    decode,
    shape: () => shape,
    defaultValue: () => type.defaultValue,
  })
}

function smallCompact(type: ScaleType<number>, largest: number): ScaleType<number> {
  return compactOf(
    type,
    (value, out) => {
      if (value > largest) throw notOf(value, `compact of at most ${largest}`)
      out.compact(value)
    },
    input => {
      const value = input.compact()
      if (value > largest) throw notOf(value, `compact of at most ${largest}`)
      return value
    },
  )
}

const compacts: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
  [u8, smallCompact(u8, 0xff)],
  [u16, smallCompact(u16, 0xffff)],
  [u32, smallCompact(u32, 0xffff_ffff)],
  [
    u64,
    compactOf(
      u64,
      (value, out) => {
        if (value > 0xffff_ffff_ffff_ffffn) throw notOf(value, 'compact u64')
        out.compactBig(value)
      },
      input => input.compactBig(64),
    ),
  ],
  [
    u128,
    compactOf(
      u128,
      (value, out) => out.compactBig(value),
      input => input.compactBig(128),
    ),
  ],
  [
    unit,
    compactOf(
      unit,
      () => {},
      () => null,
    ),
  ],
])

function signedBig(name: PrimitiveName, bits: number): ScaleType<bigint> {
  return primitive(name, {
    encode(value: bigint, out) {
      if (typeof value !== 'bigint' || BigInt.asIntN(bits, value) !== value) {
        throw notOf(value, name)
      }
      out.wideInteger(value, bits / 8)
    },
    decode: input => BigInt.asIntN(bits, input.wideInteger(bits / 8)),
    zero: 0n,
  })
}

/** The two's complement of a small signed integer, after a look at its range. */
function unsigned(value: number, bits: number): number {
  const half = 2 ** (bits - 1)
  if (!Number.isInteger(value) || value < -half || value >= half) throw notOf(value, `i${bits}`)
  return value < 0 ? value + 2 * half : value
}

function notOf(value: unknown, type: string): ScaleError {
  return new ScaleError('badValue', `${String(value)} is not a ${type}`)
}
