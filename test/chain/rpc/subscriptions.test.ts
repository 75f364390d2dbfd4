// Subscriptions to heads and storage: what is sent at once, what each block brings, and what a jump in time brings.

import { afterEach, describe, expect, it } from 'vitest'
import { burstLimit } from '../../../src/chain/rpc/internal/edge.ts'
import {
  alice,
  bob,
  edith,
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

interface ChangeSet {
  block: string
  changes: [string, string | null][]
}

const makeBlock = (grid: TestServer): number => grid.driver.enter(() => grid.chain.makeBlock())
const hashOf = (grid: TestServer, block: number): string => grid.chain.archive.hashOf(block)
const pay = transfer(bob.accountId, 10_000_000n)
const accountKey = (grid: TestServer, account: string): string =>
  grid.chain.state.item('System', 'Account').rawKeyOf([account])
const plainKey = (grid: TestServer, pallet: string, name: string): string =>
  grid.chain.state.item(pallet, name).prefix

describe('heads', () => {
  it.each([
    ['chain_subscribeNewHeads', 'chain_newHead', 'chain_unsubscribeNewHeads'],
    ['chain_subscribeNewHead', 'chain_newHead', 'chain_unsubscribeNewHead'],
    ['subscribe_newHead', 'chain_newHead', 'unsubscribe_newHead'],
    ['chain_subscribeAllHeads', 'chain_allHead', 'chain_unsubscribeAllHeads'],
    ['chain_subscribeFinalizedHeads', 'chain_finalizedHead', 'chain_unsubscribeFinalizedHeads'],
    ['chain_subscribeFinalisedHeads', 'chain_finalizedHead', 'chain_unsubscribeFinalisedHeads'],
  ])('%s sends the present head at once, as %s', async (subscribe, method, unsubscribe) => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.subscribe(subscribe)
    const first = await client.next()
    expect(first).toMatchObject({ jsonrpc: '2.0', method, params: { subscription: id } })
    expect(first.params?.result).toEqual(await client.call('chain_getHeader'))
    expect(await client.call(unsubscribe, id)).toBe(true)
    makeBlock(grid)
    grid.clock.advance(5000)
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('come one by one, and become final later in the same order', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const best = await client.subscribe('chain_subscribeNewHeads')
    expect(await client.notification(best)).toMatchObject({ number: '0x0' })
    const final = await client.subscribe('chain_subscribeFinalizedHeads')
    expect(await client.notification(final)).toMatchObject({ number: '0x0' })
    for (const number of ['0x1', '0x2']) {
      makeBlock(grid)
      expect(await client.notification(best)).toMatchObject({ number })
      grid.clock.advance(500)
    }
    grid.clock.advance(520)
    expect(await client.notification(final)).toMatchObject({ number: '0x1' })
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 1))
    grid.clock.advance(500)
    expect(await client.notification(final)).toMatchObject({ number: '0x2' })
  })

  it('come every 6 s although nothing happens', async () => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.subscribe('chain_subscribeNewHeads')
    await client.notification(id)
    for (const number of ['0x2', '0x3', '0x4']) {
      grid.clock.advance(6000)
      expect(await client.notification(id)).toMatchObject({ number })
    }
  })

  it('are bounded after a jump in time: the last ones come', async () => {
    const grid = await start()
    const client = await grid.connect()
    const id = await client.subscribe('chain_subscribeNewHeads')
    await client.notification(id)
    const final = await client.subscribe('chain_subscribeFinalizedHeads')
    await client.notification(final)
    grid.driver.advance(10_000 * 6000)
    for (let i = 1; i <= burstLimit; i += 1) {
      const number = 10_001 - burstLimit + i
      expect(await client.notification(id)).toMatchObject({ number: `0x${number.toString(16)}` })
    }
    grid.clock.advance(1520)
    for (let i = 1; i <= burstLimit; i += 1) await client.notification(final)
    expect(await client.call('chain_getFinalizedHead')).toBe(hashOf(grid, 10_001))
    expect(client.inbox).toEqual([])
  })

  it('are the same text for every subscriber', async () => {
    const grid = await start({ blocks: 'manual' })
    const clients = await Promise.all([grid.connect(), grid.connect(), grid.connect()])
    const ids = await Promise.all(clients.map(each => each.subscribe('chain_subscribeAllHeads')))
    await Promise.all(clients.map((each, i) => each.notification(ids[i]!)))
    makeBlock(grid)
    const heads = await Promise.all(clients.map((each, i) => each.notification(ids[i]!)))
    expect(heads[1]).toEqual(heads[0])
    expect(heads[2]).toEqual(heads[0])
  })
})

