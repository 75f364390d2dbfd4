// A deployment as a script sees it: what was asked for, what the node and the chain say of it, and how it changes.

import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../chain/pallets/smart-contract/types.ts'
import { utf8ToByteString } from '../crypto/hex.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import type { WorkloadSummary } from '../zos/nodes.ts'
import type { User } from './actors.ts'
import { type DeploymentJson, hashOf, type WorkloadJson } from './build.ts'
import type { Stage } from './stage.ts'

/** A workload as its node reports it. */
export interface WorkloadReport {
  readonly name: string
  readonly type: string
  readonly version: number
  readonly data: unknown
  readonly result: {
    readonly created: number
    readonly state: string
    readonly message: string
    readonly data: unknown
  }
}

/** A deployment as its node reports it. */
export interface DeploymentReport {
  readonly version: number
  readonly twin_id: number
  readonly contract_id: number
  readonly workloads: readonly WorkloadReport[]
}

/** A deployment of a user on a node. */
export class Deployment {
  readonly nodeId: number
  readonly contractId: bigint
  readonly #user: User
  readonly #twinId: number
  readonly #stage: Stage

  constructor(user: User, stage: Stage, at: { nodeId: number; contractId: bigint }) {
    this.#user = user
    this.#twinId = user.twinId
    this.#stage = stage
    this.nodeId = at.nodeId
    this.contractId = at.contractId
  }

  /** What was planned last. */
  get plan(): DeploymentJson {
    const plan = this.#stage.plans.get(this.contractId)
    invariant(plan, 'a deployment has a plan')
    return plan
  }

  /** Signs what is planned, by its hash, and sends it with a command. */
  async send(
    command: 'zos.deployment.deploy' | 'zos.deployment.update',
    plan: DeploymentJson = this.plan,
  ): Promise<void> {
    const signed = this.#user.sign({ ...plan, contract_id: Number(this.contractId) })
    this.#stage.plans.set(this.contractId, signed)
    await this.#user.ask(this.nodeId, command, signed)
  }

  /** The deployment as the node answers it. */
  async get(): Promise<DeploymentReport> {
    const payload = { contract_id: Number(this.contractId) }
    const report = await this.#user.ask(this.nodeId, 'zos.deployment.get', payload)
    return report as DeploymentReport
  }

  /** Every transaction of the deployment as the node answers it, oldest first. */
  async changes(): Promise<readonly WorkloadReport[]> {
    const payload = { contract_id: Number(this.contractId) }
    const changes = await this.#user.ask(this.nodeId, 'zos.deployment.changes', payload)
    return (changes as readonly WorkloadReport[] | null) ?? []
  }

  /** The workload of a name, or that plays a part: network, disk, machine. */
  workload(part: string): WorkloadSummary | undefined {
    const type = partTypes[part]
    return this.#workloads().find(({ name, type: typeName }) => name === part || typeName === type)
  }

  /** The state of a workload by its name, or by the part it plays; `absent` when there is none. */
  state(part: string): string {
    return this.workload(part)?.state ?? 'absent'
  }

  /** The states of all workloads, by name. */
  states(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#workloads().map(({ name, state }) => [name, state]))
  }

  /** What workloads in error say, by name. */
  errors(): Readonly<Record<string, string>> {
    const failed = this.#workloads().filter(({ state }) => state === 'error')
    return Object.fromEntries(failed.map(({ name, message }) => [name, message]))
  }

  /** The result of a workload: addresses, paths, ...; null when it has none. */
  result(name: string): unknown {
    const { nodes } = this.#stage.world
    const node = nodes.indexOf(this.nodeId)
    if (node === null) return null
    const place = { node, twinId: this.#twinId, contractId: this.contractId }
    const workloads = nodes.engine.book.find(place)?.deployment.workloads
    const found = workloads?.find(workload => workload.name === name)
    return found && found.result.data !== '' ? JSON.parse(found.result.data) : null
  }

  /** Whether every workload is ok. */
  isOk(): boolean {
    const workloads = this.#workloads()
    return (
      workloads.length === this.plan.workloads.length &&
      workloads.every(({ state }) => state === 'ok')
    )
  }

  /** Whether nothing of it waits any more: each workload has come to an end, good or bad. */
  isSettled(): boolean {
    const workloads = this.#workloads()
    return workloads.length > 0 && workloads.every(({ state }) => state !== 'init')
  }

  /** Whether something of it has failed. */
  hasFailed(): boolean {
    return this.#workloads().some(({ state }) => state === 'error')
  }

  /** Whether the node has forgotten the deployment. */
  isGone(): boolean {
    return this.#workloads().length === 0
  }

  /** Its contract, or null when there is none (any more). */
  contract(): Contract | null {
    const { Contracts } = this.#stage.world.chain.runtime.txOf(smartContract).state
    return Contracts.get(this.contractId)
  }

  /**
   * Changes the plan, raises its version and sends it: the contract's hash first, then the node. Workloads that
   * `change` touches must get the new version themselves, as on the real grid.
   */
  async update(change: (plan: DeploymentJson) => void): Promise<void> {
    const next = structuredClone(this.plan)
    next.version += 1
    next.signature_requirement.signatures = []
    change(next)
    const hash = hashOf(next, this.#stage.world.workloadTypes)
    await this.#user.call('SmartContractModule', 'update_node_contract', {
      contract_id: this.contractId,
      deployment_hash: utf8ToByteString(hash),
      deployment_data: utf8ToByteString(next.metadata.slice(0, 512)),
    })
    await this.send('zos.deployment.update', next)
  }

  /** Adds workloads. */
  add(...workloads: readonly WorkloadJson[]): Promise<void> {
    return this.update(plan => {
      for (const each of workloads) plan.workloads.push({ ...each, version: plan.version })
    })
  }

  /** Takes workloads away, by name. */
  remove(...names: readonly string[]): Promise<void> {
    return this.update(plan => {
      plan.workloads = plan.workloads.filter(({ name }) => !names.includes(name))
    })
  }

  /** Changes the data of one workload. */
  change(name: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    return this.update(plan => {
      const found = plan.workloads.find(each => each.name === name)
      if (!found) {
        throw gridError('GRID_CONFIG_INVALID', { detail: `there is no workload '${name}'` })
      }
      found.version = plan.version
      found.data = { ...(found.data as object), ...data }
    })
  }

  /** Cancels the contract; the node drops the deployment when it sees the event. */
  async cancel(): Promise<void> {
    await this.#user.cancel(this.contractId)
  }

  #workloads(): readonly WorkloadSummary[] {
    const { nodes } = this.#stage.world
    if (nodes.indexOf(this.nodeId) === null) return []
    return nodes.workloadsOf(this.nodeId, this.#twinId, this.contractId)
  }
}

const partTypes: Readonly<Record<string, string>> = {
  network: 'network',
  disk: 'zmount',
  machine: 'zmachine',
}
