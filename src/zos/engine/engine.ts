// The provision engine of nodes: takes deployments, checks them, and brings them up and down one job at a time.

import { invariant } from '../../kernel/errors.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { deploymentHashText } from '../deployment/challenge.ts'
import {
  type Deployment,
  decodeDeployment,
  isOkay,
  type Workload,
  type WorkloadResult,
} from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import { signatureRefusal } from '../deployment/signatures.ts'
import { deploymentRefusal, senderRefusal } from '../deployment/validate.ts'
import {
  type HardwareProfile,
  installDuration,
  systemCapacity,
  totalCapacity,
} from '../hardware/profile.ts'
import type { Outcome } from '../outcome.ts'
import { accepted, refused } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import type { NodeFacts, NodeResources } from '../resources/node-resources.ts'
import { deploymentCapacity } from '../resources/queries.ts'
import { addCapacity, type Capacity, memoryRefusal } from '../workloads/capacity.ts'
import {
  installOrder,
  installSize,
  loadWorkload,
  type StepOutcome,
  type WorkloadTypes,
} from '../workloads/workload-type.ts'
import {
  activeWorkload,
  type DeploymentRecord,
  hasOkay,
  initialWorkload,
  newRecord,
  withTransaction,
} from './records.ts'
import { type Operation, planUpdate } from './update-plan.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node takes the next job from its queue, or goes on with the one it has. */
    'zos.engine': null
  }
}

declare module '../../kernel/trace.ts' {
  interface TraceEvents {
    'zos.deployment': {
      node: number
      twin: number
      contract: bigint
      what: string
      refusal: string
    }
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

/** A node as the engine sees it. */
export interface EngineNode {
  /** Position among the nodes of this process, from 1. */
  readonly index: number
  /** Id on the chain; 0 before it is registered. */
  readonly nodeId: number
  readonly profile: HardwareProfile
  readonly facts: NodeFacts
}

/** What a job does. */
export type JobKind = 'install' | 'boot' | 'update' | 'pause' | 'resume' | 'deprovision'

interface Job {
  readonly kind: JobKind
  /** Key of the deployment. */
  readonly key: string
  /** What was sent, for the hash; of installs and updates. */
  readonly source: Deployment | null
  /** Of an update. */
  readonly operations: readonly Operation[]
  /** Of a deprovision. */
  readonly reason: string
}

/** One workload of a job. */
interface Step {
  readonly kind: 'install' | 'update' | 'remove' | 'pause' | 'resume'
  readonly workload: Workload
}

interface Progress {
  readonly steps: readonly Step[]
  readonly at: number
  readonly isRented: boolean
  readonly publicIps: readonly { readonly ip: string; readonly gateway: string }[]
}

/** How long taking down, stopping and continuing a workload takes, in ms of virtual time. */
const quickStepMs = 10

/** Jobs that may wait on one node. */
const queueLimit = 100_000

/** What the engine needs of the world. */
export interface EngineOptions {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly types: WorkloadTypes
  /** The node of an index. */
  readonly nodeOf: (index: number) => EngineNode
  /** Null when the twin may deploy, else the text of the refusal. */
  readonly kyc: (twinId: number) => string | null
  /** Tells the chain what a deployment uses. */
  readonly report: (index: number, contracts: readonly { id: bigint; used: Capacity }[]) => void
}

/** The engines of all nodes of a world. */
export class Engine {
  readonly #options: EngineOptions
  readonly #records: StoreMap<string, DeploymentRecord>
  readonly #keysOf: StoreMap<number, readonly string[]>
  readonly #sharables: StoreMap<string, string>
  readonly #resources: StoreMap<number, NodeResources>
  readonly #queues: StoreMap<number, readonly Job[]>
  readonly #progress: StoreMap<number, Progress>
  /** Not zero while an event of the node's worker waits: its id. */
  readonly #events: StoreMap<number, number>
  readonly #orders = new Map<string, ReadonlyMap<string, number>>()

