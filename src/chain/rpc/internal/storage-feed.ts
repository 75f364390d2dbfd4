// Subscriptions to storage: who wants which keys, and what each block changed of them.

import type { Subscription } from '../call.ts'
import type { ChainPort } from '../port.ts'

interface Watch {
  readonly subscription: Subscription
  /** Null: every key. */
  readonly keys: readonly string[] | null
  /** The last block whose changes it was sent. */
  sent: number
}

/** Feeds the subscribers to storage. */
export class StorageFeed {
  readonly #chain: ChainPort
  readonly #watches = new Set<Watch>()
  readonly #byKey = new Map<string, Set<Watch>>()
  /** How many of the wanted keys lie in an item, by the item's prefix. */
  readonly #wantedIn = new Map<string, number>()
  /** Wanted keys of items that are read from the block record: true when every block changes them. */
  readonly #derived = new Map<string, boolean>()
  #unfiltered = 0

  constructor(chain: ChainPort) {
    this.#chain = chain
  }

  get isEmpty(): boolean {
    return this.#watches.size === 0
  }

  /** Sends all keys with their values at `best`, and from then on what each block changes. */
  add(subscription: Subscription, keys: readonly string[] | null, best: number): void {
    const watch: Watch = { subscription, keys: keys && [...new Set(keys)], sent: best }
    this.#watches.add(watch)
    if (watch.keys) for (const key of watch.keys) this.#want(key, watch)
    else this.#unfiltered += 1
    subscription.onEnd(() => this.#remove(watch))
    if (!keys || keys.length === 0) return
    const fragments = keys.map(key => this.#fragment(key, best))
    subscription.notify(changeSet(this.#chain.archive.hashOf(best), fragments))
  }

  /** Tells what a block changed. A key that was written counts, even when its value is the same, as on the real node. */
  block(number: number): void {
    if (this.isEmpty) return
    const changed = this.#changedIn(number)
    if (changed.size === 0) return
    const fragments = new Map<Watch, string[]>()
    for (const key of changed) {
      const wanted = this.#byKey.get(key)
      if (!wanted && this.#unfiltered === 0) continue
      const fragment = this.#fragment(key, number)
      const watches = this.#unfiltered === 0 ? wanted! : this.#watches
      for (const watch of watches) {
        if (watch.sent >= number || (watch.keys && !wanted?.has(watch))) continue
        const list = fragments.get(watch)
        if (list) list.push(fragment)
        else fragments.set(watch, [fragment])
      }
    }
    this.#send(number, fragments)
  }

  /** Tells of the blocks after `before` up to `number` at once: keys whose value is another one than before. */
  summary(before: number, number: number): void {
    const { archive, state } = this.#chain
    const fragments = new Map<Watch, string[]>()
    for (const watch of this.#watches) {
      if (!watch.keys || watch.sent >= number) continue
      const isForgotten = before < archive.floor
      const list = watch.keys
        .filter(key => {
          if (isForgotten || this.#derived.get(key)) return true
          return state.rawValue(key, before) !== state.rawValue(key, number)
        })
        .map(key => this.#fragment(key, number))
      if (list.length > 0) fragments.set(watch, list)
    }
    this.#send(number, fragments)
  }

  /** Keys of a block that everybody was told of were set by hand. */
  overridden(block: number, keys: readonly string[]): void {
    const hash = this.#chain.archive.hashOf(block)
    const fragments = new Map<Watch, string[]>()
    for (const key of keys) {
      const wanted = this.#byKey.get(key)
      const fragment = this.#fragment(key, block)
      for (const watch of this.#watches) {
        if (watch.keys && !wanted?.has(watch)) continue
        const list = fragments.get(watch)
        if (list) list.push(fragment)
        else fragments.set(watch, [fragment])
      }
    }
    for (const [watch, list] of fragments) watch.subscription.notify(changeSet(hash, list))
  }

  /** The chain was taken back: every subscriber gets its keys again. */
  restart(best: number): void {
    const hash = this.#chain.archive.hashOf(best)
    for (const watch of this.#watches) {
      watch.sent = best
      if (!watch.keys || watch.keys.length === 0) continue
      watch.subscription.notify(
        changeSet(
          hash,
          watch.keys.map(key => this.#fragment(key, best)),
        ),
      )
    }
  }

  #changedIn(number: number): Set<string> {
    const { archive, state } = this.#chain
    const changed = new Set<string>()
    for (const [key, isEveryBlock] of this.#derived) {
      if (isEveryBlock || state.rawValue(key, number) !== state.rawValue(key, number - 1)) {
        changed.add(key)
      }
    }
    const wantsAll = this.#unfiltered > 0
    for (let change = archive.contentOf(number)?.changes ?? null; change; change = change.next) {
      if (wantsAll || this.#wantedIn.has(change.cell.item.prefix)) changed.add(change.cell.rawKey)
    }
    return changed
  }

  #send(number: number, fragments: ReadonlyMap<Watch, readonly string[]>): void {
    if (fragments.size === 0) return
    const hash = this.#chain.archive.hashOf(number)
    // Subscribers to the same keys share one text.
    const texts = new Map<string, string>()
    for (const [watch, list] of fragments) {
      watch.sent = number
      const joined = list.length === 1 ? list[0]! : list.join(',')
      let text = texts.get(joined)
      if (text === undefined) {
        text = changeSet(hash, [joined])
        texts.set(joined, text)
      }
      watch.subscription.notify(text)
    }
  }

  /** A key and its value as JSON. Both are hex, so nothing has to be escaped. */
  #fragment(key: string, block: number): string {
    const value = this.#chain.state.rawValue(key, block)
    return value === null ? `["${key}",null]` : `["${key}","${value}"]`
  }

  #want(key: string, watch: Watch): void {
    const known = this.#byKey.get(key)
    if (known) {
      known.add(watch)
      return
    }
    this.#byKey.set(key, new Set([watch]))
    const found = this.#chain.state.locate(key)
    if (!found) return
    if (found.item.derived) this.#derived.set(key, found.item.decl.keys.length === 0)
    else count(this.#wantedIn, found.item.prefix, 1)
  }

  #remove(watch: Watch): void {
    this.#watches.delete(watch)
    if (!watch.keys) this.#unfiltered -= 1
    for (const key of watch.keys ?? []) {
      const wanted = this.#byKey.get(key)
      wanted?.delete(watch)
      if (!wanted || wanted.size > 0) continue
      this.#byKey.delete(key)
      if (this.#derived.delete(key)) continue
      const found = this.#chain.state.locate(key)
      if (found) count(this.#wantedIn, found.item.prefix, -1)
    }
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  const sum = (counts.get(key) ?? 0) + by
  if (sum > 0) counts.set(key, sum)
  else counts.delete(key)
}

function changeSet(hash: string, fragments: readonly string[]): string {
  return `{"block":"${hash}","changes":[${fragments.join(',')}]}`
}
