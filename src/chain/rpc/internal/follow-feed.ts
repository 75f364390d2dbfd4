// Clients that follow the head in the new way: what each block, its finality and its loss mean to them.

import { runtimeVersionJson } from '../../runtime/version.ts'
import type { Subscription } from '../call.ts'
import type { ChainPort } from '../port.ts'
import { versionOf } from '../runtime-functions.ts'
import { Follow, followLimits } from './follow.ts'

const stopEvent = '{"event":"stop"}'

/** Feeds the subscribers of `chainHead_v1_follow`. */
export class FollowFeed {
  readonly #chain: ChainPort
  readonly #follows = new Set<Follow>()

  constructor(chain: ChainPort) {
    this.#chain = chain
  }

  get isEmpty(): boolean {
    return this.#follows.size === 0
  }

  /** Begins: the last final blocks, those after them, and which one is best. */
  add(
    subscription: Subscription,
    withRuntime: boolean,
    { finalized, best }: { finalized: number; best: number },
  ): Follow {
    const { archive } = this.#chain
    // After a jump in time most blocks have not become final yet; nothing but a command can take them back.
    const final = Math.max(finalized, best - followLimits.burst)
    const follow = new Follow(subscription, withRuntime, final)
    this.#follows.add(follow)
    subscription.onEnd(() => this.#follows.delete(follow))
    const first = Math.max(archive.floor, 0, final - followLimits.initialFinal + 1)
    const hashes: string[] = []
    for (let number = Math.min(first, final); number <= final; number += 1) {
      const hash = archive.hashOf(number)
      follow.pin(hash, number)
      hashes.push(hash)
    }
    const runtime = withRuntime ? `,"finalizedBlockRuntime":${this.#runtimeJson()}` : ''
    subscription.notify(
      `{"event":"initialized","finalizedBlockHashes":${JSON.stringify(hashes)}${runtime}}`,
    )
    for (let number = final + 1; number <= best; number += 1) this.#tellNew(follow, number)
    subscription.notify(bestEvent(archive.hashOf(best)))
    return follow
  }

  /** Tells of the blocks after `before` up to `best`. */
  blocks(before: number, best: number): void {
    for (const follow of [...this.#follows]) {
      const first = Math.max(before, follow.told) + 1
      if (best - first >= followLimits.burst) {
        stop(follow)
        continue
      }
      for (let number = first; number <= best; number += 1) {
        this.#tellNew(follow, number)
        follow.subscription.notify(bestEvent(this.#chain.archive.hashOf(number)))
      }
      if (follow.holdsTooMany(best)) stop(follow)
    }
  }

  /** Tells that all blocks up to `number` are final. */
  final(number: number): void {
    const { archive } = this.#chain
    for (const follow of [...this.#follows]) {
      if (number <= follow.finalized) continue
      const hashes: string[] = []
      for (let each = follow.finalized + 1; each <= number; each += 1)
        hashes.push(archive.hashOf(each))
      const pruned: string[] = []
      for (const [hash, fork] of follow.forks) {
        if (fork > number) continue
        follow.forks.delete(hash)
        pruned.push(hash)
      }
      follow.finalized = number
      follow.subscription.notify(
        `{"event":"finalized","finalizedBlockHashes":${JSON.stringify(hashes)},` +
          `"prunedBlockHashes":${JSON.stringify(pruned)}}`,
      )
      if (follow.holdsTooMany(archive.best)) stop(follow)
    }
  }

  /** The best block was replaced by another one of the same number: a fork to those who do not take it for final. */
  replaced(number: number, oldHash: string): void {
    for (const follow of [...this.#follows]) {
      if (follow.isPinned(this.#chain.archive.hashOf(number))) continue
      if (number <= follow.finalized) {
        stop(follow)
        continue
      }
      follow.forks.set(oldHash, number)
      this.#tellNew(follow, number)
      follow.subscription.notify(bestEvent(this.#chain.archive.hashOf(number)))
    }
  }

  /** The chain was taken back: what was told does not hold any more. */
  stopAll(): void {
    for (const follow of [...this.#follows]) stop(follow)
  }

  #tellNew(follow: Follow, number: number): void {
    const { archive } = this.#chain
    const hash = archive.hashOf(number)
    follow.pin(hash, number)
    follow.told = number
    // The runtime never changes.
    const runtime = follow.withRuntime ? ',"newRuntime":null' : ''
    follow.subscription.notify(
      `{"event":"newBlock","blockHash":"${hash}","parentBlockHash":"${archive.hashOf(number - 1)}"${runtime}}`,
    )
  }

  #runtimeJson(): string {
    const { specName, implName, specVersion, implVersion, apis, transactionVersion } =
      runtimeVersionJson(versionOf(this.#chain))
    const versions = Object.fromEntries(apis as [string, number][])
    const spec = {
      specName,
      implName,
      specVersion,
      implVersion,
      transactionVersion,
      apis: versions,
    }
    return JSON.stringify({ type: 'valid', spec })
  }
}

const bestEvent = (hash: string): string => `{"event":"bestBlockChanged","bestBlockHash":"${hash}"}`

/** The client has to begin anew. */
function stop({ subscription }: Follow): void {
  subscription.notify(stopEvent)
  subscription.end()
}
