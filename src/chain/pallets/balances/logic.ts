// Balances as other pallets use it: transfers, fees, reserves, locks, and what leaves or enters circulation.

import { maxOf, minOf, saturatingSub } from '../../runtime/bigints.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import {
  account,
  addIssuance,
  canLoseProvider,
  existentialDeposit,
  mutateAccount,
  removeIssuance,
  u128Max,
} from './account.ts'
import type { balances } from './declaration.ts'

export { addIssuance, existentialDeposit, removeIssuance } from './account.ts'
export { extendLock, removeLock, setLock } from './locks.ts'
export {
  canReserve,
  repatriateReserved,
  reserve,
  slashReserved,
  unreserve,
} from './reserves.ts'

type BalancesTx = Tx<typeof balances>

/** Whether an account may be left without its last reference by a payment. */
export type Existence = 'KeepAlive' | 'AllowDeath'

/** What an account owns and has not reserved; locks do not count. */
export function freeBalance(tx: BalancesTx, who: AccountId): bigint {
  return account(tx, who).data.free
}

/** What of an account is reserved. */
export function reservedBalance(tx: BalancesTx, who: AccountId): bigint {
  return account(tx, who).data.reserved
}

/** Free and reserved together. */
export function totalBalance(tx: BalancesTx, who: AccountId): bigint {
  const { free, reserved } = account(tx, who).data
  return free + reserved
}

/**
 * What an account can spend. `keepAlive` leaves it the existential deposit; without it the deposit stays
 * only where other pallets rely on the account. `force` ignores locks.
 */
export function reducibleBalance(
  tx: BalancesTx,
  who: AccountId,
  options: { keepAlive: boolean; force?: boolean },
): bigint {
  const info = account(tx, who)
  const { free, reserved, frozen } = info.data
  const locked = options.force ? 0n : saturatingSub(frozen, reserved)
  const mustStay = options.keepAlive || (free > 0n && !canLoseProvider(info))
  return saturatingSub(free, mustStay ? maxOf(locked, existentialDeposit) : locked)
}

/** What an account can spend if it may die: free, less what is locked beyond the reserves. */
export function usableBalance(tx: BalancesTx, who: AccountId): bigint {
  return reducibleBalance(tx, who, { keepAlive: false })
}

/** Moves tokens between accounts as pallets do: nothing happens, and nothing is told, for zero or to oneself. */
export function transfer(
  tx: BalancesTx,
  from: AccountId,
  to: AccountId,
  amount: bigint,
  existence: Existence,
): void {
  if (amount === 0n || from === to) return
  transferAlways(tx, from, to, amount, existence)
}

/** Moves tokens between accounts as the transfer calls do: a transfer of zero or to oneself is told too. */
export function transferAlways(
  tx: BalancesTx,
  from: AccountId,
  to: AccountId,
  amount: bigint,
  existence: Existence,
): void {
  ensureCanWithdraw(tx, from, amount, existence)
  ensureCanDeposit(tx, to, amount)
  setFree(tx, from, account(tx, from).data.free - amount)
  const raised = account(tx, to).data.free + amount
  if (amount > 0n && raised >= existentialDeposit) setFree(tx, to, raised)
  tx.deposit('Transfer', { from, to, amount })
}

function ensureCanWithdraw(
  tx: BalancesTx,
  who: AccountId,
  amount: bigint,
  existence: Existence,
): void {
  if (amount === 0n) return
  if (tx.state.TotalIssuance.get() < amount) {
    throw tx.fail({ type: 'Arithmetic', value: 'Underflow' })
  }
  const info = account(tx, who)
  const { free, reserved, frozen } = info.data
  if (amount > free) throw tx.fail({ type: 'Token', value: 'FundsUnavailable' })
  if (amount > usableBalance(tx, who)) throw tx.fail({ type: 'Token', value: 'Frozen' })
  const left = free - amount
  const dies = left < existentialDeposit
  if (dies && !canLoseProvider(info)) throw tx.fail({ type: 'Token', value: 'OnlyProvider' })
  if (left + reserved < frozen) throw tx.fail({ type: 'Token', value: 'Frozen' })
  if (dies && existence === 'KeepAlive') throw tx.fail({ type: 'Token', value: 'NotExpendable' })
}

function ensureCanDeposit(tx: BalancesTx, who: AccountId, amount: bigint): void {
  if (amount === 0n) return
  const { free, reserved } = account(tx, who).data
  if (free + amount > u128Max) throw tx.fail({ type: 'Arithmetic', value: 'Overflow' })
  if (free + amount < existentialDeposit) throw tx.fail({ type: 'Token', value: 'BelowMinimum' })
  if (free + amount + reserved > u128Max) throw tx.fail({ type: 'Arithmetic', value: 'Overflow' })
}

