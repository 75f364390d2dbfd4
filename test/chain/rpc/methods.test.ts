// What the methods answer: blocks, state, the runtime's functions, fees, and the node itself.

import { afterEach, describe, expect, it } from 'vitest'
import { encodeHeader, type Header } from '../../../src/chain/node/archive.ts'
import { historyWindow } from '../../../src/chain/node/chain.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { RuntimeVersion } from '../../../src/chain/pallets/system/types.ts'
import { headerJson } from '../../../src/chain/rpc/internal/json.ts'
import { runtimeVersion, runtimeVersionJson } from '../../../src/chain/runtime/version.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../../src/crypto/hex.ts'
import { encodeToHex } from '../../../src/scale/codec.ts'
import {
  alice,
  bob,
  type Client,
  edith,
  signed,
  someMetadata,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  transfer,
} from './support.ts'

const open: TestServer[] = []

async function start(
  options: TestServerOptions = {},
): Promise<{ grid: TestServer; client: Client }> {
  const grid = await startTestServer(options)
  open.push(grid)
  return { grid, client: await grid.connect() }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(grid => grid.close()))
})

const makeBlock = (grid: TestServer): number => grid.driver.enter(() => grid.chain.makeBlock())
const hashOf = (grid: TestServer, block: number): string => grid.chain.archive.hashOf(block)
const pay = transfer(bob.accountId, 10_000_000n)
const nowhere = `0x${'ab'.repeat(32)}`
const accountKey = (grid: TestServer, account: string): string =>
  grid.chain.state.item('System', 'Account').rawKeyOf([account])

describe('the runtime version', () => {
  const expected = {
    specName: 'substrate-threefold',
    implName: 'substrate-threefold',
    authoringVersion: 1,
    specVersion: 153,
    implVersion: 1,
    apis: [
      ['0xdf6acb689907609b', 4],
      ['0x37e397fc7c91f5e4', 2],
      ['0x40fe3ad401f8959a', 6],
      ['0xd2bc9897eed08f15', 3],
      ['0xf78b278be53f454c', 2],
      ['0xdd718d5cc53262d4', 1],
      ['0xab3c0572291feb8b', 1],
      ['0xed99c5acb25eedf5', 3],
      ['0xbc9d89904f5b923f', 1],
      ['0x37c8bb1350a9a2a8', 4],
    ],
    transactionVersion: 2,
    stateVersion: 0,
  }

  it('is the one that the metadata carry', () => {
    expect(system.constants.Version?.value).toEqual(runtimeVersion)
    expect(JSON.stringify(runtimeVersionJson(runtimeVersion))).toBe(JSON.stringify(expected))
  })

  it('is told in JSON, in SCALE, at any block, and to subscribers at once', async () => {
    const { grid, client } = await start()
    expect(await client.call('state_getRuntimeVersion')).toEqual(expected)
    expect(await client.call('chain_getRuntimeVersion', hashOf(grid, 0))).toEqual(expected)
    expect(await client.call('state_call', 'Core_version', '0x')).toBe(
      encodeToHex(RuntimeVersion, runtimeVersion),
    )
    const id = await client.subscribe('chain_subscribeRuntimeVersion')
    const first = await client.next()
    expect(first).toMatchObject({
      method: 'state_runtimeVersion',
      params: { subscription: id, result: expected },
    })
  })
})

