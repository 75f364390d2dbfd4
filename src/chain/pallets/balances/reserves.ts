// Reserves: tokens that an account owns and cannot spend until they are released or taken.

import { minOf, saturatingSub } from '../../runtime/bigints.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId, BalanceStatus } from '../../types/primitives.ts'
import { account, existentialDeposit, mutateAccount, u128Max } from './account.ts'
import type { balances } from './declaration.ts'

type BalancesTx = Tx<typeof balances>

/** Whether so much can be reserved: the account keeps the existential deposit and what is locked. */
export function canReserve(tx: BalancesTx, who: AccountId, amount: bigint): boolean {
  if (amount === 0n) return true
  const { free, frozen } = account(tx, who).data
  const left = free - amount
  return left >= existentialDeposit && left >= frozen
}

/** Reserves free tokens. */
export function reserve(tx: BalancesTx, who: AccountId, amount: bigint): void {
  if (amount === 0n) return
  mutateAccount(tx, who, data => {
    if (amount > data.free) throw tx.error('InsufficientBalance')
    const free = data.free - amount
    const reserved = data.reserved + amount
    if (reserved > u128Max) throw tx.fail({ type: 'Arithmetic', value: 'Overflow' })
    if (free < data.frozen) throw tx.error('LiquidityRestrictions')
    return { ...data, free, reserved }
  })
  tx.deposit('Reserved', { who, amount })
}

/** Makes reserved tokens free again; returns how many of `amount` were not reserved. */
export function unreserve(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const { free, reserved } = account(tx, who).data
  if (amount === 0n || free + reserved === 0n) return amount
  const actual = minOf(amount, reserved)
  mutateAccount(tx, who, data => ({
    ...data,
    free: data.free + actual,
    reserved: data.reserved - actual,
  }))
  tx.deposit('Unreserved', { who, amount: actual })
  return amount - actual
}

/**
 * Takes reserved tokens from an account and returns how many; the caller gives them to somebody, or takes
 * them out of circulation with `removeIssuance`.
 */
export function slashReserved(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const { free, reserved } = account(tx, who).data
  if (amount === 0n || free + reserved === 0n) return 0n
  const actual = minOf(amount, reserved)
  mutateAccount(tx, who, data => ({ ...data, reserved: data.reserved - actual }))
  tx.deposit('Slashed', { who, amount: actual })
  return actual
}

/**
 * Moves reserved tokens to the free or reserved balance of an account that exists (else DeadAccount), as
 * far as there are any that no lock holds; returns how many of `amount` were not moved.
 */
export function repatriateReserved(
  tx: BalancesTx,
  from: AccountId,
  to: AccountId,
  amount: bigint,
  status: BalanceStatus,
): bigint {
  if (amount === 0n) return 0n
  const { free, reserved, frozen } = account(tx, from).data
  const available = saturatingSub(reserved, saturatingSub(frozen, free))
  const actual = minOf(amount, available)
  if (from === to) {
    if (status === 'Free') unreserve(tx, from, actual)
    return amount - actual
  }
  const target = account(tx, to).data
  if (target.free + target.reserved + target.frozen === 0n) throw tx.error('DeadAccount')
  if ((status === 'Free' ? target.free : target.reserved) + actual > u128Max) {
    throw tx.fail({ type: 'Arithmetic', value: 'Overflow' })
  }
  mutateAccount(tx, from, data => ({ ...data, reserved: data.reserved - actual }))
  mutateAccount(tx, to, data =>
    status === 'Free'
      ? { ...data, free: data.free + actual }
      : { ...data, reserved: data.reserved + actual },
  )
  tx.deposit('ReserveRepatriated', { from, to, amount: actual, destination_status: status })
  return amount - actual
}
