// Tokens that go to Stellar: burned here, and paid there once a majority of the validators signed.

import { bytes } from '../../../scale/bytes.ts'
import { u64, u128 } from '../../../scale/primitives.ts'
import { minOf } from '../../runtime/bigints.ts'
import { balances } from '../balances/declaration.ts'
import { mint, removeIssuance, usableBalance, withdraw } from '../balances/logic.ts'
import { tftBridge } from './declaration.ts'
import { ensureValidator, withSignature } from './logic.ts'
import { isStellarAddress } from './stellar-address.ts'

const u64Max = (1n << 64n) - 1n

export const burns = {
  swap_to_stellar: tftBridge.call(
    5,
    { target_stellar_address: bytes, amount: u128 },
    { refTime: 443_893_000n, proofSize: 3593n },
    (tx, { target_stellar_address: target, amount }) => {
      const source = tx.signer()
      if (!isStellarAddress(target)) throw tx.error('InvalidStellarPublicKey')
      const fee = tx.state.WithdrawFee.get()
      if (amount <= fee) throw tx.error('AmountIsLessThanWithdrawFee')
      const tokens = tx.in(balances)
      if (amount > usableBalance(tokens, source)) throw tx.error('NotEnoughBalanceToSwap')
      withdraw(tokens, source, amount, 'KeepAlive')
      removeIssuance(tokens, amount)
      const feeAccount = tx.state.FeeAccount.get()
      if (feeAccount !== null) mint(tokens, feeAccount, fee)
      const id = tx.state.BurnTransactionID.get() + 1n
      tx.state.BurnTransactionID.set(id)
      const left = minOf(amount, u64Max) - fee
      tx.deposit('BurnTransactionCreated', [id, source, target, left])
      tx.state.BurnTransactions.set(id, {
        block: tx.block,
        amount: left,
        source,
        target,
        signatures: [],
        sequence_number: 0n,
      })
    },
  ),

  propose_burn_transaction_or_add_sig: tftBridge.call(
    7,
    {
      transaction_id: u64,
      target: bytes,
      amount: u64,
      signature: bytes,
      stellar_pub_key: bytes,
      sequence_number: u64,
    },
    { refTime: 201_300_000n, proofSize: 4096n },
    (tx, { transaction_id: id, target, amount, ...given }) => {
      ensureValidator(tx)
      if (tx.state.ExecutedBurnTransactions.has(id)) {
        throw tx.error('BurnTransactionAlreadyExecuted')
      }
      const burn = tx.state.BurnTransactions.get(id)
      if (burn === null) throw tx.error('BurnTransactionNotExists')
      if (burn.amount !== amount || burn.target !== target) {
        throw tx.error('WrongParametersProvided')
      }
      const { record, added, isReady } = withSignature(tx, burn, given, {
        enough: 'EnoughBurnSignaturesPresent',
        exists: 'BurnSignatureExists',
      })
      tx.state.BurnTransactions.set(id, record)
      tx.deposit('BurnTransactionSignatureAdded', [id, added])
      if (isReady) tx.deposit('BurnTransactionReady', [id])
    },
  ),

  set_burn_transaction_executed: tftBridge.call(
    8,
    { transaction_id: u64 },
    { refTime: 293_805_000n, proofSize: 4036n },
    (tx, { transaction_id: id }) => {
      ensureValidator(tx)
      if (tx.state.ExecutedBurnTransactions.has(id)) {
        throw tx.error('BurnTransactionAlreadyExecuted')
      }
      const burn = tx.state.BurnTransactions.get(id)
      if (burn === null) throw tx.error('BurnTransactionNotExists')
      tx.state.BurnTransactions.remove(id)
      tx.state.ExecutedBurnTransactions.set(id, burn)
      tx.deposit('BurnTransactionProcessed', [burn])
    },
  ),
}
