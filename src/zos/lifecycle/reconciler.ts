// Compares what a node runs with what the chain lists for it, at its start and every hour.

import type { EventId } from '../../kernel/kernel.ts'
import type { StoreMap } from '../../kernel/store.ts'
import type { Engine } from '../engine/engine.ts'
import { hasOkay } from '../engine/records.ts'
import type { NodeHost } from './host.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node compares its deployments with the chain. */
    'zos.reconcile': null
  }
}

/** How often nodes compare, in ms (`zosbase: pkg/events`). */
const reconcileEveryMs = 60 * 60_000

/** Keeps nodes true to the chain. A node that runs nothing has nothing to compare, and is left alone. */
export class Reconciler {
  readonly #host: NodeHost
  readonly #engine: Engine
  readonly #events: StoreMap<number, EventId>

  constructor(options: { host: NodeHost; engine: Engine }) {
    const { kernel } = options.host
    this.#host = options.host
    this.#engine = options.engine
    this.#events = kernel.store.map('zos.reconciliations')
    kernel.handle('zos.reconcile', ({ target }) => {
      this.#events.delete(Number(target))
      this.reconcile(Number(target))
    })
  }

  /** Compares when the hour comes round. */
  arm(index: number): void {
    if (this.#events.has(index) || this.#engine.book.placesOf(index).length === 0) return
    const event = this.#host.kernel.schedule({
      kind: 'zos.reconcile',
      target: index,
      payload: null,
      afterMs: reconcileEveryMs,
      background: true,
    })
    this.#events.set(index, event)
  }

  /** The node stops: it compares again when it has started. */
  disarm(index: number): void {
    const event = this.#events.get(index)
    if (event === undefined) return
    this.#host.kernel.cancel(event)
    this.#events.delete(index)
  }

  /** What the chain does not list goes; what its contract stops or lets go on follows. */
  reconcile(index: number): void {
    if (this.#host.isConnected(index)) this.#compare(index)
    this.arm(index)
  }

  #compare(index: number): void {
    const { chain } = this.#host
    const { book } = this.#engine
    const listed = new Set(chain.activeContractsOf(this.#host.stateOf(index).nodeId))
    for (const place of book.placesOf(index)) {
      const record = book.get(place)
      if (!listed.has(place.contractId)) {
        if (hasOkay(record)) this.#engine.deprovision(place, 'contract not active on chain')
        continue
      }
      const { workloads } = record.deployment
      const isPaused = workloads.some(({ result }) => result.state === 'paused')
      const inGrace = chain.contract(place.contractId)?.state.type === 'GracePeriod'
      if (hasOkay(record) && isPaused !== inGrace) this.#engine.setPaused(place, inGrace)
    }
  }
}
