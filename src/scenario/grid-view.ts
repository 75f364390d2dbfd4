// The grid as a script sees it: clock, chain and nodes, to look at and to act on.

import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../chain/pallets/smart-contract/types.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../chain/pallets/tfgrid/types.ts'
import { tftPrice } from '../chain/pallets/tft-price/declaration.ts'
import type { ChainEvent } from '../chain/runtime/outer.ts'
import type { EventRecord } from '../chain/runtime/runtime.ts'
import type { NodePower } from '../chain/types/grid.ts'
import { utf8ToByteString } from '../crypto/hex.ts'
import type { FaultInput } from '../faults/schema.ts'
import type { World } from '../grid/world.ts'
import { gridError } from '../kernel/errors.ts'
import type { Snapshot } from '../kernel/kernel.ts'
import type { StoreMap } from '../kernel/store.ts'
import type { TraceEntry, TraceEvents } from '../kernel/trace.ts'
import type { NodePhase } from '../zos/lifecycle/node.ts'
import type { DeploymentSummary } from '../zos/nodes.ts'
import type { Capacity } from '../zos/workloads/capacity.ts'
import { type Branch, branchOf, compareBranches, type Difference } from './branch.ts'
import { type Duration, durationMs } from './durations.ts'
import { FaultHandle, type Window, windowOf } from './fault-view.ts'
import type { ScriptHost } from './script.ts'

/** A node as a script sees it. */
export class NodeView {
  /** Id on the chain. */
  readonly id: number
  readonly #world: World

  constructor(id: number, world: World) {
    this.id = id
    this.#world = world
  }

  get twinId(): number {
    return this.#world.nodes.twinOf(this.id) ?? 0
  }

  /** What the hardware has, in whole CPUs and bytes. */
  total(): Capacity {
    return this.#world.nodes.totalOf(this.id)
  }

  /** What the node itself and all that is deployed on it use. */
  used(): Capacity {
    return this.#world.nodes.usedOf(this.id)
  }

  /** Whether the node runs and answers. */
  get isUp(): boolean {
    return this.#world.nodes.isUp(this.id)
  }

  /** Its state: starting, up, down or asleep. */
  get phase(): NodePhase {
    return this.#world.nodes.phaseOf(this.id)
  }

  /** Whether no job waits and none is worked on. */
  get isIdle(): boolean {
    return this.#world.nodes.isIdle(this.id)
  }

  /** The deployments that it keeps. */
  deployments(): readonly DeploymentSummary[] {
    return this.#world.nodes.deploymentsOf(this.id)
  }

  /** The node loses power at once; with `for` it comes back by itself. */
  crash(window?: Window): void {
    if (window) this.#start({ kind: 'node.crash', nodes: this.id, ...windowOf(window) })
    else this.#world.nodes.crash(this.id)
  }

  /** The node starts after a crash; what was deployed comes back. */
  boot(): void {
    this.#world.nodes.boot(this.id)
  }

  /** The node restarts. */
  reboot(): void {
    this.#world.nodes.reboot(this.id)
  }

  /**
   * The council cancels the contracts on the node, a rent last; returns how many there are. Workloads leave once the
   * motion is carried, some blocks later.
   */
  drain(): number {
    return this.#world.drain(this.id)
  }

  /** The node is silent and stands still. */
  hang(window: Window = {}): FaultHandle {
    return this.#start({ kind: 'node.hang', nodes: this.id, ...windowOf(window) })
  }

  /** Installs take `factor` times as long, answers so much longer. */
  slowDown({
    factor = 10,
    answers = 0,
    ...window
  }: Window & { factor?: number; answers?: Duration }): FaultHandle {
    const answerMs = durationMs(answers)
    return this.#start({ kind: 'node.slow', nodes: this.id, ...windowOf(window), factor, answerMs })
  }

  /** A disk is gone with all that was on it. */
  loseDisk(disk = 0): void {
    this.#start({ kind: 'node.disk-lost', nodes: this.id, disk })
  }

  /** The node forgets every deployment. */
  loseStore(): void {
    this.#start({ kind: 'node.store-lost', nodes: this.id })
  }

  /** The node's clock is ahead by so many ms, or behind when negative. */
  skewClock(aheadMs: number, window: Window = {}): FaultHandle {
    return this.#start({ kind: 'node.clock-skew', nodes: this.id, ...windowOf(window), aheadMs })
  }

