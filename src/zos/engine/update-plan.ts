// What an update asks for: which workloads go, which come, which change; and what makes it invalid.

import type { Deployment, Workload } from '../deployment/deployment.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { WorkloadTypes } from '../workloads/workload-type.ts'

/** One operation of an update. */
export interface Operation {
  readonly kind: 'remove' | 'add' | 'update'
  /** The new configuration; for a removal the one that goes. */
  readonly workload: Workload
}

const invalid = (cause: string): Outcome<never> => refused(`${cause}: upgrade validation error`)

/**
 * The operations that lead from a stored deployment to a new version of it, or why the node refuses them
 * (threefoldtech/zosbase: pkg/gridtypes/deployment.go, Upgrade; pkg/provision/engine.go).
 */
export function planUpdate(
  stored: Deployment,
  next: Deployment,
  types: WorkloadTypes,
): Outcome<readonly Operation[]> {
  if (next.twin_id !== stored.twin_id || next.contract_id !== stored.contract_id) {
    return invalid('cannot change deployment or twin id')
  }
  if (next.version !== stored.version + 1) {
    return invalid(`expecting deployment version ${stored.version + 1}, got ${next.version}`)
  }
  const before = new Map(stored.workloads.map(workload => [workload.name, workload]))
  const operations: Operation[] = []
  for (const workload of next.workloads) {
    const { name, version, type } = workload
    const current = before.get(name)
    before.delete(name)
    if (!current) {
      if (version !== next.version) {
        return invalid(`invalid version number for workload '${name}' expected '${next.version}'`)
      }
      operations.push({ kind: 'add', workload })
      continue
    }
    if (current.type !== type) return invalid(`cannot change workload type '${name}'`)
    if (version === next.version) operations.push({ kind: 'update', workload })
  }
  for (const workload of before.values()) operations.push({ kind: 'remove', workload })
  for (const { kind, workload } of operations) {
    if (kind === 'update' && !types.get(workload.type)?.isUpdatable) {
      return invalid(`workload '${workload.type}' does not support upgrade`)
    }
  }
  return accepted(operations)
}
