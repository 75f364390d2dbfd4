// Key pairs: the known accounts of a development chain, secrets of every form, and what each scheme signs.

import { describe, expect, it } from 'vitest'
import { blake2b256 } from '../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import type { KeyPair, Scheme } from '../../src/crypto/keys.ts'
import { keyPairFromSeed, keyPairFromUri } from '../../src/crypto/keys.ts'
import { generateMnemonic, isMnemonic, mnemonicToMiniSecret } from '../../src/crypto/mnemonic.ts'
import { secp256k1PublicKey } from '../../src/crypto/secp256k1.ts'
import { DEV_PHRASE, parseSecretSeed } from '../../src/crypto/secret-uri.ts'
import { verifySignature } from '../../src/crypto/verify.ts'
import { rmbVectors } from '../rmb/vectors.ts'

const SCHEMES: readonly Scheme[] = ['ed25519', 'sr25519', 'ecdsa']

function pairOf(uri: string, scheme: Scheme): KeyPair {
  const result = keyPairFromUri(uri, scheme)
  if (!result.ok) expect.unreachable(`${uri}: ${result.error}`)
  return result.pair
}

describe('development accounts', () => {
  it.each([
    [
      '//Alice',
      '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
      '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
    ],
    [
      '//Bob',
      '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
      '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
    ],
    [
      '//Charlie',
      '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
      '5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y',
    ],
    [
      '//Dave',
      '0x306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20',
      '5DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy',
    ],
    [
      '//Eve',
      '0xe659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
      '5HGjWAeFDfFCWPsjFQdVV2Msvz2XtMktvgocEZcCj68kUMaw',
    ],
    [
      '//Ferdie',
      '0x1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
      '5CiPPseXPECbkjWCa6MnjNokrgYjMqmKndv2rSnekmSK2DjL',
    ],
    [
      '//Alice//stash',
      '0xbe5ddb1579b72e84524fc29e78609e3caf42e85aa118ebfe0b0ad404b5bdd25f',
      '5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLctxiZY',
    ],
    [
      '//Bob//stash',
      '0xfe65717dad0447d715f660a0a58411de509b42e6efb8375f562f58a554d5860e',
      '5HpG9w8EBLe5XCrbczpwq5TSXvedjrBGCwqxK1iQ7qUsSWFc',
    ],
    [
      'quarter between satisfy three sphere six soda boss cute decade old trend',
      '0x68aada8736ad940b2d7e13d8686411b2a0efca3f8ef6c20aac258ad57b5f692a',
      '5ERwbFNyN5DTnpY9QaNBVQYXhHc4Ftugup6esTBjzzRCut4L',
    ],
    [
      'employ split promote annual couple elder remain cricket company fitness senior fiscal',
      '0x08eb2ee1d96b113f489dcda348b296fe74e4c54706287ff874ac587da7ca0c1f',
      '5CGQ6zra7qXw4RNVwUYM4bxHjxdj9VZH7DKsDwhfBCgVPmUZ',
    ],
    [
      'remind bird banner word spread volume card keep want faith insect mind',
      '0x12c97c156fea423e3b0a35361a7c8c9925dafdd20c5451507c4725c546224722',
      '5CVLaAHnvdX1CBsaKFKgfyfb91y5ApNP7FLSaczKginip1ho',
    ],
  ])('%s', (uri, accountId, address) => {
    const pair = pairOf(uri, 'sr25519')
    expect(pair.accountId).toBe(accountId)
    expect(pair.address).toBe(address)
  })

  it('have the known ed25519 and ecdsa keys', () => {
    expect(pairOf('//Alice', 'ed25519').address).toBe(
      '5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu',
    )
    expect(
      pairOf('quarter between satisfy three sphere six soda boss cute decade old trend', 'ed25519')
        .address,
    ).toBe('5HWJisMAZmbHsB7svGpDb7rmsRFJfyMcLKxsDffPUUzHt7x9')
    const alice = pairOf('//Alice', 'ecdsa')
    expect(toHex(alice.publicKey)).toBe(
      '0x020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1',
    )
    expect(alice.address).toBe('5C7C2Z5sWbytvHpuLTvzKunnnRwQxft1jiqrLD5rhucQ5S9X')
  })

  it('sign the known extrinsic', () => {
    const hash = '99'.repeat(32)
    const payload = fromHex(
      `1403008eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48025a6202000000` +
        `9500000002000000${hash}${hash}`,
    )
    expect(toHex(pairOf('//Alice', 'ed25519').sign(payload))).toBe(
      '0x6cd05ab6acd0bd0283b5f9f61aa971598fb345540435cffee3a4d2f44c5a81f95fe87cd7390b521fa09d38fd8da0c9cb04daf87f5af9ec0aa1078b3b3dd53c0d',
    )
  })
})

