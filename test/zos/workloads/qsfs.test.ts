import { describe, expect, it } from 'vitest'
import { findVolume } from '../../../src/zos/hardware/pools.ts'
import { rebootResources } from '../../../src/zos/resources/node-resources.ts'
import { GiB } from '../../../src/zos/workloads/capacity.ts'
import { qsfs as qsfsType } from '../../../src/zos/workloads/qsfs.ts'
import {
  ending,
  network,
  resourcesAfter,
  sampleDeployment,
  sampleLightNode,
  sampleNode,
  sampleResources,
  step,
  update,
  zmachine,
} from '../sample.ts'

const id = '29-10-fs'

const qsfs = (cache: bigint, state: '' | 'ok' = '') => ({
  name: 'fs',
  type: 'qsfs',
  data: { cache: Number(cache), config: { minimal_shards: 1, expected_shards: 2 } },
  state,
})

const deployment = sampleDeployment([qsfs(10n * GiB)])
const result = {
  path: '/var/cache/modules/qsfsd/mounts/29-10-fs',
  metrics_endpoint: expect.stringMatching(
    /^http:\/\/\[302:e21d:5b76:9f0c(:[0-9a-f]{1,4}){4}\]:9100\/metrics$/,
  ),
}
const installed = resourcesAfter(step('install', deployment, 'fs'))
const removed = resourcesAfter(step('remove', deployment, 'fs', { resources: installed }))

const failure = (error: string) => ({ kind: 'error', error, data: null })

describe('a new file system', () => {
  it('has a mount, metrics and a cache', () => {
    expect(ending(step('install', deployment, 'fs'))).toEqual({ kind: 'ok', data: result })
    expect(installed.fileSystems).toEqual([id])
    expect(findVolume(installed.pools, id)?.volume.quota).toBe(10n * GiB)
  })

  it.each([
    [
      'planetary network',
      qsfs(10n * GiB),
      { planetarySubnet: '' },
      'failed to prepare qsfs: no ygg server found',
    ],
    [
      'planetary network, as on light nodes,',
      qsfs(10n * GiB),
      sampleLightNode,
      'failed to prepare qsfs: no ygg server found',
    ],
    ['cache', qsfs(0n), {}, 'failed to mount qsfs flist: invalid mount option, missing disk type'],
    [
      'room for its cache',
      qsfs(96n * GiB),
      {},
      'failed to mount qsfs flist: failed to create read-write subvolume for 0-fs: not enough space left in pools of this type ssd',
    ],
  ])('fails without %s', (_what, workload, node, cause) => {
    const outcome = step('install', sampleDeployment([workload]), 'fs', { node })
    expect(ending(outcome)).toEqual(failure(`failed to create qsfs mount: ${cause}`))
    expect(outcome.resources).toEqual(sampleResources)
  })

  it('is mounted again after a boot, on the same cache and with the same addresses', () => {
    const booted = rebootResources(installed, sampleNode.storage)
    expect(booted.fileSystems).toEqual([])
    expect(findVolume(booted.pools, id)).toBeDefined()
    const again = step('install', deployment, 'fs', { resources: booted })
    expect(ending(again)).toEqual(ending(step('install', deployment, 'fs')))
    expect(again.resources).toEqual(installed)
  })

  it('can be mounted by a machine', () => {
    const net = sampleDeployment([network('net1')])
    const resources = resourcesAfter(step('install', net, 'net1', { resources: installed }))
    const mounts = [{ name: 'fs', mountpoint: '/data' }]
    const both = sampleDeployment([qsfs(10n * GiB, 'ok'), zmachine('vm', { mounts })])
    expect(step('install', both, 'vm', { resources }).kind).toBe('ok')
  })
})

describe('changing a file system', () => {
  const next = sampleDeployment([qsfs(200n * GiB)])

  it('is always possible, and asks nobody for room', () => {
    const outcome = update(deployment, next, 'fs', { resources: installed })
    expect(ending(outcome)).toEqual({ kind: 'ok', data: result })
    expect(findVolume(outcome.resources.pools, id)?.volume.quota).toBe(200n * GiB)
    const smaller = sampleDeployment([qsfs(GiB)])
    expect(update(deployment, smaller, 'fs', { resources: installed }).kind).toBe('ok')
  })

  it.each([
    ['is leaving', removed, {}, 'already marked for deletion'],
    [
      'has no address',
      installed,
      { planetarySubnet: '' },
      'failed to get ygg ip: no ygg server found',
    ],
    [
      'is not mounted',
      sampleResources,
      {},
      'failed to get qsfs flist mountpoint: flist not mounted: exit status 1',
    ],
  ])('fails when it %s', (_what, resources, node, cause) => {
    const outcome = update(deployment, next, 'fs', { resources, node })
    expect(ending(outcome)).toEqual(failure(`failed to update qsfs mount: ${cause}`))
    expect(outcome.resources).toEqual(resources)
  })
})

describe('a removed file system', () => {
  it('gives its room back, and is not missed when it was never there', () => {
    expect(removed.fileSystems).toEqual([])
    expect(findVolume(removed.pools, id)).toBeUndefined()
    expect(removed.leavingFileSystems).toEqual([id])
    expect(step('remove', deployment, 'fs').kind).toBe('ok')
    const twice = step('remove', deployment, 'fs', { resources: removed })
    expect(twice.resources.leavingFileSystems).toEqual([id])
  })

  it('keeps its name for a while, until a failed attempt clears it away', () => {
    const tooEarly = step('install', deployment, 'fs', { resources: removed })
    expect(ending(tooEarly)).toEqual(
      failure('failed to create qsfs mount: qsfs marked for deletion, try again later'),
    )
    expect(tooEarly.resources).toEqual(sampleResources)
    expect(step('install', deployment, 'fs', tooEarly).kind).toBe('ok')
  })

  it('has left after the clean-up that its type asks for, or a boot', () => {
    expect(qsfsType.cleanUp?.afterMs).toBe(1_200_000)
    expect(qsfsType.cleanUp?.run({ resources: removed, id })).toEqual(sampleResources)
    expect(qsfsType.cleanUp?.run({ resources: installed, id })).toEqual(installed)
    expect(rebootResources(removed, sampleNode.storage)).toEqual(sampleResources)
  })

  it('is not waited for when very many leave', () => {
    let resources = sampleResources
    for (let contract = 1; contract <= 70; contract++) {
      const other = sampleDeployment([qsfs(GiB)], { contract_id: contract })
      resources = resourcesAfter(step('remove', other, 'fs', { resources }))
    }
    expect(resources.leavingFileSystems).toHaveLength(64)
    expect(resources.leavingFileSystems.at(-1)).toBe('29-70-fs')
  })
})
