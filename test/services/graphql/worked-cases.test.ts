// The worked cases of the real service on the small fixture grid, and what clients ask, word for word.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureGrid, fixtureNow } from '../support/fixture-grid.ts'
import { serveRows, type TestService } from './support.ts'

let service: TestService
const recent = fixtureNow - 4800

beforeAll(async () => {
  service = await serveRows(fixtureGrid().reader)
})

afterAll(async () => {
  await service.close()
  expect(service.failures).toEqual([])
})

async function dataOf(query: string, variables?: Record<string, unknown>): Promise<unknown> {
  const { status, data, errors } = await service.query(query, variables)
  expect(errors).toBeUndefined()
  expect(status).toBe(200)
  return data
}

const ids = (...numbers: number[]) => numbers.map(nodeID => ({ nodeID }))

/** Query, and the data that it gives. */
const cases: readonly (readonly [query: string, data: unknown])[] = [
  ['{__typename}', { __typename: 'Query' }],
  ['query monitoring {__typename}', { __typename: 'Query' }],
  ['{nodes(where:{nodeID_eq:9}){twinID}}', { nodes: [] }],
  ['{nodes(where:{nodeID_eq:4}){twinID}}', { nodes: [{ twinID: 14 }] }],
  [
    `{nodes(where:{power_isNull:true, updatedAt_gte:${recent}}, orderBy:nodeID_ASC){nodeID}}`,
    { nodes: ids(1, 3, 4) },
  ],
  [
    `{nodes(where:{updatedAt_gte:${recent}, AND:{power_isNull:true, OR:{power:{state_eq:Up,target_eq:Up}}}},
      orderBy:nodeID_ASC){nodeID}}`,
    { nodes: ids(1, 2, 3, 4) },
  ],
  [
    '{nodes(where:{publicConfig:{ipv4_isNull:false, ipv4_not_eq:""}}, orderBy:nodeID_ASC){nodeID}}',
    { nodes: ids(1, 8) },
  ],
  [
    `{items: nodeContractsConnection(where:{twinID_eq:3,state_in:[Created,GracePeriod]},orderBy:twinID_ASC)
      {count:totalCount}}`,
    { items: { count: 3 } },
  ],
  [
    '{rentContracts(where:{twinID_eq:3,state_in:[Created]}){contractID nodeID}}',
    { rentContracts: [{ contractID: '4', nodeID: 3 }] },
  ],
  [
    '{farms(where:{publicIPs_some:{contractId_gt:0}}){farmID publicIPs(orderBy:ip_ASC,limit:1){ip contractId}}}',
    { farms: [{ farmID: 1, publicIPs: [{ ip: '185.206.122.10/24', contractId: '1' }] }] },
  ],
  [
    '{farms(where:{publicIPs_none:{}}, orderBy:farmID_ASC){farmID}}',
    { farms: [{ farmID: 3 }, { farmID: 4 }] },
  ],
  [
    `{twinsConnection(first:3,orderBy:id_ASC)
      {pageInfo{startCursor endCursor hasNextPage hasPreviousPage} totalCount}}`,
    {
      twinsConnection: {
        pageInfo: { startCursor: '1', endCursor: '3', hasNextPage: true, hasPreviousPage: false },
        totalCount: 12,
      },
    },
  ],
  [
    '{contractBillReports(where:{contractID_eq:1},orderBy:timestamp_ASC){amountBilled}}',
    { contractBillReports: [{ amountBilled: '20000000' }, { amountBilled: '30000000' }] },
  ],
  ['{nodeById(id:"zz"){nodeID}}', { nodeById: null }],
  ['{nodes(orderBy:nodeID_ASC, offset:6, limit:5){nodeID}}', { nodes: ids(7, 8) }],
]

describe('the worked cases', () => {
  it.each(cases)('%s', async (query, data) => {
    expect(await dataOf(query)).toEqual(data)
  })

  it('refuses a field that is not there with 400', async () => {
    const { status, errors, data } = await service.query('{nope}')
    expect(status).toBe(400)
    expect(data).toBeUndefined()
    expect(errors?.[0]?.message).toMatch(/^Cannot query field "nope" on type "Query"\./)
    expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED')
  })
})
