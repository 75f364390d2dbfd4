// What a call's logic sees of the chain: who called, the typed storage, the clock, and how to answer.

import type { AccountId32 as AccountId, DispatchError } from '../types/primitives.ts'
import type { FieldValues, PalletDecl } from './declare.ts'
import type { ChainCall } from './outer.ts'
import type { ChainSettings } from './settings.ts'
import type { StateOf } from './state.ts'

/** On whose behalf a call is dispatched. */
export type Origin =
  | { readonly type: 'Root' }
  | ({ readonly type: 'Signed'; readonly account: AccountId } & OriginFilter)
  | { readonly type: 'None' }
  /** A council motion carried by `yes` of `of` members. */
  | ({ readonly type: 'Members'; readonly yes: number; readonly of: number } & OriginFilter)
  | ({ readonly type: 'Member'; readonly account: AccountId } & OriginFilter)

/** What an origin may not call; Root may call everything. */
export interface OriginFilter {
  /** Inside of `Utility.batch_all`: no other `batch_all`. */
  readonly noBatchAll?: true
}

/** Thrown by a call that fails: all it wrote is taken back, the error is in `System.ExtrinsicFailed`. */
export class DispatchFailure {
  readonly error: DispatchError
  /** The weight used until it failed, where the call tells; else the static weight. */
  readonly used: { readonly refTime: bigint; readonly proofSize: bigint } | null

  constructor(error: DispatchError, used: DispatchFailure['used'] = null) {
    this.error = error
    this.used = used
  }
}

/**
 * Thrown where the real runtime panics instead of failing: the extrinsic is in no block and costs nothing. The
 * author drops it as invalid.
 */
export class RuntimeTrap {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** The outcome of a dispatched call. */
export type DispatchResult =
  | {
      readonly ok: true
      readonly paysFee: boolean
      readonly refTime: bigint
      readonly proofSize: bigint
    }
  | {
      readonly ok: false
      readonly error: DispatchError
      readonly refTime: bigint
      readonly proofSize: bigint
    }

/** Storage by raw keys and SCALE bytes, both `0x` hex. */
export interface RawStorage {
  /** Sets a key, or removes it with null; false when the bytes are no value of the item that the key names. */
  setRaw(key: string, value: string | null): boolean
  /** The keys that begin with `prefix` now, in byte order. */
  rawKeys(prefix: string, block: number): string[]
}

/** The view of one pallet's logic on the call being executed. */
export interface Tx<P extends PalletDecl = PalletDecl> {
  /** Typed storage of this pallet. */
  readonly state: StateOf<P>
  readonly origin: Origin
  /** Number of the block being made. */
  readonly block: number
  /** `Timestamp.Now`: ms since the Unix epoch. */
  readonly now: number
  /** What the user chose about the chain's rules. */
  readonly settings: ChainSettings
  /** The account that signed; anything else fails with BadOrigin. */
  signer(): AccountId
  /** An error of this pallet, to be thrown. */
  error(name: P['errors'][number]): DispatchFailure
  /** An error that is not of a pallet, to be thrown. */
  fail(error: DispatchError): DispatchFailure
  /** Adds an event of this pallet to the block. */
  deposit<E extends keyof P['events'] & string>(event: E, fields: FieldValues<P['events'][E]>): void
  /** The same execution as another pallet sees it. */
  in<Q extends PalletDecl>(pallet: Q): Tx<Q>
  /** Dispatches a call in a storage layer of its own: on failure nothing of it stays. */
  dispatch(call: ChainCall, origin: Origin): DispatchResult
  /** All storage by raw keys, for the few calls that know no types. */
  readonly raw: RawStorage
  /** Adds an item to the digest of the block: its SCALE bytes as `0x` hex. */
  addDigest(item: string): void
  /** The static weight of a call. */
  weightOf(call: ChainCall): {
    refTime: bigint
    proofSize: bigint
    class: 'Normal' | 'Operational' | 'Mandatory'
  }
}
