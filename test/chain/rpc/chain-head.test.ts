// The new generation of methods: following the head, asking about held blocks, and offering extrinsics.

import { createRequire } from 'node:module'
import { blake2b } from '@noble/hashes/blake2.js'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { mortalEra } from '../../../src/chain/node/era.ts'
import { metadataOf } from '../../../src/chain/runtime/metadata-v15.ts'
import { systemClock } from '../../../src/kernel/driver.ts'
import {
  alice,
  bob,
  type Client,
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

interface FollowEvent {
  readonly event: string
  readonly finalizedBlockHashes?: readonly string[]
  readonly prunedBlockHashes?: readonly string[]
  readonly finalizedBlockRuntime?: unknown
  readonly blockHash?: string
  readonly parentBlockHash?: string
  readonly newRuntime?: unknown
  readonly bestBlockHash?: string
  readonly operationId?: string
  readonly items?: readonly { key: string; value?: string; hash?: string }[]
  readonly value?: readonly string[]
  readonly output?: string
  readonly error?: string
}

/** A subscription, and what it was told at first. */
interface Following {
  readonly id: string
  readonly first: readonly FollowEvent[]
  /** The hash of the best block then. */
  readonly best: string
  next(): Promise<FollowEvent>
}

async function follow(client: Client, withRuntime = true): Promise<Following> {
  const id = await client.subscribe('chainHead_v1_follow', withRuntime)
  const next = async () => (await client.notification(id)) as FollowEvent
  const first: FollowEvent[] = []
  do first.push(await next())
  while (first.at(-1)?.event !== 'bestBlockChanged')
  return { id, first, best: first.at(-1)?.bestBlockHash ?? '', next }
}

const started = (operationId: unknown) => ({ result: 'started', operationId })

const hashOf = (grid: TestServer, number: number): string => grid.chain.archive.hashOf(number)

const key = ({ chain }: TestServer, pallet: string, item: string, ...keys: unknown[]): string =>
  chain.state.item(pallet, item).rawKeyOf(keys)

const blake = (hex: string): string =>
  `0x${Buffer.from(blake2b(Buffer.from(hex.slice(2), 'hex'), { dkLen: 32 })).toString('hex')}`

const pay = transfer(bob.accountId, 10_000_000n)

const notHeld = { code: -32801, message: 'Invalid block hash' }

describe('chainHead_v1_follow', () => {
  it('begins with the final blocks, those after them, and the best one', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_newBlock', { count: 30 })
    grid.clock.advance(1520)
    await client.call('dev_newBlock', { count: 2 })
    const { first } = await follow(client, false)
    const [initialized, ...rest] = first
    const final = Array.from({ length: 16 }, (_, i) => hashOf(grid, 16 + i))
    expect(initialized).toEqual({ event: 'initialized', finalizedBlockHashes: final })
    expect(rest).toEqual([
      { event: 'newBlock', blockHash: hashOf(grid, 32), parentBlockHash: hashOf(grid, 31) },
      { event: 'newBlock', blockHash: hashOf(grid, 33), parentBlockHash: hashOf(grid, 32) },
      { event: 'bestBlockChanged', bestBlockHash: hashOf(grid, 33) },
    ])
  })

  it('tells of the runtime when it is asked to', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { first, next } = await follow(client)
    expect(first[0]?.finalizedBlockRuntime).toMatchObject({
      type: 'valid',
      spec: {
        specName: 'substrate-threefold',
        implName: 'substrate-threefold',
        specVersion: 153,
        implVersion: 1,
        transactionVersion: 2,
        apis: { '0xdf6acb689907609b': 4, '0x37c8bb1350a9a2a8': 4 },
      },
    })
    await client.call('dev_newBlock')
    expect(await next()).toEqual({
      event: 'newBlock',
      blockHash: hashOf(grid, 2),
      parentBlockHash: hashOf(grid, 1),
      newRuntime: null,
    })
  })

  it('tells of each new block, and when it is final', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { next } = await follow(client, false)
    await client.call('dev_newBlock', { count: 2 })
    for (const number of [2, 3]) {
      expect(await next()).toMatchObject({ event: 'newBlock', blockHash: hashOf(grid, number) })
      expect(await next()).toEqual({
        event: 'bestBlockChanged',
        bestBlockHash: hashOf(grid, number),
      })
    }
    grid.clock.advance(1520)
    expect(await next()).toEqual({
      event: 'finalized',
      finalizedBlockHashes: [hashOf(grid, 2), hashOf(grid, 3)],
      prunedBlockHashes: [],
    })
  })

  it('stops after a jump that is too long to be told of, and begins anew', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id, next } = await follow(client)
    await client.call('dev_newBlock', { unsafeBlockHeight: 100_000 })
    expect(await next()).toEqual({ event: 'stop' })
    expect(await client.call('chainHead_v1_header', id, hashOf(grid, 1))).toBeNull()
    const again = await follow(client)
    expect(again.best).toBe(hashOf(grid, 100_000))
    expect(again.first.length).toBeLessThan(600)
  })

  it('stops a client that lets go of nothing', async () => {
    const grid = await start({ finalityMs: 0 })
    const client = await grid.connect()
    const { next } = await follow(client, false)
    let blocks = 0
    for (let isStopped = false; !isStopped; ) {
      grid.driver.enter(() => grid.chain.makeBlock())
      let { event } = await next()
      if (event === 'newBlock') {
        blocks += 1
        expect((await next()).event).toBe('bestBlockChanged')
        grid.clock.advance(0)
        ;({ event } = await next())
        // The last one is told as final before it is too much.
        if (event === 'finalized' && blocks > 510) ({ event } = await next())
      }
      isStopped = event === 'stop'
    }
    // With the two that were final at the start.
    expect(blocks + 2).toBe(513)
  })

  it('goes on for ever for a client that lets go of what is final', async () => {
    const grid = await start({ finalityMs: 0 })
    const client = await grid.connect()
    const { id, first, next } = await follow(client, false)
    let last = first[0]?.finalizedBlockHashes?.at(-1)
    for (let i = 0; i < 1000; i += 1) {
      await client.call('dev_newBlock')
      expect((await next()).event).toBe('newBlock')
      expect((await next()).event).toBe('bestBlockChanged')
      grid.clock.advance(0)
      const { event, finalizedBlockHashes = [] } = await next()
      expect(event).toBe('finalized')
      await client.call('chainHead_v1_unpin', id, [last, ...finalizedBlockHashes.slice(0, -1)])
      last = finalizedBlockHashes.at(-1)
    }
  })

  it('is had four times by one client, and no more', async () => {
    const grid = await start()
    const client = await grid.connect()
    const ids: string[] = []
    for (let i = 0; i < 4; i += 1) ids.push((await follow(client)).id)
    expect((await client.ask('chainHead_v1_follow', true)).error).toEqual({
      code: -32800,
      message: 'Maximum number of chainHead_follow has been reached',
    })
    expect(await client.call('chainHead_v1_unfollow', ids[0])).toBeNull()
    await follow(client)
    const other = await grid.connect()
    await follow(other)
  })

  it('ends with chainHead_v1_unfollow, which minds no id', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id } = await follow(client)
    expect(await client.call('chainHead_v1_unfollow', 'nonsense')).toBeNull()
    expect(await client.call('chainHead_v1_unfollow', id)).toBeNull()
    expect(await client.call('chainHead_v1_unfollow', id)).toBeNull()
    await client.call('dev_newBlock')
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it.each([[[]], [['yes']], [[null]], [[1]]])('refuses %j', async params => {
    const grid = await start()
    const client = await grid.connect()
    expect((await client.ask('chainHead_v1_follow', ...params)).error?.code).toBe(-32602)
  })

  it('is for connections alone', async () => {
    const grid = await start()
    const body = (method: string, params: unknown[]) =>
      JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const post = async (method: string, params: unknown[]) =>
      (await grid.post(body(method, params))).json()
    expect(await post('chainHead_v1_follow', [true])).toMatchObject({ error: { code: -32603 } })
    expect(await post('chainHead_v1_header', ['x', hashOf(grid, 1)])).toMatchObject({
      result: null,
    })
    expect(await post('chainSpec_v1_genesisHash', [])).toMatchObject({ result: hashOf(grid, 0) })
  })
})

