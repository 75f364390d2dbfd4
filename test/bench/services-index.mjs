// An index as large as a whole grid's, filled by hand: what the services are measured on.

import { Store } from '../../dist/kernel/store.js'
import { Rows } from '../../dist/services/indexer/rows.js'

const GiB = 1024n ** 3n
const places = [
  ['Belgium', 'Ghent'],
  ['Egypt', 'Cairo'],
  ['United States', 'Chicago'],
  ['Austria', 'Vienna'],
]

/** Ten thousand nodes with fifty thousand contracts, of which half are over, and bills of some. */
export const sizes = { nodes: 10_000, farms: 1_000, twins: 2_000, ips: 5_000, contracts: 50_000 }

/** Fills an index; `twinOf` gives the twins of nodes. */
export function largeIndex({ now, twinOf }) {
  const rows = new Rows({ store: new Store(), hashOf: () => `0x${'ab'.repeat(32)}` })
  const put = (entity, key, columns) => rows.put(entity, Object.freeze({ key, ...columns }))
  const policy = value => ({ value, unit: null })
  put('PricingPolicy', 'pp1', {
    ...{ gridVersion: 1, pricingPolicyID: 1, name: 'default', dedicatedNodeDiscount: 0 },
    ...{ su: policy(50_000), cu: policy(100_000), nu: policy(15_000), ipu: policy(40_000) },
    ...{ foundationAccount: '', certifiedSalesAccount: '' },
  })
  for (let id = 1; id <= sizes.farms; id += 1) {
    put('Farm', `fa${id}`, {
      ...{ gridVersion: 4, farmID: id, name: `farm${id}`, twinID: 1 + (id % sizes.twins) },
      ...{ pricingPolicyID: 1, certification: 'NotCertified', stellarAddress: null },
      dedicatedFarm: id % 10 === 0,
    })
  }
  for (let id = 1; id <= sizes.twins; id += 1) {
    const rest = { relay: 'relay.example', publicKey: null }
    put('Twin', `tw${id}`, { gridVersion: 0, twinID: id, accountID: `5Acc${id}`, ...rest })
  }
  for (let id = 1; id <= sizes.ips; id += 1) {
    const ip = `5.${id >> 8}.${id & 255}.2/24`
    const rest = { gateway: '5.0.0.1', contractId: id % 3 === 0 ? BigInt(id) : 0n }
    put('PublicIp', `ip${id}`, { farm: `fa${1 + (id % sizes.farms)}`, ip, ...rest })
  }
  for (let id = 1; id <= sizes.nodes; id += 1) putNode(put, id, { now, twin: twinOf(id) })
  for (let id = 1; id <= sizes.contracts; id += 1) putContract(put, id, 'Created')
  for (let at = 0; at < sizes.contracts; at += 1) {
    const birth = { block: 1 + Math.floor(at / 1000), event: at % 1000 }
    rows.append('ContractBillReport', birth, {
      ...{ contractID: BigInt(1 + (at % 5_000)), discountReceived: 'None' },
      ...{ amountBilled: BigInt(at), timestamp: BigInt(now - sizes.contracts + at) },
    })
  }
  return { rows, put }
}

/** Writes a node that reported `age` seconds ago. */
export function putNode(put, id, { now, twin, age = id % 4 === 0 ? 90_000 : id % 4000 }) {
  const [country, city] = places[id % places.length]
  put('Location', `lo${id}`, { longitude: '3.7', latitude: '51.0' })
  put('Node', `no${id}`, {
    ...{ gridVersion: 6, nodeID: id, farmID: 1 + (id % sizes.farms), twinID: twin },
    ...{ location: `lo${id}`, country, city, uptime: 1000n, created: 1_700_000_000 },
    ...{ farmingPolicyId: 1, certification: id % 5 === 0 ? 'Certified' : 'Diy', secure: false },
    ...{ virtualized: false, serialNumber: `SN${id}`, createdAt: 1_700_000_000n },
    ...{ updatedAt: BigInt(now - age), connectionPrice: null, power: null, dedicated: false },
    extraFee: null,
  })
  put('NodeResourcesTotal', `to${id}`, {
    ...{ node: `no${id}`, cru: BigInt(8 + (id % 56)), mru: BigInt(16 + (id % 240)) * GiB },
    ...{ sru: BigInt(200 + (id % 4000)) * GiB, hru: BigInt(id % 3) * 1000n * GiB },
  })
  if (id % 10 === 0) {
    const rest = { gw4: '185.1.1.1', ipv6: null, gw6: null, domain: `gw${id}.example` }
    put('PublicConfig', `pc${id}`, { node: `no${id}`, ipv4: `185.1.${id & 255}.2/24`, ...rest })
  }
}

/** Writes a contract; one in fifty is a rent, one in fifty a name. */
export function putContract(put, id, state) {
  const common = {
    ...{ gridVersion: 4, contractID: BigInt(id), twinID: 1 + (id % sizes.twins) },
    ...{ state: id % 2 === 0 ? state : 'Deleted', createdAt: 1_759_000_000n },
    solutionProviderID: 0,
  }
  const nodeID = 1 + ((id * 7) % sizes.nodes)
  if (id % 50 === 0) put('RentContract', `rc${id}`, { ...common, nodeID })
  else if (id % 50 === 1) put('NameContract', `na${id}`, { ...common, name: `name${id}` })
  else {
    const used = { cru: 1n, mru: 2n * GiB, sru: 10n * GiB, hru: 0n }
    put('ContractResources', `cr${id}`, { contract: `nc${id}`, ...used })
    put('NodeContract', `nc${id}`, {
      ...common,
      ...{ nodeID, deploymentData: `{"name":"vm${id}"}`, deploymentHash: `hash${id}` },
      ...{ numberOfPublicIPs: 0, resourcesUsed: `cr${id}` },
    })
  }
}
