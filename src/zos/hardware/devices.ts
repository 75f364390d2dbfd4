// Hard disks given to key-value databases: which have one, and the namespaces that share its room.

import { invariant } from '../../kernel/errors.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import {
  type Found,
  imageVolume,
  inOrder,
  type Pool,
  poolUsed,
  type VolumeFile,
  withPool,
  withVolume,
} from './pools.ts'

/** The volume of a database; a pool that has it runs one (threefoldtech/zosbase: pkg/storage/device.go). */
export const databaseVolume = 'zdb'

/** A namespace, as the share that it reserves of a database's volume. */
export interface FoundNamespace extends Found {
  readonly file: VolumeFile
}

function databaseOf(pool: Pool): Found | undefined {
  if (pool.type !== 'hdd' || !pool.isMounted) return undefined
  const volume = pool.volumes.find(entry => entry.name === databaseVolume)
  return volume === undefined ? undefined : { pool, volume }
}

/** The running databases, in the node's order of pools. */
export function databases(pools: readonly Pool[]): readonly Found[] {
  return inOrder(pools).flatMap(pool => databaseOf(pool) ?? [])
}

/** The namespace of an id. */
export function findNamespace(pools: readonly Pool[], id: string): FoundNamespace | undefined {
  for (const { pool, volume } of databases(pools)) {
    const file = volume.files.find(entry => entry.name === id)
    if (file !== undefined) return { pool, volume, file }
  }
  return undefined
}

function hasRoom(pool: Pool, size: bigint): boolean {
  return poolUsed(pool) + size <= pool.size
}

/** The pools with a database that has room for a namespace: one that runs, else one on a free hard disk. */
export function allocateDatabase(
  pools: readonly Pool[],
  size: bigint,
): Outcome<{ readonly pools: readonly Pool[]; readonly poolName: string }> {
  const running = databases(pools).find(({ pool }) => hasRoom(pool, size))
  if (running !== undefined) return accepted({ pools, poolName: running.pool.name })
  const free = inOrder(pools)
    .filter(pool => pool.type === 'hdd')
    .map(pool => ({ ...pool, isMounted: true }))
    .find(pool => databaseOf(pool) === undefined && hasRoom(pool, size))
  if (free === undefined) return refused('no more free devices found')
  const volume = { name: databaseVolume, quota: 0n, files: [] }
  const changed = withPool(pools, { ...free, volumes: [...free.volumes, volume] })
  return accepted({ pools: changed, poolName: free.name })
}

function withFiles(
  pools: readonly Pool[],
  found: Found,
  files: readonly VolumeFile[],
): readonly Pool[] {
  return withPool(pools, withVolume(found, { ...found.volume, files }))
}

/** Makes a namespace in the database of a pool that has one. */
export function createNamespace(
  pools: readonly Pool[],
  poolName: string,
  namespace: VolumeFile,
): readonly Pool[] {
  const found = databases(pools).find(({ pool }) => pool.name === poolName)
  invariant(found !== undefined, `pool '${poolName}' has a database`)
  return withFiles(pools, found, [...found.volume.files, namespace])
}

/** Changes the size of a namespace; only what really lies on the disk takes room from the reserved sizes. */
export function resizeNamespace(
  pools: readonly Pool[],
  found: FoundNamespace,
  size: bigint,
): Outcome<readonly Pool[]> {
  const { pool, volume, file } = found
  const images = pool.volumes.find(entry => entry.name === imageVolume)?.files ?? []
  const free = images.reduce((left, image) => left - image.size, pool.size)
  const reserved = volume.files.reduce((sum, entry) => sum + entry.size, 0n)
  if (reserved + size - file.size > free) {
    return refused('no enough free space to support new size')
  }
  const files = volume.files.map(entry => (entry === file ? { ...file, size } : entry))
  return accepted(withFiles(pools, found, files))
}

/** Deletes a namespace; its database goes on running. */
export function deleteNamespace(pools: readonly Pool[], found: FoundNamespace): readonly Pool[] {
  return withFiles(
    pools,
    found,
    found.volume.files.filter(entry => entry !== found.file),
  )
}
