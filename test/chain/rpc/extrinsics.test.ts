// Submitting extrinsics over JSON-RPC: what is accepted, what is refused in which words, and what a watcher hears.

import { afterEach, describe, expect, it } from 'vitest'
import { mortalEra } from '../../../src/chain/node/era.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { invariant } from '../../../src/kernel/errors.ts'
import {
  alice,
  bob,
  type Client,
  edith,
  type Message,
  pairOf,
  signed,
  startTestServer,
  type TestServer,
  type TestServerOptions,
  transfer,
} from './support.ts'

const open: TestServer[] = []

async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const grid = await startTestServer(options)
  open.push(grid)
  return grid
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(grid => grid.close()))
})

const makeBlock = (grid: TestServer): number => grid.driver.enter(() => grid.chain.makeBlock())
const hashOf = (grid: TestServer, block: number): string => grid.chain.archive.hashOf(block)
const pay = transfer(bob.accountId, 10_000_000n)

describe('a watched extrinsic', () => {
  it('is ready, in a block, and final after a while of wall time', async () => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(id).toMatch(/^[A-Za-z0-9]{16}$/)
    expect(await client.notification(id)).toBe('ready')
    expect(await client.notification(id)).toEqual({ inBlock: hashOf(grid, 2) })
    // The block can be read by whoever has heard of it, and is not final yet.
    expect(await client.call('chain_getHeader', hashOf(grid, 2))).toMatchObject({ number: '0x2' })
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 1))
    grid.clock.advance(1499)
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 1))
    grid.clock.advance(21)
    expect(await client.notification(id)).toEqual({ finalized: hashOf(grid, 2) })
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 2))
    // The stream has ended without a word.
    expect(await client.call('author_unwatchExtrinsic', id)).toBe(false)
  })

  it('may be final at once when the server is told so', async () => {
    const grid = await start({ finalityMs: 0 })
    const client = await grid.connect()
    const id = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    await client.notification(id)
    await client.notification(id)
    grid.clock.advance(0)
    expect(await client.notification(id)).toEqual({ finalized: hashOf(grid, 2) })
  })

  it('waits in the future until its turn has come', async () => {
    const grid = await start()
    const client = await grid.connect()
    const later = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 1 }),
    )
    expect(await client.notification(later)).toBe('future')
    expect(await client.call('system_accountNextIndex', alice.address)).toBe(0)
    const first = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    const heard: Record<string, unknown[]> = { [later]: [], [first]: [] }
    for (let i = 0; i < 4; i += 1) {
      const { params } = await client.next()
      invariant(params, 'what comes now are notifications')
      heard[params.subscription]?.push(params.result)
    }
    expect(heard[first]).toEqual(['ready', { inBlock: hashOf(grid, 2) }])
    expect(heard[later]).toEqual(['ready', { inBlock: hashOf(grid, 2) }])
  })

  it('is usurped by one of the same nonce that pays more', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const poor = signed(grid.chain, alice, pay, { nonce: 0 })
    const rich = signed(grid.chain, alice, pay, { nonce: 0, tip: 1_000_000n })
    const id = await client.subscribe('author_submitAndWatchExtrinsic', poor)
    expect(await client.notification(id)).toBe('ready')
    const hash = await client.call('author_submitExtrinsic', rich)
    expect(await client.notification(id)).toEqual({ usurped: hash })
    expect(await client.call('author_unwatchExtrinsic', id)).toBe(false)
    expect((await client.ask('author_submitExtrinsic', poor)).error).toMatchObject({ code: 1014 })
  })

  it('is heard of no more by who stops watching', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const id = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(id)).toBe('ready')
    expect(await client.call('author_unwatchExtrinsic', id)).toBe(true)
    makeBlock(grid)
    expect(await client.call('system_accountNextIndex', alice.address)).toBe(1)
    expect(client.inbox).toEqual([])
  })

  it('becomes invalid when its era ends before its turn comes', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const era = mortalEra(0, 4)
    const late = signed(grid.chain, alice, pay, { nonce: 1, era })
    const id = await client.subscribe('author_submitAndWatchExtrinsic', late)
    expect(await client.notification(id)).toBe('future')
    for (let i = 0; i < 4; i += 1) makeBlock(grid)
    expect(await client.notification(id)).toBe('invalid')
    expect(await client.call('author_unwatchExtrinsic', id)).toBe(false)
  })

  it('is retracted and dropped when the chain is taken back behind it', async () => {
    const grid = await start()
    const client = await grid.connect()
    const heads = await client.subscribe('chain_subscribeNewHeads')
    expect(await client.notification(heads)).toMatchObject({ number: '0x1' })
    const snapshot = grid.kernel.snapshot()
    const id = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(id)).toBe('ready')
    expect(await client.notification(heads)).toMatchObject({ number: '0x2' })
    const gone = hashOf(grid, 2)
    expect(await client.notification(id)).toEqual({ inBlock: gone })
    grid.kernel.revert(snapshot)
    grid.server.restart()
    expect(await client.notification(id)).toEqual({ retracted: gone })
    expect(await client.notification(id)).toBe('dropped')
    expect(await client.notification(heads)).toMatchObject({ number: '0x1' })
    expect(await client.call('chain_getHeader', gone)).toBe(null)
    expect(await client.call('system_accountNextIndex', alice.address)).toBe(0)
    grid.clock.advance(5000)
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 1))
    // The same bytes may come again.
    const again = signed(grid.chain, alice, transfer(bob.accountId, 1n), { nonce: 0 })
    await client.call('author_submitExtrinsic', again)
    expect(await client.notification(heads)).toMatchObject({ number: '0x2' })
  })

  it('stays watched when the chain is taken back to a moment when it was waiting', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const id = await client.subscribe(
      'author_submitAndWatchExtrinsic',
      signed(grid.chain, alice, pay, { nonce: 0 }),
    )
    expect(await client.notification(id)).toBe('ready')
    const snapshot = grid.kernel.snapshot()
    makeBlock(grid)
    const { inBlock } = (await client.notification(id)) as { inBlock: string }
    grid.kernel.revert(snapshot)
    grid.server.restart()
    expect(await client.notification(id)).toEqual({ retracted: inBlock })
    makeBlock(grid)
    expect(await client.notification(id)).toHaveProperty('inBlock')
    grid.clock.advance(2000)
    expect(await client.notification(id)).toHaveProperty('finalized')
  })

  it('may be one of many that wait to become final, beyond the limit of subscriptions', async () => {
    const grid = await start({ limits: { maxSubscriptions: 2 } })
    const client = await grid.connect()
    const ids: string[] = []
    for (let nonce = 0; nonce < 6; nonce += 1) {
      const id = await client.subscribe(
        'author_submitAndWatchExtrinsic',
        signed(grid.chain, alice, pay, { nonce }),
      )
      ids.push(id)
      expect(await client.notification(id)).toBe('ready')
      expect(await client.notification(id)).toHaveProperty('inBlock')
    }
    grid.clock.advance(1520)
    for (const id of ids) expect(await client.notification(id)).toHaveProperty('finalized')
  })
})

