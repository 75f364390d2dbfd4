// What nodes have stored: every deployment with its history, the names that twins share, and the capacity in use.

import { invariant } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { type Deployment, isOkay, type Workload } from '../deployment/deployment.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import { deploymentCapacity } from '../resources/queries.ts'
import { addCapacity, type Capacity, noCapacity } from '../workloads/capacity.ts'
import { type WorkloadTypes, workloadCapacity } from '../workloads/workload-type.ts'
import {
  activeWorkload,
  type DeploymentRecord,
  newRecord,
  type TransactionMode,
  withTransaction,
} from './records.ts'

declare module '../../kernel/trace.ts' {
  interface TraceEvents {
    /** A workload has come to a new state. */
    'zos.workload': {
      node: number
      twin: number
      contract: bigint
      name: string
      type: string
      state: string
      message: string
    }
  }
}

/** Which deployment of which node. `node` is the position of the node in this process. */
export interface Place {
  readonly node: number
  readonly twinId: number
  readonly contractId: bigint
}

/** The stored deployments of all nodes. */
export class DeploymentBook {
  readonly #kernel: Kernel
  readonly #types: WorkloadTypes
  readonly #nodeIdOf: (node: number) => number
  readonly #records: StoreMap<string, DeploymentRecord>
  /** Where a node's deployments are, in order of twin and contract. */
  readonly #places: StoreMap<number, readonly Place[]>
  /** Contracts by the sharable name that they brought. */
  readonly #shared: StoreMap<string, bigint>
  readonly #used: StoreMap<number, Capacity>

  constructor(options: {
    kernel: Kernel
    types: WorkloadTypes
    /** The id on the chain, for the trace. */
    nodeIdOf: (node: number) => number
  }) {
    const { store } = options.kernel
    this.#kernel = options.kernel
    this.#types = options.types
    this.#nodeIdOf = options.nodeIdOf
    this.#records = store.map('zos.deployments')
    this.#places = store.map('zos.deployments.places')
    this.#shared = store.map('zos.deployments.shared')
    this.#used = store.map('zos.deployments.used')
  }

  /** The deployment at a place, if there is one. */
  find(place: Place): DeploymentRecord | undefined {
    return this.#records.get(keyOf(place))
  }

  /** The deployment at a place that must hold one. */
  get(place: Place): DeploymentRecord {
    const record = this.find(place)
    invariant(record, `the deployment ${keyOf(place)} is stored`)
    return record
  }

  /** Where the deployments of a node are, in order of twin and contract. */
  placesOf(node: number): readonly Place[] {
    return this.#places.get(node) ?? []
  }

  /** The deployments of a node, in order of twin and contract; of one twin when it is named. */
  listOf(node: number, twinId?: number): DeploymentRecord[] {
    const places = this.placesOf(node)
    const asked = twinId === undefined ? places : places.filter(place => place.twinId === twinId)
    return asked.map(place => this.get(place))
  }

  /** What the ok and paused workloads of a node take. */
  usedOf(node: number): Capacity {
    return this.#used.get(node) ?? noCapacity
  }

  /** Stores a new deployment with every workload waiting, or says why it cannot be there. */
  create(node: number, deployment: Deployment): Outcome<Place> {
    const { twin_id: twinId, contract_id: contractId } = deployment
    const place: Place = Object.freeze({ node, twinId, contractId })
    if (this.find(place)) return refused('exists')
    for (const workload of deployment.workloads) {
      const conflict = this.#conflictOf(place, workload)
      if (conflict !== undefined) return refused(conflict)
    }
    const record = newRecord(deployment, this.now())
    this.#records.set(keyOf(place), record)
    this.#places.set(node, withPlace(this.placesOf(node), place))
    for (const workload of record.deployment.workloads) {
      this.#share(place, workload)
      this.#trace(place, workload)
    }
    return accepted(place)
  }

  /** Puts a deployment back as it was stored, with its history. */
  restore(node: number, record: DeploymentRecord): void {
    const { twin_id: twinId, contract_id: contractId, workloads } = record.deployment
    const place: Place = Object.freeze({ node, twinId, contractId })
    invariant(!this.find(place), `the deployment ${keyOf(place)} is not stored yet`)
    this.#records.set(keyOf(place), record)
    this.#places.set(node, withPlace(this.placesOf(node), place))
    for (const workload of workloads) {
      this.#share(place, workload)
      this.#account(node, undefined, workload)
    }
  }

  /** Changes what a deployment says of itself; its workloads stay. */
  describe(
    place: Place,
    head: Pick<Deployment, 'version' | 'metadata' | 'description' | 'signature_requirement'>,
  ): void {
    const record = this.get(place)
    const { version, metadata, description, signature_requirement } = head
    const deployment = Object.freeze({
      ...record.deployment,
      version,
      metadata,
      description,
      signature_requirement,
    })
    this.#records.set(keyOf(place), Object.freeze({ ...record, deployment }))
  }

