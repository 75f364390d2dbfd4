// Types of BurningModule.

import { bytes } from '../../../scale/bytes.ts'
import { struct } from '../../../scale/composite.ts'
import { u32, u128 } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'
import { AccountId32 } from '../../types/primitives.ts'

export const Burn = struct(
  {
    path: 'pallet_burning::types::Burn',
    params: { AccountId: AccountId32, BalanceOf: u128, BlockNumber: u32 },
  },
  {
    target: AccountId32,
    amount: u128,
    block: u32,
    message: bytes,
  },
)
export type Burn = ValueOf<typeof Burn>
