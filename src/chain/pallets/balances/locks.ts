// Locks: balances that may not be spent, each under its name; what counts is the largest.

import type { ByteString } from '../../../scale/byte-string.ts'
import { maxOf } from '../../runtime/bigints.ts'
import type { Tx } from '../../runtime/tx.ts'
import { DispatchFailure } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import { system } from '../system/declaration.ts'
import { mutateAccount } from './account.ts'
import type { balances } from './declaration.ts'
import type { BalanceLock, Reasons } from './types.ts'

type BalancesTx = Tx<typeof balances>

/** Sets the lock `id` (8 bytes) of an account to an amount; zero removes it. */
export function setLock(
  tx: BalancesTx,
  id: ByteString,
  who: AccountId,
  amount: bigint,
  reasons: Reasons = 'All',
): void {
  if (amount === 0n) {
    removeLock(tx, id, who)
    return
  }
  const locks = tx.state.Locks.get(who)
  updateLocks(tx, who, withLock(locks, { id, amount, reasons }))
}

/** Raises the lock `id` to an amount, or makes it; it never gets smaller. */
export function extendLock(
  tx: BalancesTx,
  id: ByteString,
  who: AccountId,
  amount: bigint,
  reasons: Reasons = 'All',
): void {
  if (amount === 0n) return
  const locks = tx.state.Locks.get(who)
  const old = locks.find(lock => lock.id === id)
  const extended: BalanceLock = {
    id,
    amount: maxOf(old?.amount ?? 0n, amount),
    reasons: old && old.reasons !== reasons ? 'All' : reasons,
  }
  updateLocks(tx, who, withLock(locks, extended))
}

/** Removes the lock `id` of an account. */
export function removeLock(tx: BalancesTx, id: ByteString, who: AccountId): void {
  const locks = tx.state.Locks.get(who)
  updateLocks(
    tx,
    who,
    locks.filter(lock => lock.id !== id),
  )
}

function withLock(locks: readonly BalanceLock[], lock: BalanceLock): BalanceLock[] {
  const isKnown = locks.some(({ id }) => id === lock.id)
  return isKnown ? locks.map(old => (old.id === lock.id ? lock : old)) : [...locks, lock]
}

/** `substrate: frame/balances/src/lib.rs`, update_locks. */
function updateLocks(tx: BalancesTx, who: AccountId, locks: BalanceLock[]): void {
  const frozen = locks.reduce((most, { amount }) => maxOf(most, amount), 0n)
  const before = tx.in(system).state.Account.get(who).data.frozen
  try {
    mutateAccount(tx, who, data => ({ ...data, frozen }))
  } catch (cause) {
    // Upstream goes on when the account cannot be relied upon: the lock is kept, and binds nothing.
    if (!(cause instanceof DispatchFailure)) throw cause
  }
  const existed = tx.state.Locks.has(who)
  if (locks.length === 0) {
    tx.state.Locks.remove(who)
    if (existed) addConsumers(tx, who, -1)
  } else {
    tx.state.Locks.set(who, locks)
    if (!existed) addConsumers(tx, who, 1)
  }
  if (before > frozen) tx.deposit('Unlocked', { who, amount: before - frozen })
  if (frozen > before) tx.deposit('Locked', { who, amount: frozen - before })
}

/** A lock is a reference beyond the limit of references; an account without a provider takes none. */
function addConsumers(tx: BalancesTx, who: AccountId, change: 1 | -1): void {
  const { Account } = tx.in(system).state
  const info = Account.get(who)
  if (change === 1 && info.providers === 0) return
  if (change === -1 && info.consumers === 0) return
  Account.set(who, { ...info, consumers: info.consumers + change })
}
