// Balances: its calls, their arguments and weights.

import { vec } from '../../../scale/containers.ts'
import { bool, compact, u128 } from '../../../scale/primitives.ts'
import { ensureRoot, lookup } from '../../runtime/origins.ts'
import type { Tx } from '../../runtime/tx.ts'
import { AccountId32, MultiAddress } from '../../types/primitives.ts'
import { dbWeight } from '../../types/weight.ts'
import {
  addIssuance,
  ensureUpgraded,
  existentialDeposit,
  mutateAccount,
  removeIssuance,
} from './account.ts'
import { balances } from './declaration.ts'
import { freeBalance, reducibleBalance, transferAlways, unreserve } from './logic.ts'

const readAndWrite = dbWeight.read + dbWeight.write

/** Gives an account this free balance, out of nothing or into nothing; one too small is none. */
function forceSetBalance(tx: Tx<typeof balances>, address: MultiAddress, asked: bigint): void {
  ensureRoot(tx)
  const who = lookup(tx, address)
  const free = asked < existentialDeposit ? 0n : asked
  const before = freeBalance(tx, who)
  mutateAccount(tx, who, data => ({ ...data, free }))
  if (free > before) addIssuance(tx, free - before)
  else removeIssuance(tx, before - free)
  tx.deposit('BalanceSet', { who, free })
}

/** The calls of Balances, by name. */
export const calls = {
  transfer_allow_death: balances.call(
    0,
    { dest: MultiAddress, value: compact(u128) },
    { refTime: 184_566_000n, proofSize: 3593n },
    (tx, { dest, value }) => {
      transferAlways(tx, tx.signer(), lookup(tx, dest), value, 'AllowDeath')
    },
  ),

  set_balance_deprecated: balances.call(
    1,
    { who: MultiAddress, new_free: compact(u128), old_reserved: compact(u128) },
    { refTime: 149_925_000n, proofSize: 3593n },
    (tx, { who, new_free }) => forceSetBalance(tx, who, new_free),
  ),

  force_transfer: balances.call(
    2,
    { source: MultiAddress, dest: MultiAddress, value: compact(u128) },
    { refTime: 311_069_000n, proofSize: 6196n },
    (tx, { source, dest, value }) => {
      ensureRoot(tx)
      transferAlways(tx, lookup(tx, source), lookup(tx, dest), value, 'AllowDeath')
    },
  ),

  transfer_keep_alive: balances.call(
    3,
    { dest: MultiAddress, value: compact(u128) },
    { refTime: 171_235_000n, proofSize: 3593n },
    (tx, { dest, value }) => {
      transferAlways(tx, tx.signer(), lookup(tx, dest), value, 'KeepAlive')
    },
  ),

  transfer_all: balances.call(
    4,
    { dest: MultiAddress, keep_alive: bool },
    { refTime: 180_123_000n, proofSize: 3593n },
    (tx, { dest, keep_alive: keepAlive }) => {
      const from = tx.signer()
      const amount = reducibleBalance(tx, from, { keepAlive })
      const existence = keepAlive ? 'KeepAlive' : 'AllowDeath'
      transferAlways(tx, from, lookup(tx, dest), amount, existence)
    },
  ),

  force_unreserve: balances.call(
    5,
    { who: MultiAddress, amount: u128 },
    { refTime: 145_435_000n, proofSize: 3593n },
    (tx, { who, amount }) => {
      ensureRoot(tx)
      unreserve(tx, lookup(tx, who), amount)
    },
  ),

  upgrade_accounts: balances.call(
    6,
    { who: vec(AccountId32) },
    ({ who }) => ({
      refTime: 19_644_000n + (16_340_188n + readAndWrite) * BigInt(who.length),
      proofSize: 990n + 2603n * BigInt(who.length),
    }),
    (tx, { who }) => {
      tx.signer()
      const upgraded = who.filter(account => ensureUpgraded(tx, account)).length
      // Free when nine of ten accounts needed it.
      return who.length > 0 && upgraded * 10 >= who.length * 9 ? { pays: 'No' } : undefined
    },
  ),

  transfer: balances.call(
    7,
    { dest: MultiAddress, value: compact(u128) },
    { refTime: 184_566_000n, proofSize: 3593n },
    (tx, { dest, value }) => {
      transferAlways(tx, tx.signer(), lookup(tx, dest), value, 'AllowDeath')
    },
  ),

  force_set_balance: balances.call(
    8,
    { who: MultiAddress, new_free: compact(u128) },
    { refTime: 149_925_000n, proofSize: 3593n },
    (tx, { who, new_free }) => forceSetBalance(tx, who, new_free),
  ),
}
