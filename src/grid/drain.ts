// Empties a node as the chain's council may: a motion cancels the contracts on it, and its workloads leave as real ones do.

import type { Chain, ChainOutcome } from '../chain/node/chain.ts'
import { council } from '../chain/pallets/council/declaration.ts'
import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import { RuntimeCall } from '../chain/types/outer.ts'
import { gridError, invariant } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { Cell, StoreMap } from '../kernel/store.ts'
import { encodeToBytes } from '../scale/codec.ts'
import type { Keyring } from './keyring.ts'

declare module '../kernel/kernel.ts' {
  interface KernelEvents {
    /** The council has taken a motion that empties a node, or has not. */
    'drain.proposed': ChainOutcome
  }
}
declare module '../chain/node/pool.ts' {
  interface OutcomeKinds {
    'drain.proposed': true
  }
}

/** Contracts that one motion cancels: it may weigh five times as much, and 100 motions may be open at once. */
const contractsOfMotion = 200

/** A motion on its way. */
interface Motion {
  readonly proposal: ChainCall
  /** Who proposes it and votes for it: as many members as carry it. */
  readonly voters: readonly `0x${string}`[]
}

/** The council's broom for nodes. */
export class Drains {
  readonly #chain: Chain
  readonly #keyring: Keyring
  readonly #motions: StoreMap<string, Motion>
  readonly #lastMotion: Cell<number>

  constructor({ kernel, chain, keyring }: { kernel: Kernel; chain: Chain; keyring: Keyring }) {
    this.#chain = chain
    this.#keyring = keyring
    this.#motions = kernel.store.map('drain.motions')
    this.#lastMotion = kernel.store.cell('drain.lastMotion', 0)
    kernel.handle('drain.proposed', ({ payload }) => this.#carry(payload))
  }

  /**
   * Begins to cancel the contracts on a node, a rent last, since it ends only when the others have. Returns how many
   * there are; a node without any is empty at once. GRID_CONFIG_INVALID when the council's keys are not here.
   */
  drain(nodeId: number): number {
    const { state } = this.#chain.runtime.txOf(smartContract)
    const rent = state.ActiveRentContractForNode.get(nodeId)
    const ids = [...state.ActiveNodeContracts.get(nodeId), ...(rent === null ? [] : [rent])]
    if (ids.length === 0) return 0
    const voters = this.#voters()
    for (let from = 0; from < ids.length; from += contractsOfMotion) {
      this.#propose({ proposal: cancelAll(ids.slice(from, from + contractsOfMotion)), voters })
    }
    return ids.length
  }

  /** Three fifths of the members carry a motion. */
  #voters(): readonly `0x${string}`[] {
    const members = this.#chain.runtime.txOf(council).state.Members.get()
    const known = members.filter(member => this.#keyring.find(member) !== undefined)
    const needed = Math.ceil((members.length * 3) / 5)
    if (known.length > 0 && known.length >= needed) return known.slice(0, needed)
    const detail =
      'the council has members whose keys are not here: they have to cancel the contracts'
    throw gridError('GRID_CONFIG_INVALID', { detail })
  }

  #propose(motion: Motion): void {
    const { proposal, voters } = motion
    const id = this.#lastMotion.get() + 1
    this.#lastMotion.set(id)
    const ref = String(id)
    this.#motions.set(ref, Object.freeze(motion))
    const args = { threshold: voters.length, proposal, length_bound: lengthOf(proposal) }
    this.#chain.submit(
      { pallet: 'Council', name: 'propose', args },
      { signer: voters[0]!, reply: { kind: 'drain.proposed', target: null, ref } },
    )
  }

  /** What a single vote carries was executed with the proposal; else its voters vote, and the first one closes it. */
  #carry({ ref, events }: ChainOutcome): void {
    const motion = this.#motions.get(ref)
    invariant(motion, 'a motion that is reported was proposed')
    this.#motions.delete(ref)
    const proposed = events.find(({ event }) => event.name === 'Proposed')
    // The chain has said why not: where it was proposed twice, the first one empties the node.
    if (!proposed) return
    const { proposal, voters } = motion
    const { proposal_hash, proposal_index: index } = proposed.event.fields as {
      readonly proposal_hash: string
      readonly proposal_index: number
    }
    for (const signer of voters) {
      const args = { proposal: proposal_hash, index, approve: true }
      this.#chain.submit({ pallet: 'Council', name: 'vote', args }, { signer })
    }
    const { refTime, proofSize } = this.#chain.runtime.weightOf(proposal)
    const args = {
      proposal_hash,
      index,
      proposal_weight_bound: { ref_time: refTime, proof_size: proofSize },
      length_bound: lengthOf(proposal),
    }
    this.#chain.submit({ pallet: 'Council', name: 'close', args }, { signer: voters[0]! })
  }
}

/** A contract that cannot be cancelled, because its owner was quicker, does not stop the others. */
function cancelAll(ids: readonly bigint[]): ChainCall {
  const calls = ids.map(contract_id => ({
    pallet: 'SmartContractModule',
    name: 'cancel_contract_collective',
    args: { contract_id },
  }))
  return { pallet: 'Utility', name: 'force_batch', args: { calls } }
}

function lengthOf(call: ChainCall): number {
  return encodeToBytes(RuntimeCall, call).length
}
