// A directory for machines, with a quota on one SSD pool.

import { struct, unit } from '../go/json-decoder.ts'
import { createVolume, deleteVolume, findVolume, limitVolume } from '../hardware/pools.ts'
import { done, failed, noChange, workload } from './workload-type.ts'

/** The node formats a missing cause into its text; users have seen it that way for years. */
function noVolume(id: string): string {
  return `no volume with name "${id}" found: %!w(<nil>)`
}

/** `volume`: threefoldtech/zosbase: pkg/gridtypes/zos/volume.go, pkg/primitives/volume */
export const volume = workload('volume', {
  data: struct('zos.Volume', { size: unit }),
  challenge: (put, { size }) => put.number(size),
  validate: ({ size }) => (size === 0n ? 'invalid size' : undefined),
  capacity: ({ size }) => ({ sru: size }),
  installOrder: { full: 20, light: 20 },
  largestFirst: ({ size }) => size,

  install: ({ node, resources, id, data }) => {
    if (findVolume(resources.pools, id) !== undefined) return noChange(resources)
    const pools = createVolume(resources.pools, id, data.size, node.storage)
    if (!pools.ok) {
      return failed(resources, `failed to create new volume with name "${id}": ${pools.error}`)
    }
    return done({ ...resources, pools: pools.value }, { id })
  },

  update: ({ resources, id, data }) => {
    const found = findVolume(resources.pools, id)
    if (found === undefined) return failed(resources, noVolume(id))
    const { quota } = found.volume
    if (data.size < quota) {
      const sizes = `old: ${quota}, requested: ${data.size}`
      const error = `cannot shrink volume to be less than provisioned space. ${sizes}`
      return failed(resources, error)
    }
    const pools = limitVolume(resources.pools, id, data.size)
    if (!pools.ok) return failed(resources, `failed to update volume "${id}": ${pools.error}`)
    return done({ ...resources, pools: pools.value }, { id })
  },

  remove: ({ resources, id }) => {
    if (findVolume(resources.pools, id) === undefined) return failed(resources, noVolume(id))
    return done({ ...resources, pools: deleteVolume(resources.pools, id) })
  },
})
