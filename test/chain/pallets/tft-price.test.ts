// TFTPriceModule: the worked cases, the ring of prices, and each error of each call.

import { describe, expect, it } from 'vitest'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import { type Caller, type TestChain, testChain } from '../support/chain.ts'
import { type Case, refuses, succeeds } from './grid-fixtures.ts'

const setPrices = (t: TestChain, price: number, block_number = 1, caller: Caller = 'alice') =>
  t.run(caller, 'TFTPriceModule', 'set_prices', { price, block_number })
const setMin = (t: TestChain, price: number, caller: Caller = 'restricted') =>
  t.run(caller, 'TFTPriceModule', 'set_min_tft_price', { price })
const setMax = (t: TestChain, price: number, caller: Caller = 'restricted') =>
  t.run(caller, 'TFTPriceModule', 'set_max_tft_price', { price })
const prices = (t: TestChain) => t.state(tftPrice)

/** Fills the ring's slots. */
function store(t: TestChain, count: number, price: number, range: [number, number]): void {
  t.inBlock(tx => {
    const { state } = tx.in(tftPrice)
    for (let i = 0; i < count; i += 1) state.TftPriceHistory.set(i, price)
    state.BufferRange.set(range)
  })
}

const cases: readonly Case[] = [
  [
    'W162',
    'prices are remembered',
    t => {
      for (let n = 1; n <= 10; n += 1) expect(succeeds(setPrices(t, 500, n * 100)).pays).toBe('No')
      const state = prices(t)
      expect(state.TftPriceHistory.entries()).toHaveLength(10)
      expect(state.TftPrice.get()).toBe(500)
      expect(state.AverageTftPrice.get()).toBe(500)
      expect(state.LastBlockSet.get()).toBe(1000)
      expect(state.BufferRange.get()).toEqual([0, 10])
    },
  ],
  [
    'W163',
    'a price above the maximum is stored, and told',
    t => {
      const { events } = succeeds(setPrices(t, 2000))
      expect(events.map(({ name, fields }) => [name, fields])).toEqual([
        ['PriceStored', [2000]],
        ['AveragePriceStored', [2000]],
        ['AveragePriceIsAboveMaxPrice', [2000, 1000]],
      ])
      expect(prices(t).AverageTftPrice.get()).toBe(2000)
    },
  ],
  [
    'W164',
    'only validators of the session set prices',
    t => {
      const error = 'TFTPriceModule.AccountUnauthorizedToSetPrice'
      refuses(t, error, () => setPrices(t, 500, 1, 'bob'), tftPrice)
    },
  ],
  [
    'W166',
    'the council sets the maximum, above the minimum',
    t => {
      expect(succeeds(setMax(t, 2000)).events).toEqual([])
      expect(prices(t).MaxTftPrice.get()).toBe(2000)
      refuses(t, 'BadOrigin', () => setMax(t, 2000, 'alice'), tftPrice)
      const error = 'TFTPriceModule.MaxPriceBelowMinPriceError'
      for (const price of [5, 10]) refuses(t, error, () => setMax(t, price), tftPrice)
    },
  ],
  [
    'W167',
    'the council sets the minimum, below the maximum',
    t => {
      const error = 'TFTPriceModule.MinPriceAboveMaxPriceError'
      refuses(t, error, () => setMin(t, 1000), tftPrice)
      refuses(t, 'BadOrigin', () => setMin(t, 20, 'alice'), tftPrice)
      expect(succeeds(setMin(t, 999)).events).toEqual([])
      expect(prices(t).MinTftPrice.get()).toBe(999)
    },
  ],
  [
    'W168',
    'a full ring forgets the oldest price',
    t => {
      store(t, 1440, 100, [1, 0])
      succeeds(setPrices(t, 1540))
      const state = prices(t)
      expect(state.TftPriceHistory.entries()).toHaveLength(1440)
      expect(state.TftPriceHistory.get(0)).toBe(1540)
      expect(state.AverageTftPrice.get()).toBe(101)
      expect(state.BufferRange.get()).toEqual([2, 1])
    },
  ],
  [
    'W183',
    'there is no price at first',
    t => {
      const state = prices(t)
      expect(state.TftPrice.has()).toBe(false)
      expect(state.AverageTftPrice.has()).toBe(false)
      expect([state.MinTftPrice.get(), state.MaxTftPrice.get()]).toEqual([10, 1000])
    },
  ],
]

describe('the price of a token', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('goes round the ring, whose end meets its start', () => {
    const t = testChain()
    store(t, 1439, 100, [0, 1439])
    succeeds(setPrices(t, 100))
    expect(prices(t).BufferRange.get()).toEqual([1, 0])
    store(t, 1440, 100, [1439, 1438])
    succeeds(setPrices(t, 100))
    expect(prices(t).BufferRange.get()).toEqual([0, 1439])
  })

  it.each([
    [[1, 2], 2],
    [[1, 1, 2], 1],
    [[4_294_967_295, 4_294_967_295], 2_147_483_648],
    [[0], 0],
  ])('averages %j to %s', (given, average) => {
    const t = testChain()
    for (const price of given) succeeds(setPrices(t, price))
    expect(prices(t).AverageTftPrice.get()).toBe(average)
  })

  it('below the minimum is told', () => {
    const { events } = succeeds(setPrices(testChain(), 9))
    expect(events[2]).toEqual({
      pallet: 'TFTPriceModule',
      name: 'AveragePriceIsBelowMinPrice',
      fields: [9, 10],
    })
  })

  it('is not set by Root', () => {
    const t = testChain()
    refuses(t, 'BadOrigin', () => setPrices(t, 1, 1, 'root'), tftPrice)
  })
})
