// Nodes, uptime, power and public configurations: the worked cases, and each error of each call.

import { describe, expect, it } from 'vitest'
import { dao } from '../../../src/chain/pallets/dao/declaration.ts'
import { smartContract } from '../../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { isCoordinate } from '../../../src/chain/pallets/tfgrid/fields.ts'
import {
  computeUnits,
  haveResourcesChanged,
  nodeWeight,
  storageUnits,
} from '../../../src/chain/pallets/tfgrid/resources.ts'
import { type TestChain, testChain } from '../support/chain.ts'
import {
  type Case,
  createNode,
  farmA,
  farmA2,
  farmB,
  GiB,
  gib,
  grid,
  gridRefuses,
  gridState,
  LOC,
  namesOf,
  nextBlockAt,
  node1,
  nodeArgs,
  nodeAt,
  pol4,
  STD,
  succeeds,
  twin,
} from './grid-fixtures.ts'

const mac = '00:00:5e:00:53:af'
const intf = (change: Record<string, unknown> = {}) => ({
  interfaces: [{ name: 'zos', mac, ips: ['10.2.3.3'], ...change }],
})
const updateArgs = (node_id: number, farm_id: number, change: Record<string, unknown> = {}) => ({
  node_id,
  ...nodeArgs(farm_id, change),
})
const ip4 = { ip: '185.206.122.33/24', gw: '185.206.122.1' }
const config = { ip4, ip6: null, domain: null }

const refusesNode = (t: TestChain, error: string, change: Record<string, unknown>) =>
  gridRefuses(t, error, 'alice', 'create_node', nodeArgs(1, change))

/** Node 1 (of alice), node 2 (of bob) and so on in farm 1, then node 1 away to farm 2 and back again. */
function nodeThatCameBack(t: TestChain, others: readonly ('bob' | 'charlie')[]): void {
  node1(t)
  farmA2(t)
  for (const other of others) createNode(t, other, 1)
  for (const farmId of [2, 1]) succeeds(grid(t, 'alice', 'update_node', updateArgs(1, farmId)))
}

function certify(t: TestChain, resources = STD): void {
  farmA(t)
  createNode(t, 'alice', 1, { resources })
  const args = { node_id: 1, node_certification: 'Certified' }
  succeeds(grid(t, 'restricted', 'set_node_certification', args))
}

/** The certification of a certified node after its resources changed, and the events of that. */
function afterChange(t: TestChain, resources: typeof STD): [string, string[]] {
  const outcome = grid(t, 'alice', 'update_node', updateArgs(1, 1, { resources }))
  expect(outcome.pays).toBe('No')
  return [nodeAt(t, 1).certification, namesOf(outcome)]
}

