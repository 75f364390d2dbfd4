// Types of Dao: proposals and the votes of farms.

import { bytes } from '../../../scale/bytes.ts'
import { struct } from '../../../scale/composite.ts'
import { vec } from '../../../scale/containers.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const DaoProposal = struct(
  { path: 'pallet_dao::proposal::DaoProposal' },
  {
    index: u32,
    description: bytes,
    link: bytes,
  },
)
export type DaoProposal = ValueOf<typeof DaoProposal>

export const VoteWeight = struct(
  { path: 'pallet_dao::proposal::VoteWeight' },
  {
    farm_id: u32,
    weight: u64,
  },
)
export type VoteWeight = ValueOf<typeof VoteWeight>

export const DaoVotes = struct(
  { path: 'pallet_dao::proposal::DaoVotes', params: { BlockNumber: u32, AccountId: AccountId32 } },
  {
    index: u32,
    threshold: u32,
    ayes: vec(VoteWeight),
    nays: vec(VoteWeight),
    end: u32,
    vetos: vec(AccountId32),
  },
)
export type DaoVotes = ValueOf<typeof DaoVotes>
