// The bytes of every kind of SCALE type, written out, and what is refused in each direction.

import { describe, expect, test } from 'vitest'
import {
  byteStringFromHex,
  byteStringFromText,
  bytesFromHex,
  hexOfByteString,
  textOfByteString,
} from '../../src/scale/byte-string.ts'
import { boundedBytes, byteArray, bytes, hexBytes } from '../../src/scale/bytes.ts'
import {
  decodeFromBytes,
  decodeFromHex,
  decodePrefix,
  encodeToBytes,
  encodeToHex,
} from '../../src/scale/codec.ts'
import { marker, struct, wrapper } from '../../src/scale/composite.ts'
import {
  array,
  boundedVec,
  option,
  tuple,
  vec,
  weakBoundedVec,
} from '../../src/scale/containers.ts'
import { lazy, slot } from '../../src/scale/deferred.ts'
import { at, enumeration, result } from '../../src/scale/enumeration.ts'
import { ScaleError, type ScaleProblem } from '../../src/scale/errors.ts'
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
  unit,
} from '../../src/scale/primitives.ts'
import type { AnyType, ScaleType } from '../../src/scale/type.ts'
import { ScaleWriter } from '../../src/scale/writer.ts'

const path = 'pocketgrid::test::Type'
const Direction = enumeration({ path }, ['Left', 'Right'])
const Shape = enumeration(
  { path },
  {
    Empty: [],
    Circle: [u32],
    Line: [u8, u16],
    Box: at(7, { width: u8, label: option(bytes) }),
    After: [bool],
  },
)
const Point = struct({ path }, { x: u32, y: option(u16) })

const u64Max = 2n ** 64n - 1n
const u128Max = 2n ** 128n - 1n

/** A type, a value, its bytes. */
function golden<T>(name: string, type: ScaleType<T>, value: NoInfer<T>, hex: string) {
  return [name, type as AnyType, value as unknown, hex] as const
}

const vectors = [
  golden('u8', u8, 255, '0xff'),
  golden('u16', u16, 0x1234, '0x3412'),
  golden('u32', u32, 0xdeadbeef, '0xefbeadde'),
  golden('u64', u64, 1_700_000_000_000n, '0x0068e5cf8b010000'),
  golden('largest u64', u64, u64Max, '0xffffffffffffffff'),
  golden('u128', u128, 1n << 127n, '0x00000000000000000000000000000080'),
  golden('largest u128', u128, u128Max, `0x${'ff'.repeat(16)}`),
  golden('u128 of 64 bits', u128, u64Max, '0xffffffffffffffff0000000000000000'),
  golden('u256', u256, 1n << 255n, `0x${'00'.repeat(31)}80`),
  golden('i8', i8, -1, '0xff'),
  golden('i16', i16, -2, '0xfeff'),
  golden('i32', i32, -(2 ** 31), '0x00000080'),
  golden('i64', i64, -1n, '0xffffffffffffffff'),
  golden('i128', i128, -2n, `0xfe${'ff'.repeat(15)}`),
  golden('false', bool, false, '0x00'),
  golden('true', bool, true, '0x01'),
  golden('text', str, 'Zürich €', '0x2c5ac3bc7269636820e282ac'),
  golden('empty text', str, '', '0x00'),
  golden('nothing', unit, null, '0x'),
  golden('compact of one byte', compact(u32), 63, '0xfc'),
  golden('smallest compact of two bytes', compact(u32), 64, '0x0101'),
  golden('largest compact of two bytes', compact(u32), 16_383, '0xfdff'),
  golden('smallest compact of four bytes', compact(u32), 16_384, '0x02000100'),
  golden('largest compact of four bytes', compact(u32), 2 ** 30 - 1, '0xfeffffff'),
  golden('smallest big compact', compact(u32), 2 ** 30, '0x0300000040'),
  golden('largest compact u32', compact(u32), 2 ** 32 - 1, '0x03ffffffff'),
  golden('compact u8', compact(u8), 255, '0xfd03'),
  golden('compact u64', compact(u64), 1_700_000_000_000n, '0x0b0068e5cf8b01'),
  golden('smallest compact above 32 bits', compact(u64), 2n ** 32n, '0x070000000001'),
  golden('largest compact u64', compact(u64), u64Max, '0x13ffffffffffffffff'),
  golden('small compact u128', compact(u128), 10_000_000n, '0x025a6202'),
  golden('largest compact u128', compact(u128), u128Max, `0x33${'ff'.repeat(16)}`),
  golden('compact of nothing', compact(unit), null, '0x'),
  golden('hex bytes', hexBytes(4), '0x00ff10ab', '0x00ff10ab'),
  golden('byte array', byteArray(4), 'aura', '0x61757261'),
  golden('bytes', bytes, '\x00\xff~', '0x0c00ff7e'),
  golden('no bytes', bytes, '', '0x00'),
  golden('many bytes', bytes, '\xfe'.repeat(100), `0x9101${'fe'.repeat(100)}`),
  golden('bounded bytes', boundedBytes(3), 'abc', '0x0c616263'),
  golden('none', option(u32), null, '0x00'),
  golden('some', option(u32), 1, '0x0101000000'),
  golden('some true', option(bool), true, '0x0101'),
  golden('list', vec(u16), [1, 2], '0x0801000200'),
  golden('bounded list', boundedVec(u8, 2), [1, 2], '0x080102'),
  golden('weakly bounded list', weakBoundedVec(u8, 2), [1], '0x0401'),
  golden('array', array(u16, 2), [1, 2], '0x01000200'),
  golden('tuple', tuple(u8, bytes), [1, 'a'], '0x010461'),
  golden('struct', Point, { x: 1, y: null }, '0x0100000000'),
  golden('wrapper', wrapper({ path }, u32), 7, '0x07000000'),
  golden('marker', marker({ path }), null, '0x'),
  golden('plain enum', Direction, 'Right', '0x01'),
  golden('variant without fields', Shape, { type: 'Empty' }, '0x00'),
  golden('variant with a field', Shape, { type: 'Circle', value: 2 }, '0x0102000000'),
  golden('variant with two fields', Shape, { type: 'Line', value: [1, 2] }, '0x02010200'),
  golden(
    'variant with named fields',
    Shape,
    { type: 'Box', value: { width: 1, label: 'a' } },
    '0x0701010461',
  ),
  golden('variant after a gap', Shape, { type: 'After', value: true }, '0x0801'),
  golden('ok', result(unit, u8), { type: 'Ok', value: null }, '0x00'),
  golden('error', result(unit, u8), { type: 'Err', value: 3 }, '0x0103'),
]

