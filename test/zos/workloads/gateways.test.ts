import { describe, expect, it } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { accepted, refused } from '../../../src/zos/outcome.ts'
import { lostNames } from '../../../src/zos/resources/gateways.ts'
import {
  type NameContractView,
  type NodeFacts,
  rebootResources,
} from '../../../src/zos/resources/node-resources.ts'
import { backendIp } from '../../../src/zos/workloads/backends.ts'
import {
  ending,
  network,
  resourcesAfter,
  sampleDeployment,
  sampleNode,
  sampleResources,
  step,
} from '../sample.ts'

const created: NameContractView = { state: { type: 'Created' }, twinId: 29 }
const deleted = { state: { type: 'Deleted', value: { type: 'CanceledByUser' } }, twinId: 29 }

const publicConfig = {
  ip4: { ip: '185.206.122.31/24', gw: '185.206.122.1' },
  ip6: { ip: '2A10:B600:1::31/64', gw: 'fe80::1' },
  domain: 'gent01.dev.grid.tf',
}

const facts: Partial<NodeFacts> = {
  publicConfig,
  nameContract: name => (name === 'shop' ? created : null),
}

const byName = (data: object = {}, name = 'w') => ({
  name,
  type: 'gateway-name-proxy',
  data: { name: 'shop', tls_passthrough: false, backends: ['http://10.1.1.1:80'], ...data },
})

const byFqdn = (data: object = {}, name = 'w') => ({
  name,
  type: 'gateway-fqdn-proxy',
  data: { fqdn: 'my.example.com', backends: ['http://10.1.1.1:80'], ...data },
})

type Sample = ReturnType<typeof byName> | ReturnType<typeof byFqdn>

function install(
  workload: Sample,
  node: Partial<NodeFacts> = facts,
  resources = sampleResources,
  members = {},
) {
  const deployment = sampleDeployment([workload], members)
  return step('install', deployment, workload.name, { node, resources })
}

const fqdn = 'shop.gent01.dev.grid.tf'
const noConfig = 'gateway is not supported on this node: no public configuration'

describe('a gateway with a name', () => {
  it('serves it under the domain of the node', () => {
    const outcome = install(byName())
    expect(ending(outcome)).toEqual({ kind: 'ok', data: { fqdn } })
    expect(outcome.resources.gateways).toEqual([
      {
        id: '29-10-w',
        domain: fqdn,
        isTlsPassthrough: false,
        backends: ['http://10.1.1.1:80'],
        networkId: null,
      },
    ])
  })

  const grace = { ...created, state: { type: 'GracePeriod', value: 7n } } as const
  it('serves it while the name contract is in its grace period', () => {
    expect(install(byName(), { ...facts, nameContract: () => grace }).kind).toBe('ok')
  })

  const contract = (answer: unknown) =>
    ({ ...facts, nameContract: () => answer }) as Partial<NodeFacts>
  const name = (cause: string) => `failed to verify name contract: ${cause}`
  const reserved = name('a name contract with the given name must be reserved first')

  it.each<[string, Sample, Partial<NodeFacts>, string]>([
    ['a public configuration', byName(), {}, noConfig],
    ['a public configuration, taken away', byName(), { ...facts, publicConfig: null }, noConfig],
    [
      'a domain',
      byName(),
      { ...facts, publicConfig: { ...publicConfig, domain: null } },
      "node doesn't support name proxy (doesn't have a domain)",
    ],
    ['a name contract', byName({ name: 'other' }), facts, reserved],
    ['any name contract', byName(), { publicConfig }, reserved],
    [
      'a live name contract, whose twin is not looked at',
      byName(),
      contract({ ...deleted, twinId: 30 }),
      name('the name contract must be in Created or GracePeriod state'),
    ],
    [
      'a name contract of its own',
      byName(),
      contract({ ...created, twinId: 30 }),
      name('twin id mismatch'),
    ],
    [
      'a chain to ask, and says why',
      byName(),
      contract({ unreachable: 'connection refused' }),
      name('connection refused'),
    ],
  ])('fails without %s', (_what, workload, node, cause) => {
    const outcome = install(workload, node)
    expect(ending(outcome)).toEqual({
      kind: 'error',
      error: `failed to setup name proxy: ${cause}`,
      data: null,
    })
    expect(outcome.resources).toEqual(sampleResources)
  })
})