describe('a chain that is changed by hand', () => {
  it('has a fork where its best block is replaced before it is final', async () => {
    const grid = await start()
    const client = await grid.connect()
    grid.clock.advance(1520)
    const { id, next } = await follow(client, false)
    const old = (await client.call('dev_newBlock')) as string
    await next()
    await next()
    const hash = await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 5 } })
    expect(await next()).toEqual({
      event: 'newBlock',
      blockHash: hash,
      parentBlockHash: hashOf(grid, 1),
    })
    expect(await next()).toEqual({ event: 'bestBlockChanged', bestBlockHash: hash })
    // Both are held.
    expect(await client.call('chainHead_v1_header', id, old)).toMatch(/^0x/)
    grid.clock.advance(1520)
    expect(await next()).toEqual({
      event: 'finalized',
      finalizedBlockHashes: [hash],
      prunedBlockHashes: [old],
    })
    await client.call('chainHead_v1_unpin', id, [old, hash])
  })

  it('is followed anew where a final block is replaced, or the chain taken back', async () => {
    const grid = await start()
    const client = await grid.connect()
    grid.clock.advance(1520)
    for (const change of [
      () => client.call('dev_setBalance', bob.address, 5),
      () => client.call('dev_setHead', 1),
    ]) {
      await client.call('dev_newBlock')
      grid.clock.advance(1520)
      const { next } = await follow(client, false)
      await change()
      expect(await next()).toEqual({ event: 'stop' })
    }
    const id = await client.call('dev_snapshot')
    const { next } = await follow(client, false)
    await client.call('dev_revert', id)
    expect(await next()).toEqual({ event: 'stop' })
    expect((await follow(client)).best).toBe(await client.call('chain_getBlockHash'))
  })
})

