import { describe, expect, it } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { findVolume } from '../../../src/zos/hardware/pools.ts'
import { accepted, refused } from '../../../src/zos/outcome.ts'
import { rebootResources } from '../../../src/zos/resources/node-resources.ts'
import { wireguardPorts } from '../../../src/zos/resources/queries.ts'
import { GiB, MiB } from '../../../src/zos/workloads/capacity.ts'
import {
  ending,
  machineData,
  network,
  peer,
  resourcesAfter,
  sampleDeployment,
  sampleLightNode,
  sampleNode,
  sampleResources,
  step,
  update,
  zmachine,
  zmount,
} from '../sample.ts'

const hex_key = 'a4de7e9a7bee1fa308fe44cd00ef59ed8e5bab6da36ce6d27de0ae0e61718070'
const otherKey = '1165a67446ca15432c6bfcd632b6cd778c27393c13e8479e63788e6208c3813d'
const key = Buffer.alloc(32, 7).toString('base64')
const netId = networkId(29, 'net1')
const missing = `open /var/run/cache/networkd/networks/${netId}: no such file or directory`

type Situation = NonNullable<Parameters<typeof step>[3]>

const lightNetwork = (data: object = {}, name = 'net1') => ({
  name,
  type: 'network-light',
  data: {
    ip_range: '10.20.0.0/16',
    subnet: '10.20.2.0/24',
    mycelium: { hex_key, peers: [] },
    ...data,
  },
})

const withWireguard = (port: number, data: object = {}) => ({
  wireguard_private_key: key,
  wireguard_listen_port: port,
  peers: [],
  ...data,
})

const installNetwork = (data: object = {}, situation: Situation = {}, name = 'net1') =>
  step('install', sampleDeployment([lightNetwork(data, name)], { contract_id: 9 }), name, {
    node: sampleLightNode,
    ...situation,
  })

const networked = resourcesAfter(installNetwork())

describe('a light network', () => {
  it('has a mycelium address, and no WireGuard port without a key', () => {
    expect(ending(installNetwork())).toEqual({ kind: 'ok', data: null })
    const ported = resourcesAfter(installNetwork({ wireguard_listen_port: 3011 }))
    expect(ported.networks).toEqual([
      {
        id: netId,
        twinId: 29,
        name: 'net1',
        workloadId: '29-9-net1',
        ipRange: '10.20.0.0/16',
        subnet: '10.20.2.0/24',
        wireguardPort: 0,
        myceliumAddress: '466:f52c:62d6:7561:a56b:9ea7:bb83:9073',
      },
    ])
    expect(wireguardPorts('light', ported.networks)).toEqual([])
  })

  it('listens on its port with a key', () => {
    const resources = resourcesAfter(installNetwork(withWireguard(3011, { peers: [peer()] })))
    expect(wireguardPorts('light', resources.networks)).toEqual([3011])
  })

  const failure = (cause: string, name = 'net1') => ({
    kind: 'error',
    error: `failed to create network resource for network 29-9-${name}: ${cause}`,
    data: null,
  })

  it('does not take the port of another network', () => {
    const resources = resourcesAfter(installNetwork(withWireguard(3011)))
    const second = installNetwork(withWireguard(3011), { resources }, 'net2')
    const taken =
      'wireguard listen port already in use, pick another one: port 3011 is already in the set'
    expect(ending(second)).toEqual(failure(taken, 'net2'))
    expect(installNetwork({ wireguard_listen_port: 3011 }, { resources }, 'net2').kind).toBe('ok')
  })

  it('is kept when only its WireGuard fails, so that it can be removed', () => {
    const outcome = installNetwork(withWireguard(3011, { wireguard_private_key: 'AAAA' }))
    const cause = 'failed to configure wireguard interface: wgtypes: incorrect key size: 3'
    expect(ending(outcome)).toEqual(failure(`failed to configure network resource: ${cause}`))
    expect(outcome.resources.networks).toHaveLength(1)
    const deployment = sampleDeployment([lightNetwork()], { contract_id: 9 })
    expect(step('remove', deployment, 'net1', { ...outcome, node: sampleLightNode }).kind).toBe(
      'ok',
    )
  })

  it('needs an IPv4 subnet', () => {
    const outcome = installNetwork({ subnet: 'fd00::/64' })
    expect(ending(outcome)).toEqual(failure('private ip range must be IPv4 address'))
    expect(outcome.resources.networks).toEqual([])
  })

  it('is configured anew by an update', () => {
    const current = sampleDeployment([lightNetwork(withWireguard(3011))])
    const data = { mycelium: { hex_key: otherKey }, subnet: '10.20.5.0/24' }
    const next = sampleDeployment([lightNetwork({ ...withWireguard(4000), ...data })])
    const resources = resourcesAfter(installNetwork(withWireguard(3011)))
    const outcome = update(current, next, 'net1', { resources, node: sampleLightNode })
    expect(ending(outcome)).toEqual({ kind: 'ok', data: null })
    expect(outcome.resources.networks).toMatchObject([
      {
        subnet: '10.20.5.0/24',
        wireguardPort: 4000,
        myceliumAddress: '5b3:1f83:e131:936c:4592:3461:6841:34f1',
      },
    ])
  })

  it('is removed, or complains that it is not there', () => {
    const deployment = sampleDeployment([lightNetwork()], { contract_id: 9 })
    const node = sampleLightNode
    const gone = step('remove', deployment, 'net1', { resources: networked, node })
    expect(resourcesAfter(gone)).toEqual(sampleResources)
    expect(ending(step('remove', deployment, 'net1', { node }))).toEqual({
      kind: 'error',
      error: `failed to delete network resource: ${missing}`,
      data: null,
    })
  })
})

