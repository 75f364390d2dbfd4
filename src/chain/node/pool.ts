// The transaction pool: what waits for a block, ready or still in the future, in the order in which it will run.

import type { Cell, Store, StoreMap } from '../../kernel/store.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'
import type { TrustedExtrinsic, WireExtrinsic } from './extrinsic.ts'

/** How somebody in this process hears what became of an extrinsic: a kernel event with the outcome. */
export interface OutcomeReply {
  readonly kind: OutcomeKind
  readonly target: string | number | bigint | null
  /** Comes back in the outcome. */
  readonly ref: string
}

/** The kinds of kernel event that carry outcomes; layers add theirs by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in each layer.
export interface OutcomeKinds {}
export type OutcomeKind = keyof OutcomeKinds

/** One waiting extrinsic. */
export interface PoolEntry {
  /** Order of arrival. */
  readonly id: number
  readonly extrinsic: WireExtrinsic | TrustedExtrinsic
  /** The block from which it is not valid any more; Infinity when immortal. */
  readonly deadAt: number
  readonly priority: bigint
  readonly reply: OutcomeReply | null
  /** What only one waiting extrinsic may provide; null for most. */
  readonly tag: string | null
  /** Length in bytes of the call in SCALE. */
  readonly callLength: number
}

/** What a pool says about an entry; the RPC's words for it. */
export type PoolStatus =
  | { readonly type: 'future' }
  | { readonly type: 'ready' }
  | { readonly type: 'inBlock'; readonly block: number }
  | { readonly type: 'retracted'; readonly block: string }
  | { readonly type: 'usurped'; readonly by: string }
  | { readonly type: 'dropped' }
  | { readonly type: 'invalid' }

/** Limits of the real node's pool (`substrate: client/transaction-pool/src/graph/pool.rs`, Options). */
export const poolLimits = {
  ready: 8192,
  readyBytes: 20 * 1024 * 1024,
  future: 819,
  futureBytes: 2 * 1024 * 1024,
  /** Extrinsics of this process: bounded by what a registration of 100 000 nodes needs. */
  trusted: 2_000_000,
} as const

export type AddProblem =
  | { readonly type: 'imported' }
  | { readonly type: 'lowPriority'; readonly old: bigint; readonly new: bigint }
  | { readonly type: 'full' }

/** The waiting extrinsics of a chain. */
export class Pool {
  readonly #entries: StoreMap<number, PoolEntry>
  readonly #byHash: StoreMap<string, number>
  /** Wire entries of an account, by nonce. */
  readonly #byAccount: StoreMap<string, readonly PoolEntry[]>
  readonly #trustedOf: StoreMap<string, number>
  /** The wire entry that provides a tag. */
  readonly #byTag: StoreMap<string, number>
  /** Entries that were told to be ready. */
  readonly #told: StoreMap<number, true>
  readonly #lastId: Cell<number>
  readonly #trusted: Cell<number>
  readonly #bytes: Cell<number>

  constructor(store: Store) {
    this.#entries = store.map('chain.pool.entries')
    this.#byHash = store.map('chain.pool.hashes')
    this.#byAccount = store.map('chain.pool.accounts')
    this.#trustedOf = store.map('chain.pool.trusted')
    this.#byTag = store.map('chain.pool.tags')
    this.#told = store.map('chain.pool.told')
    this.#lastId = store.cell('chain.pool.lastId', 0)
    this.#trusted = store.cell('chain.pool.trustedCount', 0)
    this.#bytes = store.cell('chain.pool.bytes', 0)
  }

  get size(): number {
    return this.#entries.size
  }

  /** How many extrinsics have ever entered. */
  get entered(): number {
    return this.#lastId.get()
  }

  /** The entries in order of arrival. */
  entries(): PoolEntry[] {
    return this.#entries.values()
  }

  /** Visits entries in order of arrival for as long as `visit` returns true; it may remove the one that it is given. */
  visit(visit: (entry: PoolEntry) => boolean): void {
    this.#entries.visit(visit)
  }

  /** Whether anything waits that was submitted inside this process: that is always ready. */
  get hasTrusted(): boolean {
    return this.#trusted.get() > 0
  }

  /** Whether anything waits that came from outside. */
  get hasWire(): boolean {
    return this.#entries.size > this.#trusted.get()
  }

  entry(id: number): PoolEntry | undefined {
    return this.#entries.get(id)
  }

  has(hash: string): boolean {
    return this.#byHash.has(hash)
  }

  /** The waiting entry of a hash. */
  find(hash: string): PoolEntry | undefined {
    const id = this.#byHash.get(hash)
    return id === undefined ? undefined : this.#entries.get(id)
  }

  /** How many wire entries of an account follow its nonce without a gap. */
  readyCount(account: AccountId, nonce: number): number {
    const waiting = this.#byAccount.get(account) ?? []
    let next = nonce + this.trustedCount(account)
    for (const entry of waiting) if (nonceOf(entry) === next) next += 1
    return next - nonce
  }

  /** How many extrinsics of an account were submitted inside this process and wait. */
  trustedCount(account: AccountId): number {
    return this.#trustedOf.get(account) ?? 0
  }

