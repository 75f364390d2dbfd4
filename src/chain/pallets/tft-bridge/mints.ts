// Tokens that come from Stellar: validators vote for a payment that they saw, and it is minted here.

import type { ByteString } from '../../../scale/byte-string.ts'
import { bytes } from '../../../scale/bytes.ts'
import { u64 } from '../../../scale/primitives.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { balances } from '../balances/declaration.ts'
import { mint } from '../balances/logic.ts'
import { tftBridge } from './declaration.ts'
import { type BridgeTx, ensureValidator, majority } from './logic.ts'
import type { MintTransaction } from './types.ts'

export const mints = {
  propose_or_vote_mint_transaction: tftBridge.call(
    6,
    { transaction: bytes, target: AccountId32, amount: u64 },
    { refTime: 511_196_000n, proofSize: 3964n },
    (tx, { transaction, target, amount }) => {
      ensureValidator(tx)
      if (tx.state.ExecutedMintTransactions.has(transaction)) {
        throw tx.error('MintTransactionAlreadyExecuted')
      }
      const known = tx.state.MintTransactions.get(transaction)
      if (known === null) tx.deposit('MintTransactionProposed', [transaction, target, amount])
      vote(tx, transaction, known ?? { amount, target, block: tx.block, votes: 0 })
    },
  ),
}

/** Counts a vote, whoever gave it; the one that makes the majority mints. */
function vote(tx: BridgeTx, id: ByteString, before: MintTransaction): void {
  const record = { ...before, votes: before.votes + 1 }
  tx.deposit('MintTransactionVoted', [id])
  tx.state.MintTransactions.set(id, record)
  if (record.votes >= majority(tx)) execute(tx, id, record)
}

function execute(tx: BridgeTx, id: ByteString, record: MintTransaction): void {
  const fee = tx.state.DepositFee.get()
  if (record.amount <= fee) throw tx.error('AmountIsLessThanDepositFee')
  const tokens = tx.in(balances)
  mint(tokens, record.target, record.amount - fee)
  const feeAccount = tx.state.FeeAccount.get()
  if (feeAccount !== null) mint(tokens, feeAccount, fee)
  const executed = { ...record, block: tx.block }
  tx.state.MintTransactions.remove(id)
  tx.state.ExecutedMintTransactions.set(id, executed)
  tx.deposit('MintCompleted', [executed, id])
}
