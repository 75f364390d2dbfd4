// One suite for every client of a chain: the one in this process, and the one behind a URL.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { embeddedClient } from '../../../src/chain/client/embedded.ts'
import type { BlockRef, ChainClient } from '../../../src/chain/client/port.ts'
import { remoteClient } from '../../../src/chain/client/remote.ts'
import { immortal } from '../../../src/chain/node/era.ts'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { council } from '../../../src/chain/pallets/council/declaration.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import { metadataOf } from '../../../src/chain/runtime/metadata-v15.ts'
import { fromHex } from '../../../src/crypto/hex.ts'
import { systemClock } from '../../../src/kernel/driver.ts'
import type { GridError } from '../../../src/kernel/errors.ts'
import {
  alice,
  bob,
  edith,
  pairOf,
  signed,
  startTestServer,
  type TestServer,
  transfer,
} from '../rpc/support.ts'

const clients: [string, (grid: TestServer) => Promise<ChainClient>][] = [
  ['the embedded client', grid => Promise.resolve(embeddedClient(grid.chain, grid.driver))],
  ['the remote client', grid => remoteClient(grid.server.url)],
]

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'nothing',
    (error: GridError) => error.code,
  )

const remark = { pallet: 'System', name: 'remark_with_event', args: { remark: 'hello' } }

