import { describe, expect, it } from 'vitest'
import { nodeMyceliumSubnet } from '../../../src/zos/addresses.ts'
import type { WorkloadState } from '../../../src/zos/deployment/deployment.ts'
import { findNamespace } from '../../../src/zos/hardware/devices.ts'
import { poolUsed, preparePools } from '../../../src/zos/hardware/pools.ts'
import {
  emptyResources,
  type NodeFacts,
  rebootResources,
} from '../../../src/zos/resources/node-resources.ts'
import { GiB } from '../../../src/zos/workloads/capacity.ts'
import { databaseAddresses, withoutUuids } from '../../../src/zos/workloads/zdb.ts'
import {
  ending,
  resourcesAfter,
  sampleDeployment,
  sampleLightNode,
  sampleNode,
  sampleResources,
  step,
  update,
  zmount,
} from '../sample.ts'

const first = '3e0d6a3c-8d55-4a7a-9a1f-1f1f3a2b4c5d'
const second = '4e0d6a3c-8d55-4a7a-9a1f-1f1f3a2b4c5d'

/** A node with an SSD and two hard disks of 100 and 50 GiB. */
function twoDisks(policy = { isSsdMissing: false }) {
  const disks = [
    { name: 'ssd0', type: 'ssd' as const, size: 100n * GiB },
    { name: first, type: 'hdd' as const, size: 100n * GiB },
    { name: second, type: 'hdd' as const, size: 50n * GiB },
  ]
  return emptyResources(preparePools(disks, policy))
}

const fresh = twoDisks()
const node: Partial<NodeFacts> = { myceliumSubnet: '4b1:2c3:4d5:6e7::/64' }

const zdb = (name: string, size: bigint, data: object = {}, state: WorkloadState = '') => ({
  name,
  type: 'zdb',
  data: { size: Number(size), mode: 'user', password: 'pw', public: false, ...data },
  state,
})

const install = (name: string, size: bigint, resources = fresh, facts = node) =>
  step('install', sampleDeployment([zdb(name, size)]), name, { resources, node: facts })

const poolOf = (resources: typeof fresh, name: string) =>
  findNamespace(resources.pools, `29-10-${name}`)?.pool.name

const usedOf = (resources: typeof fresh, name: string) => {
  const pool = resources.pools.find(entry => entry.name === name)
  return pool && poolUsed(pool)
}

const noResult = { Namespace: '', IPs: null, Port: 0 }

describe('a new zdb', () => {
  it('is a namespace on a hard disk that it shares, known by three addresses', () => {
    const outcome = install('db', 10n * GiB)
    expect(ending(outcome)).toEqual({
      kind: 'ok',
      data: {
        Namespace: '29-10-db',
        IPs: [
          '2a10:b600:1:0:e4f3:acff:fe78:6fe9',
          '302:e21d:5b76:9f0c:1df8:ca93:40ed:e226',
          expect.stringMatching(/^4b1:2c3:4d5:6e7(:[0-9a-f]{1,4}){4}$/),
        ],
        Port: 9900,
      },
    })
    expect(poolOf(resourcesAfter(outcome), 'db')).toBe(first)
    expect(usedOf(outcome.resources, first)).toBe(10n * GiB)
    expect(outcome.resources.pools.find(pool => pool.name === first)?.isMounted).toBe(true)
    expect(usedOf(fresh, first)).toBe(0n)
  })

  it('goes to a database that runs and has room, else to the next free disk', () => {
    const a = resourcesAfter(install('a', 60n * GiB))
    const b = resourcesAfter(install('b', 40n * GiB, a))
    expect(poolOf(b, 'b')).toBe(first)
    const c = resourcesAfter(install('c', 50n * GiB, b))
    expect(poolOf(c, 'c')).toBe(second)
  })

  it('fails when no disk has room for it', () => {
    const error = "couldn't allocate device to satisfy namespace size: no more free devices found"
    const refused = { kind: 'error', error, data: noResult }
    const big = install('db', 100n * GiB + 1n)
    expect(ending(big)).toEqual(refused)
    expect(big.resources).toEqual(fresh)
    expect(install('db', 100n * GiB).kind).toBe('ok')
    expect(ending(install('db', GiB, sampleResources))).toEqual(refused)
    const full = resourcesAfter(install('b', 50n * GiB, resourcesAfter(install('a', 100n * GiB))))
    expect(ending(install('c', 1n, full))).toEqual(refused)
  })

  it('shares its disk with what stands in for SSDs', () => {
    const policy = { isSsdMissing: true }
    const resources = emptyResources(
      preparePools([{ name: first, type: 'hdd', size: 50n * GiB }], policy),
    )
    const facts = { ...node, storage: policy }
    expect(install('db', 46n * GiB, resources, facts).kind).toBe('error')
    const a = resourcesAfter(install('db', 40n * GiB, resources, facts))
    const disk = sampleDeployment([zmount('disk', 6n * GiB)])
    expect(step('install', disk, 'disk', { resources: a, node: facts }).kind).toBe('error')
  })

  it('is found again, with the same result, when it is there', () => {
    const outcome = install('db', 10n * GiB)
    const again = install('db', 10n * GiB, outcome.resources)
    expect(ending(again)).toEqual(ending(outcome))
    expect(again.resources).toEqual(outcome.resources)
  })

  it('survives a boot with its data and addresses, unlocked', () => {
    const outcome = install('db', 10n * GiB)
    const deployment = sampleDeployment([zdb('db', 10n * GiB)])
    const resources = resourcesAfter(step('pause', deployment, 'db', outcome))
    const booted = rebootResources(resources, sampleNode.storage)
    expect(usedOf(booted, first)).toBe(10n * GiB)
    expect(booted.lockedNamespaces).toEqual([])
    expect(ending(install('db', 10n * GiB, booted))).toEqual(ending(outcome))
  })
})

