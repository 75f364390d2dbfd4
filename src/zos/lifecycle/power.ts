// Farmers send nodes to sleep and wake them: the node follows its target on the chain, its neighbours send the wake-up.

import type { ChainOutcome } from '../../chain/node/chain.ts'
import { canSleep } from '../hardware/profile.ts'
import { gridCall, type NodeHost } from './host.ts'
import type { Reporter } from './reporter.ts'

declare module '../../kernel/kernel.ts' {
  interface KernelEvents {
    /** A node looks at its power target again; the payload is the number of its start. */
    'zos.power': number
  }
}

/** Wait before the target is looked at again when something failed, in ms (`zosbase: pkg/power`). */
const retryMs = 5_000

/** Makes nodes follow their power targets. */
export class Power {
  readonly #host: NodeHost
  readonly #reporter: Reporter
  readonly #neighboursOf: (index: number) => Iterable<number>
  readonly #sleep: (index: number) => void
  readonly #wake: (index: number) => void

  constructor(options: {
    host: NodeHost
    reporter: Reporter
    /** The other nodes of the node's farm. */
    neighboursOf: (index: number) => Iterable<number>
    sleep: (index: number) => void
    wake: (index: number) => void
  }) {
    this.#host = options.host
    this.#reporter = options.reporter
    this.#neighboursOf = options.neighboursOf
    this.#sleep = options.sleep
    this.#wake = options.wake
    options.host.kernel.handle('zos.power', ({ target, payload }) => {
      const { phase, starts } = this.#host.stateOf(Number(target))
      if (phase === 'up' && starts === payload) this.follow(Number(target))
    })
  }

  /** Does what the node's target on the chain asks for. */
  follow(index: number): void {
    if (!this.#host.isConnected(index)) {
      this.#retry(index)
      return
    }
    const { state, target } = this.#host.chain.powerOf(this.#host.stateOf(index).nodeId)
    // Who cannot be woken does not go to sleep, whatever the farmer wants.
    if (target === 'Up' || !canSleep(this.#host.bodyOf(index).profile)) {
      if (state.type !== 'Up') this.#setState(index, 'Up')
    } else if (state.type === 'Down') {
      this.#leave(index)
    } else {
      this.#setState(index, 'Down')
    }
  }

  /** The farmer changed a target. Nodes that run wake the one that shall be up; nobody wakes itself. */
  onTarget(index: number, target: 'Up' | 'Down'): void {
    const { phase } = this.#host.stateOf(index)
    if (phase === 'up') {
      this.follow(index)
      return
    }
    if (target === 'Down' || phase !== 'asleep') return
    for (const neighbour of this.#neighboursOf(index)) {
      if (!this.#host.isConnected(neighbour)) continue
      this.#host.note(index, 'woken by a neighbour')
      this.#wake(index)
      return
    }
    this.#host.note(index, 'no node of its farm is up to wake it')
  }

  /** The chain has answered. */
  onOutcome(index: number, step: string, { error }: ChainOutcome): void {
    if (error !== null) this.#retry(index)
    else if (step === 'Down') this.#leave(index)
    else if (step === 'off') this.#turnOff(index)
  }

  #setState(index: number, power_state: 'Up' | 'Down'): void {
    this.#host.submit(
      index,
      gridCall('change_power_state', { power_state }),
      `power/${power_state}`,
    )
  }

  /** The last report of uptime, and then off. */
  #leave(index: number): void {
    if (!this.#reporter.reportNow(index, 'power/off')) this.#retry(index)
  }

  #turnOff(index: number): void {
    const { target } = this.#host.chain.powerOf(this.#host.stateOf(index).nodeId)
    if (target === 'Down') this.#sleep(index)
    else this.follow(index)
  }

  #retry(index: number): void {
    this.#host.kernel.schedule({
      kind: 'zos.power',
      target: index,
      payload: this.#host.stateOf(index).starts,
      afterMs: retryMs,
    })
  }
}