describe('storage', () => {
  it('comes whole at first, then as each block changes it', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const keys = [alice, bob, edith].map(({ accountId }) => accountKey(grid, accountId))
    const absent = accountKey(grid, `0x${'77'.repeat(32)}`)
    const id = await client.subscribe('state_subscribeStorage', [...keys, absent])
    const first = (await client.notification(id)) as ChangeSet
    expect(first.block).toBe(hashOf(grid, 0))
    expect(first.changes.map(([key]) => key)).toEqual([...keys, absent])
    expect(first.changes[3]).toEqual([absent, null])
    expect(first.changes[0]).toEqual([keys[0], await client.call('state_getStorage', keys[0])])

    makeBlock(grid)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    expect(client.inbox).toEqual([])
    makeBlock(grid)
    const second = (await client.notification(id)) as ChangeSet
    expect(second.block).toBe(hashOf(grid, 2))
    expect(second.changes.map(([key]) => key).sort()).toEqual([keys[0], keys[1]].sort())
    for (const [key, value] of second.changes) {
      expect(value).toBe(await client.call('state_getStorage', key))
    }
    expect(await client.call('state_unsubscribeStorage', id)).toBe(true)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 1 }))
    makeBlock(grid)
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('takes keys in upper case, twice, and keys of nothing', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const key = accountKey(grid, alice.accountId)
    const given = [`0x${key.slice(2).toUpperCase()}`, key, '0x', '0x1234']
    const id = await client.subscribe('state_subscribeStorage', given)
    const { changes } = (await client.notification(id)) as ChangeSet
    expect(changes.map(([name]) => name)).toEqual([key, key, '0x', '0x1234'])
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    const next = (await client.notification(id)) as ChangeSet
    expect(next.changes.map(([name]) => name)).toEqual([key])
  })

  it.each([
    ['System', 'Number'],
    ['System', 'Events'],
    ['System', 'ParentHash'],
    ['System', 'Digest'],
    ['Timestamp', 'Now'],
  ])('of %s.%s changes with every block', async (pallet, name) => {
    const grid = await start()
    const client = await grid.connect()
    const key = plainKey(grid, pallet, name)
    const id = await client.subscribe('state_subscribeStorage', [key])
    await client.notification(id)
    for (let block = 2; block < 5; block += 1) {
      grid.clock.advance(6000)
      const told = await client.notification(id)
      const hash = hashOf(grid, block)
      expect(told).toEqual({
        block: hash,
        changes: [[key, await client.call('state_getStorage', key, hash)]],
      })
    }
  })

  it('of a derived map changes for the one key that does', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const key = grid.chain.state.item('System', 'BlockHash').rawKeyOf([2])
    const id = await client.subscribe('state_subscribeStorage', [key])
    expect(((await client.notification(id)) as ChangeSet).changes).toEqual([[key, null]])
    makeBlock(grid)
    makeBlock(grid)
    makeBlock(grid)
    const { changes } = (await client.notification(id)) as ChangeSet
    expect(changes).toEqual([[key, hashOf(grid, 2)]])
    makeBlock(grid)
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('without keys is all that changes', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const id = await client.subscribe('state_subscribeStorage', null)
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    const { changes } = (await client.notification(id)) as ChangeSet
    expect(changes.map(([key]) => key)).toEqual(
      expect.arrayContaining([accountKey(grid, alice.accountId), accountKey(grid, bob.accountId)]),
    )
  })

  it('after a jump in time brings what it changed, once, then the last blocks', async () => {
    const grid = await start()
    const client = await grid.connect()
    const keys = [accountKey(grid, alice.accountId), accountKey(grid, edith.accountId)]
    const number = plainKey(grid, 'System', 'Number')
    const accounts = await client.subscribe('state_subscribeStorage', keys)
    await client.notification(accounts)
    const numbers = await client.subscribe('state_subscribeStorage', [number])
    await client.notification(numbers)
    // One step of the world in which a transfer and then thousands of blocks happen.
    grid.driver.enter(() => {
      grid.chain.submit(pay, { signer: alice.accountId })
      grid.chain.makeBlock()
      grid.driver.kernel.runUntil(grid.kernel.now() + 500 * 6000)
    })
    const paid = (await client.notification(accounts)) as ChangeSet
    expect(paid.changes).toEqual([[keys[0], grid.chain.state.rawValue(keys[0]!, 2)]])
    const summary = (await client.notification(numbers)) as ChangeSet
    expect(summary.changes.map(([key]) => key)).toEqual([number])
    const best = grid.chain.best()
    expect(summary.block).toBe(hashOf(grid, best - burstLimit))
    for (let i = 1; i <= burstLimit; i += 1) {
      const { block } = (await client.notification(numbers)) as ChangeSet
      expect(block).toBe(hashOf(grid, best - burstLimit + i))
    }
    await client.call('system_chain')
    expect(client.inbox).toEqual([])
  })

  it('comes again when the chain is taken back', async () => {
    const grid = await start({ blocks: 'manual' })
    const client = await grid.connect()
    const key = accountKey(grid, bob.accountId)
    const id = await client.subscribe('state_subscribeStorage', [key])
    const first = (await client.notification(id)) as ChangeSet
    const snapshot = grid.kernel.snapshot()
    await client.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
    makeBlock(grid)
    expect(await client.notification(id)).not.toEqual(first)
    grid.kernel.revert(snapshot)
    grid.server.restart()
    expect(await client.notification(id)).toEqual(first)
  })
})

