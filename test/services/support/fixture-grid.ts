// A small grid with fixed rows, against which the worked cases of the index's services were computed.

import { Store } from '../../../src/kernel/store.ts'
import type { Columns, CurrentName, Row, RowKey } from '../../../src/services/indexer/entities.ts'
import { Rows } from '../../../src/services/indexer/rows.ts'
import type { RowReader, RowWriter } from '../../../src/services/indexer/store.ts'

const GiB = 1024 ** 3
const gib = (amount: number) => BigInt(amount) * BigInt(GiB)

const key = (id: string) => id as RowKey

function put<E extends CurrentName>(rows: RowWriter, entity: E, id: string, columns: Columns<E>) {
  rows.put(entity, Object.freeze({ key: key(id), ...columns }) as unknown as Row<E>)
}

/** When the contracts of the fixture were made, in unix seconds. */
const contractsAt = 1_759_990_000n

const countries = [
  ['Belgium', 'Europe', 'BE'],
  ['Egypt', 'Africa', 'EG'],
  ['United States', 'Americas', 'US'],
] as const

const farms = [
  { id: 1, name: 'Freefarm', twin: 1, policy: 1, stellar: null },
  { id: 2, name: 'DedicatedFarm', twin: 2, policy: 1, stellar: 'GABC', isGold: true },
  { id: 3, name: 'free_100%', twin: 1, policy: 0, stellar: '' },
  { id: 4, name: 'emptyfarm', twin: 2, policy: 1, stellar: null },
] as const

const ips = [
  ['ip1', '185.206.122.10/24', '185.206.122.1', 1, 1],
  ['ip2', '185.206.122.11/24', '185.206.122.1', 0, 1],
  ['ip3', '185.206.122.12/24', '185.206.122.1', 0, 1],
  ['ip4', '5.5.5.2/24', '5.5.5.1', 0, 2],
] as const

interface FixtureNode {
  readonly id: number
  readonly farm: number
  readonly twin: number
  readonly country: string | null
  readonly city: string
  /** CPUs, then GiB of memory, SSD and HDD. */
  readonly totals: readonly [number, number, number, number] | null
  /** Seconds since the last report. */
  readonly age: number
  readonly power?: readonly ['Up' | 'Down', 'Up' | 'Down']
  readonly isCertified?: true
  readonly extraFee?: number
  readonly at: readonly [longitude: string, latitude: string]
}

const nodes: readonly FixtureNode[] = [
  {
    id: 1,
    farm: 1,
    twin: 11,
    country: 'Belgium',
    city: 'Ghent',
    totals: [8, 32, 1000, 2000],
    age: 60,
    at: ['3.7174', '51.0543'],
  },
  {
    id: 2,
    farm: 1,
    twin: 12,
    country: 'Belgium',
    city: 'Brussels',
    totals: [4, 8, 200, 0],
    age: 120,
    power: ['Up', 'Up'],
    extraFee: 0,
    at: ['4.35', '50.85'],
  },
  {
    id: 3,
    farm: 1,
    twin: 13,
    country: 'Egypt',
    city: 'Cairo',
    totals: [64, 256, 4000, 0],
    age: 4799,
    isCertified: true,
    extraFee: 5000,
    at: ['31.2', '30.0'],
  },
  {
    id: 4,
    farm: 2,
    twin: 14,
    country: 'United States',
    city: 'New York',
    totals: [16, 64, 500, 0],
    age: 300,
    at: ['-74', '40.7'],
  },
  {
    id: 5,
    farm: 2,
    twin: 15,
    country: 'United States',
    city: 'Chicago',
    totals: [16, 64, 500, 0],
    age: 36_000,
    power: ['Down', 'Down'],
    at: ['-87', '41'],
  },
  {
    id: 6,
    farm: 3,
    twin: 16,
    country: null,
    city: 'Unknown',
    totals: [8, 16, 300, 0],
    age: 7200,
    at: ['0', '0'],
  },
  {
    id: 7,
    farm: 3,
    twin: 17,
    country: 'egypt',
    city: 'Giza',
    totals: [8, 16, 300, 1000],
    age: 1800,
    power: ['Up', 'Down'],
    extraFee: 1000,
    at: ['31', '30'],
  },
  {
    id: 8,
    farm: 1,
    twin: 18,
    country: 'Belgium',
    city: 'Ghent',
    totals: null,
    age: 90_000,
    power: ['Down', 'Down'],
    at: ['Unknown', 'Unknown'],
  },
]