describe('submitting', () => {
  it('returns the hash of the bytes, and shows what waits', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const bytes = signed(grid.chain, edith, pay, { nonce: 0 })
    const future = signed(grid.chain, edith, pay, { nonce: 5 })
    const hash = await client.call('author_submitExtrinsic', bytes)
    await client.call('author_submitExtrinsic', future)
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await client.call('author_pendingExtrinsics')).toEqual([bytes])
    expect(await client.call('system_accountNextIndex', edith.address)).toBe(1)
    expect(grid.chain.nonceOf(edith.accountId)).toBe(0)
    makeBlock(grid)
    const { block } = (await client.call('chain_getBlock')) as { block: { extrinsics: string[] } }
    expect(block.extrinsics[1]).toBe(bytes)
    expect(await client.call('author_pendingExtrinsics')).toEqual([])
  })

  const stranger = pairOf('//Nobody')
  const refusals: [
    name: string,
    bytes: (grid: TestServer) => string,
    error: { code: number; message: string | RegExp; data?: string },
  ][] = [
    [
      'an old nonce',
      grid => signed(grid.chain, bob, pay, { nonce: 0 }),
      { code: 1010, message: 'Invalid Transaction', data: 'Transaction is outdated' },
    ],
    [
      'the signature of somebody else',
      grid => {
        const bytes = signed(grid.chain, bob, pay, { nonce: 1 })
        return bytes.replace(bob.accountId.slice(2), alice.accountId.slice(2))
      },
      { code: 1010, message: 'Invalid Transaction', data: 'Transaction has a bad signature' },
    ],
    [
      'a signature for another runtime',
      grid => signed(grid.chain, alice, pay, { nonce: 0, specVersion: 152 }),
      { code: 1010, message: 'Invalid Transaction', data: 'Transaction has a bad signature' },
    ],
    [
      'a signature for another chain',
      grid => signed(grid.chain, alice, pay, { nonce: 0, birthHash: `0x${'11'.repeat(32)}` }),
      { code: 1010, message: 'Invalid Transaction', data: 'Transaction has a bad signature' },
    ],
    [
      'no funds',
      grid => signed(grid.chain, stranger, pay, { nonce: 0 }),
      {
        code: 1010,
        message: 'Invalid Transaction',
        data: 'Inability to pay some fees (e.g. account balance too low)',
      },
    ],
    [
      'a call that only the author makes',
      grid =>
        signed(
          grid.chain,
          alice,
          { pallet: 'Timestamp', name: 'set', args: { now: 1n } },
          { nonce: 0 },
        ),
      {
        code: 1010,
        message: 'Invalid Transaction',
        data: 'Transaction dispatch is mandatory; transactions must not be validated.',
      },
    ],
    [
      'no signature',
      () => '0x280401000b0068e5cf8b01',
      {
        code: 1011,
        message: 'Unknown Transaction Validity',
        data: 'NoUnsignedValidator',
      },
    ],
    [
      'a signer that is no account id',
      grid => {
        const body = Buffer.from(signed(grid.chain, alice, pay, { nonce: 0 }).slice(2), 'hex')
        body[3] = 3
        return toHex(body)
      },
      { code: 1011, message: 'Unknown Transaction Validity', data: 'CannotLookup' },
    ],
    [
      'a call that does not exist',
      grid => signed(grid.chain, alice, pay, { nonce: 0 }).replace('1403008eaf', 'ff03008eaf'),
      {
        code: 1002,
        message:
          /^Verification Error: Runtime error: Execution failed: Execution aborted due to trap: /,
        data: expect.stringMatching(/^RuntimeApi\("Execution failed: /) as unknown as string,
      },
    ],
    [
      'a version that does not exist',
      () => '0x0885ff',
      { code: 1002, message: /^Verification Error: Runtime error: Execution failed: / },
    ],
  ]

  it.each(refusals)('is refused with %s', async (_, bytes, error) => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('author_submitExtrinsic', signed(grid.chain, bob, pay, { nonce: 0 }))
    const message =
      typeof error.message === 'string' ? error.message : expect.stringMatching(error.message)
    for (const name of ['author_submitExtrinsic', 'author_submitAndWatchExtrinsic']) {
      const answer = await client.ask(name, bytes(grid))
      expect(answer.error).toMatchObject({ ...error, message })
    }
    expect(await client.call('author_pendingExtrinsics')).toEqual([])
    expect(client.inbox).toEqual([])
  })

  it('is refused with the hash of a birth block that is too old to be known', async () => {
    const grid = await start()
    const client = await grid.connect()
    grid.driver.advance(2600 * 6000)
    const era = mortalEra(1, 4096)
    const birthHash = hashOf(grid, 1)
    const bytes = signed(grid.chain, alice, pay, { nonce: 0, era, birthHash })
    expect((await client.ask('author_submitExtrinsic', bytes)).error).toEqual({
      code: 1010,
      message: 'Invalid Transaction',
      data: 'Transaction has an ancient birth block',
    })
  })

  it('tells apart bytes that are no extrinsic by who asks', async () => {
    const grid = await start()
    const client = await grid.connect()
    const codec = 'Not enough data to fill buffer'
    expect((await client.ask('author_submitExtrinsic', '0xff01')).error).toEqual({
      code: -32000,
      message: `Client error: ${codec}`,
    })
    expect((await client.ask('author_submitAndWatchExtrinsic', '0xff01')).error).toEqual({
      code: 1001,
      message: `Extrinsic has invalid format: ${codec}`,
    })
  })

  it('is refused twice', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    await client.call('author_submitExtrinsic', bytes)
    expect((await client.ask('author_submitExtrinsic', bytes)).error).toEqual({
      code: 1013,
      message: 'Transaction Already Imported',
      data: 'Any { .. }',
    })
    const other = signed(grid.chain, alice, transfer(bob.accountId, 1n), { nonce: 0 })
    const refused = (await client.ask('author_submitExtrinsic', other)).error
    expect(refused).toMatchObject({
      code: 1014,
      message: expect.stringMatching(/^Priority is too low: \(\d+ vs \d+\)$/),
      data: 'The transaction has too low priority to replace another transaction already in the pool.',
    })
  })

  it.each([
    [[], 'No more params'],
    [
      [5],
      'invalid type: integer `5`, expected a (both 0x-prefixed or not) hex string or byte array',
    ],
    [[null], 'invalid type: null, expected a (both 0x-prefixed or not) hex string or byte array'],
    [['0xzz'], 'invalid hex character: z, at 2'],
    [[['0x']], 'invalid type: sequence, expected a'],
  ])('takes no %j for an extrinsic', async (params, data) => {
    const grid = await start()
    const client = await grid.connect()
    const answer: Message = await client.ask('author_submitExtrinsic', ...params)
    expect(answer.error).toMatchObject({ code: -32602, message: 'Invalid params' })
    expect(answer.error?.data).toContain(data)
  })
})

