// The provision engine of nodes: takes deployments, checks them, and brings them up and down one job at a time.

import { invariant } from '../../kernel/errors.ts'
import type { EventId, Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { type Deployment, decodeDeployment } from '../deployment/deployment.ts'
import { installDuration } from '../hardware/profile.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import { lostNames } from '../resources/gateways.ts'
import type { NodeResources } from '../resources/node-resources.ts'
import { stuckRetryMs, type Trouble } from '../trouble.ts'
import type { Capacity } from '../workloads/capacity.ts'
import type { ContractFacts, WorkloadTypes } from '../workloads/workload-type.ts'
import { Acceptance, type KycCheck } from './acceptance.ts'
import { checkContract } from './contract-check.ts'
import { DeploymentBook, type Place } from './deployment-book.ts'
import type { InstallFailure } from './install-failure.ts'
import { type Job, JobQueue } from './job-queue.ts'
import { MachineMonitor, placeOfId } from './machine-monitor.ts'
import { type EngineNode, Provisioner } from './provisioner.ts'
import { type DeploymentRecord, hasOkay } from './records.ts'
import { type Step, stepsOf, typePlaces } from './steps.ts'
import { planUpdate } from './update-plan.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node's worker takes the next job from its queue, or goes on with the one it has. */
    'zos.engine': null
    /** A node makes sure that the names of its gateways are still reserved. */
    'zos.gateways': null
  }
}

declare module '../../kernel/trace.ts' {
  interface TraceEvents {
    /** A deployment was sent; `refusal` is empty when it was accepted. */
    'zos.deployment': {
      node: number
      twin: number
      contract: bigint
      what: 'deploy' | 'update'
      refusal: string
    }
    /** A job of a node's worker began or ended. */
    'zos.job': { node: number; twin: number; contract: bigint; job: string; what: string }
  }
}

/** Where a worker is with the first job of its queue. */
interface Progress {
  readonly steps: readonly Step[]
  readonly at: number
  readonly contract: ContractFacts
}

interface Worker {
  readonly progress: Progress | null
  /** The event for which it waits. */
  readonly event: EventId
}

/** How long taking down, stopping and continuing a workload takes, in ms of virtual time. */
const quickStepMs = 10

/** How often the names of gateways are looked up, in ms (threefoldtech/zosbase: pkg/gateway/gateway.go). */
const gatewaysEveryMs = 60 * 60_000

const noContract: ContractFacts = Object.freeze({ publicIps: [], isRented: false })

/** What a deployment uses, as its node reports it to the chain. */
export interface Usage {
  readonly twinId: number
  readonly contractId: bigint
  readonly used: Capacity
}

/** What a node has on its disks: plain data, from which it goes on. */
export interface KeptNode {
  readonly records: readonly DeploymentRecord[]
  readonly jobs: readonly Job[]
  readonly resources: NodeResources
}

/** What the engine needs of the world. */
export interface EngineOptions {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly types: WorkloadTypes
  /** The node of a position. */
  readonly nodeOf: (node: number) => EngineNode
  /** What a node has before anything was deployed on it. */
  readonly freshResources: (node: number) => NodeResources
  readonly kyc: KycCheck
  /** Number of the present start of a node's engine: the order of some types is drawn anew for each. */
  readonly startsOf: (node: number) => number
  /** Tells the chain what deployments use. */
  readonly report: (node: number, usages: readonly Usage[]) => void
  /** A job of a node has ended. */
  readonly onJobEnded: (node: number) => void
  /** What goes wrong now. */
  readonly trouble: () => Trouble
  /** Failures that a user listed. */
  readonly failures: readonly InstallFailure[]
}

/** The engines of all nodes of a world. */
export class Engine {
  readonly book: DeploymentBook
  readonly monitor: MachineMonitor
  readonly #options: EngineOptions
  readonly #acceptance: Acceptance
  readonly #queue: JobQueue
  readonly #provisioner: Provisioner
  readonly #workers: StoreMap<number, Worker>
  readonly #gatewayChecks: StoreMap<number, EventId>

