// A chain that lacks what nodes and bills need: a grid that joins it sets that up, once, as far as it may.

import { afterEach, describe, expect, it } from 'vitest'
import { embeddedClient } from '../../src/chain/client/embedded.ts'
import { devAccounts } from '../../src/chain/genesis.ts'
import { council } from '../../src/chain/pallets/council/declaration.ts'
import { session } from '../../src/chain/pallets/session/declaration.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../../src/chain/pallets/tft-price/declaration.ts'
import type { ChainCall } from '../../src/chain/runtime/outer.ts'
import type { GridInput } from '../../src/config/config.ts'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import { type Grid, startGrid } from '../../src/grid.ts'
import type { GridError } from '../../src/kernel/errors.ts'

/** Somebody whose key nobody has. */
const stranger = `0x${'07'.repeat(32)}` as const

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function gridAlone(): Promise<Grid> {
  const farms = [{ name: 'elsewhere', nodes: 0 }]
  const grid = await startGrid({ chainPort: 0, port: 0, frontPort: false, users: [], farms })
  closing.push(() => grid.close())
  return grid
}

/** Changes the storage of a grid's chain by hand. */
function edit({ world: { chain }, driver }: Grid, change: () => void): void {
  driver.enter(() => {
    chain.best()
    chain.override(change)
  })
}

/** Takes the price of a TFT away: a chain that was just started with `--dev` has none. */
function forgetPrice(grid: Grid): void {
  const { state } = grid.world.chain.runtime.txOf(tftPrice)
  edit(grid, () => {
    for (const item of ['TftPrice', 'AverageTftPrice', 'LastBlockSet', 'BufferRange'] as const) {
      state[item].remove()
    }
    state.TftPriceHistory.remove(0)
  })
}

/** Takes everything away that a genesis may leave out. */
function strip(grid: Grid): void {
  forgetPrice(grid)
  const { runtime } = grid.world.chain
  const { state } = runtime.txOf(tfgrid)
  const price = runtime.txOf(tftPrice).state
  edit(grid, () => {
    state.PricingPolicies.remove(1)
    state.PricingPolicyID.remove()
    state.FarmingPoliciesMap.remove(1)
    state.FarmingPoliciesMap.remove(2)
    state.FarmingPolicyID.remove()
    state.ConnectionPrice.remove()
    price.MinTftPrice.remove()
    price.MaxTftPrice.remove()
  })
}

/** Gives the council other members. */
function seat(grid: Grid, members: readonly `0x${string}`[]): void {
  const { state } = grid.world.chain.runtime.txOf(council)
  edit(grid, () => state.Members.set([...members].sort()))
}

async function join(
  { info }: Grid,
  more: GridInput = {},
): Promise<{ joined: JoinedGrid; notes: string[] }> {
  const notes: string[] = []
  const { substrate: chain } = info().endpoints
  const farms = [{ name: 'joined', nodes: 1 }]
  const joined = await joinGrid(
    { chain, port: 0, users: [], farms, ...more },
    { onNote: note => notes.push(note) },
  )
  closing.push(() => joined.close())
  return { joined, notes }
}

const refusalOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: GridError) => `${error.code}: ${error.message}`,
  )

/** What matters of the chain's genesis. */
async function factsOf({ world, driver }: Grid) {
  const client = embeddedClient(world.chain, driver)
  const policies = await client.entries(tfgrid, 'FarmingPoliciesMap')
  return {
    pricing: await client.read(tfgrid, 'PricingPolicies', 1),
    farming: policies.map(({ value }) => value).sort((a, b) => a.id - b.id),
    connection: await client.read(tfgrid, 'ConnectionPrice'),
    min: await client.read(tftPrice, 'MinTftPrice'),
    max: await client.read(tftPrice, 'MaxTftPrice'),
    average: await client.read(tftPrice, 'AverageTftPrice'),
  }
}

/** How much the dev accounts have sent. */
async function noncesOf({ world, driver }: Grid): Promise<number[]> {
  const client = embeddedClient(world.chain, driver)
  const accounts = [devAccounts.alice, devAccounts.bob, devAccounts.bridge1]
  return Promise.all(accounts.map(async each => (await client.read(system, 'Account', each)).nonce))
}

