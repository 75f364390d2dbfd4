// Capacity is conserved: what a node counts as used is what its workloads take, and what was taken down holds nothing.

import type { NodeResources } from '../../zos/resources/node-resources.ts'
import { deploymentCapacity } from '../../zos/resources/queries.ts'
import { addCapacity, type Capacity, noCapacity } from '../../zos/workloads/capacity.ts'
import { type GridInvariant, touchedNodes, type Watched } from './invariant.ts'

/** What a node counts is the sum of what its ok and paused workloads take. */
export const capacityCounted: GridInvariant = {
  name: 'a node counts as used what its workloads take',
  check(watched) {
    const { nodes, workloadTypes } = watched.world
    for (const index of touchedNodes(watched)) {
      const taken = nodes.engine.book
        .listOf(index)
        .map(({ deployment }) => deploymentCapacity(deployment, workloadTypes))
        .reduce((sum, each) => addCapacity(sum, each), noCapacity)
      const counted = nodes.engine.book.usedOf(index)
      const wrong = units.find(unit => counted[unit] !== taken[unit])
      if (wrong) {
        return `${nameOf(watched, index)} counts ${counted[wrong]} of ${wrong}, its workloads take ${taken[wrong]}`
      }
    }
    return null
  },
}

/** Memory is never promised twice. */
export const memoryFits: GridInvariant = {
  name: 'the machines of a node fit in its memory',
  check(watched) {
    const { nodes } = watched.world
    for (const index of touchedNodes(watched)) {
      const { nodeId } = nodes.summaryOf(index)
      if (nodeId === 0) continue
      const used = nodes.usedOf(nodeId).mru
      const total = nodes.totalOf(nodeId).mru
      if (used > total) return `${nameOf(watched, index)} uses ${used} of ${total} bytes of memory`
    }
    return null
  },
}

/** Disks, machines, networks, addresses: nothing of a removed workload is left. */
export const nothingLeaks: GridInvariant = {
  name: 'a workload that was taken down holds nothing',
  check(watched) {
    const { world, record } = watched
    if (record.removed.size === 0) return null
    for (const index of touchedNodes(watched)) {
      for (const { what, id } of holdings(world.nodes.engine.resourcesOf(index))) {
        if (record.removed.has(`${index}/${id}`)) {
          return `${nameOf(watched, index)} still holds ${what} of the removed workload ${id}`
        }
      }
    }
    return null
  },
}

const units: readonly (keyof Capacity)[] = ['cru', 'mru', 'sru', 'hru', 'ipv4u']

/** Everything that workloads hold on a node, with the ids of the workloads. */
function* holdings(resources: NodeResources): Iterable<{ what: string; id: string }> {
  for (const { volumes } of resources.pools) {
    for (const { name, files } of volumes) {
      yield { what: 'a volume', id: name.replace(/^rootfs:/, '') }
      for (const file of files) yield { what: 'room on a disk', id: file.name }
    }
  }
  for (const { id } of resources.machines) yield { what: 'a machine', id }
  for (const { workloadId: id } of resources.networks) yield { what: 'a network', id }
  for (const id of resources.publicIps) yield { what: 'a public address', id }
  for (const id of resources.logStreams) yield { what: 'a log stream', id }
  for (const id of resources.fileSystems) yield { what: 'a file system', id }
  for (const { id } of resources.gateways) yield { what: 'a gateway', id }
}

function nameOf({ world }: Watched, index: number): string {
  return `node ${world.nodes.summaryOf(index).nodeId}`
}