  /** The node answers an error, or a payload of its own. */
  answerWrongly(
    wish: Window & { commands?: string[]; error?: string; payload?: string } = {},
  ): FaultHandle {
    const { commands, error, payload, ...window } = wish
    return this.#start({
      kind: 'node.wrong-answers',
      nodes: this.id,
      ...windowOf(window),
      ...(commands && { commands }),
      ...(error !== undefined && { error }),
      ...(payload !== undefined && { payload }),
    })
  }

  /** Installs fail: all, or some types, or with a chance. */
  failInstalls({
    types,
    error,
    ...window
  }: Window & { types?: string[]; error?: string } = {}): FaultHandle {
    const how = { ...(types && { types }), ...(error !== undefined && { error }) }
    return this.#start({
      kind: 'node.provision-fails',
      nodes: this.id,
      ...windowOf(window),
      ...how,
    })
  }

  /** The worker stands still before workloads of some types, or all. */
  stickInstalls({ types, ...window }: Window & { types?: string[] } = {}): FaultHandle {
    const how = types ? { types } : {}
    return this.#start({
      kind: 'node.provision-stuck',
      nodes: this.id,
      ...windowOf(window),
      ...how,
    })
  }

  /** Counts public traffic of a deployment: the node's next hourly report carries it. */
  useNetwork(contractId: bigint, bytes: bigint): void {
    this.#world.nodes.useNetwork(this.id, contractId, bytes)
  }

  #start(fault: FaultInput): FaultHandle {
    return new FaultHandle(this.#world.faults.add(fault), this.#world.faults)
  }
}

/** The chain as a script sees it. */
export class ChainView {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  /** Number of the best block. */
  get best(): number {
    return this.#world.chain.best()
  }

  /** A contract, or null when there is none (any more). */
  contract(id: bigint): Contract | null {
    return this.#world.chain.runtime.txOf(smartContract).state.Contracts.get(id)
  }

  /** The ids of the contracts that are active on a node. */
  activeContracts(nodeId: number): readonly bigint[] {
    return this.#world.chain.runtime.txOf(smartContract).state.ActiveNodeContracts.get(nodeId)
  }

  /** Who reserved a name: the id of the contract, or null. */
  nameContract(name: string): bigint | null {
    const { ContractIDByNameRegistration } = this.#world.chain.runtime.txOf(smartContract).state
    return ContractIDByNameRegistration.get(utf8ToByteString(name)) || null
  }

  /** The rent contract of a node, or null. */
  rentContract(nodeId: number): bigint | null {
    return this.#world.chain.runtime.txOf(smartContract).state.ActiveRentContractForNode.get(nodeId)
  }

  /** A node as the chain has it, or null. */
  node(nodeId: number): Node | null {
    return this.#world.chain.runtime.txOf(tfgrid).state.Nodes.get(nodeId)
  }

  /** What the farmer wants of a node, and what it says of itself. */
  power(nodeId: number): NodePower {
    return this.#world.chain.runtime.txOf(tfgrid).state.NodePower.get(nodeId)
  }

  /** The public addresses of a farm that nobody has. */
  freeIps(farmId: number): number {
    const farm = this.#world.chain.runtime.txOf(tfgrid).state.Farms.get(farmId)
    return (farm?.public_ips ?? []).filter(({ contract_id }) => contract_id === 0n).length
  }

  /** What a TFT costs now, in 10^-3 USD. */
  get price(): number {
    return this.#world.chain.runtime.txOf(tftPrice).state.AverageTftPrice.get()
  }

  /** What the genesis block is called: another one after a reset. */
  get genesisHash(): string {
    return this.#world.chain.genesisHash()
  }

  /** How many nodes have registered. */
  get nodeCount(): number {
    return this.#world.chain.runtime.txOf(tfgrid).state.NodeID.get()
  }

  /** The events of a block. */
  events(block: number): readonly EventRecord[] {
    return this.#world.chain.eventsOf(block)
  }

  /** The events of this name in the last blocks, oldest first: `eventsNamed('ContractBilled', { blocks: 600 })`. */
  eventsNamed(name: string, { blocks = 100 }: { blocks?: number } = {}): readonly ChainEvent[] {
    const { archive } = this.#world.chain
    const { best } = this
    const found: ChainEvent[] = []
    for (let block = Math.max(archive.floor, best - blocks + 1); block <= best; block += 1) {
      for (const { event } of archive.contentOf(block)?.events ?? []) {
        if (event.name === name) found.push(event)
      }
    }
    return found
  }
}

/** The grid as a script sees it. */
export class GridView {
  readonly chain: ChainView
  /** All there is, for what the verbs do not cover. */
  readonly world: World
  readonly #host: ScriptHost
  /** Part of the world, so that a revert takes them back. */
  readonly #counts: StoreMap<string, number>

