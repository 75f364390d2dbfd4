import { describe, expect, it } from 'vitest'
import type { Deployment, Workload } from '../../../src/zos/deployment/deployment.ts'
import { preparePools } from '../../../src/zos/hardware/pools.ts'
import {
  emptyResources,
  type NodeFacts,
  type NodeResources,
  rebootResources,
} from '../../../src/zos/resources/node-resources.ts'
import { GiB } from '../../../src/zos/workloads/capacity.ts'
import { workloadTypes } from '../../../src/zos/workloads/registry.ts'
import { installOrder } from '../../../src/zos/workloads/workload-type.ts'
import {
  network,
  sampleDeployment,
  sampleLightNode,
  sampleNode,
  step,
  zmachine,
  zmount,
} from '../sample.ts'

const hex_key = 'a4de7e9a7bee1fa308fe44cd00ef59ed8e5bab6da36ce6d27de0ae0e61718070'

const gatewayFacts: Partial<NodeFacts> = {
  publicConfig: {
    ip4: { ip: '185.206.122.31/24', gw: '185.206.122.1' },
    ip6: null,
    domain: 'gent01.dev.grid.tf',
  },
  nameContract: () => ({ state: { type: 'Created' }, twinId: 29 }),
}

const fullNode: NodeFacts = {
  ...sampleNode,
  ...gatewayFacts,
  myceliumSubnet: '4b1:2c3:4d5:6e7::/64',
}
const lightNode: NodeFacts = { ...sampleLightNode, ...gatewayFacts }

const mycelium = { network: 'net', hex_seed: '001122334455' }
const nics = { interfaces: [{ network: 'net', ip: '10.20.2.5' }], mycelium }
const mounts = ['disk', 'vol'].map(name => ({ name, mountpoint: `/${name}` }))
const common = [
  { name: 'db', type: 'zdb', data: { size: 1024 ** 3, mode: 'seq' } },
  {
    name: 'name',
    type: 'gateway-name-proxy',
    data: { name: 'shop', backends: ['http://10.20.2.5'], network: 'net' },
  },
  {
    name: 'fqdn',
    type: 'gateway-fqdn-proxy',
    data: { fqdn: 'a.example', backends: ['http://1.1.1.1'] },
  },
  zmount('disk', GiB),
  { name: 'vol', type: 'volume', data: { size: 1024 ** 3 } },
]

const full = sampleDeployment([
  ...common,
  zmachine('vm', {
    network: { ...nics, planetary: true, public_ip: 'ip' },
    mounts: [...mounts, { name: 'fs', mountpoint: '/fs' }],
    gpu: ['0000:28:00.0/1002/731f'],
  }),
  { name: 'logs', type: 'zlogs', data: { zmachine: 'vm', output: 'ws://1.1.1.1' } },
  { name: 'ip', type: 'ip', data: { v4: true, v6: true } },
  { name: 'fs', type: 'qsfs', data: { cache: 1024 ** 3 } },
  { ...network('net', { mycelium: { hex_key } }) },
])

const light = sampleDeployment([
  ...common,
  { ...zmachine('vm', { network: nics, mounts }), type: 'zmachine-light' },
  {
    name: 'net',
    type: 'network-light',
    data: { subnet: '10.20.2.0/24', ip_range: '10.20.0.0/16', mycelium: { hex_key } },
  },
])

const contract = {
  isRented: true,
  publicIps: [{ ip: '185.206.122.33/24', gateway: '185.206.122.1' }],
}

interface World {
  readonly deployment: Deployment
  readonly resources: NodeResources
}

function withResult(deployment: Deployment, name: string, result: Workload['result']): Deployment {
  const workloads = deployment.workloads.map(entry =>
    entry.name === name ? { ...entry, result } : entry,
  )
  return { ...deployment, workloads }
}

/** Installs every workload in the node's order, as its engine does. */
function installAll(world: World, node: NodeFacts): World {
  let { deployment, resources } = world
  for (const type of installOrder(workloadTypes, node.kind)) {
    for (const { name } of deployment.workloads.filter(entry => entry.type === type)) {
      const outcome = step('install', deployment, name, { node, resources, contract })
      resources = outcome.resources
      if (outcome.kind === 'no-change') continue
      const isOk = outcome.kind === 'ok'
      deployment = withResult(deployment, name, {
        created: 1n,
        state: isOk ? 'ok' : 'error',
        message: isOk ? '' : outcome.error,
        data: JSON.stringify(outcome.data),
      })
    }
  }
  return { deployment, resources }
}

function removeAll({ deployment, resources }: World, node: NodeFacts): NodeResources {
  let after = resources
  for (const type of installOrder(workloadTypes, node.kind).toReversed()) {
    for (const { name } of deployment.workloads.filter(entry => entry.type === type)) {
      const outcome = step('remove', deployment, name, { node, resources: after })
      expect(outcome.kind, name).toBe('ok')
      after = outcome.resources
    }
  }
  return after
}

const fresh = emptyResources(
  preparePools(
    [
      { name: 'ssd0', type: 'ssd', size: 100n * GiB },
      { name: 'hdd0', type: 'hdd', size: 100n * GiB },
    ],
    sampleNode.storage,
  ),
)

describe.each([
  ['full', full, fullNode],
  ['light', light, lightNode],
] as const)('a %s node with one workload of every type', (_kind, deployment, node) => {
  const installed = installAll({ deployment, resources: fresh }, node)

  it('has them all ok', () => {
    const states = installed.deployment.workloads.map(({ name, result }) => [name, result.message])
    expect(states.filter(([, message]) => message !== '')).toEqual([])
    const types = new Set(deployment.workloads.map(entry => entry.type))
    const missing = Array.from(workloadTypes.values())
      .filter(type => type.runsOn.includes(node.kind) && !types.has(type.name))
      .map(type => type.name)
    expect(missing).toEqual(node.kind === 'full' ? ['ipv4'] : ['qsfs', 'zlogs'])
  })

  it('gives each the same addresses and disks after a boot', () => {
    const resources = rebootResources(installed.resources, node.storage)
    expect(resources).not.toEqual(installed.resources)
    expect(installAll({ ...installed, resources }, node)).toEqual(installed)
  })

  it('changes nothing of the ones that run when they are installed once more', () => {
    const idempotent = ['zmount', 'volume', 'network', 'network-light', 'zmachine', 'ip', 'zdb']
    for (const { name, type } of deployment.workloads) {
      if (!idempotent.includes(type)) continue
      const again = step('install', installed.deployment, name, {
        node,
        resources: installed.resources,
        contract,
      })
      expect(again.resources, name).toEqual(installed.resources)
    }
  })

  it('is as before when all of them are removed, but for what a database and disks leave behind', () => {
    const { pools, ...rest } = removeAll(installed, node)
    const { pools: _before, ...nothing } = fresh
    const leaving = node.kind === 'full' ? ['29-10-fs'] : []
    expect(rest).toEqual({ ...nothing, leavingFileSystems: leaving })
    expect(pools.flatMap(pool => pool.volumes.map(volume => [volume.name, volume.files]))).toEqual([
      ['zos-cache', []],
      ['vdisks', []],
      ['zdb', []],
    ])
  })
})
