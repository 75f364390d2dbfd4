import { describe, expect, it } from 'vitest'
import { networkId } from '../../../src/zos/addresses.ts'
import { findVolume } from '../../../src/zos/hardware/pools.ts'
import { accepted, refused } from '../../../src/zos/outcome.ts'
import {
  emptyResources,
  type NodeResources,
  rebootResources,
} from '../../../src/zos/resources/node-resources.ts'
import { GiB, MiB } from '../../../src/zos/workloads/capacity.ts'
import {
  ending,
  network,
  resourcesAfter,
  sampleDeployment,
  sampleNode,
  samplePools,
  sampleResources,
  step,
  zmachine,
  zmount,
} from '../sample.ts'

const id = '29-10-vm1'
const hex_key = 'a4de7e9a7bee1fa308fe44cd00ef59ed8e5bab6da36ce6d27de0ae0e61718070'

/** A node on which the twin's network is there. */
function withNetwork(data: Record<string, unknown> = {}, resources = sampleResources) {
  const deployment = sampleDeployment([network('net1', data)], { contract_id: 9 })
  return resourcesAfter(step('install', deployment, 'net1', { resources }))
}

const nic = (ip: string, more: object = {}) => ({
  network: { interfaces: [{ network: 'net1', ip }], ...more },
})

type Situation = NonNullable<Parameters<typeof step>[3]>

function install(
  data: Record<string, unknown> = {},
  situation: Situation = {},
  others: Parameters<typeof sampleDeployment>[0] = [],
) {
  const deployment = sampleDeployment([...others, zmachine('vm1', data)])
  return step('install', deployment, 'vm1', { resources: withNetwork(), ...situation })
}

const empty = { id: '', ip: '', planetary_ip: '', mycelium_ip: '', console_url: '' }
const begun = { ...empty, id, ip: '10.20.2.5' }

