// The people of a scenario: what they can do, in the words of the grid, each verb with an outcome.

import type { ChainOutcome } from '../chain/node/chain.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import type { EventRecord } from '../chain/runtime/runtime.ts'
import { utf8ToByteString } from '../crypto/hex.ts'
import { tftUnits } from '../grid/people.ts'
import type { Resident, World } from '../grid/world.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import type { BusAnswer } from '../rmb/bus.ts'
import {
  type DeploymentJson,
  deploymentOf,
  hashOf,
  type MachineWish,
  signDeployment,
  workloadsOf,
} from './build.ts'
import { type Duration, durationMs } from './durations.ts'
import type { ScriptHost } from './script.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    'script.outcome': ChainOutcome
    'script.answer': BusAnswer
  }
}
declare module '../chain/node/pool.ts' {
  interface OutcomeKinds {
    'script.outcome': true
  }
}
declare module '../rmb/bus.ts' {
  interface AnswerKinds {
    'script.answer': true
  }
}

/** How long a verb waits for the bus when nothing else is said: what the grid's TypeScript client waits. */
const answerWithin: Duration = '20m'

/** Sessions of scripts on the bus, so that a user's own client keeps the twin's unnamed session. */
const scriptSession = 'scenario'

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

/** Connects scripts with the chain and the bus of a world. */
export class Stage {
  readonly world: World
  readonly host: ScriptHost
  readonly #outcomes = new Map<string, (outcome: ChainOutcome) => void>()
  readonly #answers = new Map<string, (answer: BusAnswer) => void>()
  #lastRef = 0

  constructor(world: World, host: ScriptHost) {
    this.world = world
    this.host = host
    world.kernel.handle('script.outcome', ({ payload }) => this.#settle(this.#outcomes, payload))
    world.kernel.handle('script.answer', ({ payload }) => this.#settle(this.#answers, payload))
  }

  /** Submits a call and waits until it is in a block. */
  submit(
    signer: `0x${string}`,
    call: { pallet: string; name: string; args: unknown },
  ): Promise<ChainOutcome> {
    const { promise, settle } = this.host.answer<ChainOutcome>(`${call.pallet}.${call.name}`)
    const ref = this.#newRef()
    this.#outcomes.set(ref, settle)
    this.world.chain.submit(call, { signer, reply: { kind: 'script.outcome', target: null, ref } })
    return promise
  }

  /** Sends a request over the bus and waits for the end of it. */
  request(
    from: number,
    to: number,
    options: { command: string; payload: string | null; within: Duration },
  ): Promise<BusAnswer> {
    const { promise, settle } = this.host.answer<BusAnswer>(options.command)
    const ref = this.#newRef()
    this.#answers.set(ref, settle)
    this.world.bus.request(
      {
        from: { twin: from, connection: scriptSession },
        to,
        command: options.command,
        payload: options.payload,
        ttlMs: durationMs(options.within),
      },
      { kind: 'script.answer', target: null, ref },
    )
    return promise
  }

  #newRef(): string {
    this.#lastRef += 1
    return `${this.#lastRef}`
  }

  #settle<T extends { readonly ref: string }>(waiting: Map<string, (value: T) => void>, value: T) {
    const settle = waiting.get(value.ref)
    waiting.delete(value.ref)
    settle?.(value)
  }
}

/** A user of the grid: an account, a twin, and what one does with them. */
export class User {
  readonly name: string
  readonly twinId: number
  /** SS58 address. */
  readonly address: string
  readonly #resident: Resident
  readonly #stage: Stage

  constructor(resident: Resident, stage: Stage) {
    this.name = resident.name
    this.twinId = resident.twinId
    this.address = resident.pair.address
    this.#resident = resident
    this.#stage = stage
  }

