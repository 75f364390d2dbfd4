// The mirror of a chain: whatever happens there, what it holds is what the chain has.

import { afterEach, describe, expect, it } from 'vitest'
import { embeddedClient } from '../../src/chain/client/embedded.ts'
import type { ChainClient } from '../../src/chain/client/port.ts'
import { remoteClient } from '../../src/chain/client/remote.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import type { ChainCall } from '../../src/chain/runtime/outer.ts'
import { utf8ToByteString } from '../../src/crypto/hex.ts'
import {
  accountKeys,
  contractKey,
  nameKey,
  type StorageKey,
  twinKey,
} from '../../src/grid/remote-facts.ts'
import { ChainMirror, type MirroredBlock } from '../../src/grid/remote-mirror.ts'
import { type Grid, startGrid } from '../../src/grid.ts'
import { gridError } from '../../src/kernel/errors.ts'

/** A mirror of a grid's chain, and what it has told. */
class Stage {
  readonly blocks: MirroredBlock[] = []
  readonly links: boolean[] = []
  readonly failures: Error[] = []
  readonly grid: Grid
  mirror!: ChainMirror
  /** While set, every question fails as when the connection is lost. */
  isCut = false

  constructor(grid: Grid) {
    this.grid = grid
  }

  async open(isRemote: boolean): Promise<this> {
    const { world, driver } = this.grid
    const connect = () =>
      isRemote
        ? remoteClient(this.grid.info().endpoints.substrate)
        : Promise.resolve(embeddedClient(world.chain, driver))
    this.mirror = await ChainMirror.open(async () => this.#cuttable(await connect()), {
      onBlock: block => this.blocks.push(block),
      onReachable: isReachable => this.links.push(isReachable),
      onFailure: error => this.failures.push(error),
    })
    return this
  }

  /** Lets something happen on the chain, and resolves when the mirror shows it. */
  async play(call: ChainCall, signer: `0x${string}`): Promise<void> {
    const { driver, world } = this.grid
    driver.enter(() => world.chain.submit(call, { signer }))
    driver.advance(0)
    await this.mirror.catchUp()
  }

  /** The held values that are not the chain's. */
  async differences(keys: readonly StorageKey[]): Promise<string[]> {
    const { client, best } = this.mirror
    const found: string[] = []
    for (const { id, pallet, item, keys: parts } of keys) {
      const state = client.at(best.hash) as unknown as {
        read(...args: unknown[]): Promise<unknown>
      }
      const items = this.mirror.storageOf(pallet) as Record<
        string,
        { get(...keys: unknown[]): unknown }
      >
      const [has, holds] = [await state.read(pallet, item, ...parts), items[item]!.get(...parts)]
      if (!isEqual(has, holds)) found.push(id)
    }
    return found
  }

  #cuttable(client: ChainClient): ChainClient {
    const cut = () => {
      if (this.isCut) throw gridError('GRID_CHAIN_UNREACHABLE', { detail: 'cut' })
    }
    return new Proxy(client, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown
        if (typeof value !== 'function') return value
        if (name === 'at' || name === 'close') return value.bind(target)
        return async (...args: unknown[]) => {
          cut()
          return value.apply(target, args)
        }
      },
    })
  }
}

const isEqual = (a: unknown, b: unknown): boolean => text(a) === text(b)
const text = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each)) ?? 'undefined'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function stageOf({ isRemote = false } = {}): Promise<Stage> {
  const farms = [{ name: 'ghent', nodes: 3 }]
  const grid = await startGrid({ chainPort: 0, port: 0, farms })
  closing.push(() => grid.close())
  const stage = await new Stage(grid).open(isRemote)
  closing.push(() => stage.mirror.close())
  return stage
}

const contracts = (name: string, args: Record<string, unknown>): ChainCall => ({
  pallet: 'SmartContractModule',
  name,
  args,
})
const grids = (name: string, args: Record<string, unknown>): ChainCall => ({
  pallet: 'TfgridModule',
  name,
  args,
})

const nodeContract = (node_id: number, hash: string) =>
  contracts('create_node_contract', {
    node_id,
    deployment_hash: utf8ToByteString(hash.padEnd(32, '0')),
    deployment_data: utf8ToByteString('x'),
    public_ips: 1,
    solution_provider_id: null,
  })

/** What people can do to what a grid reads of a chain; many of these fail, and change nothing. */
const happenings: readonly ((draw: (below: number) => number) => ChainCall)[] = [
  draw => nodeContract(1 + draw(3), `${draw(1000)}`),
  draw => contracts('create_rent_contract', { node_id: 1 + draw(3), solution_provider_id: null }),
  draw => contracts('create_name_contract', { name: utf8ToByteString(`name${draw(3)}`) }),
  draw => contracts('cancel_contract', { contract_id: BigInt(1 + draw(12)) }),
  draw =>
    contracts('update_node_contract', {
      contract_id: BigInt(1 + draw(12)),
      deployment_hash: utf8ToByteString(`${draw(1000)}`.padEnd(32, '0')),
      deployment_data: utf8ToByteString('y'),
    }),
  draw => grids('update_twin', { relay: utf8ToByteString(`relay${draw(9)}`), pk: null }),
  draw =>
    grids('change_power_target', {
      node_id: 1 + draw(3),
      power_target: draw(2) === 0 ? 'Up' : 'Down',
    }),
  draw => grids('delete_node', { node_id: 1 + draw(3) }),
  draw =>
    grids('add_node_public_config', {
      farm_id: 1,
      node_id: 1 + draw(3),
      public_config: null,
    }),
]

