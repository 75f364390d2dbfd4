// Values of any type go round, agree with two other libraries byte for byte, and no bytes do harm.

import { TypeRegistry } from '@polkadot/types'
import * as papi from '@polkadot-api/substrate-bindings'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { boundedBytes, byteArray, bytes, hexBytes } from '../../src/scale/bytes.ts'
import { decodeFromBytes, encodeToBytes } from '../../src/scale/codec.ts'
import { struct } from '../../src/scale/composite.ts'
import { array, boundedVec, option, tuple, vec } from '../../src/scale/containers.ts'
import { lazy } from '../../src/scale/deferred.ts'
import { enumeration } from '../../src/scale/enumeration.ts'
import { ScaleError } from '../../src/scale/errors.ts'
import {
  bool,
  compact,
  i8,
  i16,
  i32,
  i64,
  i128,
  str,
  u8,
  u16,
  u32,
  u64,
  u128,
  u256,
} from '../../src/scale/primitives.ts'
import { ScaleReader } from '../../src/scale/reader.ts'
import type { AnyType, ScaleType } from '../../src/scale/type.ts'

const path = 'pocketgrid::test::Type'
const runs = 200

/** One type in three libraries, with its values. */
interface Sample {
  readonly ours: AnyType
  /** The codec of scale-ts, and how our value looks to it. */
  readonly papi: { readonly enc: (value: never) => Uint8Array }
  readonly toPapi: (value: never) => unknown
  /** The type text of polkadot-js, and how our value looks to it. */
  readonly js: string
  readonly toJs: (value: never) => unknown
  readonly values: fc.Arbitrary<unknown>
}

const big = (bits: number, signed = false) =>
  signed
    ? fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
    : fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n })
const int = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 })
const signedInt = (bits: number) =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
/** Small amounts are as likely as large ones: that is where compact integers change their form. */
const anyScale = (bits: number) =>
  fc.integer({ min: 0, max: bits }).chain(b => fc.bigInt({ min: 0n, max: 2n ** BigInt(b) - 1n }))
const byteText = (length: { minLength: number; maxLength: number }) =>
  fc.uint8Array(length).map(list => Buffer.from(list).toString('latin1'))

const same = (value: never): unknown => value
const toBuffer = (value: string) => new Uint8Array(Buffer.from(value, 'latin1'))

function sample<T>(parts: {
  ours: ScaleType<T>
  papi: { readonly enc: (value: never) => Uint8Array }
  toPapi?: (value: T) => unknown
  js: string
  toJs?: (value: T) => unknown
  values: fc.Arbitrary<T>
}): Sample {
  return {
    ours: parts.ours as AnyType,
    papi: parts.papi,
    toPapi: (parts.toPapi as Sample['toPapi'] | undefined) ?? same,
    js: parts.js,
    toJs: (parts.toJs as Sample['toJs'] | undefined) ?? same,
    values: parts.values,
  }
}

