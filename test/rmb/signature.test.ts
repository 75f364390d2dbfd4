// Challenges and signatures, against envelopes that the real client made and judged.

import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { decodeSs58 } from '../../src/crypto/ss58.ts'
import { challengeOf, challengePreimage } from '../../src/rmb/challenge.ts'
import type { Envelope } from '../../src/rmb/envelope.ts'
import { decodeEnvelope } from '../../src/rmb/envelope.ts'
import { protocolErrors } from '../../src/rmb/errors.ts'
import {
  checkEnvelopeSignature,
  checkSignature,
  signBytes,
  signEnvelope,
} from '../../src/rmb/signature.ts'
import { envelopeOf, pairOf, rmbVectors } from './vectors.ts'

function read(hex: string): Envelope {
  const result = decodeEnvelope(fromHex(hex))
  if (!result.ok) expect.unreachable(result.reason)
  return result.value
}

const empty: Envelope = { uid: '', timestamp: 0n, expiration: 0n, relays: [] }

describe('the challenge', () => {
  it.each(rmbVectors('challenge'))('$id: $note', ({ envelope, preimageHex, md5Hex }) => {
    expect(toHex(challengePreimage(envelopeOf(envelope)))).toBe(`0x${preimageHex}`)
    expect(toHex(challengeOf(envelopeOf(envelope)))).toBe(`0x${md5Hex}`)
  })

  it('does not tell an empty field from an absent one', () => {
    const full = { ...empty, uid: 'u', source: { twin: 1 }, destination: { twin: 2 } }
    const hollow = {
      ...full,
      tags: '',
      source: { twin: 1, connection: '' },
      schema: '',
      federation: '',
      payload: { kind: 'plain', bytes: new Uint8Array() } as const,
      relays: ['', ''],
    }
    expect(challengeOf(hollow)).toEqual(challengeOf(full))
  })

  it('reads a missing address as twin 0', () => {
    expect(Buffer.from(challengePreimage(empty)).toString()).toBe('0000')
    const addressed = { ...empty, source: { twin: 0 }, destination: { twin: 0 } }
    expect(challengeOf(addressed)).toEqual(challengeOf(empty))
  })

  it('spells the largest numbers out', () => {
    const large = { ...empty, timestamp: (1n << 64n) - 1n, expiration: 1n << 53n }
    expect(Buffer.from(challengePreimage(large)).toString()).toBe(
      '18446744073709551615900719925474099200',
    )
  })
})

describe('signatures of the real client', () => {
  it.each(rmbVectors('signature'))('$id: $note', vector => {
    const envelope = read(vector.envelopeHex)
    const account = fromHex(vector.sourceAccountHex)
    const address = decodeSs58(vector.sourceAccountSs58)
    expect(address.ok && address.publicKey).toEqual(account)
    expect(envelope.source?.twin).toBe(vector.sourceTwin)
    expect(toHex(challengeOf(envelope))).toBe(`0x${vector.challengeMd5Hex}`)
    expect(toHex(envelope.signature!)).toBe(`0x${vector.signatureHex}`)
    const fault = checkEnvelopeSignature(envelope, account)
    // The real client tries every scheme; the bus goes by the type byte.
    const claimed = envelope.signature![0] === 0x65 ? 'ed25519' : 'sr25519'
    const isHonest = claimed === vector.signerKeyType
    expect(fault === undefined).toBe(vector.tsClientVerifies && isHonest)
    if (!vector.tsClientVerifies) return
    const resigned = signEnvelope(envelope, pairOf(vector.signerSecret, vector.signerKeyType))
    expect(checkEnvelopeSignature(resigned, account)).toBeUndefined()
    if (vector.signerKeyType === 'ed25519' && isHonest) {
      expect(resigned.signature).toEqual(envelope.signature)
    }
  })

  it('are on every frame it sends', () => {
    for (const { input, frameHex, expect: expected } of rmbVectors('clientFrames')) {
      const envelope = read(frameHex)
      const account = decodeSs58(input.accountSs58)
      if (!account.ok) expect.unreachable(account.error)
      const fault = checkEnvelopeSignature(envelope, account.publicKey)
      expect(fault).toBe(
        expected.signed ? undefined : 'invalid signature length, expected: 65, found: 0',
      )
      if (expected.challengeMd5Hex !== undefined) {
        expect(toHex(challengeOf(envelope))).toBe(`0x${expected.challengeMd5Hex}`)
      }
    }
  })
})

describe('what is wrong with a signature', () => {
  const alice = keyPairFromUri('//Alice', 'sr25519')
  if (!alice.ok) expect.unreachable(alice.error)
  const account = fromHex(alice.pair.accountId)
  const message = new TextEncoder().encode('message')
  const signature = signBytes(alice.pair, message)
  const withByte = (index: number, value: number) => signature.with(index, value)

  it('is nothing when it is the account’s', () => {
    expect(checkSignature(account, message, signature)).toBeUndefined()
    expect(checkEnvelopeSignature(signEnvelope(empty, alice.pair), account)).toBeUndefined()
  })

  it.each([
    [undefined, 'message is not signed'],
    [new Uint8Array(), 'invalid signature length, expected: 65, found: 0'],
    [signature.subarray(1), 'invalid signature length, expected: 65, found: 64'],
    [new Uint8Array(66), 'invalid signature length, expected: 65, found: 66'],
    [withByte(0, 0x78), 'invalid signature type (expected either sr25519 or ed25519)'],
    [withByte(0, 0x65), 'ed25519 signature verification failed'],
    [withByte(9, signature[9]! ^ 1), 'sr25519 signature verification failed'],
  ] as const)('is told in the words of the bus (%#)', (bytes, text) => {
    expect(checkSignature(account, message, bytes)).toBe(text)
    expect(protocolErrors.invalidSignature(text)).toEqual({
      code: 104,
      message: `invalid envelope signature: ${text}`,
    })
  })

  it('is any change to what was signed', () => {
    const signed = signEnvelope({ ...empty, uid: 'a', source: { twin: 1 } }, alice.pair)
    for (const changed of [
      { ...signed, uid: 'b' },
      { ...signed, tags: 't' },
      { ...signed, timestamp: 1n },
      { ...signed, expiration: 1n },
      { ...signed, source: { twin: 2 } },
      { ...signed, destination: { twin: 1 } },
      { ...signed, message: { kind: 'request', command: 'x' } as const },
      { ...signed, schema: 's' },
      { ...signed, federation: 'f' },
      { ...signed, payload: { kind: 'plain', bytes: Uint8Array.of(1) } as const },
      { ...signed, relays: ['r'] },
    ]) {
      expect(checkEnvelopeSignature(changed, account)).toBe('sr25519 signature verification failed')
    }
  })

  it('cannot be asked of an ecdsa key, which has no place on the bus', () => {
    const ecdsa = keyPairFromUri('//Alice', 'ecdsa')
    expect(() => ecdsa.ok && signBytes(ecdsa.pair, message)).toThrow('ed25519 or sr25519')
  })
})
