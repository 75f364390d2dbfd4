// How a pallet is declared: once, as data, from which come its codecs, storage keys, metadata and TypeScript types.

import type { ScaleType, ValueOf } from '../../scale/type.ts'
import type { AccountId32 as AccountId, DispatchInfo } from '../types/primitives.ts'
import type { DocsOf, PalletDocs } from './docs.ts'
import type { ChainCall } from './outer.ts'
import type { Tx } from './tx.ts'

/** How a map hashes one part of its key. The name is the one in the metadata. */
export type HasherName = 'Blake2_128Concat' | 'Twox64Concat' | 'Identity'

/** One part of a map's key. */
export interface KeyPart<K> {
  readonly hasher: HasherName
  readonly type: ScaleType<K>
}

/** 16 bytes of BLAKE2b, then the key itself. */
export const blake2_128Concat = <K>(type: ScaleType<K>): KeyPart<K> => ({
  hasher: 'Blake2_128Concat',
  type,
})

/** 8 bytes of xxHash64, then the key itself. */
export const twox64Concat = <K>(type: ScaleType<K>): KeyPart<K> => ({
  hasher: 'Twox64Concat',
  type,
})

/** The key itself. */
export const identity = <K>(type: ScaleType<K>): KeyPart<K> => ({ hasher: 'Identity', type })

/** A storage item. `Keys` are the types of its key's parts ([] for a plain value), `Read` what reading gives. */
export interface StorageItem<Keys extends readonly unknown[], Value, Read> {
  readonly keys: readonly KeyPart<Keys[number]>[]
  readonly value: ScaleType<Value>
  /** What an absent key reads as: null for an item that is Optional in the metadata. */
  readonly absent: Read
  readonly modifier: 'Optional' | 'Default'
  /** Never set: carries the key types. */
  readonly keysOf?: Keys
}

type KeyValues<Parts extends readonly KeyPart<unknown>[]> = {
  -readonly [I in keyof Parts]: Parts[I] extends KeyPart<infer K> ? K : never
}

/** A map; without `default` an absent key reads null and the metadata say Optional. */
export function storageMap<const Parts extends readonly KeyPart<unknown>[], V>(
  keys: Parts,
  value: ScaleType<V>,
): StorageItem<KeyValues<Parts>, V, V | null>
export function storageMap<const Parts extends readonly KeyPart<unknown>[], V>(
  keys: Parts,
  value: ScaleType<V>,
  options: { default: V },
): StorageItem<KeyValues<Parts>, V, V>
export function storageMap<V>(
  keys: readonly KeyPart<unknown>[],
  value: ScaleType<V>,
  options?: { default: V },
): StorageItem<readonly unknown[], V, V | null> {
  return {
    keys,
    value,
    absent: options ? options.default : null,
    modifier: options ? 'Default' : 'Optional',
  }
}

/** A plain value; without `default` it reads null while absent and the metadata say Optional. */
export function storageValue<V>(value: ScaleType<V>): StorageItem<[], V, V | null>
export function storageValue<V>(value: ScaleType<V>, options: { default: V }): StorageItem<[], V, V>
export function storageValue<V>(
  value: ScaleType<V>,
  options?: { default: V },
): StorageItem<[], V, V | null> {
  return {
    keys: [],
    value,
    absent: options ? options.default : null,
    modifier: options ? 'Default' : 'Optional',
  }
}

/** A constant of a pallet, as the metadata carry it. */
export interface Constant<V> {
  readonly type: ScaleType<V>
  readonly value: V
}

/** Declares a constant: `constant(u32, 40)`. */
export const constant = <V>(type: ScaleType<V>, value: NoInfer<V>): Constant<V> => ({ type, value })

/** The fields of a call, event or variant: a list when unnamed, an object when named. */
export type Fields = readonly ScaleType<unknown>[] | { readonly [name: string]: ScaleType<unknown> }

/** The values of such fields. */
export type FieldValues<F> = F extends readonly ScaleType<unknown>[]
  ? { readonly [I in keyof F]: ValueOf<F[I]> }
  : { readonly [K in keyof F]: ValueOf<F[K]> }

export type StorageItems = Readonly<
  Record<string, StorageItem<readonly unknown[], unknown, unknown>>
>
export type EventDecls = Readonly<Record<string, Fields>>
export type Constants = Readonly<Record<string, Constant<unknown>>>

/** Path and parameters of an outer enum of a pallet, as its Rust type has them in the metadata. */
export interface EnumPath {
  readonly path: readonly string[]
  readonly params?: readonly { readonly name: string; readonly type: ScaleType<unknown> | null }[]
}

/** Everything about a pallet but its calls' logic. */
export interface PalletDecl<
  S extends StorageItems = StorageItems,
  E extends EventDecls = EventDecls,
  Err extends readonly string[] = readonly string[],
  C extends Constants = Constants,