describe('a grid that joins a chain', () => {
  it('gives a bare one the policies and prices of the dev chain', async () => {
    const grid = await gridAlone()
    const before = await factsOf(grid)
    strip(grid)
    expect(await factsOf(grid)).toMatchObject({ pricing: null, farming: [], max: 0, average: 0 })
    const { joined, notes } = await join(grid)
    expect(notes).toEqual([])
    const { pricing, farming, ...rest } = await factsOf(grid)
    // What a call has written carries the version of today, and when it was created.
    const ofToday = { version: 2 }
    expect(pricing).toEqual({ ...before.pricing, ...ofToday })
    expect(farming).toEqual(
      before.farming.map(each => ({
        ...each,
        ...ofToday,
        policy_created: expect.any(Number) as number,
      })),
    )
    expect(rest).toEqual({ connection: 80, min: 10, max: 1000, average: 20 })
    const [node] = joined.info().nodes
    const client = embeddedClient(grid.world.chain, grid.driver)
    expect(await client.read(tfgrid, 'Nodes', node!.id)).toMatchObject({
      farming_policy_id: 1,
      connection_price: 80,
    })
    expect(await client.read(council, 'Proposals')).toEqual([])
    expect(await client.read(smartContract, 'BillingFrequency')).toBe(10n)
  }, 20_000)

  it('sets the prices of its network where there are none', async () => {
    const grid = await gridAlone()
    strip(grid)
    await join(grid, { network: 'main' })
    expect((await factsOf(grid)).pricing).toMatchObject({ cu: { value: 600_000 } })
  }, 20_000)

  it('tells one that was just started with --dev the price of a TFT, and nothing else', async () => {
    const grid = await gridAlone()
    const before = await factsOf(grid)
    forgetPrice(grid)
    const [alice, bob] = (await noncesOf(grid)) as [number, number]
    const { notes } = await join(grid, { farms: [{ name: 'joined', nodes: 0 }] })
    expect(notes).toEqual([])
    expect(await factsOf(grid)).toEqual(before)
    // The price, and the funds of the farmer.
    expect(await noncesOf(grid)).toEqual([alice + 2, bob, 0])
  }, 20_000)

  it('sends nothing when it starts again, nor does another process of the grid', async () => {
    const grid = await gridAlone()
    strip(grid)
    const { joined } = await join(grid)
    await joined.close()
    const facts = await factsOf(grid)
    const nonces = await noncesOf(grid)
    await Promise.all([join(grid), join(grid, { farms: [{ name: 'joined', nodes: 0 }] })])
    expect(await factsOf(grid)).toEqual(facts)
    expect(await noncesOf(grid)).toEqual(nonces)
  }, 20_000)

  it('sets all up once when several processes of it start at the same time', async () => {
    const grid = await gridAlone()
    strip(grid)
    const farms = [{ name: 'joined', nodes: 6 }]
    const parts = [1, 2, 3].map(index => join(grid, { farms, shard: { index, of: 3 } }))
    for (const { notes } of await Promise.all(parts)) expect(notes).toEqual([])
    const { pricing, farming, average } = await factsOf(grid)
    expect(pricing?.id).toBe(1)
    expect(farming.map(({ id }) => id)).toEqual([1, 2])
    expect(average).toBe(20)
    const client = embeddedClient(grid.world.chain, grid.driver)
    expect(await client.read(tfgrid, 'PricingPolicyID')).toBe(1)
    expect(await client.read(council, 'Proposals')).toEqual([])
  }, 30_000)

  it('needs three fifths of a larger council, and leaves the others alone', async () => {
    const grid = await gridAlone()
    strip(grid)
    const { alice, bob, bridge1 } = devAccounts
    const strangers = ['0x01', '0x02'].map(text => text.padEnd(66, '0') as `0x${string}`)
    seat(grid, [alice, bob, bridge1, ...strangers])
    const { notes } = await join(grid)
    expect(notes).toEqual([])
    expect((await factsOf(grid)).farming).toHaveLength(2)
  }, 20_000)

  it('carries on with a motion that another process has left half way', async () => {
    const proposal = await motionFor(strip)
    const grid = await gridAlone()
    strip(grid)
    const { chain } = grid.world
    const { state } = chain.runtime.txOf(council)
    const submit = (name: string, args: unknown) =>
      grid.driver.enter(() =>
        chain.submit({ pallet: 'Council', name, args }, { signer: devAccounts.alice }),
      )
    submit('propose', { threshold: 2, proposal, length_bound: 10_000 })
    grid.driver.advance(0)
    const [hash] = state.Proposals.get()
    submit('vote', { proposal: hash, index: 0, approve: true })
    grid.driver.advance(0)
    const { notes } = await join(grid)
    expect(notes).toEqual([])
    expect((await factsOf(grid)).farming).toHaveLength(2)
    expect(state.ProposalCount.get()).toBe(1)
    expect(state.Proposals.get()).toEqual([])
  }, 20_000)
})

/** The motion that a grid proposes on a chain that was changed so. */
async function motionFor(change: (grid: Grid) => void): Promise<ChainCall> {
  const grid = await gridAlone()
  change(grid)
  await join(grid, { farms: [{ name: 'joined', nodes: 0 }] })
  const client = embeddedClient(grid.world.chain, grid.driver)
  for (let { number } = await client.best(); number > 0; number -= 1) {
    const state = client.at((await client.hashOf(number))!)
    const [open] = await state.entries(council, 'ProposalOf')
    if (open) return open.value as ChainCall
  }
  throw new RangeError('no motion was open in any block')
}

describe('a grid without rights on a chain', () => {
  it('says what the chain lacks and goes on, where nodes can do without it', async () => {
    const grid = await gridAlone()
    const { runtime } = grid.world.chain
    forgetPrice(grid)
    edit(grid, () => {
      runtime.txOf(tfgrid).state.PricingPolicies.remove(1)
      runtime.txOf(tfgrid).state.PricingPolicyID.remove()
      runtime.txOf(session).state.Validators.set([stranger])
    })
    seat(grid, [devAccounts.alice, stranger])
    const nonces = await noncesOf(grid)
    const { joined, notes } = await join(grid, { farms: [{ name: 'joined', nodes: 1 }] })
    expect(notes).toEqual([
      'the chain has no pricing policy 1: no contract can be billed (2 of its council have to agree, and the keys of 1 of them are known here)',
      'the chain has no price of a TFT, and clients divide by it (its validators set it, and the key of none is known here)',
    ])
    expect(joined.info().nodes).toHaveLength(1)
    expect(await noncesOf(grid)).toEqual([nonces[0]! + 2, ...nonces.slice(1)])
    const told = joined.world.kernel.trace.last().filter(({ kind }) => kind === 'chain.link')
    expect(told.map(({ fields }) => fields)).toEqual(notes.map(what => ({ what })))
  }, 20_000)

  it('ends at once where no node could ever register', async () => {
    const grid = await gridAlone()
    strip(grid)
    seat(grid, [stranger])
    expect(await refusalOf(join(grid))).toMatch(
      /^GRID_CHAIN_REFUSED: .*the chain has no farming policy for new nodes: none can register/,
    )
    const { notes } = await join(grid, { farms: [{ name: 'joined', nodes: 0 }] })
    expect(notes).toHaveLength(4)
  }, 20_000)
})
