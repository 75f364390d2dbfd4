// What each event of the chain does to the rows of the index, by upstream's mapping.

import { describe, expect, it } from 'vitest'
import type { EntityName } from '../../../src/services/indexer/entities.ts'
import { followedEvents } from '../../../src/services/indexer/indexer.ts'
import {
  bob,
  bobAddress,
  contracts,
  farm,
  grid,
  type Happening,
  indexedChain,
  ip,
  nameContract,
  node,
  nodeContract,
  type Plain,
  prices,
  rentContract,
  twin,
} from './support.ts'

/** Seconds of the block in which the events of a case happen: the second of the test's chain. */
const seconds = 1_700_000_006n

interface Case {
  readonly name: string
  /** Blocks before the one of the case. */
  readonly given?: readonly Happening[]
  readonly when: readonly Happening[]
  /** What stands in the tables then; each list is all rows of the entity, each row by some of its columns. */
  readonly shows: Partial<Record<EntityName, readonly Plain[]>>
  readonly isStrict?: true
  readonly takesAnyIp?: true
}

const stored = { farm: grid('FarmStored', [farm()]), node: grid('NodeStored', [node()]) }
const power = (state: string, target: string) => ({ power: { state, target } })
const serviceContract = {
  service_contract_id: 2n,
  service_twin_id: 7,
  consumer_twin_id: 8,
  base_fee: 10n,
  variable_fee: 20n,
  metadata: 'meta',
  accepted_by_service: true,
  accepted_by_consumer: false,
  last_bill: 99n,
  state: 'AgreementReady',
} as const
const provider = {
  solution_provider_id: 4n,
  providers: [{ who: bob, take: 12 }],
  description: 'what',
  link: 'where',
  approved: false,
}
const usedResources = { hru: 1n, sru: 2n, cru: 3n, mru: 4n }
const config = {
  ip4: { ip: '185.206.122.5/24', gw: '185.206.122.1' },
  ip6: { ip: '2a10::5/64', gw: '2a10::1' },
  domain: 'gent.example',
}
const pricing = {
  version: 2,
  id: 1,
  name: 'new prices',
  su: { value: 1, unit: 'Gigabytes' },
  cu: { value: 2, unit: 'Gigabytes' },
  nu: { value: 3, unit: 'Megabytes' },
  ipu: { value: 4, unit: 'Bytes' },
  unique_name: { value: 5, unit: 'Bytes' },
  domain_name: { value: 6, unit: 'Bytes' },
  foundation_account: bob,
  certified_sales_account: bob,
  discount_for_dedication_nodes: 50,
} as const
const farming = {
  version: 1,
  id: 3,
  name: 'policy',
  cu: 1,
  su: 2,
  nu: 3,
  ipv4: 4,
  minimal_uptime: 95,
  policy_created: 5,
  policy_end: 6,
  immutable: true,
  default: false,
  node_certification: 'Certified',
  farm_certification: 'Gold',
} as const

const twins: readonly Case[] = [
  {
    name: 'TwinStored adds a twin; the layout of today carries no version',
    when: [grid('TwinStored', [twin()])],
    shows: {
      Twin: [
        {
          gridVersion: 0,
          twinID: 7,
          accountID: bobAddress,
          relay: 'relay.example',
          publicKey: '0x01ff',
        },
      ],
    },
  },
  {
    name: 'TwinStored keeps what is absent as empty text',
    when: [grid('TwinStored', [twin({ relay: null, pk: null })])],
    shows: { Twin: [{ relay: '', publicKey: '' }] },
  },
  {
    name: 'TwinUpdated changes relay and key, and leaves the account',
    given: [grid('TwinStored', [twin()])],
    when: [
      grid('TwinUpdated', [twin({ account_id: `0x${'11'.repeat(32)}`, relay: 'b', pk: null })]),
    ],
    shows: { Twin: [{ accountID: bobAddress, relay: 'b', publicKey: '' }] },
  },
  {
    name: 'TwinUpdated of an unknown twin is ignored',
    when: [grid('TwinUpdated', [twin()])],
    shows: { Twin: [] },
  },
  {
    name: 'TwinDeleted removes the twin alone',
    given: [grid('TwinStored', [twin()]), grid('TwinStored', [twin({ id: 8 })])],
    when: [grid('TwinDeleted', [7])],
    shows: { Twin: [{ twinID: 8 }] },
  },
]