const cases: readonly Case[] = [
  [
    'W056',
    'a node is stored with the policy that fits it',
    t => {
      farmA(t)
      const { f2 } = pol4(t)
      const outcome = succeeds(grid(t, 'alice', 'create_node', nodeArgs(1)))
      const stored = {
        version: 5,
        id: 1,
        farm_id: 1,
        twin_id: 1,
        resources: STD,
        location: LOC,
        public_config: null,
        created: BigInt(t.chain.current.timestamp) / 1000n,
        farming_policy_id: f2,
        interfaces: [],
        certification: 'Diy',
        secure_boot: true,
        virtualized: true,
        serial_number: 'Default String',
        connection_price: 80,
      }
      expect(outcome.events).toEqual([
        { pallet: 'TfgridModule', name: 'NodeStored', fields: [stored] },
      ])
      expect(outcome.pays).toBeUndefined()
      expect(nodeAt(t, 1)).toEqual(stored)
      expect(gridState(t).NodeIdByTwinID.get(1)).toBe(1)
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([1])
      expect(t.state(dao).FarmWeight.get(1)).toBe(42n)
    },
  ],
  [
    'W057',
    'a twin runs one node, which is checked before the resources',
    t => {
      node1(t)
      const resources = { hru: 1n, sru: 1n, cru: 1n, mru: 1n }
      refusesNode(t, 'NodeWithTwinIdExists', { resources })
    },
  ],
  [
    'W058',
    'a node has a twin',
    t => {
      farmA(t)
      gridRefuses(t, 'TwinNotExists', 'charlie', 'create_node', nodeArgs(1))
    },
  ],
  [
    'W059',
    'a node has a disk of 100 GiB',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidStorageInput', { resources: gib(0, 1, 0, 0) })
    },
  ],
  [
    'W060',
    'cores are checked before memory',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidCRUInput', { resources: { ...STD, cru: 0n, mru: 0n } })
    },
  ],
  [
    'W061',
    'a node has 2 GiB of memory',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidMRUInput', { resources: { ...STD, mru: 2n * GiB - 1n } })
    },
  ],
  [
    'W062',
    'a country has two letters or more',
    t => {
      farmA(t)
      refusesNode(t, 'CountryNameTooShort', { location: { ...LOC, country: 'B' } })
    },
  ],
  [
    'W063',
    'latitudes end at 90 degrees',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidLatitudeInput', { location: { ...LOC, latitude: '90.00001' } })
    },
  ],
  [
    'W064',
    'a place may be unknown',
    t => {
      farmA(t)
      const location = { ...LOC, latitude: 'Unknown', longitude: 'Unknown' }
      expect(nodeAt(t, createNode(t, 'alice', 1, { location })).location).toEqual(location)
    },
  ],
  [
    'W065',
    'an interface name has no capitals',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidInterfaceName', intf({ name: 'ZOS' }))
    },
  ],
  [
    'W066',
    'a mac has colons',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidMacAddress', intf({ mac: '00-00-5e-00-53-af' }))
    },
  ],
  [
    'W067',
    'an interface address has no mask',
    t => {
      farmA(t)
      refusesNode(t, 'InvalidInterfaceIP', intf({ ips: ['10.2.3.3/24'] }))
    },
  ],
  [
    'W068',
    'an interface address may be IPv6',
    t => {
      farmA(t)
      const { interfaces } = intf({ ips: ['10.2.3.3', 'fe80::1'] })
      expect(nodeAt(t, createNode(t, 'alice', 1, { interfaces })).interfaces).toEqual(interfaces)
    },
  ],
  [
    'W069',
    'a node moves to another city',
    t => {
      node1(t)
      const args = updateArgs(1, 1, { location: { ...LOC, city: 'Celles' } })
      const outcome = grid(t, 'alice', 'update_node', args)
      expect(namesOf(outcome)).toEqual(['NodeUpdated'])
      expect(outcome.pays).toBe('No')
      expect(nodeAt(t, 1).location.city).toBe('Celles')
    },
  ],
  [
    'W070',
    'a farmer deletes a node',
    t => {
      node1(t)
      const outcome = grid(t, 'alice', 'delete_node_farm', { node_id: 1 })
      expect(namesOf(outcome)).toEqual(['NodeDeleted'])
      expect(outcome.events[0]?.fields).toEqual([1])
      expect(gridState(t).Nodes.has(1)).toBe(false)
      expect(gridState(t).NodeIdByTwinID.has(1)).toBe(false)
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([])
      expect(t.state(dao).FarmWeight.get(1)).toBe(0n)
    },
  ],
  [
    'W071',
    'a node deleted by itself leaves its twin unable to register again',
    t => {
      node1(t)
      const outcome = grid(t, 'alice', 'delete_node', { node_id: 1 })
      expect(namesOf(outcome)).toEqual(['NodeDeleted'])
      expect(t.state(dao).FarmWeight.get(1)).toBe(0n)
      refusesNode(t, 'NodeWithTwinIdExists', {})
      gridRefuses(t, 'NodeNotExists', 'alice', 'report_uptime', { uptime: 1n })
    },
  ],
  [
    'W072',
    'a list that is not sorted hides a node from its own deletion',
    t => {
      nodeThatCameBack(t, ['bob'])
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([2, 1])
      gridRefuses(t, 'NodeNotExists', 'bob', 'delete_node', { node_id: 2 })
      succeeds(grid(t, 'alice', 'delete_node', { node_id: 1 }))
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([2])
    },
  ],
  [
    'W073',
    'of three, the one that came back is hidden',
    t => {
      nodeThatCameBack(t, ['bob', 'charlie'])
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([2, 3, 1])
      gridRefuses(t, 'NodeNotExists', 'alice', 'delete_node', { node_id: 1 })
      succeeds(grid(t, 'bob', 'delete_node', { node_id: 2 }))
    },
  ],
  [
    'W074',
    'the farmer deletes a hidden node, and its id stays in the list',
    t => {
      nodeThatCameBack(t, ['bob', 'charlie'])
      const outcome = grid(t, 'alice', 'delete_node_farm', { node_id: 1 })
      expect(namesOf(outcome)).toEqual(['NodeDeleted'])
      expect(gridState(t).Nodes.has(1)).toBe(false)
      expect(gridState(t).NodeIdByTwinID.has(1)).toBe(false)
      expect(gridState(t).NodesByFarmID.get(1)).toEqual([2, 3, 1])
    },
  ],
  [
    'W080',
    'a certified node may lose 1 % of its disk',
    t => {
      certify(t)
      expect(afterChange(t, gib(1024, 507, 8, 16))).toEqual(['Certified', ['NodeUpdated']])
    },
  ],
  [
    'W081',
    'a certified node that lost more is certified no longer',
    t => {
      certify(t)
      expect(afterChange(t, gib(1024, 506, 8, 16))).toEqual([
        'Diy',
        ['NodeCertificationSet', 'NodeUpdated'],
      ])
    },
  ],
  [
    'W082',
    'a certified node does not lose a core of eight',
    t => {
      certify(t)
      expect(afterChange(t, gib(1024, 512, 7, 16))[0]).toBe('Diy')
    },
  ],
  [
    'W083',
    'a certified node without disks gets none',
    t => {
      certify(t, gib(0, 512, 8, 16))
      expect(afterChange(t, { ...gib(0, 512, 8, 16), hru: 1n })[0]).toBe('Diy')
    },
  ],
  [
    'W085',
    'a clock too far ahead is refused',
    t => {
      node1(t)
      nextBlockAt(t, 1_628_082_000_000)
      const args = { uptime: 500n, timestamp_hint: 1_628_082_100n }
      gridRefuses(t, 'InvalidTimestampHint', 'alice', 'report_uptime_v2', args)
      expect(t.chain.current.timestamp).toBe(1_628_082_000_000)
    },
  ],
  [
    'W086',
    'a minute ahead is not, and the time told is that of the chain',
    t => {
      node1(t)
      nextBlockAt(t, 1_628_082_000_000)
      const args = { uptime: 500n, timestamp_hint: 1_628_082_060n }
      const outcome = succeeds(grid(t, 'alice', 'report_uptime_v2', args))
      expect(outcome.events).toEqual([
        {
          pallet: 'TfgridModule',
          name: 'NodeUptimeReported',
          fields: [1, 1_628_082_000n, 500n],
        },
      ])
      expect(outcome.pays).toBe('No')
    },
  ],
  [
    'W087',
    'a second more is',
    t => {
      node1(t)
      nextBlockAt(t, 1_628_082_000_000)
      const args = { uptime: 500n, timestamp_hint: 1_628_082_061n }
      gridRefuses(t, 'InvalidTimestampHint', 'alice', 'report_uptime_v2', args)
    },
  ],
  [
    'W088',
    'the node is looked for before the hint is read',
    t => {
      twin(t, 'alice')
      const args = { uptime: 500n, timestamp_hint: 5n }
      gridRefuses(t, 'NodeNotExists', 'alice', 'report_uptime_v2', args)
    },
  ],
  [
    'W089',
    'an uptime may be less than the one before',
    t => {
      node1(t)
      for (const uptime of [5000n, 3n]) {
        const outcome = succeeds(grid(t, 'alice', 'report_uptime', { uptime }))
        expect(outcome.pays).toBe('No')
        expect(outcome.events[0]?.fields).toEqual([
          1,
          BigInt(t.chain.current.timestamp) / 1000n,
          uptime,
        ])
      }
    },
  ],
  [
    'W090',
    'a node tells that it goes down',
    t => {
      node1(t)
      const outcome = succeeds(grid(t, 'alice', 'change_power_state', { power_state: 'Down' }))
      const state = { type: 'Down', value: t.chain.best() }
      expect(gridState(t).NodePower.get(1)).toEqual({ state, target: 'Up' })
      expect(outcome.events).toEqual([
        {
          pallet: 'TfgridModule',
          name: 'PowerStateChanged',
          fields: { farm_id: 1, node_id: 1, power_state: state },
        },
      ])
      expect(outcome.pays).toBe('No')
    },
  ],
  [
    'W091',
    'down in a later block is told again',
    t => {
      node1(t)
      for (const blocks of [0, 3]) {
        t.blocks(blocks)
        const outcome = grid(t, 'alice', 'change_power_state', { power_state: 'Down' })
        expect(namesOf(outcome)).toEqual(['PowerStateChanged'])
        const { state } = gridState(t).NodePower.get(1)
        expect(state).toEqual({ type: 'Down', value: t.chain.best() })
      }
    },
  ],
  [
    'W092',
    'another farmer does not switch a node off',
    t => {
      node1(t)
      farmB(t)
      const args = { node_id: 1, power_target: 'Down' }
      gridRefuses(t, 'UnauthorizedToChangePowerTarget', 'bob', 'change_power_target', args)
    },
  ],
  [
    'W093',
    'a node with contracts may be switched on, even when it is',
    t => {
      node1(t)
      t.inBlock(tx => tx.in(smartContract).state.ActiveNodeContracts.set(1, [1n]))
      const down = { node_id: 1, power_target: 'Down' }
      gridRefuses(t, 'NodeHasActiveContracts', 'alice', 'change_power_target', down)
      const outcome = grid(t, 'alice', 'change_power_target', { ...down, power_target: 'Up' })
      expect(namesOf(outcome)).toEqual(['PowerTargetChanged'])
      expect(outcome.pays).toBeUndefined()
      expect(outcome.events[0]?.fields).toEqual({ farm_id: 1, node_id: 1, power_target: 'Up' })
    },
  ],
  [
    'W094',
    'a node that is switched exists',
    t => {
      node1(t)
      const args = { node_id: 9, power_target: 'Down' }
      gridRefuses(t, 'NodeNotExists', 'alice', 'change_power_target', args)
    },
  ],
  [
    'W095',
    'a farmer gives a node a public address',
    t => {
      node1(t)
      const args = { farm_id: 1, node_id: 1, public_config: config }
      const outcome = succeeds(grid(t, 'alice', 'add_node_public_config', args))
      expect(outcome.events).toEqual([
        { pallet: 'TfgridModule', name: 'NodePublicConfigStored', fields: [1, config] },
      ])
      expect(nodeAt(t, 1).public_config).toEqual(config)
    },
  ],
  [
    'W096',
    'only the farmer does',
    t => {
      node1(t)
      const args = { farm_id: 1, node_id: 1, public_config: config }
      gridRefuses(t, 'CannotUpdateFarmWrongTwin', 'bob', 'add_node_public_config', args)
    },
  ],
  [
    'W097',
    'a domain has no underscore',
    t => {
      node1(t)
      const public_config = { ...config, domain: 'some_invalid_domain' }
      const args = { farm_id: 1, node_id: 1, public_config }
      gridRefuses(t, 'InvalidPublicConfig', 'alice', 'add_node_public_config', args)
    },
  ],
  [
    'W098',
    'a domain may be empty',
    t => {
      node1(t)
      const public_config = { ...config, domain: '' }
      const args = { farm_id: 1, node_id: 1, public_config }
      succeeds(grid(t, 'alice', 'add_node_public_config', args))
      expect(nodeAt(t, 1).public_config?.domain).toBe('')
    },
  ],
  [
    'W099',
    'the node is of that farm',
    t => {
      node1(t)
      farmA2(t)
      const args = { farm_id: 2, node_id: 1, public_config: config }
      gridRefuses(t, 'NodeUpdateNotAuthorized', 'alice', 'add_node_public_config', args)
    },
  ],
  [
    'W109',
    'with the policies of the genesis a node is not certified',
    t => {
      farmA(t)
      const node = nodeAt(t, createNode(t, 'alice', 1))
      expect([node.farming_policy_id, node.certification]).toEqual([1, 'Diy'])
    },
  ],
]

