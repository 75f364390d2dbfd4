// The fake nodes of a world: hardware, identity, registration, engine and API behind one handle.

import type { ChainOutcome } from '../chain/node/chain.ts'
import { invariant } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'
import type { StoreMap } from '../kernel/store.ts'
import type { Bus } from '../rmb/bus.ts'
import { nodeMyceliumSubnet, planetaryAddress, planetarySubnet } from './addresses.ts'
import { type ApiNode, commandsOf } from './api/commands.ts'
import { route } from './api/router.ts'
import { Engine } from './engine/engine.ts'
import { loadHardwareProfile } from './hardware/load-profile.ts'
import { cacheSize } from './hardware/pools.ts'
import {
  type HardwareProfile,
  nodeFacts,
  profilePools,
  systemCapacity,
  totalCapacity,
} from './hardware/profile.ts'
import { type Identity, identityOf } from './lifecycle/identity.ts'
import { Registrar, zosAddress } from './lifecycle/registrar.ts'
import { accepted } from './outcome.ts'
import type { ActivationPort, ChainPort, Keyring } from './ports.ts'
import { emptyResources, type NodeFacts, rebootResources } from './resources/node-resources.ts'
import { addCapacity, type Capacity } from './workloads/capacity.ts'
import { workloadTypes } from './workloads/registry.ts'
import type { WorkloadTypes } from './workloads/workload-type.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node reports how long it has been up. */
    'zos.uptime': null
    /** A node has started. */
    'zos.booted': null
    /** The chain has answered a report. */
    'zos.reported': ChainOutcome
  }
}
declare module '../chain/node/pool.ts' {
  interface OutcomeKinds {
    'zos.reported': true
  }
}
declare module '../kernel/trace.ts' {
  interface TraceEvents {
    'zos.node': { node: number; what: string }
  }
}

/** How often nodes report their uptime, in ms (`zosbase: pkg/registrar`, 40 minutes). */
const uptimeEveryMs = 40 * 60_000

/** How long a boot takes, in ms of virtual time. */
const bootMs = 90_000

/** What may change of a node. */
interface NodeState {
  /** Id on the chain; 0 before registration. */
  readonly nodeId: number
  readonly twinId: number
  readonly isRegistered: boolean
  readonly isUp: boolean
  /** Virtual time of the last boot, in ms. */
  readonly bootedAt: number
  readonly timer: EventId
}

/** What stays the same of a node. */
class Machine implements ApiNode {
  readonly index: number
  readonly farmId: number
  readonly profileName: string
  readonly profile: HardwareProfile
  readonly #nodes: FakeNodes
  #identity: Identity | null = null

  constructor(nodes: FakeNodes, index: number, farmId: number, profileName: string) {
    this.#nodes = nodes
    this.index = index
    this.farmId = farmId
    this.profileName = profileName
    this.profile = loadHardwareProfile(profileName)
  }

  get identity(): Identity {
    this.#identity ??= identityOf(this.#nodes.kernel.random, this.index)
    return this.#identity
  }

  get nodeId(): number {
    return this.#nodes.stateOf(this.index).nodeId
  }

  get address(): string {
    return zosAddress(this.index)
  }

  get planetary(): string {
    return planetaryAddress(this.identity.pair.publicKey)
  }

  get facts(): NodeFacts {
    return this.#nodes.factsOf(this)
  }
}

/** What a world gives to its nodes. */
export interface NodesOptions {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly bus: Bus
  readonly keyring: Keyring
  readonly activation: ActivationPort
  /** Relay string that the nodes' twins carry on the chain. */
  readonly relay: string
  /** Built-in ones when left out. */
  readonly types?: WorkloadTypes
  /** Null when a twin may deploy, else the text of the refusal; everybody may when left out. */
  readonly kyc?: (twinId: number) => string | null
}

/** A node in a list. */
export interface NodeSummary {
  readonly nodeId: number
  readonly twinId: number
  readonly farmId: number
  readonly profile: string
}

