// Types of Scheduler: calls that wait for their block.

import { boundedBytes, byteArray } from '../../../scale/bytes.ts'
import { struct } from '../../../scale/composite.ts'
import { option, tuple } from '../../../scale/containers.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { u8, u32 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { OriginCaller, RuntimeCall } from '../../types/outer.ts'
import { AccountId32, H256 } from '../../types/primitives.ts'

/** A call that is scheduled: inline as its bytes, or by its hash. */
export const BoundedCall = enumeration(
  { path: 'frame_support::traits::preimages::Bounded', params: { T: RuntimeCall } },
  {
    Legacy: { hash: H256 },
    Inline: [boundedBytes(128)],
    Lookup: { hash: H256, len: u32 },
  },
)
export type BoundedCall = ValueOf<typeof BoundedCall>

export const Scheduled = struct(
  {
    path: 'pallet_scheduler::Scheduled',
    params: {
      Name: byteArray(32),
      Call: BoundedCall,
      BlockNumber: u32,
      PalletsOrigin: OriginCaller,
      AccountId: AccountId32,
    },
  },
  {
    maybe_id: option(byteArray(32)),
    priority: u8,
    call: BoundedCall,
    maybe_periodic: option(tuple(u32, u32)),
    origin: OriginCaller,
  },
)
export type Scheduled = ValueOf<typeof Scheduled>