const mycelium = { network: 'net1', hex_seed: '001122334455' }
const nic = (ip: string, wish: object | null = mycelium) => ({
  network: { interfaces: [{ network: 'net1', ip }], ...(wish && { mycelium: wish }) },
})

const lightMachine = (name: string, data: object = {}) => ({
  name,
  type: 'zmachine-light',
  data: machineData({ ...nic('10.20.2.5'), ...data }),
})

const id = '29-10-vm1'

function install(data: object = {}, situation: Situation = {}, others: object[] = []) {
  const workloads = [...others, lightMachine('vm1', data)] as Parameters<typeof sampleDeployment>[0]
  const { node, ...rest } = situation
  return step('install', sampleDeployment(workloads), 'vm1', {
    resources: networked,
    node: { ...sampleLightNode, ...node },
    ...rest,
  })
}

const empty = { id: '', ip: '', mycelium_ip: '', console_url: '' }
const begun = { ...empty, id, ip: '10.20.2.5' }
const attached = { ...begun, mycelium_ip: '466:f52c:62d6:7561:ff0f:11:2233:4455' }

describe('a light machine', () => {
  it('has a private and a mycelium address, and its console at the network', () => {
    const outcome = install()
    expect(ending(outcome)).toEqual({
      kind: 'ok',
      data: {
        ...attached,
        console_url: '[466:f52c:62d6:7561:a56b:9ea7:bb83:9073]:20005',
      },
    })
    expect(findVolume(outcome.resources.pools, `rootfs:${id}`)?.volume.quota).toBe(500n * MiB)
    expect(outcome.resources.machines).toMatchObject([{ id, networkId: netId, ip: '10.20.2.5' }])
  })

  it('leaves no trace when it runs already', () => {
    expect(ending(install({}, install()))).toEqual({ kind: 'no-change' })
  })

  const gpu = { gpu: ['0000:28:00.0/1002/731f'] }
  const rented: Situation = { contract: { isRented: true } }

  it.each<[string, object, Situation, string, object]>([
    [
      'a card on a node that is not rented',
      gpu,
      {},
      'usage of GPU is not allowed unless node is rented',
      empty,
    ],
    [
      'an unknown card',
      { gpu: ['x'] },
      rented,
      "failed to prepare requested gpu device(s): unknown GPU id 'x'",
      empty,
    ],
    [
      'any machine where cards are disabled',
      {},
      { node: { isGpuDisabled: true } },
      'failed to prepare requested gpu device(s): GPU is disabled on this node',
      empty,
    ],
    [
      'no mycelium',
      nic('10.20.2.5', null),
      {},
      'runtime error: invalid memory address or nil pointer dereference',
      begun,
    ],
    [
      'a network that is not there',
      {},
      { resources: sampleResources },
      `could not get network resource subnet: couldn't load network with name (${netId}): ${missing}`,
      begun,
    ],
    [
      'an IPv6 address',
      nic('fd00::5'),
      {},
      'invalid IPv4 supplied to wg interface',
      { ...begun, ip: 'fd00::5' },
    ],
    [
      'an address outside the subnet',
      nic('10.20.3.5'),
      {},
      'IP 10.20.3.5 is not part of local nr subnet 10.20.2.0/24',
      { ...begun, ip: '10.20.3.5' },
    ],
    [
      'the address of the node',
      nic('10.20.2.1'),
      {},
      'ip 10.20.2.1 is reserved',
      { ...begun, ip: '10.20.2.1' },
    ],
    [
      'mycelium of a network that is not there',
      nic('10.20.2.5', { ...mycelium, network: 'other' }),
      {},
      `could not set up tap device: resource not found: ${networkId(29, 'other')}`,
      begun,
    ],
    [
      'a seed of ones',
      nic('10.20.2.5', { ...mycelium, hex_seed: 'ffffffffffff' }),
      {},
      'could not set up tap device: invalid seed',
      begun,
    ],
    [
      'a flist that is not there',
      {},
      { node: { openFlist: () => refused('fail to download flist: 404 Not Found') } },
      `failed to mount flist: ${id}: ro mount of flist failed: fail to download flist: 404 Not Found`,
      attached,
    ],
    [
      'a root disk that fits nowhere',
      { size: Number(96n * GiB) },
      {},
      'failed to create vm rootfs: not enough space left in pools of this type ssd',
      attached,
    ],
    [
      'a disk that is not there',
      { mounts: [{ name: 'disk', mountpoint: '/data' }] },
      {},
      "failed to get mount 'disk' workload: no workload with name 'disk': workload not found",
      attached,
    ],
    [
      'a whole disk without one',
      {},
      { node: { openFlist: () => accepted('disk') } },
      'at least one mount has to be attached for Vm mode',
      attached,
    ],
    [
      'more CPUs than the node has',
      { compute_capacity: { cpu: 9, memory: Number(GiB) } },
      {},
      'machine configuration validation failed: invalid cpu must be between 1 and 8',
      attached,
    ],
  ])('fails for %s', (_what, data, situation, error, result) => {
    const outcome = install(data, situation)
    expect(ending(outcome)).toEqual({ kind: 'error', error, data: result })
    expect(outcome.resources.machines).toEqual([])
  })

  it('mounts disks, volumes and file systems of its deployment', () => {
    const disk = zmount('disk', GiB, 'ok')
    const resources = resourcesAfter(
      step('install', sampleDeployment([disk]), 'disk', { resources: networked }),
    )
    const data = { mounts: [{ name: 'disk', mountpoint: '/data' }] }
    expect(install(data, { resources }, [disk]).kind).toBe('ok')
    expect(ending(install(data, { resources }, [{ ...disk, state: 'error' }])).error).toBe(
      "invalid disk 'disk' state",
    )
  })

  it('does not get the card of another machine', () => {
    const { resources } = install(gpu, rented)
    const second = sampleDeployment([lightMachine('vm2', gpu)])
    const outcome = step('install', second, 'vm2', { ...rented, resources, node: sampleLightNode })
    expect(ending(outcome).error).toBe(
      "device '0000:28:00.0,iommu=on' is already used by another workload",
    )
  })

  it('stops, goes on, and goes away with its root volume', () => {
    const deployment = sampleDeployment([lightMachine('vm1')])
    const running = resourcesAfter(install())
    const paused = resourcesAfter(step('pause', deployment, 'vm1', { resources: running }))
    expect(paused.machines[0]?.isPaused).toBe(true)
    expect(resourcesAfter(step('resume', deployment, 'vm1', { resources: paused }))).toEqual(
      running,
    )
    expect(resourcesAfter(step('remove', deployment, 'vm1', { resources: running }))).toEqual(
      networked,
    )
    for (const kind of ['pause', 'resume'] as const) {
      expect(ending(step(kind, deployment, 'vm1'))).toEqual({
        kind: 'unchanged',
        error: `machine '${id}' does not exist`,
        data: null,
      })
    }
  })

  it('comes back after a boot with the same addresses and disk', () => {
    const outcome = install()
    const booted = rebootResources(resourcesAfter(outcome), sampleNode.storage)
    expect(ending(install({}, { resources: booted })).error).toContain("couldn't load network")
    const again = install(
      {},
      { resources: resourcesAfter(installNetwork({}, { resources: booted })) },
    )
    expect(ending(again)).toEqual(ending(outcome))
    expect(again.resources).toEqual(outcome.resources)
  })
})

describe('workloads on the other kind of node', () => {
  it('end in an error', () => {
    const on = (kind: string, type: string) =>
      `workload type '${type}' does not run on a ${kind} node`
    const full = [network('w'), zmachine('w'), { name: 'w', type: 'ip', data: { v4: true } }]
    for (const workload of full) {
      const outcome = step('install', sampleDeployment([workload]), 'w', { node: sampleLightNode })
      expect(ending(outcome).error).toBe(on('light', workload.type))
    }
    for (const workload of [lightNetwork({}, 'w'), lightMachine('w')]) {
      const outcome = step('install', sampleDeployment([workload]), 'w')
      expect(ending(outcome).error).toBe(on('full', workload.type))
      expect(outcome.resources).toBe(sampleResources)
    }
    const net = sampleDeployment([lightNetwork()])
    expect(ending(update(net, net, 'net1')).error).toBe(on('full', 'network-light'))
  })
})
