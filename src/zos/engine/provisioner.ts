// Works on one workload of a deployment: brings it up, changes it, stops it, takes it down, and writes what came of it.

import type { Kernel } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import { isOkay, type Workload } from '../deployment/deployment.ts'
import { workloadId } from '../deployment/names.ts'
import {
  failureRate,
  type HardwareProfile,
  systemCapacity,
  totalCapacity,
} from '../hardware/profile.ts'
import type { NodeFacts, NodeResources } from '../resources/node-resources.ts'
import type { Trouble } from '../trouble.ts'
import { memoryRefusal } from '../workloads/capacity.ts'
import {
  type ContractFacts,
  failed,
  loadWorkload,
  noChange,
  type StepContext,
  type StepOutcome,
  type WorkloadTypes,
} from '../workloads/workload-type.ts'
import type { DeploymentBook, Place } from './deployment-book.ts'
import { failureOf, type InstallFailure } from './install-failure.ts'
import { activeWorkload, initialWorkload, isFinished, withResult } from './records.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** What a removed workload left behind is cleaned up. */
    'zos.cleanUp': { readonly type: string; readonly id: string }
  }
}

/** A node as its engine sees it. */
export interface EngineNode {
  /** Position among the nodes of this process, from 1. */
  readonly index: number
  /** Id on the chain; 0 before it is registered. */
  readonly nodeId: number
  readonly profile: HardwareProfile
  readonly facts: NodeFacts
}

/** The text of a failure that the hardware profile asked for. */
const failureByProfile = 'provision failed: hardware failure rate of the profile'

/** What the provisioner needs of the world. */
export interface ProvisionerOptions {
  readonly kernel: Kernel
  readonly types: WorkloadTypes
  readonly book: DeploymentBook
  readonly nodeOf: (node: number) => EngineNode
  /** What a node has before anything was deployed on it. */
  readonly freshResources: (node: number) => NodeResources
  /** A workload with a running machine went to error, or is gone. */
  readonly onOrphan: (node: number) => void
  /** What goes wrong now. */
  readonly trouble: () => Trouble
  /** Failures that a user listed. */
  readonly failures: readonly InstallFailure[]
}

type Steps = 'install' | 'update' | 'remove' | 'pause' | 'resume'

/** Works on the workloads of all nodes. */
export class Provisioner {
  readonly #options: ProvisionerOptions
  /** Only of nodes that differ from fresh ones. */
  readonly #resources: StoreMap<number, NodeResources>

  constructor(options: ProvisionerOptions) {
    const { kernel } = options
    this.#options = options
    this.#resources = kernel.store.map('zos.resources')
    kernel.handle('zos.cleanUp', ({ target, payload }) => {
      const node = Number(target)
      const { cleanUp } = options.types.get(payload.type) ?? {}
      if (cleanUp === undefined) return
      this.setResources(node, cleanUp.run({ resources: this.resourcesOf(node), id: payload.id }))
    })
  }

  /** What workloads hold on a node. */
  resourcesOf(node: number): NodeResources {
    return this.#resources.get(node) ?? this.#options.freshResources(node)
  }