describe('secrets', () => {
  it('are the development phrase when only a path is given', () => {
    expect(pairOf('//Alice', 'sr25519').accountId).toBe(
      pairOf(`${DEV_PHRASE}//Alice`, 'sr25519').accountId,
    )
    expect(pairOf('', 'sr25519').accountId).toBe(pairOf(DEV_PHRASE, 'sr25519').accountId)
  })

  it('may be a hex seed with a path', () => {
    const seed = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e'
    expect(pairOf(seed, 'sr25519').accountId).toBe(pairOf(DEV_PHRASE, 'sr25519').accountId)
    expect(pairOf(`${seed}//Alice`, 'sr25519').accountId).toBe(
      pairOf('//Alice', 'sr25519').accountId,
    )
  })

  // From the key-derivation tests of Substrate and polkadot-js.
  it('take soft, numbered and long junctions', () => {
    expect(pairOf('/Alice', 'sr25519').accountId).toBe(
      '0xd6c71059dbbe9ad2b0ed3f289738b800836eb425544ce694825285b958ca755e',
    )
    const long = pairOf(`//${'a'.repeat(40)}`, 'ed25519')
    const code = blake2b256(Buffer.from(`\xa0${'a'.repeat(40)}`, 'latin1'))
    const root = pairOf('', 'ed25519').seed!
    const seed = blake2b256(Buffer.concat([Buffer.from('\x2cEd25519HDKD'), root, code]))
    expect(long.accountId).toBe(keyPairFromSeed(seed, 'ed25519').accountId)
    expect(pairOf('//1', 'sr25519').accountId).toBe(pairOf('//01', 'sr25519').accountId)
    expect(pairOf('//1', 'sr25519').accountId).not.toBe(pairOf('/1', 'sr25519').accountId)
  })

  it('may have a password, in which slashes are nothing special', () => {
    expect(pairOf(`${DEV_PHRASE}///password`, 'sr25519').accountId).toBe(
      '0xb69355deefa7a8f33e9297f5af22e680f03597a99d4f4b1c44be47e7a2275802',
    )
    expect(pairOf('//x///a//b', 'sr25519').accountId).not.toBe(
      pairOf('//x///a', 'sr25519').accountId,
    )
  })

  it.each<[string, Scheme, string]>([
    ['not a phrase at all', 'sr25519', 'InvalidPhrase'],
    [DEV_PHRASE.replace('walk', 'lonely'), 'sr25519', 'InvalidPhrase'],
    ['0x1234', 'ed25519', 'InvalidSeed'],
    ['0xinvalidseed', 'ed25519', 'InvalidSeed'],
    [`0x${'zz'.repeat(32)}`, 'ed25519', 'InvalidSeed'],
    ['//Alice/soft', 'ed25519', 'InvalidPath'],
    ['/soft', 'ecdsa', 'InvalidPath'],
    ['bottom-drive', 'sr25519', 'InvalidFormat'],
    ['//', 'sr25519', 'InvalidFormat'],
  ])('are refused when wrong: %s for %s', (uri, scheme, error) => {
    expect(keyPairFromUri(uri, scheme)).toEqual({ ok: false, error })
  })
})

