// Filters, orders and pages: each suffix by hand, and random ones against a second reading of what they mean.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../../src/services/graphql/engine.ts'
import type { EntityName } from '../../../src/services/indexer/entities.ts'
import { drawsOf } from '../../chain/support/random.ts'
import { fixtureGrid } from '../support/fixture-grid.ts'
import { filterMaker, listed, thingsOf } from './oracle.ts'
import { type Result, serveRows, type TestService } from './support.ts'

const { reader } = fixtureGrid()
let service: TestService

beforeAll(async () => {
  service = await serveRows(reader)
})

afterAll(async () => {
  await service.close()
  expect(service.failures).toEqual([])
})

/** Numbers of what a filter lets through. */
async function numbers(list: string, number: string, where: string): Promise<number[]> {
  const { data, errors } = await service.query(`{all:${list}(where:{${where}}){${number}}}`)
  expect(errors, where).toBeUndefined()
  const rows = (data as unknown as { all: Record<string, string | number>[] }).all
  return rows.map(row => Number(row[number])).sort((a, b) => a - b)
}

const every = [1, 2, 3, 4, 5, 6, 7, 8]

/** On nodes: node 6 has no country, node 8 no uptime and no serial number, 1 3 4 6 no power, 1 4 5 6 8 no fee. */
const nodeFilters: readonly (readonly [where: string, nodes: readonly number[]])[] = [
  ['', every],
  ['AND:[]', every],
  ['OR:[]', every],
  ['OR:[{}]', every],
  // Strings.
  ['country_eq:"Egypt"', [3]],
  ['country_not_eq:"Egypt"', [1, 2, 4, 5, 7, 8]],
  ['country_isNull:true', [6]],
  ['country_isNull:false', [1, 2, 3, 4, 5, 7, 8]],
  ['country_eq:null', []],
  ['country_not_eq:null', []],
  ['country_gt:"Egypt"', [4, 5, 7]],
  ['country_gte:"Egypt"', [3, 4, 5, 7]],
  ['country_lt:"Egypt"', [1, 2, 8]],
  ['country_lte:"Egypt"', [1, 2, 3, 8]],
  ['country_in:["Egypt","egypt"]', [3, 7]],
  ['country_in:"Egypt"', [3]],
  ['country_in:[]', []],
  ['country_in:null', []],
  ['country_not_in:["Egypt","Belgium"]', [4, 5, 7]],
  ['country_not_in:[]', every],
  ['country_not_in:null', []],
  ['country_contains:"gy"', [3, 7]],
  ['country_contains:"%"', []],
  ['country_contains:""', [1, 2, 3, 4, 5, 7, 8]],
  ['country_contains:null', []],
  ['country_not_contains:"gy"', [1, 2, 4, 5, 8]],
  ['country_containsInsensitive:"EGYPT"', [3, 7]],
  ['country_not_containsInsensitive:"EGYPT"', [1, 2, 4, 5, 8]],
  ['country_startsWith:"United"', [4, 5]],
  ['country_not_startsWith:"United"', [1, 2, 3, 7, 8]],
  ['country_endsWith:"gypt"', [3, 7]],
  ['country_not_endsWith:"gypt"', [1, 2, 4, 5, 8]],
  ['id_eq:"no3"', [3]],
  ['id_in:["no3","no5","zz"]', [3, 5]],
  ['id_gt:"no6"', [7, 8]],
  ['id_isNull:true', []],
  // Numbers.
  ['nodeID_eq:3', [3]],
  ['nodeID_not_eq:3', [1, 2, 4, 5, 6, 7, 8]],
  ['nodeID_in:[1,2,99]', [1, 2]],
  ['nodeID_not_in:[1,2,99]', [3, 4, 5, 6, 7, 8]],
  ['farmID_eq:2', [4, 5]],
  ['uptime_gt:6000', [7]],
  ['uptime_gte:"6000"', [6, 7]],
  ['uptime_lt:"2000"', [1]],
  ['uptime_lte:2000', [1, 2]],
  ['uptime_isNull:true', [8]],
  ['uptime_not_eq:1000', [2, 3, 4, 5, 6, 7]],
  ['uptime_in:[1000,"2000"]', [1, 2]],
  ['uptime_not_in:[1000,"2000"]', [3, 4, 5, 6, 7]],
  ['extraFee_eq:"0"', [2]],
  ['extraFee_gt:0', [3, 7]],
  ['uptime_gt:99999999999999999999999999', []],
  // Enums.
  ['certification_eq:Certified', [3]],
  ['certification_not_eq:Certified', [1, 2, 4, 5, 6, 7, 8]],
  ['certification_in:[Certified]', [3]],
  ['certification_not_in:[Certified]', [1, 2, 4, 5, 6, 7, 8]],
  ['certification_isNull:true', []],
  // Booleans.
  ['dedicated_eq:false', every],
  ['dedicated_not_eq:false', []],
  // Objects in the row.
  ['power_isNull:true', [1, 3, 4, 6]],
  ['power_isNull:false', [2, 5, 7, 8]],
  ['power:{state_eq:Down}', [5, 8]],
  ['power:{state_not_eq:Down}', [2, 7]],
  ['power:{state_eq:Up,target_eq:Down}', [7]],
  ['power:{target_in:[Up]}', [2]],
  ['power:{}', every],
  // Related rows, joined as SQL joins them: of a row that is missing all columns are null.
  ['publicConfig_isNull:false', [1, 8]],
  ['publicConfig:{domain_isNull:false}', [1]],
  ['publicConfig:{domain_isNull:true}', [2, 3, 4, 5, 6, 7, 8]],
  ['publicConfig:{ipv4_contains:"122.8"}', [8]],
  ['publicConfig:{}', every],
  ['publicConfig:null', every],
  ['resourcesTotal:{cru_gte:16}', [3, 4, 5]],
  ['resourcesTotal_isNull:true', [8]],
  ['location:{longitude_startsWith:"3"}', [1, 3, 7]],
  ['location_isNull:true', []],
  ['publicConfig:{node:{nodeID_eq:8}}', [8]],
  ['interfaces_none:{}', every],
  ['interfaces_some:{}', []],
  ['interfaces_every:{name_eq:"x"}', every],
  // AND and OR.
  ['nodeID_lt:4, AND:[{farmID_eq:1},{nodeID_gt:1}]', [2, 3]],
  ['nodeID_lt:4, AND:{nodeID_gt:2}', [3]],
  ['nodeID_eq:1, OR:[{nodeID_eq:2},{nodeID_eq:3}]', [1, 2, 3]],
  ['nodeID_eq:1, OR:{nodeID_eq:2}', [1, 2]],
  ['OR:[{nodeID_eq:2},{nodeID_eq:3}]', [2, 3]],
  ['nodeID_lt:5, AND:[{nodeID_gt:1}], OR:[{nodeID_eq:7},{nodeID_eq:8}]', [2, 3, 4, 7, 8]],
  ['nodeID_lt:5, AND:{OR:[{nodeID_eq:3},{nodeID_eq:7}]}', [3]],
  ['OR:[{},{nodeID_eq:3}]', [3]],
  ['nodeID_eq:1, OR:[{}]', [1]],
  ['nodeID_eq:1, OR:[{nodeID_not_in:[]}]', [1]],
  ['nodeID_eq:1, OR:[{nodeID_in:[]}]', [1]],
  ['nodeID_eq:1, AND:[{OR:[{AND:[{OR:[{nodeID_eq:1}]}]}]}]', [1]],
]

