import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cidr,
  decodeJson,
  flag,
  hexBytes,
  ip,
  list,
  name,
  optional,
  rawJson,
  struct,
  text,
  textMap,
  timestamp,
  uint8,
  uint16,
  uint32,
  uint64,
  unit,
  wireName,
} from '../../../src/zos/go/json-decoder.ts'
import { maxNestingDepth, readJson } from '../../../src/zos/go/json-reader.ts'
import { accepted, refused } from '../../../src/zos/outcome.ts'

describe('reading JSON', () => {
  const end = 'unexpected end of JSON input'
  it.each([
    ['', end],
    ['   ', end],
    ['{', end],
    ['[1,', end],
    ['{"a":1', end],
    ['{"a"', end],
    ['"abc', end],
    ['nul', "invalid character ' ' in literal null (expecting 'l')"],
    ['-', "invalid character ' ' in numeric literal"],
    ['"\\', "invalid character ' ' in string escape code"],
    ['x', "invalid character 'x' looking for beginning of value"],
    ["'", "invalid character '\\'' looking for beginning of value"],
    ["{'", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{}x', "invalid character 'x' after top-level value"],
    ['01', "invalid character '1' after top-level value"],
    ['1.', "invalid character ' ' after decimal point in numeric literal"],
    ['1e+', "invalid character ' ' in exponent of numeric literal"],
    ['"a\tb"', "invalid character '\\t' in string literal"],
    ['"\u0001"', "invalid character '\\x01' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['tru€', "invalid character 'â' in literal true (expecting 'e')"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
  ])('refuses %j', (json, error) => {
    expect(readJson(json)).toEqual(refused(error))
  })

  it('reads what JSON.parse reads, and refuses what it refuses', () => {
    const pieces = fc.constantFrom(
      ...[
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"',
        'a',
        '\\',
        'n',
        'true',
        'null',
        '-',
        '0',
        '1',
        '.',
        'e',
        ' ',
      ],
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), parts => {
        const json = parts.join('')
        let isValid = true
        try {
          JSON.parse(json)
        } catch {
          isValid = false
        }
        expect(readJson(json).ok, json).toBe(isValid)
      }),
      { numRuns: 3000 },
    )
  })

  it('stops at the nesting depth at which the node stops', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(readJson(nested(maxNestingDepth)).ok).toBe(true)
    expect(readJson(nested(maxNestingDepth + 1))).toEqual(
      refused("invalid character '[' exceeded max depth"),
    )
  })

  it('replaces half surrogate pairs, keeps whole ones', () => {
    expect(decodeJson('"\\ud800x\\ud83d\\ude00"', text())).toEqual(accepted('\ufffdx😀'))
  })
})

describe('decoding values', () => {
  const cannot = (value: string, type: string) =>
    refused(`json: cannot unmarshal ${value} into Go value of type ${type}`)

  it.each([
    ['255', uint8, 255],
    ['65535', uint16, 65_535],
    ['4294967295', uint32, 4_294_967_295],
    ['18446744073709551615', uint64(), 18_446_744_073_709_551_615n],
    ['9007199254740993', unit, 9_007_199_254_740_993n],
    ['null', uint32, 0],
    ['"x"', text(), 'x'],
    ['null', text(), ''],
    ['true', flag, true],
    ['"FE80:0:0::1"', ip, 'fe80::1'],
    ['"::ffff:1.2.3.4"', ip, '1.2.3.4'],
    ['""', ip, ''],
    ['"2001:DB8:0:0:1:0:0:1/64"', cidr, '2001:db8::1:0:0:1/64'],
    ['"10.1.2.3/024"', cidr, '10.1.2.3/24'],
    ['"::ffff:10.1.0.0/112"', cidr, '10.1.0.0/16'],
    ['""', cidr, ''],
    ['null', cidr, ''],
    ['null', list(uint8), []],
    ['[1,null,3]', list(uint8), [1, 0, 3]],
    [
      '{"b":"2","a":null}',
      textMap,
      new Map([
        ['b', '2'],
        ['a', ''],
      ]),
    ],
    ['null', optional(text()), null],
    ['"x"', optional(text()), 'x'],
    [' { "a" : [ 1.50 ] } ', rawJson, '{ "a" : [ 1.50 ] }'],
    ['null', rawJson, 'null'],
  ])('%s', (json, decoder, value) => {
    expect(decodeJson<unknown>(json, decoder)).toEqual(accepted(value))
  })

  it.each([
    ['256', uint8, cannot('number 256', 'uint8')],
    ['-1', uint32, cannot('number -1', 'uint32')],
    ['-0', uint32, cannot('number -0', 'uint32')],
    ['1.0', uint32, cannot('number 1.0', 'uint32')],
    ['1e2', uint32, cannot('number 1e2', 'uint32')],
    ['18446744073709551616', uint64(), cannot('number 18446744073709551616', 'uint64')],
    [`1${'0'.repeat(100_000)}`, uint64(), cannot(`number 1${'0'.repeat(100_000)}`, 'uint64')],
    ['"1"', uint64(), cannot('string', 'uint64')],
    ['1', text(), cannot('number', 'string')],
    ['1', name, cannot('number', 'gridtypes.Name')],
    ['{}', flag, cannot('object', 'bool')],
    ['[]', textMap, cannot('array', 'map[string]string')],
    ['true', list(uint8), cannot('bool', '[]uint8')],
    ['5', ip, cannot('number', 'net.IP')],
    ['"1.2.3"', ip, refused('invalid IP address: 1.2.3')],
    ['"01.2.3.4"', ip, refused('invalid IP address: 01.2.3.4')],
    ['"fe80::1%eth0"', ip, refused('invalid IP address: fe80::1%eth0')],
    ['"10.0.0.0"', cidr, refused('invalid CIDR address: 10.0.0.0')],
    ['"10.0.0.0/33"', cidr, refused('invalid CIDR address: 10.0.0.0/33')],
    ['"1::2::3/64"', cidr, refused('invalid CIDR address: 1::2::3/64')],
  ])('refuses %.40s', (json, decoder, error) => {
    expect(decodeJson<unknown>(json, decoder)).toEqual(error)
  })

  it('takes hex of either case and gives back lower case (W38)', () => {
    expect(decodeJson('"0011ccff"', hexBytes())).toEqual(accepted('0011ccff'))
    expect(decodeJson('"0011CCFF"', hexBytes())).toEqual(accepted('0011ccff'))
    expect(decodeJson('"0x11"', hexBytes())).toEqual(
      refused("encoding/hex: invalid byte: U+0078 'x'"),
    )
    expect(decodeJson('"abc"', hexBytes())).toEqual(refused('encoding/hex: odd length hex string'))
    expect(decodeJson('"é"', hexBytes())).toEqual(refused("encoding/hex: invalid byte: U+00C3 'Ã'"))
  })

  const wrongTime = refused('unknown timestamp format, expecting a timestamp or an ISO-8601 date')
  it.each([
    ['1234', accepted(1234n)],
    ['-5', accepted(-5n)],
    ['null', accepted(0n)],
    ['"2026-01-01T00:00:00Z"', accepted(1_767_225_600n)],
    ['"2026-01-01T02:00:00.999+02:00"', accepted(1_767_225_600n)],
    ['"1969-12-31T23:59:59.5Z"', accepted(-1n)],
    ['"2024-02-29T00:00:00Z"', accepted(1_709_164_800n)],
    ['"0001-01-01T00:00:00Z"', accepted(-62_135_596_800n)],
    ['9223372036854775807', accepted(9_223_372_036_854_775_807n)],
    ['9223372036854775808', wrongTime],
    ['1.5', wrongTime],
    ['1e3', wrongTime],
    ['"1234"', wrongTime],
    ['"2026-02-29T00:00:00Z"', wrongTime],
    ['"2026-13-01T00:00:00Z"', wrongTime],
    ['"2026-01-01 00:00:00Z"', wrongTime],
    ['"2026-01-01T00:00:60Z"', wrongTime],
    ['{}', wrongTime],
    ['true', wrongTime],
  ])('reads the moment %s (W37)', (json, outcome) => {
    expect(decodeJson(json, timestamp)).toEqual(outcome)
  })
})

