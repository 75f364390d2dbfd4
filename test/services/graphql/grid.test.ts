// The service of a running grid: its nodes, and a contract as soon as it is there.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Grid, startGrid } from '../../../src/grid.ts'

let grid: Grid
let url: string

beforeAll(async () => {
  const farms = [{ name: 'ghent', nodes: 2 }]
  grid = await startGrid({ chainPort: 0, port: 0, farms, users: ['alice'], seed: 'graphql' })
  url = `${grid.info().endpoints.control.replace(/\/api$/, '')}/graphql`
})

afterAll(async () => {
  await grid.close()
})

async function ask(query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { data: unknown }).data
}

describe('the GraphQL service of a grid', () => {
  it('knows its nodes, farms and twins', async () => {
    const nodes = `{
      nodes(orderBy: nodeID_ASC) { id nodeID twinID location { latitude } resourcesTotal { cru } interfaces { name } }
      farms { name publicIPs { ip } }
      twinsConnection(orderBy: twinID_ASC) { totalCount }
      pricingPolicies { pricingPolicyID cu { value } }
      countries(where: { code_eq: "BE" }) { name }
    }`
    const cru = String(grid.info().nodes[0]!.cru)
    const node = (nodeID: number) => ({
      id: expect.stringMatching(/^\d{10}-\d{6}-[0-9a-f]{5}$/),
      nodeID,
      twinID: expect.any(Number),
      location: { latitude: expect.any(String) },
      resourcesTotal: { cru },
      interfaces: expect.arrayContaining([{ name: expect.any(String) }]),
    })
    expect(await ask(nodes)).toEqual({
      nodes: [node(1), node(2)],
      farms: [{ name: 'ghent', publicIPs: expect.arrayContaining([{ ip: expect.any(String) }]) }],
      twinsConnection: { totalCount: expect.any(Number) },
      pricingPolicies: [{ pricingPolicyID: 1, cu: { value: 100_000 } }],
      countries: [{ name: 'Belgium' }],
    })
  })

  it('shows what happened while time was moved on', async () => {
    const uptimes = '{nodesConnection(orderBy:id_ASC,where:{uptime_gt:6000}){totalCount}}'
    expect(await ask(uptimes)).toEqual({ nodesConnection: { totalCount: 0 } })
    grid.advance(3 * 3_600_000)
    expect(await ask(uptimes)).toEqual({ nodesConnection: { totalCount: 2 } })
  })
})
