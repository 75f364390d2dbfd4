// A node's storage pools, one per disk, as frozen values: where space is taken, and what is left.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { GiB } from '../workloads/capacity.ts'

/** The two kinds of disk. */
export type DiskType = 'ssd' | 'hdd'

/** A subvolume of a pool: a quota, or files that take what they need. */
export interface Volume {
  readonly name: string
  /** Bytes that are set aside; 0 when the files count instead. */
  readonly quota: bigint
  readonly files: readonly VolumeFile[]
}

/** A file of a volume that has no quota: a disk image, or the share of a namespace. */
export interface VolumeFile {
  readonly name: string
  readonly size: bigint
}

/** One disk with its file system. */
export interface Pool {
  /** The label: a uuid. */
  readonly name: string
  readonly type: DiskType
  readonly size: bigint
  readonly isMounted: boolean
  readonly volumes: readonly Volume[]
}

/** How a node uses its disks: without SSDs, it can be told to let hard disks stand in. */
export interface StoragePolicy {
  readonly isSsdMissing: boolean
}

/** The first size of the cache volume, and the step in which it changes (threefoldtech/zosbase: pkg/storage/storage.go). */
export const cacheUnit = 5n * GiB

/** The volume that holds the node's own state. */
export const cacheVolume = 'zos-cache'

/** The volume that holds disk images. */
export const imageVolume = 'vdisks'

const noSpace = 'not enough space left in pools of this type ssd'
const missingFile = 'file does not exist'

function volumeUsed(volume: Volume): bigint {
  if (volume.quota !== 0n) return volume.quota
  return volume.files.reduce((sum, file) => sum + file.size, 0n)
}

/** What the volumes of a pool set aside; nothing can be read of a pool that is not mounted. */
export function poolUsed(pool: Pool): bigint {
  if (!pool.isMounted) return 0n
  return pool.volumes.reduce((sum, volume) => sum + volumeUsed(volume), 0n)
}

function isMountedFirst(a: Pool, b: Pool): number {
  return Number(b.isMounted) - Number(a.isMounted)
}

/** Pools in the node's order: SSDs first, and of each kind the mounted ones first. */
export function inOrder(pools: readonly Pool[]): readonly Pool[] {
  const ofType = (type: DiskType) => pools.filter(pool => pool.type === type).sort(isMountedFirst)
  return Object.freeze([...ofType('ssd'), ...ofType('hdd')])
}

/** Freezes a pool with everything in it. */
function frozen(pool: Pool): Pool {
  for (const volume of pool.volumes) {
    // It was here before, with all its files.
    if (Object.isFrozen(volume)) continue
    for (const file of volume.files) Object.freeze(file)
    Object.freeze(volume.files)
    Object.freeze(volume)
  }
  Object.freeze(pool.volumes)
  return Object.freeze(pool)
}

/** The pools with one of them changed. */
export function withPool(pools: readonly Pool[], changed: Pool): readonly Pool[] {
  return inOrder(pools.map(pool => (pool.name === changed.name ? frozen(changed) : pool)))
}

/** Pools of which machines' disks and volumes are made. */
function flashPools(pools: readonly Pool[], policy: StoragePolicy): readonly Pool[] {
  return policy.isSsdMissing ? pools : pools.filter(pool => pool.type === 'ssd')
}

interface Candidate {
  readonly pool: Pool
  readonly available: bigint
}

/**
 * The pools that can take `size`, the one with most room left first. Mounted ones are asked first;
 * if none of them can, the others are mounted one by one until one can. Everything fits in one pool
 * or not at all (threefoldtech/zosbase: pkg/storage/storage.go).
 */
function candidates(
  pools: readonly Pool[],
  size: bigint,
  policy: StoragePolicy,
): readonly Candidate[] {
  const found: Candidate[] = []
  for (const pool of flashPools(pools, policy)) {
    if (!pool.isMounted && found.length > 0) break
    const mounted = { ...pool, isMounted: true }
    const available = pool.size - (poolUsed(mounted) + size)
    if (available >= 0n) found.push({ pool: mounted, available })
  }
  return found.sort((a, b) => {
    if (a.available === b.available) return 0
    return a.available > b.available ? -1 : 1
  })
}

/** The pool in which space of this size would be taken. */
export function choosePool(
  pools: readonly Pool[],
  size: bigint,
  policy: StoragePolicy,
): Outcome<Pool> {
  const [best] = candidates(inOrder(pools), size, policy)
  return best === undefined ? refused(noSpace) : accepted(best.pool)
}

/** The pools of a node at its first start: with a cache volume where one fits, idle ones unmounted. */
export function preparePools(
  disks: readonly { readonly name: string; readonly type: DiskType; readonly size: bigint }[],
  policy: StoragePolicy,
): readonly Pool[] {
  const fresh = disks.map(disk => ({ ...disk, isMounted: true, volumes: [] }))
  return restartPools(inOrder(fresh), policy)
}

/** What a boot does to pools: all are mounted, the cache is made sure of, and idle ones are unmounted. */
export function restartPools(pools: readonly Pool[], policy: StoragePolicy): readonly Pool[] {
  const mounted = inOrder(pools.map(pool => ({ ...pool, isMounted: true })))
  const cached = createVolume(mounted, cacheVolume, cacheUnit, policy)
  const all = cached.ok ? cached.value : mounted
  return inOrder(all.map(pool => frozen({ ...pool, isMounted: pool.volumes.length > 0 })))
}

