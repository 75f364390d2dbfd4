// Connects scripts with the chain and the bus of a world: what they ask for, and the outcome that comes back.

import type { ChainOutcome } from '../chain/node/chain.ts'
import type { World } from '../grid/world.ts'
import { gridError } from '../kernel/errors.ts'
import type { StoreMap } from '../kernel/store.ts'
import type { BusAnswer } from '../rmb/bus.ts'
import type { DeploymentJson } from './build.ts'
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

/** Sessions of scripts on the bus, so that a user's own client keeps the twin's unnamed session. */
const scriptSession = 'scenario'

/** Connects scripts with the chain and the bus of a world. */
export class Stage {
  readonly world: World
  readonly host: ScriptHost
  /** What was planned last for a contract: part of the world, so that a revert takes it back. */
  readonly plans: StoreMap<bigint, DeploymentJson>
  readonly #outcomes = new Map<string, (outcome: ChainOutcome) => void>()
  readonly #answers = new Map<string, (answer: BusAnswer) => void>()
  #lastRef = 0

  constructor(world: World, host: ScriptHost) {
    this.world = world
    this.host = host
    this.plans = world.kernel.store.map('script.plans')
    world.kernel.handle('script.outcome', ({ payload }) => this.#settle(this.#outcomes, payload))
    world.kernel.handle('script.answer', ({ payload }) => this.#settle(this.#answers, payload))
  }

  /** Submits a call and waits until it is in a block. */
  submit(
    signer: `0x${string}`,
    call: { pallet: string; name: string; args: unknown },
  ): Promise<ChainOutcome> {
    const title = `${call.pallet}.${call.name}`
    if (!this.world.chain.runtime.pallet(call.pallet)?.calls[call.name]) {
      throw gridError('GRID_CONFIG_INVALID', { detail: `the chain has no call ${title}` })
    }
    const { promise, settle } = this.host.answer<ChainOutcome>(title)
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