describe('each type has its bytes', () => {
  test.each(vectors)('%s', (_, type, value, hex) => {
    expect(encodeToHex(type, value)).toBe(hex)
    expect(decodeFromHex(type, hex)).toEqual(value)
  })

  test('one after the other, without anything in between', () => {
    const joined = vectors.map(([, , , hex]) => hex.slice(2)).join('')
    let rest = bytesFromHex(joined)
    for (const [, type, value, hex] of vectors) {
      expect(decodePrefix(type, rest)).toEqual(value)
      rest = rest.slice(hex.length / 2 - 1)
    }
  })

  test.each([
    ['u8', u8, 1],
    ['u16', u16, 2],
    ['u32', u32, 3],
    ['u64', u64, 4n],
    ['u128', u128, 5n],
    ['compact u32', compact(u32), 6],
    ['compact u128', compact(u128), 7n ** 30n],
    ['bytes', bytes, 'abc'],
    ['hex', hexBytes(3), '0x010203'],
    ['text', str, 'def'],
    ['option', option(bool), true],
  ] as [string, AnyType, unknown][])('wherever in a growing buffer %s begins', (_, type, value) => {
    const alone = Buffer.from(encodeToBytes(type, value))
    const out = new ScaleWriter(1)
    for (let i = 0; i < 300; i++) type.encode(value, out)
    expect(Buffer.from(out.toBytes()).equals(Buffer.concat(Array(300).fill(alone)))).toBe(true)
  })

  test('a value longer than any before it', () => {
    const long = '\xab'.repeat(3_000_000)
    expect(decodeFromBytes(bytes, encodeToBytes(bytes, long))).toBe(long)
    expect(encodeToHex(u8, 1)).toBe('0x01')
  })
})

