// The dev methods: changing the world by hand, in the forms that Substrate's development tools have.

import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { immortal } from '../../../src/chain/node/era.ts'
import { encodeSigned } from '../../../src/chain/node/extrinsic.ts'
import { AccountInfo as AccountInfoType } from '../../../src/chain/pallets/system/types.ts'
import { startChainServer } from '../../../src/chain/rpc/server.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { encodeToBytes, encodeToHex } from '../../../src/scale/codec.ts'
import {
  alice,
  bob,
  Client,
  edith,
  signed,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  transfer,
} from './support.ts'

const grids: TestServer[] = []

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const grid = await startTestServer({ dev: {}, ...options })
  grids.push(grid)
  return grid
}

afterEach(async () => {
  for (const grid of grids.splice(0)) {
    await grid.close()
    expect(grid.failures).toEqual([])
  }
})

const numberOf = async (client: Client, hash?: unknown): Promise<number> => {
  const header = (await client.call('chain_getHeader', ...(hash ? [hash] : []))) as {
    number: string
  }
  return Number(header.number)
}

const key = ({ chain }: TestServer, pallet: string, item: string, ...keys: unknown[]): string =>
  chain.state.item(pallet, item).rawKeyOf(keys)

const freeOf = ({ chain }: TestServer, account: string): bigint =>
  (chain.state.item('System', 'Account').read([account]) as AccountInfo | undefined)?.data.free ??
  0n

type AccountInfo = { readonly nonce: number; readonly data: { readonly free: bigint } }

const now = ({ chain }: TestServer): number => chain.archive.timestampOf(chain.archive.best)

const pay = transfer(bob.accountId, 10_000_000n)

/** The text of an error as clients show it. */
const refusal = async (client: Client, method: string, ...params: unknown[]): Promise<string> => {
  const { error } = await client.ask(method, ...params)
  return `${error?.code}: ${error?.message}${error?.data ? `: ${error.data}` : ''}`
}

describe('dev_newBlock', () => {
  it('makes one block, empty or of what waits, in every mode', async () => {
    for (const blocks of ['instant', 'interval', 'manual'] as const) {
      const grid = await start({ blocks })
      const client = await grid.connect()
      const before = await numberOf(client)
      expect(await numberOf(client, await client.call('dev_newBlock'))).toBe(before + 1)
      // In one frame, for in instant mode what is submitted has its block at once.
      const submit = ask('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
      const answers = await client.send(`[${submit},${ask('dev_newBlock', {})}]`)
      const hash = (answers as unknown as { result: string }[])[1]?.result ?? ''
      expect(await numberOf(client, hash)).toBe(before + 2)
      const { block } = (await client.call('chain_getBlock', hash)) as {
        block: { extrinsics: string[] }
      }
      expect(block.extrinsics).toHaveLength(2)
      expect(await client.call('chain_getBlockHash')).toBe(hash)
    }
  })

  it('makes as many as are asked for, 6 s of virtual time apart', async () => {
    for (const blocks of ['instant', 'interval', 'manual'] as const) {
      const grid = await start({ blocks })
      const client = await grid.connect()
      const before = await numberOf(client)
      const time = grid.kernel.now()
      await client.call('dev_newBlock', { count: 5 })
      expect(await numberOf(client)).toBe(before + 5)
      expect(grid.kernel.now()).toBe(time + 4 * 6000)
      expect(now(grid)).toBe(time + 4 * 6000)
      expect(grid.chain.mode).toBe(blocks)
      await client.call('dev_newBlock', { to: before + 8 })
      expect(await numberOf(client)).toBe(before + 8)
      for (const to of [before + 8, before + 7]) {
        expect(await refusal(client, 'dev_newBlock', { to })).toBe(
          '1: to must be greater than current block height',
        )
      }
      expect(await numberOf(client)).toBe(before + 8)
    }
  })

  it('jumps to a height, with what falls due on the way', async () => {
    const grid = await start()
    const client = await grid.connect()
    const hash = await client.call('dev_newBlock', { unsafeBlockHeight: 5000, count: 2 })
    expect(await numberOf(client)).toBe(5001)
    expect(await numberOf(client, hash)).toBe(5001)
    // Sessions rotate every 600 blocks.
    expect(grid.chain.state.item('Session', 'CurrentIndex').read([])).toBe(8)
    expect(await refusal(client, 'dev_newBlock', { unsafeBlockHeight: 5001 })).toBe(
      '1: unsafeBlockHeight must be greater than current block height',
    )
    expect(await refusal(client, 'dev_newBlock', { unsafeBlockHeight: 4_000_000_000 })).toMatch(
      /^1: .*at most/,
    )
  })

  it('takes extrinsics for the block', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const before = freeOf(grid, bob.accountId)
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    await client.call('dev_newBlock', { transactions: [bytes] })
    expect(freeOf(grid, bob.accountId)).toBe(before + 10_000_000n)
    expect(await refusal(client, 'dev_newBlock', { transactions: [bytes] })).toBe(
      '1010: Invalid Transaction: Transaction is outdated',
    )
  })

  it.each([
    ['no object', [3]],
    ['a list', [[]]],
    ['half a block', [{ count: 0.5 }]],
    ['less than none', [{ count: -1 }]],
    ['none', [{ count: 0 }]],
    ['as many as text says', [{ count: '3' }]],
    ['what nobody knows', [{ cuont: 3 }]],
    ['one field too many', [{ count: 1, blocks: 2 }]],
    ['messages of a relay chain', [{ dmp: [] }]],
    ['extrinsics that are no list', [{ transactions: '0x00' }]],
    ['extrinsics that are no bytes', [{ transactions: [1] }]],
  ])('refuses %s', async (_, params) => {
    const grid = await start()
    const client = await grid.connect()
    expect((await client.ask('dev_newBlock', ...params)).error?.code).toBe(-32602)
    expect(await numberOf(client)).toBe(1)
  })
})