  setResources(node: number, resources: NodeResources): void {
    if (resources !== this.#resources.get(node)) this.#resources.set(node, Object.freeze(resources))
  }

  /** Brings a workload up. One in error stays there; one whose version has ended is left alone, but for a boot. */
  install(
    place: Place,
    wanted: Workload,
    options: { readonly contract: ContractFacts; readonly isBoot: boolean },
  ): void {
    const { book } = this.#options
    const record = book.get(place)
    let workload = activeWorkload(record, wanted.name)
    if (workload?.result.state === 'error') return
    if (!options.isBoot && isFinished(record, wanted)) return
    if (workload === undefined) {
      workload = initialWorkload(wanted, book.now())
      // A name that is taken leaves no trace in the deployment: the real node only logs it.
      if (!book.add(place, workload).ok) return
    }
    const outcome = this.#tryInstall(place, workload, options.contract)
    this.setResources(place.node, outcome.resources)
    if (outcome.kind !== 'no-change') this.#write(place, workload, outcome)
  }

  /** Changes a workload that is there. */
  update(place: Place, wanted: Workload, contract: ContractFacts): void {
    const { book, types } = this.#options
    const record = book.get(place)
    const current = activeWorkload(record, wanted.name)
    if (current === undefined || isFinished(record, wanted)) return
    const next = withResult(wanted, current.result)
    const resources = this.resourcesOf(place.node)
    const loaded = loadWorkload(next, types)
    const before = loadWorkload(current, types)
    if (!loaded.ok || !before.ok) {
      const error = loaded.ok ? 'the current configuration cannot be loaded' : loaded.error
      this.#write(place, next, { kind: 'error', resources, error, data: null })
      return
    }
    const { type, data } = loaded.value
    const outcome =
      type.update?.({
        ...this.#contextOf(place, next, data),
        contract,
        current: before.value.data,
      }) ?? noChange(resources)
    this.setResources(place.node, outcome.resources)
    if (outcome.kind === 'no-change') book.transact(place, next)
    else this.#write(place, next, outcome)
  }

  /** Takes a workload down for a reason; when that fails it stays, in error. */
  remove(place: Place, name: string, reason: string): void {
    const { book, kernel } = this.#options
    const current = activeWorkload(book.get(place), name)
    if (current === undefined) return
    const outcome = this.#run('remove', place, current)
    this.setResources(place.node, outcome.resources)
    const hasFailed = outcome.kind === 'error' || outcome.kind === 'unchanged'
    const gone = withResult(current, {
      created: book.now(),
      state: hasFailed ? 'error' : 'deleted',
      message: hasFailed ? outcome.error : reason,
      data: '',
    })
    book.transact(place, gone, hasFailed ? 'replace' : 'remove')
    this.#lookForOrphan(place, name)
    if (hasFailed) return
    const { cleanUp } = this.#options.types.get(current.type) ?? {}
    if (cleanUp === undefined) return
    kernel.schedule({
      kind: 'zos.cleanUp',
      target: place.node,
      payload: { type: current.type, id: workloadId(book.get(place).deployment, name) },
      afterMs: cleanUp.afterMs,
      background: true,
    })
  }

  /** Stops a workload that is ok, or lets a paused one go on; others are left alone. */
  setPaused(place: Place, name: string, isPaused: boolean): void {
    const { book } = this.#options
    const current = activeWorkload(book.get(place), name)
    if (current?.result.state !== (isPaused ? 'ok' : 'paused')) return
    const outcome = this.#run(isPaused ? 'pause' : 'resume', place, current)
    this.setResources(place.node, outcome.resources)
    if (outcome.kind === 'no-change') return
    const created = book.now()
    const { data } = current.result
    if (outcome.kind === 'ok') {
      const state = isPaused ? 'paused' : 'ok'
      const message = isPaused ? 'paused' : ''
      book.transact(place, withResult(current, { created, state, message, data }))
      return
    }
    const result = { created, state: outcome.kind, message: outcome.error, data }
    const mode = outcome.kind === 'unchanged' ? 'keep' : 'replace'
    book.transact(place, withResult(current, result), mode)
  }

  /** Sets every workload of a deployment to error, as a contract that does not fit does. */
  fail(place: Place, message: string): void {
    const { book } = this.#options
    for (const workload of book.get(place).deployment.workloads) {
      const result = { created: book.now(), state: 'error', message, data: '' } as const
      book.transact(place, withResult(workload, result))
      this.#lookForOrphan(place, workload.name)
    }
  }

  #tryInstall(place: Place, workload: Workload, contract: ContractFacts): StepOutcome {
    const { types, kernel, nodeOf } = this.#options
    const resources = this.resourcesOf(place.node)
    const loaded = loadWorkload(workload, types)
    if (!loaded.ok) return failed(resources, loaded.error)
    const { type, data } = loaded.value
    const memory = this.#memoryRefusal(place.node, workload, type.capacity(data).mru)
    if (memory !== undefined) return failed(resources, memory)
    const rate = failureRate(nodeOf(place.node).profile, workload.type)
    const chance = () => kernel.random.stream(`zos/${place.node}/failure`).chance(rate)
    if (rate > 0 && chance()) return failed(resources, failureByProfile)
    const listed = this.#listedFailure(place, workload, data)
    if (listed !== undefined) return failed(resources, listed)
    const trouble = this.#options.trouble()
    if (trouble.isActive) {
      const failure = trouble.installFailure(nodeOf(place.node).nodeId, workload.type)
      if (failure !== undefined) return failed(resources, failure)
    }
    const context = { ...this.#contextOf(place, workload, data), contract }
    return type.install?.(context) ?? { kind: 'ok', resources, data: null }
  }

  /** What the failures that a user listed say of an install. */
  #listedFailure(place: Place, { type, name }: Workload, data: unknown): string | undefined {
    const { failures, kernel, nodeOf } = this.#options
    if (failures.length === 0) return undefined
    const { node, twinId, contractId } = place
    const { nodeId } = nodeOf(node)
    const attempt = { nodeId, twinId, contractId, type, name, data, now: kernel.now() }
    return failureOf(failures, attempt, { random: kernel.random, node })
  }

