// Bytes of the real chain: storage keys, extrinsics and what is signed of them, headers and their hashes.

import { describe, expect, test } from 'vitest'
import { devAccounts } from '../../src/chain/genesis.ts'
import { encodeHeader } from '../../src/chain/node/archive.ts'
import { immortal } from '../../src/chain/node/era.ts'
import {
  decodeExtrinsic,
  encodeSigned,
  encodeUnsigned,
  signedLength,
  signedPayload,
} from '../../src/chain/node/extrinsic.ts'
import { RuntimeCall } from '../../src/chain/types/outer.ts'
import { blake2b256 } from '../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../src/crypto/hex.ts'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { encodeToBytes } from '../../src/scale/codec.ts'
import { testChain } from './support/chain.ts'

const { alice, bob } = devAccounts
const aliceHashed =
  'de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d'

describe('storage keys', () => {
  const { state } = testChain().runtime
  const system = '0x26aa394eea5630e07c48ae0c9558cef7'
  const tfgrid = '0x19a2526838feefd7695a3b5715b415b1'
  const contracts = '0x44cb2e51a1811cda53a74b4395e03d57'
  const elevens = '11'.repeat(32)

  test.each<[string, string, unknown[], string]>([
    ['System', 'Number', [], `${system}02a5c1b19ab7a04f536c519aca4983ac`],
    ['System', 'Events', [], `${system}80d41e5e16056765bc8461851072c9d7`],
    [
      'System',
      'BlockHash',
      [0],
      `${system}a44704b568d21667356a5a050c118746b4def25cfda6ef3a00000000`,
    ],
    ['System', 'Account', [alice], `${system}b99d880ec681799c0cf30e8886371da9${aliceHashed}`],
    ['Timestamp', 'Now', [], '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb'],
    [
      'Session',
      'Validators',
      [],
      '0xcec5070d609dd3497f72bde07fc96ba088dcde934c658227ee1dfafcd6e16903',
    ],
    [
      'TfgridModule',
      'Twins',
      [1],
      `${tfgrid}311378229266fc86f673a3f4cf398e69d82c12285b5d4551f88e8f6e7eb52b8101000000`,
    ],
    [
      'TfgridModule',
      'TwinIdByAccountID',
      [alice],
      `${tfgrid}aca6514962aa3f0d58aff3524045f9e0${aliceHashed}`,
    ],
    [
      'TfgridModule',
      'FarmIdByName',
      ['freefarm'],
      `${tfgrid}e418a56ff34e81c0804c45f45aa5d213ff1794a6a574fd8c63fbf9eca2f3e2d820667265656661726d`,
    ],
    [
      'SmartContractModule',
      'Contracts',
      [1n],
      `${contracts}4342193e496fab7ec59d615ed0dc55309ea2d098b5f70192f96c06f38d3fbc970100000000000000`,
    ],
    [
      'SmartContractModule',
      'ContractIDByNodeIDAndHash',
      [1, '\x11'.repeat(32)],
      `${contracts}909385366f0e1dfc293f0a45f60df2d7d82c12285b5d4551f88e8f6e7eb52b81010000007f9c299f1d9bbe856fbf2c98f0f91435${elevens}`,
    ],
    [
      'SmartContractModule',
      'ContractIDByNameRegistration',
      ['demo'],
      `${contracts}364bdba29acc58a903c46b1daed736d11cf6e8cdb95a8755e0496149daee2afa1064656d6f`,
    ],
    [
      'TFKVStore',
      'TFKVStore',
      [alice, 'key'],
      `0xbd05d43493846b6a9b68833881cd4092bd05d43493846b6a9b68833881cd4092${aliceHashed}8ebbe3da38b535b21473832e5e1ef1e90c6b6579`,
    ],
    [
      'TFTPriceModule',
      'TftPrice',
      [],
      '0xd110469680c238196d735e80e7c805237bc77304ed8c88d024844d62633f8e38',
    ],
    [
      'Dao',
      'FarmWeight',
      [1],
      '0xa42582174a9b2a1542058833a11192691a9756db57d6783063a1643303477aee01000000',
    ],
  ])('of %s.%s', (pallet, name, keys, expected) => {
    const item = state.item(pallet, name)
    expect(item.rawKeyOf(keys)).toBe(expected)
    expect(state.locate(expected)).toEqual({ item, keys })
  })

  test('name nothing when they are cut, too long, or hashed wrongly', () => {
    const key = state.item('TfgridModule', 'Twins').rawKeyOf([1])
    expect(state.locate(key.slice(0, -2))).toBeNull()
    expect(state.locate(`${key}00`)).toBeNull()
    expect(state.locate(`${key.slice(0, -2)}01`)).toBeNull()
  })
})