/** The fake nodes of a world. Ids are those of the chain. */
export type Nodes = FakeNodes

class FakeNodes {
  readonly kernel: Kernel
  readonly engine: Engine
  readonly #options: NodesOptions
  readonly #machines: Machine[] = []
  readonly #states: StoreMap<number, NodeState>
  readonly #byNodeId: StoreMap<number, number>
  readonly #byTwinId: StoreMap<number, number>
  readonly #registrar: Registrar
  /** A cache: facts follow from the node and the chain. */
  readonly #facts = new Map<number, NodeFacts>()

  constructor(options: NodesOptions) {
    const { kernel, chain, bus } = options
    this.#options = options
    this.kernel = kernel
    this.#states = kernel.store.map('zos.nodes')
    this.#byNodeId = kernel.store.map('zos.byNodeId')
    this.#byTwinId = kernel.store.map('zos.byTwinId')
    this.engine = new Engine({
      kernel,
      chain,
      types: options.types ?? workloadTypes,
      nodeOf: index => this.#machine(index),
      kyc: options.kyc ?? (() => null),
      report: (index, contracts) => this.#reportResources(index, contracts),
    })
    this.#registrar = new Registrar({
      kernel,
      chain,
      activation: options.activation,
      relay: options.relay,
      nodeOf: index => this.#machine(index),
      onTwin: (index, twinId) => this.#onTwin(index, twinId),
      onRegistered: (index, nodeId) => this.#onRegistered(index, nodeId),
    })
    const commands = commandsOf({
      engine: this.engine,
      chain,
      nodeOf: index => this.#machine(index),
    })
    bus.receive('zos', (message, index) => route(bus, commands(index), message, index))
    kernel.handle('zos.uptime', ({ target }) => this.#reportUptime(Number(target)))
    kernel.handle('zos.booted', ({ target }) => this.#start(Number(target)))
    kernel.handle('zos.reported', () => undefined)
  }

  /** Adds a node and lets it start and register. */
  add({ farmId, profile }: { farmId: number; profile: string }): void {
    const index = this.#machines.length + 1
    const machine = new Machine(this, index, farmId, profile)
    this.#machines.push(machine)
    this.#options.keyring.add(machine.identity.pair)
    this.#states.set(index, {
      nodeId: 0,
      twinId: 0,
      isRegistered: false,
      isUp: true,
      bootedAt: this.kernel.now(),
      timer: 0,
    })
    const disks = this.kernel.random.stream(`zos/${index}/disks`)
    const names = machine.profile.disks.map(() => disks.uuid())
    this.engine.setResources(index, emptyResources(profilePools(machine.profile, names)))
    this.#registrar.register(index)
  }

  /** Whether every node is registered. */
  areRegistered(): boolean {
    return this.#machines.every(({ index }) => this.stateOf(index).isRegistered)
  }

  list(): NodeSummary[] {
    return this.#machines.map(({ index, farmId, profileName: profile }) => {
      const { nodeId, twinId } = this.stateOf(index)
      return { nodeId, twinId, farmId, profile }
    })
  }

  /** The twin of a node; null when there is no such node. */
  twinOf(nodeId: number): number | null {
    const index = this.#byNodeId.get(nodeId)
    return index === undefined ? null : this.stateOf(index).twinId
  }

  /** The keys with which the edge speaks for a node's twin. */
  secretOfTwin(twinId: number): Identity | null {
    const index = this.#byTwinId.get(twinId)
    return index === undefined ? null : this.#machine(index).identity
  }

  totalOf(nodeId: number): Capacity {
    return totalCapacity(this.#machine(this.#indexOf(nodeId)).profile)
  }

  usedOf(nodeId: number): Capacity {
    const index = this.#indexOf(nodeId)
    const total = totalCapacity(this.#machine(index).profile)
    const cache = cacheSize(this.engine.resourcesOf(index).pools)
    return addCapacity(this.engine.workloadCapacityOf(index), systemCapacity(total, cache))
  }

  isUp(nodeId: number): boolean {
    return this.stateOf(this.#indexOf(nodeId)).isUp
  }

  /** The active workloads of a deployment; none when the node does not have it. */
  workloadsOf(
    nodeId: number,
    twinId: number,
    contractId: bigint,
  ): { name: string; type: string; state: string; message: string }[] {
    const record = this.engine.record(this.#indexOf(nodeId), twinId, contractId)
    return (record?.deployment.workloads ?? []).map(({ name, type, result }) => ({
      name,
      type,
      state: result.state,
      message: result.message,
    }))
  }

  /** The node loses power. */
  crash(nodeId: number): void {
    const index = this.#indexOf(nodeId)
    const state = this.stateOf(index)
    if (!state.isUp) return
    this.kernel.cancel(state.timer)
    this.engine.stop(index)
    this.#states.set(index, { ...state, isUp: false, timer: 0 })
    this.#options.bus.setOnline({ twin: state.twinId }, false)
    this.kernel.trace.add('zos.node', { node: nodeId, what: 'down' })
  }

  /** The node gets power again; it answers when it has booted. */
  boot(nodeId: number): void {
    const index = this.#indexOf(nodeId)
    const state = this.stateOf(index)
    if (state.isUp || state.timer !== 0) return
    const timer = this.kernel.schedule({
      kind: 'zos.booted',
      target: index,
      payload: null,
      afterMs: bootMs,
    })
    this.#states.set(index, { ...state, timer })
  }

  reboot(nodeId: number): void {
    this.crash(nodeId)
    this.boot(nodeId)
  }

  onContractCanceled(nodeId: number, twinId: number, contractId: bigint): void {
    this.#ifUp(nodeId, index =>
      this.engine.deprovision(index, twinId, contractId, 'contract canceled event received'),
    )
  }

  onGracePeriodStarted(nodeId: number, twinId: number, contractId: bigint): void {
    this.#ifUp(nodeId, index => this.engine.setPaused(index, twinId, contractId, true))
  }

  onGracePeriodEnded(nodeId: number, twinId: number, contractId: bigint): void {
    this.#ifUp(nodeId, index => this.engine.setPaused(index, twinId, contractId, false))
  }

  /** Facts are read from the chain when they are needed, so there is nothing to apply. */
  onPublicConfig(nodeId: number): void {
    this.#ifUp(nodeId, () =>
      this.kernel.trace.add('zos.node', { node: nodeId, what: 'public config' }),
    )
  }

  onPowerTarget(_farmId: number, nodeId: number, target: 'Up' | 'Down'): void {
    if (target === 'Down') this.crash(nodeId)
    else if (this.#byNodeId.has(nodeId)) this.boot(nodeId)
  }

  stateOf(index: number): NodeState {
    const state = this.#states.get(index)
    invariant(state, `node ${index} has a state`)
    return state
  }

  /** What workloads see of a node; all but its public configuration stays the same. */
  factsOf(machine: Machine): NodeFacts {
    const { chain } = this.#options
    const publicConfig = machine.nodeId === 0 ? null : chain.publicConfigOf(machine.nodeId)
    const known = this.#facts.get(machine.index)
    if (known && known.publicConfig === publicConfig) return known
    const facts = Object.freeze({ ...(known ?? this.#siteOf(machine)), publicConfig })
    this.#facts.set(machine.index, facts)
    return facts
  }

  #siteOf({ profile, identity }: Machine): NodeFacts {
    const { chain } = this.#options
    return nodeFacts(profile, {
      isGpuDisabled: false,
      hasPublicBridge: true,
      publicIpv6Subnet: '2a10:b600:1::/64',
      planetarySubnet: planetarySubnet(identity.pair.publicKey),
      myceliumSubnet: nodeMyceliumSubnet(identity.secret),
      publicConfig: null,
      nameContract: name => chain.nameContract(name),
      openFlist: () => accepted('container'),
    })
  }

  #start(index: number): void {
    const state = this.stateOf(index)
    const { profile } = this.#machine(index)
    const storage = { isSsdMissing: profile.isSsdMissing }
    this.#states.set(index, { ...state, isUp: true, bootedAt: this.kernel.now(), timer: 0 })
    this.engine.boot(index, rebootResources(this.engine.resourcesOf(index), storage))
    this.#options.bus.setOnline({ twin: state.twinId }, true)
    this.kernel.trace.add('zos.node', { node: state.nodeId, what: 'up' })
    this.#reconcile(index)
    this.#reportUptime(index)
  }

  /** What the chain does not list any more goes. */
  #reconcile(index: number): void {
    const { nodeId } = this.stateOf(index)
    const active = new Set(this.#options.chain.activeContractsOf(nodeId))
    for (const { deployment } of this.engine.recordsOf(index)) {
      if (active.has(deployment.contract_id)) continue
      const { twin_id, contract_id } = deployment
      this.engine.deprovision(index, twin_id, contract_id, 'contract not active on chain')
    }
  }

  #onTwin(index: number, twinId: number): void {
    this.#states.set(index, { ...this.stateOf(index), twinId })
    this.#byTwinId.set(twinId, index)
    this.#options.bus.attach({ twin: twinId }, { receiver: 'zos', ref: index })
  }

  #onRegistered(index: number, nodeId: number): void {
    this.#states.set(index, { ...this.stateOf(index), nodeId, isRegistered: true })
    this.#byNodeId.set(nodeId, index)
    this.kernel.trace.add('zos.node', { node: nodeId, what: 'registered' })
    this.#reportUptime(index)
  }

  #reportUptime(index: number): void {
    const state = this.stateOf(index)
    if (!state.isUp) return
    const uptime = BigInt(Math.floor((this.kernel.now() - state.bootedAt) / 1000))
    const timestamp_hint = BigInt(Math.floor(this.kernel.now() / 1000))
    this.#submit(index, 'TfgridModule', 'report_uptime_v2', { uptime, timestamp_hint })
    const isFirst = state.timer === 0
    const afterMs = isFirst
      ? this.kernel.random.stream(`zos/${index}/uptime`).int(1, uptimeEveryMs)
      : uptimeEveryMs
    const timer = this.kernel.schedule({
      kind: 'zos.uptime',
      target: index,
      payload: null,
      afterMs,
      background: true,
    })
    this.#states.set(index, { ...state, timer })
  }

  #reportResources(index: number, contracts: readonly { id: bigint; used: Capacity }[]): void {
    const contract_resources = contracts.map(({ id, used: { hru, sru, cru, mru } }) => ({
      contract_id: id,
      used: { hru, sru, cru, mru },
    }))
    this.#submit(index, 'SmartContractModule', 'report_contract_resources', { contract_resources })
  }

  #submit(index: number, pallet: string, name: string, args: unknown): void {
    const { accountId } = this.#machine(index).identity.pair
    this.#options.chain.submit({ pallet, name, args }, { signer: accountId })
  }

  #ifUp(nodeId: number, act: (index: number) => void): void {
    const index = this.#byNodeId.get(nodeId)
    if (index !== undefined && this.stateOf(index).isUp) act(index)
  }

  #indexOf(nodeId: number): number {
    const index = this.#byNodeId.get(nodeId)
    invariant(index !== undefined, `node ${nodeId} is one of this process`)
    return index
  }

  #machine(index: number): Machine {
    const machine = this.#machines[index - 1]
    invariant(machine, `there is a node at ${index}`)
    return machine
  }
}

/** Makes the nodes of a world; it has none until they are added. */
export function createNodes(options: NodesOptions): Nodes {
  return new FakeNodes(options)
}