const farms: readonly Case[] = [
  {
    name: 'FarmStored adds a farm with all its addresses',
    when: [
      grid('FarmStored', [
        farm({ public_ips: [ip(10), ip(11)], certification: 'Gold', dedicated_farm: true }),
      ]),
    ],
    shows: {
      Farm: [
        {
          gridVersion: 4,
          farmID: 3,
          name: 'green',
          twinID: 7,
          pricingPolicyID: 1,
          certification: 'Gold',
          stellarAddress: null,
          dedicatedFarm: false,
        },
      ],
      PublicIp: [
        { ip: '185.206.122.10/24', gateway: '185.206.122.1', contractId: 0n },
        { ip: '185.206.122.11/24' },
      ],
    },
  },
  {
    name: 'FarmStored, strictly: never certified, and of several addresses the last is kept',
    isStrict: true,
    when: [grid('FarmStored', [farm({ public_ips: [ip(10), ip(11)], certification: 'Gold' })])],
    shows: {
      Farm: [{ certification: 'NotCertified' }],
      PublicIp: [{ ip: '185.206.122.11/24' }],
    },
  },
  {
    name: 'FarmStored skips addresses that are not public, or whose gateway is not beside them',
    when: [
      grid('FarmStored', [
        farm({
          public_ips: [
            ip(10, { ip: '10.1.2.3/24', gateway: '10.1.2.1' }),
            ip(10, { ip: '192.0.2.3/24', gateway: '192.0.2.1' }),
            ip(10, { ip: '127.0.0.2/24', gateway: '127.0.0.1' }),
            ip(10, { ip: '185.206.122.10' }),
            ip(10, { ip: '185.206.122.10/33' }),
            ip(10, { ip: '185.206.122.10/24/24' }),
            ip(10, { gateway: '185.206.123.1' }),
            ip(10, { gateway: '185.206.122.10' }),
            ip(10, { gateway: 'nowhere' }),
            ip(10, { ip: '8.8.8.8/24', gateway: '2a10::1' }),
            ip(99),
          ],
        }),
      ]),
    ],
    shows: { PublicIp: [{ ip: '185.206.122.99/24' }] },
  },
  {
    name: 'FarmStored takes private addresses where that is asked for',
    takesAnyIp: true,
    when: [
      grid('FarmStored', [
        farm({ public_ips: [ip(1, { ip: '10.1.2.3/24', gateway: '10.1.2.1' })] }),
      ]),
    ],
    shows: { PublicIp: [{ ip: '10.1.2.3/24' }] },
  },
  {
    name: 'a text with a zero character is stored as `invalid`',
    when: [grid('FarmStored', [farm({ name: 'a\0b' })])],
    shows: { Farm: [{ name: 'invalid' }] },
  },
  {
    name: 'FarmUpdated changes all but the pricing policy, and the flag goes both ways',
    given: [stored.farm, grid('FarmUpdated', [farm({ dedicated_farm: true })])],
    when: [
      grid('FarmUpdated', [
        farm({ version: 5, name: 'blue', twin_id: 8, pricing_policy_id: 2, certification: 'Gold' }),
      ]),
    ],
    shows: {
      Farm: [
        {
          gridVersion: 5,
          name: 'blue',
          twinID: 8,
          pricingPolicyID: 1,
          certification: 'Gold',
          dedicatedFarm: false,
        },
      ],
    },
  },
  {
    name: 'FarmUpdated, strictly: a dedicated farm stays one',
    isStrict: true,
    given: [stored.farm, grid('FarmUpdated', [farm({ dedicated_farm: true })])],
    when: [grid('FarmUpdated', [farm()])],
    shows: { Farm: [{ dedicatedFarm: true }] },
  },
  {
    name: 'FarmUpdated adds, keeps and removes addresses',
    given: [
      grid('FarmStored', [farm({ public_ips: [ip(10, { contract_id: 6n }), ip(11)] })]),
      grid('FarmStored', [farm({ id: 4, name: 'other', public_ips: [ip(20)] })]),
    ],
    when: [
      grid('FarmUpdated', [
        farm({
          public_ips: [ip(10, { gateway: '185.206.122.2' }), ip(12, { contract_id: 9n }), ip(13)],
        }),
      ]),
    ],
    shows: {
      PublicIp: [
        { ip: '185.206.122.10/24', gateway: '185.206.122.2', contractId: 6n },
        { ip: '185.206.122.20/24' },
        { ip: '185.206.122.12/24', contractId: 9n },
        { ip: '185.206.122.13/24', contractId: 0n },
      ],
    },
  },
  {
    name: 'FarmDeleted removes the farm',
    given: [stored.farm],
    when: [grid('FarmDeleted', [3])],
    shows: { Farm: [] },
  },
  {
    name: 'FarmPayoutV2AddressRegistered sets the address',
    given: [stored.farm],
    when: [grid('FarmPayoutV2AddressRegistered', [3, 'GABC'])],
    shows: { Farm: [{ stellarAddress: 'GABC' }] },
  },
  {
    name: 'a payout address with a zero byte becomes empty',
    given: [stored.farm],
    when: [grid('FarmPayoutV2AddressRegistered', [3, 'G\0'])],
    shows: { Farm: [{ stellarAddress: '' }] },
  },
  {
    name: 'FarmCertificationSet sets the certification',
    given: [stored.farm],
    when: [grid('FarmCertificationSet', [3, 'Gold'])],
    shows: { Farm: [{ certification: 'Gold' }] },
  },
]