const farmFilters: readonly (readonly [where: string, farms: readonly number[]])[] = [
  ['publicIPs_some:{}', [1, 2]],
  ['publicIPs_none:{}', [3, 4]],
  ['publicIPs_every:{}', [1, 2, 3, 4]],
  ['publicIPs_some:{contractId_eq:0}', [1, 2]],
  ['publicIPs_every:{contractId_eq:0}', [2, 3, 4]],
  ['publicIPs_none:{contractId_gt:0}', [2, 3, 4]],
  ['publicIPs_some:{ip_startsWith:"5."}', [2]],
  ['publicIPs_some:null', [1, 2]],
  ['publicIPs_every:null', [1, 2, 3, 4]],
  ['stellarAddress_isNull:true', [1, 4]],
  ['stellarAddress_eq:""', [3]],
  ['stellarAddress_not_eq:""', [2]],
  ['dedicatedFarm_eq:true', [2]],
  ['certification_eq:Gold', [2]],
]

describe('a filter', () => {
  it.each(nodeFilters)('of nodes {%s} lets %j through', async (where, nodes) => {
    expect(await numbers('nodes', 'nodeID', where)).toEqual(nodes)
  })

  it.each(farmFilters)('of farms {%s} lets %j through', async (where, farms) => {
    expect(await numbers('farms', 'farmID', where)).toEqual(farms)
  })

  it.each([
    ['publicIps', 'contractId', 'farm:{farmID_eq:2}', [0]],
    ['publicIps', 'contractId', 'farm:{name_contains:"Free"}, contractId_gt:0', [1]],
    ['nodeContracts', 'contractID', 'resourcesUsed_isNull:true', [8]],
    ['nodeContracts', 'contractID', 'resourcesUsed:{cru_gt:1}', [1, 3, 5]],
    ['nodeContracts', 'contractID', 'resourcesUsed:{contract:{nodeID_eq:1}}', [1, 2, 3]],
    ['nodeContracts', 'contractID', 'deploymentData_contains:"\\"projectName\\":\\"p1"', [1, 10]],
    ['contractResources', 'cru', 'contract:{contractID_eq:5}', [8]],
    ['pricingPolicies', 'pricingPolicyID', 'su:{value_gt:49999, unit_isNull:true}', [1]],
    ['contractBillReports', 'amountBilled', 'contractID_eq:"1", discountReceived_eq:Gold', [3e7]],
    ['contractBillReports', 'amountBilled', 'id_contains:"0000000001"', [1e6, 72e5, 2e7, 3e7]],
  ])('of %s by %s {%s} lets %j through', async (list, number, where, expected) => {
    expect(await numbers(list, number, where)).toEqual(expected)
  })

  it('and an order, drawn at random, give what their plain reading gives', () => {
    const seed = Number(process.env.POCKETGRID_SEED ?? 20_241_122)
    const draw = drawsOf(seed)
    const all = thingsOf(reader)
    const make = filterMaker(all, draw)
    const inhabited = [...all].filter(([, things]) => things.length > 0).map(([entity]) => entity)
    let decided = 0
    for (let round = 0; round < 1500; round += 1) {
      const entity: EntityName = inhabited[draw(inhabited.length)]!
      const where = make.filterFor(entity, 2)
      const orderBy = make.ordersFor(entity)
      const { plural } = make
      const query = `query($where: ${entity}WhereInput, $orderBy: [${entity}OrderByInput!]!) {
        list: ${plural(entity)}(where: $where, orderBy: $orderBy) { id }
        page: ${plural(entity)}Connection(where: $where, orderBy: $orderBy, after: "1", first: 2) {
          totalCount edges { cursor node { id } } pageInfo { hasNextPage }
        }
      }`
      const variables = { where, orderBy }
      const { data, errors } = run({ query, variables, operationName: null }, reader).body as Pick<
        Result,
        'data' | 'errors'
      >
      const told = `POCKETGRID_SEED=${seed} round ${round}: ${entity} ${JSON.stringify(where)} ${orderBy}`
      expect(errors, told).toBeUndefined()
      const { list, page } = data as never as {
        list: { id: string }[]
        page: {
          totalCount: number
          edges: { cursor: string; node: { id: string } }[]
          pageInfo: { hasNextPage: boolean }
        }
      }
      const expected = listed(all.get(entity)!, { where, orderBy })
      if (expected.length > 0 && expected.length < all.get(entity)!.length) decided += 1
      expect(
        list.map(({ id }) => id),
        told,
      ).toEqual(expected)
      expect(page.totalCount, told).toBe(expected.length)
      expect(page.edges, told).toEqual(
        expected.slice(1, 3).map((id, i) => ({ cursor: String(i + 2), node: { id } })),
      )
      expect(page.pageInfo.hasNextPage, told).toBe(expected.length > 3)
    }
    // Filters that let all or nothing through tell little.
    expect(decided).toBeGreaterThan(300)
  })
})

