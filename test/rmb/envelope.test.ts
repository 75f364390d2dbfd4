// The envelope's protobuf form, against the real client's bytes and against protobufjs.

import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import type { Address } from '../../src/rmb/address.ts'
import type { Envelope, Message } from '../../src/rmb/envelope.ts'
import { decodeEnvelope, encodeEnvelope, peekEnvelope } from '../../src/rmb/envelope.ts'
import { envelopeOf, responseAcceptance, rmbVectors } from './vectors.ts'

const PROTO = `
  syntax = "proto3";
  message Request { string command = 1; }
  message Response {}
  message Error { uint32 code = 1; string message = 2; }
  message Address { uint32 twin = 1; optional string connection = 2; }
  message Ping {}
  message Pong {}
  message Envelope {
    string uid = 1;
    optional string tags = 2;
    uint64 timestamp = 3;
    uint64 expiration = 4;
    Address source = 5;
    Address destination = 6;
    oneof message { Request request = 7; Response response = 8; Error error = 12; Ping ping = 15; Pong pong = 16; }
    optional bytes signature = 9;
    optional string schema = 10;
    optional string federation = 11;
    oneof payload { bytes plain = 13; bytes cipher = 14; }
    repeated string relays = 17;
  }`
const Oracle = protobuf.parse(PROTO, { keepCase: true }).root.lookupType('Envelope')

/** An envelope in the terms of the oracle. */
function toOracle(envelope: Envelope): Record<string, unknown> {
  const { message, payload, timestamp, expiration, ...rest } = envelope
  const { kind, ...fields } = message ?? { kind: undefined }
  return {
    ...rest,
    timestamp: timestamp.toString(),
    expiration: expiration.toString(),
    ...(kind === undefined ? {} : { [kind]: fields }),
    ...(payload === undefined ? {} : { [payload.kind]: payload.bytes }),
  }
}

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ minLength: 120, maxLength: 140 }),
)
const u32 = fc.oneof(fc.constantFrom(0, 1, 127, 128, 16383, 16384, 0xffff_ffff), fc.nat())
const u64 = fc.oneof(
  fc.constantFrom(0n, 127n, 128n, 1n << 49n, (1n << 53n) - 1n, 1n << 53n, (1n << 64n) - 1n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)
const bytes = fc.uint8Array({ maxLength: 200 })
const address = fc.record<Address>(
  { twin: u32, connection: text as fc.Arbitrary<string> },
  { requiredKeys: ['twin'] },
)
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), command: text }),
  fc.record({ kind: fc.constantFrom('response', 'ping', 'pong') }),
  fc.record({ kind: fc.constant('error' as const), code: u32, message: text }),
)
const envelopes = fc.record(
  {
    uid: text,
    tags: text,
    timestamp: u64,
    expiration: u64,
    source: address,
    destination: address,
    message,
    signature: bytes,
    schema: text,
    federation: text,
    payload: fc.record({ kind: fc.constantFrom('plain' as const, 'cipher' as const), bytes }),
    relays: fc.array(text, { maxLength: 4 }),
  },
  { requiredKeys: ['uid', 'timestamp', 'expiration', 'relays'] },
) as fc.Arbitrary<Envelope>

function decoded(data: Uint8Array): Envelope {
  const result = decodeEnvelope(data)
  if (!result.ok) expect.unreachable(result.reason)
  return result.value
}