describe.each(clients)('%s', (_, connect) => {
  let grid: TestServer
  let client: ChainClient

  beforeAll(async () => {
    // Wall time is the machine's here: the library has timers of its own.
    grid = await startTestServer({
      clock: systemClock,
      metadata: metadataOf,
      finalityMs: 100,
      dev: {},
    })
    client = await connect(grid)
  }, 30_000)

  afterAll(async () => {
    await client.close()
    await grid.close()
    expect(grid.failures).toEqual([])
  })

  it('knows which chain it is', async () => {
    expect(client.runtime).toEqual({
      specName: 'substrate-threefold',
      specVersion: 153,
      transactionVersion: 2,
    })
    expect(client.genesisHash).toBe(grid.chain.genesisHash())
    expect(await client.hashOf(0)).toBe(client.genesisHash)
    expect(await client.hashOf(1_000_000)).toBeNull()
    const best = await client.best()
    expect(best).toEqual({ number: grid.chain.best(), hash: await client.hashOf(best.number) })
    expect((await client.finalized()).number).toBeLessThanOrEqual(best.number)
  })

  it('reads what is stored, by the types of the declarations', async () => {
    const account = await client.read(system, 'Account', edith.accountId)
    expect(account.data.free).toBe(10_000_000_000n)
    expect(await client.read(system, 'Number')).toBeGreaterThan(0)
    expect(await client.read(council, 'Members')).toEqual([alice.accountId, bob.accountId].sort())
    // Nothing is there: null, or the default.
    expect(await client.read(tfgrid, 'Twins', 77)).toBeNull()
    expect(await client.read(tfgrid, 'TwinIdByAccountID', alice.accountId)).toBeNull()
    const nobody = await client.read(system, 'Account', `0x${'77'.repeat(32)}`)
    expect(nobody).toMatchObject({ nonce: 0, data: { free: 0n } })
    expect(await client.read(tftPrice, 'MinTftPrice')).toBe(10)
  })

  it('lists the entries of a map, in the order of their keys', async () => {
    const entries = await client.entries(system, 'Account')
    const item = grid.chain.state.item('System', 'Account')
    expect(entries.map(({ keys }) => keys[0])).toEqual(item.liveCells().map(({ keys }) => keys[0]))
    expect(entries.find(({ keys }) => keys[0] === edith.accountId)?.value.data.free).toBe(
      (await client.read(system, 'Account', edith.accountId)).data.free,
    )
    expect(await client.entries(tfgrid, 'Nodes')).toEqual([])
    const policies = await client.entries(tfgrid, 'FarmingPoliciesMap')
    expect(policies.map(({ keys }) => keys[0]).sort()).toEqual([1, 2])
  })

  it('lists long maps whole', async () => {
    const twins = Array.from({ length: 2300 }, (_, i) => [[i + 1], { id: i + 1 }])
    const body = {
      jsonrpc: '2.0',
      id: 1,
      method: 'dev_setStorage',
      params: [{ TfgridModule: { Twins: twins } }],
    }
    await grid.post(JSON.stringify(body))
    const entries = await client.entries(tfgrid, 'Twins')
    expect(entries).toHaveLength(2300)
    for (const { keys, value } of entries) expect(value.id).toBe(keys[0])
    body.params = [{ TfgridModule: { $removePrefix: ['Twins'] } } as never]
    await grid.post(JSON.stringify(body))
    expect(await client.entries(tfgrid, 'Twins')).toEqual([])
  })

  it('knows the constants', async () => {
    expect(await client.constant(system, 'SS58Prefix')).toBe(42)
    expect(await client.constant(system, 'BlockHashCount')).toBe(2400)
    expect(await client.constant(balances, 'ExistentialDeposit')).toBe(500n)
    expect(await client.constant(system, 'Version')).toMatchObject({ spec_version: 153 })
  })

  it('signs, submits, and tells what became of it', async () => {
    for (const signer of [alice, edith]) {
      const before = (await client.read(system, 'Account', bob.accountId)).data.free
      const nonce = await client.nextNonce(signer.accountId)
      const outcome = await client.submit(transfer(bob.accountId, 1234n), signer)
      expect(outcome.error).toBeNull()
      expect(outcome.index).toBe(1)
      expect(outcome.block.hash).toBe(await client.hashOf(outcome.block.number))
      expect(outcome.events.map(({ event }) => `${event.pallet}.${event.name}`)).toEqual([
        'Balances.Withdraw',
        'Balances.Transfer',
        'Balances.Deposit',
        'TransactionPayment.TransactionFeePaid',
        'System.ExtrinsicSuccess',
      ])
      expect(outcome.events[1]?.event.fields).toEqual({
        from: signer.accountId,
        to: bob.accountId,
        amount: 1234n,
      })
      expect(await client.nextNonce(signer.accountId)).toBe(nonce + 1)
      const at = client.at(outcome.block.hash)
      expect((await at.read(system, 'Account', bob.accountId)).data.free).toBe(before + 1234n)
      const parent = client.at((await client.hashOf(outcome.block.number - 1)) ?? '')
      expect((await parent.read(system, 'Account', bob.accountId)).data.free).toBe(before)
      expect((await parent.entries(system, 'Account')).length).toBeGreaterThan(3)
      const events = await client.events(outcome.block.hash)
      expect(events[0]).toMatchObject({
        phase: { type: 'ApplyExtrinsic', value: 0 },
        event: { pallet: 'System', name: 'ExtrinsicSuccess' },
      })
      expect(events.slice(1)).toEqual(outcome.events)
    }
  })

  it('waits for finality when it is asked to', async () => {
    const outcome = await client.submit(remark, alice, { until: 'finalized', tip: 5n })
    expect((await client.finalized()).number).toBeGreaterThanOrEqual(outcome.block.number)
    expect(outcome.events.map(({ event }) => event.name)).toContain('Remarked')
  })

  it('tells of a call that fails', async () => {
    const outcome = await client.submit(transfer(bob.accountId, 1n << 61n), alice)
    expect(outcome.error).toEqual({ type: 'Token', value: 'FundsUnavailable' })
    const call = { pallet: 'TfgridModule', name: 'create_twin', args: { relay: null, pk: null } }
    const { error } = await client.submit(call, edith)
    expect(error).toMatchObject({ type: 'Module', value: { index: 25 } })
  })

  it('submits what is signed already, and several at a time', async () => {
    const nonce = await client.nextNonce(alice.accountId)
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map(i =>
        client.submitSigned(
          fromHex(signed(grid.chain, alice, remark, { nonce: nonce + i, era: immortal })),
        ),
      ),
    )
    expect(outcomes.map(({ error }) => error)).toEqual([null, null, null, null])
    expect(new Set(outcomes.map(({ hash }) => hash)).size).toBe(4)
  })

  it('tells why an extrinsic is refused', async () => {
    const poor = pairOf('//Nobody')
    expect(await codeOf(client.submit(remark, poor))).toBe('GRID_CHAIN_REFUSED')
    expect(await codeOf(client.submit(remark, alice, { nonce: 0 }))).toBe('GRID_CHAIN_REFUSED')
    expect(await codeOf(client.submitSigned(new Uint8Array([1, 2, 3])))).toBe('GRID_CHAIN_REFUSED')
    const nonce = await client.nextNonce(alice.accountId)
    const forged = fromHex(signed(grid.chain, alice, remark, { nonce, specVersion: 1 }))
    expect(await codeOf(client.submitSigned(forged))).toBe('GRID_CHAIN_REFUSED')
  })

  it('knows no unknown block', async () => {
    const hash = `0x${'11'.repeat(32)}`
    expect(await codeOf(client.at(hash).read(system, 'Number'))).toBe('GRID_BLOCK_UNKNOWN')
    expect(await codeOf(client.at(hash).entries(system, 'Account'))).toBe('GRID_BLOCK_UNKNOWN')
    expect(await codeOf(client.events(hash))).toBe('GRID_BLOCK_UNKNOWN')
  })

  it.each(['best', 'finalized'] as const)(
    'hears of %s heads, the present one first',
    async kind => {
      const present = kind === 'best' ? await client.best() : await client.finalized()
      const heads: BlockRef[] = []
      let hear: () => void = () => undefined
      const stop = await client.subscribeHeads(
        head => {
          heads.push(head)
          hear()
        },
        { kind },
      )
      const { block } = await client.submit(remark, alice)
      await new Promise<void>(resolve => {
        hear = () => {
          if (heads.some(({ number }) => number >= block.number)) resolve()
        }
        hear()
      })
      stop()
      expect(heads[0]!.number).toBeGreaterThanOrEqual(present.number)
      expect(heads.map(({ number }) => number)).toEqual(
        heads.map((_, i) => (heads[0]?.number ?? 0) + i),
      )
      for (const { number, hash } of heads) expect(hash).toBe(await client.hashOf(number))
      const count = heads.length
      await client.submit(remark, alice)
      expect(heads).toHaveLength(count)
    },
  )
})