const configs = [
  {
    node: 1,
    ipv4: '185.206.122.5/24',
    gw4: '185.206.122.1',
    ipv6: '2a10:b600:1::5/64',
    gw6: '2a10:b600:1::1',
    domain: 'gent01.emu.local',
  },
  { node: 8, ipv4: '185.206.122.8/24', gw4: '185.206.122.1', ipv6: null, gw6: null, domain: null },
] as const

type ContractState = Row<'NodeContract'>['state']

const nodeContracts: readonly {
  readonly id: number
  readonly twin: number
  readonly node: number
  readonly state: ContractState
  /** CPUs, then GiB of memory, SSD and HDD; none when the node never reported any. */
  readonly reported?: readonly [number, number, number, number]
  readonly ips?: number
}[] = [
  { id: 1, twin: 3, node: 1, state: 'Created', reported: [2, 4, 50, 0], ips: 1 },
  { id: 2, twin: 3, node: 1, state: 'GracePeriod', reported: [1, 2, 10, 100] },
  { id: 3, twin: 4, node: 1, state: 'Deleted', reported: [4, 8, 100, 0] },
  { id: 5, twin: 3, node: 3, state: 'Created', reported: [8, 16, 100, 0] },
  { id: 8, twin: 4, node: 6, state: 'Created' },
  { id: 10, twin: 4, node: 2, state: 'OutOfFunds', reported: [1, 1, 5, 0] },
]

const bills = [
  [1, 20_000_000, 'None', 1_760_000_000],
  [1, 30_000_000, 'Gold', 1_760_007_200],
  [2, 7_200_000, 'Default', 1_759_997_200],
  [9, 1_000_000, 'None', 1_760_000_000],
] as const

function fillPeople(rows: RowWriter): void {
  for (const id of [1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18]) {
    put(rows, 'Twin', `tw${String(id).padStart(2, '0')}`, {
      gridVersion: 0,
      twinID: id,
      accountID: `5Acc${id}`,
      relay: id === 4 ? null : 'relay.emu.local',
      publicKey: id === 4 ? null : `0x${String(id).padStart(66, '0')}`,
    })
  }
  for (const { id, name, twin, policy, stellar, ...rest } of farms) {
    put(rows, 'Farm', `fa${id}`, {
      gridVersion: 4,
      farmID: id,
      name,
      twinID: twin,
      pricingPolicyID: policy,
      certification: 'isGold' in rest ? 'Gold' : 'NotCertified',
      stellarAddress: stellar,
      dedicatedFarm: 'isGold' in rest,
    })
  }
  for (const [id, ip, gateway, contract, farm] of ips) {
    const contractId = BigInt(contract)
    put(rows, 'PublicIp', id, { farm: key(`fa${farm}`), gateway, ip, contractId })
  }
}

function fillPolicies(rows: RowWriter): void {
  const policy = (value: number) => ({ value, unit: null })
  put(rows, 'PricingPolicy', 'pp1', {
    gridVersion: 1,
    pricingPolicyID: 1,
    name: 'threefold_default_pricing_policy',
    su: policy(50_000),
    cu: policy(100_000),
    nu: policy(15_000),
    ipu: policy(40_000),
    foundationAccount: '5Foundation',
    certifiedSalesAccount: '5Sales',
    dedicatedNodeDiscount: 0,
  })
  countries.forEach(([name, region, code], i) => {
    const subregion = 'unknown subregion'
    const country = { countryID: i + 1, code, name, region, subregion, lat: null, long: null }
    put(rows, 'Country', String(i + 1), country)
  })
}

