// A chain as its users see it, wherever it runs: in this process, or behind a URL.

import type { KeyPair } from '../../crypto/keys.ts'
import type { EventRecord } from '../pallets/system/types.ts'
import type { PalletDecl, StorageItem } from '../runtime/declare.ts'
import type { ChainCall } from '../runtime/outer.ts'
import type { DispatchError } from '../types/primitives.ts'

/** A block by number and hash. */
export interface BlockRef {
  readonly number: number
  readonly hash: string
}

/** The names of the storage items of a pallet. */
export type ItemName<P extends PalletDecl> = keyof P['storage'] & string

type Item<P extends PalletDecl, N extends ItemName<P>> = P['storage'][N]

/** The parts of an item's key. */
export type KeysOf<P extends PalletDecl, N extends ItemName<P>> =
  Item<P, N> extends StorageItem<infer K, unknown, unknown> ? K : never

/** What is stored under a key. */
export type ValueOfItem<P extends PalletDecl, N extends ItemName<P>> =
  Item<P, N> extends StorageItem<readonly unknown[], infer V, unknown> ? V : never

/** What reading a key gives, one that is absent included. */
export type ReadOf<P extends PalletDecl, N extends ItemName<P>> =
  Item<P, N> extends StorageItem<readonly unknown[], unknown, infer R> ? R : never

/** One entry of a map. */
export interface MapEntry<K, V> {
  readonly keys: K
  readonly value: V
}

/** Reads the state of one block: `state.read(tfgrid, 'Twins', 7)`. */
export interface ChainStateReader {
  read<P extends PalletDecl, N extends ItemName<P>>(
    pallet: P,
    item: N,
    ...keys: KeysOf<P, N>
  ): Promise<ReadOf<P, N>>
  /** All entries of a map, in the order of their raw keys. */
  entries<P extends PalletDecl, N extends ItemName<P>>(
    pallet: P,
    item: N,
  ): Promise<readonly MapEntry<KeysOf<P, N>, ValueOfItem<P, N>>[]>
}

/** How an extrinsic is submitted. */
export interface SubmitOptions {
  /** In units; nothing when not given. */
  readonly tip?: bigint
  /** The account's next one when not given. */
  readonly nonce?: number
  /** What is waited for: that it is in a block (the default), or that the block is final. */
  readonly until?: 'inBlock' | 'finalized'
}

/** A block with what happened in it. */
export interface BlockEvents extends BlockRef {
  readonly events: readonly EventRecord[]
}

/** What became of an extrinsic that is in a block. */
export interface SubmitOutcome {
  /** BLAKE2b-256 of the extrinsic. */
  readonly hash: string
  readonly block: BlockRef
  /** Its place in the block; the timestamp is 0. */
  readonly index: number
  /** Null when it succeeded. */
  readonly error: DispatchError | null
  /** The events of the extrinsic itself. */
  readonly events: readonly EventRecord[]
}

/** Which runtime a chain has. */
export interface RuntimeId {
  readonly specName: string
  readonly specVersion: number
  readonly transactionVersion: number
}

/**
 * A chain. What it refuses rejects with GRID_CHAIN_REFUSED, an unknown block with GRID_BLOCK_UNKNOWN, a lost
 * connection with GRID_CHAIN_UNREACHABLE.
 */
export interface ChainClient extends ChainStateReader {
  readonly genesisHash: string
  readonly runtime: RuntimeId
  best(): Promise<BlockRef>
  finalized(): Promise<BlockRef>
  /** The hash of a block by its number; null when there is none. */
  hashOf(number: number): Promise<string | null>
  /** The state at the end of a block; the best one's is read without. */
  at(hash: string): ChainStateReader
  /** The events of a block. */
  events(hash: string): Promise<readonly EventRecord[]>
  /** Blocks from one number to another, with their events; null when some are not there (any more). */
  blocks(first: number, last: number): Promise<readonly BlockEvents[] | null>
  /** The value of a constant, as the chain has it. */
  constant(pallet: PalletDecl, name: string): Promise<unknown>
  /** The nonce of an account's next extrinsic. */
  nextNonce(account: string): Promise<number>
  /** Signs a call and submits it. */
  submit(call: ChainCall, signer: KeyPair, options?: SubmitOptions): Promise<SubmitOutcome>
  /** Submits an extrinsic that is signed already. */
  submitSigned(bytes: Uint8Array, options?: Pick<SubmitOptions, 'until'>): Promise<SubmitOutcome>
  /**
   * Hears of the present head and of each one after it; of many at once only the last ones. Resolves with how to stop.
   */
  subscribeHeads(
    listener: (head: BlockRef) => void,
    options?: { readonly kind?: 'best' | 'finalized' },
  ): Promise<() => void>
  /** Ends all that it has open. The chain goes on. */
  close(): Promise<void>
}
