// What faults do to extrinsics on their way into the pool: it refuses or loses some.

import type { Chain, Gate } from '../chain/node/chain.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { AccountId } from '../chain/types/primitives.ts'
import type { Active, GateFault } from './active.ts'

/** The gate that faults make before the pool. */
export class ChainGate implements Gate {
  readonly #chain: Chain
  readonly #active: () => Active

  constructor(options: { chain: Chain; active: () => Active }) {
    this.#chain = options.chain
    this.#active = options.active
  }

  get isActive(): boolean {
    return this.#active().gate.length > 0
  }

  verdict(call: ChainCall, signer: AccountId): 'taken' | 'refused' | 'lost' {
    for (const fault of this.#active().gate) {
      if (!this.#concerns(fault, call, signer)) continue
      const { id, spec } = fault
      const random = this.#chain.kernel.random.stream(`fault/${id}`)
      if (spec.chance < 1 && !random.chance(spec.chance)) continue
      return spec.kind === 'chain.reject' ? 'refused' : 'lost'
    }
    return 'taken'
  }

  #concerns({ spec: { calls, twins } }: GateFault, call: ChainCall, signer: AccountId): boolean {
    const { pallet, name } = call
    const isCall = calls?.some(one => one === pallet || one === `${pallet}.${name}`) ?? true
    if (!isCall || twins === undefined) return isCall
    const twin = this.#chain.runtime.txOf(tfgrid).state.TwinIdByAccountID.get(signer)
    return twin !== null && twins.includes(twin)
  }
}
