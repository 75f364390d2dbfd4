// The hash functions against published values and against independent libraries.

import { createHash } from 'node:crypto'
import { Blake2128, Blake2256, Twox64Concat, Twox128 } from '@polkadot-api/substrate-bindings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  blake2b128,
  blake2b256,
  blake2b512,
  md5,
  sha256,
  twox64,
  twox128,
} from '../../src/crypto/hash.ts'
import { cryptoReady } from '../../src/crypto/ready.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex')

describe('hashes', () => {
  it('make the storage prefix of System.Account', () => {
    expect(hex(twox128(bytes('System')))).toBe('26aa394eea5630e07c48ae0c9558cef7')
    expect(hex(twox128(bytes('Account')))).toBe('b99d880ec681799c0cf30e8886371da9')
  })

  it('give the published values for short input', () => {
    expect(hex(twox64(bytes('')))).toBe('99e9d85137db46ef')
    expect(hex(md5('abc'))).toBe('900150983cd24fb0d6963f7d28e17f72')
    expect(hex(sha256(bytes('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
    expect(hex(blake2b256(bytes('')))).toBe(
      '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8',
    )
  })

  it('agree with independent libraries on any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), data => {
        expect(hex(blake2b256(data))).toBe(hex(Blake2256(data)))
        expect(hex(blake2b128(data))).toBe(hex(Blake2128(data)))
        expect(hex(blake2b512(data))).toBe(createHash('blake2b512').update(data).digest('hex'))
        expect(hex(twox128(data))).toBe(hex(Twox128(data)))
        expect(hex(twox64(data))).toBe(hex(Twox64Concat(data).subarray(0, 8)))
        expect(hex(md5(data))).toBe(createHash('md5').update(data).digest('hex'))
      }),
      { numRuns: 60 },
    )
  })

  it('take input larger than the memory they began with', () => {
    const large = new Uint8Array(3_000_000).fill(7)
    expect(hex(blake2b512(large))).toBe(createHash('blake2b512').update(large).digest('hex'))
    expect(hex(twox128(bytes('System')))).toBe('26aa394eea5630e07c48ae0c9558cef7')
  })

  it('read a view at its own place in its buffer', () => {
    const whole = bytes('....System....')
    expect(twox128(whole.subarray(4, 10))).toEqual(twox128(bytes('System')))
    expect(twox128(Buffer.from('System'))).toEqual(twox128(bytes('System')))
  })

  it('return plain arrays that nobody else writes to', async () => {
    await cryptoReady()
    const first = blake2b256(bytes('a'))
    const copy = Uint8Array.from(first)
    blake2b256(bytes('b'))
    expect(first).toEqual(copy)
    expect(Buffer.isBuffer(md5('a'))).toBe(false)
    expect(first.byteLength).toBe(first.buffer.byteLength)
  })
})