describe('what is in a block that is held', () => {
  it('is its header', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id, best } = await follow(client)
    const header = (await client.call('chainHead_v1_header', id, best)) as string
    expect(blake(header)).toBe(best)
    expect(await client.call('chainHead_v1_header', 'other', best)).toBeNull()
    expect((await client.ask('chainHead_v1_header', id, `0x${'11'.repeat(32)}`)).error).toEqual(
      notHeld,
    )
    expect((await client.ask('chainHead_v1_header', id, '0x11')).error?.code).toBe(-32602)
  })

  it('is its body, after the answer', async () => {
    const grid = await start()
    const client = await grid.connect()
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    await client.call('dev_newBlock', { transactions: [bytes] })
    const { id, best, next } = await follow(client, false)
    const answer = await client.call('chainHead_v1_body', id, best)
    expect(answer).toEqual(started(expect.any(String)))
    const event = await next()
    const { operationId } = answer as { operationId: string }
    expect(event).toMatchObject({ event: 'operationBodyDone', operationId })
    expect(event.value).toHaveLength(2)
    expect(event.value?.[1]).toBe(bytes)
  })

  it('is what the functions of the runtime say at it', async () => {
    const grid = await start({ metadata: metadataOf })
    const client = await grid.connect()
    const { id, best, next } = await follow(client)
    const call = async (name: string, args: string) => {
      expect(await client.call('chainHead_v1_call', id, best, name, args)).toMatchObject({
        result: 'started',
      })
      return next()
    }
    expect(await call('AccountNonceApi_account_nonce', alice.accountId)).toMatchObject({
      event: 'operationCallDone',
      output: '0x00000000',
    })
    expect(await call('Metadata_metadata_versions', '0x')).toMatchObject({
      output: '0x080e0000000f000000',
    })
    expect((await call('Metadata_metadata_at_version', '0x0f000000')).output).toMatch(/^0x01/)
    expect(await call('Nothing_at_all', '0x')).toMatchObject({
      event: 'operationError',
      error: expect.stringContaining('Nothing_at_all'),
    })
    expect(await call('AccountNonceApi_account_nonce', '0x01')).toMatchObject({
      event: 'operationError',
    })
  })

  it('is no function of the runtime for one who does not follow that', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id, best } = await follow(client, false)
    const { error } = await client.ask('chainHead_v1_call', id, best, 'Core_version', '0x')
    expect(error?.code).toBe(-32802)
    const unknown = `0x${'11'.repeat(32)}`
    const none = await client.ask('chainHead_v1_call', id, unknown, 'Core_version', '0x')
    expect(none.error).toEqual(notHeld)
  })

  it('is not told to one whose subscription has ended', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id, best } = await follow(client)
    const other = await grid.connect()
    const limit = { result: 'limitReached' }
    for (const [asker, subscription] of [
      [client, 'other'],
      [other, id],
    ] as const) {
      expect(await asker.call('chainHead_v1_body', subscription, best)).toEqual(limit)
      expect(await asker.call('chainHead_v1_call', subscription, best, 'x', '0x')).toEqual(limit)
      expect(await asker.call('chainHead_v1_storage', subscription, best, [], null)).toEqual(limit)
      expect(await asker.call('chainHead_v1_continue', subscription, '1')).toBeNull()
      expect(await asker.call('chainHead_v1_stopOperation', subscription, '1')).toBeNull()
      expect(await asker.call('chainHead_v1_unpin', subscription, best)).toBeNull()
    }
  })
})

