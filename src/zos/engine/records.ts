// What a node keeps of a deployment: its active workloads with their latest results, and the history of both.

import {
  type Deployment,
  isOkay,
  type Workload,
  type WorkloadResult,
} from '../deployment/deployment.ts'

/** A deployment as its node keeps it. Everything in it is frozen and replaced as a whole. */
export interface DeploymentRecord {
  /** Active workloads in the order in which they came; `expiration` is not kept. */
  readonly deployment: Deployment
  /** Every transaction, oldest first. */
  readonly history: readonly Workload[]
}

/** A workload that was stored and not processed yet. */
export function initialWorkload(workload: Workload, created: bigint): Workload {
  const result: WorkloadResult = { created, state: 'init', message: '', data: 'null' }
  return Object.freeze({ ...workload, result: Object.freeze(result) })
}

/** A new record; every workload waits. */
export function newRecord(deployment: Deployment, created: bigint): DeploymentRecord {
  const workloads = deployment.workloads.map(workload => initialWorkload(workload, created))
  const kept = Object.freeze({ ...deployment, expiration: 0n, workloads: Object.freeze(workloads) })
  return Object.freeze({ deployment: kept, history: kept.workloads })
}

/** The active workload of a name. */
export function activeWorkload(record: DeploymentRecord, name: string): Workload | undefined {
  return record.deployment.workloads.find(workload => workload.name === name)
}

/** Adds a transaction: it enters the history, and the list of active workloads as `active` says. */
export function withTransaction(
  record: DeploymentRecord,
  workload: Workload,
  active: 'replace' | 'keep' | 'remove',
): DeploymentRecord {
  const history = Object.freeze([...record.history, workload])
  if (active === 'keep') return Object.freeze({ ...record, history })
  const others = record.deployment.workloads
  const workloads =
    active === 'remove'
      ? others.filter(({ name }) => name !== workload.name)
      : others.some(({ name }) => name === workload.name)
        ? others.map(other => (other.name === workload.name ? workload : other))
        : [...others, workload]
  const deployment = Object.freeze({ ...record.deployment, workloads: Object.freeze(workloads) })
  return Object.freeze({ deployment, history })
}

/** Whether anything of a deployment is there. */
export function hasOkay(record: DeploymentRecord): boolean {
  return record.deployment.workloads.some(({ result }) => isOkay(result.state))
}