  constructor(options: EngineOptions) {
    const { kernel } = options
    this.#options = options
    this.#records = kernel.store.map('zos.deployments')
    this.#keysOf = kernel.store.map('zos.deploymentsOf')
    this.#sharables = kernel.store.map('zos.sharables')
    this.#resources = kernel.store.map('zos.resources')
    this.#queues = kernel.store.map('zos.jobs')
    this.#progress = kernel.store.map('zos.progress')
    this.#events = kernel.store.map('zos.engineEvents')
    kernel.handle('zos.engine', ({ target }) => this.#work(Number(target)))
  }

  /** Gives a node its disks. */
  setResources(index: number, resources: NodeResources): void {
    this.#resources.set(index, resources)
  }

  resourcesOf(index: number): NodeResources {
    const resources = this.#resources.get(index)
    invariant(resources, `node ${index} has resources`)
    return resources
  }

  /** Every deployment of a node, oldest first. */
  recordsOf(index: number): DeploymentRecord[] {
    return (this.#keysOf.get(index) ?? []).map(key => this.#record(key))
  }

  /** A deployment of a node. */
  record(index: number, twinId: number, contractId: bigint): DeploymentRecord | undefined {
    return this.#records.get(keyOf(index, twinId, contractId))
  }

  /** Whether the node's worker has something to do. */
  isBusy(index: number): boolean {
    return (this.#queues.get(index)?.length ?? 0) > 0
  }

  /** What the workloads of a node take. */
  workloadCapacityOf(index: number): Capacity {
    const { types } = this.#options
    return addCapacity(
      ...this.recordsOf(index).map(({ deployment }) => deploymentCapacity(deployment, types)),
    )
  }

  /**
   * `zos.deployment.deploy` and `update`: the synchronous checks in the node's order; accepted means queued.
   */
  accept(index: number, kind: 'deploy' | 'update', payload: string, sender: number): Outcome<null> {
    const decoded = decodeDeployment(payload)
    const outcome = decoded.ok ? this.#accept(index, kind, decoded.value, sender) : decoded
    this.#options.kernel.trace.add('zos.deployment', {
      node: this.#options.nodeOf(index).nodeId,
      twin: sender,
      contract: decoded.ok ? decoded.value.contract_id : 0n,
      what: kind,
      refusal: outcome.ok ? '' : outcome.error,
    })
    return outcome
  }

  #accept(
    index: number,
    kind: 'deploy' | 'update',
    deployment: Deployment,
    sender: number,
  ): Outcome<null> {
    const { types, chain, kyc } = this.#options
    const refusal =
      deploymentRefusal(deployment, types) ??
      senderRefusal(deployment, sender) ??
      kyc(sender) ??
      signatureRefusal(deployment, types, twinId => {
        const twin = chain.twin(twinId)
        return twin ? accepted(twin.account.slice(2)) : refused('twin not found: object not found')
      })
    if (refusal !== undefined && refusal !== null) return refused(refusal)
    return kind === 'deploy' ? this.#deploy(index, deployment) : this.#update(index, deployment)
  }

