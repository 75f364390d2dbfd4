// The proxy over a grid that lives: what happens on the chain and on the nodes shows at once.

import { beforeAll, describe, expect, it } from 'vitest'
import { checkWorld } from '../../../src/config/config.ts'
import { cryptoReady } from '../../../src/crypto/ready.ts'
import { nodeFactsOf } from '../../../src/grid/node-facts.ts'
import { createWorld, type World } from '../../../src/grid/world.ts'
import { User } from '../../../src/scenario/actors.ts'
import { ScriptHost } from '../../../src/scenario/script.ts'
import { Stage } from '../../../src/scenario/stage.ts'
import { createGridProxy, type GridProxy } from '../../../src/services/gridproxy/gridproxy.ts'
import { ask, idsOf } from './support.ts'

interface Grid {
  readonly world: World
  readonly proxy: GridProxy
  readonly host: ScriptHost
  readonly alice: User
  readonly farmer: User
  json(url: string): Promise<Record<string, unknown>>
}

function startGrid(): Grid {
  const checked = checkWorld({
    farms: [{ name: 'ghent', nodes: 3, hardware: ['server', 'gpu', 'light'] }],
    users: ['alice'],
    blocks: 'instant',
    seed: 'proxy',
  })
  if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
  const world = createWorld(checked.config, {
    startAt: 1_760_000_000_000,
    relay: 'localhost',
    heartbeat: false,
    userScheme: 'ed25519',
    isIndexed: true,
  })
  const proxy = createGridProxy({
    rows: world.indexer!.reader('gridproxy'),
    facts: nodeFactsOf(world),
    now: () => world.kernel.now(),
    version: 'v0',
  })
  const host = new ScriptHost(world.kernel)
  const stage = new Stage(world, host)
  const user = (name: string) =>
    new User(world.residents.find(resident => resident.name === name)!, stage)
  return {
    world,
    proxy,
    host,
    alice: user('alice'),
    farmer: user('farmer-1'),
    json: async url => (await ask(proxy, url)).json() as Record<string, unknown>,
  }
}

const minuteMs = 60_000

beforeAll(cryptoReady)

describe('a new grid', () => {
  it('shows its nodes with all that the indexers know, at once', async () => {
    const { proxy, json, world } = startGrid()
    expect(await idsOf(proxy, '/nodes?status=up&healthy=true&available_for=1')).toEqual([1, 2, 3])
    expect(await idsOf(proxy, '/nodes?features=zmachine-light')).toEqual([3])
    expect(await idsOf(proxy, '/nodes?features=zmachine,wireguard')).toEqual([1, 2])
    expect(await idsOf(proxy, '/nodes?has_gpu=true&gpu_available=true')).toEqual([2])
    expect(await idsOf(proxy, '/nodes?has_ipv6=true')).toEqual([1, 2])
    const node = await json('/nodes/1')
    expect(node).toMatchObject({
      farmName: 'ghent',
      country: 'Belgium',
      healthy: true,
      status: 'up',
      rentable: true,
      certificationType: 'Diy',
      dmi: { bios: { vendor: expect.stringMatching(/./) } },
    })
    expect(node.price_usd).toBeGreaterThan(0)
    expect(await idsOf(proxy, '/nodes?region=europe')).toEqual([1, 2, 3])
    const { mru, cru } = world.nodes.totalOf(1)
    expect(node.capacity).toMatchObject({
      total_resources: { cru: Number(cru), mru: Number(mru) },
    })
    expect(await json('/health')).toMatchObject({ total_state_ok: true, rmb_conn: 'ok' })
    expect(await json('/stats')).toMatchObject({ nodes: 3, farms: 1, gpus: 1, publicIps: 5 })
  })

  it('has speeds once the nodes have measured them', async () => {
    const { json, world } = startGrid()
    world.kernel.runUntil(world.kernel.now() + 30 * minuteMs)
    const { speed } = await json('/nodes/1')
    expect((speed as { upload: number }).upload).toBeGreaterThan(1e8)
  })
})

