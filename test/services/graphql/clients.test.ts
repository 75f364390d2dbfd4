// What clients of the grid ask, word for word or by their own code, against the small fixture grid.

import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixtureGrid, fixtureNow } from '../support/fixture-grid.ts'
import { serveRows, type TestService } from './support.ts'

const require = createRequire(import.meta.url)
const clients = '../../../node_modules/@threefold/grid_client/dist/node/clients'

let service: TestService
let url: string

beforeAll(async () => {
  service = await serveRows(fixtureGrid().reader)
  url = `http://127.0.0.1:${service.port}/graphql`
})

afterAll(async () => {
  await service.close()
  expect(service.failures).toEqual([])
})

describe('the own code of @threefold/grid_client', () => {
  const { Graphql } = require(`${clients}/graphql/client.js`)
  const { TFContracts } = require(`${clients}/tf-grid/contracts.js`)
  const { Nodes } = require(`${clients}/../primitives/nodes.js`)
  const contracts = TFContracts.prototype

  it('counts', async () => {
    const client = new Graphql(url)
    expect(await client.getItemTotalCount('farms', '(orderBy: farmID_ASC)')).toBe(4)
    expect(await client.getItemTotalCount('nodes', '(orderBy: nodeID_ASC)')).toBe(8)
    const ofFarm = '(where: {farmID_eq: 1}, orderBy: nodeID_ASC)'
    expect(await client.getItemTotalCount('nodes', ofFarm)).toBe(4)
  })

  it('finds the twin of a node', async () => {
    const nodes = Object.assign(Object.create(Nodes.prototype), { gqlClient: new Graphql(url) })
    expect(await nodes.getNodeTwinId(4)).toBe(14)
    await expect(nodes.getNodeTwinId(9)).rejects.toThrow(/Couldn't find a node with id: 9/)
  })

  it('lists the contracts of a twin', async () => {
    const listed = await contracts.listContractsByTwinId({ graphqlURL: url, twinId: 3 })
    expect(listed).toEqual({
      nameContracts: [
        {
          contractID: '7',
          createdAt: '1759990000',
          name: 'myname',
          solutionProviderID: 0,
          state: 'Created',
          twinID: 3,
        },
      ],
      nodeContracts: [
        ['1', 'Created', 1, 1],
        ['2', 'GracePeriod', 1, 0],
        ['5', 'Created', 3, 0],
      ].map(([contractID, state, nodeID, numberOfPublicIPs]) => ({
        contractID,
        deploymentData: `{"version":3,"type":"vm","name":"vm${contractID}","projectName":"p${contractID}"}`,
        state,
        createdAt: '1759990000',
        nodeID,
        numberOfPublicIPs,
      })),
      rentContracts: [
        {
          contractID: '4',
          createdAt: '1759990000',
          nodeID: 3,
          solutionProviderID: 0,
          state: 'Created',
          twinID: 3,
        },
      ],
    })
  })

  it('lists node contracts by type, project and node', async () => {
    const list = async (options: object) => {
      const found = await contracts.listNodeContractsByTwinId({
        graphqlURL: url,
        twinId: 3,
        ...options,
      })
      return found.map(({ contractID }: { contractID: string }) => contractID)
    }
    expect(await list({})).toEqual(['1', '2', '5'])
    expect(await list({ nodeId: 1 })).toEqual(['1', '2'])
    expect(await list({ type: 'vm' })).toEqual(['1', '2', '5'])
    expect(await list({ type: 'vm', projectName: 'p5' })).toEqual(['5'])
    expect(await list({ projectName: 'nope' })).toEqual([])
    expect(await list({ stateList: ['Deleted', 'OutOfFunds'] })).toEqual([])
  })

  it('knows what a contract costs', async () => {
    const ask = { graphqlURL: url, id: 1 }
    expect(await contracts.getDiscountPackage(ask)).toBe('Gold')
    // 3 TFT in the two hours since the bill before.
    expect(await contracts.getConsumption(ask)).toEqual({
      amountBilled: 1.5,
      discountReceived: 'Gold',
    })
    expect(await contracts.getConsumption({ graphqlURL: url, id: 99 })).toMatchObject({
      amountBilled: 0,
    })
  })
})

/** Query of a client, its variables, and the data that it gives. */
const others: readonly (readonly [string, string, object | undefined, unknown])[] = [
  [
    'the Go grid client counts contracts',
    `query getContracts { items: rentContractsConnection(where: {twinID_eq: 3, state_in: [Created, GracePeriod]}, orderBy: twinID_ASC) { count: totalCount } }`,
    undefined,
    { items: { count: 1 } },
  ],
  [
    'the Go grid client lists contracts',
    `query getContracts($nodeContractsCount: Int!, $nameContractsCount: Int!, $rentContractsCount: Int!){
      nameContracts(where: {twinID_eq: 3, state_in: [Created, GracePeriod]}, limit: $nameContractsCount) { contractID, state, name }
      nodeContracts(where: {twinID_eq: 3, state_in: [Created, GracePeriod]}, limit: $nodeContractsCount) { contractID, state }
      rentContracts(where: {twinID_eq: 3, state_in: [Created, GracePeriod]}, limit: $rentContractsCount) { contractID }
    }`,
    { nodeContractsCount: 2, nameContractsCount: 1, rentContractsCount: 0 },
    {
      nameContracts: [{ contractID: '7', state: 'Created', name: 'myname' }],
      nodeContracts: [
        { contractID: '1', state: 'Created' },
        { contractID: '2', state: 'GracePeriod' },
      ],
      rentContracts: [],
    },
  ],
  [
    'the relay warms its cache: pages',
    'query ($first: Int, $after: String) { twinsConnection(first: $first, after: $after, orderBy: id_ASC) { pageInfo { endCursor hasNextPage } } }',
    { first: 500 },
    { twinsConnection: { pageInfo: { endCursor: '12', hasNextPage: false } } },
  ],
  [
    'the relay warms its cache: twins',
    'query { twins(limit: 2, offset: 2, orderBy: id_ASC) { accountID publicKey twinID relay } }',
    undefined,
    {
      twins: [
        {
          accountID: '5Acc3',
          publicKey: `0x${'3'.padStart(66, '0')}`,
          twinID: 3,
          relay: 'relay.emu.local',
        },
        { accountID: '5Acc4', publicKey: null, twinID: 4, relay: null },
      ],
    },
  ],
  [
    'nodes look for others with public addresses',
    `{nodesConnection(where:{updatedAt_gte:${fixtureNow - 4800}, AND:{power_isNull:true, OR:{power:{state_eq:Up,target_eq:Up}}},
      publicConfig:{ipv4_isNull:false, ipv4_not_eq:""}, farmID_not_eq:2}, orderBy:id_ASC){totalCount}
     nodes(where:{publicConfig:{ipv4_isNull:false, ipv4_not_eq:""}, farmID_eq:1}, orderBy:id_ASC){nodeID publicConfig{ipv4 ipv6}}}`,
    undefined,
    {
      nodesConnection: { totalCount: 1 },
      nodes: [
        { nodeID: 1, publicConfig: { ipv4: '185.206.122.5/24', ipv6: '2a10:b600:1::5/64' } },
        { nodeID: 8, publicConfig: { ipv4: '185.206.122.8/24', ipv6: null } },
      ],
    },
  ],
  [
    'the dashboard asks with variables for all',
    `query TFGridClientQuery($whereNode: NodeWhereInput, $orderByNode: [NodeOrderByInput!], $limitNode: Int, $offsetNode: Int) {
      nodes(where: $whereNode, orderBy: $orderByNode, limit: $limitNode, offset: $offsetNode) { nodeID interfaces { name ips mac } }
    }`,
    { whereNode: { nodeID_in: [1, 2, 3] }, orderByNode: 'nodeID_DESC', limitNode: 2 },
    {
      nodes: [
        { nodeID: 3, interfaces: [] },
        { nodeID: 2, interfaces: [] },
      ],
    },
  ],
  [
    'the dashboard asks for countries, addresses and contracts',
    `query TFGridClientQuery($where: PublicIpWhereInput, $contracts: NodeContractWhereInput) {
      countries(where:{name_eq:"Belgium"}) { name region subregion }
      publicIps(where: $where) { ip }
      uptimeEvents(where:{nodeID_eq:1, timestamp_gt: 5}, orderBy: timestamp_ASC) { timestamp uptime }
      interfaces(where:{node:{nodeID_eq:1}}) { name ips mac }
      nodeContractsConnection(orderBy: id_ASC, where: $contracts) { totalCount }
    }`,
    {
      where: { ip_eq: '5.5.5.2/24' },
      contracts: {
        deploymentData_contains: '"type":"vm"',
        state_eq: 'Created',
        numberOfPublicIPs_eq: 0,
      },
    },
    {
      countries: [{ name: 'Belgium', region: 'Europe', subregion: 'unknown subregion' }],
      publicIps: [{ ip: '5.5.5.2/24' }],
      uptimeEvents: [],
      interfaces: [],
      nodeContractsConnection: { totalCount: 2 },
    },
  ],
]

describe('other clients', () => {
  it.each(others)('%s', async (_, query, variables, data) => {
    const result = await service.query(query, variables as Record<string, unknown> | undefined)
    expect(result.errors).toBeUndefined()
    expect(result.data).toEqual(data)
  })
})