const startAt = 1_628_081_400_000

describe('nodes', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain({ startAt })))

  it.each([
    ['InvalidStorageInput', { resources: { ...STD, hru: 100n * GiB - 1n, sru: 100n * GiB - 1n } }],
    ['CityNameTooShort', { location: { ...LOC, city: '', country: '' } }],
    ['CountryNameTooShort', { location: { ...LOC, country: '', latitude: '' } }],
    ['LatitudeInputTooShort', { location: { ...LOC, latitude: '', longitude: '' } }],
    ['InvalidLatitudeInput', { location: { ...LOC, latitude: 'unknown', longitude: '' } }],
    ['LongitudeInputTooShort', { location: { ...LOC, longitude: '' } }],
    [
      'InvalidLongitudeInput',
      { location: { ...LOC, longitude: '180.00001' }, ...intf({ name: '' }) },
    ],
    ['InterfaceNameTooShort', intf({ name: 'zo', mac: '' })],
    ['InvalidInterfaceName', intf({ name: 'z s', mac: '' })],
    ['InterfaceMacTooShort', intf({ mac: '00:00:5e:00:53:a', ips: [''] })],
    ['InvalidMacAddress', intf({ mac: '00:00:5e:00:53:ag', ips: [''] })],
    ['InterfaceIpTooShort', intf({ ips: ['1.1.1.1', '::1', 'garbage'] })],
    ['InvalidInterfaceIP', intf({ ips: ['1.1.1.1', '1.1.1.256', '::1'] })],
  ] as const)('refuses a node with %s, new or updated', (error, change) => {
    const t = testChain()
    farmA(t)
    refusesNode(t, error, change)
    createNode(t, 'alice', 1)
    gridRefuses(t, error, 'alice', 'update_node', updateArgs(1, 1, change))
  })

  it('accepts a node with disks of one kind alone, of any serial number', () => {
    const t = testChain()
    farmA(t)
    createNode(t, 'alice', 1, { resources: gib(100, 0, 1, 2), serial_number: '' })
    createNode(t, 'bob', 1, { resources: gib(0, 100, 1, 2), serial_number: null })
    expect(nodeAt(t, 1).serial_number).toBe('')
    expect(nodeAt(t, 2).serial_number).toBeNull()
    expect(t.state(dao).FarmWeight.get(1)).toBe(0n)
  })

  it('needs a farm, whoever owns it', () => {
    const t = testChain()
    twin(t, 'bob')
    gridRefuses(t, 'FarmNotExists', 'bob', 'create_node', nodeArgs(1))
    farmA(t)
    expect(createNode(t, 'bob', 1)).toBe(1)
    gridRefuses(t, 'NodeUpdateNotAuthorized', 'alice', 'update_node', updateArgs(1, 1))
    gridRefuses(t, 'NodeUpdateNotAuthorized', 'alice', 'delete_node', { node_id: 1 })
    gridRefuses(t, 'FarmerNotAuthorized', 'bob', 'delete_node_farm', { node_id: 1 })
    gridRefuses(t, 'FarmNotExists', 'bob', 'update_node', updateArgs(1, 9))
  })

  it('moves a node and its weight to another farm, and changes nothing else', () => {
    const t = testChain()
    node1(t)
    farmB(t)
    const before = nodeAt(t, 1)
    const resources = gib(600, 125, 2, 8)
    const args = updateArgs(1, 2, { resources, secure_boot: false, serial_number: null })
    expect(namesOf(grid(t, 'alice', 'update_node', args))).toEqual(['NodeUpdated'])
    expect(nodeAt(t, 1)).toEqual({
      ...before,
      farm_id: 2,
      resources,
      secure_boot: false,
      serial_number: null,
    })
    expect(gridState(t).NodesByFarmID.get(1)).toEqual([])
    expect(gridState(t).NodesByFarmID.get(2)).toEqual([1])
    expect(t.state(dao).FarmWeight.get(1)).toBe(0n)
    expect(t.state(dao).FarmWeight.get(2)).toBe(9n)
  })

  it('says which is missing: the node, the twin', () => {
    const t = testChain()
    twin(t, 'alice')
    for (const name of ['update_node', 'delete_node']) {
      gridRefuses(t, 'NodeNotExists', 'bob', name, updateArgs(1, 1))
    }
    gridRefuses(t, 'TwinNotExists', 'bob', 'delete_node_farm', { node_id: 1 })
    gridRefuses(t, 'NodeNotExists', 'alice', 'delete_node_farm', { node_id: 1 })
    node1(t)
    for (const name of ['update_node', 'delete_node']) {
      gridRefuses(t, 'TwinNotExists', 'bob', name, updateArgs(1, 1))
    }
    gridRefuses(t, 'TwinNotExists', 'bob', 'report_uptime', { uptime: 1n })
    const hint = { uptime: 1n, timestamp_hint: 0n }
    gridRefuses(t, 'TwinNotExists', 'bob', 'report_uptime_v2', hint)
    gridRefuses(t, 'InvalidTimestampHint', 'alice', 'report_uptime_v2', hint)
    twin(t, 'bob')
    gridRefuses(t, 'NodeNotExists', 'bob', 'report_uptime', { uptime: 1n })
  })

  it('accepts a hint a minute back, and none before', () => {
    const t = testChain({ startAt })
    node1(t)
    nextBlockAt(t, 1_628_082_000_000)
    const report = (timestamp_hint: bigint) =>
      grid(t, 'alice', 'report_uptime_v2', { uptime: 1n, timestamp_hint }).error
    expect(report(1_628_081_940n)).toBeUndefined()
    expect(report(1_628_081_945n)).toBe('TfgridModule.InvalidTimestampHint')
  })

  it.each([
    'create_node',
    'update_node',
    'report_uptime',
    'report_uptime_v2',
    'add_node_public_config',
    'delete_node',
    'delete_node_farm',
    'change_power_state',
    'change_power_target',
  ])('lets only signers call %s', name => {
    const args = {
      ...updateArgs(1, 1),
      uptime: 1n,
      timestamp_hint: 1n,
      public_config: null,
      power_state: 'Up',
      power_target: 'Up',
    }
    gridRefuses(testChain(), 'BadOrigin', 'restricted', name, args)
  })
})

