// The requests that outside clients have made of parties of this process, as long as they may be answered.

import { type Address, formatAddress } from '../../address.ts'
import type { EnvelopePeek } from '../../envelope.ts'
import { secondsLeft } from '../../stamp.ts'

/** Requests that are remembered at most; the oldest are forgotten first. */
const rememberedRequests = 100_000

/** A longer uid is not remembered: real ones have 36 characters. */
const longestUid = 200

/** Remembers who asked what of whom. */
export class OpenRequests {
  readonly #heads = new Map<string, EnvelopePeek>()

  add(head: EnvelopePeek): void {
    const { uid, source, destination, timestamp, expiration } = head
    if (!source || !destination || uid.length > longestUid) return
    const kept = { kind: 'request', uid, source, destination, timestamp, expiration } as const
    this.#heads.set(keyOf(uid, source, destination.twin), kept)
    if (this.#heads.size <= rememberedRequests) return
    const oldest = this.#heads.keys().next()
    if (!oldest.done) this.#heads.delete(oldest.value)
  }

  /** The reply to a request is on its way. */
  settle(reply: { uid: string; source: Address; destination: Address }): void {
    this.#heads.delete(keyOf(reply.uid, reply.destination, reply.source.twin))
  }

  /** Forgets those whose callers have given up. */
  forgetExpired(nowSeconds: bigint): void {
    for (const [key, head] of this.#heads) {
      if (secondsLeft(head, nowSeconds) === 0n) this.#heads.delete(key)
    }
  }

  /** All of them, which are forgotten with it. */
  takeAll(): EnvelopePeek[] {
    const heads = [...this.#heads.values()]
    this.#heads.clear()
    return heads
  }
}

// One uid may go to several twins: rmb-peer does that.
const keyOf = (uid: string, from: Address, to: number) => `${to}/${formatAddress(from)}/${uid}`