const nodes: readonly Case[] = [
  {
    name: 'NodeStored adds the node with its place, totals and interfaces, and not its public config',
    when: [grid('NodeStored', [node({ public_config: config, certification: 'Certified' })])],
    shows: {
      Node: [
        {
          gridVersion: 6,
          nodeID: 5,
          farmID: 3,
          twinID: 9,
          country: 'Belgium',
          city: 'Ghent',
          uptime: null,
          created: 1_699_999_999,
          farmingPolicyId: 1,
          certification: 'Diy',
          secure: true,
          virtualized: false,
          serialNumber: 'SN1',
          createdAt: seconds,
          updatedAt: seconds,
          connectionPrice: 80,
          power: null,
          dedicated: false,
          extraFee: null,
        },
      ],
      Location: [{ longitude: '3.72', latitude: '51.05' }],
      NodeResourcesTotal: [{ hru: 4n, sru: 3n, cru: 2n, mru: 1n }],
      Interfaces: [
        { name: 'zos', mac: '00:00:00:00:00:01', ips: '10.0.0.1,fe80::1' },
        { name: 'ygg', mac: '00:00:00:00:00:02', ips: '' },
      ],
      PublicConfig: [],
    },
  },
  {
    name: 'NodeStored, strictly: the last interface is kept',
    isStrict: true,
    when: [stored.node],
    shows: { Interfaces: [{ name: 'ygg' }] },
  },
  {
    name: 'a node without a serial number is unknown by it',
    when: [grid('NodeStored', [node({ serial_number: null })])],
    shows: { Node: [{ serialNumber: 'Unknown' }] },
  },
  {
    name: 'NodeUpdated changes the node, its place, totals and interfaces',
    given: [stored.node],
    when: [
      grid('NodeUpdated', [
        node({
          version: 7,
          farm_id: 4,
          twin_id: 10,
          farming_policy_id: 2,
          resources: { hru: 40n, sru: 30n, cru: 20n, mru: 10n },
          location: { city: 'Cairo', country: 'Egypt', latitude: '30', longitude: '31' },
          created: 1n,
          connection_price: 1,
          interfaces: [{ name: 'zos', mac: 'm', ips: ['1.2.3.4'] }],
          certification: 'Certified',
          secure_boot: false,
          virtualized: true,
          serial_number: null,
        }),
      ]),
    ],
    shows: {
      Node: [
        {
          gridVersion: 7,
          farmID: 4,
          twinID: 10,
          farmingPolicyId: 2,
          country: 'Egypt',
          city: 'Cairo',
          created: 1_699_999_999,
          connectionPrice: 80,
          certification: 'Certified',
          secure: false,
          virtualized: true,
          serialNumber: 'Unknown',
          createdAt: seconds,
          updatedAt: seconds + 6n,
        },
      ],
      Location: [{ longitude: '31', latitude: '30' }],
      NodeResourcesTotal: [{ hru: 40n, sru: 30n, cru: 20n, mru: 10n }],
      Interfaces: [{ name: 'zos', mac: 'm', ips: '1.2.3.4' }],
    },
  },
  {
    name: 'NodeDeleted removes all but the place',
    given: [stored.node, grid('NodePublicConfigStored', [5, config])],
    when: [grid('NodeDeleted', [5])],
    shows: {
      Node: [],
      NodeResourcesTotal: [],
      Interfaces: [],
      PublicConfig: [],
      Location: [{ longitude: '3.72' }],
    },
  },
  {
    name: 'NodeUptimeReported adds an event and refreshes the node',
    given: [stored.node],
    when: [grid('NodeUptimeReported', [5, 1_700_000_001n, 3600n])],
    shows: {
      UptimeEvent: [{ nodeID: 5, uptime: 3600n, timestamp: 1_700_000_001n }],
      Node: [{ uptime: 3600n, updatedAt: seconds + 6n, createdAt: seconds }],
    },
  },
  {
    name: 'NodePublicConfigStored adds a config',
    given: [stored.node],
    when: [grid('NodePublicConfigStored', [5, config])],
    shows: {
      PublicConfig: [
        {
          ipv4: '185.206.122.5/24',
          gw4: '185.206.122.1',
          ipv6: '2a10::5/64',
          gw6: '2a10::1',
          domain: 'gent.example',
        },
      ],
    },
  },
  {
    name: 'NodePublicConfigStored keeps what is absent as null',
    given: [stored.node, grid('NodePublicConfigStored', [5, config])],
    when: [grid('NodePublicConfigStored', [5, { ...config, ip6: null, domain: null }])],
    shows: { PublicConfig: [{ ipv4: '185.206.122.5/24', ipv6: null, gw6: null, domain: null }] },
  },
  {
    name: 'NodePublicConfigStored with nothing removes it',
    given: [stored.node, grid('NodePublicConfigStored', [5, config])],
    when: [grid('NodePublicConfigStored', [5, null])],
    shows: { PublicConfig: [] },
  },
  {
    name: 'NodeCertificationSet sets the certification',
    given: [stored.node],
    when: [grid('NodeCertificationSet', [5, 'Certified'])],
    shows: { Node: [{ certification: 'Certified', updatedAt: seconds }] },
  },
  {
    name: 'PowerTargetChanged of a node that never spoke of its power: it is up',
    given: [stored.node],
    when: [grid('PowerTargetChanged', { farm_id: 3, node_id: 5, power_target: 'Down' })],
    shows: {
      Node: [power('Up', 'Down')],
      PowerTargetReport: [
        { farmID: 3, nodeID: 5, newPowerTarget: 'Down', block: 3, timestamp: seconds + 6n },
      ],
    },
  },
  {
    name: 'PowerStateChanged of a node that never spoke of its power: it shall be up',
    given: [stored.node],
    when: [
      grid('PowerStateChanged', {
        farm_id: 3,
        node_id: 5,
        power_state: { type: 'Down', value: 12 },
      }),
    ],
    shows: {
      Node: [power('Down', 'Up')],
      PowerStateReport: [
        { farmID: 3, nodeID: 5, newPowerState: 'Down', block: 3, timestamp: seconds + 6n },
      ],
    },
  },
  {
    name: 'power state and target change apart from one another',
    given: [
      stored.node,
      grid('PowerTargetChanged', { farm_id: 3, node_id: 5, power_target: 'Down' }),
      grid('PowerStateChanged', {
        farm_id: 3,
        node_id: 5,
        power_state: { type: 'Down', value: 1 },
      }),
    ],
    when: [grid('PowerTargetChanged', { farm_id: 3, node_id: 5, power_target: 'Up' })],
    shows: { Node: [power('Down', 'Up')] },
  },
  {
    name: 'NodeExtraFeeSet makes the node dedicated',
    given: [stored.node],
    when: [contracts('NodeExtraFeeSet', { node_id: 5, extra_fee: 1000n })],
    shows: { Node: [{ extraFee: 1000n, dedicated: true }] },
  },
  {
    name: 'NodeExtraFeeSet to nothing makes it shared again',
    given: [stored.node, contracts('NodeExtraFeeSet', { node_id: 5, extra_fee: 1000n })],
    when: [contracts('NodeExtraFeeSet', { node_id: 5, extra_fee: 0n })],
    shows: { Node: [{ extraFee: 0n, dedicated: false }] },
  },
]

