import { describe, expect, it } from 'vitest'
import { keyPairFromSeed } from '../../../src/crypto/keys.ts'
import { secp256k1PublicKey } from '../../../src/crypto/secp256k1.ts'
import { Kernel } from '../../../src/kernel/kernel.ts'
import { EncryptionKeys } from '../../../src/zos/lifecycle/encryption-keys.ts'
import { Identities } from '../../../src/zos/lifecycle/identity.ts'

const randomOf = (seed: string) => new Kernel({ seed, startAt: 0 }).random

describe('the encryption keys of nodes', () => {
  it('are those of their secrets, in every block and at its edges', () => {
    const keys = new EncryptionKeys(randomOf('keys'))
    for (const index of [0, 1, 2, 127, 128, 255, 256, 257, 511, 512, 99_999]) {
      expect(keys.publicKeyOf(index)).toEqual(secp256k1PublicKey(keys.secretOf(index)))
    }
  })

  it('are others for another seed, and the same for the same', () => {
    const keyOf = (seed: string) => new EncryptionKeys(randomOf(seed)).publicKeyOf(7)
    expect(keyOf('a')).toEqual(keyOf('a'))
    expect(keyOf('a')).not.toEqual(keyOf('b'))
  })
})

describe('the identity of a node', () => {
  it('signs as the key of its secret, whether it is kept or light', () => {
    const identities = new Identities(randomOf('identity'))
    const { pair, secret } = identities.of(3)
    const own = keyPairFromSeed(secret, 'ed25519')
    const light = identities.lightPairOf(3)
    const message = Uint8Array.from([1, 2, 3])
    for (const key of [pair, light]) {
      expect(key.accountId).toBe(own.accountId)
      expect(key.address).toBe(own.address)
      expect(key.publicKey).toEqual(own.publicKey)
      expect(key.seed).toEqual(own.seed)
      expect(key.sign(message)).toEqual(own.sign(message))
    }
  })

  it('comes back the same after many others were made', () => {
    const identities = new Identities(randomOf('many'))
    const { accountId } = identities.lightPairOf(1)
    for (let index = 2; index < 1500; index += 1) identities.pairOf(index)
    expect(identities.of(1).pair.accountId).toBe(accountId)
  })
})