describe('chainHead_v1_storage', () => {
  /** Asks, and collects what comes until it is done. */
  async function storage(
    client: Client,
    { id, next }: Following,
    hash: string,
    items: readonly { key: string; type: string }[],
    childTrie: string | null = null,
  ) {
    const answer = (await client.call('chainHead_v1_storage', id, hash, items, childTrie)) as {
      operationId: string
      discardedItems: number
    }
    const found: { key: string; value?: string; hash?: string }[] = []
    let pages = 0
    for (;;) {
      const event = await next()
      expect(event.operationId).toBe(answer.operationId)
      if (event.event === 'operationStorageItems') found.push(...(event.items ?? []))
      else if (event.event === 'operationWaitingForContinue') {
        pages += 1
        await client.call('chainHead_v1_continue', id, answer.operationId)
      } else return { found, pages, last: event.event, discarded: answer.discardedItems }
    }
  }

  it('has values and hashes, and nothing for what is not there', async () => {
    const grid = await start()
    const client = await grid.connect()
    const following = await follow(client)
    const account = key(grid, 'System', 'Account', alice.accountId)
    const value = (await client.call('state_getStorage', account)) as string
    const items = [
      { key: account, type: 'value' },
      { key: account, type: 'hash' },
      { key: `${account}00`, type: 'value' },
    ]
    expect(await storage(client, following, following.best, items)).toEqual({
      found: [
        { key: account, value },
        { key: account, hash: blake(value) },
      ],
      pages: 0,
      last: 'operationStorageDone',
      discarded: 0,
    })
    const child = await storage(client, following, following.best, items, '0x00')
    expect(child).toMatchObject({ found: [], last: 'operationStorageDone' })
    const none = await storage(client, following, following.best, [])
    expect(none).toMatchObject({ found: [], last: 'operationStorageDone' })
  })

  it('has all there is below a key, in order', async () => {
    const grid = await start()
    const client = await grid.connect()
    const following = await follow(client)
    const { prefix } = grid.chain.state.item('System', 'Account')
    const pairs = (await client.call('state_getPairs', prefix)) as [string, string][]
    expect(pairs.length).toBeGreaterThan(5)
    const values = [{ key: prefix, type: 'descendantsValues' }]
    expect((await storage(client, following, following.best, values)).found).toEqual(
      pairs.map(([at, value]) => ({ key: at, value })),
    )
    const hashes = [{ key: prefix, type: 'descendantsHashes' }]
    expect((await storage(client, following, following.best, hashes)).found).toEqual(
      pairs.map(([at, value]) => ({ key: at, hash: blake(value) })),
    )
    const [one] = pairs[0]!
    const itself = [{ key: one, type: 'descendantsValues' }]
    expect((await storage(client, following, following.best, itself)).found).toHaveLength(1)
  })

  it('comes in pages that the client asks for', async () => {
    const grid = await start()
    const client = await grid.connect()
    const entries = Array.from({ length: 2500 }, (_, i) => [[i + 1], { id: i + 1 }])
    await client.call('dev_setStorage', { TfgridModule: { Twins: entries } })
    const following = await follow(client)
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const items = [{ key: prefix, type: 'descendantsValues' }]
    const { found, pages } = await storage(client, following, following.best, items)
    expect(found).toHaveLength(2500)
    expect(new Set(found.map(each => each.key)).size).toBe(2500)
    expect(pages).toBe(2)
    // One that is stopped says no more.
    const { operationId } = (await client.call(
      'chainHead_v1_storage',
      following.id,
      following.best,
      items,
      null,
    )) as { operationId: string }
    expect((await following.next()).event).toBe('operationStorageItems')
    expect((await following.next()).event).toBe('operationWaitingForContinue')
    expect(await client.call('chainHead_v1_stopOperation', following.id, operationId)).toBeNull()
    expect(await client.call('chainHead_v1_continue', following.id, operationId)).toBeNull()
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('cannot be continued before it has said that it waits', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { id, best, next } = await follow(client)
    const ask = (method: string, ...params: unknown[]) => ({
      jsonrpc: '2.0',
      id: 1,
      method,
      params,
    })
    const answers = (await client.send(
      JSON.stringify([
        ask('chainHead_v1_body', id, best),
        ask('chainHead_v1_continue', id, '1'),
        ask('chainHead_v1_continue', id, '2'),
      ]),
    )) as unknown as { result?: unknown; error?: { code: number } }[]
    expect(answers[0]?.result).toEqual(started('1'))
    expect(answers[1]?.error?.code).toBe(-32803)
    expect(answers[2]?.result).toBeNull()
    expect((await next()).event).toBe('operationBodyDone')
    expect(await client.call('chainHead_v1_continue', id, '1')).toBeNull()
  })

  it('accepts sixteen items at a time, those that wait included', async () => {
    const grid = await start()
    const client = await grid.connect()
    const entries = Array.from({ length: 1500 }, (_, i) => [[i + 1], { id: i + 1 }])
    await client.call('dev_setStorage', { TfgridModule: { Twins: entries } })
    const { id, best, next } = await follow(client)
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const ask = (count: number) => {
      const items = Array.from({ length: count }, () => ({
        key: prefix,
        type: 'descendantsHashes',
      }))
      return client.call('chainHead_v1_storage', id, best, items, null)
    }
    const waiting: string[] = []
    const begin = async (count: number, discardedItems: number) => {
      const answer = (await ask(count)) as { operationId: string }
      expect(answer).toMatchObject({ result: 'started', discardedItems })
      waiting.push(answer.operationId)
      expect((await next()).event).toBe('operationStorageItems')
      expect((await next()).event).toBe('operationWaitingForContinue')
    }
    await begin(10, 0)
    await begin(20, 14)
    const limit = { result: 'limitReached' }
    expect(await ask(1)).toEqual(limit)
    expect(await client.call('chainHead_v1_body', id, best)).toEqual(limit)
    expect(await client.call('chainHead_v1_call', id, best, 'Core_version', '0x')).toEqual(limit)
    await client.call('chainHead_v1_stopOperation', id, waiting[0])
    await begin(11, 1)
  })

  it('goes on after the block is let go of', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_newBlock')
    const entries = Array.from({ length: 1500 }, (_, i) => [[i + 1], { id: i + 1 }])
    await client.call('dev_setStorage', { TfgridModule: { Twins: entries } })
    const { id, best, next } = await follow(client)
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const items = [{ key: prefix, type: 'descendantsValues' }]
    const answer = (await client.call('chainHead_v1_storage', id, best, items, null)) as {
      operationId: string
    }
    expect((await next()).items).toHaveLength(1000)
    await next()
    await client.call('dev_setStorage', { TfgridModule: { Twins: [[[1500], { id: 7 }]] } })
    const events = [await next(), await next()]
    expect(events.map(({ event }) => event)).toEqual(['newBlock', 'bestBlockChanged'])
    await client.call('chainHead_v1_unpin', id, best)
    expect((await client.ask('chainHead_v1_body', id, best)).error).toEqual(notHeld)
    await client.call('chainHead_v1_continue', id, answer.operationId)
    expect((await next()).items).toHaveLength(500)
    expect((await next()).event).toBe('operationStorageDone')
  })

  it('has in place of a Merkle value what changes exactly when something below the key does', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const seen: unknown[] = []
    const look = async () => {
      const following = await follow(client)
      const items = [{ key: prefix, type: 'closestDescendantMerkleValue' }]
      const { found } = await storage(client, following, following.best, items)
      await client.call('chainHead_v1_unfollow', following.id)
      seen.push(
        (found[0] as { closestDescendantMerkleValue?: string } | undefined)
          ?.closestDescendantMerkleValue,
      )
    }
    await look()
    await client.call('dev_setStorage', { TfgridModule: { Twins: [[[1], { id: 1 }]] } })
    await look()
    await client.call('dev_newBlock')
    await client.call('dev_setStorage', { TFTPriceModule: { TftPrice: 5 } })
    await look()
    await client.call('dev_setStorage', { TfgridModule: { Twins: [[[1], { id: 2 }]] } })
    await look()
    const [none, one, same, other] = seen
    expect(none).toBeUndefined()
    expect(one).toMatch(/^0x[0-9a-f]{64}$/)
    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })

  it.each([
    ['no list', 5],
    ['no items', ['0x00']],
    ['an unknown type', [{ key: '0x00', type: 'everything' }]],
    ['no key', [{ type: 'value' }]],
    ['no hex', [{ key: 'zz', type: 'value' }]],
  ])('refuses %s', async (_, items) => {
    const grid = await start()
    const client = await grid.connect()
    const { id, best } = await follow(client)
    const { error } = await client.ask('chainHead_v1_storage', id, best, items, null)
    expect(error?.code).toBe(-32602)
  })
})