describe('dev_timeTravel', () => {
  it('lets time pass, with the blocks that a chain makes meanwhile', async () => {
    const grid = await start()
    const client = await grid.connect()
    const at = grid.kernel.now() + 30 * 86_400_000 + 1234
    expect(await client.call('dev_timeTravel', at)).toBe(at)
    expect(grid.kernel.now()).toBe(at)
    expect(now(grid)).toBe(at)
    expect(await numberOf(client)).toBeGreaterThanOrEqual(432_000)
    // Time goes on from there.
    grid.clock.advance(6000)
    expect(grid.driver.enter(() => grid.kernel.now())).toBe(at + 6000)
  })

  it('makes no blocks in manual mode, but the next one has the time', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    await client.call('dev_newBlock')
    const at = grid.kernel.now() + 3_600_000
    await client.call('dev_timeTravel', at)
    expect(await numberOf(client)).toBe(1)
    await client.call('dev_newBlock')
    expect(now(grid)).toBe(at)
  })

  it('reads dates, and refuses what is none, and the past', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const date = 'Jan 1, 2030 00:00:00 GMT'
    expect(await client.call('dev_timeTravel', date)).toBe(Date.parse(date))
    expect(await refusal(client, 'dev_timeTravel', 'tomorrow')).toBe('1: Invalid date')
    expect(await refusal(client, 'dev_timeTravel', null)).toBe('1: Invalid date')
    expect(await refusal(client, 'dev_timeTravel', 'Jan 1, 2020')).toMatch(/^1: .*not go back/)
    await client.call('dev_setBlockBuildMode', 'Instant')
    expect(await refusal(client, 'dev_timeTravel', 'Jan 1, 2040')).toMatch(/^1: .*a year/)
  })
})

