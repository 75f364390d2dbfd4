// What the JSON-RPC needs of a chain and of the world's driver; `Chain` and `Driver` fulfil it.

import type { Kernel } from '../../kernel/kernel.ts'
import type { BlockContent, Header } from '../node/archive.ts'
import type { BlockMode, ChainListener } from '../node/chain.ts'
import type { ChainEdit } from '../node/edits.ts'
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
  readonly items: ReadonlyMap<string, ItemState>
  itemsOf(pallet: string): ReadonlyMap<string, ItemState>
  item(pallet: string, name: string): ItemState
  locate(rawKey: string): { item: ItemState; keys: readonly unknown[] } | null
  rawValue(rawKey: string, block: number): string | null
  rawKeys(prefix: string, block: number): string[]
}

/** A chain as the JSON-RPC sees it. */
export interface ChainPort {
  readonly kernel: Kernel
  readonly archive: ArchivePort
  readonly state: StatePort
  readonly runtime: Runtime
  readonly pool: { has(hash: string): boolean }
  readonly mode: BlockMode
  /** The least distance between instant blocks in ms. */
  readonly instantGapMs: number
  readonly specVersion: number
  readonly transactionVersion: number
  best(): number
  /** The last block that the chain takes for final. */
  finalized(): number
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
  edit(edit: ChainEdit): string | null
  resumeAt(time: number): void
}

/** The door to the world. */
export interface DriverPort {
  enter<T>(body: () => T): T
  advance(ms: number): void
}

/**
 * How the world is changed by hand. A grid gives its own, so that what is done is recorded, and snapshots hold all of
 * it; `chainControl` is the one of a chain that stands alone.
 */
export interface DevControl {
  /** Changes the chain; what is wrong with the change, or null. */
  edit(edit: ChainEdit): string | null
  /** Lets virtual time pass, in ms, with all that falls due. */
  advance(ms: number): void
  /** Remembers the world; returns an id. */
  snapshot(): string
  /** Takes the world back to a snapshot, and forgets those taken after it; false when there is none with this id. */
  revert(id: string): boolean
}
