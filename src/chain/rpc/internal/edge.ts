// The border between the world and its clients: notes what happens inside, and tells of it when the world has come to rest.

import type { WallClock } from '../../../kernel/driver.ts'
import { asError } from '../../../kernel/errors.ts'
import type { Subscription } from '../call.ts'
import type { ChainPort, DevControl, DriverPort } from '../port.ts'
import { Broadcasts } from './broadcasts.ts'
import { ExtrinsicFeed, type Watched } from './extrinsic-feed.ts'
import { Finality } from './finality.ts'
import type { Follow } from './follow.ts'
import { FollowFeed } from './follow-feed.ts'
import { HeadFeed } from './heads.ts'
import { headerJson } from './json.ts'
import type { Session } from './session.ts'
import { StorageFeed } from './storage-feed.ts'
import { Submitters } from './submitters.ts'

/**
 * When more blocks than this come at once (a jump in time), only the last ones are told of one by one; what the
 * others changed in subscribed storage comes as one summary before them.
 */
export const burstLimit = 64

/** Headers kept as JSON. */
const keptHeaders = 256

export interface EdgeOptions {
  readonly chain: ChainPort
  readonly driver: DriverPort
  readonly clock: WallClock
  /** Wall time in ms between a block's `inBlock` and its `finalized`. */
  readonly finalityMs: number
  readonly onFailure: (error: Error) => void
  readonly control: DevControl
}

/** State of the best block that was set by hand. */
interface Override {
  readonly block: number
  /** The hash that the block had before. */
  readonly oldHash: string
  readonly keys: readonly string[]
}

/** Tells clients what happens on the chain. */
export class Edge {
  readonly #chain: ChainPort
  readonly #driver: DriverPort
  readonly #onFailure: (error: Error) => void
  readonly #newHeads = new HeadFeed()
  readonly #finalHeads = new HeadFeed()
  readonly #storage: StorageFeed
  readonly #extrinsics: ExtrinsicFeed
  readonly #follows: FollowFeed
  readonly #broadcasts: Broadcasts
  readonly #submitters: Submitters
  readonly #finality: Finality<Watched>
  readonly #stopListening: () => void
  readonly #headers = new Map<string, string>()
  /** The last block that was told of, and the last that was noted. */
  #told: number
  #noted: number
  #hasStatuses = false
  #isTakenBack = false
  #overrides: Override[] = []
  #isScheduled = false
  #isClosed = false