  constructor(world: World, host: ScriptHost) {
    const { store, trace } = world.kernel
    this.world = world
    this.chain = new ChainView(world)
    this.#host = host
    this.#counts = store.map('script.counts')
    trace.listen(({ kind }) => this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1))
  }

  /** Virtual time, ms since the Unix epoch. */
  get now(): number {
    return this.world.kernel.now()
  }

  /** A node by its id on the chain. */
  node(id: number): NodeView {
    if (this.world.nodes.twinOf(id) === null) {
      throw gridError('GRID_NO_FREE_FARM', { detail: `there is no node ${id}` })
    }
    return new NodeView(id, this.world)
  }

  /** All nodes. */
  nodes(): NodeView[] {
    return Array.from({ length: this.chain.nodeCount }, (_, i) => new NodeView(i + 1, this.world))
  }

  /** Lets virtual time pass: `advance('10m')`. */
  advance(duration: Duration): Promise<void> {
    return this.#host.sleep(durationMs(duration), `${duration} pass`)
  }

  /** Lets virtual time pass up to a moment: a date, or ms since the Unix epoch. One in the past is no wait. */
  advanceTo(moment: Date | number | string): Promise<void> {
    const at = typeof moment === 'number' ? moment : new Date(moment).getTime()
    if (!Number.isFinite(at)) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `'${String(moment)}' is no moment` })
    }
    return this.#host.sleep(Math.max(0, at - this.now), `it is ${new Date(at).toISOString()}`)
  }

  /** Time stands still while `body` runs: what needs time to pass is GRID_SCRIPT_STUCK. */
  async freeze<T>(body: () => T | Promise<T>): Promise<T> {
    this.#host.freeze(true)
    try {
      return await body()
    } finally {
      this.#host.freeze(false)
    }
  }

  /** Lets people watch: so many virtual seconds pass in one of the wall clock; null is as fast as it can. */
  rate(rate: number | null): void {
    if (rate !== null && !(rate > 0)) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `time cannot pass at the rate ${rate}` })
    }
    this.#host.setRate(rate)
  }

  /**
   * Remembers the whole grid in O(1). GRID_SNAPSHOT_BUSY while a wait of another script is open: what stands in the
   * middle of a wait is not part of the grid.
   */
  snapshot(): Snapshot {
    if (this.#host.openWaits > 0) throw gridError('GRID_SNAPSHOT_BUSY')
    return this.world.kernel.snapshot()
  }

  /**
   * Returns the grid to a snapshot, as often as wanted; waits that are open end with GRID_REVERTED. Snapshots that
   * were taken after it are gone: GRID_SNAPSHOT_UNKNOWN.
   */
  revert(snapshot: Snapshot): void {
    if (!this.world.kernel.isOpen(snapshot)) throw gridError('GRID_SNAPSHOT_UNKNOWN')
    this.world.kernel.revert(snapshot)
    this.#host.rejectOpenWaits()
  }

  /**
   * Plays what would be: runs `body`, keeps what it changed, and takes the grid back to where it was. Two branches
   * of one moment can be compared: `grid.differences(a, b)`.
   */
  async branch<T>(name: string, body: () => T | Promise<T>): Promise<Branch<T>> {
    const begin = this.snapshot()
    try {
      const value = await body()
      return branchOf(this.world, { name, begin, value })
    } finally {
      this.revert(begin)
      this.world.kernel.release(begin)
    }
  }

  /** What two branches left differently. */
  differences(left: Branch, right: Branch): Difference[] {
    return compareBranches(left, right)
  }

  /** How many events of each kind the trace has seen, such as `rmb.delivered` and `zos.workload`. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts.entries())
  }

  /** What became of messages: how many were sent, delivered, queued, refused, expired and dropped. */
  messages(): Readonly<
    Record<'sent' | 'delivered' | 'queued' | 'refused' | 'expired' | 'dropped', number>
  > {
    const count = (what: string) => this.#counts.get(`rmb.${what}`) ?? 0
    return {
      sent: count('sent'),
      delivered: count('delivered'),
      queued: count('queued'),
      refused: count('refused'),
      expired: count('expired'),
      dropped: count('dropped'),
    }
  }

  /** The entries of one kind in the trace's window, oldest first. */
  trace<K extends keyof TraceEvents>(kind: K): readonly TraceEntry<K>[] {
    const all = this.world.kernel.trace.last() as TraceEntry<K>[]
    return all.filter(entry => entry.kind === kind)
  }

  /** A digest over all that happened so far. */
  digest(): string {
    return this.world.kernel.trace.digest()
  }
}