describe('dev_setStorage', () => {
  it('takes raw keys and values, known and unknown', async () => {
    const grid = await start()
    const client = await grid.connect()
    const kept = key(grid, 'TFTPriceModule', 'TftPrice')
    expect(await client.call('dev_setStorage', [[kept, '0x2a000000']])).toBe(
      await client.call('chain_getBlockHash'),
    )
    expect(grid.chain.state.item('TFTPriceModule', 'TftPrice').read([])).toBe(42)
    expect(await client.call('state_getStorage', kept)).toBe('0x2a000000')
    await client.call('dev_setStorage', [['0x3a746573740a', '0x010203']])
    expect(await client.call('state_getStorage', '0x3a746573740a')).toBe('0x010203')
    expect(await client.call('state_getKeysPaged', '0x3a74', 10)).toEqual(['0x3a746573740a'])
    await client.call('dev_setStorage', [
      ['0x3a746573740a', null],
      [kept, null],
    ])
    expect(await client.call('state_getStorage', '0x3a746573740a')).toBeNull()
    expect(await client.call('state_getStorage', kept)).toBeNull()
  })

  it('takes names and JSON as polkadot-js writes it', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_setStorage', {
      System: {
        Account: [
          [[bob.address], { providers: 1, data: { free: '100000000000000000000' }, nonce: 7 }],
          [[edith.accountId], null],
        ],
      },
      tftPriceModule: { tftPrice: 99, MaxTftPrice: '0x10270000' },
      Council: { Members: [alice.address, bob.accountId] },
      TfgridModule: {
        Twins: [
          [[5], { id: 5, accountId: alice.address, relay: 'relay.example', pk: null }],
          [6, { id: 6, account_id: bob.address }],
        ],
        NodePower: [[[3], { state: { Down: 12 }, target: 'Down' }]],
        ConnectionPrice: '1,234',
      },
    })
    const read = (pallet: string, item: string, ...keys: unknown[]) =>
      grid.chain.state.item(pallet, item).read(keys)
    expect(read('System', 'Account', bob.accountId)).toMatchObject({
      nonce: 7,
      providers: 1,
      data: { free: 100_000_000_000_000_000_000n, reserved: 0n },
    })
    expect(read('System', 'Account', edith.accountId)).toBeUndefined()
    expect(read('TFTPriceModule', 'TftPrice')).toBe(99)
    expect(read('TFTPriceModule', 'MaxTftPrice')).toBe(10_000)
    expect(read('Council', 'Members')).toEqual([alice.accountId, bob.accountId])
    expect(read('TfgridModule', 'Twins', 5)).toEqual({
      id: 5,
      account_id: alice.accountId,
      relay: 'relay.example',
      entities: [],
      pk: null,
    })
    expect(read('TfgridModule', 'Twins', 6)).toMatchObject({ relay: null })
    expect(read('TfgridModule', 'NodePower', 3)).toEqual({
      state: { type: 'Down', value: 12 },
      target: 'Down',
    })
    expect(read('TfgridModule', 'ConnectionPrice')).toBe(1234)
    await client.call('dev_setStorage', { TfgridModule: { $removePrefix: ['Twins', 'nodePower'] } })
    expect(read('TfgridModule', 'Twins', 5)).toBeUndefined()
    expect(read('TfgridModule', 'NodePower', 3)).toBeUndefined()
  })

  it.each([
    ['a pallet that is not there', { SSystem: { Account: [] } }, '1: Cannot find pallet SSystem'],
    [
      'an item that is not there',
      { System: { AAccount: [] } },
      '1: Cannot find storage AAccount in pallet System',
    ],
    ['too few keys', { System: { Account: [[[], {}]] } }, /^1: .*1 parts, not 0/],
    [
      'a field that is not there',
      { System: { Account: [[[bob.address], { fre: 1 }]] } },
      /^1: .*fre/,
    ],
    ['an inexact number', { System: { Account: [[[bob.address], { nonce: 1e30 }]] } }, /as text/],
    ['a negative amount', { System: { Account: [[[bob.address], { nonce: -1 }]] } }, /^1: .*u32/],
    ['a number that is too large', { TFTPriceModule: { TftPrice: 2 ** 32 } }, /^1: .*u32/],
    ['no address', { System: { Account: [[['5nonsense'], {}]] } }, /^1: .*address/],
    ['bytes that are no value', [['KEY', '0x00']], /^1: The bytes are no value of TFTPrice/],
    ['what follows from the blocks', { System: { Number: 5 } }, /^1: .*follows from the blocks/],
    ['pairs that are none', [['0x00']], /^-32602/],
    ['keys that are no bytes', [['0xzz', null]], /^-32602/],
    ['values that are no bytes', [['0x00', 5]], /^-32602/],
    ['nothing', null, /^-32602/],
  ])('refuses %s, and changes nothing', async (_, values, expected) => {
    const grid = await start()
    const client = await grid.connect()
    const hash = await client.call('chain_getBlockHash')
    const price = key(grid, 'TFTPriceModule', 'TftPrice')
    const given = JSON.parse(JSON.stringify(values).replace('KEY', price)) as unknown
    const text = await refusal(client, 'dev_setStorage', given)
    if (typeof expected === 'string') expect(text).toBe(expected)
    else expect(text).toMatch(expected)
    expect(await client.call('chain_getBlockHash')).toBe(hash)
  })

  it('takes a billing frequency of zero: nobody is billed, and the chain goes on', async () => {
    const grid = await start()
    const client = await grid.connect()
    const frequency = (value: number) =>
      client.call('dev_setStorage', { SmartContractModule: { BillingFrequency: value } })
    await frequency(0)
    const before = await numberOf(client)
    await client.call('dev_newBlock', { count: 3 })
    expect(await numberOf(client)).toBe(before + 3)
    await frequency(600)
    await client.call('dev_newBlock')
    expect(await numberOf(client)).toBe(before + 4)
  })

  it('does all or nothing', async () => {
    const grid = await start()
    const client = await grid.connect()
    const price = key(grid, 'TFTPriceModule', 'TftPrice')
    const before = await client.call('state_getStorage', price)
    const pairs = [
      [price, '0x01000000'],
      [price, '0x01'],
    ]
    expect(await refusal(client, 'dev_setStorage', pairs)).toMatch(/^1: /)
    expect(await client.call('state_getStorage', price)).toBe(before)
  })

  it('counts in the state root, and the block is found by its old hash too', async () => {
    const grid = await start()
    const client = await grid.connect()
    const old = (await client.call('chain_getBlockHash')) as string
    const header = (await client.call('chain_getHeader')) as Record<string, unknown>
    const hash = await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 5 } })
    const after = (await client.call('chain_getHeader')) as Record<string, unknown>
    expect(hash).not.toBe(old)
    expect(after.stateRoot).not.toBe(header.stateRoot)
    expect(after).toMatchObject({ number: header.number, parentHash: header.parentHash })
    const price = key(grid, 'TFTPriceModule', 'TftPrice')
    expect(await client.call('state_getStorage', price, old)).toBe('0x05000000')
    await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 6 } }, old)
    expect(await client.call('state_getStorage', price, old)).toBe('0x06000000')
    // What was set before the next block is part of its past.
    await client.call('dev_newBlock')
    expect(
      await refusal(client, 'dev_setStorage', { TFTPriceModule: { TftPrice: 7 } }, old),
    ).toMatch(/^1: .*not the best block/)
    expect(await client.call('state_getStorage', price)).toBe('0x06000000')
    expect(await client.call('state_getStorage', price, header.parentHash)).not.toBe('0x06000000')
  })

  it('keeps the genesis hash, to which every signature is bound', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const genesis = await client.call('chain_getBlockHash', 0)
    await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 5 } })
    expect(await client.call('chain_getBlockHash', 0)).toBe(genesis)
    expect(grid.chain.state.item('TFTPriceModule', 'TftPrice').read([])).toBe(5)
  })

  it('tells subscribers of heads and of the keys', async () => {
    const grid = await start()
    const client = await grid.connect()
    const price = key(grid, 'TFTPriceModule', 'TftPrice')
    const other = key(grid, 'TFTPriceModule', 'MinTftPrice')
    const heads = await client.subscribe('chain_subscribeNewHeads')
    await client.notification(heads)
    const raw = '0x3a6d696e65'
    const storage = await client.subscribe('state_subscribeStorage', [price, other, raw])
    await client.notification(storage)
    const hash = await client.call('dev_setStorage', [
      [price, '0x2a000000'],
      [raw, '0x07'],
    ])
    expect(await client.notification(heads)).toMatchObject({ number: '0x1' })
    expect(await client.notification(storage)).toEqual({
      block: hash,
      changes: [
        [price, '0x2a000000'],
        [raw, '0x07'],
      ],
    })
    // The next block brings what is its own, and no repetition.
    await client.call('dev_newBlock')
    expect(await client.notification(heads)).toMatchObject({ number: '0x2', parentHash: hash })
    await client.call('dev_setStorage', [[other, '0x01000000']])
    expect(await client.notification(heads)).toMatchObject({ number: '0x2' })
    expect(await client.notification(storage)).toMatchObject({ changes: [[other, '0x01000000']] })
  })

  it('moves an extrinsic that is in the block with it', async () => {
    const grid = await start()
    const client = await grid.connect()
    const watch = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(watch)).toBe('ready')
    const { inBlock } = (await client.notification(watch)) as { inBlock: string }
    const hash = await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 5 } })
    expect(await client.notification(watch)).toEqual({ retracted: inBlock })
    expect(await client.notification(watch)).toEqual({ inBlock: hash })
    grid.clock.advance(1520)
    expect(await client.notification(watch)).toEqual({ finalized: hash })
  })
})

