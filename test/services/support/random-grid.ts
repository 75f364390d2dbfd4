// Grids of any size with random rows, in the mix of upstream's own test data, from a seed.

import { Store } from '../../../src/kernel/store.ts'
import type { Columns, CurrentName, Row, RowKey } from '../../../src/services/indexer/entities.ts'
import { Rows } from '../../../src/services/indexer/rows.ts'

/** A number in [0, 1) after another, from a seed (mulberry32). */
function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Draws of several kinds. */
export class Draw {
  readonly next: () => number

  constructor(seed: number) {
    this.next = dice(seed)
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!
  }
}

/** How large a grid is. */
export interface GridSize {
  readonly nodes: number
  readonly farms: number
  readonly twins: number
  readonly ips: number
  readonly contracts: number
}

export const countryNames = ['Belgium', 'Egypt', 'United States', 'egypt', null] as const
const cities = ['Ghent', 'Cairo', 'New York', 'Giza', 'Lochristi', 'Unknown', null] as const
const states = ['Created', 'GracePeriod', 'OutOfFunds', 'Deleted'] as const
const GiB = 1024n ** 3n

const key = (id: string) => id as RowKey

/** A grid of random rows that can go on changing. */
export class RandomGrid {
  readonly store = new Store()
  readonly rows = new Rows({ store: this.store, hashOf: () => `0x${'ab'.repeat(32)}` })
  readonly draw: Draw
  readonly size: GridSize
  /** Unix seconds. */
  readonly now: number

  constructor(seed: number, size: GridSize, now = 1_760_000_000) {
    this.draw = new Draw(seed)
    this.size = size
    this.now = now
    this.#fillOthers()
    for (let id = 1; id <= size.farms; id += 1) this.putFarm(id)
    for (let id = 1; id <= size.nodes; id += 1) this.putNode(id)
    for (let id = 1; id <= size.ips; id += 1) this.putIp(id)
    for (let id = 1; id <= size.contracts; id += 1) this.putContract(id)
  }

  /** Changes something anywhere. */
  mutate(): void {
    const { draw, size } = this
    const kind = draw.int(0, 12)
    if (kind <= 2) this.putNode(draw.int(1, size.nodes))
    else if (kind <= 5) this.putContract(draw.int(1, size.contracts))
    else if (kind === 6) this.putIp(draw.int(1, size.ips))
    else if (kind === 7) this.putFarm(draw.int(1, size.farms))
    else if (kind === 8) this.rows.remove('PublicConfig', key(`pc${draw.int(1, size.nodes)}`))
    else if (kind === 9) this.#removeNode(draw.int(1, size.nodes))
    else this.#mutatePart(kind, draw.int(1, size.nodes), draw.int(1, size.contracts))
  }