describe('an order', () => {
  const ids = async (orderBy: string, list = 'nodes', id = 'nodeID') => {
    const { data } = await service.query(`{all:${list}(orderBy:${orderBy}){${id}}}`)
    return (data as never as { all: Record<string, unknown>[] }).all.map(row => row[id])
  }

  it.each([
    ['nodeID_DESC', [8, 7, 6, 5, 4, 3, 2, 1]],
    ['[farmID_DESC, nodeID_ASC]', [6, 7, 4, 5, 1, 2, 3, 8]],
    ['[uptime_ASC]', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['[uptime_DESC]', [8, 7, 6, 5, 4, 3, 2, 1]],
    ['[extraFee_ASC, nodeID_ASC]', [2, 7, 3, 1, 4, 5, 6, 8]],
    ['[extraFee_DESC, nodeID_DESC]', [8, 6, 5, 4, 1, 3, 7, 2]],
    ['[power_state_ASC, nodeID_ASC]', [5, 8, 2, 7, 1, 3, 4, 6]],
    ['[resourcesTotal_cru_DESC, nodeID_ASC]', [8, 3, 4, 5, 1, 6, 7, 2]],
    ['[location_longitude_ASC]', [4, 5, 6, 1, 7, 3, 2, 8]],
    ['[publicConfig_domain_ASC, nodeID_ASC]', [1, 2, 3, 4, 5, 6, 7, 8]],
    ['[publicConfig_id_DESC, nodeID_ASC]', [2, 3, 4, 5, 6, 7, 8, 1]],
    ['[location_id_DESC]', [8, 7, 6, 5, 4, 3, 2, 1]],
  ])('%s of nodes', async (orderBy, expected) => {
    expect(await ids(orderBy)).toEqual(expected)
  })

  it('reaches one row further', async () => {
    expect(await ids('[farm_name_ASC, ip_DESC]', 'publicIps', 'ip')).toEqual([
      '5.5.5.2/24',
      '185.206.122.12/24',
      '185.206.122.11/24',
      '185.206.122.10/24',
    ])
    expect(await ids('[su_value_ASC]', 'pricingPolicies', 'pricingPolicyID')).toEqual([1])
  })
})

describe('a page', () => {
  const get = async (query: string) => (await service.query(query)).data as unknown

  it('is a part of the list', async () => {
    expect(await get('{a:nodes(orderBy:nodeID_ASC,limit:2){nodeID}}')).toEqual({
      a: [{ nodeID: 1 }, { nodeID: 2 }],
    })
    expect(await get('{a:nodes(limit:0){nodeID}}')).toEqual({ a: [] })
    expect(await get('{a:nodes(offset:7,orderBy:nodeID_ASC){nodeID}}')).toEqual({
      a: [{ nodeID: 8 }],
    })
    expect(await get('{a:nodes(offset:99){nodeID}}')).toEqual({ a: [] })
    expect(await get('{a:nodes(limit:null,offset:null,where:null,orderBy:null){nodeID}}')).toEqual({
      a: every.map(nodeID => ({ nodeID })),
    })
  })

  it('of a related list has its own arguments', async () => {
    const query = `{farms(where:{farmID_eq:1}){
      free:publicIPs(where:{contractId_eq:0},orderBy:ip_DESC){ip}
      second:publicIPs(orderBy:ip_ASC,offset:1,limit:1){ip farm{farmID}}}}`
    expect(await get(query)).toEqual({
      farms: [
        {
          free: [{ ip: '185.206.122.12/24' }, { ip: '185.206.122.11/24' }],
          second: [{ ip: '185.206.122.11/24', farm: { farmID: 1 } }],
        },
      ],
    })
  })

  it.each([
    ['first:3', { startCursor: '1', endCursor: '3', hasNextPage: true, hasPreviousPage: false }],
    [
      'first:3,after:"3"',
      { startCursor: '4', endCursor: '6', hasNextPage: true, hasPreviousPage: true },
    ],
    [
      'first:3,after:"5"',
      { startCursor: '6', endCursor: '8', hasNextPage: false, hasPreviousPage: true },
    ],
    ['after:"8"', { startCursor: '', endCursor: '', hasNextPage: false, hasPreviousPage: true }],
    ['first:0', { startCursor: '', endCursor: '', hasNextPage: true, hasPreviousPage: false }],
    ['', { startCursor: '1', endCursor: '8', hasNextPage: false, hasPreviousPage: false }],
    [
      'where:{nodeID_eq:99}',
      { startCursor: '', endCursor: '', hasNextPage: false, hasPreviousPage: false },
    ],
  ])('of a connection (%s) knows its place', async (args, pageInfo) => {
    const query = `{nodesConnection(orderBy:nodeID_ASC ${args})
      {pageInfo{startCursor endCursor hasNextPage hasPreviousPage}}}`
    expect(await get(query)).toEqual({ nodesConnection: { pageInfo } })
  })

  it('of a connection ends after a hundred', async () => {
    const query = '{twinsConnection(orderBy:id_ASC){edges{cursor node{twinID}} totalCount}}'
    const { twinsConnection } = (await get(query)) as {
      twinsConnection: { edges: { cursor: string }[]; totalCount: number }
    }
    expect(twinsConnection.edges).toHaveLength(12)
    expect(twinsConnection.edges.at(-1)).toEqual({ cursor: '12', node: { twinID: 18 } })
  })
})

describe('rows that nobody ordered', () => {
  it.each([
    ['nodes(where:{nodeID_in:[5,2,3]}){nodeID}', [2, 3, 5]],
    ['nodes(where:{id_in:["no5","no2"]}){nodeID}', [2, 5]],
    ['nodes(where:{OR:[{nodeID_eq:5},{nodeID_eq:2}]}){nodeID}', [2, 5]],
    ['nodes(where:{location:{id_in:["lo7","lo1"]}}){nodeID}', [1, 7]],
  ])('stand in the order of their ids: %s', async (list, expected) => {
    const { data } = await service.query(`{all:${list}}`)
    expect(data).toEqual({ all: expected.map(nodeID => ({ nodeID })) })
  })
})

describe('a single row', () => {
  it('is found by id, the old way too', async () => {
    const { data } = await service.query(`{
      a: nodeById(id:"no3"){nodeID} b: nodeByUniqueInput(where:{id:"no3"}){nodeID}
      c: interfacesById(id:"x"){name} d: contractResourcesById(id:"cr1"){cru contract{contractID}}
    }`)
    expect(data).toEqual({
      a: { nodeID: 3 },
      b: { nodeID: 3 },
      c: null,
      d: { cru: '2', contract: { contractID: '1' } },
    })
  })
})
