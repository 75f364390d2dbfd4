// Certification, farming and pricing policies, and values of the grid: the worked cases, and each error of each call.

import { describe, expect, it } from 'vitest'
import { type TestChain, testChain } from '../support/chain.ts'
import {
  type Case,
  createNode,
  farm,
  farmA,
  farmingPolicy,
  gib,
  grid,
  gridRefuses,
  gridState,
  limitsOf,
  namesOf,
  node1,
  nodeArgs,
  nodeAt,
  pol2,
  pol4,
  STD,
  smallLimits,
  succeeds,
  twin,
} from './grid-fixtures.ts'

const attach = (t: TestChain, limits: ReturnType<typeof limitsOf> | null, farm_id = 1) =>
  grid(t, 'restricted', 'attach_policy_to_farm', { farm_id, limits })

const farmAt = (t: TestChain, id = 1) => gridState(t).Farms.get(id)
const placeOf = (t: TestChain, id: number) => {
  const { farming_policy_id, certification } = nodeAt(t, id)
  return [farming_policy_id, certification]
}

const certifier = (t: TestChain, name: string) =>
  grid(t, 'restricted', name, { certifier: t.account('alice') })

const setCertification = (node_certification: string, node_id = 1) => ({
  node_id,
  node_certification,
})

const unit = (value: number) => ({ value, unit: 'Gigabytes' })
const pricing = (t: TestChain, name: string, change: Record<string, unknown> = {}) => ({
  name,
  su: unit(1000),
  cu: unit(2000),
  nu: unit(500),
  ipu: unit(200),
  unique_name: unit(3000),
  domain_name: unit(4000),
  foundation_account: t.account('eve'),
  certified_sales_account: t.account('ferdie'),
  discount_for_dedication_nodes: 50,
  ...change,
})
const createPricing = (t: TestChain, name: string) =>
  succeeds(grid(t, 'restricted', 'create_pricing_policy', pricing(t, name)))
const updatePricing = (t: TestChain, pricing_policy_id: number, name: string, change = {}) => ({
  pricing_policy_id,
  ...pricing(t, name, change),
})

const updateFarming = (farming_policy_id: number) => ({
  farming_policy_id,
  name: 'f1_updated',
  su: 1,
  cu: 2,
  nu: 3,
  ipv4: 4,
  minimal_uptime: 5,
  policy_end: 6,
  default: false,
  node_certification: 'Certified',
  farm_certification: 'NotCertified',
})

