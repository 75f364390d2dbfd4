// TFTBridgeModule: all its calls, those of the council among them here.

import { u64 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { searchSorted } from '../../runtime/sorted.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { burns } from './burns.ts'
import { tftBridge } from './declaration.ts'
import { mints } from './mints.ts'
import { refunds } from './refunds.ts'

const settings = {
  add_bridge_validator: tftBridge.call(
    0,
    { target: AccountId32 },
    { refTime: 141_281_000n, proofSize: 1741n },
    (tx, { target }) => {
      ensureRestricted(tx)
      const validators = tx.state.Validators.get()
      const { at, isFound } = searchSorted(validators, target)
      if (isFound) throw tx.error('ValidatorExists')
      tx.state.Validators.set(validators.toSpliced(at, 0, target))
    },
  ),

  remove_bridge_validator: tftBridge.call(
    1,
    { target: AccountId32 },
    { refTime: 140_810_000n, proofSize: 1774n },
    (tx, { target }) => {
      ensureRestricted(tx)
      const validators = tx.state.Validators.get()
      const { at, isFound } = searchSorted(validators, target)
      if (!isFound) throw tx.error('ValidatorNotExists')
      tx.state.Validators.set(validators.toSpliced(at, 1))
    },
  ),

  set_fee_account: tftBridge.call(
    2,
    { target: AccountId32 },
    { refTime: 105_350_000n, proofSize: 0n },
    (tx, { target }) => {
      ensureRestricted(tx)
      tx.state.FeeAccount.set(target)
    },
  ),

  set_withdraw_fee: tftBridge.call(
    3,
    { amount: u64 },
    { refTime: 104_939_000n, proofSize: 0n },
    (tx, { amount }) => {
      ensureRestricted(tx)
      tx.state.WithdrawFee.set(amount)
    },
  ),

  set_deposit_fee: tftBridge.call(
    4,
    { amount: u64 },
    { refTime: 104_980_000n, proofSize: 0n },
    (tx, { amount }) => {
      ensureRestricted(tx)
      tx.state.DepositFee.set(amount)
    },
  ),
}

/** The calls of TFTBridgeModule, by name; each has its index. */
export const calls = { ...settings, ...burns, ...mints, ...refunds }