describe('dev_setHead', () => {
  it('takes the chain back, by number, by hash, or by so many blocks', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const hashes: string[] = [(await client.call('chain_getBlockHash')) as string]
    const balances = [freeOf(grid, bob.accountId)]
    for (let nonce = 0; nonce < 6; nonce += 1) {
      const bytes = signed(grid.chain, alice, pay, { nonce })
      hashes.push((await client.call('dev_newBlock', { transactions: [bytes] })) as string)
      balances.push(freeOf(grid, bob.accountId))
    }
    const to = async (given: unknown, number: number) => {
      expect(await client.call('dev_setHead', given)).toBe(hashes[number])
      expect(await numberOf(client)).toBe(number)
      expect(freeOf(grid, bob.accountId)).toBe(balances[number])
      expect(grid.chain.nonceOf(alice.accountId)).toBe(number)
      const account = key(grid, 'System', 'Account', bob.accountId)
      for (let n = 0; n <= number; n += 1) {
        const value = await client.call('state_getStorage', account, hashes[n])
        const item = grid.chain.state.item('System', 'Account')
        const info = item.valueAt(n, [bob.accountId]) as AccountInfo
        expect(info.data.free).toBe(balances[n])
        expect(value).toBe(encodeToHex(AccountInfoType, info as never))
      }
    }
    await to(5, 5)
    await to(hashes[4], 4)
    await to(-1, 3)
    await to(0, 3)
    expect(await client.call('chain_getHeader', hashes[4])).toBeNull()
    expect((await client.ask('state_getStorage', '0x00', hashes[4])).error?.code).toBe(-32000)
    expect(await refusal(client, 'dev_setHead', 4)).toBe('1: Block not found 4')
    expect(await refusal(client, 'dev_setHead', hashes[5])).toBe(`1: Block not found ${hashes[5]}`)
    expect(await refusal(client, 'dev_setHead', -4)).toBe('1: Block not found -4')
    expect(await refusal(client, 'dev_setHead', 'best')).toMatch(/^-32602/)
    await to(hashes[0], 0)
    // Another future.
    const bytes = signed(grid.chain, alice, transfer(bob.accountId, 1n), { nonce: 0 })
    const hash = await client.call('dev_newBlock', { transactions: [bytes] })
    expect(hash).not.toBe(hashes[1])
    expect(freeOf(grid, bob.accountId)).toBe((balances[0] ?? 0n) + 1n)
  })

  it('makes no blocks up for the time that has passed', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_newBlock', { count: 100 })
    await client.call('dev_setHead', 10)
    expect(await numberOf(client)).toBe(10)
    grid.clock.advance(5999)
    expect(await numberOf(client)).toBe(10)
    grid.clock.advance(1)
    expect(await numberOf(client)).toBe(11)
    expect(now(grid)).toBe(grid.kernel.now())
  })

  it('tells all who were told otherwise', async () => {
    const grid = await start()
    const client = await grid.connect()
    const account = key(grid, 'System', 'Account', bob.accountId)
    const storage = await client.subscribe('state_subscribeStorage', [account])
    const before = await client.notification(storage)
    const watch = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(watch)).toBe('ready')
    await client.notification(storage)
    const { inBlock } = (await client.notification(watch)) as { inBlock: string }
    const heads = await client.subscribe('chain_subscribeNewHeads')
    expect(await client.notification(heads)).toMatchObject({ number: '0x2' })
    const earlier = await client.call('chain_getBlockHash', 1)
    expect(await client.call('dev_setHead', 1)).toBe(earlier)
    expect(await client.notification(watch)).toEqual({ retracted: inBlock })
    expect(await client.notification(watch)).toBe('dropped')
    expect(await client.notification(heads)).toMatchObject({ number: '0x1' })
    expect(await client.notification(storage)).toEqual(before)
    expect(await client.call('author_unwatchExtrinsic', watch)).toBe(false)
  })

  it('keeps within the window of what is remembered', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_newBlock', { count: 3000 })
    expect(await refusal(client, 'dev_setHead', 5)).toMatch(/^1: .*forgotten/)
    await client.call('dev_setHead', 1000)
    expect(await numberOf(client)).toBe(1000)
  })
})