function resourcesOf([cru, mru, sru, hru]: readonly [number, number, number, number]) {
  return { cru: BigInt(cru), mru: gib(mru), sru: gib(sru), hru: gib(hru) }
}

function fillNodes(rows: RowWriter, now: number): void {
  for (const node of nodes) {
    const { id, farm, twin, country, city, totals, power, extraFee, at } = node
    const [longitude, latitude] = at
    put(rows, 'Location', `lo${id}`, { longitude, latitude })
    put(rows, 'Node', `no${id}`, {
      gridVersion: 6,
      nodeID: id,
      farmID: farm,
      twinID: twin,
      location: key(`lo${id}`),
      country,
      city,
      uptime: id === 8 ? null : BigInt(1000 * id),
      created: 1_700_000_000,
      farmingPolicyId: 1,
      certification: node.isCertified ? 'Certified' : 'Diy',
      secure: false,
      virtualized: false,
      serialNumber: id === 8 ? null : `SN${id}`,
      createdAt: 1_700_000_000n,
      updatedAt: BigInt(now - node.age),
      connectionPrice: null,
      power: power ? { state: power[0], target: power[1] } : null,
      dedicated: false,
      extraFee: extraFee === undefined ? null : BigInt(extraFee),
    })
    if (totals) {
      put(rows, 'NodeResourcesTotal', `to${id}`, { node: key(`no${id}`), ...resourcesOf(totals) })
    }
  }
  for (const { node, ...config } of configs) {
    put(rows, 'PublicConfig', `pc${node}`, { node: key(`no${node}`), ...config })
  }
}

function fillContracts(rows: RowWriter): void {
  const common = (id: number, twin: number, state: ContractState) => ({
    gridVersion: 4,
    contractID: BigInt(id),
    twinID: twin,
    state,
    createdAt: contractsAt,
    solutionProviderID: 0,
  })
  for (const { id, twin, node, state, reported, ips = 0 } of nodeContracts) {
    put(rows, 'NodeContract', `nc${String(id).padStart(2, '0')}`, {
      ...common(id, twin, state),
      nodeID: node,
      deploymentData: `{"version":3,"type":"vm","name":"vm${id}","projectName":"p${id}"}`,
      deploymentHash: `hash${id}`,
      numberOfPublicIPs: ips,
      resourcesUsed: reported ? key(`cr${id}`) : null,
    })
    if (reported) {
      const contract = key(`nc${String(id).padStart(2, '0')}`)
      put(rows, 'ContractResources', `cr${id}`, { contract, ...resourcesOf(reported) })
    }
  }
  put(rows, 'RentContract', 'rc04', { ...common(4, 3, 'Created'), nodeID: 3 })
  put(rows, 'RentContract', 'rc06', { ...common(6, 4, 'Deleted'), nodeID: 4 })
  put(rows, 'NameContract', 'na07', { ...common(7, 3, 'Created'), name: 'myname' })
  put(rows, 'NameContract', 'na09', { ...common(9, 4, 'Deleted'), name: 'old' })
  bills.forEach(([contract, amount, discountReceived, timestamp], event) => {
    rows.append(
      'ContractBillReport',
      { block: 1, event },
      {
        contractID: BigInt(contract),
        discountReceived,
        amountBilled: BigInt(amount),
        timestamp: BigInt(timestamp),
      },
    )
  })
}

/** Writes the fixture into an index whose time is `now`, in unix seconds. */
function fillFixtureGrid(rows: RowWriter, now: number): void {
  fillPeople(rows)
  fillPolicies(rows)
  fillNodes(rows, now)
  fillContracts(rows)
}

/** A time long after everything in the fixture, in unix seconds. */
export const fixtureNow = 1_760_100_000

/** An index that holds the fixture. */
export function fixtureGrid(now: number = fixtureNow): { rows: Rows; reader: RowReader } {
  const rows = new Rows({ store: new Store(), hashOf: block => `0x${String(block).repeat(64)}` })
  fillFixtureGrid(rows, now)
  return { rows, reader: rows.reader() }
}