describe('a gateway with a domain of its user', () => {
  it('serves it', () => {
    const outcome = install(byFqdn())
    expect(ending(outcome)).toEqual({ kind: 'ok', data: {} })
    expect(outcome.resources.gateways[0]?.domain).toBe('my.example.com')
  })

  it('needs neither a domain of the node nor a name contract', () => {
    const node = { publicConfig: { ...publicConfig, domain: null } }
    expect(install(byFqdn({ fqdn }), node).kind).toBe('ok')
  })

  const resolving = (...addresses: string[]) => ({
    ...facts,
    resolveHost: () => accepted(addresses),
  })
  const dns = 'failed to verify domain dns record: '

  it.each<[string, Sample, Partial<NodeFacts>, string]>([
    ['without a public configuration', byFqdn(), {}, noConfig],
    [
      "under the node's own domain",
      byFqdn({ fqdn }),
      facts,
      "can't create a fqdn workload with a subdomain of the gateway's managed domain",
    ],
    [
      "with the node's own domain in its end, dot or not",
      byFqdn({ fqdn: 'notgent01.dev.grid.tf' }),
      facts,
      "can't create a fqdn workload with a subdomain of the gateway's managed domain",
    ],
    [
      'that points elsewhere',
      byFqdn(),
      resolving('1.1.1.1'),
      `${dns}host doesn't point to the gateway ip`,
    ],
    [
      'that nobody knows',
      byFqdn(),
      { ...facts, resolveHost: domain => refused(`lookup ${domain} on 8.8.8.8:53: no such host`) },
      `${dns}lookup my.example.com on 8.8.8.8:53: no such host`,
    ],
  ])('fails %s', (_what, workload, node, cause) => {
    expect(ending(install(workload, node))).toEqual({
      kind: 'error',
      error: `failed to setup fqdn proxy: ${cause}`,
      data: null,
    })
  })

  it('may point to either address of the node', () => {
    expect(install(byFqdn(), resolving('1.1.1.1', '185.206.122.31')).kind).toBe('ok')
    expect(install(byFqdn(), resolving('2a10:b600:1::31')).kind).toBe('ok')
  })
})