describe('dev_setBlockBuildMode', () => {
  it.each([
    ['Instant', 'instant'],
    ['Batch', 'interval'],
    ['Manual', 'manual'],
    ['manual', 'manual'],
  ])('%s', async (name, mode) => {
    const grid = await start()
    const client = await grid.connect()
    expect(await client.call('dev_setBlockBuildMode', name)).toBeNull()
    expect(grid.chain.mode).toBe(mode)
  })

  it('refuses any other, those that every object has among them', async () => {
    const grid = await start()
    const client = await grid.connect()
    expect(await refusal(client, 'dev_setBlockBuildMode', 'Fast')).toBe('1: Invalid mode Fast')
    expect(await refusal(client, 'dev_setBlockBuildMode', 'constructor')).toMatch(
      /^1: Invalid mode/,
    )
  })

  it('takes effect at once, and makes nothing up for the time in manual mode', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_setBlockBuildMode', 'Manual')
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    grid.clock.advance(600_000)
    expect(await numberOf(client)).toBe(1)
    await client.call('dev_setBlockBuildMode', 'Instant')
    await new Promise(setImmediate)
    expect(await numberOf(client)).toBe(2)
    expect(grid.chain.nonceOf(alice.accountId)).toBe(1)
  })
})

describe('dev_setBalance', () => {
  it('sets a balance, and the issuance with it', async () => {
    const grid = await start()
    const client = await grid.connect()
    const issuance = () => grid.chain.state.item('Balances', 'TotalIssuance').read([]) as bigint
    const before = issuance() - freeOf(grid, bob.accountId)
    for (const [given, units] of [
      ['123456789012345678901', 123_456_789_012_345_678_901n],
      [5_000_000, 5_000_000n],
      ['0x10000000', 0x1000_0000n],
    ] as const) {
      await client.call('dev_setBalance', bob.address, given)
      expect(freeOf(grid, bob.accountId)).toBe(units)
      expect(issuance()).toBe(before + units)
    }
    await client.call('dev_setBalance', bob.accountId, 0)
    expect(freeOf(grid, bob.accountId)).toBe(0n)
    expect(issuance()).toBe(before)
  })

  it.each([
    ['no address', ['bob', 1]],
    ['an amount below zero', [bob.address, -1]],
    ['half a unit', [bob.address, 0.5]],
    ['a number that is not exact', [bob.address, 2 ** 53]],
    ['a number far from exact', [bob.address, 1e30]],
    ['more than there can be', [bob.address, `0x1${'00'.repeat(16)}`]],
    ['no amount', [bob.address]],
    ['nothing as amount', [bob.address, null]],
    ['a word as amount', [bob.address, 'much']],
  ])('refuses %s', async (_, params) => {
    const grid = await start()
    const client = await grid.connect()
    expect((await client.ask('dev_setBalance', ...params)).error?.code).toBe(-32602)
  })

  it('gives a new account what it needs to pay', async () => {
    const grid = await start()
    const client = await grid.connect()
    const account = `0x${'77'.repeat(32)}` as const
    await client.call('dev_setBalance', account, '100000000')
    await client.call('dev_impersonate', account)
    const callBytes = encodeToBytes(RuntimeCall, pay)
    const bytes = encodeSigned({
      signer: account,
      scheme: 'sr25519',
      signature: new Uint8Array(64),
      era: immortal,
      nonce: 0,
      tip: 0n,
      callBytes,
    })
    await client.call('author_submitExtrinsic', toHex(bytes))
    await new Promise(setImmediate)
    await client.call('system_chain')
    expect(grid.chain.nonceOf(account)).toBe(1)
    expect(freeOf(grid, account)).toBeLessThan(90_000_000n)
  })
})