describe('power', () => {
  it('says nothing when the state is as it was, and keeps the target', () => {
    const t = testChain()
    node1(t)
    const up = succeeds(grid(t, 'alice', 'change_power_state', { power_state: 'Up' }))
    expect([up.events, up.pays]).toEqual([[], 'No'])
    expect(gridState(t).NodePower.has(1)).toBe(false)
    succeeds(grid(t, 'alice', 'change_power_target', { node_id: 1, power_target: 'Down' }))
    expect(gridState(t).NodePower.get(1)).toEqual({ state: { type: 'Up' }, target: 'Down' })
    succeeds(grid(t, 'alice', 'change_power_state', { power_state: 'Down' }))
    const on = grid(t, 'alice', 'change_power_state', { power_state: 'Up' })
    expect(namesOf(on)).toEqual(['PowerStateChanged'])
    expect(gridState(t).NodePower.get(1)).toEqual({ state: { type: 'Up' }, target: 'Down' })
  })

  it('outlives the node', () => {
    const t = testChain()
    node1(t)
    succeeds(grid(t, 'alice', 'change_power_state', { power_state: 'Down' }))
    succeeds(grid(t, 'alice', 'delete_node_farm', { node_id: 1 }))
    expect(gridState(t).NodePower.has(1)).toBe(true)
  })

  it('needs a twin with a node, and a farmer with a farm', () => {
    const t = testChain()
    gridRefuses(t, 'TwinNotExists', 'alice', 'change_power_state', { power_state: 'Up' })
    const target = { node_id: 1, power_target: 'Up' }
    gridRefuses(t, 'TwinNotExists', 'alice', 'change_power_target', target)
    twin(t, 'alice')
    gridRefuses(t, 'NodeNotExists', 'alice', 'change_power_state', { power_state: 'Up' })
    gridRefuses(t, 'NodeNotExists', 'alice', 'change_power_target', target)
  })

  it('refuses to switch off a rented node', () => {
    const t = testChain()
    node1(t)
    t.inBlock(tx => tx.in(smartContract).state.ActiveRentContractForNode.set(1, 7n))
    const args = { node_id: 1, power_target: 'Down' }
    gridRefuses(t, 'NodeHasActiveContracts', 'alice', 'change_power_target', args)
  })
})

