// Types that every pallet shares: accounts, hashes, weights, dispatch errors, digests, addresses, signatures.

import { byteArray, bytes, hexBytes } from '../../scale/bytes.ts'
import { struct, wrapper } from '../../scale/composite.ts'
import { vec } from '../../scale/containers.ts'
import { at, enumeration, result } from '../../scale/enumeration.ts'
import { compact, u8, u32, u64, u128, unit } from '../../scale/primitives.ts'
import type { ScaleType, ValueOf } from '../../scale/type.ts'

/** The public key of an account, as hex. */
export const AccountId32 = wrapper({ path: 'sp_core::crypto::AccountId32' }, hexBytes(32))
export type AccountId32 = ValueOf<typeof AccountId32>
/** What identifies an account. */
export type AccountId = AccountId32

/** A 32-byte hash, as hex. */
export const H256 = wrapper({ path: 'primitive_types::H256' }, hexBytes(32))
export type H256 = ValueOf<typeof H256>

/** Computation in picoseconds of reference hardware, and bytes of proof. */
export const Weight = struct(
  { path: 'sp_weights::weight_v2::Weight' },
  {
    ref_time: compact(u64),
    proof_size: compact(u64),
  },
)
export type Weight = ValueOf<typeof Weight>

export const DispatchClass = enumeration({ path: 'frame_support::dispatch::DispatchClass' }, [
  'Normal',
  'Operational',
  'Mandatory',
])
export type DispatchClass = ValueOf<typeof DispatchClass>

/** Whether a call's fee is paid. */
export const Pays = enumeration({ path: 'frame_support::dispatch::Pays' }, ['Yes', 'No'])
export type Pays = ValueOf<typeof Pays>

/** What is known of a call before and after it ran. */
export const DispatchInfo = struct(
  { path: 'frame_support::dispatch::DispatchInfo' },
  {
    weight: Weight,
    class: DispatchClass,
    pays_fee: Pays,
  },
)
export type DispatchInfo = ValueOf<typeof DispatchInfo>

/** The error of a pallet: the pallet's index, and the error's index in the first of four bytes. */
export const ModuleError = struct(
  { path: 'sp_runtime::ModuleError' },
  {
    index: u8,
    error: hexBytes(4),
  },
)
export type ModuleError = ValueOf<typeof ModuleError>

export const TokenError = enumeration({ path: 'sp_runtime::TokenError' }, [
  'FundsUnavailable',
  'OnlyProvider',
  'BelowMinimum',
  'CannotCreate',
  'UnknownAsset',
  'Frozen',
  'Unsupported',
  'CannotCreateHold',
  'NotExpendable',
  'Blocked',
])
export type TokenError = ValueOf<typeof TokenError>

export const ArithmeticError = enumeration({ path: 'sp_arithmetic::ArithmeticError' }, [
  'Underflow',
  'Overflow',
  'DivisionByZero',
])
export type ArithmeticError = ValueOf<typeof ArithmeticError>

export const TransactionalError = enumeration({ path: 'sp_runtime::TransactionalError' }, [
  'LimitReached',
  'NoLayer',
])
export type TransactionalError = ValueOf<typeof TransactionalError>

/** Why a call failed. */
export const DispatchError = enumeration(
  { path: 'sp_runtime::DispatchError' },
  {
    Other: [],
    CannotLookup: [],
    BadOrigin: [],
    Module: [ModuleError],
    ConsumerRemaining: [],
    NoProviders: [],
    TooManyConsumers: [],
    Token: [TokenError],
    Arithmetic: [ArithmeticError],
    Transactional: [TransactionalError],
    Exhausted: [],
    Corruption: [],
    Unavailable: [],
    RootNotAllowed: [],
  },
)
export type DispatchError = ValueOf<typeof DispatchError>

export const DispatchResult = result(unit, DispatchError)
export type DispatchResult = ValueOf<typeof DispatchResult>

export const BalanceStatus = enumeration(
  { path: 'frame_support::traits::tokens::misc::BalanceStatus' },
  ['Free', 'Reserved'],
)
export type BalanceStatus = ValueOf<typeof BalanceStatus>

/** An entry of a header's digest; engines are four ASCII characters (`aura`, `FRNK`). */
export const DigestItem = enumeration(
  { path: 'sp_runtime::generic::digest::DigestItem' },
  {
    PreRuntime: at(6, [byteArray(4), bytes]),
    Consensus: at(4, [byteArray(4), bytes]),
    Seal: at(5, [byteArray(4), bytes]),
    Other: at(0, [bytes]),
    RuntimeEnvironmentUpdated: at(8, []),
  },
)
export type DigestItem = ValueOf<typeof DigestItem>

export const Digest = struct(
  { path: 'sp_runtime::generic::digest::Digest' },
  {
    logs: vec(DigestItem),
  },
)
export type Digest = ValueOf<typeof Digest>

/** Where in a block an event happened. */
export const Phase = enumeration(
  { path: 'frame_system::Phase' },
  {
    ApplyExtrinsic: [u32],
    Finalization: [],
    Initialization: [],
  },
)
export type Phase = ValueOf<typeof Phase>

/** A type without values: it can be declared, but never decoded. */
export const Void = enumeration({ path: 'sp_core::Void' }, [])

/** An address as clients write it; the runtime looks up `Id` alone. */
export const MultiAddress = enumeration(
  {
    path: 'sp_runtime::multiaddress::MultiAddress',
    params: { AccountId: AccountId32, AccountIndex: unit },
  },
  {
    Id: [AccountId32],
    Index: [compact(unit)],
    Raw: [bytes],
    Address32: [hexBytes(32)],
    Address20: [hexBytes(20)],
  },
)
export type MultiAddress = ValueOf<typeof MultiAddress>

export const Sr25519Public = wrapper({ path: 'sp_core::sr25519::Public' }, hexBytes(32))

export const Ed25519Public = wrapper({ path: 'sp_core::ed25519::Public' }, hexBytes(32))

export const Ed25519Signature = wrapper({ path: 'sp_core::ed25519::Signature' }, hexBytes(64))

export const Sr25519Signature = wrapper({ path: 'sp_core::sr25519::Signature' }, hexBytes(64))

export const EcdsaSignature = wrapper({ path: 'sp_core::ecdsa::Signature' }, hexBytes(65))

/** A signature with its scheme. */
export const MultiSignature = enumeration(
  { path: 'sp_runtime::MultiSignature' },
  {
    Ed25519: [Ed25519Signature],
    Sr25519: [Sr25519Signature],
    Ecdsa: [EcdsaSignature],
  },
)
export type MultiSignature = ValueOf<typeof MultiSignature>

/** A fixed point number with 18 decimals. */
export const FixedU128 = wrapper({ path: 'sp_arithmetic::fixed_point::FixedU128' }, u128)

/** The key with which an authority makes blocks. */
export const AuraId = wrapper(
  { path: 'sp_consensus_aura::sr25519::app_sr25519::Public' },
  Sr25519Public,
)

/** The key with which an authority finalises blocks. */
export const GrandpaId = wrapper({ path: 'sp_consensus_grandpa::app::Public' }, Ed25519Public)

export const GrandpaSignature = wrapper(
  { path: 'sp_consensus_grandpa::app::Signature' },
  Ed25519Signature,
)

/** One value for each class of calls. */
export function perDispatchClass<T>(type: ScaleType<T>) {
  return struct(
    { path: 'frame_support::dispatch::PerDispatchClass', params: { T: type } },
    { normal: type, operational: type, mandatory: type },
  )
}
