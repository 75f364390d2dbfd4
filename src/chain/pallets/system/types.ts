// Types of System: accounts, event records, block limits, the runtime's version.

import { hexBytes } from '../../../scale/bytes.ts'
import { struct, wrapper } from '../../../scale/composite.ts'
import { option, tuple, vec } from '../../../scale/containers.ts'
import { compact, str, u8, u32, u64 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { RuntimeEvent } from '../../types/outer.ts'
import { H256, Phase, perDispatchClass, Weight } from '../../types/primitives.ts'
import { AccountData } from '../balances/types.ts'

/** What the chain keeps of every account: references to it, its nonce, and its balance. */
export const AccountInfo = struct(
  { path: 'frame_system::AccountInfo', params: { Nonce: u32, AccountData: AccountData } },
  {
    nonce: u32,
    consumers: u32,
    providers: u32,
    sufficients: u32,
    data: AccountData,
  },
)
export type AccountInfo = ValueOf<typeof AccountInfo>

/** An event with its place in the block. */
export const EventRecord = struct(
  { path: 'frame_system::EventRecord', params: { E: RuntimeEvent, T: H256 } },
  {
    phase: Phase,
    event: RuntimeEvent,
    topics: vec(H256),
  },
)
export type EventRecord = ValueOf<typeof EventRecord>

export const LastRuntimeUpgradeInfo = struct(
  { path: 'frame_system::LastRuntimeUpgradeInfo' },
  {
    spec_version: compact(u32),
    spec_name: str,
  },
)
export type LastRuntimeUpgradeInfo = ValueOf<typeof LastRuntimeUpgradeInfo>

export const WeightPerClass = perDispatchClass(Weight)
export type WeightPerClass = ValueOf<typeof WeightPerClass>

export const WeightsPerClass = struct(
  { path: 'frame_system::limits::WeightsPerClass' },
  {
    base_extrinsic: Weight,
    max_extrinsic: option(Weight),
    max_total: option(Weight),
    reserved: option(Weight),
  },
)
export type WeightsPerClass = ValueOf<typeof WeightsPerClass>

export const LimitsPerClass = perDispatchClass(WeightsPerClass)
export type LimitsPerClass = ValueOf<typeof LimitsPerClass>

/** How much a block may compute. */
export const BlockWeights = struct(
  { path: 'frame_system::limits::BlockWeights' },
  {
    base_block: Weight,
    max_block: Weight,
    per_class: LimitsPerClass,
  },
)
export type BlockWeights = ValueOf<typeof BlockWeights>

export const LengthPerClass = perDispatchClass(u32)
export type LengthPerClass = ValueOf<typeof LengthPerClass>

/** How long a block may be, in bytes. */
export const BlockLength = struct(
  { path: 'frame_system::limits::BlockLength' },
  {
    max: LengthPerClass,
  },
)
export type BlockLength = ValueOf<typeof BlockLength>

export const RuntimeDbWeight = struct(
  { path: 'sp_weights::RuntimeDbWeight' },
  {
    read: u64,
    write: u64,
  },
)
export type RuntimeDbWeight = ValueOf<typeof RuntimeDbWeight>

/** Versions of the runtime APIs; an id is BLAKE2b-64 of the name of the trait. */
export const ApiVersions = wrapper(
  { path: 'Cow', params: { T: vec(tuple(hexBytes(8), u32)) } },
  vec(tuple(hexBytes(8), u32)),
)

export const RuntimeVersion = struct(
  { path: 'sp_version::RuntimeVersion' },
  {
    spec_name: str,
    impl_name: str,
    authoring_version: u32,
    spec_version: u32,
    impl_version: u32,
    apis: ApiVersions,
    transaction_version: u32,
    state_version: u8,
  },
)
export type RuntimeVersion = ValueOf<typeof RuntimeVersion>
