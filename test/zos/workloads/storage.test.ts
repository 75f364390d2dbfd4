import { describe, expect, it } from 'vitest'
import { findDisk, findVolume, poolUsed } from '../../../src/zos/hardware/pools.ts'
import { emptyResources } from '../../../src/zos/resources/node-resources.ts'
import { GiB } from '../../../src/zos/workloads/capacity.ts'
import {
  ending,
  resourcesAfter,
  sampleDeployment,
  samplePools,
  sampleResources,
  step,
  update,
  zmachine,
  zmount,
} from '../sample.ts'

const noSpace = 'not enough space left in pools of this type ssd'
const ok = (data: unknown) => ({ kind: 'ok', data })

describe('zmount', () => {
  const deployment = sampleDeployment([zmount('disk', 10n * GiB)])
  const id = '29-10-disk'
  const installed = resourcesAfter(step('install', deployment, 'disk'))

  it('is made on a pool and found again by a second install', () => {
    expect(ending(step('install', deployment, 'disk'))).toEqual(ok({ volume_id: id }))
    expect(findDisk(installed.pools, id)?.file.size).toBe(10n * GiB)
    expect(poolUsed(installed.pools[0] ?? samplePools()[0]!)).toBe(15n * GiB)
    const again = step('install', deployment, 'disk', { resources: installed })
    expect(again).toEqual({ ...ok({ volume_id: id }), resources: installed })
  })

  it('leaves the resources that it was given as they were', () => {
    expect(findDisk(sampleResources.pools, id)).toBeUndefined()
    expect(Object.isFrozen(installed.pools)).toBe(true)
  })

  it('fails when no pool has room', () => {
    const size = 95n * GiB + 1n
    const big = sampleDeployment([zmount('disk', size)])
    expect(ending(step('install', big, 'disk'))).toEqual({
      kind: 'error',
      error: `failed to find a candidate to host vdisk of size '${size}': ${noSpace}`,
      data: { volume_id: id },
    })
    const fitting = sampleDeployment([zmount('disk', 95n * GiB)])
    expect(step('install', fitting, 'disk').kind).toBe('ok')
  })

  it('grows in place without asking for quota, up to the end of the disk', () => {
    const grown = update(deployment, sampleDeployment([zmount('disk', 99n * GiB)]), 'disk', {
      resources: installed,
    })
    expect(ending(grown)).toEqual(ok({ volume_id: id }))
    expect(findDisk(resourcesAfter(grown).pools, id)?.file.size).toBe(99n * GiB)
    const tooBig = sampleDeployment([zmount('disk', 101n * GiB)])
    expect(ending(update(deployment, tooBig, 'disk', { resources: installed }))).toEqual({
      kind: 'unchanged',
      error: 'failed to truncate disk to size: no space left on device',
      data: { volume_id: id },
    })
  })

  it('stays when nothing changes, and refuses to shrink', () => {
    const same = update(deployment, deployment, 'disk', { resources: installed })
    expect(ending(same)).toEqual({ kind: 'no-change' })
    const smaller = sampleDeployment([zmount('disk', GiB)])
    expect(ending(update(deployment, smaller, 'disk', { resources: installed }))).toMatchObject({
      kind: 'unchanged',
      error: 'not safe to shrink a disk',
    })
  })

  it.each([
    ['ok', 'unchanged'],
    ['paused', 'unchanged'],
    ['error', 'ok'],
    ['init', 'ok'],
  ] as const)('does not grow under a machine that is %s: %s', (state, kind) => {
    const mounts = { mounts: [{ name: 'disk', mountpoint: '/data' }] }
    const mounted = sampleDeployment([zmount('disk', 10n * GiB), zmachine('vm', mounts, state)])
    const next = sampleDeployment([zmount('disk', 20n * GiB)])
    const outcome = update(mounted, next, 'disk', { resources: installed })
    expect(outcome.kind).toBe(kind)
    if (kind === 'unchanged') {
      expect(ending(outcome)).toMatchObject({
        error: 'disk is mounted, please delete the VM first',
      })
    }
  })

  it('goes away, and is not missed when it was never there', () => {
    const removed = resourcesAfter(step('remove', deployment, 'disk', { resources: installed }))
    expect(findDisk(removed.pools, id)).toBeUndefined()
    expect(step('remove', deployment, 'disk').kind).toBe('ok')
  })
})

describe('volume', () => {
  const volume = (size: bigint) =>
    sampleDeployment([{ name: 'vol', type: 'volume', data: { size: Number(size) } }])
  const deployment = volume(10n * GiB)
  const id = '29-10-vol'
  const installed = resourcesAfter(step('install', deployment, 'vol'))

  it('is made once', () => {
    expect(ending(step('install', deployment, 'vol'))).toEqual(ok({ id }))
    const again = step('install', deployment, 'vol', { resources: installed })
    expect(ending(again)).toEqual({ kind: 'no-change' })
  })

  it('fails when no pool has room', () => {
    const resources = emptyResources(samplePools(6n * GiB, 9n * GiB))
    expect(ending(step('install', deployment, 'vol', { resources }))).toEqual({
      kind: 'error',
      error: `failed to create new volume with name "${id}": ${noSpace}`,
      data: null,
    })
  })

  it('takes a new quota that is not smaller', () => {
    const change = (size: bigint) =>
      update(deployment, volume(size), 'vol', { resources: installed })
    expect(ending(change(10n * GiB))).toEqual(ok({ id }))
    const grown = resourcesAfter(change(200n * GiB))
    expect(findVolume(grown.pools, id)?.volume.quota).toBe(200n * GiB)
    expect(ending(change(GiB))).toEqual({
      kind: 'error',
      error:
        'cannot shrink volume to be less than provisioned space. old: 10737418240, requested: 1073741824',
      data: null,
    })
  })

  it('cannot be changed or removed when it is not there', () => {
    const error = `no volume with name "${id}" found: %!w(<nil>)`
    expect(ending(step('remove', deployment, 'vol'))).toMatchObject({ kind: 'error', error })
    expect(ending(update(deployment, deployment, 'vol'))).toMatchObject({ kind: 'error', error })
    const removed = resourcesAfter(step('remove', deployment, 'vol', { resources: installed }))
    expect(removed).toEqual(sampleResources)
  })
})
