// The last prices, kept in a ring, and their average.

import type { Tx } from '../../runtime/tx.ts'
import type { tftPrice } from './declaration.ts'

type PriceTx = Tx<typeof tftPrice>

/** How many prices the ring holds: a day of minutes (`pallet-tft-price/src/ringbuffer.rs`, MAX_LENGTH). */
const ringLength = 1440

const u32Max = 2 ** 32 - 1

/** Puts a price into the ring; the oldest is overwritten where it is full. */
export function pushPrice(tx: PriceTx, price: number): void {
  const [start, end] = tx.state.BufferRange.get()
  tx.state.TftPriceHistory.set(end, price)
  const next = (end + 1) % ringLength
  const first = next === start ? (start + 1) % ringLength : start
  tx.state.BufferRange.set([first, next])
}

/** The average of every price that is stored, halves rounded up; the sum stops at 2^32 - 1. */
export function averagePrice(tx: PriceTx): number {
  const prices = tx.state.TftPriceHistory.entries()
  const sum = Math.min(
    prices.reduce((total, { value }) => total + value, 0),
    u32Max,
  )
  return Math.floor((2 * sum + prices.length) / (2 * prices.length))
}