  #deploy(index: number, deployment: Deployment): Outcome<null> {
    const { twin_id: twin, contract_id: contract } = deployment
    if (deployment.version !== 0) {
      return refused('expected version to be 0 on deployment creation: invalid version')
    }
    const key = keyOf(index, twin, contract)
    if (this.#records.has(key)) return refused('exists')
    const conflict = this.#sharableConflict(index, deployment.workloads, deployment)
    if (conflict) return refused(conflict)
    const record = newRecord(deployment, this.#now())
    this.#records.set(key, record)
    this.#keysOf.set(index, [...(this.#keysOf.get(index) ?? []), key])
    for (const workload of deployment.workloads) this.#claimName(index, twin, workload, key)
    for (const workload of record.deployment.workloads)
      this.#trace(index, record.deployment, workload)
    this.#enqueue(index, { kind: 'install', key, source: deployment, operations: [], reason: '' })
    return accepted(null)
  }

  #update(index: number, next: Deployment): Outcome<null> {
    const key = keyOf(index, next.twin_id, next.contract_id)
    const record = this.#records.get(key)
    if (!record) {
      const hasTwin = this.recordsOf(index).some(
        ({ deployment }) => deployment.twin_id === next.twin_id,
      )
      const what = hasTwin ? 'deployment not found' : 'twin not found'
      return refused(`${what}: deployment does not exist`)
    }
    const plan = planUpdate(record.deployment, next, this.#options.types)
    if (!plan.ok) return plan
    const { version, signature_requirement, description, metadata } = next
    const deployment = {
      ...record.deployment,
      version,
      signature_requirement,
      description,
      metadata,
    }
    this.#records.set(key, Object.freeze({ ...record, deployment: Object.freeze(deployment) }))
    this.#enqueue(index, { kind: 'update', key, source: next, operations: plan.value, reason: '' })
    return accepted(null)
  }

  /** Takes a deployment down; one that is not there is left alone. */
  deprovision(index: number, twinId: number, contractId: bigint, reason: string): void {
    const key = keyOf(index, twinId, contractId)
    if (this.#records.has(key))
      this.#enqueue(index, { kind: 'deprovision', key, source: null, operations: [], reason })
  }

  /** Stops or continues what a deployment runs. */
  setPaused(index: number, twinId: number, contractId: bigint, isPaused: boolean): void {
    const key = keyOf(index, twinId, contractId)
    if (!this.#records.has(key)) return
    this.#enqueue(index, {
      kind: isPaused ? 'pause' : 'resume',
      key,
      source: null,
      operations: [],
      reason: '',
    })
  }

  /** The node loses power: its worker stops where it is. */
  stop(index: number): void {
    this.#disarm(index)
    this.#progress.delete(index)
  }

  /**
   * The node has booted: what has nothing okay is gone, the queue is empty, the rest is installed again in order
   * of twin and contract.
   */
  boot(index: number, resources: NodeResources): void {
    this.stop(index)
    this.#queues.delete(index)
    this.#resources.set(index, resources)
    const kept: { key: string; deployment: Deployment }[] = []
    for (const key of this.#keysOf.get(index) ?? []) {
      const record = this.#record(key)
      if (hasOkay(record)) kept.push({ key, deployment: record.deployment })
      else this.#forget(index, key)
    }
    kept.sort(
      ({ deployment: a }, { deployment: b }) =>
        a.twin_id - b.twin_id || (a.contract_id < b.contract_id ? -1 : 1),
    )
    for (const { key } of kept)
      this.#enqueue(index, { kind: 'boot', key, source: null, operations: [], reason: '' })
  }

  #enqueue(index: number, job: Job): void {
    const queue = this.#queues.get(index) ?? []
    invariant(queue.length < queueLimit, 'the queue of a node has room')
    this.#queues.set(index, [...queue, job])
    if (!this.#events.get(index)) this.#arm(index, 0)
  }

  #arm(index: number, afterMs: number): void {
    const event = this.#options.kernel.schedule({
      kind: 'zos.engine',
      target: index,
      payload: null,
      afterMs,
    })
    this.#events.set(index, event)
  }

