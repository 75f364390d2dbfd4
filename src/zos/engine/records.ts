// What a node keeps of a deployment: its active workloads with their latest results, and the history of both.

import {
  type Deployment,
  isOkay,
  type Workload,
  type WorkloadResult,
} from '../deployment/deployment.ts'
import { sharesData } from '../workloads/workload-type.ts'

/** Transactions that are kept of one deployment; the oldest are forgotten. */
const historyLimit = 10_000

/** A deployment as its node keeps it. Nothing in it changes; it is replaced as a whole. */
export interface DeploymentRecord {
  /** Active workloads in the order in which they came; `expiration` is not kept. */
  readonly deployment: Deployment
  /** Every transaction, oldest first. */
  readonly history: readonly Workload[]
}

/** How a transaction changes the active workloads: it takes its name's place, leaves it, or ends it. */
export type TransactionMode = 'replace' | 'keep' | 'remove'

/** A workload with another result. */
export function withResult(workload: Workload, result: WorkloadResult): Workload {
  return sharesData(Object.freeze({ ...workload, result: Object.freeze(result) }), workload)
}

/** A workload that was stored and not processed yet. */
export function initialWorkload(workload: Workload, created: bigint): Workload {
  return withResult(workload, { created, state: 'init', message: '', data: '' })
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

/** Adds a transaction: it enters the history, and the list of active workloads as `mode` says. */
export function withTransaction(
  record: DeploymentRecord,
  workload: Workload,
  mode: TransactionMode,
): DeploymentRecord {
  const { length } = record.history
  // Not frozen: freezing looks at every element, and a large deployment makes a list for each transaction.
  const history = record.history.slice(length < historyLimit ? 0 : 1 - historyLimit)
  history.push(workload)
  if (mode === 'keep') return Object.freeze({ ...record, history })
  const workloads = changed(record.deployment.workloads, workload, mode)
  const deployment = Object.freeze({ ...record.deployment, workloads })
  return Object.freeze({ deployment, history })
}

function changed(
  workloads: readonly Workload[],
  workload: Workload,
  mode: 'replace' | 'remove',
): readonly Workload[] {
  const at = workloads.findIndex(({ name }) => name === workload.name)
  const list = workloads.slice()
  if (mode === 'remove') {
    if (at >= 0) list.splice(at, 1)
  } else if (at < 0) list.push(workload)
  else list[at] = workload
  return list
}

/** Has this version of a workload come to an end, good or bad? Then it is not done again. */
export function isFinished({ history }: DeploymentRecord, wanted: Workload): boolean {
  const last = history.findLast(({ name }) => name === wanted.name)
  if (last === undefined || last.result.state === 'init') return false
  return last.version === wanted.version
}

/** Whether anything of a deployment is there. */
export function hasOkay(record: DeploymentRecord): boolean {
  return record.deployment.workloads.some(({ result }) => isOkay(result.state))
}
