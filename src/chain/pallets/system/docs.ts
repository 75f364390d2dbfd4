// What the metadata say about System.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { system } from './declaration.ts'

const codeIsRefused =
  'This chain runs no WASM: it refuses all code with FailedToExtractRuntimeVersion.'

/** Documentation of System. */
export const docs: DocsOf<typeof system, typeof calls> = {
  pallet: 'The block being made, its events, and an entry for every account.',
  calls: {
    remark: 'Puts bytes into the block and does nothing with them. For anybody.',
    set_heap_pages: 'Sets how much memory the runtime may use, in pages of 64 KiB. For Root.',
    set_code: [
      'Replaces the runtime by code of the same name with a higher version. For Root.',
      codeIsRefused,
    ],
    set_code_without_checks: [
      'Replaces the runtime by any code, whatever its name and version. For Root.',
      codeIsRefused,
    ],
    set_storage: 'Writes raw values under raw keys, past all rules of the pallets. For Root.',
    kill_storage: 'Removes raw keys with their values. For Root.',
    kill_prefix: 'Removes up to `subkeys` raw keys that begin with a prefix. For Root.',
    remark_with_event:
      'Puts bytes into the block and tells their hash in Remarked. For any signer.',
  },
  storage: {
    Account: 'Nonce, references and balances of an account. All zero for one that does not exist.',
    ExtrinsicCount: 'How many extrinsics the block has so far. Set only while the block is made.',
    BlockWeight: 'The weight that the block has used so far, by class of dispatch.',
    AllExtrinsicsLen: 'The bytes of all extrinsics of the block so far. Set only while it is made.',
    BlockHash: 'The hash of a recent block, by its number. Zero for those that are too old.',
    ExtrinsicData:
      'The bytes of an extrinsic by its place in the block. Set only while the block is made.',
    Number: 'The number of the block.',
    ParentHash: 'The hash of the block before.',
    Digest: 'What the header of the block says to those who make and finalise blocks.',
    Events: 'All events of the block, in order, each with the phase in which it happened.',
    EventCount: 'How many events the block has.',
    EventTopics:
      'Where events of a topic are, as block and place. No pallet here gives topics to its events.',
    LastRuntimeUpgrade:
      'Name and version of the runtime that began the last block with a new version.',
    UpgradedToU32RefCount: 'Whether the references of accounts are counted in 32 bits. They are.',
    UpgradedToTripleRefCount:
      'Whether accounts count consumers, providers and sufficients. They do.',
    ExecutionPhase: 'Where in the block the work is. Set only while the block is made.',
  },
  events: {
    ExtrinsicSuccess:
      'An extrinsic did what it was for. Tells the weight used, and whether it paid a fee.',
    ExtrinsicFailed: 'An extrinsic failed: all it changed was undone, but its fee stays paid.',
    CodeUpdated: 'The runtime was replaced by another one.',
    NewAccount: 'An account came into being.',
    KilledAccount: 'An account ceased to be: nothing kept it alive any more.',
    Remarked: 'Somebody put bytes with this hash into the block.',
  },
  errors: {
    InvalidSpecName: 'The new code is of a runtime with another name.',
    SpecVersionNeedsToIncrease: 'The new code has no higher version than the present one.',
    FailedToExtractRuntimeVersion: 'The code does not tell which runtime it is, or is none.',
    NonDefaultComposite: 'The account still has something, so it cannot go.',
    NonZeroRefCount: 'The account is still relied upon, so it cannot go.',
    CallFiltered: 'This origin may not make this call, as batch_all inside of batch_all.',
  },
  constants: {
    BlockWeights: 'The weight that a block and an extrinsic may have, by class of dispatch.',
    BlockLength: 'The bytes that all extrinsics of a block may have, by class of dispatch.',
    BlockHashCount: 'For how many blocks BlockHash keeps the hash of one.',
    DbWeight: 'The weight of one read from storage and of one write to it.',
    Version: 'Which runtime this is: its name, its versions and those of its APIs.',
    SS58Prefix: 'The number that addresses of this chain begin with, once they are decoded.',
  },
}