describe('extrinsics', () => {
  const genesisHash = `0x${'99'.repeat(32)}`
  const context = { specVersion: 149, transactionVersion: 2, genesisHash, birthHash: genesisHash }
  const call = {
    pallet: 'Balances',
    name: 'transfer_keep_alive',
    args: { dest: { type: 'Id', value: bob }, value: 10_000_000n },
  }
  const callBytes = encodeToBytes(RuntimeCall, call)
  const signed =
    '0x3502840088dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee006cd05ab6acd0bd0283b5f9f61aa971598fb345540435cffee3a4d2f44c5a81f95fe87cd7390b521fa09d38fd8da0c9cb04daf87f5af9ec0aa1078b3b3dd53c0d0000001403008eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48025a6202'

  test('a call, what is signed of it, and the whole with its hash', () => {
    const transfer =
      '0x1403008eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48025a6202'
    expect(toHex(callBytes)).toBe(transfer)
    const payload = signedPayload({ callBytes, era: immortal, nonce: 0, tip: 0n }, context)
    expect(toHex(payload)).toBe(`${transfer}0000009500000002000000${'99'.repeat(64)}`)
    const made = keyPairFromUri('//Alice', 'ed25519')
    if (!made.ok) throw new TypeError(made.error)
    const { pair } = made
    const bytes = encodeSigned({
      signer: pair.accountId,
      scheme: 'ed25519',
      signature: pair.sign(payload),
      era: immortal,
      nonce: 0,
      tip: 0n,
      callBytes,
    })
    expect(toHex(bytes)).toBe(signed)
    expect(bytes).toHaveLength(143)
    expect(signedLength(callBytes.length, 0, 0n)).toBe(143)
    expect(toHex(blake2b256(bytes))).toBe(
      '0x57bf72a74398acbd7bd91ac81688a3552f3a42522b205bb131747591d4b68021',
    )
  })

  test('are read as they were made', () => {
    const read = decodeExtrinsic(fromHex(signed))
    expect(read).toMatchObject({
      ok: true,
      extrinsic: {
        scheme: 'ed25519',
        nonce: 0,
        tip: 0n,
        call,
        hash: '0x57bf72a74398acbd7bd91ac81688a3552f3a42522b205bb131747591d4b68021',
      },
    })
  })

  test('the timestamp has no signature', () => {
    const now = { pallet: 'Timestamp', name: 'set', args: { now: 1_700_000_000_000n } }
    expect(toHex(encodeUnsigned(now))).toBe('0x280401000b0068e5cf8b01')
  })
})

describe('headers', () => {
  test('hash to what clients compute', () => {
    const bytes = encodeHeader({
      parentHash: `0x${'aa'.repeat(32)}`,
      number: 26,
      stateRoot: `0x${'bb'.repeat(32)}`,
      extrinsicsRoot: `0x${'cc'.repeat(32)}`,
      digest: ['0x0661757261200100000000000000', `0x05617572610101${'dd'.repeat(64)}`],
    })
    expect(toHex(bytes).slice(0, 70)).toBe(`0x${'aa'.repeat(32)}68bb`)
    expect(toHex(blake2b256(bytes))).toBe(
      '0xb1ef5b0839bd740ee97c040323eb70c0c18d771aeb1d02fb28b2ff646f7ddd5c',
    )
  })
})

describe('events', () => {
  test('of an idle block are those of the timestamp', () => {
    const t = testChain()
    t.blocks(3)
    expect(toHex(t.chain.eventBytesOf(2))).toBe('0x04000000000000004248ed435517020000')
  })
})
