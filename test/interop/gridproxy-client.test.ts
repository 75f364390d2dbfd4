// The grid's own proxy client, unmodified, against the proxy over the fixture grid.

import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureFacts, fixtureProxy } from '../services/gridproxy/support.ts'
import { type Served, serve } from '../services/support.ts'

// Its `import` entry cannot be loaded by Node; its `require` entry can.
const require = createRequire(import.meta.url)
const client =
  require('@threefold/gridproxy_client') as typeof import('@threefold/gridproxy_client')
const { default: GridProxyClient, SortBy, SortOrder, NodeStatus, UnifiedNodeStatus } = client

const statistics = {
  total: { cru: 8, sru: 10, hru: 0, mru: 32, ipv4u: 0 },
  used: { cru: 1, sru: 2, hru: 3, mru: 4, ipv4u: 5 },
  system: { cru: 0, sru: 1, hru: 0, mru: 3, ipv4u: 0 },
  users: { deployments: 2, workloads: 7, last_deployment_timestamp: 1_760_000_000 },
  open_connections: 12,
}

const card = { id: 'a/b/c', vendor: 'V', device: 'D', vram: 8, contract: 9 }

let served: Served
let grid: InstanceType<typeof GridProxyClient>

beforeAll(async () => {
  const facts = fixtureFacts((_twin, command) => ({
    ok: true,
    payload: JSON.stringify(command === 'zos.gpu.list' ? [card] : statistics),
  }))
  served = await serve(fixtureProxy({ facts }))
  grid = new GridProxyClient(`http://127.0.0.1:${served.port}`)
})

afterAll(() => served.close())

describe('@threefold/gridproxy_client', () => {
  it('lists nodes by page, with their count, farms, twins and statistics', async () => {
    const { count, data } = await grid.nodes.list(
      { status: UnifiedNodeStatus.Up, retCount: true, size: 2, sortBy: SortBy.TotalCRU },
      { loadFarm: true, loadTwin: true, loadStats: true },
    )
    expect(count).toBe(4)
    expect(data.map(({ nodeId }) => nodeId)).toEqual([2, 1])
    expect(data[1]).toMatchObject({
      farm: { name: 'Freefarm' },
      publicIps: { total: 3, used: 1, free: 2 },
      twin: { accountId: '5Acc11' },
      stats: { users: { workloads: 7 } },
    })
  })

  it('sends lists and blanks as they are', async () => {
    const standby = {
      status: UnifiedNodeStatus.UpStandby,
      farmIds: '2,3',
      country: 'united states',
    }
    const { count, data } = await grid.nodes.list(standby)
    expect(count).toBe(null)
    expect(data.map(({ nodeId }) => nodeId)).toEqual([4, 5])
  })

  it('finds single nodes, with resources where lists have them', async () => {
    const node = await grid.nodes.byId(1)
    expect(node.total_resources).toMatchObject({ cru: 8 })
    expect(await grid.nodes.statsById(1)).toMatchObject({ used: { hru: 3 } })
    expect(await grid.nodes.gpuById(3)).toMatchObject([{ id: 'a/b/c', contract: 9 }])
    expect(await grid.nodes.byId(99)).toEqual({ error: 'node not found' })
  })

  it('lists gateways, and finds them', async () => {
    const { data } = await grid.gateways.list({ status: NodeStatus.Up, ipv4: true })
    expect(data.map(({ nodeId }) => nodeId)).toEqual([1])
    expect(await grid.gateways.byId(1)).toMatchObject({
      publicConfig: { ipv4: '185.206.122.5/24' },
    })
    expect(await grid.gateways.byId(2)).toEqual({ error: 'gateway not found' })
  })

  it('lists farms, contracts, twins and addresses', async () => {
    const farms = await grid.farms.list({ nameContains: 'farm', retCount: true })
    expect([farms.count, farms.data.length]).toEqual([3, 3])
    const contracts = await grid.contracts.list({
      twinId: 3,
      state: [client.ContractState.Created, client.ContractState.GracePeriod],
      sortOrder: SortOrder.Desc,
      sortBy: 'contract_id' as never,
    })
    expect(contracts.data.map(({ contract_id }) => contract_id)).toEqual([7, 5, 4, 2, 1])
    const twins = await grid.twins.list({ twinId: 4 } as never)
    expect(twins.data).toMatchObject([{ twinId: 4, relay: '' }])
    expect(await grid.twins.getConsumption(3)).toEqual({
      last_hour_consumption: 1.86,
      overall_consumption: 5.72,
    })
    const ips = await grid.publicIps.list({ free: true } as never)
    expect(ips.data).toHaveLength(3)
  })

  it('counts the grid', async () => {
    expect(await grid.stats.get({ status: NodeStatus.Up } as never)).toMatchObject({
      nodes: 4,
      nodesDistribution: { Belgium: 2, Egypt: 1, 'United States': 1 },
    })
  })

  it('hears of keys that the proxy does not know', async () => {
    const { data } = await grid.nodes.list({ freeGpu: 1 } as never)
    expect(data).toEqual({
      error: 'failed to decode params: schema: invalid path "free_gpu"',
    })
    const sorted = await grid.nodes.list({ sortBy: SortBy.FarmName })
    expect(sorted.data).toEqual({ error: '"farm_name" is not a sort field for Node type' })
  })
})