it('in a batch sends its id before its first notification', async () => {
  const grid = await start()
  const client = await grid.connect()
  const call = (id: number, method: string, params: unknown[]) => ({
    jsonrpc: '2.0',
    id,
    method,
    params,
  })
  const extrinsic = signed(grid.chain, alice, pay, { nonce: 0 })
  const answers = (await client.send(
    JSON.stringify([
      call(1, 'chain_subscribeNewHeads', []),
      call(2, 'author_submitAndWatchExtrinsic', [extrinsic]),
      call(3, 'system_chain', []),
    ]),
  )) as unknown as { result: string }[]
  expect(answers).toHaveLength(3)
  expect(await client.notification(answers[0]!.result)).toMatchObject({ number: '0x1' })
  expect(await client.notification(answers[1]!.result)).toBe('ready')
})

it('ends with its connection', async () => {
  const grid = await start()
  const leaving = await grid.connect()
  const staying = await grid.connect()
  await leaving.notification(await leaving.subscribe('chain_subscribeNewHeads'))
  const key = plainKey(grid, 'System', 'Number')
  await leaving.notification(await leaving.subscribe('state_subscribeStorage', [key]))
  await leaving.subscribe(
    'author_submitAndWatchExtrinsic',
    signed(grid.chain, alice, pay, { nonce: 1 }),
  )
  const id = await staying.subscribe('chain_subscribeNewHeads')
  await staying.notification(id)
  const gone = new Promise(resolve => leaving.socket.once('close', resolve))
  leaving.socket.terminate()
  await gone
  await staying.call('author_submitExtrinsic', signed(grid.chain, alice, pay, { nonce: 0 }))
  // Two clients have submitted, so that instant blocks keep a distance.
  grid.clock.advance(100)
  expect(await staying.notification(id)).toMatchObject({ number: '0x2' })
  grid.clock.advance(1520)
  await staying.call('system_chain')
  expect(grid.failures).toEqual([])
})