describe('chainHead_v1_unpin', () => {
  it('lets go of all or of none', async () => {
    const grid = await start()
    const client = await grid.connect()
    await client.call('dev_newBlock', { count: 3 })
    const { id } = await follow(client)
    const [one, two, three] = [2, 3, 4].map(number => hashOf(grid, number))
    const unknown = `0x${'11'.repeat(32)}`
    const unpin = (hashes: unknown) => client.ask('chainHead_v1_unpin', id, hashes)
    expect((await unpin([one, unknown])).error).toEqual(notHeld)
    expect((await unpin([one, two, one])).error?.code).toBe(-32804)
    expect((await unpin(5)).error?.code).toBe(-32602)
    expect(await client.call('chainHead_v1_header', id, one)).toMatch(/^0x/)
    expect((await unpin([one, two])).result).toBeNull()
    expect((await unpin(three)).result).toBeNull()
    expect((await unpin(three)).error).toEqual(notHeld)
    expect((await client.ask('chainHead_v1_header', id, one)).error).toEqual(notHeld)
  })
})

describe('chainSpec_v1', () => {
  it('says what never changes', async () => {
    const grid = await start()
    const client = await grid.connect()
    expect(await client.call('chainSpec_v1_chainName')).toBe('Development')
    expect(await client.call('chainSpec_v1_genesisHash')).toBe(hashOf(grid, 0))
    expect(await client.call('chainSpec_v1_properties')).toEqual({
      tokenDecimals: 7,
      tokenSymbol: 'TFT',
    })
  })
})