  constructor(options: EngineOptions) {
    const { kernel, chain, types, kyc, nodeOf } = options
    this.#options = options
    this.book = new DeploymentBook({ kernel, types, nodeIdOf: node => nodeOf(node).nodeId })
    this.#acceptance = new Acceptance({ kernel, chain, types, kyc })
    this.#queue = new JobQueue(kernel.store)
    this.#provisioner = new Provisioner({
      ...options,
      book: this.book,
      onOrphan: node => this.monitor.arm(node),
    })
    this.monitor = new MachineMonitor({ kernel, book: this.book, provisioner: this.#provisioner })
    this.#workers = kernel.store.map('zos.workers')
    this.#gatewayChecks = kernel.store.map('zos.gatewayChecks')
    kernel.handle('zos.engine', ({ target }) => this.#work(Number(target)))
    kernel.handle('zos.gateways', ({ target }) => this.#checkGateways(Number(target)))
  }

  /** What workloads hold on a node. */
  resourcesOf(node: number): NodeResources {
    return this.#provisioner.resourcesOf(node)
  }

  /** How many jobs of a node wait, the one in progress included. */
  waitingJobsOf(node: number): number {
    return this.#queue.lengthOf(node)
  }

  /**
   * `zos.deployment.deploy` and `update`: the synchronous checks in the node's order; accepted means queued.
   */
  accept(
    node: number,
    what: 'deploy' | 'update',
    request: { readonly payload: string; readonly sender: number },
  ): Outcome<null> {
    const { payload, sender } = request
    const decoded = decodeDeployment(payload)
    const outcome = decoded.ok ? this.#accept(node, what, decoded.value, sender) : decoded
    this.#options.kernel.trace.add('zos.deployment', {
      node: this.#options.nodeOf(node).nodeId,
      twin: sender,
      contract: decoded.ok ? decoded.value.contract_id : 0n,
      what,
      refusal: outcome.ok ? '' : outcome.error,
    })
    return outcome
  }

  #accept(
    node: number,
    what: 'deploy' | 'update',
    deployment: Deployment,
    sender: number,
  ): Outcome<null> {
    const { nodeId } = this.#options.nodeOf(node)
    const refusal = this.#acceptance.refusalOf(deployment, sender, { node, nodeId })
    if (refusal !== undefined) return refused(refusal)
    return what === 'deploy' ? this.#deploy(node, deployment) : this.#update(node, deployment)
  }

  #deploy(node: number, source: Deployment): Outcome<null> {
    if (source.version !== 0) {
      return refused('expected version to be 0 on deployment creation: invalid version')
    }
    const created = this.book.create(node, source)
    if (!created.ok) return created
    this.#enqueue({ kind: 'install', place: created.value, source })
    return accepted(null)
  }

  #update(node: number, source: Deployment): Outcome<null> {
    const { twin_id: twinId, contract_id: contractId } = source
    const record = this.book.find({ node, twinId, contractId })
    if (record === undefined) {
      const hasOthers = this.book.placesOf(node).some(place => place.twinId === twinId)
      const missing = hasOthers ? 'deployment not found' : 'twin not found'
      return refused(`${missing}: deployment does not exist`)
    }
    const plan = planUpdate(record.deployment, source, this.#options.types)
    if (!plan.ok) return plan
    const place = Object.freeze({ node, twinId, contractId })
    this.book.describe(place, source)
    this.#enqueue({ kind: 'update', place, source, operations: plan.value })
    return accepted(null)
  }

  /** Takes a deployment down; one that is not there is left alone. */
  deprovision(place: Place, reason: string): void {
    if (this.book.find(place)) this.#enqueue({ kind: 'deprovision', place, reason })
  }

  /** Stops or continues what a deployment runs; one that is not there is left alone. */
  setPaused(place: Place, isPaused: boolean): void {
    if (this.book.find(place)) this.#enqueue({ kind: isPaused ? 'pause' : 'resume', place })
  }

  /** Ends one workload on the node's own account. */
  decommission(node: number, workloadId: string, reason: string): void {
    const { place, name } = placeOfId(node, workloadId)
    if (!this.book.find(place)) return
    this.#provisioner.remove(place, name, `workload decommissioned by system, reason: ${reason}`)
  }

  /** The node loses power: its worker stops where it is. The queue stays on the disk until the next boot. */
  stop(node: number): void {
    const { kernel } = this.#options
    const worker = this.#workers.get(node)
    if (worker !== undefined) kernel.cancel(worker.event)
    this.#workers.delete(node)
    const check = this.#gatewayChecks.get(node)
    if (check !== undefined) kernel.cancel(check)
    this.#gatewayChecks.delete(node)
    this.monitor.stop(node)
  }

  /**
   * The node has booted: the queue is empty, deployments that hold nothing are gone, the others are installed again
   * in order of twin and contract.
   */
  boot(node: number, resources: NodeResources): void {
    this.stop(node)
    this.#acceptance.forget(node)
    this.#queue.clear(node)
    this.#provisioner.setResources(node, resources)
    this.#purge(node)
    for (const place of this.book.placesOf(node)) this.#enqueue({ kind: 'boot', place })
  }

  /**
   * The provisioning daemon restarts while the node stays up: deployments that hold nothing are gone, the job in
   * progress begins anew, and the chain hears of all that is active.
   */
  restart(node: number): void {
    const { kernel } = this.#options
    const worker = this.#workers.get(node)
    if (worker !== undefined) kernel.cancel(worker.event)
    this.#workers.delete(node)
    this.#acceptance.forget(node)
    this.#purge(node)
    const usages = this.book.placesOf(node).map(place => this.#usageOf(place))
    if (usages.length > 0) this.#options.report(node, usages)
    if (this.#queue.lengthOf(node) > 0) this.#wait(node, null, 0)
  }

  /** What a node would find on its disks now. */
  kept(node: number): KeptNode {
    const { book } = this
    const jobs = this.#queue.listOf(node)
    return { records: book.listOf(node), jobs, resources: this.resourcesOf(node) }
  }

  /** A new node goes on from what another process has kept of it; the job that was in progress begins anew. */
  restore(node: number, { records, jobs, resources }: KeptNode): void {
    this.#provisioner.setResources(node, resources)
    for (const record of records) this.book.restore(node, record)
    for (const job of jobs) this.#enqueue(job)
    this.#armGatewayCheck(node)
  }

  /** A disk is gone with all that was on it; what runs there notices at the next boot. */
  loseDisk(node: number, disk: number): void {
    const resources = this.resourcesOf(node)
    const pools = resources.pools.filter((_, at) => at !== disk)
    this.#provisioner.setResources(node, { ...resources, pools: Object.freeze(pools) })
  }

  /** Every deployment is forgotten, with what waits for the worker; the disks are as new. */
  loseStore(node: number): void {
    this.stop(node)
    this.#queue.clear(node)
    for (const place of this.book.placesOf(node)) this.book.erase(place)
    this.#provisioner.setResources(node, this.#options.freshResources(node))
  }

  /** What a deployment uses now; nothing when the node does not have it. */
  usageAt(place: Place): Usage | null {
    return this.book.find(place) ? this.#usageOf(place) : null
  }

  #usageOf(place: Place): Usage {
    const { twinId, contractId } = place
    return { twinId, contractId, used: this.book.usageOf(this.book.get(place)) }
  }

  #purge(node: number): void {
    for (const place of this.book.placesOf(node)) {
      if (!hasOkay(this.book.get(place))) this.book.erase(place)
    }
  }

  #enqueue(job: Job): void {
    const { node } = job.place
    this.#queue.push(node, job)
    if (!this.#workers.has(node)) this.#wait(node, null, 0)
  }

  #wait(node: number, progress: Progress | null, afterMs: number): void {
    const event = this.#options.kernel.schedule({
      kind: 'zos.engine',
      target: node,
      payload: null,
      afterMs,
    })
    this.#workers.set(node, Object.freeze({ progress, event }))
  }

  /** Begins the first job of the queue, or ends the step that has taken its time. */
  #work(node: number): void {
    const worker = this.#workers.get(node)
    const job = this.#queue.peek(node)
    invariant(worker && job, 'a worker that goes on has a job')
    if (worker.progress === null) this.#begin(node, job)
    else this.#goOn(node, job, worker.progress)
  }

  #begin(node: number, job: Job): void {
    const record = this.book.find(job.place)
    // What was purged or taken down meanwhile needs no work.
    if (record === undefined) {
      this.#end(node, job, { isReported: false })
      return
    }
    this.#trace(job, 'begins')
    const contract = this.#contractOf(job)
    if (!contract.ok) {
      this.#provisioner.fail(job.place, contract.error)
      this.#end(node, job, { isReported: false })
      return
    }
    const { types, nodeOf, startsOf } = this.#options
    const { kind } = nodeOf(node).facts
    const places = typePlaces(types, kind, node + startsOf(node))
    const steps = stepsOf(job, record.deployment, types, places)
    this.#next(node, job, { steps, at: 0, contract: contract.value })
  }

  #contractOf(job: Job): Outcome<ContractFacts> {
    if (job.kind !== 'install' && job.kind !== 'boot' && job.kind !== 'update') {
      return accepted(noContract)
    }
    const { chain, types, nodeOf } = this.#options
    return checkContract({
      chain,
      types,
      nodeId: nodeOf(job.place.node).nodeId,
      contractId: job.place.contractId,
      source: job.kind === 'boot' ? null : job.source,
    })
  }

  #goOn(node: number, job: Job, progress: Progress): void {
    const step = progress.steps[progress.at]
    invariant(step, 'a worker waits for a step')
    const trouble = this.#options.trouble()
    if (trouble.isActive) {
      const { nodeId } = this.#options.nodeOf(node)
      if (trouble.isStuck(nodeId, step.workload.type)) {
        this.#wait(node, progress, stuckRetryMs)
        return
      }
    }
    if (this.book.find(job.place)) this.#execute(job, step, progress.contract)
    this.#next(node, job, { ...progress, at: progress.at + 1 })
  }

  #next(node: number, job: Job, progress: Progress): void {
    const step = progress.steps[progress.at]
    if (step === undefined) this.#end(node, job, { isReported: job.kind !== 'deprovision' })
    else this.#wait(node, Object.freeze(progress), this.#durationOf(node, step))
  }

  #durationOf(node: number, { kind, workload }: Step): number {
    if (kind !== 'install' && kind !== 'update') return quickStepMs
    const { kernel, nodeOf, trouble } = this.#options
    const { min, max } = installDuration(nodeOf(node).profile, workload.type)
    const ms = kernel.random.stream(`zos/${node}/provision`).int(min, max)
    const now = trouble()
    return now.isActive ? Math.round(ms * now.slowness(nodeOf(node).nodeId)) : ms
  }

  #execute(job: Job, { kind, workload }: Step, contract: ContractFacts): void {
    const { place } = job
    switch (kind) {
      case 'install':
        this.#provisioner.install(place, workload, { contract, isBoot: job.kind === 'boot' })
        this.#armGatewayCheck(place.node)
        break
      case 'update':
        this.#provisioner.update(place, workload, contract)
        break
      case 'remove': {
        const reason = job.kind === 'deprovision' ? job.reason : 'deleted by an update'
        this.#provisioner.remove(place, workload.name, reason)
        break
      }
      case 'pause':
      case 'resume':
        this.#provisioner.setPaused(place, workload.name, kind === 'pause')
        break
    }
  }

  /** A job is over: the next one begins, and the chain hears what the deployment uses. */
  #end(node: number, job: Job, { isReported }: { readonly isReported: boolean }): void {
    this.#workers.delete(node)
    this.#queue.shift(node)
    this.#trace(job, 'ends')
    const usage = this.usageAt(job.place)
    if (job.kind === 'deprovision') {
      if (usage) this.book.erase(job.place)
    } else if (isReported && usage) {
      this.#options.report(node, [usage])
    }
    if (this.#queue.lengthOf(node) > 0) this.#wait(node, null, 0)
    this.#options.onJobEnded(node)
  }

  #armGatewayCheck(node: number): void {
    if (this.#gatewayChecks.has(node) || this.resourcesOf(node).gateways.length === 0) return
    const event = this.#options.kernel.schedule({
      kind: 'zos.gateways',
      target: node,
      payload: null,
      afterMs: gatewaysEveryMs,
      background: true,
    })
    this.#gatewayChecks.set(node, event)
  }

  #checkGateways(node: number): void {
    this.#gatewayChecks.delete(node)
    const { facts } = this.#options.nodeOf(node)
    for (const { id, reason } of lostNames(facts, this.resourcesOf(node).gateways)) {
      this.decommission(node, id, reason)
    }
    this.#armGatewayCheck(node)
  }

  #trace({ kind, place }: Job, what: 'begins' | 'ends'): void {
    this.#options.kernel.trace.add('zos.job', {
      node: this.#options.nodeOf(place.node).nodeId,
      twin: place.twinId,
      contract: place.contractId,
      job: kind,
      what,
    })
  }
}