  /** Adds a workload that waits; its name must not be shared by another deployment of the twin. */
  add(place: Place, workload: Workload): Outcome<Workload> {
    const conflict = this.#conflictOf(place, workload)
    if (conflict !== undefined) return refused(conflict)
    this.#share(place, workload)
    this.transact(place, workload)
    return accepted(workload)
  }

  /** Writes a transaction. */
  transact(place: Place, workload: Workload, mode: TransactionMode = 'replace'): void {
    const record = this.get(place)
    if (mode !== 'keep') {
      this.#account(place.node, activeWorkload(record, workload.name), workload)
      if (mode === 'remove') this.#unshare(place, workload)
    }
    this.#records.set(keyOf(place), withTransaction(record, workload, mode))
    this.#trace(place, workload)
  }

  /** Forgets a deployment with its history, whatever of it is left. */
  erase(place: Place): void {
    const record = this.get(place)
    for (const workload of record.deployment.workloads) {
      this.#unshare(place, workload)
      this.#account(place.node, workload, undefined)
    }
    this.#records.delete(keyOf(place))
    const left = this.placesOf(place.node).filter(other => compare(other, place) !== 0)
    if (left.length > 0) this.#places.set(place.node, Object.freeze(left))
    else this.#places.delete(place.node)
  }

  /** What a deployment takes, as the chain is told. */
  usageOf({ deployment }: DeploymentRecord): Capacity {
    return deploymentCapacity(deployment, this.#types)
  }

  /** Virtual time in unix seconds: the creation time of what is stored now. */
  now(): bigint {
    return BigInt(Math.floor(this.#kernel.now() / 1000))
  }

  #account(node: number, before: Workload | undefined, after: Workload | undefined): void {
    const lost = this.#takenBy(before)
    const won = this.#takenBy(after)
    if (lost === won) return
    const used = addCapacity(this.usedOf(node), won, negative(lost))
    if (isNothing(used)) this.#used.delete(node)
    else this.#used.set(node, Object.freeze(used))
  }

  #takenBy(workload: Workload | undefined): Capacity {
    if (workload === undefined || !isOkay(workload.result.state)) return noCapacity
    const taken = workloadCapacity(workload, this.#types)
    return taken.ok ? taken.value : noCapacity
  }

  #isSharable({ type }: Workload): boolean {
    return this.#types.get(type)?.isSharable ?? false
  }

  #conflictOf(place: Place, workload: Workload): string | undefined {
    if (!this.#isSharable(workload)) return undefined
    const holder = this.#shared.get(sharedKeyOf(place, workload.name))
    if (holder === undefined || holder === place.contractId) return undefined
    return `global workload with the same name '${workload.name}' exists: conflict`
  }

  #share(place: Place, workload: Workload): void {
    if (!this.#isSharable(workload)) return
    this.#shared.set(sharedKeyOf(place, workload.name), place.contractId)
  }

  #unshare(place: Place, workload: Workload): void {
    const key = sharedKeyOf(place, workload.name)
    if (this.#isSharable(workload) && this.#shared.get(key) === place.contractId) {
      this.#shared.delete(key)
    }
  }

  #trace({ node, twinId, contractId }: Place, { name, type, result }: Workload): void {
    this.#kernel.trace.add('zos.workload', {
      node: this.#nodeIdOf(node),
      twin: twinId,
      contract: contractId,
      name,
      type,
      state: result.state,
      message: result.message,
    })
  }
}

function keyOf({ node, twinId, contractId }: Place): string {
  return `${node}/${twinId}/${contractId}`
}

function sharedKeyOf({ node, twinId }: Place, name: string): string {
  return `${node}/${twinId}/${name}`
}

/** In order of twin and contract, as a booting node installs them. */
function compare(a: Place, b: Place): number {
  if (a.twinId !== b.twinId) return a.twinId - b.twinId
  if (a.contractId === b.contractId) return 0
  return a.contractId < b.contractId ? -1 : 1
}

function withPlace(places: readonly Place[], place: Place): readonly Place[] {
  const after = places.findLastIndex(other => compare(other, place) < 0)
  return Object.freeze(places.toSpliced(after + 1, 0, place))
}

function negative({ cru, mru, sru, hru, ipv4u }: Capacity): Capacity {
  return { cru: -cru, mru: -mru, sru: -sru, hru: -hru, ipv4u: -ipv4u }
}

function isNothing({ cru, mru, sru, hru, ipv4u }: Capacity): boolean {
  return (cru | mru | sru | hru | ipv4u) === 0n
}
