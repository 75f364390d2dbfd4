// Types of TFTBridgeModule: tokens on their way from and to Stellar.

import { bytes } from '../../../scale/bytes.ts'
import { struct } from '../../../scale/composite.ts'
import { option, vec } from '../../../scale/containers.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const MintTransaction = struct(
  {
    path: 'pallet_tft_bridge::types::MintTransaction',
    params: { AccountId: AccountId32, BlockNumber: u32 },
  },
  {
    amount: u64,
    target: AccountId32,
    block: u32,
    votes: u32,
  },
)
export type MintTransaction = ValueOf<typeof MintTransaction>

export const StellarSignature = struct(
  { path: 'pallet_tft_bridge::types::StellarSignature' },
  {
    signature: bytes,
    stellar_pub_key: bytes,
  },
)
export type StellarSignature = ValueOf<typeof StellarSignature>

export const BurnTransaction = struct(
  {
    path: 'pallet_tft_bridge::types::BurnTransaction',
    params: { AccountId: AccountId32, BlockNumber: u32 },
  },
  {
    block: u32,
    amount: u64,
    source: option(AccountId32),
    target: bytes,
    signatures: vec(StellarSignature),
    sequence_number: u64,
  },
)
export type BurnTransaction = ValueOf<typeof BurnTransaction>

export const RefundTransaction = struct(
  { path: 'pallet_tft_bridge::types::RefundTransaction', params: { BlockNumber: u32 } },
  {
    block: u32,
    amount: u64,
    target: bytes,
    tx_hash: bytes,
    signatures: vec(StellarSignature),
    sequence_number: u64,
  },
)
export type RefundTransaction = ValueOf<typeof RefundTransaction>

export const StorageVersion = enumeration(
  { path: 'pallet_tft_bridge::types::StorageVersion' },
  ['V1', 'V2'],
  { default: 'V1' },
)
export type StorageVersion = ValueOf<typeof StorageVersion>