> {
  /** Place in the runtime; the first byte of a call, an event and a module error. */
  readonly index: number
  readonly name: string
  /** Storage prefix; null for a pallet without storage. Default: the name. */
  readonly prefix?: string | null
  readonly storage: S
  /** In index order. */
  readonly events: E
  /** In index order. */
  readonly errors: Err
  readonly constants: C
  readonly paths: {
    readonly calls?: EnumPath
    readonly events?: EnumPath
    readonly errors?: EnumPath
  }
}

/** The static weight of a call, `frame_support::dispatch::DispatchInfo` without the fee flag. */
export interface CallWeight {
  /** Picoseconds of reference time. */
  readonly refTime: bigint
  readonly proofSize: bigint
  /** Default Normal. */
  readonly class?: DispatchInfo['class']
}

/** What a weight that depends on inner calls may ask. */
export interface Weigher {
  weightOf(call: ChainCall): Required<CallWeight>
}

/** How a call is weighed: a constant, or a function of its arguments. */
export type WeightRule<A extends Fields> =
  | CallWeight
  | ((args: FieldValues<A>, weigher: Weigher) => CallWeight)

/** What a call may say about itself after it ran; nothing means: as weighed, and paid. */
export interface PostInfo {
  /** 'No': the fee is given back. */
  readonly pays?: 'No'
  /** Weight really used, when less than the static one. */
  readonly actualRefTime?: bigint
  readonly actualProofSize?: bigint
}

/** What a call returns that costs its signer nothing when it succeeds. */
export const free: PostInfo = { pays: 'No' }

/** A call: place, arguments, weight, and its logic once it has some. */
export interface Call<P extends PalletDecl = PalletDecl, A extends Fields = Fields> {
  readonly index: number
  readonly args: A
  readonly weight: WeightRule<A>
  /** Without one the call answers `System.CallFiltered`. */
  readonly run?: CallHandler<P, A>
  /** For the few calls that cost their signer nothing, even when they fail. */
  readonly isFree?: (tx: Tx<P>, signer: AccountId) => boolean
}

// A method type, so that calls of every pallet fit into one list.
export type CallHandler<P extends PalletDecl, A extends Fields> = {
  // biome-ignore lint/suspicious/noConfusingVoidType: most calls have nothing to say and just end.
  run(tx: Tx<P>, args: FieldValues<A>): PostInfo | undefined | void
}['run']

/** Work that a pallet does at the start or the end of a block. */
export interface BlockHook<P extends PalletDecl> {
  /**
   * The next block, from `from` on, in which the hook may do something; null when none is in sight.
   * Blocks before it are skipped without calling the hook.
   */
  nextDue(tx: Tx<P>, from: number): number | null
  /**
   * The storage items of the pallet that decide `nextDue`: while they stay as they are, its answer is not asked for
   * again before that block. Without them it is asked twice in each block.
   */
  readonly decidedBy?: readonly (keyof P['storage'] & string)[]
  run(tx: Tx<P>, block: number): void
}

export interface PalletHooks<P extends PalletDecl> {
  readonly onInitialize?: BlockHook<P>
  readonly onFinalize?: BlockHook<P>
}

/** A declared pallet: the declaration, and how its calls are declared with the right types. */
export type Declared<P extends PalletDecl> = P & {
  /**
   * Declares a call. `run` decides in the order of upstream's checks, throws `tx.error(...)`, and writes
   * through `tx.state`; a throw undoes all it did.
   */
  call<const A extends Fields>(
    index: number,
    args: A,
    weight: WeightRule<A>,
    run?: CallHandler<P, A>,
    options?: Pick<Call<P, A>, 'isFree'>,
  ): Call<P, A>
}

/** Declares a pallet. */
export function declarePallet<
  const S extends StorageItems,
  const E extends EventDecls,
  const Err extends readonly string[],
  const C extends Constants,
>(decl: PalletDecl<S, E, Err, C>): Declared<PalletDecl<S, E, Err, C>> {
  return {
    ...decl,
    call: (index, args, weight, run, options) =>
      run === undefined ? { index, args, weight } : { index, args, weight, run, ...options },
  }
}

/** A pallet with its calls, documentation and hooks: what a runtime is assembled from. */
export interface Pallet {
  readonly decl: PalletDecl
  readonly calls: Readonly<Record<string, Call>>
  readonly docs: PalletDocs
  readonly hooks: PalletHooks<PalletDecl>
}

/** Completes a pallet. */
export function completePallet<P extends PalletDecl, C extends Readonly<Record<string, unknown>>>(
  decl: Declared<P>,
  calls: C,
  docs: DocsOf<P, C>,
  hooks: PalletHooks<P> = {},
): Pallet {
  return {
    decl,
    calls: calls as unknown as Readonly<Record<string, Call>>,
    docs,
    hooks: hooks as unknown as PalletHooks<PalletDecl>,
  }
}