const cases: readonly Case[] = [
  [
    'W075',
    'somebody may certify nodes',
    t => {
      const { events } = succeeds(certifier(t, 'add_node_certifier'))
      const alice = t.account('alice')
      expect(events).toEqual([
        { pallet: 'TfgridModule', name: 'NodeCertifierAdded', fields: [alice] },
      ])
      expect(gridState(t).AllowedNodeCertifiers.get()).toEqual([alice])
    },
  ],
  [
    'W076',
    'once is enough',
    t => {
      succeeds(certifier(t, 'add_node_certifier'))
      const args = { certifier: t.account('alice') }
      gridRefuses(t, 'AlreadyCertifier', 'restricted', 'add_node_certifier', args)
    },
  ],
  [
    'W077',
    'and may no longer',
    t => {
      succeeds(certifier(t, 'add_node_certifier'))
      expect(namesOf(certifier(t, 'remove_node_certifier'))).toEqual(['NodeCertifierRemoved'])
      expect(gridState(t).AllowedNodeCertifiers.get()).toEqual([])
    },
  ],
  [
    'W078',
    'others may not certify',
    t => {
      node1(t)
      const args = setCertification('Certified')
      gridRefuses(t, 'NotAllowedToCertifyNode', 'alice', 'set_node_certification', args)
    },
  ],
  [
    'W079',
    'the council may',
    t => {
      node1(t)
      const args = setCertification('Certified')
      const outcome = grid(t, 'restricted', 'set_node_certification', args)
      expect(namesOf(outcome)).toEqual(['NodeUpdated', 'NodeCertificationSet'])
      expect(outcome.events[1]?.fields).toEqual([1, 'Certified'])
      expect(placeOf(t, 1)).toEqual([2, 'Certified'])
      expect(outcome.events[0]?.fields).toEqual([nodeAt(t, 1)])
    },
  ],
  [
    'W084',
    'a node that is certified no longer goes back to another policy',
    t => {
      farmA(t)
      const { f2, f4 } = pol4(t)
      createNode(t, 'alice', 1)
      succeeds(certifier(t, 'add_node_certifier'))
      const set = (value: string) =>
        succeeds(grid(t, 'alice', 'set_node_certification', setCertification(value)))
      set('Certified')
      expect(placeOf(t, 1)).toEqual([f4, 'Certified'])
      set('Diy')
      expect(placeOf(t, 1)).toEqual([f2, 'Diy'])
    },
  ],
  [
    'W100',
    'a policy called immutable is changed',
    t => {
      const { f1 } = pol4(t)
      const before = gridState(t).FarmingPoliciesMap.get(f1)
      const outcome = grid(t, 'restricted', 'update_farming_policy', updateFarming(f1))
      expect(namesOf(outcome)).toEqual(['FarmingPolicyUpdated'])
      const { farming_policy_id: _, ...given } = updateFarming(f1)
      expect(gridState(t).FarmingPoliciesMap.get(f1)).toEqual({ ...before, ...given })
      expect(before.immutable).toBe(true)
      expect(outcome.events[0]?.fields).toEqual([gridState(t).FarmingPoliciesMap.get(f1)])
    },
  ],
  [
    'W101',
    'a farm gets a policy, and its nodes with it',
    t => {
      farmA(t)
      const { f1 } = pol4(t)
      createNode(t, 'alice', 1)
      const outcome = attach(t, smallLimits(f1))
      expect(namesOf(outcome)).toEqual([
        'FarmUpdated',
        'FarmUpdated',
        'NodeUpdated',
        'FarmingPolicySet',
      ])
      expect(outcome.events[3]?.fields).toEqual([1, smallLimits(f1)])
      expect(farmAt(t)?.certification).toBe('Gold')
      expect(placeOf(t, 1)).toEqual([f1, 'Diy'])
      expect(farmAt(t)?.farming_policy_limits).toEqual({
        ...smallLimits(f1),
        cu: 0n,
        su: 0n,
        node_count: 9,
      })
    },
  ],
  [
    'W102',
    'a node with a policy of its own keeps it',
    t => {
      farmA(t)
      pol4(t)
      createNode(t, 'alice', 1)
      const { f5, f6 } = pol2(t)
      succeeds(attach(t, limitsOf(f5, { cu: 20n, su: 2n })))
      expect(placeOf(t, 1)[0]).toBe(f5)
      const outcome = attach(t, smallLimits(f6))
      expect(namesOf(outcome)).toEqual(['FarmUpdated', 'FarmingPolicySet'])
      expect(farmAt(t)?.farming_policy_limits).toEqual(smallLimits(f6))
      expect(placeOf(t, 1)[0]).toBe(f5)
    },
  ],
  [
    'W103',
    'a new node takes its part of the limits',
    t => {
      farmA(t)
      pol4(t)
      createNode(t, 'alice', 1)
      const { f5, f6 } = pol2(t)
      succeeds(attach(t, limitsOf(f5, { cu: 20n, su: 2n })))
      succeeds(attach(t, smallLimits(f6)))
      twin(t, 'bob')
      const outcome = grid(t, 'bob', 'create_node', nodeArgs(1))
      expect(namesOf(outcome)).toEqual(['FarmUpdated', 'NodeStored'])
      expect(placeOf(t, 2)).toEqual([f6, 'Certified'])
      const { cu, su, node_count } = farmAt(t)?.farming_policy_limits ?? {}
      expect([cu, su, node_count]).toEqual([0n, 0n, 9])
    },
  ],
  [
    'W104',
    'a policy can be attached until its end',
    t => {
      farmA(t)
      const id = farmingPolicy(t, 'Diy', 'NotCertified', true, { policy_end: 20 })
      const created = t.chain.best()
      t.blocks(18)
      succeeds(attach(t, limitsOf(id)))
      expect(t.chain.best()).toBe(created + 19)
      const args = { farm_id: 1, limits: limitsOf(id) }
      gridRefuses(t, 'FarmingPolicyExpired', 'restricted', 'attach_policy_to_farm', args)
    },
  ],
  [
    'W105',
    'it is attached to a farm that exists',
    t => {
      const { f1 } = pol4(t)
      const args = { farm_id: 1, limits: limitsOf(f1) }
      gridRefuses(t, 'FarmNotExists', 'restricted', 'attach_policy_to_farm', args)
    },
  ],
  [
    'W106',
    'no limits, no effect',
    t => {
      farmA(t)
      const before = farmAt(t)
      expect(succeeds(attach(t, null)).events).toEqual([])
      expect(farmAt(t)).toEqual(before)
    },
  ],
  [
    'W107',
    'an unknown policy can be attached, and then no node registers',
    t => {
      farmA(t)
      expect(namesOf(attach(t, limitsOf(99)))).toEqual(['FarmUpdated', 'FarmingPolicySet'])
      expect(farmAt(t)?.farming_policy_limits).toEqual(limitsOf(99))
      expect(farmAt(t)?.certification).toBe('NotCertified')
      gridRefuses(t, 'FarmingPolicyNotExists', 'alice', 'create_node', nodeArgs(1))
    },
  ],
  [
    'W108',
    'a node beyond the limits gets the best default, and its certification',
    t => {
      farmA(t)
      const { f1, f3 } = pol4(t)
      const limits = limitsOf(f1, { cu: 5n, su: 10n, end: 4_102_444_800n })
      succeeds(attach(t, limits))
      createNode(t, 'alice', 1)
      expect(placeOf(t, 1)).toEqual([f3, 'Certified'])
      expect(farmAt(t)?.farming_policy_limits).toEqual(limits)
    },
  ],
  [
    'W110',
    'a pricing policy is updated',
    t => {
      createPricing(t, 'policy_1')
      const args = updatePricing(t, 2, 'policy_1', { nu: unit(900) })
      const outcome = grid(t, 'restricted', 'update_pricing_policy', args)
      expect(namesOf(outcome)).toEqual(['PricingPolicyStored'])
      expect(gridState(t).PricingPolicies.get(2)?.nu.value).toBe(900)
    },
  ],
  [
    'W111',
    'two pricing policies have two names',
    t => {
      createPricing(t, 'policy_1_updated')
      createPricing(t, 'policy_2')
      const args = updatePricing(t, 3, 'policy_1_updated')
      const error = 'PricingPolicyWithDifferentIdExists'
      gridRefuses(t, error, 'restricted', 'update_pricing_policy', args)
    },
  ],
  [
    'W112',
    'an update turns the counter back',
    t => {
      createPricing(t, 'policy_2')
      const args = updatePricing(t, 1, 'first')
      succeeds(grid(t, 'restricted', 'update_pricing_policy', args))
      expect(gridState(t).PricingPolicyID.get()).toBe(1)
      createPricing(t, 'new')
      expect(gridState(t).PricingPolicies.get(2)?.name).toBe('new')
      expect(gridState(t).PricingPolicies.has(3)).toBe(false)
    },
  ],
  [
    'W113',
    'a pricing policy that is updated exists',
    t => {
      const args = updatePricing(t, 99, 'first')
      gridRefuses(t, 'PricingPolicyNotExists', 'restricted', 'update_pricing_policy', args)
    },
  ],
  [
    'W114',
    'users do not set prices',
    t => gridRefuses(t, 'BadOrigin', 'alice', 'create_pricing_policy', pricing(t, 'mine')),
  ],
  [
    'W115',
    'the same version of zos is none',
    t => {
      const set = { zos_version: '1.0.0' }
      const { events } = succeeds(grid(t, 'restricted', 'set_zos_version', set))
      expect(events).toEqual([
        { pallet: 'TfgridModule', name: 'ZosVersionUpdated', fields: ['1.0.0'] },
      ])
      gridRefuses(t, 'InvalidZosVersion', 'restricted', 'set_zos_version', set)
    },
  ],
  [
    'W116',
    'users do not set the price of a connection',
    t => gridRefuses(t, 'BadOrigin', 'alice', 'set_connection_price', { price: 1 }),
  ],
]

