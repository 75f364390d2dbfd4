// The types that span all pallets. Pallets refer to them before the runtime that defines them is put together.

import { slot } from '../../scale/deferred.ts'
import { at, enumeration } from '../../scale/enumeration.ts'
import { u32 } from '../../scale/primitives.ts'
import type { ValueOf } from '../../scale/type.ts'
import type { ChainCall, ChainEvent } from '../runtime/outer.ts'
import { AccountId32, Void } from './primitives.ts'

/** Any call of the runtime; bound when the runtime is put together. */
export const RuntimeCall = slot<ChainCall>('RuntimeCall')

/** Any event of the runtime; bound when the runtime is put together. */
export const RuntimeEvent = slot<ChainEvent>('RuntimeEvent')

/** Who is behind a call, as System tells it. */
export const SystemOrigin = enumeration(
  { path: 'frame_support::dispatch::RawOrigin', params: { AccountId: AccountId32 } },
  { Root: [], Signed: [AccountId32], None: [] },
)
export type SystemOrigin = ValueOf<typeof SystemOrigin>

/** How much of the council is behind a call: so many members of so many, or one. */
export const CollectiveOrigin = enumeration(
  { path: 'pallet_collective::RawOrigin', params: { AccountId: AccountId32, I: null } },
  { Members: [u32, u32], Member: [AccountId32], _Phantom: [] },
)
export type CollectiveOrigin = ValueOf<typeof CollectiveOrigin>

/** Who is behind a call that waits for its block or runs on behalf of somebody else. */
export const OriginCaller = enumeration(
  { path: 'tfchain_runtime::OriginCaller' },
  { system: at(0, [SystemOrigin]), Council: at(40, [CollectiveOrigin]), Void: at(2, [Void]) },
)
export type OriginCaller = ValueOf<typeof OriginCaller>
