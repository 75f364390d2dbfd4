// Verification of bytes that nobody promised anything about.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blake2b256 } from '../../src/crypto/hash.ts'
import { fromHex } from '../../src/crypto/hex.ts'
import { LruMap } from '../../src/crypto/internal/lru.ts'
import type { Scheme } from '../../src/crypto/keys.ts'
import { keyPairFromSeed } from '../../src/crypto/keys.ts'
import { secp256k1Recover, secp256k1SharedKey } from '../../src/crypto/secp256k1.ts'
import { verifySignature } from '../../src/crypto/verify.ts'

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const ecdsa = keyPairFromSeed(new Uint8Array(32).fill(9), 'ecdsa')
const message = new TextEncoder().encode('pay bob')

describe('verification', () => {
  it.each<Scheme>(['ed25519', 'sr25519', 'ecdsa'])('of %s answers no to garbage', scheme => {
    const sizes = fc.constantFrom(0, 1, 31, 32, 33, 63, 64, 65, 66, 200)
    const bytes = sizes.chain(size => fc.uint8Array({ minLength: size, maxLength: size }))
    fc.assert(
      fc.property(bytes, bytes, bytes, (account, message, signature) => {
        expect(verifySignature({ scheme, account, message, signature })).toBe(false)
      }),
      { numRuns: 100 },
    )
  })

  it.each<Scheme>(['ed25519', 'sr25519', 'ecdsa'])('of %s answers no to edges', scheme => {
    for (const account of [new Uint8Array(32).fill(255), new Uint8Array(32).fill(2)]) {
      for (const fill of [0, 1, 127, 128, 255]) {
        for (const size of [64, 65]) {
          const signature = new Uint8Array(size).fill(fill)
          expect(verifySignature({ scheme, account, message, signature })).toBe(false)
        }
      }
    }
  })
})

describe('ecdsa', () => {
  const account = fromHex(ecdsa.accountId)
  const signature = ecdsa.sign(message)
  const claim = { scheme: 'ecdsa', account, message, signature } as const

  it('is checked against the account or against the key', () => {
    expect(verifySignature(claim)).toBe(true)
    expect(verifySignature({ ...claim, account: ecdsa.publicKey })).toBe(true)
    expect(secp256k1Recover(blake2b256(message), signature)).toEqual(ecdsa.publicKey)
  })

  it('takes v as Ethereum writes it', () => {
    const ethereum = Uint8Array.from(signature)
    ethereum[64]! += 27
    expect(verifySignature({ ...claim, signature: ethereum })).toBe(true)
    ethereum[64]! += 4
    expect(verifySignature({ ...claim, signature: ethereum })).toBe(false)
  })

  it('takes the negated s, as the chain does', () => {
    const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString('hex')}`)
    const negated = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex')
    const twin = Uint8Array.from([...signature.subarray(0, 32), ...negated, signature[64]! ^ 1])
    expect(verifySignature({ ...claim, signature: twin })).toBe(true)
  })

  it('keeps working after input that has no key', () => {
    const hash = blake2b256(message)
    for (const [r, s] of [
      [0n, 1n],
      [1n, 0n],
      [ORDER, 1n],
      [1n, ORDER],
      [5n, 5n],
    ] as const) {
      const bytes = (n: bigint) => Buffer.from(n.toString(16).padStart(64, '0'), 'hex')
      secp256k1Recover(hash, Uint8Array.from([...bytes(r), ...bytes(s), 0]))
    }
    expect(verifySignature(claim)).toBe(true)
  })
})

describe('shared keys', () => {
  const secret = new Uint8Array(32).fill(1)

  it('need a secret in range and a point of the curve', () => {
    const badPoint = Uint8Array.from([2, ...new Uint8Array(32).fill(255)])
    expect(secp256k1SharedKey(secret, badPoint)).toEqual({
      ok: false,
      error: 'malformed public key',
    })
    expect(secp256k1SharedKey(secret, new Uint8Array(0)).ok).toBe(false)
    expect(secp256k1SharedKey(secret, new Uint8Array(32)).ok).toBe(false)
    for (const bad of [new Uint8Array(32), new Uint8Array(32).fill(255), new Uint8Array(31)]) {
      expect(secp256k1SharedKey(bad, ecdsa.publicKey)).toEqual({
        ok: false,
        error: 'malformed or out-of-range secret key',
      })
    }
  })

  it('are remembered', () => {
    const first = secp256k1SharedKey(secret, ecdsa.publicKey)
    const second = secp256k1SharedKey(Uint8Array.from(secret), Uint8Array.from(ecdsa.publicKey))
    expect(first.ok && second.ok && first.key === second.key).toBe(true)
  })
})

describe('the bounded map', () => {
  it('forgets what was longest unused', () => {
    const map = new LruMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2])
    map.set('a', 4)
    map.set('d', 5)
    expect([map.get('a'), map.get('c'), map.size]).toEqual([4, undefined, 2])
  })
})