describe('transaction_v1', () => {
  const nonceOf = async (client: Client, { address }: { address: string }) => {
    await new Promise(setImmediate)
    return client.call('system_accountNextIndex', address)
  }

  it('brings an extrinsic into a block', async () => {
    const grid = await start()
    const client = await grid.connect()
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    const id = await client.call('transaction_v1_broadcast', bytes)
    expect(id).toMatch(/^[A-Za-z0-9]{16}$/)
    expect(await nonceOf(client, alice)).toBe(1)
    expect(await client.call('transaction_v1_stop', id)).toBeNull()
    const { error } = await client.ask('transaction_v1_stop', id)
    expect(error).toEqual({ code: -32602, message: 'Invalid operation id' })
  })

  it('offers again what the pool refuses now, until it is stopped', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const poor = `0x${'00'.repeat(31)}01`
    await client.call('dev_newBlock')
    // Nobody can pay before there is something to pay with.
    await client.call('dev_setBalance', edith.address, 0)
    const bytes = signed(grid.chain, edith, transfer(poor, 1_000_000n), { nonce: 0 })
    const id = await client.call('transaction_v1_broadcast', bytes)
    await client.call('dev_newBlock')
    expect(await client.call('author_pendingExtrinsics')).toEqual([])
    await client.call('dev_setBalance', edith.address, 100_000_000)
    await client.call('dev_newBlock')
    await client.call('system_chain')
    expect(await client.call('author_pendingExtrinsics')).toEqual([bytes])
    await client.call('dev_newBlock')
    expect(await nonceOf(client, edith)).toBe(1)
    expect(await client.call('transaction_v1_stop', id)).toBeNull()
  })

  it('says nothing of what is no extrinsic, and takes sixteen of one client', async () => {
    const grid = await start()
    const client = await grid.connect()
    const ids: unknown[] = []
    for (let i = 0; i < 16; i += 1) ids.push(await client.call('transaction_v1_broadcast', '0x00'))
    expect(new Set(ids).size).toBe(16)
    expect(await client.call('transaction_v1_broadcast', '0x00')).toBeNull()
    await client.call('transaction_v1_stop', ids[3])
    expect(await client.call('transaction_v1_broadcast', '0x00')).toMatch(/^\w+$/)
    expect((await client.ask('transaction_v1_broadcast', 'zz')).error?.code).toBe(-32602)
    const other = await grid.connect()
    expect((await other.ask('transaction_v1_stop', ids[0])).error?.code).toBe(-32602)
  })
})