describe('public configurations', () => {
  it('are checked: farm, owner, node, domain, addresses', () => {
    const t = testChain()
    node1(t)
    const set = (error: string, change: Record<string, unknown>) =>
      gridRefuses(t, error, 'alice', 'add_node_public_config', {
        farm_id: 1,
        node_id: 1,
        public_config: config,
        ...change,
      })
    set('FarmNotExists', { farm_id: 9 })
    set('NodeNotExists', { node_id: 9 })
    set('InvalidPublicConfig', { public_config: { ...config, ip4: { ip: '', gw: '' } } })
    const ip6 = { ip: 'fe80::1/64', gw: 'fe80::2' }
    set('InvalidPublicConfig', { public_config: { ...config, ip6 } })
  })

  it('may hold a domain and an IPv6 address, and are cleared', () => {
    const t = testChain()
    node1(t)
    const ip6 = { ip: '2a10:b600:1::5/64', gw: '2a10:b600:1::1' }
    for (const public_config of [{ ...config, ip6, domain: 'gw.Example-1.tf' }, null]) {
      const args = { farm_id: 1, node_id: 1, public_config }
      const { events } = succeeds(grid(t, 'alice', 'add_node_public_config', args))
      expect(events[0]?.fields).toEqual([1, public_config])
      expect(nodeAt(t, 1).public_config).toEqual(public_config)
    }
  })

  it('stop at a farm whose twin is gone', () => {
    const t = testChain()
    node1(t)
    t.inBlock(tx => tx.in(tfgrid).state.Twins.remove(1))
    const args = { farm_id: 1, node_id: 1, public_config: config }
    gridRefuses(t, 'TwinNotExists', 'alice', 'add_node_public_config', args)
    const ip = { farm_id: 1, ip: ip4.ip, gw: ip4.gw }
    gridRefuses(t, 'TwinNotExists', 'alice', 'add_farm_ip', ip)
    gridRefuses(t, 'TwinNotExists', 'alice', 'remove_farm_ip', ip)
    gridRefuses(t, 'TwinNotExists', 'alice', 'create_farm', { name: 'abc', public_ips: [] })
    gridRefuses(t, 'TwinNotExists', 'alice', 'update_twin', { relay: null, pk: null })
  })
})

