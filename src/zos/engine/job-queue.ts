// The persistent queues of engines: one per node, first in first out.

import { invariant } from '../../kernel/errors.ts'
import type { Store, StoreMap } from '../../kernel/store.ts'
import type { Deployment } from '../deployment/deployment.ts'
import type { Place } from './deployment-book.ts'
import type { Operation } from './update-plan.ts'

/** What waits for a node's worker. */
export type Job =
  /** `source` is what was sent: its hash is compared with the contract's. */
  | { readonly kind: 'install'; readonly place: Place; readonly source: Deployment }
  | { readonly kind: 'boot'; readonly place: Place }
  | {
      readonly kind: 'update'
      readonly place: Place
      readonly source: Deployment
      readonly operations: readonly Operation[]
    }
  | { readonly kind: 'pause'; readonly place: Place }
  | { readonly kind: 'resume'; readonly place: Place }
  | { readonly kind: 'deprovision'; readonly place: Place; readonly reason: string }

/** Jobs that may wait on one node; a real one is bounded by its disk alone. */
const queueLimit = 1_000_000

interface Ends {
  readonly first: number
  readonly next: number
}

/** The queues of all nodes. */
export class JobQueue {
  readonly #ends: StoreMap<number, Ends>
  readonly #jobs: StoreMap<string, Job>

  constructor(store: Store) {
    this.#ends = store.map('zos.queues')
    this.#jobs = store.map('zos.jobs')
  }

  /** How many jobs of a node wait, the one in progress included. */
  lengthOf(node: number): number {
    const ends = this.#ends.get(node)
    return ends === undefined ? 0 : ends.next - ends.first
  }

  push(node: number, job: Job): void {
    const { first, next } = this.#ends.get(node) ?? { first: 0, next: 0 }
    invariant(next - first < queueLimit, 'the queue of a node has room')
    this.#jobs.set(keyOf(node, next), Object.freeze(job))
    this.#ends.set(node, { first, next: next + 1 })
  }

  /** The jobs that wait, the one in progress first. */
  listOf(node: number): Job[] {
    const { first, next } = this.#ends.get(node) ?? { first: 0, next: 0 }
    return Array.from({ length: next - first }, (_, at) => this.#jobs.get(keyOf(node, first + at))!)
  }

  /** The job whose turn it is. */
  peek(node: number): Job | undefined {
    const ends = this.#ends.get(node)
    return ends === undefined ? undefined : this.#jobs.get(keyOf(node, ends.first))
  }

  /** Takes the first job out. */
  shift(node: number): void {
    const ends = this.#ends.get(node)
    invariant(ends, 'a job that has ended was in its queue')
    this.#jobs.delete(keyOf(node, ends.first))
    if (ends.first + 1 === ends.next) this.#ends.delete(node)
    else this.#ends.set(node, { first: ends.first + 1, next: ends.next })
  }

  /** Forgets all jobs of a node. */
  clear(node: number): void {
    while (this.lengthOf(node) > 0) this.shift(node)
  }
}

function keyOf(node: number, at: number): string {
  return `${node}/${at}`
}