describe('blocks', () => {
  it('have headers from which clients compute their hash', () => {
    const header: Header = {
      parentHash: `0x${'aa'.repeat(32)}`,
      number: 26,
      stateRoot: `0x${'bb'.repeat(32)}`,
      extrinsicsRoot: `0x${'cc'.repeat(32)}`,
      digest: ['0x0661757261200100000000000000', `0x05617572610101${'dd'.repeat(64)}`],
    }
    expect(JSON.parse(headerJson(header))).toEqual({
      parentHash: header.parentHash,
      number: '0x1a',
      stateRoot: header.stateRoot,
      extrinsicsRoot: header.extrinsicsRoot,
      digest: { logs: header.digest },
    })
    expect(toHex(blake2b256(encodeHeader(header)))).toBe(
      '0xb1ef5b0839bd740ee97c040323eb70c0c18d771aeb1d02fb28b2ff646f7ddd5c',
    )
  })

  it('are found by number, hex number, list, or nothing', async () => {
    const { grid, client } = await start()
    makeBlock(grid)
    const [genesis, first, second] = [0, 1, 2].map(number => hashOf(grid, number))
    expect(await client.call('chain_getBlockHash')).toBe(second)
    expect(await client.call('chain_getHead', null)).toBe(second)
    expect(await client.call('chain_getBlockHash', 0)).toBe(genesis)
    expect(await client.call('chain_getBlockHash', '0x1')).toBe(first)
    expect(await client.call('chain_getBlockHash', 99)).toBe(null)
    expect(await client.call('chain_getBlockHash', [0, '0x2', 7])).toEqual([genesis, second, null])
    expect(await client.call('chain_getBlockHash', [])).toEqual([])
  })

  it.each([
    [-1, -32602, 'ListOrValue'],
    [1.5, -32602, 'ListOrValue'],
    ['12', -32602, 'ListOrValue'],
    ['0x', -32602, 'ListOrValue'],
    [{}, -32602, 'ListOrValue'],
  ])('have no number %j', async (given, code, data) => {
    const { client } = await start()
    const { error } = await client.ask('chain_getBlockHash', given)
    expect(error).toMatchObject({ code, message: 'Invalid params' })
    expect(error?.data).toContain(data)
  })

  it('have no number above 32 bits', async () => {
    const { client } = await start()
    expect((await client.ask('chain_getBlockHash', 2 ** 32)).error).toEqual({
      code: 3001,
      message: '`Number(4294967296)` > u32::max_value(), the max block number is u32.',
    })
  })

  it('are told with their extrinsics', async () => {
    const { grid, client } = await start()
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    grid.driver.enter(() => {
      grid.chain.submitBytes(fromHex(bytes))
      grid.chain.submit(pay, { signer: bob.accountId })
      grid.chain.makeBlock()
    })
    const hash = await client.call('chain_getBlockHash')
    const block = (await client.call('chain_getBlock', hash)) as {
      block: { header: unknown; extrinsics: string[] }
      justifications: null
    }
    expect(Object.keys(block)).toEqual(['block', 'justifications'])
    expect(block.justifications).toBe(null)
    expect(block.block.header).toEqual(await client.call('chain_getHeader'))
    expect(block.block.extrinsics).toHaveLength(3)
    expect(block.block.extrinsics[0]).toMatch(/^0x280401000b/)
    expect(block.block.extrinsics[1]).toBe(bytes)
    expect(await client.call('chain_getBlock', hashOf(grid, 0))).toMatchObject({
      block: { header: { number: '0x0', digest: { logs: [] } }, extrinsics: [] },
    })
  })

  it('that nobody knows are null', async () => {
    const { client } = await start()
    expect(await client.call('chain_getHeader', nowhere)).toBe(null)
    expect(await client.call('chain_getBlock', nowhere)).toBe(null)
  })

  it.each([
    ['0x12', 'invalid length 2, expected a (both 0x-prefixed or not) hex string or byte array'],
    [5, 'invalid type: integer `5`'],
    [true, 'invalid type: boolean `true`'],
    [{}, 'invalid type: map'],
  ])('have no hash %j', async (given, data) => {
    const { client } = await start()
    const { error } = await client.ask('chain_getHeader', given)
    expect(error).toMatchObject({ code: -32602, message: 'Invalid params' })
    expect(error?.data).toContain(data)
  })
})

