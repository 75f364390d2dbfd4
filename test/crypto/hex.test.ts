// Hex text and byte strings.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  byteStringToBytes,
  byteStringToUtf8,
  bytesToByteString,
  fromHex,
  parseHex,
  toHex,
  utf8ToByteString,
} from '../../src/crypto/hex.ts'

describe('hex text', () => {
  it('round-trips any bytes, also through a view', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(20), (data, offset) => {
        const view = data.subarray(Math.min(offset, data.length))
        expect(fromHex(toHex(view))).toEqual(Uint8Array.from(view))
        expect(toHex(view)).toBe(`0x${Buffer.from(view).toString('hex')}`)
      }),
    )
  })

  it('is read with or without prefix, in either case', () => {
    expect(parseHex('0xDEADbeef')).toEqual(Uint8Array.of(0xde, 0xad, 0xbe, 0xef))
    expect(parseHex('00ff')).toEqual(Uint8Array.of(0, 255))
    expect(parseHex('0x')).toEqual(new Uint8Array())
    expect(parseHex('')).toEqual(new Uint8Array())
  })

  it.each([
    '0',
    '0x0',
    'zz',
    '0xzz',
    '0x00zz',
    '0x0g',
    '0X00',
    ' 00 ',
    '0x00 ',
    'ġġ',
    '0x\u0130\u0130',
  ])('is refused when it is not hex: %j', text => {
    expect(parseHex(text)).toBeUndefined()
  })

  it('is refused for one wrong character anywhere, at any length', () => {
    const place = fc.nat(1999)
    const size = fc.constantFrom(2, 64, 256, 258, 2000)
    fc.assert(
      fc.property(
        size,
        place,
        fc.constantFrom('g', '/', ':', '`', '\u0130', '\u1230'),
        (n, at, bad) => {
          const text = 'a'.repeat(n)
          expect(parseHex(text)).toHaveLength(n / 2)
          expect(parseHex(text.slice(0, at % n) + bad + text.slice((at % n) + 1))).toBeUndefined()
        },
      ),
    )
  })

  it('breaks an invariant when the grid itself made bad hex', () => {
    expect(() => fromHex('0xz')).toThrow('hex')
  })
})

describe('byte strings', () => {
  it('round-trip any bytes, one character for each', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), data => {
        const text = bytesToByteString(data)
        expect(text).toHaveLength(data.length)
        expect(byteStringToBytes(text)).toEqual(Uint8Array.from(data))
      }),
    )
  })

  it('order as their bytes do', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const [x, y] = [bytesToByteString(a), bytesToByteString(b)]
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Buffer.compare(a, b))
      }),
    )
  })

  it('hold the UTF-8 of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        expect(byteStringToBytes(utf8ToByteString(text))).toEqual(new TextEncoder().encode(text))
        expect(byteStringToUtf8(utf8ToByteString(text))).toBe(text)
      }),
    )
  })

  it('show bytes that are not UTF-8 as replacement characters', () => {
    expect(byteStringToUtf8('a\xffb')).toBe('a\ufffdb')
  })
})
