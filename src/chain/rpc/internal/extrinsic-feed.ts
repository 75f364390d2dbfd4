// Watched extrinsics: what became of each, told to whoever submitted it.

import type { PoolStatus } from '../../node/pool.ts'
import type { Subscription } from '../call.ts'
import type { ChainPort } from '../port.ts'

/** An extrinsic that somebody watches. */
export interface Watched {
  readonly hash: string
  readonly subscription: Subscription
  /** The block whose `inBlock` was sent, until it is final. */
  included: { readonly number: number; readonly hash: string } | null
}

/** Feeds the subscribers to extrinsics. */
export class ExtrinsicFeed {
  readonly #chain: ChainPort
  readonly #byHash = new Map<string, Set<Watched>>()
  #notes: { hash: string; status: PoolStatus }[] = []

  constructor(chain: ChainPort) {
    this.#chain = chain
  }

  /** Takes note of a status; called inside the world. True when somebody wants to hear of it. */
  note(hash: string, status: PoolStatus): boolean {
    if (!this.#byHash.has(hash)) return false
    this.#notes.push({ hash, status })
    return true
  }

  /** Watches from now on; what becomes of the extrinsic is sent after the id of the subscription. */
  add(hash: string, subscription: Subscription): void {
    const watched: Watched = { hash, subscription, included: null }
    const others = this.#byHash.get(hash)
    if (others) others.add(watched)
    else this.#byHash.set(hash, new Set([watched]))
    subscription.onEnd(() => {
      const left = this.#byHash.get(hash)
      left?.delete(watched)
      if (left?.size === 0) this.#byHash.delete(hash)
    })
  }

  /** Tells what was noted; returns those that were told of their block. */
  flush(): Watched[] {
    if (this.#notes.length === 0) return []
    const notes = this.#notes
    this.#notes = []
    const included: Watched[] = []
    for (const { hash, status } of notes) {
      for (const watched of [...(this.#byHash.get(hash) ?? [])]) {
        this.#tell(watched, status)
        if (status.type === 'inBlock' && watched.included) included.push(watched)
      }
    }
    return included
  }

  /** The block of these is final: that is the last they hear. */
  finalize(watched: readonly Watched[]): void {
    for (const { subscription, included } of watched) {
      if (!included || !subscription.isOpen) continue
      subscription.notify(`{"finalized":"${included.hash}"}`)
      subscription.end()
    }
  }

  /** A block was replaced by one of the same content: who was in the one is in the other now. */
  replaced(number: number, oldHash: string): void {
    const hash = this.#chain.archive.hashOf(number)
    for (const watched of [...this.#byHash.values()].flatMap(each => [...each])) {
      if (watched.included?.hash !== oldHash) continue
      watched.included = { number, hash }
      watched.subscription.notify(`{"retracted":"${oldHash}"}`)
      watched.subscription.notify(`{"inBlock":"${hash}"}`)
    }
  }

  /** The chain was taken back: who was in a block that is gone hears so, and who is not in the pool is dropped. */
  restart(): void {
    const { archive, pool } = this.#chain
    this.#notes = []
    for (const watched of [...this.#byHash.values()].flatMap(each => [...each])) {
      const { included, subscription, hash } = watched
      if (included) {
        if (archive.has(included.number) && archive.hashOf(included.number) === included.hash) {
          continue
        }
        watched.included = null
        subscription.notify(`{"retracted":"${included.hash}"}`)
      }
      if (pool.has(hash)) continue
      subscription.notify('"dropped"')
      subscription.end()
    }
  }

  #tell(watched: Watched, status: PoolStatus): void {
    const { subscription } = watched
    switch (status.type) {
      case 'future':
      case 'ready':
        subscription.notify(`"${status.type}"`)
        return
      case 'inBlock': {
        const hash = this.#chain.archive.hashOf(status.block)
        watched.included = { number: status.block, hash }
        subscription.notify(`{"inBlock":"${hash}"}`)
        subscription.settle()
        return
      }
      case 'retracted':
        watched.included = null
        subscription.notify(`{"retracted":"${status.block}"}`)
        return
      case 'usurped':
        subscription.notify(`{"usurped":"${status.by}"}`)
        subscription.end()
        return
      case 'dropped':
      case 'invalid':
        subscription.notify(`"${status.type}"`)
        subscription.end()
        return
    }
  }
}