/** The head of an envelope, as peeking shows it. */
function headOf({ uid, tags, timestamp, expiration, source, destination, message }: Envelope) {
  const all = { uid, tags, timestamp, expiration, source, destination, kind: message?.kind }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

describe('vectors of the real client', () => {
  it.each(rmbVectors('protobuf'))('$id: $note', ({ envelope, protobufHex }) => {
    expect(decoded(fromHex(protobufHex))).toEqual(envelopeOf(envelope))
    expect(toHex(encodeEnvelope(envelopeOf(envelope)))).toBe(`0x${protobufHex}`)
  })

  it.each(rmbVectors('protobufDecode'))('$id: $note', ({ protobufHex, decoded: expected }) => {
    const envelope = decoded(fromHex(protobufHex))
    const { payload, message } = envelope
    const hexOf = (kind: string) =>
      payload?.kind === kind ? Buffer.from(payload.bytes).toString('hex') : ''
    expect({
      uid: envelope.uid,
      timestamp: Number(envelope.timestamp),
      expiration: Number(envelope.expiration),
      hasSource: envelope.source !== undefined,
      hasDestination: envelope.destination !== undefined,
      message: message?.kind ?? 'none',
      payload: payload?.kind ?? 'none',
      hasTags: envelope.tags !== undefined,
      tags: envelope.tags ?? '',
      hasSignature: envelope.signature !== undefined,
      signatureHex: Buffer.from(envelope.signature ?? []).toString('hex'),
      hasSchema: envelope.schema !== undefined,
      schema: envelope.schema ?? '',
      plainHex: hexOf('plain'),
      cipherHex: hexOf('cipher'),
      relays: envelope.relays,
    }).toEqual({
      uid: expected.uid,
      timestamp: expected.timestamp,
      expiration: expected.expiration,
      hasSource: expected.hasSource,
      hasDestination: expected.hasDestination,
      message: expected.message,
      payload: expected.payload,
      hasTags: expected.hasTags,
      tags: expected.tags,
      hasSignature: expected.hasSignature,
      signatureHex: expected.signatureHex,
      hasSchema: expected.hasSchema,
      schema: expected.schema,
      plainHex: expected.plainHex,
      cipherHex: expected.cipherHex,
      relays: expected.relays,
    })
    if (expected.source !== undefined) {
      const { twin, hasConnection, connection } = expected.source
      expect(envelope.source).toEqual(hasConnection ? { twin, connection } : { twin })
    }
    if (expected.command !== undefined) {
      expect(message).toEqual({ kind: 'request', command: expected.command })
    }
    if (expected.error !== undefined) expect(message).toEqual({ kind: 'error', ...expected.error })
  })

  it('of whole conversations are written again byte for byte', () => {
    for (const { requestFrameHex, responseHex } of responseAcceptance.cases) {
      for (const frame of [requestFrameHex, responseHex]) {
        expect(toHex(encodeEnvelope(decoded(fromHex(frame))))).toBe(`0x${frame}`)
      }
    }
  })
})

describe('the codec', () => {
  it('reads what protobufjs writes, and writes what protobufjs reads', () => {
    fc.assert(
      fc.property(envelopes, envelope => {
        const theirs = Oracle.encode(Oracle.fromObject(toOracle(envelope))).finish()
        expect(decoded(theirs)).toEqual(envelope)
        const ours = encodeEnvelope(envelope)
        const plain = (data: Uint8Array) => Oracle.toObject(Oracle.decode(data), { bytes: String })
        expect(plain(ours)).toEqual(plain(theirs))
        expect(decoded(ours)).toEqual(envelope)
      }),
      { numRuns: 300 },
    )
  })

  it('takes a Buffer, a view and a plain array alike', () => {
    fc.assert(
      fc.property(envelopes, envelope => {
        const data = encodeEnvelope(envelope)
        const shifted = new Uint8Array(data.length + 7)
        shifted.set(data, 3)
        expect(decoded(Buffer.from(data))).toEqual(envelope)
        expect(decoded(shifted.subarray(3, 3 + data.length))).toEqual(envelope)
      }),
      { numRuns: 50 },
    )
  })

  it('writes envelopes of any size', () => {
    const payload = { kind: 'plain', bytes: new Uint8Array(300_000).fill(5) } as const
    const uid = 'ü'.repeat(40_000)
    const large: Envelope = { uid, timestamp: 1n, expiration: 2n, payload, relays: [] }
    expect(decoded(encodeEnvelope(large))).toEqual(large)
  })

  it('keeps the payload a view of the bytes it was read from', () => {
    const data = encodeEnvelope({
      uid: 'u',
      timestamp: 1n,
      expiration: 1n,
      payload: { kind: 'plain', bytes: Uint8Array.of(1, 2, 3) },
      relays: [],
    })
    expect(decoded(data).payload?.bytes.buffer).toBe(data.buffer)
  })

  it('refuses to write numbers that do not fit', () => {
    const base = { uid: '', timestamp: 0n, expiration: 0n, relays: [] }
    expect(() => encodeEnvelope({ ...base, source: { twin: 2 ** 32 } })).toThrow('uint32')
    expect(() => encodeEnvelope({ ...base, source: { twin: -1 } })).toThrow('uint32')
    expect(() => encodeEnvelope({ ...base, timestamp: 1n << 64n })).toThrow('uint64')
    expect(() => encodeEnvelope({ ...base, timestamp: -1n })).toThrow('uint64')
  })
})

describe('peeking', () => {
  it('shows the head of any envelope', () => {
    fc.assert(
      fc.property(envelopes, envelope => {
        const peek = peekEnvelope(encodeEnvelope(envelope))
        expect(peek).toEqual({ ok: true, value: headOf(envelope) })
      }),
    )
  })
})

describe('bytes that nobody promised anything about', () => {
  const mutated = fc.tuple(
    envelopes,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.nat(),
  )

  it('are an envelope or a documented reason, and peeking agrees', () => {
    const reasons = new Set<string>()
    fc.assert(
      fc.property(mutated, ([envelope, changes, cut]) => {
        const whole = encodeEnvelope(envelope)
        const data = whole.slice(0, cut % 3 === 0 ? cut % (whole.length + 1) : whole.length)
        for (const [place, value] of changes) if (data.length > 0) data[place % data.length] = value
        const result = decodeEnvelope(data)
        const peek = peekEnvelope(data)
        if (result.ok) {
          expect(peek).toEqual({ ok: true, value: headOf(result.value) })
          // What was understood can be written down and understood again.
          expect(decoded(encodeEnvelope(result.value))).toEqual(result.value)
        } else {
          reasons.add(result.reason)
          expect(peek).toEqual(result)
        }
      }),
      { numRuns: 1500 },
    )
    expect(reasons.size).toBeGreaterThan(2)
  })

  it('are read without a fault even when random', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), data => {
        const result = decodeEnvelope(data)
        expect(peekEnvelope(data).ok).toBe(result.ok)
      }),
      { numRuns: 1500 },
    )
  })

  it.each([
    ['a field cut short', '0a05616263', 'Truncated message'],
    ['a length cut short', '0a', 'Unexpected EOF'],
    ['a length beyond everything', '0affffffff0f61', 'Truncated message'],
    ['a number cut short', '1880', 'Unexpected EOF'],
    ['a number of eleven bytes', '18ffffffffffffffffffff01', 'Incorrect varint'],
    ['a number above 64 bits', '18ffffffffffffffffff02', 'Incorrect varint'],
    ['a twin above 32 bits', '2a06088080808010', 'Incorrect varint'],
    ['a tag above 32 bits', 'ffffffffff01', 'Incorrect varint'],
    ['field number 0', '0201', 'Incorrect tag'],
    ['a zero byte', '0a017500', 'Incorrect tag'],
    ['wire type 6', '0e', 'Incorrect tag'],
    ['wire type 7', '0f', 'Incorrect tag'],
    ['the end of a group that never began', '0c', 'Unexpected wire type'],
    ['a group without end', '9b010801', 'Unexpected EOF'],
    ['groups nested without end', '9b01'.repeat(200), 'Over recursion limit'],
    ['four bytes cut short', '95010000', 'Unexpected EOF'],
    ['eight bytes cut short', '91010000', 'Unexpected EOF'],
    ['text that is not UTF-8', '0a02c328', 'Invalid UTF-8 sequence'],
    ['a surrogate as UTF-8', '0a03eda080', 'Invalid UTF-8 sequence'],
    ['a schema that is not UTF-8', '5201ff', 'Invalid UTF-8 sequence'],
    ['a relay that is not UTF-8', '8a0101ff', 'Invalid UTF-8 sequence'],
    ['a command that is not UTF-8', '3a030a01ff', 'Invalid UTF-8 sequence'],
    ['an address that ends inside a field', '2a020a05616263', 'Truncated message'],
    ['an address that runs over its own end', '2a0112056162636465', 'Unexpected EOF'],
    ['a broken response', '42020a05', 'Truncated message'],
  ])('%s: refused', (_, hex, reason) => {
    expect(decodeEnvelope(fromHex(hex))).toEqual({ ok: false, reason })
    expect(peekEnvelope(fromHex(hex))).toEqual({ ok: false, reason })
  })

  const empty = { uid: '', timestamp: 0n, expiration: 0n, relays: [] }
  it.each<[string, string, Partial<Envelope>]>([
    ['nothing at all', '', {}],
    ['unknown fields of every type', '9801019101000000000000000095010000000092010161', {}],
    ['an unknown group, also nested', '9b0108019b010a01619c019c01', {}],
    ['a known field of another wire type', '08051a017a0a0175', { uid: 'u' }],
    ['a field given twice', '0a01610a0162', { uid: 'b' }],
    [
      'an address given twice',
      '2a0208052a031201610a0175',
      { uid: 'u', source: { twin: 0, connection: 'a' } },
    ],
    [
      'a request after an error',
      '620208053a030a0163',
      { message: { kind: 'request', command: 'c' } },
    ],
    [
      'an error after a request',
      '3a030a016362020805',
      { message: { kind: 'error', code: 5, message: '' } },
    ],
    ['plain after cipher', '7201016a0102', { payload: { kind: 'plain', bytes: Uint8Array.of(2) } }],
    ['a number in more bytes than it needs', '18818000', { timestamp: 1n }],
    ['the largest number', '18ffffffffffffffffff01', { timestamp: (1n << 64n) - 1n }],
    ['a byte order mark in text', '0a04efbbbf61', { uid: '\ufeffa' }],
  ])('%s: accepted', (_, hex, expected) => {
    expect(decoded(fromHex(hex))).toEqual({ ...empty, ...expected })
    expect(peekEnvelope(fromHex(hex)).ok).toBe(true)
  })
})