describe('a dry run', () => {
  const dryRun = async (client: Client, bytes: string) => client.call('system_dryRun', bytes)

  it('tells the outcome and leaves no trace', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const before = grid.chain.state.rawKeys('0x', grid.chain.best()).length
    expect(await dryRun(client, signed(grid.chain, alice, pay, { nonce: 0 }))).toBe('0x0000')
    const tooMuch = transfer(bob.accountId, 1n << 61n)
    expect(await dryRun(client, signed(grid.chain, alice, tooMuch, { nonce: 0 }))).toBe(
      // Token(FundsUnavailable)
      '0x00010700',
    )
    expect(await dryRun(client, signed(grid.chain, alice, pay, { nonce: 3 }))).toBe('0x010002')
    const unfunded = signed(grid.chain, pairOf('//Nobody'), pay, { nonce: 0 })
    expect(await dryRun(client, unfunded)).toBe('0x010001')
    expect(await dryRun(client, '0x280401000b0068e5cf8b01')).toBe('0x010101')
    expect((await client.ask('system_dryRun', '0x0885ff')).error).toMatchObject({ code: -32000 })
    expect(grid.chain.nonceOf(alice.accountId)).toBe(0)
    expect(grid.chain.state.rawKeys('0x', grid.chain.best())).toHaveLength(before)
    makeBlock(grid)
    expect(grid.chain.archive.contentOf(grid.chain.best())).toBe(null)
  })
})
