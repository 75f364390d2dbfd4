// The balance of an account and the references that keep the account alive: every change passes through here.

import { defaultOf } from '../../../scale/type.ts'
import { maxOf, minOf, saturatingSub } from '../../runtime/bigints.ts'
import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import { system } from '../system/declaration.ts'
import { decConsumers, decProviders, incConsumers, incProviders } from '../system/logic.ts'
import type { AccountInfo } from '../system/types.ts'
import { balances } from './declaration.ts'
import { AccountData } from './types.ts'

type BalancesTx = Tx<typeof balances>

/** The smallest free balance that an account can have. */
export const existentialDeposit = balances.constants.ExistentialDeposit!.value as bigint

export const u128Max = (1n << 128n) - 1n

const newLogic = 1n << 127n

const emptyData = defaultOf(AccountData)

/** An account with its references. */
export function account(tx: BalancesTx, who: AccountId): AccountInfo {
  return tx.in(system).state.Account.get(who)
}

/** Whether the account would survive, or may die of, the loss of one provider reference. */
export function canLoseProvider({ consumers, providers }: AccountInfo): boolean {
  return consumers === 0 || providers > 1
}

/** Puts tokens into circulation. */
export function addIssuance(tx: BalancesTx, amount: bigint): void {
  if (amount === 0n) return
  tx.state.TotalIssuance.set(minOf(tx.state.TotalIssuance.get() + amount, u128Max))
}

/** Takes tokens out of circulation. */
export function removeIssuance(tx: BalancesTx, amount: bigint): void {
  if (amount === 0n) return
  tx.state.TotalIssuance.set(saturatingSub(tx.state.TotalIssuance.get(), amount))
}

/**
 * Changes an account's balance and keeps its references true: the existential deposit provides for the
 * account, anything reserved or locked makes it relied upon. What is left below the deposit is lost, and
 * leaves circulation (`substrate: frame/balances/src/lib.rs`, try_mutate_account).
 */
export function mutateAccount(
  tx: BalancesTx,
  who: AccountId,
  change: (data: AccountData, isNew: boolean) => AccountData,
): void {
  ensureUpgraded(tx, who)
  const { Account } = tx.in(system).state
  const before = Account.get(who)
  const isNew = isEmpty(before.data)
  const data = change(before.data, isNew)
  const didProvide = !isNew && provides(before.data)
  const didConsume = !isNew && consumes(before.data)
  let info = before
  if (!didProvide && provides(data)) info = incProviders(tx, who, info)
  if (didConsume && !consumes(data)) info = decConsumers(info)
  if (!didConsume && consumes(data)) info = incConsumers(tx, info)
  if (didProvide && !provides(data)) info = decProviders(tx, who, info)
  const isDead = data.free < existentialDeposit && data.reserved === 0n
  if (info.providers > 0 || info.sufficients > 0) {
    Account.set(who, { ...info, data: isDead ? emptyData : data })
  } else {
    Account.remove(who)
  }
  if (isNew) tx.deposit('Endowed', { account: who, free_balance: data.free })
  if (isDead && data.free > 0n) {
    tx.deposit('DustLost', { account: who, amount: data.free })
    removeIssuance(tx, data.free)
  }
}

const provides = (data: AccountData): boolean => data.free >= existentialDeposit
const consumes = (data: AccountData): boolean => data.reserved > 0n || data.frozen > 0n

function isEmpty(data: AccountData): boolean {
  return data.free === 0n && data.reserved === 0n && data.frozen === 0n && data.flags === newLogic
}

/** Marks an account as one whose reserves count as references; true when it was not. */
export function ensureUpgraded(tx: BalancesTx, who: AccountId): boolean {
  const { Account } = tx.in(system).state
  let info = Account.get(who)
  if ((info.data.flags & newLogic) !== 0n) return false
  let data: AccountData = { ...info.data, flags: info.data.flags | newLogic }
  if (data.reserved > 0n && data.frozen === 0n) {
    if (info.providers === 0) {
      data = { ...data, free: maxOf(data.free, existentialDeposit) }
      info = incProviders(tx, who, info)
    }
    info = { ...info, consumers: info.consumers + 1 }
  }
  if (info.providers > 0 || info.sufficients > 0) Account.set(who, { ...info, data })
  else Account.remove(who)
  tx.deposit('Upgraded', { who })
  return true
}