describe('installing a machine', () => {
  it('gives it an address, a console and a root volume', () => {
    const outcome = install()
    expect(ending(outcome)).toEqual({
      kind: 'ok',
      data: { ...begun, console_url: '10.20.2.1:20005' },
    })
    expect(findVolume(outcome.resources.pools, `rootfs:${id}`)?.volume.quota).toBe(500n * MiB)
    expect(outcome.resources.machines).toEqual([
      {
        id,
        networkId: networkId(29, 'net1'),
        ip: '10.20.2.5',
        cpu: 1,
        memory: 2n * GiB,
        deviceSlots: [],
        isPaused: false,
      },
    ])
  })

  it('gives it the planetary and mycelium addresses of the vectors', () => {
    const mycelium = { network: 'net1', hex_seed: '001122334455' }
    const resources = withNetwork({ mycelium: { hex_key } })
    expect(ending(install(nic('10.20.2.5', { planetary: true, mycelium }), { resources }))).toEqual(
      {
        kind: 'ok',
        data: {
          id,
          ip: '10.20.2.5',
          planetary_ip: '302:e21d:5b76:9f0c:9105:2263:d385:2626',
          mycelium_ip: '466:f52c:62d6:7561:ff0f:11:2233:4455',
          console_url: '10.20.2.1:20005',
        },
      },
    )
  })

  it('leaves no trace when the machine runs already', () => {
    const { resources } = install()
    expect(ending(install({}, { resources }))).toEqual({ kind: 'no-change' })
  })

  const noNetwork = (name: string) => {
    const net = networkId(29, name)
    return `${net}): open /var/run/cache/networkd/networks/${net}: no such file or directory`
  }
  const gpu = { gpu: ['0000:28:00.0/1002/731f'] }
  const seed = (hex_seed: string, net = 'net1') =>
    nic('10.20.2.5', { mycelium: { network: net, hex_seed } })
  const rented: Situation = { contract: { isRented: true } }

  it.each<[string, Record<string, unknown>, Situation, string, object]>([
    [
      'a card on a node that is not rented',
      gpu,
      {},
      'usage of GPU is not allowed unless node is rented',
      empty,
    ],
    [
      'an unknown card',
      { gpu: ['0000:30:00.0/1002/731f'] },
      rented,
      "failed to prepare requested gpu device(s): unknown GPU id '0000:30:00.0/1002/731f'",
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
      'a public address without a public bridge',
      nic('10.20.2.5', { public_ip: 'pip' }),
      { node: { hasPublicBridge: false } },
      'public ipv4 is requested, but not supported on this node',
      empty,
    ],
    [
      'a network that is not there',
      {},
      { resources: sampleResources },
      `could not get network resource subnet: couldn't load network with id (${noNetwork('net1')}`,
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
      'mycelium on a network without it',
      seed('001122334455'),
      {},
      'could not set up tap device: network resource does not support mycelium',
      begun,
    ],
    [
      'mycelium on a network that is not there',
      seed('001122334455', 'other'),
      {},
      `could not set up tap device: failed to get network resource '${networkId(29, 'other')}': ${noNetwork('other').slice(networkId(29, 'other').length + 3)}`,
      begun,
    ],
    [
      'a seed of zeros',
      seed('000000000000'),
      { resources: withNetwork({ mycelium: { hex_key } }) },
      'could not set up tap device: invalid seed',
      begun,
    ],
    [
      'a flist that is not there',
      {},
      { node: { openFlist: () => refused('fail to download flist: 404 Not Found') } },
      `failed to mount flist: ${id}: ro mount of flist failed: fail to download flist: 404 Not Found`,
      begun,
    ],
    [
      'a root disk that fits nowhere',
      { size: Number(96n * GiB) },
      {},
      'failed to create vm rootfs: not enough space left in pools of this type ssd',
      begun,
    ],
    [
      'more CPUs than the node has',
      { compute_capacity: { cpu: 9, memory: Number(GiB) } },
      {},
      'machine configuration validation failed: invalid cpu must be between 1 and 8',
      begun,
    ],
    [
      'two CPUs on a node with one',
      { compute_capacity: { cpu: 2, memory: Number(GiB) } },
      { node: { cru: 1 } },
      'machine configuration validation failed: invalid cpu must be 1',
      begun,
    ],
  ])('fails for %s', (_what, data, situation, error, result) => {
    expect(ending(install(data, situation))).toEqual({ kind: 'error', error, data: result })
  })

  it('gives a card to one machine only', () => {
    const first = install(gpu, rented)
    expect(first.resources.machines[0]?.deviceSlots).toEqual(['0000:28:00.0'])
    const other = sampleDeployment([zmachine('vm2', gpu)])
    const second = step('install', other, 'vm2', { ...rented, resources: first.resources })
    expect(ending(second)).toMatchObject({
      kind: 'error',
      error: "device '0000:28:00.0' is already used by another workload",
    })
  })

  it('does not mind an address that another machine has', () => {
    const other = sampleDeployment([zmachine('vm2')])
    expect(step('install', other, 'vm2', { resources: install().resources }).kind).toBe('ok')
  })

  it('keeps the root volume of a machine that failed after it was made', () => {
    const outcome = install({ compute_capacity: { cpu: 9, memory: Number(GiB) } })
    expect(findVolume(outcome.resources.pools, `rootfs:${id}`)).toBeDefined()
    expect(outcome.resources.machines).toEqual([])
  })
})

describe('the public address of a machine', () => {
  const pip = (state: 'ok' | 'error', type = 'ip') => ({
    name: 'pip',
    type,
    data: { v4: true, size: 1 },
    state,
    result: { ip: '1.2.3.4/24', ip6: '', gateway: '1.2.3.1' },
  })
  const data = nic('10.20.2.5', { public_ip: 'pip' })

  it('must be ok and of the right type', () => {
    const error = (workload: ReturnType<typeof pip>) => ending(install(data, {}, [workload]))
    const failing = 'could not get public ip config: '
    expect(install(data, {}, [pip('ok')]).kind).toBe('ok')
    expect(error(pip('error'))).toEqual({
      kind: 'error',
      error: `${failing}public ip workload is not okay`,
      data: begun,
    })
    expect(error(pip('ok', 'zmount'))).toMatchObject({
      error: `${failing}workload for public IP is of wrong type`,
    })
  })
})