describe('dev_impersonate', () => {
  it('takes the extrinsics of an account with any signature, until it is ended', async () => {
    const grid = await start()
    const client = await grid.connect()
    const forged = (nonce: number) => {
      const callBytes = encodeToBytes(RuntimeCall, pay)
      const signature = new Uint8Array(64).fill(7)
      const { accountId: signer, scheme } = alice
      const parts = { signer, scheme, signature, era: immortal, nonce, tip: 0n, callBytes }
      return toHex(encodeSigned(parts))
    }
    const badProof = '1010: Invalid Transaction: Transaction has a bad signature'
    expect(await refusal(client, 'author_submitExtrinsic', forged(0))).toBe(badProof)
    expect(await client.call('dev_impersonate', alice.address)).toBeNull()
    await client.call('author_submitExtrinsic', forged(0))
    await new Promise(setImmediate)
    expect(await client.call('system_accountNextIndex', alice.address)).toBe(1)
    // A true signature is as good as before.
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 1 }))
    await client.call('dev_impersonate', alice.address, false)
    expect(await refusal(client, 'author_submitExtrinsic', forged(2))).toBe(badProof)
  })
})

describe('dev_snapshot and dev_revert', () => {
  it('take the world back to where it was, as often as one likes', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    await new Promise(setImmediate)
    const hash = await client.call('chain_getBlockHash')
    const number = await numberOf(client)
    const balance = freeOf(grid, bob.accountId)
    const id = await client.call('dev_snapshot')
    for (let i = 0; i < 3; i += 1) {
      await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 77 } })
      await client.call('dev_setBalance', bob.address, 5)
      await client.call('dev_impersonate', bob.address)
      await client.call('dev_setBlockBuildMode', 'Manual')
      await client.call('dev_setHead', 1)
      await client.call('dev_newBlock', { count: 20 })
      expect(await client.call('dev_revert', id)).toBe(true)
      expect(await client.call('chain_getBlockHash')).toBe(hash)
      expect(await numberOf(client)).toBe(number)
      expect(freeOf(grid, bob.accountId)).toBe(balance)
      expect(grid.chain.mode).toBe('instant')
      expect(grid.chain.state.item('TFTPriceModule', 'TftPrice').read([])).not.toBe(77)
    }
  })

  it('forget later snapshots, and know no others', async () => {
    const grid = await start()
    const client = await grid.connect()
    const first = await client.call('dev_snapshot')
    const second = await client.call('dev_snapshot')
    expect(second).not.toBe(first)
    await client.call('dev_revert', first)
    expect(await refusal(client, 'dev_revert', second)).toBe(`1: there is no snapshot ${second}`)
    expect(await refusal(client, 'dev_revert', '0xff')).toMatch(/^1: /)
    expect(await refusal(client, 'dev_revert', 1)).toMatch(/^-32602/)
    expect(await client.call('dev_revert', first)).toBe(true)
    expect(await client.call('dev_snapshot')).not.toBe(second)
  })

  it('survive a month in which all blocks of the snapshot leave the window', async () => {
    const grid = await start()
    const client = await grid.connect()
    const hashes: unknown[] = []
    for (let nonce = 0; nonce < 5; nonce += 1) {
      const transactions = [signed(grid.chain, alice, pay, { nonce })]
      hashes.push(await client.call('dev_newBlock', { transactions }))
    }
    const account = key(grid, 'System', 'Account', bob.accountId)
    const values = await Promise.all(
      hashes.map(hash => grid.post(ask('state_getStorage', account, hash))),
    )
    const before = await Promise.all(values.map(answer => answer.json()))
    const id = await client.call('dev_snapshot')
    await client.call('dev_timeTravel', grid.kernel.now() + 30 * 86_400_000)
    for (let nonce = 5; nonce < 10; nonce += 1) {
      await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce }))
      await client.call('dev_newBlock')
    }
    expect((await client.ask('state_getStorage', account, hashes[4])).error?.code).toBe(-32000)
    const time = grid.kernel.now()
    await client.call('dev_revert', id)
    expect(grid.kernel.now()).toBe(time)
    expect(await client.call('chain_getBlockHash')).toBe(hashes[4])
    for (const [i, hash] of hashes.entries()) {
      const value = await client.call('state_getStorage', account, hash)
      expect(value).toBe((before[i] as { result: unknown }).result)
      const events = await client.call('state_getStorage', key(grid, 'System', 'Events'), hash)
      expect((events as string).length).toBeGreaterThan(200)
      const block = (await client.call('chain_getBlock', hash)) as {
        block: { extrinsics: string[] }
      }
      expect(block.block.extrinsics).toHaveLength(2)
    }
    // No block was made up for the month, and the next one comes in its time.
    grid.clock.advance(6000)
    expect(await numberOf(client)).toBe(Number(await numberOf(client, hashes[4])) + 1)
  })

  it('give the same digest and the same future after anything', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('pay' as const), amount: fc.integer({ min: 1, max: 1000 }) }),
      fc.record({ do: fc.constant('block' as const), count: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ do: fc.constant('price' as const), price: fc.integer({ min: 1, max: 999 }) }),
      fc.record({ do: fc.constant('back' as const), blocks: fc.integer({ min: 1, max: 5 }) }),
    )
    type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
    const perform = async (grid: TestServer, client: Client, steps: readonly Step[]) => {
      for (const each of steps) {
        if (each.do === 'pay') {
          const nonce = grid.chain.nonceOf(alice.accountId)
          const call = transfer(bob.accountId, BigInt(each.amount))
          const transactions = [signed(grid.chain, alice, call, { nonce })]
          await client.call('dev_newBlock', { transactions })
        } else if (each.do === 'block') {
          await client.call('dev_newBlock', { count: each.count })
        } else if (each.do === 'price') {
          await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: each.price } })
        } else {
          const best = await numberOf(client)
          await client.call('dev_setHead', Math.max(1, best - each.blocks))
        }
      }
    }
    /** All storage but what tells the time, which goes on. */
    const digest = async (client: Client) => {
      const pairs = (await client.call('state_getPairs', '0x')) as [string, string][]
      return JSON.stringify(pairs)
    }
    /** What the last blocks hold, and the state after each. */
    const history = async (grid: TestServer, client: Client) => {
      const best = await numberOf(client)
      const keys = [
        key(grid, 'TFTPriceModule', 'TftPrice'),
        key(grid, 'System', 'Account', alice.accountId),
        key(grid, 'System', 'Account', bob.accountId),
        key(grid, 'System', 'Events'),
      ]
      const blocks: unknown[] = []
      for (let number = best; number >= Math.max(0, best - 20); number -= 1) {
        const hash = await client.call('chain_getBlockHash', number)
        const block = await client.call('chain_getBlock', hash)
        blocks.push([hash, block, await client.call('state_queryStorageAt', keys, hash)])
      }
      return blocks
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 4 }),
        fc.array(step, { maxLength: 6 }),
        async (before, between) => {
          const grid = await startTestServer({ dev: {}, blocks: 'manual' })
          try {
            const client = await grid.connect()
            await client.call('dev_newBlock')
            await perform(grid, client, before)
            const head = await client.call('chain_getBlockHash')
            const state = await digest(client)
            const past = await history(grid, client)
            const id = await client.call('dev_snapshot')
            await perform(grid, client, between)
            await client.call('dev_revert', id)
            expect(await client.call('chain_getBlockHash')).toBe(head)
            expect(await digest(client)).toBe(state)
            expect(await history(grid, client)).toEqual(past)
            expect(grid.failures).toEqual([])
          } finally {
            await grid.close()
          }
        },
      ),
      { numRuns: 12 },
    )
  })

  it('tell all who were told otherwise', async () => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.call('dev_snapshot')
    const watch = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(watch)).toBe('ready')
    const { inBlock } = (await client.notification(watch)) as { inBlock: string }
    const heads = await client.subscribe('chain_subscribeNewHeads')
    expect(await client.notification(heads)).toMatchObject({ number: '0x2' })
    expect(await client.call('dev_revert', id)).toBe(true)
    expect(await client.notification(watch)).toEqual({ retracted: inBlock })
    expect(await client.notification(watch)).toBe('dropped')
    expect(await client.notification(heads)).toMatchObject({ number: '0x1' })
  })
})