describe('decoding objects', () => {
  const inner = struct('zos.Inner', { size: unit, tags: list(text()) })
  const outer = struct(
    'zos.Outer',
    { inner, items: list(inner), maybe: optional(inner), network: wireName('Network', name) },
    { name: 'Base', members: { port: uint16 } },
  )

  it('ignores unknown members and takes zero for missing ones', () => {
    const value = { size: 0n, tags: [] }
    expect(decodeJson('{"other":{"deep":[1]}}', outer)).toEqual(
      accepted({ inner: value, items: [], maybe: null, network: '', port: 0 }),
    )
  })

  it('matches names in any case, also by the two letters that Unicode folds to ASCII', () => {
    const json = '{"INNER":{"\u017fize":7},"networ\u212a":"n"}'
    const decoded = decodeJson(json, outer)
    expect(decoded.ok && decoded.value.inner.size).toBe(7n)
    expect(decoded.ok && decoded.value.network).toBe('n')
  })

  it('merges members that occur twice, as the node does', () => {
    const json = '{"inner":{"size":1},"inner":{"tags":["a"]},"port":5,"port":null}'
    const decoded = decodeJson(json, outer)
    expect(decoded.ok && decoded.value).toMatchObject({ inner: { size: 1n, tags: ['a'] }, port: 5 })
  })

  it.each([
    ['{"inner":{"size":"1"}}', 'string', 'Inner.inner.size', 'gridtypes.Unit'],
    ['{"items":[{},{"tags":5}]}', 'number', 'Inner.items.tags', '[]string'],
    ['{"items":[5]}', 'number', 'Outer.items', 'zos.Inner'],
    ['{"maybe":[]}', 'array', 'Outer.maybe', 'zos.Inner'],
    ['{"port":65536}', 'number 65536', 'Outer.Base.port', 'uint16'],
    ['{"network":1}', 'number', 'Outer.Network', 'gridtypes.Name'],
  ])('says where %s is wrong', (json, value, place, type) => {
    expect(decodeJson(json, outer)).toEqual(
      refused(`json: cannot unmarshal ${value} into Go struct field ${place} of type ${type}`),
    )
  })

  it('tells the first value of a wrong type, unless a value refuses to be read', () => {
    const both = struct('zos.Both', { a: uint8, b: uint8, at: ip })
    expect(decodeJson('{"a":"x","b":true}', both)).toEqual(
      refused('json: cannot unmarshal string into Go struct field Both.a of type uint8'),
    )
    expect(decodeJson('{"a":"x","at":"y"}', both)).toEqual(refused('invalid IP address: y'))
  })

  it('yields frozen values', () => {
    const decoded = decodeJson('{"items":[{}]}', outer)
    expect(decoded.ok && Object.isFrozen(decoded.value)).toBe(true)
    expect(decoded.ok && Object.isFrozen(decoded.value.items)).toBe(true)
    expect(decoded.ok && Object.isFrozen(decoded.value.items[0])).toBe(true)
  })
})
