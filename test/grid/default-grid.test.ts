// The grid of `up` without options, and what a network and a farm can be told.

import { describe, expect, it } from 'vitest'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../../src/chain/pallets/tft-price/declaration.ts'
import { checkWorld, type WorldInput } from '../../src/config/config.ts'
import { createWorld } from '../../src/grid/world.ts'

function worldOf(input: WorldInput) {
  const checked = checkWorld(input)
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems))
  return createWorld(checked.config, {
    startAt: 1_700_000_000_000,
    relay: 'localhost',
    heartbeat: false,
    userScheme: 'ed25519',
  })
}

const stateOf = (world: ReturnType<typeof worldOf>) => world.chain.runtime.txOf(tfgrid).state

describe('the default grid', () => {
  const world = worldOf({})
  const { Farms, Nodes } = stateOf(world)
  const profiles = world.nodes.list().map(({ profile }) => profile)

  it('has at least ten nodes on two farms, of every kind that people deploy on', () => {
    expect(profiles.length).toBeGreaterThanOrEqual(10)
    expect(world.farms).toHaveLength(2)
    for (const kind of ['server', 'storage-2u', 'gpu', 'light']) expect(profiles).toContain(kind)
  })

  it('has gateways with addresses of both kinds and a domain', () => {
    const configs = world.nodes.list().map(({ nodeId }) => Nodes.get(nodeId)?.public_config ?? null)
    const gateways = configs.filter(config => config?.domain && config.ip6)
    expect(gateways.map(config => config?.domain)).toEqual([
      'gw1.freefarm.dev.grid.tf',
      'gw2.freefarm.dev.grid.tf',
    ])
  })

  it('has a farm with free addresses, and a dedicated one with none', () => {
    const [free, dedicated] = world.farms.map(({ id }) => Farms.get(id)!)
    expect(free).toMatchObject({ dedicated_farm: false })
    expect(free!.public_ips.every(({ contract_id }) => contract_id === 0n)).toBe(true)
    expect(free!.public_ips).toHaveLength(10)
    expect(dedicated).toMatchObject({ dedicated_farm: true, public_ips: [] })
  })
})

describe('a network', () => {
  const costOf = (network: 'dev' | 'test' | 'main') => {
    const world = worldOf({ network, farms: [{ name: 'one', nodes: 0 }] })
    const policy = stateOf(world).PricingPolicies.get(1)!
    return {
      cu: policy.cu.value,
      frequency: world.chain.runtime.txOf(smartContract).state.BillingFrequency.get(),
      price: world.chain.runtime.txOf(tftPrice).state.TftPrice.get(),
    }
  }

  it('is cheap for development, dearer for tests, and has the full price in production', () => {
    const [dev, test, main] = [costOf('dev'), costOf('test'), costOf('main')]
    expect(dev.cu).toBeLessThan(test.cu)
    expect(test.cu).toBeLessThan(main.cu)
    expect(main).toEqual({ cu: 600_000, frequency: 600n, price: 20 })
  })
})

describe('a farm', () => {
  it('has as many addresses and gateways as it is given', () => {
    const world = worldOf({
      farms: [
        { name: 'My_Farm', nodes: 3, publicIps: 200, gateways: 2 },
        { name: 'bare', publicIps: 0 },
      ],
    })
    const { Farms, Nodes } = stateOf(world)
    expect(Farms.get(1)!.public_ips).toHaveLength(200)
    expect(Farms.get(2)!.public_ips).toEqual([])
    expect([1, 2, 3].map(id => Nodes.get(id)!.public_config?.domain ?? null)).toEqual([
      'gw1.my-farm.dev.grid.tf',
      'gw2.my-farm.dev.grid.tf',
      null,
    ])
  })
})
