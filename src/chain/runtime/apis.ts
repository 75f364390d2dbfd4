// The functions that the runtime offers to the outside: declared once, for the metadata and for those who call them.

import { bytes } from '../../scale/bytes.ts'
import { struct, wrapper } from '../../scale/composite.ts'
import { option, tuple, vec } from '../../scale/containers.ts'
import { compact, u32, u64, u128, unit } from '../../scale/primitives.ts'
import type { AnyType, ScaleType } from '../../scale/type.ts'
import { EquivocationProof } from '../pallets/grandpa/types.ts'
import { KeyTypeId } from '../pallets/session/types.ts'
import { RuntimeVersion } from '../pallets/system/types.ts'
import { UncheckedExtrinsic } from '../types/extrinsic.ts'
import {
  AccountId32,
  AuraId,
  Digest,
  DispatchClass,
  GrandpaId,
  H256,
  Weight,
} from '../types/primitives.ts'
import { ApplyExtrinsicResult, TransactionSource, TransactionValidity } from '../types/validity.ts'
import type { Fields } from './declare.ts'

/** A function of a runtime API: named inputs, one output. */
export interface RuntimeFunction<
  I extends { readonly [name: string]: AnyType } = { readonly [name: string]: AnyType },
  O = unknown,
> {
  readonly about: string
  readonly inputs: I & Fields
  readonly output: ScaleType<O>
}

function declare<const I extends { readonly [name: string]: AnyType }, O>(
  about: string,
  inputs: I,
  output: ScaleType<O>,
): RuntimeFunction<I, O> {
  return { about, inputs, output }
}

const OpaqueMetadata = wrapper({ path: 'sp_core::OpaqueMetadata' }, bytes)

const SlotDuration = wrapper({ path: 'sp_consensus_slots::SlotDuration' }, u64)

const KeyOwnershipProof = wrapper({ path: 'sp_consensus_grandpa::OpaqueKeyOwnershipProof' }, bytes)

const Header = struct(
  {
    path: 'sp_runtime::generic::header::Header',
    params: { Number: u32, Hash: null },
  },
  {
    parent_hash: H256,
    number: compact(u32),
    state_root: H256,
    extrinsics_root: H256,
    digest: Digest,
  },
)

const payment = 'pallet_transaction_payment::types'

const InclusionFee = struct(
  { path: `${payment}::InclusionFee`, params: { Balance: u128 } },
  { base_fee: u128, len_fee: u128, adjusted_weight_fee: u128 },
)

const FeeDetails = struct(
  { path: `${payment}::FeeDetails`, params: { Balance: u128 } },
  { inclusion_fee: option(InclusionFee), tip: u128 },
)

const RuntimeDispatchInfo = struct(
  { path: `${payment}::RuntimeDispatchInfo`, params: { Balance: u128, Weight } },
  { weight: Weight, class: DispatchClass, partial_fee: u128 },
)

/**
 * Every function that is served, by trait, in the real runtime's order. What a node alone calls to make and check
 * blocks, and to put keys into its own store, is left out: here no runtime does that.
 */
export const runtimeApis = {
  Core: {
    version: declare('The version of the runtime.', {}, RuntimeVersion),
    initialize_block: declare(
      'Begins a block; outside of one nothing of it stays.',
      { header: Header },
      unit,
    ),
  },
  Metadata: {
    metadata: declare('The metadata in version 14.', {}, OpaqueMetadata),
    metadata_at_version: declare(
      'The metadata in a version, where there is one.',
      { version: u32 },
      option(OpaqueMetadata),
    ),
    metadata_versions: declare('The versions in which there are metadata.', {}, vec(u32)),
  },
  BlockBuilder: {
    apply_extrinsic: declare(
      'What an extrinsic would do now; nothing of it stays.',
      { extrinsic: UncheckedExtrinsic },
      ApplyExtrinsicResult,
    ),
  },
  TaggedTransactionQueue: {
    validate_transaction: declare(
      'Whether the pool would take an extrinsic, and where it would stand.',
      { source: TransactionSource, tx: UncheckedExtrinsic, block_hash: H256 },
      TransactionValidity,
    ),
  },
  OffchainWorkerApi: {
    offchain_worker: declare(
      'Lets the offchain workers run; outside of a block nothing of it stays.',
      { header: Header },
      unit,
    ),
  },
  AuraApi: {
    slot_duration: declare('How long a slot lasts, in ms.', {}, SlotDuration),
    authorities: declare('The keys of those who make blocks.', {}, vec(AuraId)),
  },
  SessionKeys: {
    decode_session_keys: declare(
      "The single keys in an authority's session keys, each with its purpose.",
      { encoded: bytes },
      option(vec(tuple(bytes, KeyTypeId))),
    ),
  },
  GrandpaApi: {
    grandpa_authorities: declare(
      'The keys of those who finalise blocks, each with its weight.',
      {},
      vec(tuple(GrandpaId, u64)),
    ),
    submit_report_equivocation_unsigned_extrinsic: declare(
      'Reports two contradictory votes; nobody takes such reports.',
      { equivocation_proof: EquivocationProof, key_owner_proof: KeyOwnershipProof },
      option(unit),
    ),
    generate_key_ownership_proof: declare(
      'A proof of whose a key is; there is none.',
      { set_id: u64, authority_id: GrandpaId },
      option(KeyOwnershipProof),
    ),
    current_set_id: declare('The number of the present set of authorities.', {}, u64),
  },
  AccountNonceApi: {
    account_nonce: declare('The nonce of an account.', { account: AccountId32 }, u32),
  },
  TransactionPaymentApi: {
    query_info: declare(
      'The weight of an extrinsic and its fee, the tip not included.',
      { uxt: UncheckedExtrinsic, len: u32 },
      RuntimeDispatchInfo,
    ),
    query_fee_details: declare(
      'The parts of the fee of an extrinsic.',
      { uxt: UncheckedExtrinsic, len: u32 },
      FeeDetails,
    ),
    query_weight_to_fee: declare('What a weight costs.', { weight: Weight }, u128),
    query_length_to_fee: declare('What a length in bytes costs.', { length: u32 }, u128),
  },
} as const

export type RuntimeApis = typeof runtimeApis

/** What each of these traits is for. */
export const runtimeApiDocs: { readonly [Name in keyof RuntimeApis]: string } = {
  Core: 'The version of the runtime, and the start of a block.',
  Metadata: 'The description of the runtime, in every version that it speaks.',
  BlockBuilder: 'What an extrinsic would do in a block.',
  TaggedTransactionQueue:
    'Whether the pool takes an extrinsic, and in which order it stands there.',
  OffchainWorkerApi: 'Work beside the chain, once for every block.',
  AuraApi: 'Who makes blocks, and how often.',
  SessionKeys: 'The keys that an authority uses in a session.',
  GrandpaApi: 'Who finalises blocks.',
  AccountNonceApi: 'The number that the next extrinsic of an account has to carry.',
  TransactionPaymentApi: 'What an extrinsic costs, in units of 0.000 000 1 TFT.',
}
