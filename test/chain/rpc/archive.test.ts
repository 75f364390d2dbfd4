// archive_v1_*: any block, by height or hash.

import { blake2b } from '@noble/hashes/blake2.js'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import {
  alice,
  bob,
  type Client,
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

const hashOf = (grid: TestServer, number: number): string => grid.chain.archive.hashOf(number)

const key = ({ chain }: TestServer, pallet: string, item: string, ...keys: unknown[]): string =>
  chain.state.item(pallet, item).rawKeyOf(keys)

const blake = (hex: string): string =>
  `0x${Buffer.from(blake2b(Buffer.from(hex.slice(2), 'hex'), { dkLen: 32 })).toString('hex')}`

const pay = transfer(bob.accountId, 10_000_000n)
const unknown = `0x${'11'.repeat(32)}`

interface StorageEvent {
  readonly event: string
  readonly key?: string
  readonly value?: string
  readonly hash?: string
  readonly type?: string
  readonly error?: string
}

/** Opens a subscription, and collects what it tells until its last word. */
async function collect(client: Client, method: string, ...params: unknown[]) {
  const id = await client.subscribe(method, ...params)
  const events: StorageEvent[] = []
  for (;;) {
    const event = (await client.notification(id)) as StorageEvent
    events.push(event)
    if (/(Done|Error)$/.test(event.event)) return { events, id }
  }
}

describe('blocks by height and hash', () => {
  it('are found, the final ones for ever', async () => {
    const grid = await start()
    const client = await grid.connect()
    expect(await client.call('archive_v1_genesisHash')).toBe(hashOf(grid, 0))
    const bytes = signed(grid.chain, alice, pay, { nonce: 0 })
    const hash = await client.call('dev_newBlock', { transactions: [bytes] })
    expect(await client.call('archive_v1_finalizedHeight')).toBe(1)
    grid.clock.advance(1520)
    expect(await client.call('archive_v1_finalizedHeight')).toBe(2)
    expect(await client.call('archive_v1_hashByHeight', 2)).toEqual([hash])
    expect(await client.call('archive_v1_hashByHeight', 3)).toEqual([])
    expect(await client.call('archive_v1_hashByHeight', 0xffff_ffff)).toEqual([])
    expect((await client.ask('archive_v1_hashByHeight', -1)).error?.code).toBe(-32602)
    const header = (await client.call('archive_v1_header', hash)) as string
    expect(blake(header)).toBe(hash)
    expect(await client.call('archive_v1_body', hash)).toEqual([expect.any(String), bytes])
    for (const method of ['archive_v1_header', 'archive_v1_body']) {
      expect(await client.call(method, unknown)).toBeNull()
      expect((await client.ask(method, '0x11')).error?.code).toBe(-32602)
    }
  })

  it('have a header beyond the window, or none, but never a wrong one', async () => {
    const grid = await start()
    const client = await grid.connect()
    const hashes: unknown[] = []
    for (let nonce = 0; nonce < 5; nonce += 1) {
      const transactions = [signed(grid.chain, alice, pay, { nonce })]
      hashes.push(await client.call('dev_newBlock', { transactions }))
    }
    await client.call('dev_newBlock', { count: 3000 })
    // Something has to happen before anything is forgotten.
    await client.call('dev_newBlock', {
      transactions: [signed(grid.chain, alice, pay, { nonce: 5 })],
    })
    expect(grid.chain.archive.floor).toBeGreaterThan(100)
    for (const [i, hash] of hashes.entries()) {
      expect(await client.call('archive_v1_hashByHeight', i + 2)).toEqual([hash])
      expect(await client.call('archive_v1_body', hash)).toBeNull()
      expect(await client.call('archive_v1_call', hash, 'Core_version', '0x')).toBeNull()
      const header = (await client.call('archive_v1_header', hash)) as string | null
      if (header !== null) expect(blake(header)).toBe(hash)
      const plain = (await client.call('chain_getHeader', hash)) as { parentHash: string } | null
      if (plain !== null) expect(plain.parentHash).toBe(hashOf(grid, i + 1))
      const { events } = await collect(client, 'archive_v1_storage', hash, [], null)
      expect(events).toEqual([{ event: 'storageError', error: expect.any(String) }])
    }
  })
})

describe('archive_v1_call', () => {
  it('runs a function of the runtime at a block', async () => {
    const grid = await start()
    const client = await grid.connect()
    const before = hashOf(grid, 1)
    const transactions = [signed(grid.chain, alice, pay, { nonce: 0 })]
    const after = await client.call('dev_newBlock', { transactions })
    const nonceAt = (hash: unknown) =>
      client.call('archive_v1_call', hash, 'AccountNonceApi_account_nonce', alice.accountId)
    expect(await nonceAt(before)).toEqual({ success: true, value: '0x00000000' })
    expect(await nonceAt(after)).toEqual({ success: true, value: '0x01000000' })
    expect(await nonceAt(unknown)).toBeNull()
    expect(await client.call('archive_v1_call', after, 'No_function', '0x')).toEqual({
      success: false,
      error: expect.stringContaining('No_function'),
    })
    expect(await client.call('archive_v1_call', after, 'Core_version', '0x00')).toMatchObject({
      success: false,
    })
  })
})

describe('archive_v1_storage', () => {
  it('has values, hashes, and all below a key', async () => {
    const grid = await start()
    const client = await grid.connect()
    const block = hashOf(grid, 1)
    const account = key(grid, 'System', 'Account', alice.accountId)
    const { prefix } = grid.chain.state.item('System', 'Account')
    const value = (await client.call('state_getStorage', account, block)) as string
    const pairs = (await client.call('state_getPairs', prefix, block)) as [string, string][]
    await client.call('dev_newBlock', {
      transactions: [signed(grid.chain, alice, pay, { nonce: 0 })],
    })
    const items = [
      { key: account, type: 'value' },
      { key: `${account}00`, type: 'value' },
      { key: account, type: 'hash' },
      { key: prefix, type: 'descendantsValues' },
      { key: prefix, type: 'descendantsHashes', paginationStartKey: pairs[1]![0] },
      { key: prefix, type: 'closestDescendantMerkleValue' },
    ]
    const { events, id } = await collect(client, 'archive_v1_storage', block, items, null)
    const event = 'storage'
    expect(events).toEqual([
      { event, key: account, value },
      { event, key: account, hash: blake(value) },
      ...pairs.map(([at, found]) => ({ event, key: at, value: found })),
      ...pairs.slice(2).map(([at, found]) => ({ event, key: at, hash: blake(found) })),
      {
        event,
        key: prefix,
        closestDescendantMerkleValue: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      },
      { event: 'storageDone' },
    ])
    expect(await client.call('archive_v1_stopStorage', id)).toBeNull()
    const child = await collect(client, 'archive_v1_storage', block, items, '0x00')
    expect(child.events).toEqual([{ event: 'storageDone' }])
  })

  it('brings much without losing the client, and stops when it is told to', async () => {
    const grid = await start({ limits: { maxUnsentBytes: 256 * 1024 } })
    const client = await grid.connect()
    const entries = Array.from({ length: 5000 }, (_, i) => [[i + 1], { id: i + 1 }])
    await client.call('dev_setStorage', { TfgridModule: { Twins: entries } })
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const items = [{ key: prefix, type: 'descendantsValues' }]
    const hash = await client.call('chain_getBlockHash')
    const { events } = await collect(client, 'archive_v1_storage', hash, items, null)
    expect(events).toHaveLength(5001)
    const id = await client.subscribe('archive_v1_storage', hash, items, null)
    await client.notification(id)
    client.socket.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 'stop',
        method: 'archive_v1_stopStorage',
        params: [id],
      }),
    )
    // What was on its way arrives before the answer, and nothing after it.
    for (let message = await client.next(); message.id !== 'stop'; ) message = await client.next()
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('knows no unknown block, and no start key without descendants', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { events } = await collect(client, 'archive_v1_storage', unknown, [], null)
    expect(events).toEqual([{ event: 'storageError', error: expect.any(String) }])
    const items = [{ key: '0x00', type: 'value', paginationStartKey: '0x00' }]
    const { error } = await client.ask('archive_v1_storage', hashOf(grid, 1), items, null)
    expect(error?.code).toBe(-32602)
  })
})