  /** The hash of every wire entry that is ready, in order of arrival. */
  readyEntries(nonceOfAccount: (account: AccountId) => number): WireExtrinsic[] {
    const ready: WireExtrinsic[] = []
    for (const entry of this.entries()) {
      const { extrinsic } = entry
      if (extrinsic.origin !== 'wire') continue
      if (this.isReady(entry, nonceOfAccount(extrinsic.signer))) ready.push(extrinsic)
    }
    return ready
  }

  /** The wire entries of an account that have become ready since this was last asked. */
  takeNewlyReady(account: AccountId, nonce: number): WireExtrinsic[] {
    const ready = nonce + this.readyCount(account, nonce)
    const fresh: WireExtrinsic[] = []
    for (const entry of this.ofAccount(account)) {
      const { extrinsic } = entry
      if (extrinsic.origin !== 'wire' || extrinsic.nonce >= ready || this.#told.has(entry.id))
        continue
      this.#told.set(entry.id, true)
      fresh.push(extrinsic)
    }
    return fresh
  }

  /** Whether an entry's turn has come, given its account's nonce. */
  isReady(entry: PoolEntry, nonce: number): boolean {
    if (entry.extrinsic.origin === 'trusted') return true
    return nonceOf(entry) < nonce + this.readyCount(entry.extrinsic.signer, nonce)
  }

  addTrusted(
    extrinsic: TrustedExtrinsic,
    { reply, callLength }: { reply: OutcomeReply | null; callLength: number },
  ): PoolEntry | AddProblem {
    if (this.#trusted.get() >= poolLimits.trusted) return { type: 'full' }
    const deadAt = Number.POSITIVE_INFINITY
    const entry = this.#store({ extrinsic, deadAt, priority: 0n, reply, tag: null, callLength })
    this.#trusted.set(this.#trusted.get() + 1)
    this.#trustedOf.set(extrinsic.signer, this.trustedCount(extrinsic.signer) + 1)
    return entry
  }

  /** Adds a checked wire extrinsic; `replaced` are the entries of the same nonce or tag that it outbids. */
  addWire(
    extrinsic: WireExtrinsic,
    options: { deadAt: number; priority: bigint; tag: string | null },
  ): { entry: PoolEntry; replaced: readonly PoolEntry[] } | AddProblem {
    if (this.#byHash.has(extrinsic.hash)) return { type: 'imported' }
    const waiting = this.#byAccount.get(extrinsic.signer) ?? []
    const same = waiting.find(entry => nonceOf(entry) === extrinsic.nonce)
    const holder = options.tag === null ? undefined : this.#holderOf(options.tag)
    const rivals = [...new Set([same, holder])].filter(entry => entry !== undefined)
    for (const { priority: old } of rivals) {
      if (old >= options.priority) return { type: 'lowPriority', old, new: options.priority }
    }
    const wires = this.#entries.size - this.#trusted.get()
    const bytes = this.#bytes.get() + extrinsic.bytes.length
    if (rivals.length === 0 && (wires >= poolLimits.ready || bytes > poolLimits.readyBytes))
      return { type: 'full' }
    for (const { id } of rivals) this.remove(id)
    const callLength = extrinsic.callBytes.length
    const entry = this.#store({ ...options, extrinsic, reply: null, callLength })
    if (options.tag !== null) this.#byTag.set(options.tag, entry.id)
    this.#byHash.set(extrinsic.hash, entry.id)
    this.#bytes.set(this.#bytes.get() + extrinsic.bytes.length)
    const others = this.#byAccount.get(extrinsic.signer) ?? []
    const sorted = [...others, entry].sort((a, b) => nonceOf(a) - nonceOf(b))
    this.#byAccount.set(extrinsic.signer, sorted)
    return { entry, replaced: rivals }
  }

  #holderOf(tag: string): PoolEntry | undefined {
    const id = this.#byTag.get(tag)
    return id === undefined ? undefined : this.#entries.get(id)
  }

  /** The waiting wire entries of an account, by nonce. */
  ofAccount(account: AccountId): readonly PoolEntry[] {
    return this.#byAccount.get(account) ?? []
  }

  remove(id: number): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    const { extrinsic } = entry
    if (extrinsic.origin === 'trusted') {
      this.#trusted.set(this.#trusted.get() - 1)
      const left = this.trustedCount(extrinsic.signer) - 1
      if (left > 0) this.#trustedOf.set(extrinsic.signer, left)
      else this.#trustedOf.delete(extrinsic.signer)
      return
    }
    this.#byHash.delete(extrinsic.hash)
    this.#told.delete(id)
    if (entry.tag !== null) this.#byTag.delete(entry.tag)
    this.#bytes.set(this.#bytes.get() - extrinsic.bytes.length)
    const left = this.ofAccount(extrinsic.signer).filter(other => other.id !== id)
    if (left.length > 0) this.#byAccount.set(extrinsic.signer, left)
    else this.#byAccount.delete(extrinsic.signer)
  }

  #store(options: Omit<PoolEntry, 'id'>): PoolEntry {
    const id = this.#lastId.get() + 1
    this.#lastId.set(id)
    const { extrinsic, deadAt, priority, reply, tag, callLength } = options
    const entry: PoolEntry = { id, extrinsic, deadAt, priority, reply, tag, callLength }
    this.#entries.set(id, entry)
    return entry
  }
}

function nonceOf(entry: PoolEntry): number {
  return entry.extrinsic.origin === 'wire' ? entry.extrinsic.nonce : -1
}