const ask = (method: string, ...params: unknown[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })

describe('who may change the world', () => {
  const unsafe = { code: -32601, message: 'RPC call is unsafe to be called externally' }
  const unknown = { code: -32601, message: 'Method not found' }

  it('nobody, unless the grid is a development one', async () => {
    const grid = await start({ dev: null })
    const client = await grid.connect()
    expect((await client.ask('dev_newBlock')).error).toEqual(unknown)
    const { methods } = (await client.call('rpc_methods')) as { methods: string[] }
    expect(methods.filter(name => name.startsWith('dev_'))).toEqual([])
    expect(grid.server.isDev).toBe(false)
  })

  it('nobody, where only what the real chain has is served', async () => {
    const grid = await start({ surface: 'upstream' })
    const client = await grid.connect()
    expect((await client.ask('dev_newBlock')).error).toEqual(unknown)
    expect((await client.ask('chainHead_v1_follow', true)).error).toEqual(unknown)
    const { methods } = (await client.call('rpc_methods')) as { methods: string[] }
    expect(methods.filter(name => /_v1_|^dev_/.test(name))).toEqual([])
    expect(methods).toContain('author_submitExtrinsic')
    expect(grid.server.isDev).toBe(false)
  })

  it('everybody on a loopback address without a token', async () => {
    const grid = await start()
    expect(grid.server.isDev).toBe(true)
    const answer = await grid.post(ask('dev_newBlock'))
    expect(await answer.json()).toMatchObject({ result: expect.stringMatching(/^0x/) })
    const client = await grid.connect()
    const { methods } = (await client.call('rpc_methods')) as { methods: string[] }
    expect(methods).toEqual(expect.arrayContaining(['dev_newBlock', 'dev_revert']))
  })

  it('no page of another origin, which browsers let connect to loopback', async () => {
    const grid = await start()
    const from = async (origin: string) => {
      const headers = { 'content-type': 'application/json', origin }
      return (await (await grid.post(ask('dev_newBlock'), headers)).json()) as object
    }
    for (const origin of ['https://evil.example', 'http://127.0.0.1.evil.example', 'null']) {
      expect(await from(origin)).toMatchObject({ error: unsafe })
    }
    for (const origin of ['http://localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:80']) {
      expect(await from(origin)).toHaveProperty('result')
    }
    const socket = new WebSocket(grid.server.url, { origin: 'https://evil.example' })
    const page = new Client(socket)
    await new Promise(resolve => socket.once('open', resolve))
    expect((await page.ask('dev_setBalance', 'x', 1)).error).toEqual(unsafe)
    expect(await page.call('system_chain')).toBe('Development')
    socket.terminate()
  })

  it('who shows the token, where there is one', async () => {
    const grid = await start({ dev: { token: 's3cret&more' } })
    expect(grid.server.isDev).toBe(true)
    const query = encodeURIComponent('s3cret&more')
    const stranger = await grid.connect()
    expect((await stranger.ask('dev_newBlock')).error).toEqual(unsafe)
    expect(await stranger.call('system_chain')).toBe('Development')
    for (const wrong of ['?token=', '?token=s3cret', '?tokens=x', '/ws']) {
      const client = await Client.open(`${grid.server.url}/${wrong}`)
      expect((await client.ask('dev_newBlock')).error).toEqual(unsafe)
      client.socket.terminate()
    }
    const friend = await Client.open(`${grid.server.url}/ws?token=${query}`)
    expect(await friend.call('dev_newBlock')).toMatch(/^0x/)
    friend.socket.terminate()
    const socket = new WebSocket(grid.server.url, {
      headers: { authorization: 'Bearer s3cret&more' },
    })
    const other = new Client(socket)
    await new Promise(resolve => socket.once('open', resolve))
    expect(await other.call('dev_newBlock')).toMatch(/^0x/)
    socket.terminate()
    const json = { 'content-type': 'application/json' }
    const post = async (headers: Record<string, string>) =>
      (await (await grid.post(ask('dev_newBlock'), { ...json, ...headers })).json()) as object
    expect(await post({})).toMatchObject({ error: unsafe })
    expect(await post({ authorization: 'Basic czNjcmV0' })).toMatchObject({ error: unsafe })
    expect(await post({ authorization: 'Bearer s3cret&more' })).toHaveProperty('result')
  })

  it('nobody from elsewhere without a token', async () => {
    const grid = await start()
    const { chain, driver, clock } = grid
    const options = {
      chain,
      driver,
      clock,
      metadata: () => null,
      port: 0,
      onFailure: () => undefined,
    }
    const open = await startChainServer({ ...options, host: '0.0.0.0', dev: {} })
    expect(open.isDev).toBe(false)
    const client = await Client.open(open.url)
    expect((await client.ask('dev_newBlock')).error).toEqual(unknown)
    client.socket.terminate()
    await open.close()
    const guarded = await startChainServer({ ...options, host: '0.0.0.0', dev: { token: 'x' } })
    expect(guarded.isDev).toBe(true)
    const stranger = await Client.open(guarded.url)
    expect((await stranger.ask('dev_newBlock')).error).toEqual(unsafe)
    stranger.socket.terminate()
    const friend = await Client.open(`${guarded.url}/?token=x`)
    expect(await friend.call('dev_newBlock')).toMatch(/^0x/)
    friend.socket.terminate()
    await guarded.close()
  })
})

