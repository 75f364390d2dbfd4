// Subscriptions to block heads: each gets the header of every new block, made into JSON once for all.

import type { Subscription } from '../call.ts'

/** Subscribers to one stream of heads. */
export class HeadFeed {
  /** Each with the number of the last head it was sent. */
  readonly #sent = new Map<Subscription, number>()

  get isEmpty(): boolean {
    return this.#sent.size === 0
  }

  /** Sends the present head, and from then on each one after it. */
  add(subscription: Subscription, number: number, json: string): void {
    this.#sent.set(subscription, number)
    subscription.onEnd(() => this.#sent.delete(subscription))
    subscription.notify(json)
  }

  /** Sends the head of a block to all who do not have it yet. */
  send(number: number, json: string): void {
    for (const [subscription, sent] of this.#sent) {
      if (sent >= number) continue
      this.#sent.set(subscription, number)
      subscription.notify(json)
    }
  }

  /** The chain was taken back: sends the head that is best now, whatever was sent before. */
  restart(number: number, json: string): void {
    for (const subscription of this.#sent.keys()) {
      this.#sent.set(subscription, number)
      subscription.notify(json)
    }
  }
}
