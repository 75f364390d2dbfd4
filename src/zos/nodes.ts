// The fake nodes of a world: hardware, identity, registration, engine and API behind one handle.

import type { ChainOutcome } from '../chain/node/chain.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import { invariant } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { AppendLog, Cell, StoreMap } from '../kernel/store.ts'
import type { Bus, BusMessage } from '../rmb/bus.ts'
import { slaacAddress } from './addresses.ts'
import { upstreamCommands, upstreamGuards } from './api/commands.ts'
import type { ApiContext } from './api/context.ts'
import { type OwnCommand, ownCommands } from './api/own-command.ts'
import { answer, createRouter, isIgnored, type Request, type Router } from './api/router.ts'
import type { KycCheck } from './engine/acceptance.ts'
import { Engine, type KeptNode } from './engine/engine.ts'
import type { InstallFailure } from './engine/install-failure.ts'
import type { EngineNode } from './engine/provisioner.ts'
import { splitCidr } from './go/ip.ts'
import { loadHardwareProfile } from './hardware/load-profile.ts'
import { cacheSize } from './hardware/pools.ts'
import { type HardwareProfile, systemCapacity, totalCapacity } from './hardware/profile.ts'
import { LiveFacts, type Surroundings } from './lifecycle/facts.ts'
import type { NodeHost, OutcomeRef } from './lifecycle/host.ts'
import { Identities, type Identity } from './lifecycle/identity.ts'
import { Inbox, type NodeEvent } from './lifecycle/inbox.ts'
import { initialState, NodeBody, type NodePhase, type NodeState } from './lifecycle/node.ts'
import { Power } from './lifecycle/power.ts'
import { Reconciler } from './lifecycle/reconciler.ts'
import { Registrar } from './lifecycle/registrar.ts'
import { Reporter } from './lifecycle/reporter.ts'
import { Upgrader } from './lifecycle/upgrader.ts'
import type { Outcome } from './outcome.ts'
import type { ActivationPort, ChainPort, Keyring } from './ports.ts'
import { type NodeResources, rebootResources } from './resources/node-resources.ts'
import { noTrouble, type Trouble } from './trouble.ts'
import { addCapacity, type Capacity } from './workloads/capacity.ts'
import { workloadTypes } from './workloads/registry.ts'
import type { WorkloadTypes } from './workloads/workload-type.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node has started; the payload is the number of the start. */
    'zos.booted': number
  }
}

/** How long a boot takes, in ms of virtual time. */
const bootMs = { min: 60_000, max: 120_000 } as const

/** Versions that nodes report (`zos` v3.14.11, `zoslight` v0.3.18). */
const versions = { full: '3.14.11', light: '0.3.18' } as const

/** Twins that may debug nodes of the dev network (`zos-config: development.json`). */
const devAdminTwins = [29, 10_748] as const

/** Nodes whose computed addresses are kept. */
const keptFacts = 1024

/** What a world gives to its nodes. */
export interface NodesOptions extends Surroundings {
  readonly kernel: Kernel
  readonly chain: ChainPort
  readonly bus: Bus
  readonly keyring: Keyring
  readonly activation: ActivationPort
  /** Relay string that the nodes' twins carry on the chain. */
  readonly relay: string
  /** Workload types that nodes know; the built-in ones when left out. */
  readonly types?: WorkloadTypes
  /** Commands beside the built-in ones; one of the same name takes the place of a built-in one. */
  readonly commands?: readonly OwnCommand[]
  /** Failures of installs beside those of the hardware. */
  readonly failures?: readonly InstallFailure[]
  /** Null when a twin may deploy, else the text of the refusal; everybody may when left out. */
  readonly kyc?: KycCheck
  /** Twins that may debug nodes; those of the dev network when left out. */
  readonly adminTwins?: readonly number[]
  /** Farms whose nodes take a version of the system before it is safe for all; none when left out. */
  readonly testFarms?: readonly number[]
  /** What nodes without graphics cards list: real ones answer `null`, the default. */
  readonly emptyGpuList?: 'null' | '[]'
  /** Position of the first node, from 1: a process that plays a part of a grid begins further on. Default: 1. */
  readonly firstIndex?: number
}