const samples: Sample[] = [
  sample({ ours: u8, papi: papi.u8, js: 'u8', values: int(8) }),
  sample({ ours: u16, papi: papi.u16, js: 'u16', values: int(16) }),
  sample({ ours: u32, papi: papi.u32, js: 'u32', values: int(32) }),
  sample({ ours: u64, papi: papi.u64, js: 'u64', values: big(64) }),
  sample({ ours: u128, papi: papi.u128, js: 'u128', values: big(128) }),
  sample({ ours: u256, papi: papi.u256, js: 'u256', values: big(256) }),
  sample({ ours: i8, papi: papi.i8, js: 'i8', values: signedInt(8) }),
  sample({ ours: i16, papi: papi.i16, js: 'i16', values: signedInt(16) }),
  sample({ ours: i32, papi: papi.i32, js: 'i32', values: signedInt(32) }),
  sample({ ours: i64, papi: papi.i64, js: 'i64', values: big(64, true) }),
  sample({ ours: i128, papi: papi.i128, js: 'i128', values: big(128, true) }),
  sample({ ours: bool, papi: papi.bool, js: 'bool', values: fc.boolean() }),
  sample({ ours: str, papi: papi.str, js: 'Text', values: fc.string({ unit: 'grapheme' }) }),
  sample({
    ours: compact(u32),
    papi: papi.compact,
    js: 'Compact<u32>',
    values: anyScale(32).map(Number),
  }),
  sample({ ours: compact(u64), papi: papi.compact, js: 'Compact<u64>', values: anyScale(64) }),
  sample({ ours: compact(u128), papi: papi.compact, js: 'Compact<u128>', values: anyScale(128) }),
  sample({
    ours: hexBytes(32),
    papi: papi.Bytes(32),
    toPapi: hex => new Uint8Array(Buffer.from(hex.slice(2), 'hex')),
    js: '[u8; 32]',
    values: byteText({ minLength: 32, maxLength: 32 }).map(
      text => `0x${Buffer.from(text, 'latin1').toString('hex')}` as const,
    ),
  }),
  sample({
    ours: byteArray(5),
    papi: papi.Bytes(5),
    toPapi: toBuffer,
    js: '[u8; 5]',
    toJs: toBuffer,
    values: byteText({ minLength: 5, maxLength: 5 }),
  }),
  sample({
    ours: bytes,
    papi: papi.Bytes(),
    toPapi: toBuffer,
    js: 'Bytes',
    toJs: value => `0x${Buffer.from(value, 'latin1').toString('hex')}`,
    values: byteText({ minLength: 0, maxLength: 100 }),
  }),
  sample({
    ours: vec(option(u16)),
    papi: papi.Vector(papi.Option(papi.u16)),
    toPapi: list => list.map(item => item ?? undefined),
    js: 'Vec<Option<u16>>',
    values: fc.array(fc.option(int(16))),
  }),
  sample({
    ours: boundedVec(array(u16, 3), 10),
    papi: papi.Vector(papi.Vector(papi.u16, 3)),
    js: 'Vec<[u16; 3]>',
    values: fc.array(fc.array(int(16), { minLength: 3, maxLength: 3 }), { maxLength: 10 }),
  }),
  sample({
    ours: tuple(u32, bool, u64),
    papi: papi.Tuple(papi.u32, papi.bool, papi.u64),
    js: '(u32, bool, u64)',
    values: fc.tuple(int(32), fc.boolean(), big(64)),
  }),
  sample({
    ours: struct({ path }, { id: u32, amount: u128, tags: vec(u8), isOpen: bool }),
    papi: papi.Struct({
      id: papi.u32,
      amount: papi.u128,
      tags: papi.Vector(papi.u8),
      isOpen: papi.bool,
    }),
    js: '{"id":"u32","amount":"u128","tags":"Vec<u8>","isOpen":"bool"}',
    values: fc.record({
      id: int(32),
      amount: big(128),
      tags: fc.array(int(8)),
      isOpen: fc.boolean(),
    }),
  }),
  sample({
    ours: enumeration({ path }, ['Up', 'Down', 'Sideways']),
    papi: papi.u8,
    toPapi: name => ['Up', 'Down', 'Sideways'].indexOf(name),
    js: '{"_enum":["Up","Down","Sideways"]}',
    values: fc.constantFrom('Up', 'Down', 'Sideways'),
  }),
  sample({
    ours: enumeration({ path }, { None: [], Down: [u32], Both: [u8, u16] }),
    papi: papi.Variant({
      None: papi._void,
      Down: papi.u32,
      Both: papi.Tuple(papi.u8, papi.u16),
    }),
    js: '{"_enum":{"None":"Null","Down":"u32","Both":"(u8,u16)"}}',
    toJs: value => ({ [value.type]: 'value' in value ? value.value : null }),
    values: fc.oneof(
      fc.constant({ type: 'None' } as const),
      int(32).map(value => ({ type: 'Down', value }) as const),
      fc.tuple(int(8), int(16)).map(value => ({ type: 'Both', value }) as const),
    ),
  }),
]

describe('random values', () => {
  const registry = new TypeRegistry()

  test.each(samples.map(s => [s.js, s] as const))('of %s go round', (_, { ours, values }) => {
    fc.assert(
      fc.property(values, value => {
        expect(decodeFromBytes(ours, encodeToBytes(ours, value))).toEqual(value)
      }),
      { numRuns: runs },
    )
  })

  test.each(samples.map(s => [s.js, s] as const))('of %s have the bytes of scale-ts', (_, s) => {
    fc.assert(
      fc.property(s.values, value => {
        const theirs = s.papi.enc(s.toPapi(value as never) as never)
        expect(encodeToBytes(s.ours, value)).toEqual(theirs)
      }),
      { numRuns: runs },
    )
  })

  test.each(samples.map(s => [s.js, s] as const))('of %s have the bytes of polkadot-js', (_, s) => {
    fc.assert(
      fc.property(s.values, value => {
        const theirs = registry.createType(s.js, s.toJs(value as never)).toU8a()
        expect(encodeToBytes(s.ours, value)).toEqual(theirs)
      }),
      { numRuns: runs / 4 },
    )
  })
})

describe('random bytes', () => {
  interface Nested {
    readonly inner: readonly Nested[]
  }
  const Nested: ScaleType<Nested> = lazy(() => struct({ path }, { inner: vec(Nested) }))
  const types: readonly AnyType[] = [
    ...samples.map(({ ours }) => ours),
    Nested,
    boundedBytes(20),
    vec(vec(vec(u8))),
    tuple(option(bytes), vec(str)),
  ]

  test('decode to a value with exactly these bytes, or are a ScaleError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uint8Array({ maxLength: 200 }), (type, input) => {
        const reader = new ScaleReader(input)
        let value: unknown
        try {
          value = type.decode(reader)
        } catch (cause) {
          expect(cause).toBeInstanceOf(ScaleError)
          return
        }
        expect(encodeToBytes(type, value)).toEqual(input.slice(0, reader.offset))
      }),
      { numRuns: 3000 },
    )
  })
})