describe('coordinates', () => {
  it.each([
    ['Unknown', true],
    ['unknown', false],
    ['5.', true],
    ['.5', true],
    ['1e1', true],
    ['1.e1', true],
    ['+45.5', true],
    ['-90', true],
    ['00045', true],
    ['9e1', true],
    ['900e-1', true],
    ['0.0000000000000000000000000000000000000000000009e47', true],
    ['9e400', false],
    ['1e-400', true],
    ['90.0000038', true],
    ['90.0000039', false],
    ['90.000003814697265625', true],
    ['90.0000038146972656250000000000000000000000000001', false],
    ['-90.0000038', true],
    ['-90.0000039', false],
    ['.', false],
    ['e1', false],
    ['1e', false],
    ['1e+', false],
    ['+', false],
    ['', false],
    ['0x10', false],
    ['1_0', false],
    ['30,35465', false],
    [' 1', false],
    ['1 ', false],
    ['--1', false],
    ['nan', false],
    ['inf', false],
    ['-Infinity', false],
  ])('a latitude %j is valid: %s', (text, isValid) => {
    expect(isCoordinate(text, 90)).toBe(isValid)
  })

  it.each([
    ['180.0', true],
    ['-180.000007', true],
    ['180.000008', false],
    ['180.00000762939453125', true],
    ['180.000007629394531250000000000000000000000001', false],
  ])('a longitude %j is valid: %s', (text, isValid) => {
    expect(isCoordinate(text, 180)).toBe(isValid)
  })
})