describe('a deployment', () => {
  it('shows as a contract, in the resources of its node, and in what the node tells', async () => {
    const { alice, host, json, proxy, world } = startGrid()
    await host.run(async () => {
      const before = await json('/nodes/1')
      const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', disk: '10 GB' })
      const id = Number(vm.contractId)
      expect(await json(`/contracts/${id}`)).toMatchObject({
        state: 'Created',
        type: 'node',
        twin_id: alice.twinId,
        details: { nodeId: 1, farm_name: 'ghent', number_of_public_ips: 0 },
      })
      expect((await json('/nodes/1')).rentable).toBe(false)
      await host.until('the machine runs', () => vm.isOk(), 30 * minuteMs)
      await host.sleep(61 * minuteMs)
      const after = await json('/nodes/1')
      const used = (node: Record<string, unknown>) =>
        (node.capacity as { used_resources: Record<string, number> }).used_resources
      expect(used(after).sru! - used(before).sru!).toBeGreaterThanOrEqual(10 * 1024 ** 3)
      expect(used(after).cru).toBe(1)
      expect(await json('/nodes/1/statistics')).toMatchObject({
        users: { deployments: 1, workloads: 3 },
      })
      expect(await json('/stats')).toMatchObject({ workloads_number: 3, contracts: 1 })
      const bills = await json(`/contracts/${id}/bills`)
      expect(bills).not.toEqual([])
      expect(await json(`/twins/${alice.twinId}/consumption`)).toMatchObject({
        overall_consumption: expect.any(Number),
      })
      await vm.cancel()
      expect(await json(`/contracts/${id}`)).toMatchObject({ state: 'Deleted' })
      expect((await json('/nodes/1')).rentable).toBe(true)
      expect(used(await json('/nodes/1'))).toEqual(used(before))
    })
    expect(await idsOf(proxy, '/contracts?state=created')).toEqual([])
    expect(world.indexer!.lagOf('gridproxy')).toBe(0)
  })
})

describe('a rented node', () => {
  it('is for its renter alone', async () => {
    const { alice, host, json, proxy } = startGrid()
    await host.run(async () => {
      await alice.call('SmartContractModule', 'create_rent_contract', {
        node_id: 2,
        solution_provider_id: null,
      })
    })
    const node = await json('/nodes/2')
    expect(node).toMatchObject({ rented: true, rentable: false, rentedByTwinId: alice.twinId })
    expect(await idsOf(proxy, `/nodes?available_for=${alice.twinId}`)).toEqual([2, 1, 3])
    expect(await idsOf(proxy, '/nodes?available_for=999')).toEqual([1, 3])
    expect(await json(`/contracts/${String(node.rentContractId)}`)).toMatchObject({
      type: 'rent',
      details: { nodeId: 2, farm_id: 1 },
    })
  })
})

describe('a node without power', () => {
  it('is unhealthy at once, down when its reports stay away, and up after its next start', async () => {
    const { world, json, proxy } = startGrid()
    const { kernel, nodes } = world
    nodes.crash(1)
    expect(await json('/nodes/1')).toMatchObject({ status: 'up', healthy: false })
    expect(await ask(proxy, '/nodes/1/statistics')).toMatchObject({
      status: 500,
      text: '{"error":"failed to get get node statistics from relay: context deadline exceeded"}\n',
    })
    kernel.runUntil(kernel.now() + 81 * minuteMs)
    expect(await json('/nodes/1/status')).toEqual({ status: 'down' })
    expect(await json('/nodes/1/statistics')).toEqual({
      error: 'cannot fetch statistics from node 1 with status: down',
    })
    expect(await json('/stats?status=down')).toMatchObject({ nodes: 1 })
    nodes.boot(1)
    kernel.runUntil(kernel.now() + 10 * minuteMs)
    expect(await json('/nodes/1')).toMatchObject({ status: 'up', healthy: true })
    expect(await json('/nodes/1/gpu')).toBe(null)
    expect(await json('/nodes/2/gpu')).toMatchObject([
      { node_twin_id: nodes.twinOf(2) },
      { contract: 0 },
    ])
  })

  it('stands by when its farmer has sent it to sleep', async () => {
    const { world, json, farmer, host } = startGrid()
    await host.run(async () => {
      await farmer.call('TfgridModule', 'change_power_target', {
        node_id: 3,
        power_target: 'Down',
      })
      await host.sleep(10 * minuteMs)
    })
    expect(await json('/nodes/3')).toMatchObject({
      status: 'standby',
      power: { state: 'Down', target: 'Down' },
    })
    expect(world.nodes.phaseOf(3)).toBe('asleep')
  })
})

describe('going back in time', () => {
  it('takes back what the proxy showed', async () => {
    const { alice, host, json, world } = startGrid()
    const before = await json('/nodes')
    const mark = world.kernel.store.mark()
    await host.run(async () => {
      await alice.call('SmartContractModule', 'create_rent_contract', {
        node_id: 1,
        solution_provider_id: null,
      })
    })
    expect(await json('/nodes')).not.toEqual(before)
    world.kernel.store.revert(mark)
    expect(await json('/nodes')).toEqual(before)
    expect(await json('/contracts')).toEqual([])
  })
})