const created = contracts('ContractCreated', [nodeContract(1)])
const contractCases: readonly Case[] = [
  {
    name: 'ContractCreated of a node keeps the deployment data as they were written',
    given: [grid('FarmStored', [farm({ public_ips: [ip(10), ip(11)] })])],
    when: [contracts('ContractCreated', [nodeContract(1, { ips: [ip(11)] })])],
    shows: {
      NodeContract: [
        {
          gridVersion: 4,
          contractID: 1n,
          twinID: 7,
          nodeID: 5,
          deploymentData: '{"type":"vm","name":"é"}',
          deploymentHash: 'a1'.repeat(16),
          numberOfPublicIPs: 1,
          state: 'Created',
          resourcesUsed: null,
          createdAt: seconds + 6n,
          solutionProviderID: 0,
        },
      ],
      PublicIp: [{ contractId: 0n }, { ip: '185.206.122.11/24', contractId: 1n }],
    },
  },
  {
    name: 'ContractCreated of a name',
    when: [contracts('ContractCreated', [nameContract(2, 'web', { solution_provider_id: 4n })])],
    shows: {
      NameContract: [
        {
          gridVersion: 4,
          contractID: 2n,
          twinID: 7,
          name: 'web',
          state: 'Created',
          createdAt: seconds,
          solutionProviderID: 4,
        },
      ],
    },
  },
  {
    name: 'ContractCreated of a rent makes the node dedicated',
    given: [stored.node],
    when: [contracts('ContractCreated', [rentContract(3)])],
    shows: {
      RentContract: [{ contractID: 3n, nodeID: 5, state: 'Created', solutionProviderID: 0 }],
      Node: [{ dedicated: true }],
    },
  },
  {
    name: 'ContractUpdated changes a node contract',
    given: [created],
    when: [
      contracts('ContractUpdated', [
        {
          ...nodeContract(1),
          version: 5,
          twin_id: 8,
          contract_type: {
            type: 'NodeContract',
            value: {
              node_id: 6,
              deployment_hash: 'b2'.repeat(16),
              deployment_data: 'new',
              public_ips: 2,
              public_ips_list: [],
            },
          },
        },
      ]),
    ],
    shows: {
      NodeContract: [
        {
          gridVersion: 5,
          twinID: 8,
          nodeID: 6,
          deploymentData: 'new',
          deploymentHash: 'b2'.repeat(16),
          numberOfPublicIPs: 2,
          state: 'Created',
          createdAt: seconds,
        },
      ],
    },
  },
  {
    name: 'ContractUpdated changes a name contract',
    given: [contracts('ContractCreated', [nameContract(2)])],
    when: [
      contracts('ContractUpdated', [
        nameContract(2, 'other', { state: { type: 'Deleted', value: 'CanceledByUser' } }),
      ]),
    ],
    shows: { NameContract: [{ name: 'other', state: 'Deleted' }] },
  },
  {
    name: 'ContractUpdated leaves rents alone',
    given: [contracts('ContractCreated', [rentContract(3)])],
    when: [contracts('ContractUpdated', [rentContract(3, { twin_id: 99 })])],
    shows: { RentContract: [{ twinID: 7 }] },
  },
  {
    name: 'ContractUpdated in grace is in grace',
    given: [created],
    when: [
      contracts('ContractUpdated', [
        nodeContract(1, { state: { type: 'GracePeriod', value: 9n } }),
      ]),
    ],
    shows: { NodeContract: [{ state: 'GracePeriod' }] },
  },
  {
    name: 'ContractUpdated in grace, strictly: out of funds',
    isStrict: true,
    given: [created],
    when: [
      contracts('ContractUpdated', [
        nodeContract(1, { state: { type: 'GracePeriod', value: 9n } }),
      ]),
    ],
    shows: { NodeContract: [{ state: 'OutOfFunds' }] },
  },
  {
    name: 'NodeContractCanceled frees all its addresses',
    given: [
      grid('FarmStored', [farm({ public_ips: [ip(10), ip(11), ip(12)] })]),
      contracts('ContractCreated', [nodeContract(1, { ips: [ip(10), ip(11)] })]),
      contracts('ContractCreated', [nodeContract(2, { ips: [ip(12)] })]),
    ],
    when: [contracts('NodeContractCanceled', { contract_id: 1n, node_id: 5, twin_id: 7 })],
    shows: {
      NodeContract: [
        { contractID: 1n, state: 'Deleted' },
        { contractID: 2n, state: 'Created' },
      ],
      PublicIp: [{ contractId: 0n }, { contractId: 0n }, { contractId: 2n }],
    },
  },
  {
    name: 'NodeContractCanceled, strictly: one address is freed',
    isStrict: true,
    given: [
      grid('FarmStored', [farm({ public_ips: [ip(10)] })]),
      grid('FarmUpdated', [farm({ public_ips: [ip(10), ip(11)] })]),
      contracts('ContractCreated', [nodeContract(1, { ips: [ip(10), ip(11)] })]),
    ],
    when: [contracts('NodeContractCanceled', { contract_id: 1n, node_id: 5, twin_id: 7 })],
    shows: { PublicIp: [{ contractId: 0n }, { contractId: 1n }] },
  },
  {
    name: 'NameContractCanceled',
    given: [contracts('ContractCreated', [nameContract(2)])],
    when: [contracts('NameContractCanceled', { contract_id: 2n })],
    shows: { NameContract: [{ state: 'Deleted' }] },
  },
  {
    name: 'RentContractCanceled makes a node without an extra fee shared again',
    given: [stored.node, contracts('ContractCreated', [rentContract(3)])],
    when: [contracts('RentContractCanceled', { contract_id: 3n })],
    shows: { RentContract: [{ state: 'Deleted' }], Node: [{ dedicated: false }] },
  },
  {
    name: 'RentContractCanceled leaves a node with an extra fee dedicated',
    given: [
      stored.node,
      contracts('NodeExtraFeeSet', { node_id: 5, extra_fee: 0n }),
      contracts('ContractCreated', [rentContract(3)]),
    ],
    when: [contracts('RentContractCanceled', { contract_id: 3n })],
    shows: { Node: [{ dedicated: true }] },
  },
  {
    name: 'ContractGracePeriodStarted, of whatever contract',
    given: [
      created,
      contracts('ContractCreated', [nameContract(2)]),
      contracts('ContractCreated', [rentContract(3)]),
    ],
    when: [1n, 2n, 3n].map(contract_id =>
      contracts('ContractGracePeriodStarted', {
        contract_id,
        node_id: 5,
        twin_id: 7,
        block_number: 9n,
      }),
    ),
    shows: {
      NodeContract: [{ state: 'GracePeriod' }],
      NameContract: [{ state: 'GracePeriod' }],
      RentContract: [{ state: 'GracePeriod' }],
    },
  },
  {
    name: 'ContractGracePeriodEnded',
    given: [
      created,
      contracts('ContractGracePeriodStarted', {
        contract_id: 1n,
        node_id: 5,
        twin_id: 7,
        block_number: 9n,
      }),
    ],
    when: [contracts('ContractGracePeriodEnded', { contract_id: 1n, node_id: 5, twin_id: 7 })],
    shows: { NodeContract: [{ state: 'Created' }] },
  },
  {
    name: 'UpdatedUsedResources adds what a contract uses',
    given: [created],
    when: [contracts('UpdatedUsedResources', [{ contract_id: 1n, used: usedResources }])],
    shows: { ContractResources: [usedResources] },
  },
  {
    name: 'UpdatedUsedResources replaces what was reported before',
    given: [created, contracts('UpdatedUsedResources', [{ contract_id: 1n, used: usedResources }])],
    when: [
      contracts('UpdatedUsedResources', [{ contract_id: 1n, used: { ...usedResources, cru: 9n } }]),
    ],
    shows: { ContractResources: [{ ...usedResources, cru: 9n }] },
  },
  {
    name: 'UpdatedUsedResources of an unknown contract is ignored',
    when: [contracts('UpdatedUsedResources', [{ contract_id: 1n, used: usedResources }])],
    shows: { ContractResources: [] },
  },
  {
    name: 'NruConsumptionReportReceived',
    when: [
      contracts('NruConsumptionReportReceived', [
        { contract_id: 1n, timestamp: 5n, window: 60n, nru: 7n },
      ]),
    ],
    shows: { NruConsumption: [{ contractID: 1n, timestamp: 5n, window: 60n, nru: 7n }] },
  },
  {
    name: 'ContractBilled',
    when: [
      contracts('ContractBilled', [
        { contract_id: 1n, timestamp: 5n, discount_level: 'Gold', amount_billed: 2n ** 100n },
      ]),
    ],
    shows: {
      ContractBillReport: [
        { contractID: 1n, discountReceived: 'Gold', amountBilled: 2n ** 100n, timestamp: 5n },
      ],
    },
  },
]