describe('resources', () => {
  const TiB = 1024
  it.each([
    ['W170', gib(0, 0, 0, 0), 0n, 0n],
    ['W171', { ...gib(4 * TiB, 12 * TiB, 4, 0), mru: 8n }, 2n, undefined],
    ['W172', gib(4 * TiB, 0, 1, 2), undefined, 3n],
    ['W173', STD, 20n, 2n],
    ['W174', gib(20024, 2024, 16, 64), 64n, 24n],
    ['W175', gib(0, 100, 1, 2), 0n, 0n],
    ['W176', gib(0, 500, 4, 8), 16n, 2n],
    ['W177', gib(600, 125, 2, 8), 4n, 1n],
  ] as const)('%s count for CU and SU', (_id, resources, cu, su) => {
    if (cu !== undefined) expect(computeUnits(resources)).toBe(cu)
    if (su !== undefined) expect(storageUnits(resources)).toBe(su)
    if (cu !== undefined && su !== undefined) expect(nodeWeight(resources)).toBe(2n * cu + su)
  })

  it('W178 changed by memory', () => {
    expect(haveResourcesChanged(gib(1, 1, 1, 64), gib(1, 1, 1, 40))).toBe(true)
    expect(haveResourcesChanged(STD, STD)).toBe(false)
  })

  it.each([
    [51n, 50n, false],
    [51n, 49n, true],
    [50n, 49n, true],
    [150n, 151n, false],
    [150n, 152n, true],
    [151n, 153n, false],
  ])('W179 changed by cores, from %s to %s: %s', (before, after, isChanged) => {
    const cores = (cru: bigint) => ({ ...STD, cru })
    expect(haveResourcesChanged(cores(before), cores(after))).toBe(isChanged)
  })
})