/** A volume and the pool that it is on. */
export interface Found {
  readonly pool: Pool
  readonly volume: Volume
}

/** The volume of a name, on a pool that is mounted. */
export function findVolume(pools: readonly Pool[], name: string): Found | undefined {
  for (const pool of pools) {
    const volume = pool.isMounted && pool.volumes.find(entry => entry.name === name)
    if (volume) return { pool, volume }
  }
  return undefined
}

/** Makes a volume with a quota; one of the same name that is there already stays as it is. */
export function createVolume(
  pools: readonly Pool[],
  name: string,
  size: bigint,
  policy: StoragePolicy,
): Outcome<readonly Pool[]> {
  if (findVolume(pools, name) !== undefined) return accepted(pools)
  const chosen = choosePool(pools, size, policy)
  if (!chosen.ok) return chosen
  const volume = { name, quota: size, files: [] }
  const pool = chosen.value
  return accepted(withPool(pools, { ...pool, volumes: [...pool.volumes, volume] }))
}

/** The pool of a volume with that volume changed. */
export function withVolume({ pool, volume }: Found, changed: Volume): Pool {
  const volumes = pool.volumes.map(entry => (entry === volume ? changed : entry))
  return { ...pool, volumes }
}

/** Changes the quota of a volume; nothing checks that its pool has the room. */
export function limitVolume(
  pools: readonly Pool[],
  name: string,
  size: bigint,
): Outcome<readonly Pool[]> {
  const found = findVolume(pools, name)
  if (found === undefined) return refused(`subvolume '${name}' not found: ${missingFile}`)
  return accepted(withPool(pools, withVolume(found, { ...found.volume, quota: size })))
}

/** Deletes a volume if it is there; a pool that loses its last one is unmounted. */
export function deleteVolume(pools: readonly Pool[], name: string): readonly Pool[] {
  const found = findVolume(pools, name)
  if (found === undefined) return pools
  const volumes = found.pool.volumes.filter(entry => entry !== found.volume)
  return withPool(pools, { ...found.pool, volumes, isMounted: volumes.length > 0 })
}

interface FoundDisk extends Found {
  readonly file: VolumeFile
}

/** The disk image of an id. */
export function findDisk(pools: readonly Pool[], id: string): FoundDisk | undefined {
  for (const pool of pools) {
    if (!pool.isMounted) continue
    const volume = pool.volumes.find(entry => entry.name === imageVolume)
    const file = volume?.files.find(entry => entry.name === id)
    if (volume !== undefined && file !== undefined) return { pool, volume, file }
  }
  return undefined
}

/** Makes a disk image: of the pools that can take it, the first that holds images already, else the best. */
export function createDisk(
  pools: readonly Pool[],
  id: string,
  size: bigint,
  policy: StoragePolicy,
): Outcome<readonly Pool[]> {
  const fitting = candidates(inOrder(pools), size, policy).map(candidate => candidate.pool)
  const hasImages = (pool: Pool) => pool.volumes.some(volume => volume.name === imageVolume)
  const pool = fitting.find(hasImages) ?? fitting[0]
  if (pool === undefined) {
    return refused(`failed to find a candidate to host vdisk of size '${size}': ${noSpace}`)
  }
  const file = { name: id, size }
  const images = pool.volumes.find(volume => volume.name === imageVolume)
  if (images === undefined) {
    const volume = { name: imageVolume, quota: 0n, files: [file] }
    return accepted(withPool(pools, { ...pool, volumes: [...pool.volumes, volume] }))
  }
  const volume = { ...images, files: [...images.files, file] }
  return accepted(withPool(pools, withVolume({ pool, volume: images }, volume)))
}

/** Grows a disk image in place: quotas are not asked, only the disk's own end stops it. */
export function growDisk(
  pools: readonly Pool[],
  id: string,
  size: bigint,
): Outcome<readonly Pool[]> {
  const found = findDisk(pools, id)
  if (found === undefined) return refused(`disk with id '${id}' does not exists: ${missingFile}`)
  const { pool, volume, file } = found
  const allFiles = pool.volumes.flatMap(entry => entry.files)
  const allocated = allFiles.reduce((sum, entry) => sum + entry.size, 0n)
  if (allocated - file.size + size > pool.size) {
    return refused('failed to truncate disk to size: no space left on device')
  }
  const files = volume.files.map(entry => (entry === file ? { ...file, size } : entry))
  return accepted(withPool(pools, withVolume({ pool, volume }, { ...volume, files })))
}

/** Deletes a disk image if it is there; the volume of images stays. */
export function deleteDisk(pools: readonly Pool[], id: string): readonly Pool[] {
  const found = findDisk(pools, id)
  if (found === undefined) return pools
  const files = found.volume.files.filter(file => file !== found.file)
  return withPool(pools, withVolume(found, { ...found.volume, files }))
}

/** The next size of the cache volume, from how full it is: doubled need when idle, one step more when tight. */
export function nextCacheSize(cache: {
  readonly size: bigint
  readonly used: bigint
  readonly unit?: bigint
}): bigint {
  const { size, used, unit = cacheUnit } = cache
  const percent = (used * 100n) / size
  if (percent >= 60n) return size + unit
  const next = percent < 20n && size > unit ? ((used * 2n) / unit) * unit + unit : size
  return next < unit ? unit : next
}

/** The size of the cache volume, 0 when no disk could hold one. */
export function cacheSize(pools: readonly Pool[]): bigint {
  return findVolume(pools, cacheVolume)?.volume.quota ?? 0n
}