/** A node to add. */
export interface NewNode {
  readonly farmId: number
  /** A hardware profile, or the name of one that comes with the package. */
  readonly profile: string | HardwareProfile
  /** What lists call the profile; its own name or title when left out. */
  readonly profileName?: string
  readonly name?: string
  /** What another process has kept of the node: it goes on from there once it has registered. */
  readonly kept?: KeptNode
}

/** A node in a list. */
export interface NodeSummary {
  /** Position in its grid, from 1. */
  readonly index: number
  readonly name: string
  /** Id on the chain, 0 before registration. */
  readonly nodeId: number
  readonly twinId: number
  readonly farmId: number
  readonly profile: string
  readonly phase: NodePhase
}

/** A workload in a list. */
export interface WorkloadSummary {
  readonly name: string
  readonly type: string
  readonly state: string
  readonly message: string
}

/** A deployment in a list. */
export interface DeploymentSummary {
  readonly twinId: number
  readonly contractId: bigint
  readonly version: number
  readonly workloads: readonly WorkloadSummary[]
}

/** The fake nodes of a world. Unless an index is spoken of, nodes are named by their id on the chain. */
export class Nodes {
  readonly engine: Engine
  readonly #options: NodesOptions
  readonly #first: number
  readonly #kernel: Kernel
  readonly #identities: Identities
  readonly #bodies: AppendLog<NodeBody>
  readonly #states: StoreMap<number, NodeState>
  readonly #byNodeId: StoreMap<number, number>
  /** Nodes that were down when the chain was wiped, by the ids that they had. */
  readonly #formerIds: StoreMap<number, number>
  readonly #unregistered: Cell<number>
  /** What nodes go on from when they have registered. */
  readonly #kept = new Map<number, KeptNode>()
  /** Facts of the nodes that were asked for last: they follow from body and state. */
  readonly #facts = new Map<NodeBody, LiveFacts>()
  readonly #host: NodeHost
  readonly #router: Router
  readonly #registrar: Registrar
  readonly #reporter: Reporter
  readonly #power: Power
  readonly #reconciler: Reconciler
  readonly #inbox: Inbox
  readonly #upgrader: Upgrader
  #trouble: Trouble = noTrouble

