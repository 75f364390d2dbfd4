// The grid as a script sees it: clock, chain and nodes, to look at and to act on.

import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../chain/pallets/smart-contract/types.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { EventRecord } from '../chain/runtime/runtime.ts'
import type { World } from '../grid/world.ts'
import { gridError } from '../kernel/errors.ts'
import type { Snapshot } from '../kernel/kernel.ts'
import type { Capacity } from '../zos/workloads/capacity.ts'
import { type Duration, durationMs } from './durations.ts'
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

  /** The node loses power at once. */
  crash(): void {
    this.#world.nodes.crash(this.id)
  }

  /** The node starts after a crash; what was deployed comes back. */
  boot(): void {
    this.#world.nodes.boot(this.id)
  }

  /** The node restarts. */
  reboot(): void {
    this.#world.nodes.reboot(this.id)
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

  /** How many nodes have registered. */
  get nodeCount(): number {
    return this.#world.chain.runtime.txOf(tfgrid).state.NodeID.get()
  }

  /** The events of a block. */
  events(block: number): readonly EventRecord[] {
    return this.#world.chain.eventsOf(block)
  }
}

/** The grid as a script sees it. */
export class GridView {
  readonly chain: ChainView
  /** All there is, for what the verbs do not cover. */
  readonly world: World
  readonly #host: ScriptHost

  constructor(world: World, host: ScriptHost) {
    this.world = world
    this.chain = new ChainView(world)
    this.#host = host
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

  /** A digest over all that happened so far. */
  digest(): string {
    return this.world.kernel.trace.digest()
  }
}