  #run(step: Exclude<Steps, 'install' | 'update'>, place: Place, workload: Workload): StepOutcome {
    const resources = this.resourcesOf(place.node)
    const nothing: StepOutcome = { kind: 'ok', resources, data: null }
    const loaded = loadWorkload(workload, this.#options.types)
    if (!loaded.ok) return nothing
    const { type, data } = loaded.value
    return type[step]?.(this.#contextOf(place, workload, data)) ?? nothing
  }

  #contextOf(place: Place, workload: Workload, data: unknown): StepContext<unknown> {
    const { deployment } = this.#options.book.get(place)
    return {
      node: this.#options.nodeOf(place.node).facts,
      resources: this.resourcesOf(place.node),
      id: workloadId(deployment, workload.name),
      workload,
      data,
      deployment,
    }
  }

  #memoryRefusal(node: number, workload: Workload, requiredMru: bigint): string | undefined {
    if (requiredMru === 0n) return undefined
    const { book, nodeOf } = this.#options
    const total = totalCapacity(nodeOf(node).profile)
    const reserved = systemCapacity(total, 0n).mru
    // A workload that holds its memory already, as after a boot, does not compete with itself.
    const own = isOkay(workload.result.state) ? requiredMru : 0n
    const usedMru = book.usedOf(node).mru - own + reserved
    return memoryRefusal({ requiredMru, totalMru: total.mru, usedMru })
  }

  #write(
    place: Place,
    workload: Workload,
    outcome: Exclude<StepOutcome, { kind: 'no-change' }>,
  ): void {
    const { book } = this.#options
    this.setResources(place.node, outcome.resources)
    const written = withResult(workload, {
      created: book.now(),
      state: outcome.kind,
      message: outcome.kind === 'ok' ? '' : outcome.error,
      data: outcome.data === null ? '' : JSON.stringify(outcome.data),
    })
    book.transact(place, written, outcome.kind === 'unchanged' ? 'keep' : 'replace')
    if (outcome.kind === 'error') this.#lookForOrphan(place, workload.name)
  }

  #lookForOrphan(place: Place, name: string): void {
    const { book, onOrphan } = this.#options
    const id = workloadId(book.get(place).deployment, name)
    const { machines } = this.resourcesOf(place.node)
    if (machines.some(machine => machine.id === id)) onOrphan(place.node)
  }
}