const services: readonly Case[] = [
  {
    name: 'SolutionProviderCreated',
    when: [contracts('SolutionProviderCreated', [provider])],
    shows: {
      SolutionProvider: [
        {
          solutionProviderID: 4n,
          description: 'what',
          link: 'where',
          approved: false,
          providers: [{ who: bobAddress, take: 12 }],
        },
      ],
    },
  },
  {
    name: 'SolutionProviderApproved',
    given: [contracts('SolutionProviderCreated', [provider])],
    when: [contracts('SolutionProviderApproved', [4n, true])],
    shows: { SolutionProvider: [{ approved: true }] },
  },
  {
    name: 'ServiceContractCreated begins with nothing',
    when: [contracts('ServiceContractCreated', [serviceContract])],
    shows: {
      ServiceContract: [
        {
          serviceContractID: 2n,
          serviceTwinID: 7,
          consumerTwinID: 8,
          baseFee: 0n,
          variableFee: 0n,
          metadata: '',
          acceptedByService: false,
          acceptedByConsumer: false,
          lastBill: 0n,
          state: 'Created',
        },
      ],
    },
  },
  ...(
    [
      ['ServiceContractMetadataSet', { metadata: 'meta', baseFee: 0n, lastBill: 0n }],
      ['ServiceContractFeesSet', { metadata: '', baseFee: 10n, variableFee: 20n, lastBill: 0n }],
      [
        'ServiceContractApproved',
        { acceptedByService: true, acceptedByConsumer: false, lastBill: 99n, baseFee: 0n },
      ],
    ] as const
  ).map(([event, columns]) => ({
    name: `${event} sets its part and the state`,
    given: [contracts('ServiceContractCreated', [serviceContract])],
    when: [contracts(event, [serviceContract])],
    shows: { ServiceContract: [{ ...columns, state: 'AgreementReady' }] },
  })),
  {
    name: 'ServiceContractCanceled removes the row',
    given: [contracts('ServiceContractCreated', [serviceContract])],
    when: [
      contracts('ServiceContractCanceled', { service_contract_id: 2n, cause: 'CanceledByUser' }),
    ],
    shows: { ServiceContract: [] },
  },
  {
    name: 'ServiceContractBilled adds a bill',
    given: [contracts('ServiceContractCreated', [serviceContract])],
    when: [
      contracts('ServiceContractBilled', {
        service_contract: { ...serviceContract, last_bill: 123n },
        bill: { variable_amount: 5n, window: 60n, metadata: 'bill' },
        amount: 77n,
      }),
    ],
    shows: {
      ServiceContractBill: [
        {
          serviceContractID: 2n,
          variableAmount: 5n,
          window: 60n,
          metadata: 'bill',
          amount: 77n,
        },
      ],
      ServiceContract: [{ lastBill: 123n, state: 'Created' }],
    },
  },
]

