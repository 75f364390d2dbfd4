// The small rules that the proxy's answers are made of.

import { describe, expect, it } from 'vitest'
import { encode } from '../../../src/services/gridproxy/json.ts'
import { containsLike, containsPlain, likeTest } from '../../../src/services/gridproxy/like.ts'
import { parseId } from '../../../src/services/gridproxy/path-id.ts'
import { discounted, monthlyPrice } from '../../../src/services/gridproxy/price.ts'
import { parseQuery } from '../../../src/services/gridproxy/query-string.ts'
import { cleanPath } from '../../../src/services/gridproxy/router.ts'

describe('patterns', () => {
  it.each([
    ['a%', 'Abc', true],
    ['%c', 'abC', true],
    ['a_c', 'abc', true],
    ['a_c', 'abbc', false],
    ['a\\_c', 'a_c', true],
    ['a\\_c', 'abc', false],
    ['100\\%', '100%', true],
    ['%', '', true],
    ['_', '', false],
    ['', '', true],
    ['', 'a', false],
    ['_', '😀', true],
    ['%b%c%d', 'abxcxdcd', true],
    ['%b%c%d', 'abxcxdce', false],
    ['a.c', 'abc', false],
    ['a\\', 'a\\', true],
  ])('%j describes %j: %j', (pattern, text, isLike) => {
    expect(likeTest(pattern)(text)).toBe(isLike)
  })

  it('take no longer for being hard', () => {
    expect(likeTest(`${'%a'.repeat(200)}b`)('a'.repeat(2000))).toBe(false)
  })

  it('are escaped where a text is meant', () => {
    expect(containsLike('a%b')('xaxxbx')).toBe(true)
    expect(containsPlain('a%b')('xaxxbx')).toBe(false)
    expect(containsPlain('a%b')('xA%Bx')).toBe(true)
  })
})

describe('prices', () => {
  const policy = { cu: 100_000, su: 50_000 }
  const GiB = 1024 ** 3
  const node = { cru: 8, mru: 16 * GiB, sru: 300 * GiB, hru: 0, isCertified: false, extraFee: 0 }

  it('count compute and storage units, a quarter more for certified nodes', () => {
    expect(monthlyPrice({ ...node, policy })).toBe(34.2)
    expect(monthlyPrice({ ...node, isCertified: true, policy })).toBe(42.75)
    expect(monthlyPrice({ ...node, extraFee: 1000, policy })).toBe(34.272)
  })

  it.each([
    [615.6, 13.68],
    [615.5, 20.52],
    [205.2, 20.52],
    [102.6, 23.94],
    [51.3, 27.36],
    [51.2, 34.2],
    [0, 34.2],
    [-1, 34.2],
  ])('with %j USD cost %j, the bounds included', (balance, price) => {
    expect(discounted(34.2, balance)).toBe(price)
  })

  it('of nothing are nothing', () => {
    expect(discounted(0, 0)).toBe(0)
  })
})

describe('texts', () => {
  it('are written as Go writes them', () => {
    expect(encode({ a: '<&>\u2028"é', b: 12345678901234567890n, c: 1e21, d: [null, true] })).toBe(
      '{"a":"\\u003c\\u0026\\u003e\\u2028\\"é","b":12345678901234567890,"c":1e+21,"d":[null,true]}',
    )
  })

  it('of queries are split as Go splits them', () => {
    expect([...parseQuery('a=1&b&&a=2&c=&=d&e=f=g&h%3D=+%20')]).toEqual([
      ['a', ['1', '2']],
      ['', ['d']],
      ['e', ['f=g']],
      ['h=', ['  ']],
    ])
  })

  it.each([
    ['/', '/'],
    ['//', '/'],
    ['/a//b/', '/a/b/'],
    ['/a/./b/../c', '/a/c'],
    ['/../..', '/'],
  ])('path %j is cleaned to %j', (path, clean) => {
    expect(cleanPath(path)).toBe(clean)
  })

  it('of ids are cut to 32 bits', () => {
    expect(parseId('4294967297')).toEqual({ ok: true, value: 1 })
    expect(parseId('9223372036854775807')).toEqual({ ok: true, value: 4294967295 })
    expect(parseId('9223372036854775808').ok).toBe(false)
  })
})