/** Whole numbers below a bound, the same ones for the same seed (mulberry32). */
function drawsOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

describe('the mirror of a chain', () => {
  it.each([1, 2, 3, 4])(
    'shows what the chain has after each block (seed %s)',
    async seed => {
      const stage = await stageOf()
      const { residents, nodes } = stage.grid.world
      const accounts = residents.map(({ pair }) => pair.accountId)
      const twins = nodes.list().map(({ twinId }) => twinId)
      const nodeAccounts = twins.map(id => stage.grid.world.bus.directory.twin(id)!.account)
      await stage.mirror.ownAccounts([...accounts, ...nodeAccounts])
      const others = [
        ...Array.from({ length: 12 }, (_, i) => contractKey(BigInt(i + 1))),
        ...[0, 1, 2].map(i => nameKey(`name${i}`)),
        ...Array.from({ length: 12 }, (_, i) => twinKey(i + 1)),
      ]
      await stage.mirror.load(others)
      const draw = drawsOf(seed)
      const keys = [...accounts, ...nodeAccounts].flatMap(accountKeys)
      for (let i = 0; i < 60; i += 1) {
        const call = happenings[draw(happenings.length)]!(draw)
        await stage.play(call, accounts[draw(accounts.length)]!)
        expect(await stage.differences([...keys, ...others]), `${call.name}, seed ${seed}`).toEqual(
          [],
        )
      }
      expect(stage.blocks.length).toBeGreaterThanOrEqual(60)
      expect(stage.blocks.map(({ isNewHistory }) => isNewHistory)).not.toContain(true)
      const numbers = stage.blocks.map(({ number }) => number)
      expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i))
      expect(stage.failures).toEqual([])
    },
    20_000,
  )

  it('reads everything anew when the chain has gone back', async () => {
    // Subscribers over the wire hear of it.
    const stage = await stageOf({ isRemote: true })
    const [alice] = stage.grid.world.residents
    await stage.mirror.ownAccounts([alice!.pair.accountId])
    const rpc = async (method: string, params: unknown[]) => {
      const url = stage.grid.info().endpoints.substrate.replace('ws:', 'http:')
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(url, { method: 'POST', headers, body })
      return ((await answer.json()) as { result: unknown }).result
    }
    const relay = () => stage.mirror.storageOf(tfgrid).Twins.get(alice!.twinId)?.relay
    const before = relay()
    const snapshot = await rpc('dev_snapshot', [])
    for (const name of ['there', 'back', 'again']) {
      const args = { relay: utf8ToByteString(name), pk: null }
      await stage.play(grids('update_twin', args), alice!.pair.accountId)
    }
    expect(relay()).toBe(utf8ToByteString('again'))
    expect(await rpc('dev_revert', [snapshot])).toBe(true)
    await expect.poll(relay).toBe(before)
    expect(stage.blocks.at(-1)?.isNewHistory).toBe(true)
    const args = { relay: utf8ToByteString('elsewhere'), pk: null }
    await stage.play(grids('update_twin', args), alice!.pair.accountId)
    expect(relay()).toBe(utf8ToByteString('elsewhere'))
    expect(stage.failures).toEqual([])
  })

  it('says when the chain is lost, keeps what it knows, and comes up to it when it is back', async () => {
    const stage = await stageOf()
    const [alice] = stage.grid.world.residents
    await stage.mirror.ownAccounts([alice!.pair.accountId])
    const relay = () => stage.mirror.storageOf(tfgrid).Twins.get(alice!.twinId)?.relay
    const before = relay()
    stage.isCut = true
    const args = { relay: utf8ToByteString('meanwhile'), pk: null }
    await stage.play(grids('update_twin', args), alice!.pair.accountId)
    expect(stage.mirror.isReachable).toBe(false)
    expect(relay()).toBe(before)
    stage.isCut = false
    await expect.poll(relay, { timeout: 5_000 }).toBe(utf8ToByteString('meanwhile'))
    expect(stage.links).toEqual([false, true])
    expect(stage.failures).toEqual([])
  })

  it('learns what somebody reads without having asked for it', async () => {
    const stage = await stageOf()
    const { Twins } = stage.mirror.storageOf(tfgrid)
    expect(Twins.get(1)).toBeNull()
    await expect.poll(() => Twins.get(1)?.id).toBe(1)
    expect(Twins.get(4711)).toBeNull()
  })
})