describe('several clients that submit', () => {
  it('have blocks at least 100 ms apart, so that an era outlives signing', async () => {
    const grid = await start()
    const [one, two] = [await grid.connect(), await grid.connect()]
    const best = () => grid.chain.archive.best
    const birth = best()
    const era = mortalEra(birth, 64)
    const slow = signed(grid.chain, bob, pay, { nonce: 0, era, birthHash: hashOf(grid, birth) })
    await two.call('author_submitExtrinsic', signed(grid.chain, edith, pay, { nonce: 0 }))
    // One client alone has a block for each extrinsic, at once.
    const submit = async (nonce: number) => {
      await one.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce }))
      await new Promise(setImmediate)
      await one.call('system_chain')
    }
    for (let nonce = 0; nonce < 100; nonce += 1) {
      await submit(nonce)
      grid.clock.advance(5)
    }
    expect(best() - birth).toBeLessThanOrEqual(7)
    expect(await two.call('author_submitExtrinsic', slow)).toMatch(/^0x/)
    grid.clock.advance(100)
    await one.call('system_chain')
    expect(grid.chain.nonceOf(bob.accountId)).toBe(1)
    // When the other one has been quiet for a while, or has gone, blocks come at once again.
    grid.clock.advance(11_000)
    const before = best()
    for (let nonce = 100; nonce < 110; nonce += 1) await submit(nonce)
    expect(best() - before).toBeGreaterThanOrEqual(10)
  })
})

