// Extrinsics that clients asked to be broadcast: each is offered to the pool until it is in a block or its client stops.

import type { ChainPort } from '../port.ts'
import { newSubscriptionId } from './ids.ts'
import type { Session } from './session.ts'

/** An extrinsic of a client that is offered to the pool. */
export interface Broadcast {
  readonly id: string
  readonly bytes: Uint8Array
}

/** How many one client may have (`polkadot-sdk: substrate/client/rpc-spec-v2/src/transaction/transaction_broadcast.rs`). */
export const maxBroadcasts = 16

/** The broadcasts of all clients. */
export class Broadcasts {
  readonly #chain: ChainPort
  readonly #waiting = new Set<Broadcast>()

  constructor(chain: ChainPort) {
    this.#chain = chain
  }

  /** Offers an extrinsic from now on; null when the client has too many already. */
  add(session: Session, bytes: Uint8Array): string | null {
    if (session.broadcasts.size >= maxBroadcasts) return null
    const broadcast: Broadcast = { id: newSubscriptionId(), bytes }
    session.broadcasts.set(broadcast.id, broadcast)
    if (session.broadcasts.size === 1) session.onEnd(() => this.#forget(session))
    this.#offer(broadcast)
    return broadcast.id
  }

  /** Ends one; false when the client has none with this id. */
  stop(session: Session, id: string): boolean {
    const broadcast = session.broadcasts.get(id)
    if (!broadcast) return false
    session.broadcasts.delete(id)
    this.#waiting.delete(broadcast)
    return true
  }

  /** There are new blocks: what was refused before may be valid now. */
  retry(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const broadcast of waiting) this.#offer(broadcast)
  }

  /** The world was taken back: what was offered to another history is offered no more. */
  drop(): void {
    this.#waiting.clear()
  }

  /** What the pool takes, it keeps until it is in a block or invalid; what it refuses may be valid later. */
  #offer(broadcast: Broadcast): void {
    const submitted = this.#chain.submitBytes(broadcast.bytes)
    if (submitted.ok) return
    const { problem } = submitted
    // Nothing makes an extrinsic of what is none, and what waits or has passed needs no second offer.
    const isHopeless = problem.type === 'format' || problem.type === 'trap'
    const isPast = problem.type === 'invalid' && problem.reason === 'Stale'
    if (!isHopeless && !isPast && problem.type !== 'imported') this.#waiting.add(broadcast)
  }

  #forget(session: Session): void {
    for (const broadcast of session.broadcasts.values()) this.#waiting.delete(broadcast)
    session.broadcasts.clear()
  }
}