describe.each([
  ['name', byName, fqdn],
  ['fqdn', byFqdn, 'my.example.com'],
] as const)('a gateway by %s', (kind, sample, domain) => {
  const error = (workload: Sample, resources = sampleResources, node = facts) =>
    ending(install(workload, node, resources)).error
  const prefix = `failed to setup ${kind} proxy: `

  it.each([
    ['http://185.206.122.31:8080', false],
    ['http://[2a10:b600:1:0::31]', false],
    ['185.206.122.31:443', true],
    ['[2a10:b600:1::31]:443', true],
    ['[::ffff:185.206.122.31]:443', true],
  ])('does not lead back to the node: %s', (backend, tls_passthrough) => {
    const others = tls_passthrough ? '1.1.1.1:443' : 'http://1.1.1.1'
    const data = { tls_passthrough, backends: [others, backend] }
    expect(error(sample(data))).toBe(
      `${prefix}backend ${backend} points to the node's own public IP address`,
    )
    expect(error(sample({ ...data, backends: [others] }))).toBeUndefined()
  })

  it('has a domain that nobody else has, until it is removed', () => {
    const resources = resourcesAfter(install(sample()))
    const taken = `${prefix}domain already registered: ${domain}`
    expect(error(sample({}, 'second'), resources)).toBe(taken)
    expect(error(sample(), resources)).toBe(taken)
    const deployment = sampleDeployment([sample()])
    const removed = resourcesAfter(step('remove', deployment, 'w', { resources }))
    expect(removed).toEqual(sampleResources)
    expect(step('remove', deployment, 'w').kind).toBe('ok')
  })

  it('may reach into a network of its twin on the node', () => {
    const id = networkId(29, 'net1')
    const joined = sample({ network: 'net1' })
    expect(error(joined)).toBe(
      `${prefix}failed to get user network: couldn't load network with id (${id}): open /var/run/cache/networkd/networks/${id}: no such file or directory`,
    )
    const net = sampleDeployment([network('net1')], { contract_id: 9 })
    const resources = resourcesAfter(step('install', net, 'net1'))
    expect(install(joined, facts, resources).resources.gateways[0]?.networkId).toBe(id)
    const stranger = step('install', sampleDeployment([joined], { twin_id: 30 }), 'w', {
      node: { ...facts, nameContract: () => ({ ...created, twinId: 30 }) },
      resources,
    })
    expect(ending(stranger).error).toContain('failed to get user network')
  })

  it('is set up anew after a boot', () => {
    const outcome = install(sample())
    const booted = rebootResources(resourcesAfter(outcome), sampleNode.storage)
    expect(booted.gateways).toEqual([])
    expect(ending(install(sample(), facts, booted))).toEqual(ending(outcome))
  })

  it('has words of its own on light nodes', () => {
    const light = { ...facts, kind: 'light' as const }
    const outcome = install(sample(), light)
    expect(outcome.kind).toBe('ok')
    expect(error(sample({}, 'second'), outcome.resources, light)).toBe(
      `${prefix}domain already registered`,
    )
    const noDomain = { ...light, publicConfig: { ...publicConfig, domain: null } }
    for (const node of [noDomain, { kind: 'light' as const }]) {
      expect(error(sample(), sampleResources, node)).toBe(
        `${prefix}gateway is not supported on this node, domain is not set`,
      )
    }
    const id = networkId(29, 'net1')
    expect(error(sample({ network: 'net1' }), sampleResources, light)).toBe(
      `${prefix}failed to get user network: couldn't load network (${id}): open /var/run/cache/networkd/networks/${id}: no such file or directory`,
    )
  })
})

describe('names that gateways lost', () => {
  const resources = resourcesAfter(
    install(byFqdn({}, 'own'), facts, resourcesAfter(install(byName()))),
  )
  const lost = (node: Partial<NodeFacts>) =>
    lostNames({ ...sampleNode, ...facts, ...node }, resources.gateways)

  it('are none while the contract is there, or nobody can tell', () => {
    expect(lost({})).toEqual([])
    expect(lost({ nameContract: () => ({ unreachable: 'connection refused' }) })).toEqual([])
    expect(lost({ nameContract: () => null, publicConfig: null })).toEqual([])
    const elsewhere = { ...publicConfig, domain: 'gent02.dev.grid.tf' }
    expect(lost({ nameContract: () => null, publicConfig: elsewhere })).toEqual([])
  })

  it.each([
    [null, 'a name contract with the given name must be reserved first'],
    [deleted, 'the name contract must be in Created or GracePeriod state'],
    [{ ...created, twinId: 30 }, 'twin id mismatch'],
  ])('are told with their reason', (contract, reason) => {
    const nameContract = (name: string) => {
      expect(name).toBe('shop')
      return contract as NameContractView | null
    }
    expect(lost({ nameContract })).toEqual([{ id: '29-10-w', reason }])
  })
})

describe('the address of a backend', () => {
  it.each([
    ['1.1.1.1:80', '1.1.1.1'],
    ['[2001:DB8::0001]:80', '2001:db8::1'],
    ['http://1.1.1.1/path', '1.1.1.1'],
    ['http://[::ffff:1.1.1.1]:80', '1.1.1.1'],
    ['http://example.com', undefined],
    ['', undefined],
  ])('of %j is %j', (backend, address) => {
    expect(backendIp(backend)).toBe(address)
  })
})
