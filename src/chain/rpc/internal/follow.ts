// One `chainHead_v1_follow` subscription: the blocks that it was told of and holds, and the operations that it runs.

import type { Subscription } from '../call.ts'
import type { StoragePages } from './storage-query.ts'

/** Limits of a subscription (`polkadot-sdk: substrate/client/rpc-spec-v2/src/chain_head/chain_head.rs`). */
export const followLimits = {
  /** Subscriptions of one client. */
  follows: 4,
  /** Operations at one time; each item of a storage request counts. */
  operations: 16,
  /** Final blocks that are held; a client that holds on to more is stopped. */
  pinnedFinal: 512,
  /** Final blocks in the first event. */
  initialFinal: 16,
  /** Blocks that are told of one by one; after a longer jump the client has to begin anew. */
  burst: 512,
} as const

/** A storage operation that waits for its client to ask for more. */
interface Operation {
  readonly pages: StoragePages
  /** How many of the items that may be asked for at one time it takes. */
  readonly size: number
}

/** A client that follows the head. */
export class Follow {
  readonly subscription: Subscription
  readonly withRuntime: boolean
  /** The last block that the client takes for final. */
  finalized: number
  /** The last block that it was told of. */
  told: number
  /** Hashes of replaced blocks that the client was told of, by number; told as pruned when their number is final. */
  readonly forks = new Map<string, number>()
  /** Operations of which the client has not heard yet: they began in the frame that is being answered. */
  readonly unheard = new Set<string>()
  readonly #pins = new Map<string, number>()
  readonly #operations = new Map<string, Operation>()
  #lastOperation = 0
  #running = 0

  constructor(subscription: Subscription, withRuntime: boolean, finalized: number) {
    this.subscription = subscription
    this.withRuntime = withRuntime
    this.finalized = finalized
    this.told = finalized
  }

  pin(hash: string, number: number): void {
    this.#pins.set(hash, number)
  }

  unpin(hash: string): void {
    this.#pins.delete(hash)
  }

  isPinned(hash: string): boolean {
    return this.#pins.has(hash)
  }

  /** Whether the client holds on to too many blocks that are final, when `best` is best. */
  holdsTooMany(best: number): boolean {
    return this.#pins.size > followLimits.pinnedFinal + (best - this.finalized)
  }

  /** How many operations may still be begun. */
  get free(): number {
    return followLimits.operations - this.#running
  }

  /** A new operation's id. */
  newOperation(): string {
    this.#lastOperation += 1
    return `${this.#lastOperation}`
  }

  /** Keeps an operation of which there is more to come. */
  keep(id: string, pages: StoragePages, size: number): void {
    if (!this.#operations.has(id)) this.#running += size
    this.#operations.set(id, { pages, size })
  }

  /** The operation that waits under this id. */
  waiting(id: string): Operation | undefined {
    return this.#operations.get(id)
  }

  /** Ends an operation; nothing happens when it has ended. */
  finish(id: string): void {
    const operation = this.#operations.get(id)
    if (!operation) return
    this.#operations.delete(id)
    this.#running -= operation.size
  }
}