  /** Free balance in units (10^-7 TFT). */
  balance(): bigint {
    const { chain } = this.#stage.world
    return chain.runtime.txOf(system).state.Account.get(this.#resident.pair.accountId).data.free
  }

  /**
   * Signs and submits an extrinsic; resolves with its events once it is in a block, fails with
   * GRID_CHAIN_REFUSED and the name of the chain's error.
   */
  async call(pallet: string, name: string, args: unknown): Promise<readonly EventRecord[]> {
    const { chain } = this.#stage.world
    if (!chain.runtime.pallet(pallet)?.calls[name]) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `the chain has no call ${pallet}.${name}` })
    }
    const signer = this.#resident.pair.accountId
    const outcome = await this.#stage.submit(signer, { pallet, name, args })
    if (outcome.error !== null) {
      throw gridError('GRID_CHAIN_REFUSED', { detail: chain.nameOfError(outcome.error) })
    }
    return outcome.events
  }

  /** Sends TFT to another user. */
  async transfer(to: User, tft: number): Promise<void> {
    const dest = { type: 'Id', value: to.#resident.pair.accountId } as const
    const value = BigInt(Math.round(tft * 1e7)) * (tftUnits / 10_000_000n)
    await this.call('Balances', 'transfer_keep_alive', { dest, value })
  }

  /**
   * Sends a command to a node and resolves with its decoded answer. Fails with GRID_NODE_REFUSED and the node's
   * text, or with GRID_NO_ANSWER.
   */
  async ask(
    nodeId: number,
    command: string,
    payload?: unknown,
    options: { within?: Duration } = {},
  ): Promise<unknown> {
    const twin = this.#stage.world.nodes.twinOf(nodeId)
    if (twin === null)
      throw gridError('GRID_NO_FREE_FARM', { detail: `there is no node ${nodeId}` })
    const answer = await this.#stage.request(this.twinId, twin, {
      command,
      payload: payload === undefined ? '' : JSON.stringify(payload),
      within: options.within ?? answerWithin,
    })
    switch (answer.type) {
      case 'response':
        return answer.payload === null ? null : JSON.parse(answer.payload)
      case 'error':
        throw gridError('GRID_NODE_REFUSED', { detail: answer.message })
      case 'expired':
        throw gridError('GRID_NO_ANSWER', { detail: `${command} to node ${nodeId}` })
    }
  }

  /**
   * Deploys a machine with a network and perhaps a disk: contract first, then the deployment. Resolves when the
   * node has accepted it; installing takes (virtual) time.
   */
  async deploy(wish: MachineWish & { readonly on: number }): Promise<Deployment> {
    const { kernel } = this.#stage.world
    const usedPorts = (await this.ask(wish.on, 'zos.network.list_wg_ports')) as number[]
    const random = kernel.random.stream(`scenario/${this.name}/deploy`)
    const workloads = workloadsOf(wish, { usedPorts, random })
    const plan = deploymentOf({
      twinId: this.twinId,
      workloads,
      metadata: wish.metadata ?? JSON.stringify({ version: 3, type: 'vm', name: wish.name }),
      ...(wish.description === undefined ? {} : { description: wish.description }),
    })
    return this.deployPlan(wish.on, plan)
  }

  /** Deploys any deployment: makes the contract of its hash, signs, sends. */
  async deployPlan(nodeId: number, plan: DeploymentJson): Promise<Deployment> {
    const hash = hashOf(plan, this.#stage.world.workloadTypes)
    const events = await this.call('SmartContractModule', 'create_node_contract', {
      node_id: nodeId,
      deployment_hash: utf8ToByteString(hash),
      deployment_data: utf8ToByteString(plan.metadata.slice(0, 512)),
      public_ips: publicIpsOf(plan),
      solution_provider_id: null,
    })
    const contractId = contractIdOf(events)
    const deployment = new Deployment(this, this.#stage, nodeId, contractId, plan)
    await deployment.send('zos.deployment.deploy', hash)
    return deployment
  }

  /** The user's key signs the hash of a deployment. */
  sign(plan: DeploymentJson, hash = hashOf(plan, this.#stage.world.workloadTypes)): DeploymentJson {
    return signDeployment(plan, hash, this.#resident.pair)
  }
}

/** IPv4 addresses of the farm that a deployment reserves. */
function publicIpsOf({ workloads }: DeploymentJson): number {
  const takesOne = ({ type, data }: DeploymentJson['workloads'][number]) =>
    type === 'ipv4' || (type === 'ip' && (data as { readonly v4?: unknown }).v4 === true)
  return workloads.filter(takesOne).length
}

function contractIdOf(events: readonly EventRecord[]): bigint {
  const created = events.find(({ event }) => event.name === 'ContractCreated')
  invariant(created, 'a contract that was created has an event')
  const [contract] = created.event.fields as readonly [{ readonly contract_id: bigint }]
  return contract.contract_id
}

/** A deployment of a user on a node. */
export class Deployment {
  readonly nodeId: number
  readonly contractId: bigint
  readonly #user: User
  readonly #stage: Stage
  #plan: DeploymentJson

  constructor(user: User, stage: Stage, nodeId: number, contractId: bigint, plan: DeploymentJson) {
    this.#user = user
    this.#stage = stage
    this.nodeId = nodeId
    this.contractId = contractId
    this.#plan = plan
  }

  /** What was sent last. */
  get plan(): DeploymentJson {
    return this.#plan
  }

  /** Signs what is planned, by its hash, and sends it with a command. */
  async send(
    command: 'zos.deployment.deploy' | 'zos.deployment.update',
    hash?: string,
  ): Promise<void> {
    this.#plan = this.#user.sign({ ...this.#plan, contract_id: Number(this.contractId) }, hash)
    await this.#user.ask(this.nodeId, command, this.#plan)
  }

  /** The deployment as the node answers it. */
  async get(): Promise<DeploymentReport> {
    const payload = { contract_id: Number(this.contractId) }
    const report = await this.#user.ask(this.nodeId, 'zos.deployment.get', payload)
    return report as DeploymentReport
  }

  /** The state of a workload by its name, or by the part it plays: network, disk, machine. */
  state(part: string): string {
    const type = partTypes[part]
    const found = this.#workloads().find(
      ({ name, type: typeName }) => name === part || typeName === type,
    )
    return found?.state ?? 'absent'
  }

  /** Whether every workload is ok. */
  isOk(): boolean {
    const workloads = this.#workloads()
    return (
      workloads.length === this.#plan.workloads.length &&
      workloads.every(({ state }) => state === 'ok')
    )
  }

  /** Whether the node has forgotten the deployment. */
  isGone(): boolean {
    return this.#workloads().length === 0
  }

  /**
   * Changes the plan, raises its version and sends it: the contract's hash first, then the node. Workloads that
   * `change` touches must get the new version themselves, as on the real grid.
   */
  async update(change: (plan: DeploymentJson) => void): Promise<void> {
    const next = structuredClone(this.#plan)
    next.version += 1
    next.signature_requirement.signatures = []
    change(next)
    const hash = hashOf(next, this.#stage.world.workloadTypes)
    await this.#user.call('SmartContractModule', 'update_node_contract', {
      contract_id: this.contractId,
      deployment_hash: utf8ToByteString(hash),
      deployment_data: utf8ToByteString(next.metadata.slice(0, 512)),
    })
    this.#plan = next
    await this.send('zos.deployment.update', hash)
  }

  /** Cancels the contract; the node drops the deployment when it sees the event. */
  async cancel(): Promise<void> {
    await this.#user.call('SmartContractModule', 'cancel_contract', {
      contract_id: this.contractId,
    })
  }

  #workloads(): readonly { name: string; type: string; state: string }[] {
    const { nodes } = this.#stage.world
    return nodes.workloadsOf(this.nodeId, this.#user.twinId, this.contractId)
  }
}

const partTypes: Readonly<Record<string, string>> = {
  network: 'network',
  disk: 'zmount',
  machine: 'zmachine',
}