describe("light clients' own libraries", () => {
  /** They come with polkadot-js, which can follow the head in the new way too. */
  const library = (() => {
    try {
      let from = createRequire(import.meta.url)
      for (const name of ['@polkadot/rpc-provider', '@substrate/connect']) {
        from = createRequire(from.resolve(name))
      }
      return {
        substrate: from('@polkadot-api/substrate-client') as SubstrateClientLibrary,
        observable: from('@polkadot-api/observable-client') as ObservableClientLibrary,
      }
    } catch (cause) {
      if ((cause as { code?: string }).code === 'MODULE_NOT_FOUND') return null
      throw cause
    }
  })()

  interface SubstrateClient {
    getChainSpecData(): Promise<{ name: string; genesisHash: string; properties: unknown }>
    destroy(): void
  }
  interface SubstrateClientLibrary {
    createClient(provider: unknown): SubstrateClient
  }
  interface Observable<T> {
    subscribe(listener: { next(value: T): void; error(error: unknown): void }): {
      unsubscribe(): void
    }
  }
  interface BlockInfo {
    readonly hash: string
    readonly number: number
    readonly parent: string
  }
  interface ChainHead {
    readonly finalized$: Observable<BlockInfo>
    readonly best$: Observable<BlockInfo>
    readonly metadata$: Observable<unknown>
    storage$(hash: string | null, type: string, key: () => string): Observable<unknown>
    body$(hash: string): Observable<readonly string[]>
    trackTx$(tx: string): Observable<{
      readonly hash: string
      readonly found: {
        readonly type: boolean
        readonly index?: number
        readonly events?: readonly { readonly event: unknown }[]
      }
    }>
    unfollow(): void
  }
  interface ObservableClientLibrary {
    getObservableClient(client: SubstrateClient): {
      chainHead$(): ChainHead
      broadcastTx$(tx: string): Observable<never>
      destroy(): void
    }
  }

  /** How the library reaches a server: text in, text out. */
  const providerOf = (url: string) => (onMessage: (message: string) => void) => {
    const socket = new WebSocket(url)
    const waiting: string[] = []
    socket.on('open', () => {
      for (const message of waiting.splice(0)) socket.send(message)
    })
    socket.on('message', data => onMessage(data.toString()))
    return {
      send: (message: string) => {
        if (socket.readyState === socket.OPEN) socket.send(message)
        else waiting.push(message)
      },
      disconnect: () => socket.close(),
    }
  }

  const first = <T>(from: Observable<T>, isIt: (value: T) => boolean = () => true): Promise<T> =>
    new Promise((resolve, reject) => {
      const subscription: { unsubscribe?: () => void } = {}
      const opened = from.subscribe({
        next: value => {
          if (!isIt(value)) return
          resolve(value)
          queueMicrotask(() => subscription.unsubscribe?.())
        },
        error: reject,
      })
      subscription.unsubscribe = () => opened.unsubscribe()
    })

  it.skipIf(!library)('follow, read, and see their extrinsic become final', async () => {
    const grid = await start({ clock: systemClock, metadata: metadataOf, finalityMs: 200 })
    const client = library!.substrate.createClient(providerOf(grid.server.url))
    const observable = library!.observable.getObservableClient(client)
    const chainHead = observable.chainHead$()
    try {
      expect(await client.getChainSpecData()).toEqual({
        name: 'Development',
        genesisHash: hashOf(grid, 0),
        properties: { tokenDecimals: 7, tokenSymbol: 'TFT' },
      })
      const final = await first(chainHead.finalized$)
      expect(final).toMatchObject({ number: 1, hash: hashOf(grid, 1) })
      expect(await first(chainHead.metadata$, found => found !== null)).toHaveProperty('pallets')
      const account = key(grid, 'System', 'Account', alice.accountId)
      expect(await first(chainHead.storage$(null, 'value', () => account))).toMatch(/^0x/)
      expect(await first(chainHead.body$(final.hash))).toHaveLength(1)
      const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
      const tracked = first(chainHead.trackTx$(bytes), ({ found }) => found.type)
      observable.broadcastTx$(bytes).subscribe({ next: () => undefined, error: () => undefined })
      const block = await first(chainHead.finalized$, ({ number }) => number >= 2)
      expect(await first(chainHead.body$(block.hash))).toContain(bytes)
      const { hash, found } = await tracked
      expect(hash).toBe(hashOf(grid, 2))
      expect(found.index).toBe(1)
      expect(found.events?.at(-1)?.event).toMatchObject({
        type: 'System',
        value: { type: 'ExtrinsicSuccess' },
      })
    } finally {
      chainHead.unfollow()
      observable.destroy()
      client.destroy()
    }
  })
})

describe('anything at all', () => {
  it('is answered, and breaks nothing', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const { id, best } = await follow(client)
    const methods = grid.server.help
      .filter(({ namespace }) => ['chainHead', 'transaction', 'chainSpec'].includes(namespace))
      .map(({ name }) => name)
      .filter(name => name !== 'chainHead_v1_follow')
    const given = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(id, best, hashOf(grid, 0), '0x', '1', 'value', 'Core_version'),
      fc.array(
        fc.record({
          key: fc.constantFrom('0x', '0x26aa', 'x'),
          type: fc.constantFrom(
            'value',
            'hash',
            'descendantsHashes',
            'closestDescendantMerkleValue',
          ),
        }),
        { maxLength: 20 },
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.array(given, { maxLength: 4 }),
        async (name, params) => {
          client.inbox.length = 0
          const request = client.ask(name, ...params)
          const { error } = await request
          if (error) expect([-32602, -32801, -32802, -32804]).toContain(error.code)
          // What operations tell comes after their answers.
          const answer = await grid.post(
            JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'system_chain', params: [] }),
          )
          expect(answer.status).toBe(200)
          await new Promise(setImmediate)
          client.inbox.length = 0
        },
      ),
      { numRuns: 400 },
    )
  })
})