describe.each(clients)('%s, when it ends', (name, connect) => {
  const grids: TestServer[] = []

  const start = async () => {
    const grid = await startTestServer({
      clock: systemClock,
      metadata: metadataOf,
      finalityMs: 100,
      blocks: 'manual',
      dev: {},
    })
    grids.push(grid)
    const client = await connect(grid)
    return { grid, client }
  }

  afterEach(async () => {
    for (const grid of grids.splice(0)) await grid.close()
  })

  /** Once the chain has the extrinsic. */
  const taken = async (grid: TestServer) => {
    while (grid.chain.pool.size === 0) await new Promise(setImmediate)
  }

  it('leaves nobody waiting, and answers nothing more', async () => {
    const { grid, client } = await start()
    const waiting = codeOf(client.submit(remark, alice))
    await taken(grid)
    await client.close()
    expect(await waiting).toBe('GRID_CHAIN_UNREACHABLE')
    expect(await codeOf(client.best())).toBe('GRID_CHAIN_UNREACHABLE')
    expect(await codeOf(client.submit(remark, alice))).toBe('GRID_CHAIN_UNREACHABLE')
  })

  it('tells who waits that the chain was taken back', async () => {
    const { grid, client } = await start()
    grid.driver.enter(() => grid.chain.makeBlock())
    const waiting = codeOf(client.submit(remark, alice, { until: 'finalized' }))
    await taken(grid)
    const hash = grid.chain.archive.hashOf(1)
    if (name === 'the embedded client') {
      // Here a block is final as soon as it is there.
      grid.driver.enter(() => grid.chain.makeBlock())
      expect(await waiting).toBe('nothing')
    } else {
      const ask = (method: string) =>
        JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method,
          params: method === 'dev_setHead' ? [1] : [],
        })
      await grid.post(ask('dev_newBlock'))
      await grid.post(ask('dev_setHead'))
      expect(await waiting).toBe('GRID_CHAIN_REFUSED')
    }
    expect(await client.hashOf(1)).toBe(hash)
    await client.close()
  })
})

describe('the remote client', () => {
  it('fails where nothing answers', async () => {
    expect(await codeOf(remoteClient('ws://127.0.0.1:9'))).toBe('GRID_CHAIN_UNREACHABLE')
  })

  it('fails when the chain goes away', async () => {
    const grid = await startTestServer({
      clock: systemClock,
      metadata: metadataOf,
      blocks: 'manual',
    })
    const client = await remoteClient(grid.server.url)
    const waiting = codeOf(client.submit(remark, alice))
    while (grid.chain.pool.size === 0) await new Promise(setImmediate)
    await grid.close()
    expect(await waiting).toBe('GRID_CHAIN_UNREACHABLE')
    expect(await codeOf(client.best())).toBe('GRID_CHAIN_UNREACHABLE')
    await client.close()
  })
})