  #disarm(index: number): void {
    const event = this.#events.get(index)
    if (!event) return
    this.#options.kernel.cancel(event)
    this.#events.delete(index)
  }

  /** Begins the first job of the queue, or ends the step that has just taken its time and begins the next. */
  #work(index: number): void {
    this.#events.delete(index)
    const job = this.#queues.get(index)?.[0]
    if (!job) return
    let progress = this.#progress.get(index)
    if (!progress) {
      const begun = this.#begin(index, job)
      if (!begun) {
        this.#end(index, job, false)
        return
      }
      progress = begun
    } else {
      const step = progress.steps[progress.at]
      if (step) this.#execute(index, job, step, progress)
      progress = { ...progress, at: progress.at + 1 }
    }
    this.#progress.set(index, progress)
    const next = progress.steps[progress.at]
    if (next) this.#arm(index, this.#durationOf(index, next))
    else this.#end(index, job, true)
  }

  /** Checks the contract and puts the steps in order; null when the contract does not fit. */
  #begin(index: number, job: Job): Progress | null {
    const record = this.#records.get(job.key)
    if (!record) return { steps: [], at: 0, isRented: false, publicIps: [] }
    const { deployment } = record
    if (job.kind !== 'install' && job.kind !== 'boot' && job.kind !== 'update') {
      return { steps: this.#stepsOf(index, job, deployment), at: 0, isRented: false, publicIps: [] }
    }
    const checked = this.#checkContract(index, job, deployment)
    if (!checked.ok) {
      const failed: WorkloadResult = {
        created: this.#now(),
        state: 'error',
        message: checked.error,
        data: 'null',
      }
      for (const { name } of deployment.workloads) this.#transact(index, job.key, name, failed)
      return null
    }
    return { steps: this.#stepsOf(index, job, deployment), at: 0, ...checked.value }
  }

  #checkContract(
    index: number,
    job: Job,
    deployment: Deployment,
  ): Outcome<Pick<Progress, 'isRented' | 'publicIps'>> {
    const { chain, nodeOf, types } = this.#options
    const { nodeId } = nodeOf(index)
    const contract = chain.contract(deployment.contract_id)
    if (!contract) {
      return refused('failed to get deployment contract: contract not found: object not found')
    }
    if (contract.type.type !== 'node')
      return refused('invalid contract type, expecting node contract')
    const isRented = chain.rentContractOf(nodeId) !== null
    if (job.source) {
      if (contract.type.nodeId !== nodeId) return refused('invalid node address in contract')
      const hash = deploymentHashText(job.source, types)
      if (!hash.ok) return hash
      if (hash.value !== contract.type.hash) {
        return refused('contract hash does not match deployment hash')
      }
    }
    return accepted({ isRented, publicIps: contract.type.publicIps })
  }

  /** The steps of a job: removals first, in reverse order of types; the rest in the order of types. */
  #stepsOf(index: number, job: Job, deployment: Deployment): Step[] {
    const order = this.#orderOf(index)
    const place = (step: Step): number => order.get(step.workload.type) ?? order.size
    const up = (steps: Step[]) => this.#inOrder(steps, place)
    const down = (steps: Step[]) => up(steps).reverse()
    const all = (kind: Step['kind']): Step[] =>
      deployment.workloads.map(workload => ({ kind, workload }))
    switch (job.kind) {
      case 'install':
      case 'boot':
        return up(all('install'))
      case 'resume':
        return up(all('resume'))
      case 'pause':
        return down(all('pause'))
      case 'deprovision':
        return down(all('remove'))
      case 'update': {
        const steps = job.operations.map(
          ({ kind, workload }): Step => ({
            kind: kind === 'add' ? 'install' : kind,
            workload,
          }),
        )
        const goes = steps.filter(({ kind }) => kind === 'remove')
        return [...down(goes), ...up(steps.filter(({ kind }) => kind !== 'remove'))]
      }
    }
  }

  #inOrder(steps: Step[], place: (step: Step) => number): Step[] {
    const size = ({ workload }: Step): bigint => installSize(workload, this.#options.types) ?? 0n
    return steps
      .map((step, at) => ({ step, at, place: place(step), size: size(step) }))
      .sort(
        (a, b) => a.place - b.place || (a.size === b.size ? a.at - b.at : a.size > b.size ? -1 : 1),
      )
      .map(({ step }) => step)
  }

  #orderOf(index: number): ReadonlyMap<string, number> {
    const { kind } = this.#options.nodeOf(index).facts
    let order = this.#orders.get(kind)
    if (!order) {
      order = new Map(installOrder(this.#options.types, kind).map((name, place) => [name, place]))
      this.#orders.set(kind, order)
    }
    return order
  }

  #durationOf(index: number, { kind, workload }: Step): number {
    if (kind !== 'install' && kind !== 'update') return quickStepMs
    const { profile } = this.#options.nodeOf(index)
    const { min, max } = installDuration(profile, workload.type)
    return this.#options.kernel.random.stream(`zos/${index}/provision`).int(min, max)
  }

  /** Does what a step has taken its time for. */
  #execute(index: number, job: Job, step: Step, progress: Progress): void {
    const record = this.#records.get(job.key)
    if (!record) return
    const { name } = step.workload
    const current = activeWorkload(record, name)
    if (step.kind === 'install') this.#install(index, job, step.workload, current, progress)
    else if (!current) return
    else if (step.kind === 'update') this.#change(index, job, step.workload, current, progress)
    else if (step.kind === 'remove') this.#remove(index, job, current)
    else this.#setState(index, job, current, step.kind)
  }

  #install(
    index: number,
    job: Job,
    wanted: Workload,
    current: Workload | undefined,
    progress: Progress,
  ): void {
    if (current && (current.result.state === 'deleted' || current.result.state === 'error')) return
    let workload = current
    if (!workload) {
      workload = initialWorkload(wanted, this.#now())
      this.#store(index, job.key, workload, 'replace')
      this.#claimName(index, this.#record(job.key).deployment.twin_id, workload, job.key)
    }
    const outcome = this.#tryInstall(index, job, workload, progress)
    if (outcome.kind === 'no-change') {
      this.#resources.set(index, outcome.resources)
      return
    }
    this.#finish(index, job.key, workload, outcome)
  }

  #tryInstall(index: number, job: Job, workload: Workload, progress: Progress): StepOutcome {
    const { types, nodeOf, kernel } = this.#options
    const resources = this.resourcesOf(index)
    const loaded = loadWorkload(workload, types)
    if (!loaded.ok) return { kind: 'error', resources, error: loaded.error, data: null }
    const { type, data } = loaded.value
    const memory = this.#memoryRefusal(index, workload, type.capacity(data).mru)
    if (memory !== undefined) return { kind: 'error', resources, error: memory, data: null }
    const { failureRate } = nodeOf(index).profile.provisioning
    if (failureRate > 0 && kernel.random.stream(`zos/${index}/failure`).chance(failureRate)) {
      return { kind: 'error', resources, error: 'provisioning failed', data: null }
    }
    if (!type.install) return { kind: 'ok', resources, data: null }
    return type.install({
      ...this.#context(index, job.key, workload, data),
      contract: { publicIps: progress.publicIps, isRented: progress.isRented },
    })
  }

  #change(index: number, job: Job, wanted: Workload, current: Workload, progress: Progress): void {
    const { types } = this.#options
    const resources = this.resourcesOf(index)
    const next = Object.freeze({ ...wanted, result: current.result })
    const loaded = loadWorkload(next, types)
    const before = loadWorkload(current, types)
    if (!loaded.ok || !before.ok) {
      const error = loaded.ok ? 'cannot load current configuration' : loaded.error
      this.#finish(index, job.key, next, { kind: 'error', resources, error, data: null })
      return
    }
    const { type, data } = loaded.value
    const outcome = type.update?.({
      ...this.#context(index, job.key, next, data),
      contract: { publicIps: progress.publicIps, isRented: progress.isRented },
      current: before.value.data,
    }) ?? { kind: 'no-change', resources }
    if (outcome.kind !== 'no-change') {
      this.#finish(index, job.key, next, outcome)
      return
    }
    this.#resources.set(index, outcome.resources)
    const result = Object.freeze({ ...current.result, created: this.#now() })
    this.#store(index, job.key, Object.freeze({ ...next, result }), 'replace')
  }

  #remove(index: number, job: Job, current: Workload): void {
    const { types } = this.#options
    const loaded = loadWorkload(current, types)
    const resources = this.resourcesOf(index)
    const outcome: StepOutcome =
      loaded.ok && loaded.value.type.remove
        ? loaded.value.type.remove(this.#context(index, job.key, current, loaded.value.data))
        : { kind: 'ok', resources, data: null }
    this.#resources.set(index, outcome.resources)
    const hasFailed = outcome.kind === 'error' || outcome.kind === 'unchanged'
    const result: WorkloadResult = Object.freeze({
      created: this.#now(),
      state: hasFailed ? 'error' : 'deleted',
      message: hasFailed
        ? outcome.error
        : job.kind === 'update'
          ? 'deleted by an update'
          : job.reason,
      data: 'null',
    })
    const gone = Object.freeze({ ...current, result })
    this.#store(index, job.key, gone, hasFailed ? 'replace' : 'remove')
    if (!hasFailed) this.#freeName(index, this.#record(job.key).deployment.twin_id, current)
  }

  #setState(index: number, job: Job, current: Workload, kind: 'pause' | 'resume'): void {
    const from = kind === 'pause' ? 'ok' : 'paused'
    if (current.result.state !== from) return
    const { types } = this.#options
    const loaded = loadWorkload(current, types)
    if (!loaded.ok) return
    const step = loaded.value.type[kind]
    const outcome = step?.(this.#context(index, job.key, current, loaded.value.data))
    if (outcome) this.#resources.set(index, outcome.resources)
    if (outcome?.kind === 'no-change') return
    const failed = outcome?.kind === 'error' || outcome?.kind === 'unchanged' ? outcome.error : null
    const result: WorkloadResult = Object.freeze({
      created: this.#now(),
      state: failed !== null ? 'error' : kind === 'pause' ? 'paused' : 'ok',
      message: failed ?? (kind === 'pause' ? 'paused' : ''),
      data: current.result.data,
    })
    this.#store(index, job.key, Object.freeze({ ...current, result }), 'replace')
  }

  #context(index: number, key: string, workload: Workload, data: unknown) {
    const { deployment } = this.#record(key)
    return {
      node: this.#options.nodeOf(index).facts,
      resources: this.resourcesOf(index),
      id: workloadId(deployment, workload.name),
      workload,
      data,
      deployment,
    }
  }

  #memoryRefusal(index: number, workload: Workload, requiredMru: bigint): string | undefined {
    if (requiredMru === 0n) return undefined
    const total = totalCapacity(this.#options.nodeOf(index).profile)
    const { mru: reserved } = systemCapacity(total, 0n)
    // The workload itself counts only once it is okay, as on a boot: then it is left out.
    const own = isOkay(workload.result.state) ? requiredMru : 0n
    const usedMru = this.workloadCapacityOf(index).mru - own + reserved
    return memoryRefusal({ requiredMru, totalMru: total.mru, usedMru })
  }

  /** The transaction of an outcome. */
  #finish(
    index: number,
    key: string,
    workload: Workload,
    outcome: Exclude<StepOutcome, { kind: 'no-change' }>,
  ): void {
    this.#resources.set(index, outcome.resources)
    const result: WorkloadResult = Object.freeze({
      created: this.#now(),
      state: outcome.kind,
      message: outcome.kind === 'ok' ? '' : outcome.error,
      data: JSON.stringify(outcome.data),
    })
    const done = Object.freeze({ ...workload, result })
    this.#store(index, key, done, outcome.kind === 'unchanged' ? 'keep' : 'replace')
  }

  #transact(index: number, key: string, name: string, result: WorkloadResult): void {
    const current = activeWorkload(this.#record(key), name)
    if (current)
      this.#store(
        index,
        key,
        Object.freeze({ ...current, result: Object.freeze(result) }),
        'replace',
      )
  }

  #store(
    index: number,
    key: string,
    workload: Workload,
    active: 'replace' | 'keep' | 'remove',
  ): void {
    const record = withTransaction(this.#record(key), workload, active)
    this.#records.set(key, record)
    this.#trace(index, record.deployment, workload)
  }

  #trace(
    index: number,
    { twin_id, contract_id }: Deployment,
    { name, type, result }: Workload,
  ): void {
    this.#options.kernel.trace.add('zos.workload', {
      node: this.#options.nodeOf(index).nodeId,
      twin: twin_id,
      contract: contract_id,
      name,
      type,
      state: result.state,
      message: result.message,
    })
  }

  /** A job is over: the next one begins, and the chain hears what the deployment uses. */
  #end(index: number, job: Job, isReported: boolean): void {
    this.#progress.delete(index)
    const [, ...rest] = this.#queues.get(index) ?? []
    if (rest.length > 0) this.#queues.set(index, rest)
    else this.#queues.delete(index)
    if (job.kind === 'deprovision') this.#forget(index, job.key)
    else if (isReported) {
      const record = this.#records.get(job.key)
      if (record) this.#options.report(index, [this.usageOf(record)])
    }
    if (rest.length > 0) this.#arm(index, 0)
  }

  /** What a deployment uses, as it is reported to the chain. */
  usageOf({ deployment }: DeploymentRecord): { id: bigint; used: Capacity } {
    return { id: deployment.contract_id, used: deploymentCapacity(deployment, this.#options.types) }
  }

  #forget(index: number, key: string): void {
    const record = this.#records.get(key)
    if (!record) return
    for (const workload of record.deployment.workloads) {
      this.#freeName(index, record.deployment.twin_id, workload)
    }
    this.#records.delete(key)
    const keys = (this.#keysOf.get(index) ?? []).filter(other => other !== key)
    if (keys.length > 0) this.#keysOf.set(index, keys)
    else this.#keysOf.delete(index)
  }

  #sharableConflict(
    index: number,
    workloads: readonly Workload[],
    deployment: Deployment,
  ): string | undefined {
    for (const { name, type } of workloads) {
      if (!this.#options.types.get(type)?.isSharable) continue
      if (this.#sharables.has(nameKey(index, deployment.twin_id, name))) {
        return `global workload with the same name '${name}' exists: conflict`
      }
    }
    return undefined
  }

  #claimName(index: number, twinId: number, { name, type }: Workload, key: string): void {
    if (!this.#options.types.get(type)?.isSharable) return
    this.#sharables.set(nameKey(index, twinId, name), key)
  }

  #freeName(index: number, twinId: number, { name, type }: Workload): void {
    if (this.#options.types.get(type)?.isSharable)
      this.#sharables.delete(nameKey(index, twinId, name))
  }

  #record(key: string): DeploymentRecord {
    const record = this.#records.get(key)
    invariant(record, `the deployment ${key} is kept`)
    return record
  }

  /** Virtual time in unix seconds. */
  #now(): bigint {
    return BigInt(Math.floor(this.#options.kernel.now() / 1000))
  }
}

function keyOf(index: number, twinId: number, contractId: bigint): string {
  return `${index}/${twinId}/${contractId}`
}

function nameKey(index: number, twinId: number, name: string): string {
  return `${index}/${twinId}/${name}`
}
