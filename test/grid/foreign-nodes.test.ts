// The grid proxy of a chain's grid, and nodes that another process brought to that chain.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type JoinedGrid, joinGrid } from '../../src/grid/remote-grid.ts'
import { type Grid, startGrid } from '../../src/grid.ts'
import { answered, command } from '../../src/index.ts'

let home: Grid
let joined: JoinedGrid

beforeAll(async () => {
  const farms = [{ name: 'ghent', nodes: 1 }]
  home = await startGrid({ port: 0, chainPort: 0, frontPort: false, farms })
  const chain = home.info().endpoints.substrate
  joined = await joinGrid({
    chain,
    port: 0,
    farms: [{ name: 'vienna', nodes: 1, hardware: 'gpu' }],
  })
}, 30_000)

afterAll(async () => {
  await joined.close()
  await home.close()
})

const get = async <T>(path: string): Promise<T> =>
  (await (await fetch(`${home.info().endpoints.proxy}${path}`)).json()) as T

interface NodeItem {
  features: string[]
  healthy: boolean
  num_gpu: number
  dmi: { baseboard: { manufacturer: string } }
}

it('learns of them over the bus', async () => {
  const { id } = joined.info().nodes[0]!
  await expect
    .poll(async () => (await get<NodeItem>(`/nodes/${id}`)).features, { timeout: 15_000 })
    .toContain('zmachine')
  const node = await get<NodeItem>(`/nodes/${id}`)
  expect(node).toMatchObject({ healthy: true, num_gpu: 2 })
  expect(node.dmi.baseboard.manufacturer).toContain('Gigabyte')
  const own = await get<NodeItem>('/nodes/1')
  expect(own.features).toEqual(expect.arrayContaining(['zmachine', 'wireguard']))
})

it('passes calls on to them', async () => {
  const { id } = joined.info().nodes[0]!
  const statistics = await get<{ total: { cru: number } }>(`/nodes/${id}/statistics`)
  expect(statistics.total.cru).toBe(32)
  expect(await get<unknown[]>(`/nodes/${id}/gpu`)).toHaveLength(2)
})

it('takes nothing from a node that tells nonsense, and lives on', async () => {
  const nonsense = [
    ['zos.system.dmi', { sections: 'none' }],
    ['zos.perf.get', 5],
    ['zos.gpu.list', [{ id: 7 }]],
    ['zos.statistics.get', null],
  ] as const
  const liar = await joinGrid(
    {
      chain: home.info().endpoints.substrate,
      port: 0,
      seed: 'liar',
      farms: [{ name: 'cairo', nodes: 1 }],
    },
    { commands: nonsense.map(([name, value]) => command(name, () => answered(value))) },
  )
  try {
    const { id } = liar.info().nodes[0]!
    await expect
      .poll(async () => (await get<NodeItem>(`/nodes/${id}`)).features, { timeout: 15_000 })
      .toContain('zmachine')
    const node = await get<NodeItem>(`/nodes/${id}`)
    expect(node).toMatchObject({ healthy: true, num_gpu: 0 })
    expect(node.dmi.baseboard.manufacturer).toBe('')
  } finally {
    await liar.close()
  }
}, 30_000)
