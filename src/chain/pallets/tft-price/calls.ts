// TFTPriceModule: its calls.

import { u32 } from '../../../scale/primitives.ts'
import { free } from '../../runtime/declare.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { session } from '../session/declaration.ts'
import { tftPrice } from './declaration.ts'
import { averagePrice, pushPrice } from './history.ts'

/** The calls of TFTPriceModule, by name. */
export const calls = {
  set_prices: tftPrice.call(
    0,
    { price: u32, block_number: u32 },
    { refTime: 698_943_000n, proofSize: 6175n },
    (tx, { price, block_number }) => {
      const account = tx.signer()
      if (!tx.in(session).state.Validators.get().includes(account)) {
        throw tx.error('AccountUnauthorizedToSetPrice')
      }
      tx.state.LastBlockSet.set(block_number)
      tx.state.TftPrice.set(price)
      tx.deposit('PriceStored', [price])
      pushPrice(tx, price)
      const average = averagePrice(tx)
      tx.state.AverageTftPrice.set(average)
      tx.deposit('AveragePriceStored', [average])
      const min = tx.state.MinTftPrice.get()
      if (average < min) tx.deposit('AveragePriceIsBelowMinPrice', [average, min])
      const max = tx.state.MaxTftPrice.get()
      if (average > max) tx.deposit('AveragePriceIsAboveMaxPrice', [average, max])
      return free
    },
  ),

  set_min_tft_price: tftPrice.call(
    2,
    { price: u32 },
    { refTime: 133_315_000n, proofSize: 1578n },
    (tx, { price }) => {
      ensureRestricted(tx)
      if (price >= tx.state.MaxTftPrice.get()) throw tx.error('MinPriceAboveMaxPriceError')
      tx.state.MinTftPrice.set(price)
    },
  ),

  set_max_tft_price: tftPrice.call(
    3,
    { price: u32 },
    { refTime: 133_235_000n, proofSize: 1578n },
    (tx, { price }) => {
      ensureRestricted(tx)
      if (price <= tx.state.MinTftPrice.get()) throw tx.error('MaxPriceBelowMinPriceError')
      tx.state.MaxTftPrice.set(price)
    },
  ),
}
