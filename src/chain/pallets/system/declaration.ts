// System: what it keeps, tells and refuses.

import { bytes } from '../../../scale/bytes.ts'
import { tuple, vec } from '../../../scale/containers.ts'
import { bool, u16, u32 } from '../../../scale/primitives.ts'
import { defaultOf } from '../../../scale/type.ts'
import {
  blake2_128Concat,
  constant,
  declarePallet,
  storageMap,
  storageValue,
  twox64Concat,
} from '../../runtime/declare.ts'
import {
  AccountId32,
  Digest,
  DispatchError,
  DispatchInfo,
  H256,
  Phase,
} from '../../types/primitives.ts'
import { dbWeight } from '../../types/weight.ts'
import {
  AccountInfo,
  BlockLength,
  BlockWeights,
  EventRecord,
  LastRuntimeUpgradeInfo,
  RuntimeDbWeight,
  RuntimeVersion,
  WeightPerClass,
} from './types.ts'

/** The block being made, all accounts, and the events. */
export const system = declarePallet({
  index: 0,
  name: 'System',
  storage: {
    Account: storageMap([blake2_128Concat(AccountId32)], AccountInfo, {
      default: defaultOf(AccountInfo),
    }),
    ExtrinsicCount: storageValue(u32),
    BlockWeight: storageValue(WeightPerClass, { default: defaultOf(WeightPerClass) }),
    AllExtrinsicsLen: storageValue(u32),
    BlockHash: storageMap([twox64Concat(u32)], H256, { default: defaultOf(H256) }),
    ExtrinsicData: storageMap([twox64Concat(u32)], bytes, { default: '' }),
    Number: storageValue(u32, { default: 0 }),
    ParentHash: storageValue(H256, { default: defaultOf(H256) }),
    Digest: storageValue(Digest, { default: defaultOf(Digest) }),
    Events: storageValue(vec(EventRecord), { default: [] }),
    EventCount: storageValue(u32, { default: 0 }),
    EventTopics: storageMap([blake2_128Concat(H256)], vec(tuple(u32, u32)), { default: [] }),
    LastRuntimeUpgrade: storageValue(LastRuntimeUpgradeInfo),
    UpgradedToU32RefCount: storageValue(bool, { default: false }),
    UpgradedToTripleRefCount: storageValue(bool, { default: false }),
    ExecutionPhase: storageValue(Phase),
  },
  events: {
    ExtrinsicSuccess: { dispatch_info: DispatchInfo },
    ExtrinsicFailed: { dispatch_error: DispatchError, dispatch_info: DispatchInfo },
    CodeUpdated: [],
    NewAccount: { account: AccountId32 },
    KilledAccount: { account: AccountId32 },
    Remarked: { sender: AccountId32, hash: H256 },
  },
  errors: [
    'InvalidSpecName',
    'SpecVersionNeedsToIncrease',
    'FailedToExtractRuntimeVersion',
    'NonDefaultComposite',
    'NonZeroRefCount',
    'CallFiltered',
  ],
  constants: {
    BlockWeights: constant(BlockWeights, {
      base_block: { ref_time: 390_584_000n, proof_size: 0n },
      max_block: { ref_time: 2_000_000_000_000n, proof_size: 18_446_744_073_709_551_615n },
      per_class: {
        normal: {
          base_extrinsic: { ref_time: 124_414_000n, proof_size: 0n },
          max_extrinsic: { ref_time: 1_299_875_586_000n, proof_size: 11_990_383_647_911_208_550n },
          max_total: { ref_time: 1_500_000_000_000n, proof_size: 13_835_058_055_282_163_711n },
          reserved: { ref_time: 0n, proof_size: 0n },
        },
        operational: {
          base_extrinsic: { ref_time: 124_414_000n, proof_size: 0n },
          max_extrinsic: { ref_time: 1_799_875_586_000n, proof_size: 16_602_069_666_338_596_454n },
          max_total: { ref_time: 2_000_000_000_000n, proof_size: 18_446_744_073_709_551_615n },
          reserved: { ref_time: 500_000_000_000n, proof_size: 4_611_686_018_427_387_904n },
        },
        mandatory: {
          base_extrinsic: { ref_time: 124_414_000n, proof_size: 0n },
          max_extrinsic: null,
          max_total: null,
          reserved: null,
        },
      },
    }),
    BlockLength: constant(BlockLength, {
      max: { normal: 3_932_160, operational: 5_242_880, mandatory: 5_242_880 },
    }),
    BlockHashCount: constant(u32, 2400),
    DbWeight: constant(RuntimeDbWeight, dbWeight),
    Version: constant(RuntimeVersion, {
      spec_name: 'substrate-threefold',
      impl_name: 'substrate-threefold',
      authoring_version: 1,
      spec_version: 153,
      impl_version: 1,
      apis: [
        ['0xdf6acb689907609b', 4],
        ['0x37e397fc7c91f5e4', 2],
        ['0x40fe3ad401f8959a', 6],
        ['0xd2bc9897eed08f15', 3],
        ['0xf78b278be53f454c', 2],
        ['0xdd718d5cc53262d4', 1],
        ['0xab3c0572291feb8b', 1],
        ['0xed99c5acb25eedf5', 3],
        ['0xbc9d89904f5b923f', 1],
        ['0x37c8bb1350a9a2a8', 4],
      ],
      transaction_version: 2,
      state_version: 0,
    }),
    SS58Prefix: constant(u16, 42),
  },
  paths: {
    calls: { path: ['frame_system', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['frame_system', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['frame_system', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
