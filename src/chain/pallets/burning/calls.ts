// BurningModule: its calls.

import { bytes } from '../../../scale/bytes.ts'
import { u128 } from '../../../scale/primitives.ts'
import { balances } from '../balances/declaration.ts'
import { freeBalance, slashAndBurn } from '../balances/logic.ts'
import { burning } from './declaration.ts'

/** The calls of BurningModule, by name. */
export const calls = {
  burn_tft: burning.call(
    0,
    { amount: u128, message: bytes },
    { refTime: 167_982_000n, proofSize: 1594n },
    (tx, { amount, message }) => {
      const target = tx.signer()
      const tokens = tx.in(balances)
      if (freeBalance(tokens, target) < amount) throw tx.error('NotEnoughBalanceToBurn')
      // An account on which others rely keeps the existential deposit; the record tells the full amount anyway.
      slashAndBurn(tokens, target, amount)
      const burn = { target, amount, block: tx.block, message }
      tx.state.Burns.set([...(tx.state.Burns.get() ?? []), burn])
      tx.deposit('BurnTransactionCreated', [target, amount, tx.block, message])
    },
  ),
}
