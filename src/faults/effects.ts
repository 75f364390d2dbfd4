// What faults do by themselves when they begin, and take back when they end; all others are asked for while they last.

import type { BlockMode, Chain } from '../chain/node/chain.ts'
import { reorganize } from '../chain/node/reorganize.ts'
import { tftPrice } from '../chain/pallets/tft-price/declaration.ts'
import { invariant } from '../kernel/errors.ts'
import type { EventId, Kernel } from '../kernel/kernel.ts'
import type { Cell, StoreMap } from '../kernel/store.ts'
import type { Bus } from '../rmb/bus.ts'
import type { Nodes } from '../zos/nodes.ts'
import type { Active, Fault, LinkFault } from './active.ts'
import type { Links } from './links.ts'
import type { Places } from './places.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** The next block of a chain that a fault slows down. */
    'fault.block': null
  }
}

/** What faults need of the world. */
export interface FaultParts {
  readonly kernel: Kernel
  readonly bus: Bus
  /** Null where the chain is elsewhere: faults that are not of nodes or messages are refused there. */
  readonly chain: Chain | null
  readonly nodes: Nodes
  /** Wipes the chain, and lets everybody register again. */
  reset(): void
}

/** What a fault has done that its end undoes. */
type Memo =
  /** The nodes that it has turned off, by their positions: their ids do not outlive a reset of the chain. */
  | { readonly type: 'nodes'; readonly indices: readonly number[] }
  /** The prices of before. */
  | { readonly type: 'price'; readonly now: number; readonly average: number }

/** Does and undoes what faults do by themselves. */
export class Effects {
  readonly #parts: FaultParts
  readonly #kernel: Kernel
  readonly #places: Places
  readonly #links: Links
  readonly #active: () => Active
  readonly #memos: StoreMap<number, Memo>
  /** How blocks were made before a fault stopped or slowed them. */
  readonly #usualMode: Cell<BlockMode | null>
  readonly #blockEvent: Cell<EventId | null>

  constructor(parts: FaultParts, options: { places: Places; links: Links; active: () => Active }) {
    const { kernel } = parts
    this.#parts = parts
    this.#kernel = kernel
    this.#places = options.places
    this.#links = options.links
    this.#active = options.active
    this.#memos = kernel.store.map('faults.memos')
    this.#usualMode = kernel.store.cell<BlockMode | null>('faults.usualMode', null)
    this.#blockEvent = kernel.store.cell<EventId | null>('faults.blockEvent', null)
    kernel.handle('fault.block', () => {
      this.#blockEvent.set(null)
      this.#chain.makeBlock()
      this.#armSlowBlock()
    })
  }

  get #chain(): Chain {
    const { chain } = this.#parts
    invariant(chain, 'only a world with a chain takes faults of the chain')
    return chain
  }

  /** What a fault does when it begins; the others are asked for while they are active. */
  do({ id, spec }: Fault): void {
    const { nodes } = this.#parts
    switch (spec.kind) {
      case 'node.crash': {
        const up = this.#places.runningNodesOf(spec)
        const indices = up.flatMap(each => nodes.indexOf(each) ?? [])
        for (const each of up) nodes.crash(each)
        this.#memos.set(id, Object.freeze({ type: 'nodes', indices: Object.freeze(indices) }))
        break
      }
      case 'node.reboot':
        for (const each of this.#places.nodesOf(spec)) nodes.reboot(each)
        break
      case 'node.boot':
        for (const each of this.#places.nodesOf(spec)) nodes.boot(each)
        break
      case 'node.disk-lost':
        for (const each of this.#places.nodesOf(spec)) nodes.loseDisk(each, spec.disk)
        break
      case 'node.store-lost':
        for (const each of this.#places.nodesOf(spec)) nodes.loseStore(each)
        break
      case 'chain.halt':
      case 'chain.slow':
        this.#paceBlocks()
        break
      case 'chain.finality-lag':
        this.#chain.setFinalityLag(this.#active().finalityLag)
        break
      case 'chain.retract':
        reorganize(this.#chain, spec.blocks, spec.isLost)
        break
      case 'chain.price':
        this.#memos.set(id, this.#setPrice(spec.price, spec.price))
        break
      case 'chain.reset':
        this.#parts.reset()
        break
      default:
        break
    }
  }

  /** Takes back what a fault did when it began; it is not among the active ones any more. */
  undo(fault: Fault): void {
    const { id, spec } = fault
    const { nodes } = this.#parts
    const memo = this.#memos.get(id)
    this.#memos.delete(id)
    switch (spec.kind) {
      case 'node.crash':
        for (const index of memo?.type === 'nodes' ? memo.indices : []) {
          if (nodes.summaryOf(index).phase === 'down') nodes.bootAt(index)
        }
        break
      case 'chain.halt':
      case 'chain.slow':
        this.#paceBlocks()
        break
      case 'chain.finality-lag':
        this.#chain.setFinalityLag(this.#active().finalityLag)
        break
      case 'chain.price':
        if (memo?.type === 'price') this.#setPrice(memo.now, memo.average)
        break
      case 'rmb.clog':
      case 'relay.down':
      case 'node.hang':
        this.#links.release(fault as LinkFault)
        break
      default:
        break
    }
  }

  /** Sets what a TFT costs; returns what it cost before. */
  #setPrice(now: number, average: number): Memo {
    const chain = this.#chain
    const { state } = chain.runtime.txOf(tftPrice)
    const before = { now: state.TftPrice.get(), average: state.AverageTftPrice.get() }
    chain.override(() => {
      state.TftPrice.set(now)
      state.AverageTftPrice.set(average)
    })
    return Object.freeze({ type: 'price', ...before })
  }

  /** Blocks as the active faults let them be made. */
  #paceBlocks(): void {
    const chain = this.#chain
    const { isHalted, slowMs } = this.#active()
    const usual = this.#usualMode.get()
    if (isHalted || slowMs !== null) {
      if (usual === null) {
        this.#usualMode.set(chain.mode)
        chain.setMode('manual')
      }
    } else if (usual !== null) {
      this.#usualMode.set(null)
      chain.setMode(usual)
    }
    const event = this.#blockEvent.get()
    if (event !== null) this.#kernel.cancel(event)
    this.#blockEvent.set(null)
    this.#armSlowBlock()
  }

  #armSlowBlock(): void {
    const { isHalted, slowMs } = this.#active()
    if (isHalted || slowMs === null) return
    const event = this.#kernel.schedule({
      kind: 'fault.block',
      payload: null,
      afterMs: slowMs,
      background: true,
    })
    this.#blockEvent.set(event)
  }
}