describe('the mounts of a machine', () => {
  const mount = (mountpoint = '/data') => ({ mounts: [{ name: 'disk', mountpoint }] })
  const disk = zmount('disk', GiB, 'ok')
  const withDisk = resourcesAfter(
    step('install', sampleDeployment([disk]), 'disk', { resources: withNetwork() }),
  )
  const others = (state: 'ok' | 'error' | 'paused', type = 'zmount') => [
    { ...disk, type, state, data: { size: Number(GiB), v4: true } },
  ]
  const errorOf = (
    data: Record<string, unknown>,
    workloads: Parameters<typeof install>[2],
    resources: NodeResources = withDisk,
  ) => ending(install(data, { resources }, workloads)).error

  it('are disks of the deployment that are ok', () => {
    expect(errorOf(mount(), others('ok'))).toBeUndefined()
    expect(errorOf(mount(), [])).toBe(
      "failed to get mount 'disk' workload: no workload with name 'disk': workload not found",
    )
    expect(errorOf(mount(), others('error'))).toBe("invalid disk 'disk' state")
    expect(errorOf(mount(), others('paused'))).toBe("invalid disk 'disk' state")
    expect(errorOf(mount(), others('ok', 'ip'))).toBe(
      "expecting a reservation of type 'zmount' or 'qsfs' for disk 'disk'",
    )
    expect(errorOf(mount(), others('ok'), withNetwork())).toBe(
      "failed to inspect disk 'disk': file does not exist",
    )
    expect(errorOf({ mounts: [{ name: '', mountpoint: '/' }] }, [])).toBe(
      "failed to get mount '' workload: name cannot be empty",
    )
  })

  it.each(['/', '//', '/./', '/a/..'])('are not at the root, written %s', target => {
    expect(errorOf(mount(target), others('ok'))).toBe(
      `machine configuration validation failed: validating disk ${target}: mount target can't be /`,
    )
  })

  it('name file systems before disks when both are at the root', () => {
    const volume = { name: 'vol', type: 'volume', data: { size: 1 }, state: 'ok' as const }
    const resources = resourcesAfter(
      step('install', sampleDeployment([volume]), 'vol', { resources: withDisk }),
    )
    const mounts = [
      { name: 'disk', mountpoint: '/' },
      { name: 'vol', mountpoint: '/' },
    ]
    expect(errorOf({ mounts }, [...others('ok'), volume], resources)).toBe(
      "machine configuration validation failed: validating virtiofs /: mount target can't be /",
    )
  })

  describe('of one that boots from a disk image', () => {
    const node = { openFlist: () => accepted('disk' as const) }
    const bootError = (data: Record<string, unknown>, workloads: Parameters<typeof install>[2]) =>
      ending(install(data, { resources: withDisk, node }, workloads)).error

    it('begin with the boot disk, and take no root volume', () => {
      const outcome = install(mount('/'), { resources: withDisk, node }, others('ok'))
      expect(outcome.kind).toBe('ok')
      expect(findVolume(outcome.resources.pools, `rootfs:${id}`)).toBeUndefined()
    })

    it('fail without a boot disk that is one and is ok', () => {
      expect(bootError({}, [])).toBe('at least one mount has to be attached for Vm mode')
      expect(bootError(mount(), [])).toBe("no workload with name 'disk': workload not found")
      expect(bootError(mount(), others('ok', 'ip'))).toBe('mount is not a valid disk workload')
      expect(bootError(mount(), others('error'))).toBe('boot disk was not deployed correctly')
    })
  })
})

describe('a machine that is there', () => {
  const deployment = sampleDeployment([zmachine('vm1')])
  const { resources } = install()

  it('stops and goes on', () => {
    const paused = resourcesAfter(step('pause', deployment, 'vm1', { resources }))
    expect(paused.machines[0]?.isPaused).toBe(true)
    const resumed = resourcesAfter(step('resume', deployment, 'vm1', { resources: paused }))
    expect(resumed).toEqual(resources)
    expect(ending(step('pause', deployment, 'vm1'))).toMatchObject({
      kind: 'unchanged',
      error: `machine '${id}' does not exist`,
    })
  })

  it('goes away with its root volume', () => {
    expect(resourcesAfter(step('remove', deployment, 'vm1', { resources }))).toEqual(withNetwork())
  })

  it('cannot let go of a public address whose workload is gone', () => {
    const withIp = sampleDeployment([zmachine('vm1', nic('10.20.2.5', { public_ip: 'pip' }))])
    const outcome = step('remove', withIp, 'vm1', { resources })
    expect(ending(outcome)).toEqual({
      kind: 'error',
      error: 'workload does not exist: workload does not exist',
      data: null,
    })
    expect(outcome.resources.machines).toEqual([])
  })

  it('loses what runs, but not its disks, when the node boots', () => {
    const booted = rebootResources(resources, sampleNode.storage)
    expect(booted.machines).toEqual([])
    expect(booted.networks).toEqual([])
    expect(findVolume(booted.pools, `rootfs:${id}`)).toBeDefined()
    expect(emptyResources(samplePools()).pools).toEqual(samplePools())
  })
})