describe('the addresses of a database', () => {
  it('are those that the node has networks for', () => {
    const [ip, planetary, mycelium] = databaseAddresses({ ...sampleNode, ...node }, first)
    expect(databaseAddresses(sampleNode, first)).toEqual([ip, planetary])
    const noPublic = { ...sampleNode, ...node, publicIpv6Subnet: '' }
    expect(databaseAddresses(noPublic, first)).toEqual([planetary, mycelium])
    expect(databaseAddresses({ ...sampleNode, ...node }, second)).not.toContain(mycelium)
  })

  it('are of mycelium on a light node', () => {
    expect(databaseAddresses(sampleLightNode, first)).toEqual([
      expect.stringMatching(/^4b1:2c3:4d5:6e7:ff0f(:[0-9a-f]{1,4}){3}$/),
    ])
    const resources = twoDisks()
    expect(install('db', GiB, resources, sampleLightNode).kind).toBe('ok')
  })

  it('of mycelium follow from the key of the node', () => {
    const subnet = nodeMyceliumSubnet(Buffer.alloc(32, 48))
    expect(subnet).toMatch(/^[45][0-9a-f]{2}(:[0-9a-f]{1,4}){3}::\/64$/)
    expect(nodeMyceliumSubnet(Buffer.alloc(32, 48))).toBe(subnet)
    expect(nodeMyceliumSubnet(Buffer.alloc(32, 49))).not.toBe(subnet)
  })

  it.each(['full', 'light'] as const)('are needed on a %s node', kind => {
    const facts = { kind, planetarySubnet: '', publicIpv6Subnet: '', myceliumSubnet: '' }
    const outcome = install('db', GiB, fresh, facts)
    expect(ending(outcome)).toEqual({
      kind: 'error',
      error:
        'failed to find IP address on zdb0 interface: failed to get an IP for interface: waiting for more addresses',
      data: noResult,
    })
    expect(findNamespace(outcome.resources.pools, '29-10-db')).toBeUndefined()
  })
})

describe('changing a zdb', () => {
  const current = sampleDeployment([zdb('db', 10n * GiB)])
  const resources = resourcesAfter(install('db', 10n * GiB))
  const change = (size: bigint, data: object = {}, before = resources) =>
    update(current, sampleDeployment([zdb('db', size, data)]), 'db', { resources: before, node })
  const refused = (error: string) => ({ kind: 'unchanged', error, data: noResult })

  it('refuses another mode before a smaller size', () => {
    const shrink = 'cannot shrink zdb namespace'
    expect(ending(change(GiB, { mode: 'seq' }))).toEqual(refused('cannot change namespace mode'))
    expect(ending(change(GiB))).toEqual(refused(shrink))
    expect(ending(change(10n * GiB - 1n, { password: 'x' }))).toEqual(refused(shrink))
  })

  it('has nothing to do for the same configuration', () => {
    expect(ending(change(10n * GiB))).toEqual({ kind: 'no-change' })
  })

  it.each([
    ['password', { password: '' }],
    ['public flag', { public: true }],
  ])('takes another %s', (_what, data) => {
    const outcome = change(10n * GiB, data)
    expect(ending(outcome)).toEqual(ending(install('db', 10n * GiB)))
    expect(outcome.resources).toEqual(resources)
  })

  it('grows up to the end of the disk', () => {
    const grown = resourcesAfter(change(100n * GiB))
    expect(usedOf(grown, first)).toBe(100n * GiB)
    expect(ending(change(100n * GiB + 1n))).toEqual(
      refused('no enough free space to support new size'),
    )
    const shared = resourcesAfter(install('other', 60n * GiB, resources))
    expect(change(40n * GiB, {}, shared).kind).toBe('ok')
    expect(change(40n * GiB + 1n, {}, shared).kind).toBe('unchanged')
  })

  it('fails when the namespace is not there', () => {
    expect(ending(change(20n * GiB, {}, fresh))).toEqual({
      kind: 'error',
      error: 'namespace not found',
      data: noResult,
    })
  })
})

describe('a zdb that is there', () => {
  const deployment = sampleDeployment([zdb('db', 10n * GiB)])
  const resources = resourcesAfter(install('db', 10n * GiB))

  it('is locked and unlocked', () => {
    const paused = resourcesAfter(step('pause', deployment, 'db', { resources }))
    expect(paused.lockedNamespaces).toEqual(['29-10-db'])
    const resumed = step('resume', deployment, 'db', { resources: paused })
    expect(resourcesAfter(resumed)).toEqual(resources)
  })

  it('cannot be locked without its namespace, and then stays ok', () => {
    expect(ending(step('pause', deployment, 'db'))).toEqual({ kind: 'no-change' })
    expect(step('resume', deployment, 'db').kind).toBe('ok')
  })

  it('gives its room back, while its database goes on', () => {
    const paused = resourcesAfter(step('pause', deployment, 'db', { resources }))
    const removed = resourcesAfter(step('remove', deployment, 'db', { resources: paused }))
    expect(usedOf(removed, first)).toBe(0n)
    expect(removed.lockedNamespaces).toEqual([])
    expect(removed.pools.find(pool => pool.name === first)?.isMounted).toBe(true)
    expect(poolOf(resourcesAfter(install('next', 100n * GiB, removed)), 'next')).toBe(first)
    expect(ending(step('remove', deployment, 'db', { resources: removed })).kind).toBe('ok')
  })

  it('hides the names of disks from users', () => {
    expect(withoutUuids(`no answer from ${first}: closed`)).toBe(
      'no answer from 3e0d6a3c-***: closed',
    )
    expect(withoutUuids('namespace 29-10-db')).toBe('namespace 29-10-db')
  })
})