  constructor({ chain, driver, clock, finalityMs, onFailure, control }: EdgeOptions) {
    this.#chain = chain
    this.#driver = driver
    this.#onFailure = onFailure
    this.#storage = new StorageFeed(chain)
    this.#extrinsics = new ExtrinsicFeed(chain)
    this.#follows = new FollowFeed(chain)
    this.#broadcasts = new Broadcasts(chain)
    this.#submitters = new Submitters({ chain, clock, control })
    const best = driver.enter(() => chain.best())
    this.#told = best
    this.#noted = best
    this.#finality = new Finality<Watched>({
      clock,
      delayMs: finalityMs,
      number: best,
      limit: () => chain.finalized(),
      onFinal: ({ from, to, told }) => this.guard(() => this.#tellFinal(from, to, told)),
    })
    this.#stopListening = chain.listen({
      onBlocks: (_first, last) => {
        this.#noted = last
        this.#schedule()
      },
      onStatus: (hash, status) => {
        if (!this.#extrinsics.note(hash, status)) return
        this.#hasStatuses = true
        this.#schedule()
      },
      onRetracted: () => this.takenBack(),
      onReset: () => this.takenBack(),
      onOverridden: (block, oldHash, keys) => {
        this.#overrides.push({ block, oldHash, keys })
        this.#schedule()
      },
    })
  }

  /** Does something in the world. */
  enter<T>(body: () => T): T {
    return this.#driver.enter(body)
  }

  /** Number of the last block that clients may take for final. */
  get finalized(): number {
    return Math.min(this.#finality.number, this.#chain.archive.best)
  }

  /** The header of a block as JSON. */
  headerJson(number: number): string {
    const hash = this.#chain.archive.hashOf(number)
    const kept = this.#headers.get(hash)
    if (kept !== undefined) return kept
    const json = headerJson(this.#chain.archive.headerOf(number))
    if (this.#headers.size >= keptHeaders) {
      const [oldest] = this.#headers.keys()
      if (oldest !== undefined) this.#headers.delete(oldest)
    }
    this.#headers.set(hash, json)
    return json
  }

  /** Sends the best head and each one after it. */
  followBest(subscription: Subscription): void {
    const best = this.#chain.best()
    this.#newHeads.add(subscription, best, this.headerJson(best))
  }

  /** Sends the final head and each one after it. */
  followFinal(subscription: Subscription): void {
    this.#finalHeads.add(subscription, this.finalized, this.headerJson(this.finalized))
  }

  /** Sends the keys' values and each change of them; null means every key. */
  followStorage(subscription: Subscription, keys: readonly string[] | null): void {
    this.#storage.add(subscription, keys, this.#chain.best())
  }

  /** Sends what becomes of an extrinsic; to be called before it is submitted, so that nothing is missed. */
  followExtrinsic(subscription: Subscription, hash: string): void {
    this.#extrinsics.add(hash, subscription)
  }

  /** Sends the blocks near the head in the new way, and all that becomes of them. */
  follow(subscription: Subscription, withRuntime: boolean): Follow {
    const best = this.#chain.best()
    return this.#follows.add(subscription, withRuntime, { finalized: this.finalized, best })
  }

  /** Offers an extrinsic to the pool until it is in a block; null when the client has too many of these. */
  broadcast(session: Session, bytes: Uint8Array): string | null {
    this.submitted(session)
    return this.#broadcasts.add(session, bytes)
  }

  stopBroadcast(session: Session, id: string): boolean {
    return this.#broadcasts.stop(session, id)
  }

  /** A client submits an extrinsic. */
  submitted(session: Session): void {
    this.#submitters.note(session)
  }

  /**
   * The world was taken back (or put somewhere else): subscribers get the head and the values that hold now, watched
   * extrinsics that are undone `retracted` and then `dropped`.
   */
  restart(): void {
    this.guard(() => this.#restart())
  }

  /** The same, from inside the world: it is told when the world has come to rest. */
  takenBack(): void {
    this.#isTakenBack = true
    this.#schedule()
  }

  close(): void {
    this.#isClosed = true
    this.#stopListening()
    this.#finality.stop()
  }

  /** Listeners are called inside the world; what they noted is told once the world has come to rest. */
  #schedule(): void {
    if (this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    void Promise.resolve().then(() => {
      this.#isScheduled = false
      if (this.#isClosed) return
      if (this.#hasNews) this.guard(() => this.#flush())
    })
  }

  get #hasNews(): boolean {
    const hasBlocks = this.#noted !== this.#told
    return hasBlocks || this.#hasStatuses || this.#isTakenBack || this.#overrides.length > 0
  }

  #flush(): void {
    const best = this.#chain.best()
    if (this.#isTakenBack || best < this.#told) {
      this.#restart()
      return
    }
    this.#tellOverrides()
    if (best > this.#told) this.#tellBlocks(this.#told, best)
    this.#told = best
    this.#noted = best
    this.#hasStatuses = false
    this.#finality.told(best, this.#extrinsics.flush())
  }

  #restart(): void {
    const best = this.#chain.best()
    this.#told = best
    this.#noted = best
    this.#hasStatuses = false
    this.#isTakenBack = false
    this.#overrides = []
    const final = this.#finality.number
    this.#follows.stopAll()
    this.#broadcasts.drop()
    this.#extrinsics.restart()
    this.#finality.restart(best, watched => watched.included !== null)
    if (!this.#newHeads.isEmpty) this.#newHeads.restart(best, this.headerJson(best))
    if (final > best && !this.#finalHeads.isEmpty) {
      this.#finalHeads.restart(this.finalized, this.headerJson(this.finalized))
    }
    this.#storage.restart(best)
  }

  /** Tells what was set by hand in blocks that clients know already; of the others they hear as they are. */
  #tellOverrides(): void {
    const overrides = this.#overrides
    this.#overrides = []
    for (const { block, oldHash, keys } of overrides) {
      if (block > this.#told) continue
      this.#extrinsics.replaced(block, oldHash)
      this.#follows.replaced(block, oldHash)
      if (!this.#newHeads.isEmpty) this.#newHeads.restart(block, this.headerJson(block))
      if (block <= this.finalized && !this.#finalHeads.isEmpty) {
        this.#finalHeads.restart(block, this.headerJson(block))
      }
      this.#storage.overridden(block, keys)
    }
  }

  #tellBlocks(before: number, best: number): void {
    this.#broadcasts.retry()
    if (!this.#follows.isEmpty) this.#follows.blocks(before, best)
    const first = Math.max(before + 1, best - burstLimit + 1)
    if (!this.#storage.isEmpty && first > before + 1) this.#storage.summary(before, first - 1)
    for (let number = first; number <= best; number += 1) {
      if (!this.#newHeads.isEmpty) this.#newHeads.send(number, this.headerJson(number))
      this.#storage.block(number)
    }
  }

  #tellFinal(from: number, to: number, told: readonly Watched[]): void {
    if (!this.#finalHeads.isEmpty) {
      for (let number = Math.max(from + 1, to - burstLimit + 1); number <= to; number += 1) {
        this.#finalHeads.send(number, this.headerJson(number))
      }
    }
    this.#extrinsics.finalize(told)
    this.#follows.final(Math.min(to, this.#told))
  }

  /** Does something in the world; a fault is the world's, not the caller's. */
  guard(body: () => void): void {
    try {
      this.#driver.enter(body)
    } catch (cause) {
      this.#onFailure(asError(cause))
    }
  }
}