describe('bytes that are refused', () => {
  test.each<[string, AnyType, string, ScaleProblem]>([
    ['an integer cut short', u32, '0x010203', 'endOfInput'],
    ['nothing at all', u8, '0x', 'endOfInput'],
    ['a wide integer cut short', u128, '0x0102', 'endOfInput'],
    ['a compact integer cut short', compact(u64), '0x0b0068', 'endOfInput'],
    ['an array cut short', hexBytes(32), '0x0102', 'endOfInput'],
    ['bytes left over', u8, '0x0102', 'trailingBytes'],
    ['a boolean of 2', bool, '0x02', 'badValue'],
    ['an option of 2', option(u8), '0x0201', 'badValue'],
    ['an unknown variant', Direction, '0x02', 'badValue'],
    ['a variant in a gap', Shape, '0x03', 'badValue'],
    ['an enum without variants', enumeration({ path }, []), '0x00', 'badValue'],
    ['text that is not UTF-8', str, '0x08c328', 'badValue'],
    ['0 in two bytes', compact(u32), '0x0100', 'badValue'],
    ['63 in two bytes', compact(u32), '0xfd00', 'badValue'],
    ['64 in four bytes', compact(u32), '0x02010000', 'badValue'],
    ['64 in five bytes', compact(u32), '0x0340000000', 'badValue'],
    ['2^32 as compact u32', compact(u32), '0x070000000001', 'badValue'],
    ['256 as compact u8', compact(u8), '0x0104', 'badValue'],
    ['a big compact with a zero on top', compact(u64), '0x07ffffffff00', 'badValue'],
    ['a compact u64 of nine bytes', compact(u64), `0x17${'ff'.repeat(9)}`, 'badValue'],
    ['a compact u128 of 17 bytes', compact(u128), `0x37${'ff'.repeat(17)}`, 'badValue'],
    ['more bytes than there are', bytes, '0x1001', 'tooLong'],
    ['more items than there are bytes', vec(u64), '0x02093d00', 'tooLong'],
    ['more bytes than the bound', boundedBytes(2), '0x0c616263', 'tooLong'],
    ['more items than the bound', boundedVec(u8, 2), '0x0c010203', 'tooLong'],
  ])('%s', (_, type, hex, problem) => {
    expect(problemOf(() => decodeFromHex(type, hex))).toBe(problem)
  })

  test('a list of nothings longer than the input, which would never end', () => {
    expect(problemOf(() => decodeFromHex(vec(unit), '0x02093d00'))).toBe('tooLong')
  })
})

describe('values that are refused', () => {
  test.each<[string, AnyType, unknown, ScaleProblem]>([
    ['a negative u8', u8, -1, 'badValue'],
    ['256 as u8', u8, 256, 'badValue'],
    ['65536 as u16', u16, 65_536, 'badValue'],
    ['2^32 as u32', u32, 2 ** 32, 'badValue'],
    ['a fraction', u32, 1.5, 'badValue'],
    ['nothing as u32', u32, undefined, 'badValue'],
    ['a number as u64', u64, 1, 'badValue'],
    ['a negative u64', u64, -1n, 'badValue'],
    ['2^64 as u64', u64, 2n ** 64n, 'badValue'],
    ['2^128 as u128', u128, 2n ** 128n, 'badValue'],
    ['a number as u128', u128, 1, 'badValue'],
    ['2^256 as u256', u256, 2n ** 256n, 'badValue'],
    ['128 as i8', i8, 128, 'badValue'],
    ['2^63 as i64', i64, 2n ** 63n, 'badValue'],
    ['a number as bool', bool, 1, 'badValue'],
    ['a number as text', str, 1, 'badValue'],
    ['2^32 as compact u32', compact(u32), 2 ** 32, 'badValue'],
    ['256 as compact u8', compact(u8), 256, 'badValue'],
    ['2^64 as compact u64', compact(u64), 2n ** 64n, 'badValue'],
    ['a number as compact u128', compact(u128), 2 ** 33, 'badValue'],
    ['hex that is too short', hexBytes(4), '0x0102', 'badValue'],
    ['hex in uppercase', hexBytes(2), '0xABCD', 'badValue'],
    ['what is no hex', hexBytes(2), '0x12g4', 'badValue'],
    ['hex without 0x', hexBytes(2), '001234', 'badValue'],
    ['a byte array that is too long', byteArray(4), 'abcde', 'badValue'],
    ['text that is not a byte string', bytes, '€', 'badValue'],
    ['long text that is not a byte string', bytes, `${'a'.repeat(100)}€`, 'badValue'],
    ['more bytes than the bound', boundedBytes(2), 'abc', 'tooLong'],
    ['more items than the bound', boundedVec(u8, 2), [1, 2, 3], 'tooLong'],
    ['an array of another length', array(u8, 2), [1], 'badValue'],
    ['an unknown name', Direction, 'Up', 'badValue'],
    ['an unknown variant', Shape, { type: 'Square' }, 'badValue'],
  ])('%s', (_, type, value, problem) => {
    expect(problemOf(() => encodeToBytes(type, value))).toBe(problem)
  })

  test('leave nothing behind for the next value', () => {
    expect(problemOf(() => encodeToBytes(tuple(u32, u8), [1, 256]))).toBe('badValue')
    expect(encodeToHex(u8, 5)).toBe('0x05')
  })
})

