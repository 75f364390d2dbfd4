// Chain events on their way to a node: handled at once, kept while its chain is out of reach, lost while it is down.

import type { StoreMap } from '../../kernel/store.ts'
import type { NodeHost } from './host.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node that has missed events looks whether its chain can be reached again; the payload is the number of its start. */
    'zos.reconnect': number
  }
}

/** A chain event as the node that it concerns sees it. */
export type NodeEvent =
  | {
      readonly type: 'canceled' | 'graceStarted' | 'graceEnded'
      readonly twinId: number
      readonly contractId: bigint
    }
  | { readonly type: 'publicConfig' }
  | { readonly type: 'powerTarget'; readonly target: 'Up' | 'Down' }

/** How often a node tries to reach its chain again, in ms (`zosbase: pkg/events`). */
const reconnectEveryMs = 10_000

/** Events that are kept for one node; the reconciliation makes up for older ones. */
const keptEvents = 10_000

/** The inboxes of all nodes. */
export class Inbox {
  readonly #host: NodeHost
  readonly #handle: (index: number, event: NodeEvent) => void
  readonly #missed: StoreMap<number, readonly NodeEvent[]>

  constructor(options: { host: NodeHost; handle: (index: number, event: NodeEvent) => void }) {
    const { kernel } = options.host
    this.#host = options.host
    this.#handle = options.handle
    this.#missed = kernel.store.map('zos.missedEvents')
    kernel.handle('zos.reconnect', ({ target, payload }) => {
      if (this.#host.stateOf(Number(target)).starts === payload) this.#reconnect(Number(target))
    })
  }

  /** Brings an event to a node. What happens while it is down is found by the reconciliation at its start. */
  deliver(index: number, event: NodeEvent): void {
    if (this.#host.stateOf(index).phase !== 'up') return
    const missed = this.#missed.get(index)
    if (missed === undefined && this.#host.isConnected(index)) {
      this.#handle(index, event)
      return
    }
    if (missed === undefined) this.#arm(index)
    const kept = [...(missed ?? []), Object.freeze(event)].slice(-keptEvents)
    this.#missed.set(index, Object.freeze(kept))
  }

  /** The node has stopped: its place in the chain's blocks is forgotten. */
  clear(index: number): void {
    this.#missed.delete(index)
  }

  #arm(index: number): void {
    this.#host.kernel.schedule({
      kind: 'zos.reconnect',
      target: index,
      payload: this.#host.stateOf(index).starts,
      afterMs: reconnectEveryMs,
      background: true,
    })
  }

  #reconnect(index: number): void {
    const missed = this.#missed.get(index)
    if (missed === undefined) return
    if (!this.#host.isConnected(index)) {
      this.#arm(index)
      return
    }
    this.#missed.delete(index)
    for (const event of missed) this.#handle(index, event)
  }
}
