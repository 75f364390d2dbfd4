// What the JSON-RPC needs of a chain and of the world's driver; `Chain` and `Driver` fulfil it.

import type { Store } from '../../kernel/store.ts'
import type { BlockContent, Header } from '../node/archive.ts'
import type { ChainListener } from '../node/chain.ts'
import type { WireExtrinsic } from '../node/extrinsic.ts'
import type { SubmitProblem } from '../node/validity.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { ItemState } from '../runtime/state.ts'
import type { AccountId32 as AccountId } from '../types/primitives.ts'

/** The blocks so far. */
export interface ArchivePort {
  readonly best: number
  /** The oldest block whose state and content are kept. */
  readonly floor: number
  has(number: number): boolean
  hashOf(number: number): string
  numberOf(hash: string): number | null
  headerOf(number: number): Header
  contentOf(number: number): BlockContent | null
  timestampOf(number: number): number
}

/** The state at any block of the window, by raw key. */
export interface StatePort {
  item(pallet: string, name: string): ItemState
  locate(rawKey: string): { item: ItemState; keys: readonly unknown[] } | null
  rawValue(rawKey: string, block: number): string | null
  rawKeys(prefix: string, block: number): string[]
}

/** A chain as the JSON-RPC sees it. */
export interface ChainPort {
  readonly kernel: { readonly store: Store }
  readonly archive: ArchivePort
  readonly state: StatePort
  readonly runtime: Runtime
  readonly pool: { has(hash: string): boolean }
  readonly specVersion: number
  readonly transactionVersion: number
  best(): number
  nonceOf(account: AccountId): number
  nextNonceOf(account: AccountId): number
  submitBytes(bytes: Uint8Array): { ok: true; hash: string } | { ok: false; problem: SubmitProblem }
  validate(
    bytes: Uint8Array,
  ):
    | { ok: true; extrinsic: WireExtrinsic; priority: bigint; deadAt: number }
    | { ok: false; problem: SubmitProblem }
  extrinsicsOf(block: number): readonly Uint8Array[]
  pendingBytes(): Uint8Array[]
  listen(listener: ChainListener): () => void
}

/** The door to the world. */
export interface DriverPort {
  enter<T>(body: () => T): T
}