describe('types that refer to themselves', () => {
  interface Tree {
    readonly label: number
    readonly children: readonly Tree[]
  }
  const Tree: ScaleType<Tree> = lazy(() => Node)
  const Node: ScaleType<Tree> = struct({ path }, { label: u8, children: vec(Tree) })

  const line = (depth: number): Tree => {
    let tree: Tree = { label: 0, children: [] }
    for (let i = 1; i < depth; i++) tree = { label: 0, children: [tree] }
    return tree
  }

  test('go round', () => {
    const tree = { label: 1, children: [{ label: 2, children: [] }, line(3)] }
    expect(decodeFromBytes(Tree, encodeToBytes(Tree, tree))).toEqual(tree)
  })

  test('nest up to a limit in both directions', () => {
    expect(decodeFromBytes(Tree, encodeToBytes(Tree, line(256)))).toEqual(line(256))
    expect(problemOf(() => encodeToBytes(Tree, line(257)))).toBe('tooDeep')
    expect(problemOf(() => decodeFromHex(Tree, `0x${'0004'.repeat(256)}0000`))).toBe('tooDeep')
  })

  test('may be bound later, once', () => {
    const Later = slot<number>('Later')
    const Pair = tuple(Later, Later)
    expect(() => encodeToBytes(Pair, [1, 2])).toThrow('Later is bound before it is used')
    Later.bind(u8)
    expect(encodeToHex(Pair, [1, 2])).toBe('0x0102')
    expect(Later.shape).toBe(u8.shape)
    expect(() => Later.bind(u8)).toThrow('Later is bound once')
  })
})

describe('one type is one object', () => {
  test('for the same items', () => {
    expect(vec(u32)).toBe(vec(u32))
    expect(option(Point)).toBe(option(Point))
    expect(boundedVec(u32, 5)).toBe(boundedVec(u32, 5))
    expect(boundedVec(u32, 5)).not.toBe(boundedVec(u32, 6))
    expect(tuple(u32, u8)).toBe(tuple(u32, u8))
    expect(tuple(u32, u8)).not.toBe(tuple(u8, u32))
    expect(array(u32, 2)).toBe(array(u32, 2))
    expect(compact(u32)).toBe(compact(u32))
    expect(hexBytes(32)).toBe(hexBytes(32))
    expect(boundedBytes(40)).toBe(boundedBytes(40))
    expect(result(u8, u16)).toBe(result(u8, u16))
  })

  test('and one shape for one Rust type, whatever its values are here', () => {
    expect(hexBytes(32).shape).toBe(byteArray(32).shape)
    expect(hexBytes(32).shape).toBe(array(u8, 32).shape)
    expect(bytes.shape).toBe(vec(u8).shape)
    expect(boundedBytes(9).shape).toBe(boundedVec(u8, 9).shape)
    expect(option(hexBytes(32)).shape).toBe(option(byteArray(32)).shape)
    expect(tuple(hexBytes(8), u32).shape).toBe(tuple(byteArray(8), u32).shape)
  })
})

describe('defaults', () => {
  test.each<[string, AnyType, unknown]>([
    ['a number', u32, 0],
    ['an amount', u128, 0n],
    ['hex', hexBytes(2), '0x0000'],
    ['a byte array', byteArray(2), '\0\0'],
    ['an option', option(u32), null],
    ['a list', vec(u32), []],
    ['an array', array(u8, 2), [0, 0]],
    ['a tuple', tuple(u8, bytes), [0, '']],
    ['a struct', Point, { x: 0, y: null }],
    ['a wrapper with its own', wrapper({ path }, u32, { default: 7 }), 7],
    ['an enum with one', enumeration({ path }, ['A', 'B'], { default: 'B' }), 'B'],
    ['an enum without one', Direction, undefined],
    ['a struct with such an enum', struct({ path }, { x: u8, way: Direction }), undefined],
  ])('of %s', (_, type, expected) => {
    expect(type.defaultValue).toEqual(expected)
  })
})

describe('byte strings', () => {
  test('hold text as UTF-8, and hex', () => {
    expect(byteStringFromText('é')).toBe('\xc3\xa9')
    expect(textOfByteString('\xc3\xa9')).toBe('é')
    expect(byteStringFromHex('0xC3a9')).toBe('\xc3\xa9')
    expect(hexOfByteString('\xc3\xa9')).toBe('0xc3a9')
  })

  test('refuse what is not bytes', () => {
    expect(problemOf(() => hexOfByteString('€'))).toBe('badValue')
    expect(problemOf(() => bytesFromHex('0x123'))).toBe('badValue')
    expect(problemOf(() => bytesFromHex('0x12zz'))).toBe('badValue')
  })
})

/** The problem of the ScaleError that an action raises; any other outcome fails the test. */
function problemOf(action: () => unknown): ScaleProblem {
  try {
    action()
  } catch (cause) {
    if (cause instanceof ScaleError) return cause.problem
    throw cause
  }
  throw new TypeError('nothing was refused')
}