describe('anything at all', () => {
  it('is answered, and breaks nothing', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const methods = grid.server.help
      .filter(({ isDev }) => isDev)
      .map(({ name }) => name)
      .filter(name => name !== 'dev_newBlock')
    const pallets = fc.constantFrom(
      'System',
      'TfgridModule',
      'Council',
      'Scheduler',
      'x',
      '__proto__',
    )
    const items = fc.constantFrom(
      'Account',
      'Twins',
      'Farms',
      'Members',
      'Agenda',
      'constructor',
      '$removePrefix',
    )
    const storage = fc.dictionary(pallets, fc.dictionary(items, fc.jsonValue({ maxDepth: 4 })))
    const given = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      storage,
      fc.array(fc.tuple(fc.constant('0x00'), fc.jsonValue())),
      fc.constantFrom(bob.address, '0x1', '0x00', 'Jan 1, 2040'),
      fc.integer({ min: -3, max: 3 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.array(given, { maxLength: 3 }),
        async (name, params) => {
          const { result, error } = await client.ask(name, ...params)
          if (error) expect([1, -32602]).toContain(error.code)
          else expect(result).toBeDefined()
          expect(await client.call('system_chain')).toBe('Development')
        },
      ),
      { numRuns: 800 },
    )
    expect(await client.call('dev_newBlock')).toMatch(/^0x/)
  })
})
