// End-to-end encryption, against ciphers of the real client.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { secp256k1PublicKey, secp256k1SharedKey } from '../../src/crypto/secp256k1.ts'
import {
  decryptPayload,
  decryptWithKey,
  encryptPayload,
  encryptWithKey,
} from '../../src/rmb/cipher.ts'
import { protocolErrors } from '../../src/rmb/errors.ts'
import { rmbVectors, seedOf } from './vectors.ts'

describe('shared keys', () => {
  it.each(rmbVectors('sharedKey'))('are the same on both sides: $id', vector => {
    const { secretA, publicA, secretB, publicB, sharedKeyHex } = vector
    const key = fromHex(sharedKeyHex)
    expect(toHex(secp256k1PublicKey(seedOf(secretA))!)).toBe(publicA)
    expect(toHex(secp256k1PublicKey(seedOf(secretB))!)).toBe(publicB)
    expect(secp256k1SharedKey(seedOf(secretA), fromHex(publicB))).toEqual({ ok: true, key })
    expect(secp256k1SharedKey(seedOf(secretB), fromHex(publicA))).toEqual({ ok: true, key })
  })
})

describe('ciphers of the real client', () => {
  it.each(rmbVectors('cipher'))('open, and are made again byte for byte: $id', vector => {
    const receiver = {
      secret: seedOf(vector.receiverSecret),
      publicKey: fromHex(vector.senderPublic),
    }
    const opened = decryptPayload(receiver, fromHex(vector.cipherHex))
    expect(opened.ok && Buffer.from(opened.bytes).toString()).toBe(vector.plaintextUtf8)
    const sender = {
      secret: seedOf(vector.senderSecret),
      publicKey: fromHex(vector.receiverPublic),
    }
    const plain = new TextEncoder().encode(vector.plaintextUtf8)
    const bytes = fromHex(vector.cipherHex)
    expect(encryptPayload(sender, plain, fromHex(vector.nonceHex))).toEqual({ ok: true, bytes })
  })

  it.each(rmbVectors('cipherBad'))('do not open when $note', vector => {
    const keys = {
      secret: seedOf(vector.receiverSecret),
      publicKey: fromHex(vector.senderPublic),
    }
    expect(decryptPayload(keys, fromHex(vector.cipherHex))).toEqual({
      ok: false,
      error: 'invalid cipher data',
    })
  })
})

describe('encryption', () => {
  const secret = new Uint8Array(32).fill(1)
  const publicKey = secp256k1PublicKey(new Uint8Array(32).fill(2))!
  const nonce = new Uint8Array(12)

  it('round-trips anything, and notices any change', () => {
    const key = new Uint8Array(32).fill(7)
    const nonces = fc.uint8Array({ minLength: 12, maxLength: 12 })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), nonces, fc.nat(), (plain, nonce, place) => {
        const sealed = encryptWithKey(key, plain, nonce)
        expect(sealed).toHaveLength(plain.length + 28)
        expect(decryptWithKey(key, sealed)).toEqual({ ok: true, bytes: plain })
        sealed[place % sealed.length]! ^= 1
        expect(decryptWithKey(key, sealed).ok).toBe(false)
        expect(decryptWithKey(key, sealed.subarray(0, place % sealed.length)).ok).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  it('tells what is wrong in the words of the bus', () => {
    const plain = new Uint8Array(3)
    const badPoint = new Uint8Array(33)
    const publicKeyFault = { ok: false, error: 'k256: malformed public key' } as const
    expect(encryptPayload({ secret, publicKey: badPoint }, plain, nonce)).toEqual(publicKeyFault)
    expect(decryptPayload({ secret, publicKey: badPoint }, new Uint8Array(28))).toEqual(
      publicKeyFault,
    )
    // Too short is noticed before the key is.
    expect(decryptPayload({ secret, publicKey: badPoint }, new Uint8Array(11))).toEqual({
      ok: false,
      error: 'invalid cipher data',
    })
    const zero = new Uint8Array(32)
    expect(encryptPayload({ secret: zero, publicKey }, plain, nonce)).toEqual({
      ok: false,
      error: 'k256: malformed or out-of-range secret key',
    })
    expect(protocolErrors.endToEnd('invalid cipher data')).toEqual({
      code: 106,
      message: 'e2e error: invalid cipher data',
    })
  })

  it('insists on a nonce of twelve bytes', () => {
    expect(() => encryptPayload({ secret, publicKey }, nonce, new Uint8Array(11))).toThrow('nonce')
  })
})
