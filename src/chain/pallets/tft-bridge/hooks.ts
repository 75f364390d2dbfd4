// At the end of a block: burns and refunds that nobody finished in time are opened for new signatures.

import type { PalletHooks } from '../../runtime/declare.ts'
import type { tftBridge } from './declaration.ts'
import type { BridgeTx } from './logic.ts'

/** After how many blocks signatures expire (`tfchain: substrate-node/runtime/src/lib.rs`, RetryInterval). */
const retryBlocks = 20

/** The first block in which an open burn or refund expires; null while none is open. */
function nextExpiry(tx: BridgeTx): number | null {
  let first: number | null = null
  for (const open of [tx.state.BurnTransactions, tx.state.RefundTransactions]) {
    for (const { value } of open.entries()) {
      const due = value.block + retryBlocks
      if (first === null || due < first) first = due
    }
  }
  return first
}

function expire(tx: BridgeTx, block: number): void {
  const { BurnTransactions, RefundTransactions } = tx.state
  const reset = { signatures: [], sequence_number: 0n, block }
  for (const { keys, value } of BurnTransactions.entries()) {
    if (block - value.block < retryBlocks) continue
    const { source, target, amount } = value
    BurnTransactions.set(...keys, { ...value, ...reset })
    tx.deposit('BurnTransactionExpired', [...keys, source, target, amount])
  }
  for (const { keys, value } of RefundTransactions.entries()) {
    if (block - value.block < retryBlocks) continue
    RefundTransactions.set(...keys, { ...value, ...reset })
    tx.deposit('RefundTransactionExpired', [...keys, value.target, value.amount])
  }
}

export const hooks: PalletHooks<typeof tftBridge> = {
  onFinalize: {
    nextDue(tx, from) {
      const due = nextExpiry(tx)
      return due === null ? null : Math.max(due, from)
    },
    run: expire,
    decidedBy: ['BurnTransactions', 'RefundTransactions'],
  },
}