  constructor(options: NodesOptions) {
    const { kernel, chain, bus } = options
    this.#options = options
    this.#first = options.firstIndex ?? 1
    this.#kernel = kernel
    this.#identities = new Identities(kernel.random)
    this.#bodies = kernel.store.log('zos.bodies')
    this.#states = kernel.store.map('zos.nodes')
    this.#byNodeId = kernel.store.map('zos.byNodeId')
    this.#formerIds = kernel.store.map('zos.formerIds')
    this.#unregistered = kernel.store.cell('zos.unregistered', 0)
    this.engine = new Engine({
      kernel,
      chain,
      types: options.types ?? workloadTypes,
      nodeOf: index => this.#engineNodeOf(index),
      freshResources: index => this.#bodyOf(index).freshResources(kernel.random),
      kyc: options.kyc ?? (() => null),
      startsOf: index => this.#stateOf(index).starts,
      report: (index, usages) => this.#reporter.reportResources(index, usages),
      onJobEnded: index => this.#reconciler.arm(index),
      trouble: () => this.#trouble,
      failures: options.failures ?? [],
    })
    const host = this.#makeHost()
    this.#host = host
    this.#registrar = new Registrar({
      host,
      identities: this.#identities,
      activation: options.activation,
      relay: options.relay,
      addressesOf: index => this.#addressesOf(index),
      onTwin: (index, twinId) => this.#onTwin(index, twinId),
      onRegistered: (index, nodeId) => this.#onRegistered(index, nodeId),
    })
    this.#reporter = new Reporter({
      host,
      usageAt: place => this.engine.usageAt(place),
      onUptime: index => this.#power.follow(index),
      trouble: () => this.#trouble,
    })
    this.#power = new Power({
      host,
      reporter: this.#reporter,
      neighboursOf: index => this.#neighboursOf(index),
      sleep: index => this.#stop(index, 'asleep'),
      wake: index => this.#start(index),
    })
    this.#reconciler = new Reconciler({ host, engine: this.engine })
    this.#inbox = new Inbox({ host, handle: (index, event) => this.#onEvent(index, event) })
    this.#upgrader = new Upgrader({
      host,
      testFarms: options.testFarms ?? [],
      all: () => this.#indexes(),
      upgrade: (index, version) => this.#upgrade(index, version),
    })
    const context = this.#apiContext()
    const served = upstreamCommands(context)
    this.#router = createRouter(
      [...served, ...ownCommands(options.commands ?? [], served, context)],
      upstreamGuards(context),
    )
    bus.receive('zos', (message, index) => this.#answer(message, index))
    kernel.handle('zos.outcome', ({ target, payload }) => this.#onOutcome(Number(target), payload))
    kernel.handle('zos.booted', ({ target, payload }) => {
      const { phase, starts } = this.#stateOf(Number(target))
      if (phase === 'starting' && starts === payload) this.#onBooted(Number(target))
    })
  }

  /** Adds a node, which runs at once and registers; returns its position in this process. */
  add({ farmId, profile, profileName, name = '', kept }: NewNode): number {
    const index = this.#first + this.#bodies.length
    const isNamed = typeof profile === 'string'
    const body = new NodeBody({
      index,
      name,
      farmId,
      profileName: profileName ?? (isNamed ? profile : profile.title),
      profile: isNamed ? loadHardwareProfile(profile) : profile,
      key: this.#identities.lightPairOf(index),
    })
    this.#bodies.push(body)
    if (kept !== undefined) this.#kept.set(index, kept)
    this.#options.keyring.add(body.key)
    const fresh = initialState(versions[body.profile.kind])
    const bootedAt = this.#kernel.now()
    this.#states.set(index, Object.freeze({ ...fresh, phase: 'up', starts: 1, bootedAt }))
    this.#unregistered.set(this.#unregistered.get() + 1)
    this.#registrar.register(index)
    return index
  }

  /** Whether every node has registered. */
  areRegistered(): boolean {
    return this.#unregistered.get() === 0
  }

  /** All nodes, in the order in which they were added. */
  list(): NodeSummary[] {
    return Array.from(this.#indexes(), index => this.summaryOf(index))
  }

  /** The node at a position in this process. */
  summaryOf(index: number): NodeSummary {
    const { name, farmId, profileName: profile } = this.#bodyOf(index)
    const { nodeId, twinId, phase } = this.#stateOf(index)
    return {
      index,
      name: name === '' ? `node-${index}` : name,
      nodeId,
      twinId,
      farmId,
      profile,
      phase,
    }
  }

  /** What may change of the node at a position, null when none is there: frozen data, replaced when it changes. */
  stateAt(index: number): NodeState | null {
    return this.#states.get(index) ?? null
  }

  /**
   * Answers a command as the node at a position does, though no message comes or goes and the node may be down.
   * Meant for commands that only tell something: what a command changes, it changes.
   */
  ask(index: number, command: string, payload = ''): Outcome<string> {
    const { kind } = this.#bodyOf(index).profile
    return this.#router(kind, command, { index, twin: this.#stateOf(index).twinId, payload })
  }

  /** The position of a node, null when it is none of this process. */
  indexOf(nodeId: number): number | null {
    return this.#byNodeId.get(nodeId) ?? null
  }

  /** The twin of a node; null when it is none of this process. */
  twinOf(nodeId: number): number | null {
    const index = this.indexOf(nodeId)
    return index === null ? null : this.#stateOf(index).twinId
  }

  /** The keys with which the edge speaks for a node's twin; null when no node has it. */
  secretOfTwin(twinId: number): Identity | null {
    const attached = this.#options.bus.attached({ twin: twinId })
    if (attached?.receiver !== 'zos') return null
    return this.#identities.of(attached.ref)
  }

  /** What the hardware of a node offers. */
  totalOf(nodeId: number): Capacity {
    return totalCapacity(this.#bodyOf(this.#indexOf(nodeId)).profile)
  }

  /** What a node itself and the deployments on it use. */
  usedOf(nodeId: number): Capacity {
    const index = this.#indexOf(nodeId)
    const total = totalCapacity(this.#bodyOf(index).profile)
    const cache = cacheSize(this.engine.resourcesOf(index).pools)
    return addCapacity(this.engine.book.usedOf(index), systemCapacity(total, cache))
  }

  /** Whether a node runs and answers. */
  isUp(nodeId: number): boolean {
    return this.phaseOf(nodeId) === 'up'
  }

  phaseOf(nodeId: number): NodePhase {
    return this.#stateOf(this.#indexOf(nodeId)).phase
  }

  /** What workloads hold on a node. */
  resourcesOf(nodeId: number): NodeResources {
    return this.engine.resourcesOf(this.#indexOf(nodeId))
  }

  /** The deployments of a node, in order of twin and contract. */
  deploymentsOf(nodeId: number): DeploymentSummary[] {
    return this.engine.book.listOf(this.#indexOf(nodeId)).map(({ deployment }) => ({
      twinId: deployment.twin_id,
      contractId: deployment.contract_id,
      version: deployment.version,
      workloads: deployment.workloads.map(summaryOfWorkload),
    }))
  }

  /** The active workloads of a deployment; none when the node does not have it. */
  workloadsOf(nodeId: number, twinId: number, contractId: bigint): WorkloadSummary[] {
    const record = this.engine.book.find({ node: this.#indexOf(nodeId), twinId, contractId })
    return (record?.deployment.workloads ?? []).map(summaryOfWorkload)
  }

  /** Whether a node has nothing to do: no job waits, none is worked on. */
  isIdle(nodeId: number): boolean {
    return this.engine.waitingJobsOf(this.#indexOf(nodeId)) === 0
  }

  /** A node loses power at once. */
  crash(nodeId: number): void {
    const index = this.#indexOf(nodeId)
    if (this.#stateOf(index).phase !== 'down') this.#stop(index, 'down')
  }

  /** A node gets power again; it answers when it has booted. */
  boot(nodeId: number): void {
    this.bootAt(this.#indexOf(nodeId))
  }

  /** The node at a position gets power again: also one that has no id on the chain. */
  bootAt(index: number): void {
    this.#start(index)
  }

  /** A node restarts. */
  reboot(nodeId: number): void {
    this.crash(nodeId)
    this.boot(nodeId)
  }

  /** The provisioning daemon of a node restarts; machines run on. */
  restartDaemon(nodeId: number): void {
    this.#restartDaemon(this.#indexOf(nodeId))
  }

  #restartDaemon(index: number): void {
    if (this.#stateOf(index).phase !== 'up') return
    this.#note(index, 'daemon restarted')
    this.engine.restart(index)
  }

  /** A node takes another version of its image, which restarts its daemons but no machine. */
  upgrade(nodeId: number, version: string): void {
    this.#upgrade(this.#indexOf(nodeId), version)
  }

  #upgrade(index: number, version: string): void {
    this.#update(index, { version })
    this.#note(index, `upgraded to ${version}`)
    this.#restartDaemon(index)
  }

  /** Lets the process of a machine die; false when no such machine runs there. */
  crashMachine(
    nodeId: number,
    machine: { twinId: number; contractId: bigint; name: string },
  ): boolean {
    const id = `${machine.twinId}-${machine.contractId}-${machine.name}`
    return this.engine.monitor.crash(this.#indexOf(nodeId), id)
  }

  /** Lets things go wrong on nodes. */
  setTrouble(trouble: Trouble): void {
    this.#trouble = trouble
  }

  /** A disk of a node is gone with all that was on it; what was deployed there fails at the next boot. */
  loseDisk(nodeId: number, disk: number): void {
    const index = this.#indexOf(nodeId)
    this.#note(index, `disk ${disk} lost`)
    this.engine.loseDisk(index, disk)
  }

  /** A node forgets every deployment, as when the disk of its store is wiped; its daemons start anew. */
  loseStore(nodeId: number): void {
    const index = this.#indexOf(nodeId)
    this.#note(index, 'store lost')
    this.engine.loseStore(index)
  }

  /** The node at a position reports once more that it is up, as when its last report did not arrive. */
  reportUptime(index: number): void {
    if (this.#stateOf(index).phase === 'up') this.#reporter.reportNow(index)
  }

  /** Counts public traffic of a deployment: the node's next hourly report carries it. */
  useNetwork(nodeId: number, contractId: bigint, bytes: bigint): void {
    this.#reporter.count(this.#indexOf(nodeId), contractId, bytes)
  }

  /** The chain was wiped: every node that runs registers anew, and finds that its contracts are gone. */
  onChainReset(): void {
    this.#upgrader.withdraw()
    for (const index of this.#indexes()) {
      const state = this.#stateOf(index)
      if (state.twinId !== 0) this.#options.bus.detach({ twin: state.twinId })
      if (state.nodeId !== 0) this.#byNodeId.delete(state.nodeId)
      if (state.isRegistered) this.#unregistered.set(this.#unregistered.get() + 1)
      const isUp = state.phase === 'up'
      // A node that is down finds out when it starts; until then it goes by the id that it had.
      if (!isUp && state.nodeId !== 0) this.#formerIds.set(state.nodeId, index)
      this.#update(index, {
        twinId: 0,
        nodeId: 0,
        isRegistered: false,
        publicConfig: null,
        isStale: !isUp,
        // What was going on with the old chain is void; a boot that is under way is not.
        starts: state.starts + (isUp ? 1 : 0),
      })
      this.#inbox.clear(index)
      this.#reporter.forget(index)
      if (!isUp) continue
      this.#giveUpAll(index)
      this.#registrar.register(index)
    }
  }

  /** Takes down whatever a node has: the contracts of it were of another chain. */
  #giveUpAll(index: number): void {
    for (const place of this.engine.book.placesOf(index)) {
      this.engine.deprovision(place, 'contract not active on chain')
    }
  }

  onContractCanceled(nodeId: number, twinId: number, contractId: bigint): void {
    this.#deliver(nodeId, { type: 'canceled', twinId, contractId })
  }

  onGracePeriodStarted(nodeId: number, twinId: number, contractId: bigint): void {
    this.#deliver(nodeId, { type: 'graceStarted', twinId, contractId })
  }

  onGracePeriodEnded(nodeId: number, twinId: number, contractId: bigint): void {
    this.#deliver(nodeId, { type: 'graceEnded', twinId, contractId })
  }

  /** The chain names another version of the system, in its own words. */
  onZosVersion(text: string): void {
    this.#upgrader.offer(text)
  }

  onPublicConfig(nodeId: number): void {
    this.#deliver(nodeId, { type: 'publicConfig' })
  }

  onPowerTarget(_farmId: number, nodeId: number, target: 'Up' | 'Down'): void {
    const index = this.indexOf(nodeId)
    if (index === null) return
    if (this.#stateOf(index).phase === 'up')
      this.#inbox.deliver(index, { type: 'powerTarget', target })
    else this.#power.onTarget(index, target)
  }

  #deliver(nodeId: number, event: NodeEvent): void {
    const index = this.indexOf(nodeId)
    if (index !== null) this.#inbox.deliver(index, event)
  }

  #onEvent(index: number, event: NodeEvent): void {
    switch (event.type) {
      case 'canceled':
        this.engine.deprovision({ node: index, ...event }, 'contract canceled event received')
        break
      case 'graceStarted':
      case 'graceEnded':
        this.engine.setPaused({ node: index, ...event }, event.type === 'graceStarted')
        break
      case 'publicConfig':
        this.#applyPublicConfig(index)
        break
      case 'powerTarget':
        this.#power.onTarget(index, event.target)
        break
    }
  }

  /** Takes over what the farmer gave the node. Light nodes do not give a configuration up again. */
  #applyPublicConfig(index: number): void {
    if (!this.#isConnected(index)) return
    const { nodeId, publicConfig: current } = this.#stateOf(index)
    const publicConfig = this.#options.chain.publicConfigOf(nodeId)
    if (publicConfig === current) return
    if (publicConfig === null && this.#bodyOf(index).profile.kind === 'light') {
      this.#note(index, 'public config cannot be unset, only modified')
      return
    }
    this.#update(index, { publicConfig })
    this.#note(index, publicConfig === null ? 'public config removed' : 'public config applied')
  }

  #start(index: number): void {
    const { phase, starts } = this.#stateOf(index)
    if (phase === 'up' || phase === 'starting') return
    const number = starts + 1
    this.#update(index, { phase: 'starting', starts: number })
    this.#note(index, 'starting')
    const draw = this.#kernel.random.derive(`zos/${index}/boot/${number}`, 4)
    const { min, max } = bootMs
    const afterMs = min + (Buffer.from(draw).readUInt32LE() % (max - min + 1))
    this.#kernel.schedule({ kind: 'zos.booted', target: index, payload: number, afterMs })
  }

  #onBooted(index: number): void {
    const { profile } = this.#bodyOf(index)
    const { twinId, version, isStale } = this.#stateOf(index)
    // A start downloads the image that there is now.
    const latest = this.#upgrader.versionFor(index) ?? version
    this.#update(index, { phase: 'up', bootedAt: this.#kernel.now(), version: latest })
    this.#note(index, 'up')
    const resources = this.engine.resourcesOf(index)
    const storage = { isSsdMissing: profile.isSsdMissing }
    this.engine.boot(index, rebootResources(resources, storage))
    if (isStale) {
      this.#update(index, { isStale: false })
      this.#giveUpAll(index)
    }
    if (twinId !== 0) this.#options.bus.setOnline({ twin: twinId }, true)
    this.#registrar.register(index)
  }

  #stop(index: number, phase: 'down' | 'asleep'): void {
    const { twinId, starts } = this.#stateOf(index)
    // A start that was under way is void.
    this.#update(index, { phase, starts: starts + 1 })
    this.engine.stop(index)
    this.#reconciler.disarm(index)
    this.#inbox.clear(index)
    if (twinId !== 0) this.#options.bus.setOnline({ twin: twinId }, false)
    this.#note(index, phase)
  }

  #onTwin(index: number, twinId: number): void {
    if (this.#stateOf(index).twinId === twinId) return
    this.#update(index, { twinId })
    this.#options.bus.attach({ twin: twinId }, { receiver: 'zos', ref: index })
  }

  #onRegistered(index: number, nodeId: number): void {
    const { isRegistered } = this.#stateOf(index)
    if (!isRegistered) {
      this.#update(index, { nodeId, isRegistered: true })
      this.#byNodeId.set(nodeId, index)
      for (const [former, at] of this.#formerIds.entries()) {
        if (at === index) this.#formerIds.delete(former)
      }
      this.#unregistered.set(this.#unregistered.get() - 1)
      this.#takeUp(index)
      this.#note(index, 'registered')
    }
    this.#applyPublicConfig(index)
    this.#reconciler.reconcile(index)
    this.#reporter.reportFirst(index)
  }

  /** A node goes on from what was kept of it: before, it would take contracts for those of another node. */
  #takeUp(index: number): void {
    const kept = this.#kept.get(index)
    if (kept === undefined) return
    this.#kept.delete(index)
    this.engine.restore(index, kept)
  }

  #onOutcome(index: number, outcome: ChainOutcome): void {
    const slash = outcome.ref.indexOf('/')
    const part = outcome.ref.slice(0, slash) as OutcomeRef extends `${infer P}/${string}`
      ? P
      : never
    const rest = outcome.ref.slice(slash + 1)
    // Whoever is down hears nothing; what was sent stays to be sent again.
    if (part !== 'traffic' && this.#stateOf(index).phase !== 'up') return
    switch (part) {
      case 'register':
        this.#registrar.onOutcome(index, rest, outcome)
        break
      case 'power':
        this.#power.onOutcome(index, rest, outcome)
        break
      case 'uptime':
      case 'resources':
      case 'traffic':
        this.#reporter.onOutcome(index, part, outcome)
        break
    }
  }

  #answer(message: BusMessage, index: number): void {
    const { body } = message
    if (isIgnored(message) || body.type !== 'request') return
    const { kind } = this.#bodyOf(index).profile
    const { command } = body
    const truth = (request: Request) => this.#router(kind, command, request)
    const find = this.#trouble.isActive
      ? (request: Request) =>
          this.#trouble.answer(this.#stateOf(index).nodeId, command, truth(request))
      : truth
    answer(this.#options.bus, message, find, index)
  }

  /** The positions of all nodes, in order. */
  *#indexes(): Iterable<number> {
    for (let at = 0; at < this.#bodies.length; at += 1) yield this.#first + at
  }

  /** Plain addresses of a node's zos bridge. */
  #addressesOf(index: number): readonly string[] {
    const { address, mac } = this.#bodyOf(index)
    const { publicIpv6Subnet } = this.#factsOf(index)
    if (publicIpv6Subnet === '') return [address]
    return [address, splitCidr(slaacAddress(publicIpv6Subnet, mac)).address]
  }

  *#neighboursOf(index: number): Iterable<number> {
    const { farmId } = this.#bodyOf(index)
    for (const other of this.#indexes()) {
      if (other !== index && this.#bodyOf(other).farmId === farmId) yield other
    }
  }

  #makeHost(): NodeHost {
    const { kernel, chain } = this.#options
    return {
      kernel,
      chain,
      bodyOf: index => this.#bodyOf(index),
      stateOf: index => this.#stateOf(index),
      update: (index, change) => this.#update(index, change),
      isConnected: index => this.#isConnected(index),
      submit: (index, call, ref) => this.#submit(index, call, ref),
      note: (index, what) => this.#note(index, what),
    }
  }

  #apiContext(): ApiContext {
    const { kernel, chain, adminTwins = devAdminTwins, emptyGpuList = 'null' } = this.#options
    return {
      kernel,
      chain,
      engine: this.engine,
      bodyOf: index => this.#bodyOf(index),
      stateOf: index => this.#stateOf(index),
      factsOf: index => this.#factsOf(index),
      neighboursOf: index => this.#neighboursOf(index),
      addressesOf: index => this.#addressesOf(index),
      setPublicNic: (index, publicNic) => this.#update(index, { publicNic }),
      adminTwins,
      emptyGpuList,
    }
  }

  #engineNodeOf(index: number): EngineNode {
    const { nodeId } = this.#stateOf(index)
    return { index, nodeId, profile: this.#bodyOf(index).profile, facts: this.#factsOf(index) }
  }

  #isConnected(index: number): boolean {
    const { phase, nodeId } = this.#stateOf(index)
    return phase === 'up' && this.#options.chain.isReachable(nodeId)
  }

  #submit(index: number, call: ChainCall, ref?: OutcomeRef): void {
    const signer = this.#bodyOf(index).account
    const { chain } = this.#options
    if (ref === undefined) chain.submit(call, { signer })
    else chain.submit(call, { signer, reply: { kind: 'zos.outcome', target: index, ref } })
  }

  #note(index: number, what: string): void {
    this.#kernel.trace.add('zos.node', { index, node: this.#stateOf(index).nodeId, what })
  }

  #update(index: number, change: Partial<NodeState>): void {
    this.#states.set(index, Object.freeze({ ...this.#stateOf(index), ...change }))
  }

  #factsOf(index: number): LiveFacts {
    const body = this.#bodyOf(index)
    const known = this.#facts.get(body)
    if (known) return known
    if (this.#facts.size >= keptFacts) this.#facts.clear()
    const facts = new LiveFacts(this.#host, body, this.#options)
    this.#facts.set(body, facts)
    return facts
  }

  #bodyOf(index: number): NodeBody {
    const body = this.#bodies.at(index - this.#first)
    // The sentence is made only when it is needed.
    if (!body) invariant(false, `there is a node at ${index}`)
    return body
  }

  #stateOf(index: number): NodeState {
    const state = this.#states.get(index)
    if (!state) invariant(false, `node ${index} has a state`)
    return state
  }

  #indexOf(nodeId: number): number {
    const index = this.#byNodeId.get(nodeId) ?? this.#formerIds.get(nodeId)
    invariant(index !== undefined, `node ${nodeId} is one of this process`)
    return index
  }
}

function summaryOfWorkload(workload: {
  readonly name: string
  readonly type: string
  readonly result: { readonly state: string; readonly message: string }
}): WorkloadSummary {
  const { name, type, result } = workload
  return { name, type, state: result.state, message: result.message }
}

/** Makes the nodes of a world; it has none until they are added. */
export function createNodes(options: NodesOptions): Nodes {
  return new Nodes(options)
}