  /** Changes a row that another refers to, and not that other. */
  #mutatePart(kind: number, node: number, contract: number): void {
    const { rows } = this
    const reader = rows.reader()
    const location = reader.get('Location', key(`lo${node}`))
    const totals = reader.get('NodeResourcesTotal', key(`to${node}`))
    const resources = reader.get('ContractResources', key(`cr${contract}`))
    if (kind === 10 && location) {
      const longitude = String(this.draw.int(-180, 180))
      rows.put('Location', Object.freeze({ ...location, longitude }))
    } else if (kind === 11 && totals) {
      const changed = { ...totals, ...this.#resources(64, 256, 4000) }
      rows.put('NodeResourcesTotal', Object.freeze(changed))
    } else if (kind === 12 && resources) {
      const changed = { ...resources, ...this.#resources(4, 8, 100) }
      rows.put('ContractResources', Object.freeze(changed))
    }
  }

  putFarm(id: number): void {
    const { draw } = this
    this.#put('Farm', `fa${id}`, {
      gridVersion: 4,
      farmID: id,
      name: draw.pick([`Farm_${id}`, `free%${id}`, `ghent-${id}`]),
      twinID: draw.int(1, this.size.twins),
      pricingPolicyID: draw.int(0, 1),
      certification: draw.pick(['Gold', 'NotCertified']),
      stellarAddress: draw.pick([null, '', `G${id}`]),
      dedicatedFarm: draw.chance(0.1),
    })
  }

  putNode(id: number): void {
    const { draw } = this
    const node = key(`no${id}`)
    this.#put('Location', `lo${id}`, {
      longitude: String(draw.int(-180, 180)),
      latitude: draw.pick(['51.5', 'Unknown', '-3']),
    })
    this.#put('Node', `no${id}`, {
      gridVersion: 6,
      nodeID: id,
      farmID: draw.int(1, this.size.farms),
      twinID: this.size.twins + id,
      location: key(`lo${id}`),
      country: draw.pick(countryNames),
      city: draw.pick(cities),
      uptime: draw.chance(0.1) ? null : BigInt(draw.int(0, 1e6)),
      created: draw.int(1.6e9, 1.7e9),
      farmingPolicyId: 1,
      certification: draw.pick(['Diy', 'Diy', 'Certified']),
      secure: false,
      virtualized: false,
      serialNumber: `SN${id}`,
      createdAt: 1_600_000_000n,
      updatedAt: BigInt(this.now - draw.pick([10, 4800, 4801, 50_000, 86_400, 86_401])),
      connectionPrice: null,
      power: draw.pick([null, null, power('Up', 'Up'), power('Down', 'Down'), power('Up', 'Down')]),
      dedicated: false,
      extraFee: draw.pick([null, 0n, 0n, 5000n]),
    })
    if (draw.chance(0.95)) {
      this.#put('NodeResourcesTotal', `to${id}`, { node, ...this.#resources(64, 256, 4000) })
    }
    if (draw.chance(0.3)) {
      this.#put('PublicConfig', `pc${id}`, {
        node,
        ipv4: draw.pick([null, '', `185.1.${id & 255}.2/24`]),
        ipv6: draw.pick([null, '2a10::1/64']),
        gw4: '185.1.1.1',
        gw6: null,
        domain: draw.pick([null, '', `gw${id}.example`]),
      })
    }
  }

  putIp(id: number): void {
    const { draw } = this
    this.#put('PublicIp', `ip${id}`, {
      farm: key(`fa${draw.int(1, this.size.farms)}`),
      gateway: '5.5.5.1',
      ip: `5.5.${id >> 8}.${id & 255}/24`,
      contractId: draw.chance(0.5) ? 0n : BigInt(draw.int(1, this.size.contracts)),
    })
  }

  /** The type of a contract follows from its id: one in twenty is a rent of a node of its own, one a name. */
  putContract(id: number): void {
    const { draw } = this
    const common = {
      gridVersion: 4,
      contractID: BigInt(id),
      twinID: draw.int(1, this.size.twins),
      state: draw.pick(states),
      createdAt: BigInt(1_700_000_000 + id),
      solutionProviderID: 0,
    }
    const kind = id % 20
    if (kind === 0) {
      const nodeID = 1 + ((id / 20) % this.size.nodes)
      this.#put('RentContract', `rc${id}`, { ...common, nodeID })
    } else if (kind === 1) this.#put('NameContract', `na${id}`, { ...common, name: `name${id}` })
    else this.#putNodeContract(id, common)
  }

  #putNodeContract(id: number, common: Omit<Columns<'NameContract'>, 'name'>): void {
    const { draw } = this
    const isReported = draw.chance(0.9)
    if (isReported) {
      const contract = key(`nc${id}`)
      this.#put('ContractResources', `cr${id}`, { contract, ...this.#resources(4, 8, 100) })
    }
    this.#put('NodeContract', `nc${id}`, {
      ...common,
      nodeID: draw.int(1, this.size.nodes),
      deploymentData: `{"name":"vm${id}"}`,
      deploymentHash: `hash${id}`,
      numberOfPublicIPs: draw.int(0, 2),
      resourcesUsed: isReported ? key(`cr${id}`) : null,
    })
  }

  #removeNode(id: number): void {
    const node = key(`no${id}`)
    this.rows.remove('NodeResourcesTotal', key(`to${id}`))
    this.rows.remove('PublicConfig', key(`pc${id}`))
    this.rows.remove('Node', node)
  }

  #resources(cru: number, mru: number, sru: number) {
    const { draw } = this
    return {
      cru: BigInt(draw.int(1, cru)),
      mru: BigInt(draw.int(1, mru)) * GiB + BigInt(draw.int(0, 9)),
      sru: BigInt(draw.int(0, sru)) * GiB,
      hru: draw.chance(0.5) ? 0n : BigInt(draw.int(1, sru)) * GiB,
    }
  }

  #fillOthers(): void {
    for (let id = 1; id <= this.size.twins; id += 1) {
      this.#put('Twin', `tw${id}`, {
        gridVersion: 0,
        twinID: id,
        accountID: `5Acc${id}`,
        relay: this.draw.pick([null, 'relay.example']),
        publicKey: null,
      })
    }
    const policy = (value: number) => ({ value, unit: null })
    this.#put('PricingPolicy', 'pp1', {
      gridVersion: 1,
      pricingPolicyID: 1,
      name: 'default',
      su: policy(50_000),
      cu: policy(100_000),
      nu: policy(15_000),
      ipu: policy(40_000),
      foundationAccount: '',
      certifiedSalesAccount: '',
      dedicatedNodeDiscount: 0,
    })
    const countries = [
      ['Belgium', 'Europe'],
      ['Egypt', 'Africa'],
      ['United States', 'Americas'],
    ] as const
    countries.forEach(([name, region], i) => {
      const rest = { code: name.slice(0, 2), subregion: '', lat: null, long: null }
      this.#put('Country', `co${i}`, { countryID: i + 1, name, region, ...rest })
    })
  }

  #put<E extends CurrentName>(entity: E, id: string, columns: Columns<E>): void {
    this.rows.put(entity, Object.freeze({ key: key(id), ...columns }) as unknown as Row<E>)
  }
}

function power(state: 'Up' | 'Down', target: 'Up' | 'Down') {
  return { state, target }
}
