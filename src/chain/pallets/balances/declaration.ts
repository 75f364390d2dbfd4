// Balances: what it keeps, tells and refuses.

import { boundedVec, weakBoundedVec } from '../../../scale/containers.ts'
import { u32, u128 } from '../../../scale/primitives.ts'
import { defaultOf } from '../../../scale/type.ts'
import {
  blake2_128Concat,
  constant,
  declarePallet,
  storageMap,
  storageValue,
} from '../../runtime/declare.ts'
import { AccountId32, BalanceStatus } from '../../types/primitives.ts'
import { AccountData, BalanceLock, IdAmount, ReserveData } from './types.ts'

/** The tokens: owned, reserved, locked, moved. */
export const balances = declarePallet({
  index: 20,
  name: 'Balances',
  storage: {
    TotalIssuance: storageValue(u128, { default: 0n }),
    InactiveIssuance: storageValue(u128, { default: 0n }),
    Account: storageMap([blake2_128Concat(AccountId32)], AccountData, {
      default: defaultOf(AccountData),
    }),
    Locks: storageMap([blake2_128Concat(AccountId32)], weakBoundedVec(BalanceLock, 50), {
      default: [],
    }),
    Reserves: storageMap([blake2_128Concat(AccountId32)], boundedVec(ReserveData, 50), {
      default: [],
    }),
    Holds: storageMap([blake2_128Concat(AccountId32)], boundedVec(IdAmount, 0), { default: [] }),
    Freezes: storageMap([blake2_128Concat(AccountId32)], boundedVec(IdAmount, 0), { default: [] }),
  },
  events: {
    Endowed: { account: AccountId32, free_balance: u128 },
    DustLost: { account: AccountId32, amount: u128 },
    Transfer: { from: AccountId32, to: AccountId32, amount: u128 },
    BalanceSet: { who: AccountId32, free: u128 },
    Reserved: { who: AccountId32, amount: u128 },
    Unreserved: { who: AccountId32, amount: u128 },
    ReserveRepatriated: {
      from: AccountId32,
      to: AccountId32,
      amount: u128,
      destination_status: BalanceStatus,
    },
    Deposit: { who: AccountId32, amount: u128 },
    Withdraw: { who: AccountId32, amount: u128 },
    Slashed: { who: AccountId32, amount: u128 },
    Minted: { who: AccountId32, amount: u128 },
    Burned: { who: AccountId32, amount: u128 },
    Suspended: { who: AccountId32, amount: u128 },
    Restored: { who: AccountId32, amount: u128 },
    Upgraded: { who: AccountId32 },
    Issued: { amount: u128 },
    Rescinded: { amount: u128 },
    Locked: { who: AccountId32, amount: u128 },
    Unlocked: { who: AccountId32, amount: u128 },
    Frozen: { who: AccountId32, amount: u128 },
    Thawed: { who: AccountId32, amount: u128 },
  },
  errors: [
    'VestingBalance',
    'LiquidityRestrictions',
    'InsufficientBalance',
    'ExistentialDeposit',
    'Expendability',
    'ExistingVestingSchedule',
    'DeadAccount',
    'TooManyReserves',
    'TooManyHolds',
    'TooManyFreezes',
  ],
  constants: {
    ExistentialDeposit: constant(u128, 500n),
    MaxLocks: constant(u32, 50),
    MaxReserves: constant(u32, 50),
    MaxHolds: constant(u32, 0),
    MaxFreezes: constant(u32, 0),
  },
  paths: {
    calls: {
      path: ['pallet_balances', 'pallet', 'Call'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    events: {
      path: ['pallet_balances', 'pallet', 'Event'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    errors: {
      path: ['pallet_balances', 'pallet', 'Error'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
  },
})
