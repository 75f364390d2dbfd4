// Types of Council.

import { struct } from '../../../scale/composite.ts'
import { vec } from '../../../scale/containers.ts'
import { u32 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const Votes = struct(
  { path: 'pallet_collective::Votes', params: { AccountId: AccountId32, BlockNumber: u32 } },
  {
    index: u32,
    threshold: u32,
    ayes: vec(AccountId32),
    nays: vec(AccountId32),
    end: u32,
  },
)
export type Votes = ValueOf<typeof Votes>