describe('storage', () => {
  it('is read by key at the best block and at any other', async () => {
    const { grid, client } = await start()
    const key = accountKey(grid, bob.accountId)
    const before = await client.call('state_getStorage', key)
    expect(before).toMatch(/^0x00000000/)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    expect(await client.call('state_getStorage', key)).not.toBe(before)
    expect(await client.call('state_getStorageAt', key, hashOf(grid, 1))).toBe(before)
    expect(await client.call('state_getStorage', key, null)).not.toBe(before)
    expect(await client.call('state_getStorage', key.slice(2).toUpperCase())).not.toBe(null)
    expect(await client.call('state_getStorage', accountKey(grid, nowhere))).toBe(null)
    expect(await client.call('state_getStorage', '0x1234')).toBe(null)
    const bytes = fromHex(before as string)
    expect(await client.call('state_getStorageHash', key, hashOf(grid, 1))).toBe(
      toHex(blake2b256(bytes)),
    )
    expect(await client.call('state_getStorageSize', key)).toBe(bytes.length)
    expect(await client.call('state_getStorageHash', '0x1234')).toBe(null)
    expect(await client.call('state_getStorageSize', '0x1234')).toBe(null)
    const accounts = key.slice(0, 66)
    const keys = (await client.call('state_getKeys', accounts)) as string[]
    expect(await client.call('state_getStorageSize', accounts)).toBe(keys.length * bytes.length)
  })

  it('is queried for many keys at one block', async () => {
    const { grid, client } = await start()
    const keys = [accountKey(grid, alice.accountId), accountKey(grid, nowhere)]
    const [value] = [await client.call('state_getStorage', keys[0])]
    expect(await client.call('state_queryStorageAt', keys)).toEqual([
      {
        block: hashOf(grid, 1),
        changes: [
          [keys[0], value],
          [keys[1], null],
        ],
      },
    ])
    expect(await client.call('state_queryStorageAt', keys, hashOf(grid, 0))).toMatchObject([
      { block: hashOf(grid, 0) },
    ])
    expect(await client.call('state_queryStorageAt', [])).toEqual([])
  })

  it('is queried over a range of blocks', async () => {
    const { grid, client } = await start({ blocks: 'manual' })
    makeBlock(grid)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    makeBlock(grid)
    const key = accountKey(grid, bob.accountId)
    const sets = await client.call('state_queryStorage', [key], hashOf(grid, 0))
    expect(sets).toEqual([
      { block: hashOf(grid, 0), changes: [[key, grid.chain.state.rawValue(key, 0)]] },
      { block: hashOf(grid, 2), changes: [[key, grid.chain.state.rawValue(key, 2)]] },
    ])
    const backwards = await client.ask(
      'state_queryStorage',
      [key],
      hashOf(grid, 2),
      hashOf(grid, 1),
    )
    expect(backwards.error).toMatchObject({
      code: 4001,
      message: expect.stringMatching(/^Cannot resolve a block range \[.*from number > to number$/),
    })
    expect((await client.ask('state_queryStorage', [key], nowhere)).error?.code).toBe(4001)
  })

  it('lists keys page by page, in byte order, each page after a start key', async () => {
    const { grid, client } = await start()
    const prefix = accountKey(grid, alice.accountId).slice(0, 66)
    const all = (await client.call('state_getKeys', prefix)) as string[]
    expect(all).toEqual([...all].sort())
    expect(all).toContain(accountKey(grid, edith.accountId))
    const paged: string[] = []
    for (let start = prefix; ; ) {
      const page = (await client.call('state_getKeysPaged', prefix, 3, start)) as string[]
      paged.push(...page)
      if (page.length < 3) break
      start = page[2]!
    }
    expect(paged).toEqual(all)
    expect(await client.call('state_getKeysPaged', prefix, 1000)).toEqual(all)
    expect(await client.call('state_getKeysPaged', prefix, 0)).toEqual([])
    expect(await client.call('state_getKeysPaged', prefix, 10, all.at(-1))).toEqual([])
    expect(await client.call('state_getKeysPaged', null, 1)).toHaveLength(1)
    expect(await client.call('state_getPairs', prefix)).toEqual(
      all.map(key => [key, grid.chain.state.rawValue(key, 1)]),
    )
    expect((await client.ask('state_getKeysPaged', prefix, 1001)).error).toEqual({
      code: 4002,
      message: 'count exceeds maximum value. value: 1001, max: 1000',
    })
    expect((await client.ask('state_getKeysPaged', prefix, -1)).error?.data).toContain(
      'invalid value: integer `-1`, expected u32',
    )
  })

  const readers: [string, unknown[]][] = [
    ['state_getStorage', ['0x12']],
    ['state_getStorageHash', ['0x12']],
    ['state_getStorageSize', ['0x12']],
    ['state_queryStorageAt', [['0x12']]],
    ['state_getKeysPaged', ['0x12', 1, null]],
    ['state_getKeys', ['0x12']],
    ['state_getPairs', ['0x12']],
    ['state_call', ['Core_version', '0x']],
  ]

  it.each(readers)('cannot be read by %s at an unknown block', async (name, params) => {
    const { client } = await start()
    expect((await client.ask(name, ...params, nowhere)).error).toEqual({
      code: -32000,
      message: `Client error: UnknownBlock: Header was not found in the database: ${nowhere}`,
    })
  })

  it('cannot be read once its block is out of the window', async () => {
    const { grid, client } = await start()
    const old = hashOf(grid, 5 - 4)
    grid.driver.advance((historyWindow + 50) * 6000)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    for (const [name, params] of readers) {
      expect((await client.ask(name, ...params, old)).error).toEqual({
        code: -32000,
        message: `Client error: UnknownBlock: State already discarded for ${old}`,
      })
    }
    expect(await client.call('chain_getHeader', old)).toMatchObject({ number: '0x1' })
    expect(await client.call('chain_getBlockHash', 1)).toBe(old)
    expect((await client.ask('state_queryStorage', ['0x12'], old)).error?.code).toBe(-32000)
  })
})

describe('the runtime', () => {
  const run = (client: Client, name: string, args = '0x', at: string | null = null) =>
    client.call('state_call', name, args, at)
  const somewhere = 'ab'.repeat(32)

  it('gives its metadata in each wrapping', async () => {
    const { client } = await start()
    const hex = toHex(someMetadata)
    expect(await client.call('state_getMetadata')).toBe(hex)
    expect(await run(client, 'Metadata_metadata')).toBe(`0x20${hex.slice(2)}`)
    expect(await run(client, 'Metadata_metadata_versions')).toBe('0x040e000000')
    expect(await run(client, 'Metadata_metadata_at_version', '0x0e000000')).toBe(
      `0x0120${hex.slice(2)}`,
    )
    expect(await run(client, 'Metadata_metadata_at_version', '0x0f000000')).toBe('0x00')
  })

  it('lists every version of the metadata that it has', async () => {
    const made = (version: number) => someMetadata.with(4, version)
    const all = await start({ metadata: made })
    expect(await run(all.client, 'Metadata_metadata_versions')).toBe('0x0c0e0000000f00000010000000')
    // Whoever has but one version may answer with it whatever is asked.
    const one = await start({ metadata: () => someMetadata })
    expect(await run(one.client, 'Metadata_metadata_versions')).toBe('0x040e000000')
    expect(await run(one.client, 'Metadata_metadata_at_version', '0x0f000000')).toBe('0x00')
  })

  it('tells nonces without the pool, at any block', async () => {
    const { grid, client } = await start({ blocks: 'manual' })
    const name = 'AccountNonceApi_account_nonce'
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    expect(await run(client, name, alice.accountId)).toBe('0x00000000')
    expect(await client.call('system_accountNextIndex', alice.address)).toBe(1)
    makeBlock(grid)
    expect(await run(client, name, alice.accountId)).toBe('0x01000000')
    expect(await run(client, name, alice.accountId, hashOf(grid, 0))).toBe('0x00000000')
    expect(await run(client, name, nowhere)).toBe('0x00000000')
  })

  it('tells the authorities', async () => {
    const { client } = await start()
    expect(await run(client, 'AuraApi_slot_duration')).toBe('0x7017000000000000')
    expect(await run(client, 'AuraApi_authorities')).toBe(`0x04${alice.accountId.slice(2)}`)
    expect(await run(client, 'GrandpaApi_current_set_id')).toBe('0x0000000000000000')
    expect(await run(client, 'GrandpaApi_grandpa_authorities')).toMatch(
      /^0x04[0-9a-f]{64}0100000000000000$/,
    )
  })

  it('validates extrinsics', async () => {
    const { grid, client } = await start({ blocks: 'manual' })
    const name = 'TaggedTransactionQueue_validate_transaction'
    const validate = (bytes: string) =>
      run(client, name, `0x02${bytes.slice(2)}${somewhere}`) as Promise<string>
    const tag = (nonce: string) => `90${alice.accountId.slice(2)}${nonce}`
    const longest = 'ff'.repeat(8)
    expect(await validate(signed(grid.chain, alice, pay, { nonce: 0 }))).toMatch(
      new RegExp(`^0x00[0-9a-f]{16}0004${tag('00000000')}${longest}01$`),
    )
    expect(await validate(signed(grid.chain, alice, pay, { nonce: 2 }))).toMatch(
      new RegExp(`^0x00[0-9a-f]{16}04${tag('01000000')}04${tag('02000000')}${longest}01$`),
    )
    const old = signed(grid.chain, alice, pay, { nonce: 0, specVersion: 1 })
    expect(await validate(old)).toBe('0x010004')
    expect(await validate('0x280401000b0068e5cf8b01')).toBe('0x010101')
  })

  it('has no other functions, and traps over bad arguments', async () => {
    const { client } = await start()
    for (const name of ['Core_nothing', 'constructor', '']) {
      expect((await client.ask('state_call', name, '0x')).error).toEqual({
        code: -32000,
        message: `Client error: Execution failed: Other: Exported method ${name} is not found`,
      })
    }
    for (const name of [
      'AccountNonceApi_account_nonce',
      'Metadata_metadata_at_version',
      'TransactionPaymentApi_query_info',
      'TaggedTransactionQueue_validate_transaction',
    ]) {
      expect((await client.ask('state_call', name, '0x01')).error).toMatchObject({
        code: -32000,
        message: expect.stringMatching(
          /^Client error: Execution failed: Execution aborted due to trap: /,
        ),
      })
    }
  })
})

describe('fees', () => {
  const u32 = (value: number) => Buffer.from(new Uint32Array([value]).buffer).toString('hex')
  const u128 = (value: number) => `${u32(value)}${'00'.repeat(12)}`

  it('of a transfer of 143 bytes are those of the real chain', async () => {
    const { grid, client } = await start()
    const bytes = signed(grid.chain, alice, pay, { nonce: 0, tip: 5n })
    // A tip changes nothing but the length, by no byte here.
    expect((bytes.length - 2) / 2).toBe(143)
    expect(await client.call('payment_queryInfo', bytes)).toEqual({
      weight: { ref_time: 171_235_000, proof_size: 3593 },
      class: 'normal',
      partialFee: '23906',
    })
    expect(await client.call('payment_queryFeeDetails', bytes, null)).toEqual({
      inclusionFee: { baseFee: '0x2710', lenFee: '0x8f', adjustedWeightFee: '0x35c3' },
    })
    const args = `${bytes}${u32(143)}`
    expect(await client.call('state_call', 'TransactionPaymentApi_query_info', args)).toBe(
      `0xe2${encodeWeightTail()}00${u128(23906)}`,
    )
    const details = 'TransactionPaymentApi_query_fee_details'
    expect(await client.call('state_call', details, args)).toBe(
      `0x01${u128(10_000)}${u128(143)}${u128(13_763)}${u128(0)}`,
    )
  })

  /** `Compact(171235000) ++ Compact(3593)` after the first byte. */
  const encodeWeightTail = () => {
    const compact = (value: number) => {
      const out = Buffer.alloc(4)
      out.writeUInt32LE(value * 4 + 2)
      return out.toString('hex')
    }
    const twoBytes = Buffer.alloc(2)
    twoBytes.writeUInt16LE(3593 * 4 + 1)
    const whole = compact(171_235_000) + twoBytes.toString('hex')
    return whole.slice(2)
  }

  it('of an unsigned extrinsic are none', async () => {
    const { client } = await start()
    const inherent = '0x280401000b0068e5cf8b01'
    expect(await client.call('payment_queryInfo', inherent)).toMatchObject({
      class: 'mandatory',
      partialFee: '0',
    })
    expect(await client.call('payment_queryFeeDetails', inherent)).toEqual({ inclusionFee: null })
    const details = 'TransactionPaymentApi_query_fee_details'
    expect(await client.call('state_call', details, `${inherent}${u32(11)}`)).toBe(`0x00${u128(0)}`)
  })

  it('of what does not decode are not known', async () => {
    const { client } = await start()
    for (const bytes of ['0x', '0x1234', '0x0885ff']) {
      expect((await client.ask('payment_queryInfo', bytes)).error).toMatchObject({
        code: 2,
        message: 'Unable to query dispatch info.',
      })
      expect((await client.ask('payment_queryFeeDetails', bytes)).error).toMatchObject({
        code: 2,
        message: 'Unable to query fee details.',
      })
    }
  })

  it('follow from weight and length', async () => {
    const { client } = await start()
    const fee = (name: string, args: string) => client.call('state_call', name, args)
    expect(await fee('TransactionPaymentApi_query_length_to_fee', `0x${u32(143)}`)).toBe(
      `0x${u128(143)}`,
    )
    // The weight of an empty extrinsic, 124 414 000.
    const weight = Buffer.alloc(5)
    weight.writeUInt32LE(124_414_000 * 4 + 2)
    expect(
      await fee('TransactionPaymentApi_query_weight_to_fee', `0x${weight.toString('hex')}`),
    ).toBe(`0x${u128(10_000)}`)
  })
})

describe('the node', () => {
  it('says who it is and how it fares', async () => {
    const { client } = await start()
    const facts: [string, unknown][] = [
      ['system_chain', 'Development'],
      ['system_chainType', 'Development'],
      ['system_name', 'Substrate Node'],
      ['system_version', '2.9.2-pocketgrid'],
      ['system_properties', { tokenDecimals: 7, tokenSymbol: 'TFT' }],
      ['system_health', { peers: 0, isSyncing: false, shouldHavePeers: false }],
      ['system_localListenAddresses', []],
      ['system_peers', []],
      ['system_nodeRoles', ['Authority']],
      ['system_syncState', { startingBlock: 0, currentBlock: 1, highestBlock: 1 }],
    ]
    for (const [name, expected] of facts) expect(await client.call(name), name).toEqual(expected)
    expect(await client.call('system_localPeerId')).toMatch(/^12D3KooW/)
  })

  it('may be called otherwise', async () => {
    const identity = {
      chain: 'TF Chain Live',
      chainType: 'Live',
      name: 'Substrate Node',
      version: '1',
    } as const
    const { client } = await start({ identity })
    expect(await client.call('system_chain')).toBe('TF Chain Live')
    expect(await client.call('system_chainType')).toBe('Live')
  })

  it.each([
    ['0x1234', 'BadBase58'],
    ['nonsense', 'BadLength'],
    ['5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ', 'InvalidChecksum'],
  ])('does not take %s for an address', async (address, said) => {
    const { client } = await start()
    const { error } = await client.ask('account_nextIndex', address)
    expect(error).toMatchObject({ code: -32602, message: 'Invalid params' })
    expect(error?.data).toContain(said)
  })
})

describe('what is kept for offchain workers', () => {
  it('is had again, until it is replaced', async () => {
    const { client } = await start()
    const get = (key: string) => client.call('offchain_localStorageGet', 'PERSISTENT', key)
    expect(await get('0x01')).toBeNull()
    expect(await client.call('offchain_localStorageSet', 'PERSISTENT', '0x01', '0xabcd')).toBeNull()
    expect(await get('0x01')).toBe('0xabcd')
    await client.call('offchain_localStorageSet', 'PERSISTENT', '0x01', '0x')
    expect(await get('0x01')).toBe('0x')
    expect((await client.ask('offchain_localStorageGet', 'LOCAL', '0x01')).error).toEqual({
      code: 5001,
      message: 'This storage kind is not available yet.',
    })
    const { error } = await client.ask('offchain_localStorageSet', 'SOMEWHERE', '0x01', '0x')
    expect(error?.code).toBe(-32602)
  })

  it('is bounded: what is oldest makes room', async () => {
    const { client } = await start()
    const large = `0x${'11'.repeat(3 * 1024 * 1024)}`
    for (const key of ['0x01', '0x02', '0x03']) {
      await client.call('offchain_localStorageSet', 'PERSISTENT', key, large)
    }
    const get = (key: string) => client.call('offchain_localStorageGet', 'PERSISTENT', key)
    expect(await get('0x01')).toBeNull()
    expect(await get('0x03')).toBe(large)
  })

  it('is for the node alone where unsafe methods are not served', async () => {
    const { client } = await start({ allowUnsafe: false })
    const { error } = await client.ask('offchain_localStorageGet', 'PERSISTENT', '0x01')
    expect(error?.code).toBe(-32601)
  })
})