describe('certification and policies', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it.each([
    ['set_storage_version', () => ({ version: 'V1Struct' })],
    ['create_farming_policy', () => ({ ...updateFarming(1), immutable: false })],
    ['update_farming_policy', () => updateFarming(1)],
    ['update_pricing_policy', (t: TestChain) => updatePricing(t, 1, 'a')],
    ['attach_policy_to_farm', () => ({ farm_id: 1, limits: null })],
    ['set_zos_version', () => ({ zos_version: 'x' })],
    ['add_node_certifier', (t: TestChain) => ({ certifier: t.account('bob') })],
    ['remove_node_certifier', (t: TestChain) => ({ certifier: t.account('bob') })],
  ] as const)('%s is for the council', (name, argsOf) => {
    const t = testChain()
    gridRefuses(t, 'BadOrigin', 'alice', name, argsOf(t))
    gridRefuses(t, 'BadOrigin', { type: 'None' }, name, argsOf(t))
  })

  it('certification by nobody is a bad origin', () => {
    const t = testChain()
    node1(t)
    const args = setCertification('Certified')
    gridRefuses(t, 'BadOrigin', { type: 'None' }, 'set_node_certification', args)
    gridRefuses(t, 'NodeNotExists', 'root', 'set_node_certification', setCertification('Diy', 9))
  })

  it('keeps certifiers sorted, removes those who are, and nobody from a list that never was', () => {
    const t = testChain()
    const remove = { certifier: t.account('charlie') }
    expect(succeeds(grid(t, 'root', 'remove_node_certifier', remove)).events).toEqual([])
    for (const who of ['dave', 'alice', 'bob'] as const) {
      succeeds(grid(t, 'root', 'add_node_certifier', { certifier: t.account(who) }))
    }
    const sorted = (['dave', 'bob', 'alice'] as const).map(t.account)
    expect(gridState(t).AllowedNodeCertifiers.get()).toEqual(sorted)
    gridRefuses(t, 'NotCertifier', 'root', 'remove_node_certifier', remove)
  })

  it('leaves the policy of a certified node alone when it is no default', () => {
    const t = testChain()
    node1(t)
    const id = farmingPolicy(t, 'Diy', 'NotCertified', false)
    succeeds(attach(t, limitsOf(id)))
    expect(placeOf(t, 1)).toEqual([id, 'Diy'])
    succeeds(grid(t, 'root', 'set_node_certification', setCertification('Certified')))
    expect(placeOf(t, 1)).toEqual([id, 'Certified'])
  })

  it('uses up the limits of a farm when a node with a default policy is certified', () => {
    const t = testChain()
    node1(t)
    const id = farmingPolicy(t, 'Diy', 'NotCertified', true)
    succeeds(attach(t, limitsOf(id, { node_count: 2 })))
    const outcome = grid(t, 'root', 'set_node_certification', setCertification('Certified'))
    expect(namesOf(outcome)).toEqual(['FarmUpdated', 'NodeUpdated', 'NodeCertificationSet'])
    expect(farmAt(t)?.farming_policy_limits?.node_count).toBe(0)
    // Nothing is left: the best default policy, while the certification stays as it was asked for.
    const again = grid(t, 'root', 'set_node_certification', setCertification('Diy'))
    expect(namesOf(again)).toEqual(['NodeUpdated', 'NodeCertificationSet'])
    expect(placeOf(t, 1)).toEqual([2, 'Diy'])
  })

  it('falls back when limits have ended, storage is exceeded or nothing fits at all', () => {
    const t = testChain()
    farmA(t)
    const id = farmingPolicy(t, 'Diy', 'NotCertified', false)
    const past = BigInt(t.chain.current.timestamp) / 1000n
    for (const [who, change] of [
      ['alice', { end: past }],
      ['bob', { su: 1n, cu: 100n }],
      ['charlie', { node_count: 0 }],
    ] as const) {
      succeeds(attach(t, limitsOf(id, change)))
      expect(placeOf(t, createNode(t, who, 1))).toEqual([2, 'Certified'])
    }
    for (const each of [1, 2]) {
      succeeds(grid(t, 'root', 'update_farming_policy', updateFarming(each)))
    }
    twin(t, 'dave')
    gridRefuses(t, 'FarmingPolicyNotExists', 'dave', 'create_node', nodeArgs(1))
  })

  it('accepts limits up to their last second', () => {
    const t = testChain()
    farmA(t)
    twin(t, 'bob')
    const id = farmingPolicy(t, 'Diy', 'NotCertified', false)
    const end = BigInt(t.chain.current.timestamp + 12_000) / 1000n
    succeeds(attach(t, limitsOf(id, { end })))
    succeeds(grid(t, 'alice', 'create_node', nodeArgs(1)))
    expect(BigInt(t.chain.current.timestamp) / 1000n).toBe(end)
    expect(placeOf(t, 1)).toEqual([id, 'Diy'])
    succeeds(grid(t, 'bob', 'create_node', nodeArgs(1)))
    expect(placeOf(t, 2)).toEqual([2, 'Certified'])
  })

  it('without limits takes a policy that is no default only if no default fits', () => {
    const t = testChain()
    farmA(t)
    const { f5 } = pol2(t)
    expect(placeOf(t, createNode(t, 'alice', 1))).toEqual([1, 'Diy'])
    succeeds(grid(t, 'root', 'update_farming_policy', { ...updateFarming(1), default: true }))
    expect(placeOf(t, createNode(t, 'bob', 1))).toEqual([f5, 'Diy'])
  })

  it('ranks a certified farm before a certified node, and then the newer policy', () => {
    const t = testChain()
    farmA(t)
    const { f1, f3 } = pol4(t)
    farm(t, 'bob', 'gold')
    succeeds(grid(t, 'root', 'set_farm_certification', { farm_id: 2, certification: 'Gold' }))
    expect(placeOf(t, createNode(t, 'bob', 2))).toEqual([f1, 'Diy'])
    succeeds(grid(t, 'root', 'set_node_certification', setCertification('Certified')))
    expect(placeOf(t, 1)[0]).toBe(f3)
    const newer = farmingPolicy(t, 'Certified', 'Gold', true)
    succeeds(grid(t, 'root', 'set_node_certification', setCertification('Certified')))
    expect(placeOf(t, 1)[0]).toBe(newer)
  })

  it('does not ask again for a policy when a node is updated, moved or certified no longer', () => {
    const t = testChain()
    node1(t)
    farm(t, 'bob', 'limited')
    succeeds(attach(t, limitsOf(2, { node_count: 1 }), 2))
    const args = { node_id: 1, ...nodeArgs(2) }
    expect(namesOf(grid(t, 'alice', 'update_node', args))).toEqual(['NodeUpdated'])
    expect(placeOf(t, 1)).toEqual([1, 'Diy'])
  })

  it('stores farming policies with the block, and new nodes with the price', () => {
    const t = testChain()
    const id = farmingPolicy(t, 'Diy', 'NotCertified', true, { name: 'twice' })
    expect(farmingPolicy(t, 'Diy', 'NotCertified', true, { name: 'twice' })).toBe(id + 1)
    expect(gridState(t).FarmingPoliciesMap.get(id)).toMatchObject({
      version: 2,
      id: 3,
      name: 'twice',
      su: 12,
      cu: 15,
      policy_created: t.chain.best() - 1,
    })
    const { events } = succeeds(grid(t, 'root', 'set_connection_price', { price: 90 }))
    expect(events).toEqual([{ pallet: 'TfgridModule', name: 'ConnectionPriceSet', fields: [90] }])
    farmA(t)
    expect(nodeAt(t, createNode(t, 'alice', 1)).connection_price).toBe(90)
    gridRefuses(t, 'FarmingPolicyNotExists', 'root', 'update_farming_policy', updateFarming(9))
  })

  it('stores pricing policies under their names', () => {
    const t = testChain()
    const { events } = createPricing(t, 'a')
    const stored = { version: 2, id: 2, ...pricing(t, 'a') }
    expect(events).toEqual([
      { pallet: 'TfgridModule', name: 'PricingPolicyStored', fields: [stored] },
    ])
    expect(gridState(t).PricingPolicies.get(2)).toEqual(stored)
    gridRefuses(t, 'PricingPolicyExists', 'root', 'create_pricing_policy', pricing(t, 'a'))
    succeeds(grid(t, 'root', 'update_pricing_policy', updatePricing(t, 2, 'b')))
    expect(gridState(t).PricingPolicyIdByName.has('a')).toBe(false)
    expect(gridState(t).PricingPolicyIdByName.get('b')).toBe(2)
  })

  it('overwrites the storage version without an event', () => {
    const t = testChain()
    const outcome = succeeds(grid(t, 'root', 'set_storage_version', { version: 'V16Struct' }))
    expect(outcome.events).toEqual([])
    expect(gridState(t).PalletVersion.get()).toBe('V16Struct')
  })

  it('counts the resources of each node against the limits', () => {
    const t = testChain()
    farmA(t)
    const id = farmingPolicy(t, 'Diy', 'NotCertified', false)
    succeeds(attach(t, limitsOf(id, { cu: 24n, su: 3n })))
    createNode(t, 'alice', 1, { resources: STD })
    createNode(t, 'bob', 1, { resources: gib(600, 125, 2, 8) })
    expect(placeOf(t, 2)).toEqual([id, 'Diy'])
    expect(farmAt(t)?.farming_policy_limits).toEqual(limitsOf(id, { cu: 0n, su: 0n }))
    expect(placeOf(t, createNode(t, 'charlie', 1))).toEqual([2, 'Certified'])
  })

  it('an empty version is no news on a fresh chain', () => {
    gridRefuses(testChain(), 'InvalidZosVersion', 'root', 'set_zos_version', { zos_version: '' })
  })
})
