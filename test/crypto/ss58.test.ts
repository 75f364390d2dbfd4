// SS58 addresses, against known accounts and an independent library.

import { AccountId } from '@polkadot-api/substrate-bindings'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { decodeSs58, encodeSs58 } from '../../src/crypto/ss58.ts'

const ALICE = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'
const ALICE_KEY = fromHex('d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d')

describe('addresses', () => {
  it('encode with the prefix of TFChain', () => {
    expect(encodeSs58(ALICE_KEY)).toBe(ALICE)
    expect(decodeSs58(ALICE)).toEqual({ ok: true, publicKey: ALICE_KEY, prefix: 42 })
  })

  it('decode the staking pool account', () => {
    const pool = decodeSs58('5CNposRewardAccount11111111111111111111111111FSU')
    expect(pool.ok && toHex(pool.publicKey)).toBe(
      '0x0dd1d1a6e5a35aa8c7f5e57e1edd0c3fbd6abf2eaa8ef42548986e54a2562000',
    )
  })

  it('round-trip any key under any prefix, as an independent library does', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const prefix = fc.integer({ min: 0, max: 16383 }).filter(p => p !== 46 && p !== 47)
    fc.assert(
      fc.property(key, prefix, (publicKey, prefix) => {
        const address = encodeSs58(publicKey, prefix)
        expect(address).toBe(AccountId(prefix).dec(publicKey))
        expect(decodeSs58(address)).toEqual({ ok: true, publicKey, prefix })
      }),
      { numRuns: 60 },
    )
  })

  it('accept the same account of another network', () => {
    const polkadot = encodeSs58(ALICE_KEY, 0)
    expect(polkadot).toBe('15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5')
    expect(decodeSs58(polkadot)).toEqual({ ok: true, publicKey: ALICE_KEY, prefix: 0 })
  })

  it.each([
    ['', 'BadLength'],
    ['1', 'BadLength'],
    ['0', 'BadBase58'],
    ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQl', 'BadBase58'],
    ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ', 'InvalidChecksum'],
    ['5HrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY', 'InvalidChecksum'],
    ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKut', 'BadLength'],
    ['LUv', 'InvalidPrefix'],
    ['5Grwva EF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY', 'BadBase58'],
    ['5Grwvaé', 'BadBase58'],
    [encodeSs58(ALICE_KEY, 46), 'FormatNotAllowed'],
    [encodeSs58(ALICE_KEY, 47), 'FormatNotAllowed'],
  ])('say what is wrong with %j', (address, error) => {
    expect(decodeSs58(address)).toEqual({ ok: false, error })
  })

  it('are refused at any length', () => {
    expect(decodeSs58('1'.repeat(100_000))).toEqual({ ok: false, error: 'BadLength' })
    expect(decodeSs58(`${'1'.repeat(100_000)}0`)).toEqual({ ok: false, error: 'BadBase58' })
  })

  it('notice any single wrong character', () => {
    const index = fc.nat(ALICE.length - 1)
    const character = fc.constantFrom(
      ...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
    )
    fc.assert(
      fc.property(index, character, (i, c) => {
        fc.pre(ALICE[i] !== c)
        expect(decodeSs58(ALICE.slice(0, i) + c + ALICE.slice(i + 1)).ok).toBe(false)
      }),
    )
  })
})