const policies: readonly Case[] = [
  {
    name: 'PricingPolicyStored replaces the policy of genesis',
    when: [grid('PricingPolicyStored', [pricing])],
    shows: {
      PricingPolicy: [
        {
          gridVersion: 2,
          pricingPolicyID: 1,
          name: 'new prices',
          su: { value: 1, unit: 'Gigabytes' },
          nu: { value: 3, unit: 'Megabytes' },
          foundationAccount: bobAddress,
          certifiedSalesAccount: bobAddress,
          dedicatedNodeDiscount: 0,
        },
      ],
    },
  },
  {
    name: 'PricingPolicyStored adds another',
    when: [grid('PricingPolicyStored', [{ ...pricing, id: 2 }])],
    shows: { PricingPolicy: [{ pricingPolicyID: 1 }, { pricingPolicyID: 2 }] },
  },
  {
    name: 'FarmingPolicyStored adds to those of genesis',
    when: [grid('FarmingPolicyStored', [farming])],
    shows: {
      FarmingPolicy: [
        { farmingPolicyID: 1, name: 'threefold_default_diy_farming_policy' },
        { farmingPolicyID: 2, nodeCertification: 'Certified' },
        {
          gridVersion: 1,
          farmingPolicyID: 3,
          name: 'policy',
          cu: 1,
          su: 2,
          nu: 3,
          ipv4: 4,
          minimalUptime: null,
          policyCreated: 5,
          policyEnd: 6,
          immutable: true,
          default: false,
          nodeCertification: 'Certified',
          farmCertification: 'Gold',
        },
      ],
    },
  },
  {
    name: 'FarmingPolicyUpdated',
    given: [grid('FarmingPolicyStored', [farming])],
    when: [grid('FarmingPolicyUpdated', [{ ...farming, name: 'renamed' }])],
    shows: { FarmingPolicy: [{}, {}, { name: 'renamed' }] },
  },
  {
    name: 'PriceStored counts in USD',
    when: [prices('PriceStored', [55])],
    shows: { PriceStored: [{ newPrice: 0.055, block: 2, timestamp: seconds }] },
  },
  {
    name: 'AveragePriceStored counts in USD',
    when: [prices('AveragePriceStored', [1000])],
    shows: { AveragePriceStored: [{ newAveragePrice: 1, block: 2, timestamp: seconds }] },
  },
]

