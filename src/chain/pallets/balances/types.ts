// Types of Balances: what an account owns, what is locked and reserved of it.

import { byteArray } from '../../../scale/bytes.ts'
import { struct, wrapper } from '../../../scale/composite.ts'
import { enumeration } from '../../../scale/enumeration.ts'
import { u128, unit } from '../../../scale/primitives.ts'
import type { ValueOf } from '../../../scale/type.ts'

/** The top bit says that the account has been touched by the current balances code. */
export const ExtraFlags = wrapper({ path: 'pallet_balances::types::ExtraFlags' }, u128, {
  default: 1n << 127n,
})

/** The balance of an account; `frozen` counts against `reserved` too. */
export const AccountData = struct(
  { path: 'pallet_balances::types::AccountData', params: { Balance: u128 } },
  {
    free: u128,
    reserved: u128,
    frozen: u128,
    flags: ExtraFlags,
  },
)
export type AccountData = ValueOf<typeof AccountData>

export const Reasons = enumeration({ path: 'pallet_balances::types::Reasons' }, [
  'Fee',
  'Misc',
  'All',
])
export type Reasons = ValueOf<typeof Reasons>

export const BalanceLock = struct(
  { path: 'pallet_balances::types::BalanceLock', params: { Balance: u128 } },
  {
    id: byteArray(8),
    amount: u128,
    reasons: Reasons,
  },
)
export type BalanceLock = ValueOf<typeof BalanceLock>

export const ReserveData = struct(
  {
    path: 'pallet_balances::types::ReserveData',
    params: { ReserveIdentifier: byteArray(8), Balance: u128 },
  },
  {
    id: byteArray(8),
    amount: u128,
  },
)
export type ReserveData = ValueOf<typeof ReserveData>

export const IdAmount = struct(
  { path: 'pallet_balances::types::IdAmount', params: { Id: unit, Balance: u128 } },
  {
    id: unit,
    amount: u128,
  },
)
export type IdAmount = ValueOf<typeof IdAmount>
