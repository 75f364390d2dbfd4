// A disk for virtual machines: an image on one SSD pool.

import { isOkay, workloadsOfType } from '../deployment/deployment.ts'
import { decodeJson, struct, unit } from '../go/json-decoder.ts'
import { createDisk, deleteDisk, findDisk, growDisk } from '../hardware/pools.ts'
import { done, failed, noChange, type UpdateContext, unchanged, workload } from './workload-type.ts'
import { zmachineData } from './zmachine-data.ts'

/** Do machines of the deployment that hold their resources use the disk? Light ones are not looked at. */
function isMounted({ deployment, workload: { name } }: UpdateContext<unknown>): boolean {
  return workloadsOfType(deployment, 'zmachine').some(entry => {
    if (!isOkay(entry.result.state)) return false
    const machine = decodeJson(entry.data, zmachineData)
    return machine.ok && machine.value.mounts.some(mount => mount.name === name)
  })
}

/** `zmount`: threefoldtech/zosbase: pkg/gridtypes/zos/zmount.go, pkg/primitives/zmount */
export const zmount = workload('zmount', {
  data: struct('zos.ZMount', { size: unit }),
  challenge: (put, { size }) => put.number(size),
  validate: ({ size }) => (size === 0n ? 'invalid size' : undefined),
  capacity: ({ size }) => ({ sru: size }),
  installOrder: { full: 10, light: 10 },
  largestFirst: ({ size }) => size,

  install: ({ node, resources, id, data }) => {
    const result = { volume_id: id }
    if (findDisk(resources.pools, id) !== undefined) return done(resources, result)
    const pools = createDisk(resources.pools, id, data.size, node.storage)
    if (!pools.ok) return failed(resources, pools.error, result)
    return done({ ...resources, pools: pools.value }, result)
  },

  update: context => {
    const { resources, id, data, current } = context
    if (data.size === current.size) return noChange(resources)
    const noResult = { volume_id: '' }
    if (data.size < current.size) {
      return unchanged(resources, 'not safe to shrink a disk', noResult)
    }
    if (isMounted(context)) {
      return unchanged(resources, 'disk is mounted, please delete the VM first', noResult)
    }
    const result = { volume_id: id }
    const pools = growDisk(resources.pools, id, data.size)
    if (!pools.ok) return unchanged(resources, pools.error, result)
    return done({ ...resources, pools: pools.value }, result)
  },

  remove: ({ resources, id }) => done({ ...resources, pools: deleteDisk(resources.pools, id) }),
})