const all = [...twins, ...farms, ...nodes, ...contractCases, ...services, ...policies]

describe('the mapping of events', () => {
  it.each(all.map(each => [each.name, each] as const))('%s', (_, each) => {
    const { isStrict = false, takesAnyIp = false } = each
    const chain = indexedChain({ rules: { isStrict, takesAnyIp } })
    for (const happen of each.given ?? []) chain.emit(happen)
    chain.emit(...each.when)
    for (const [entity, expected] of Object.entries(each.shows)) {
      const rows = chain.plain(entity as EntityName)
      expect(rows, entity).toHaveLength(expected.length)
      expect(rows, entity).toMatchObject(expected)
    }
  })

  it('has a case for each event that is followed', () => {
    const named = all.map(({ name }) => name).join('\n')
    for (const event of followedEvents) expect(named).toContain(event.split('.')[1])
  })

  it('gives rows of an event its id, and links rows to one another', () => {
    const { emit, rows, chain } = indexedChain()
    emit(stored.node, grid('NodePublicConfigStored', [5, config]))
    const block = emit(
      created,
      contracts('UpdatedUsedResources', [{ contract_id: 1n, used: usedResources }]),
    )
    const row = rows.one('Node', 'nodeID', 5)!
    const hash = chain.archive.hashOf(2).slice(2, 7)
    expect(rows.idOf(row.key)).toMatch(new RegExp(`^0000000002-0000\\d\\d-${hash}$`))
    expect(rows.byId('Node', rows.idOf(row.key))).toBe(row)
    expect(rows.byId('Node', rows.idOf(row.key).replace(hash, '00000'))).toBeUndefined()
    expect(rows.one('PublicConfig', 'node', row.key)?.ipv4).toBe('185.206.122.5/24')
    expect(rows.get('Location', row.location)?.latitude).toBe('51.05')
    const contract = rows.one('NodeContract', 'contractID', 1n)!
    const used = rows.get('ContractResources', contract.resourcesUsed)!
    expect(used.contract).toBe(contract.key)
    expect(rows.idOf(used.key).slice(0, 10)).toBe(String(block).padStart(10, '0'))
  })

  it('lets no two rows of a table have one id', () => {
    const { emit, rows } = indexedChain()
    emit(
      grid('FarmStored', [farm({ public_ips: [ip(10), ip(11), ip(12)] })]),
      grid('FarmUpdated', [farm({ public_ips: [ip(10), ip(13), ip(14)] })]),
      stored.node,
      grid('NodeUpdated', [node()]),
    )
    for (const entity of ['PublicIp', 'Interfaces'] as const) {
      const ids = rows.all(entity).map(({ key }) => rows.idOf(key))
      expect(ids.length).toBeGreaterThan(1)
      expect(new Set(ids).size).toBe(ids.length)
    }
  })
})
