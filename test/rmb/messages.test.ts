// Addresses, tags, stamps, and the envelopes that answer envelopes.

import { describe, expect, it } from 'vitest'
import {
  formatAddress,
  parseAddress,
  relayDomains,
  relayStringOfUrl,
  sameAddress,
} from '../../src/rmb/address.ts'
import type { Envelope } from '../../src/rmb/envelope.ts'
import { encodeEnvelope } from '../../src/rmb/envelope.ts'
import { relayErrors } from '../../src/rmb/errors.ts'
import { buildPong, buildRelayError } from '../../src/rmb/replies.ts'
import { restamp, secondsLeft } from '../../src/rmb/stamp.ts'
import { FAIL_FAST, hasTag } from '../../src/rmb/tags.ts'
import { envelopeOf, rmbVectors } from './vectors.ts'

describe('addresses', () => {
  it.each([
    ['7', { twin: 7 }],
    ['10:con', { twin: 10, connection: 'con' }],
    ['7:', { twin: 7, connection: '' }],
    ['7:a:b', { twin: 7, connection: 'a:b' }],
    ['0', { twin: 0 }],
    ['4294967295', { twin: 4294967295 }],
  ])('%s is read and written', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
    expect(formatAddress(address)).toBe(text)
  })

  it.each(['', ':a', 'a', '-1', ' 7', '7 ', '1.5', '4294967296', '0x7', 'abc:7'])(
    '%j is none',
    text => {
      expect(parseAddress(text)).toBeUndefined()
    },
  )

  it('tell no session from the empty one', () => {
    expect(sameAddress({ twin: 1 }, { twin: 1 })).toBe(true)
    expect(sameAddress({ twin: 1 }, { twin: 1, connection: '' })).toBe(false)
    expect(sameAddress({ twin: 1, connection: 'a' }, { twin: 2, connection: 'a' })).toBe(false)
  })
})

describe('relay strings', () => {
  it.each(rmbVectors('relayStringOnChain'))('$relayUrl', vector => {
    expect(relayStringOfUrl(vector.relayUrl)).toBe(vector.twinRelayWrittenByTsClient)
  })

  it('hold several domains', () => {
    expect(relayDomains('r1.x_r2.x_r1.x')).toEqual(['r1.x', 'r2.x'])
    expect(relayDomains('ws:/localhost:8080')).toEqual(['ws:/localhost:8080'])
  })
})

describe('tags', () => {
  it.each([
    ['fail-fast', true],
    ['a, fail-fast', true],
    ['a\tfail-fast,b', true],
    ['a\u2003fail-fast', true],
    ['Fail-Fast', false],
    ['fail-fasts', false],
    ['xfail-fast', false],
    ['', false],
    [undefined, false],
  ])('%j: %s', (tags, expected) => {
    expect(hasTag(tags, FAIL_FAST)).toBe(expected)
  })
})

describe('stamps', () => {
  it.each([
    [1n, 0n, 20n, 1n, 20n],
    [10n, 1n, 20n, 10n, 11n],
    [30n, 1n, 20n, 30n, 0n],
    [5n, 9n, 20n, 5n, 20n],
    [5n, 5n, 20n, 5n, 20n],
  ])('at %d, (%d, %d) becomes (%d, %d)', (now, timestamp, expiration, newTimestamp, left) => {
    expect(restamp({ timestamp, expiration }, now)).toEqual({
      timestamp: newTimestamp,
      expiration: left,
    })
  })

  it.each([
    [0n, 10n, 20n, 30n],
    [20n, 0n, 20n, 0n],
    [19n, 0n, 20n, 1n],
    [21n, 0n, 20n, 0n],
    [5n, (1n << 64n) - 1n, 3n, 0n],
  ])('at %d, (%d, %d) has %d seconds left', (now, timestamp, expiration, left) => {
    expect(secondsLeft({ timestamp, expiration }, now)).toBe(left)
  })
})

describe('the relay', () => {
  const [, , , relayError, ping, pong] = rmbVectors('protobuf').map(v =>
    envelopeOf(v.envelope),
  ) as [Envelope, Envelope, Envelope, Envelope, Envelope, Envelope]

  it('answers errors as it does', () => {
    const { uid, timestamp } = relayError
    const request = { uid, timestamp: 3n, expiration: 5n }
    const session = { twin: 7, connection: 'sp' }
    expect(
      buildRelayError(request, relayErrors.destinationOffline, { session, now: timestamp }),
    ).toEqual(relayError)
    const unaddressed = buildRelayError(request, relayErrors.expired, { now: 9n })
    expect('destination' in unaddressed).toBe(false)
  })

  it('answers pings as it does', () => {
    expect(buildPong(ping)).toEqual(pong)
    expect(encodeEnvelope(buildPong(ping))).toEqual(encodeEnvelope(pong))
  })

  it('appends its greeting to a plain payload and replaces a cipher', () => {
    const bytes = new TextEncoder().encode('abc')
    const greet = (kind: 'plain' | 'cipher') =>
      Buffer.from(buildPong({ ...ping, payload: { kind, bytes } }).payload!.bytes).toString()
    expect(greet('plain')).toBe('abchello world')
    expect(greet('cipher')).toBe('hello world')
  })
})