describe('archive_v1_storageDiff', () => {
  it('tells what was added, modified and deleted', async () => {
    const grid = await start()
    const client = await grid.connect()
    const { prefix } = grid.chain.state.item('TfgridModule', 'Twins')
    const at = (id: number) => key(grid, 'TfgridModule', 'Twins', id)
    const set = (twins: unknown) =>
      client.call('dev_setStorage', { TfgridModule: { Twins: twins } })
    await client.call('dev_newBlock')
    const first = await set([
      [[1], { id: 1 }],
      [[2], { id: 2 }],
      [[3], { id: 3 }],
    ])
    await client.call('dev_newBlock')
    const second = await set([
      [[1], null],
      [[2], { id: 22 }],
      [[3], { id: 3 }],
      [[4], { id: 4 }],
    ])
    await client.call('dev_newBlock')
    const third = await set([[[4], null]])
    const value = (id: number, hash: unknown) => client.call('state_getStorage', at(id), hash)
    const items = [{ key: prefix, returnType: 'value' }]
    const event = 'storageDiff'
    const expected = [
      { event, key: at(1), type: 'deleted' },
      { event, key: at(2), value: await value(2, second), type: 'modified' },
      { event, key: at(4), value: await value(4, second), type: 'added' },
    ].sort((a, b) => (a.key < b.key ? -1 : 1))
    const diff = async (...params: unknown[]) =>
      (await collect(client, 'archive_v1_storageDiff', ...params)).events
    expect(await diff(second, items)).toEqual([...expected, { event: 'storageDiffDone' }])
    expect(await diff(second, items, first)).toHaveLength(4)
    expect(await diff(third, items, first)).toEqual([
      ...expected.filter(each => each.key !== at(4)),
      { event: 'storageDiffDone' },
    ])
    expect(await diff(third, items, third)).toEqual([{ event: 'storageDiffDone' }])
    const hashes = await diff(second, [{ key: at(2), returnType: 'hash' }])
    expect(hashes[0]).toEqual({
      event,
      key: at(2),
      hash: blake((await value(2, second)) as string),
      type: 'modified',
    })
    expect(await diff(first, items, second)).toMatchObject([{ event: 'storageDiffError' }])
    expect(await diff(unknown, items)).toMatchObject([{ event: 'storageDiffError' }])
    const child = [{ returnType: 'value', childTrieKey: '0x00' }]
    expect(await diff(second, child)).toEqual([{ event: 'storageDiffDone' }])
  })

  it('is the difference of all that is there', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const hashes: string[] = []
    for (let nonce = 0; nonce < 4; nonce += 1) {
      const transactions = [signed(grid.chain, alice, pay, { nonce })]
      hashes.push((await client.call('dev_newBlock', { transactions, count: 3 })) as string)
    }
    const all = async (hash: string) =>
      new Map((await client.call('state_getPairs', '0x', hash)) as [string, string][])
    for (const [from, to] of [
      [0, 1],
      [0, 3],
      [2, 3],
    ] as const) {
      const before = await all(hashes[from]!)
      const after = await all(hashes[to]!)
      const { events } = await collect(
        client,
        'archive_v1_storageDiff',
        hashes[to],
        null,
        hashes[from],
      )
      for (const { event, key: at = '', value, type } of events) {
        if (event !== 'storageDiff') continue
        if (type === 'deleted') before.delete(at)
        else before.set(at, value ?? '')
      }
      expect([...before].sort()).toEqual([...after].sort())
    }
  })

  it.each([
    ['no list', 5],
    ['no return type', [{ key: '0x' }]],
    ['an unknown return type', [{ returnType: 'all' }]],
    ['a key that is none', [{ key: 'zz', returnType: 'value' }]],
  ])('refuses %s', async (_, items) => {
    const grid = await start()
    const client = await grid.connect()
    const { error } = await client.ask('archive_v1_storageDiff', hashOf(grid, 1), items)
    expect(error?.code).toBe(-32602)
  })
})

describe('anything at all', () => {
  it('is answered, and breaks nothing', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    await client.call('dev_newBlock', { count: 3 })
    const methods = grid.server.help
      .filter(({ namespace }) => namespace === 'archive')
      .flatMap(({ name, unsubscribe }) => [name, ...unsubscribe])
    const given = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(hashOf(grid, 0), hashOf(grid, 2), unknown, 1, 0, '0x', 'Core_version'),
      fc.array(
        fc.record({
          key: fc.constantFrom('0x26aa', '0x', 'x'),
          type: fc.constantFrom('value', 'hash', 'descendantsHashes'),
          returnType: fc.constantFrom('value', 'hash', 'x'),
        }),
        { maxLength: 3 },
      ),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        fc.array(given, { maxLength: 4 }),
        async (name, params) => {
          client.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'it', method: name, params }))
          for (;;) {
            const { id, error } = await client.next()
            if (id !== 'it') continue
            if (error) expect(error.code).toBe(-32602)
            break
          }
        },
      ),
      { numRuns: 400 },
    )
    await grid.post('{"jsonrpc":"2.0","id":1,"method":"system_chain"}')
  })
})