describe('phrases', () => {
  it('stand for their entropy', () => {
    expect(generateMnemonic(new Uint8Array(16))).toBe(`${'abandon '.repeat(11)}about`)
    expect(isMnemonic(generateMnemonic(new Uint8Array(32).fill(0x7f)))).toBe(true)
    expect(isMnemonic('abandon '.repeat(12))).toBe(false)
    expect(isMnemonic('')).toBe(false)
  })

  it('make the published mini secrets', () => {
    // substrate-bip39: src/lib.rs, its test vectors.
    const about = `${'abandon '.repeat(11)}about`
    expect(toHex(mnemonicToMiniSecret(about, 'Substrate')!)).toBe(
      '0x44e9d125f037ac1d51f0a7d3649689d422c2af8b1ec8e00d71db4d7bf6d127e3',
    )
    expect(mnemonicToMiniSecret('abandon')).toBeUndefined()
  })

  it.each(rmbVectors('keys'))('make the keys of vector $id', ({ secret, ...expected }) => {
    const seed = parseSecretSeed(secret)!
    expect(toHex(seed)).toBe(`0x${expected.miniSecretHex}`)
    for (const scheme of ['sr25519', 'ed25519'] as const) {
      const pair = keyPairFromSeed(seed, scheme)
      expect(toHex(pair.publicKey)).toBe(`0x${expected[scheme].publicHex}`)
      expect(pair.address).toBe(expected[scheme].ss58)
    }
    expect(toHex(secp256k1PublicKey(seed)!)).toBe(expected.e2e.compressedPublicHex)
  })

  it.each(rmbVectors('keyErrors'))('make a key or none: vector $id', ({ secret, result }) => {
    const seed = parseSecretSeed(secret)
    if (result.publicKey === undefined) expect(seed).toBeUndefined()
    else expect(toHex(secp256k1PublicKey(seed!)!)).toBe(result.publicKey)
  })
})

describe('signatures', () => {
  const message = new TextEncoder().encode('a message')

  it.each(SCHEMES)('of %s verify, and nothing else does', scheme => {
    const pair = pairOf('//Alice', scheme)
    const account = fromHex(pair.accountId)
    const signature = pair.sign(message)
    const claim = { scheme, account, message, signature }
    expect(verifySignature(claim)).toBe(true)
    expect(verifySignature({ ...claim, message: signature })).toBe(false)
    expect(verifySignature({ ...claim, account: fromHex(pairOf('//Bob', scheme).accountId) })).toBe(
      false,
    )
    for (let i = 0; i < signature.length; i += 7) {
      const changed = Uint8Array.from(signature)
      changed[i]! ^= 1
      expect(verifySignature({ ...claim, signature: changed })).toBe(false)
    }
    for (const other of SCHEMES.filter(s => s !== scheme)) {
      expect(verifySignature({ ...claim, scheme: other })).toBe(false)
    }
  })

  it.each(SCHEMES)('of %s sign an empty message too', scheme => {
    const pair = pairOf('//Alice', scheme)
    const empty = new Uint8Array()
    const claim = { scheme, account: fromHex(pair.accountId), message: empty }
    expect(verifySignature({ ...claim, signature: pair.sign(empty) })).toBe(true)
  })

  it('of ed25519 and ecdsa are the same each time, of sr25519 never', () => {
    for (const scheme of SCHEMES) {
      const pair = pairOf('//Alice', scheme)
      const signatures = new Set([toHex(pair.sign(message)), toHex(pair.sign(message))])
      expect(signatures.size).toBe(scheme === 'sr25519' ? 2 : 1)
    }
  })

  it('of a pair whose seed array was changed afterwards stay its own', () => {
    const seed = new Uint8Array(32).fill(3)
    const before = keyPairFromSeed(seed, 'ed25519')
    const account = keyPairFromSeed(seed, 'ed25519').accountId
    seed.fill(4)
    expect(before.accountId).toBe(account)
  })
})
