// Payments on Stellar that cannot be minted, and are sent back there.

import { bytes } from '../../../scale/bytes.ts'
import { u64 } from '../../../scale/primitives.ts'
import { tftBridge } from './declaration.ts'
import { ensureValidator, withSignature } from './logic.ts'
import type { RefundTransaction } from './types.ts'

export const refunds = {
  create_refund_transaction_or_add_sig: tftBridge.call(
    9,
    {
      tx_hash: bytes,
      target: bytes,
      amount: u64,
      signature: bytes,
      stellar_pub_key: bytes,
      sequence_number: u64,
    },
    { refTime: 172_232_000n, proofSize: 3850n },
    (tx, { tx_hash, target, amount, ...given }) => {
      ensureValidator(tx)
      const { RefundTransactions } = tx.state
      const isNew = !RefundTransactions.has(tx_hash)
      const { sequence_number } = given
      const refund: RefundTransaction = isNew
        ? { block: tx.block, amount, target, tx_hash, signatures: [], sequence_number }
        : RefundTransactions.get(tx_hash)
      const { record, added, isReady } = withSignature(tx, refund, given, {
        enough: 'EnoughRefundSignaturesPresent',
        exists: 'RefundSignatureExists',
      })
      RefundTransactions.set(tx_hash, record)
      tx.deposit('RefundTransactionsignatureAdded', [tx_hash, added])
      if (isReady) tx.deposit('RefundTransactionReady', [tx_hash])
      if (isNew) tx.deposit('RefundTransactionCreated', [tx_hash, target, amount])
    },
  ),

  set_refund_transaction_executed: tftBridge.call(
    10,
    { tx_hash: bytes },
    { refTime: 294_217_000n, proofSize: 4025n },
    (tx, { tx_hash }) => {
      ensureValidator(tx)
      const { ExecutedRefundTransactions, RefundTransactions } = tx.state
      if (ExecutedRefundTransactions.has(tx_hash)) {
        throw tx.error('RefundTransactionAlreadyExecuted')
      }
      if (!RefundTransactions.has(tx_hash)) throw tx.error('RefundTransactionNotExists')
      const refund = RefundTransactions.get(tx_hash)
      RefundTransactions.remove(tx_hash)
      ExecutedRefundTransactions.set(tx_hash, refund)
      tx.deposit('RefundTransactionProcessed', [refund])
    },
  ),
}