/** Writes a free balance; dust that is lost with the account leaves circulation. */
function setFree(tx: BalancesTx, who: AccountId, free: bigint): void {
  mutateAccount(tx, who, data => ({ ...data, free }))
}

/**
 * Takes free tokens from an account without giving them to anybody: the caller gives them to somebody, or
 * takes them out of circulation with `removeIssuance`. Fails with Balances errors.
 */
export function withdraw(
  tx: BalancesTx,
  who: AccountId,
  amount: bigint,
  existence: Existence,
): void {
  if (amount === 0n) return
  const refusal = whyNotWithdraw(tx, who, amount, existence)
  if (refusal) throw tx.error(refusal)
  takeOut(tx, who, amount)
}

function whyNotWithdraw(
  tx: BalancesTx,
  who: AccountId,
  amount: bigint,
  existence: Existence,
): 'InsufficientBalance' | 'Expendability' | 'LiquidityRestrictions' | null {
  const { free, frozen } = account(tx, who).data
  if (amount > free) return 'InsufficientBalance'
  const left = free - amount
  const kills = left < existentialDeposit && free >= existentialDeposit
  if (existence === 'KeepAlive' && kills) return 'Expendability'
  return left < frozen ? 'LiquidityRestrictions' : null
}

function takeOut(tx: BalancesTx, who: AccountId, amount: bigint): void {
  mutateAccount(tx, who, data => {
    tx.deposit('Withdraw', { who, amount })
    return { ...data, free: data.free - amount }
  })
}

/**
 * Adds tokens to an account, which need not exist, and returns how many: all, or none when the account
 * would stay below the existential deposit. The caller took them from somebody, or calls `addIssuance`.
 */
export function depositCreating(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  if (amount === 0n) return 0n
  const { data } = account(tx, who)
  const isNew = data.free === 0n && data.reserved === 0n && data.frozen === 0n
  if (isNew && amount < existentialDeposit) return 0n
  if (data.free + amount > u128Max) return 0n
  mutateAccount(tx, who, data => {
    tx.deposit('Deposit', { who, amount })
    return { ...data, free: data.free + amount }
  })
  return amount
}

/** Adds tokens to an account that exists, and returns how many: all, or none when there is no such account. */
export function depositIntoExisting(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const { free, reserved, frozen } = account(tx, who).data
  if (free === 0n && reserved === 0n && frozen === 0n) return 0n
  return depositCreating(tx, who, amount)
}

/** Puts new tokens into circulation and onto an account; returns how many. */
export function mint(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const minted = depositCreating(tx, who, amount)
  addIssuance(tx, minted)
  return minted
}

/**
 * Takes free tokens from an account by force, locked ones too, and returns how many: an account that others
 * rely on keeps the existential deposit. The caller decides what becomes of them, as after `withdraw`.
 */
export function slash(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const info = account(tx, who)
  if (amount === 0n || info.data.free + info.data.reserved === 0n) return 0n
  const kept = canLoseProvider(info) ? 0n : existentialDeposit
  const slashed = minOf(amount, saturatingSub(info.data.free, kept))
  mutateAccount(tx, who, data => ({ ...data, free: data.free - slashed }))
  tx.deposit('Slashed', { who, amount: slashed })
  return slashed
}

/** Takes tokens out of an account and out of circulation: what Currency::slash and dropping the imbalance do. */
export function slashAndBurn(tx: BalancesTx, who: AccountId, amount: bigint): bigint {
  const slashed = slash(tx, who, amount)
  removeIssuance(tx, slashed)
  return slashed
}

/** Whether an account can pay a fee and stay alive. */
export function canPayFee(tx: BalancesTx, who: AccountId, fee: bigint): boolean {
  return fee === 0n || whyNotWithdraw(tx, who, fee, 'KeepAlive') === null
}

/** Takes a fee; false when the account cannot pay it and stay alive. */
export function withdrawFee(tx: BalancesTx, who: AccountId, fee: bigint): boolean {
  if (!canPayFee(tx, who, fee)) return false
  if (fee > 0n) takeOut(tx, who, fee)
  return true
}

/**
 * Gives a part of a fee back to who paid it; false when that account is gone: the author then gets that
 * part too (`substrate: frame/transaction-payment/src/payment.rs`, CurrencyAdapter).
 */
export function depositRefund(tx: BalancesTx, who: AccountId, amount: bigint): boolean {
  return amount === 0n || depositIntoExisting(tx, who, amount) === amount
}

/** Gives a fee to the author of the block; what is too little to make an account leaves circulation. */
export function payAuthor(tx: BalancesTx, author: AccountId, amount: bigint): void {
  const paid = depositCreating(tx, author, amount)
  removeIssuance(tx, amount - paid)
}
