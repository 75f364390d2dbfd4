// What the metadata say about TFTPriceModule.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { tftPrice } from './declaration.ts'

/** Documentation of TFTPriceModule. */
export const docs: DocsOf<typeof tftPrice, typeof calls> = {
  pallet: 'The price of a TFT, and its average. All prices are in thousandths of a USD.',
  calls: {
    set_prices: [
      'Tells the price of a TFT and the block in which it was looked up. Free on success.',
      'For validators of this session.',
    ],
    set_min_tft_price: [
      'Sets the least price that bills are made with. For Root or 3/5 of the council.',
      'It has to be below the highest one.',
    ],
    set_max_tft_price: [
      'Sets the highest price that bills are made with. For Root or 3/5 of the council.',
      'It has to be above the least one.',
    ],
  },
  storage: {
    TftPrice: 'The price that was told last. Absent until one is told.',
    LastBlockSet: 'The block that was named with the last price.',
    AverageTftPrice: 'The average of all prices in the history, rounded. Bills are made with it.',
    TftPriceHistory: 'The last 1440 prices, as a ring.',
    BufferRange: 'The places in the ring of the oldest price and of the next one.',
    MinTftPrice: 'The least price that bills are made with, should the average be lower.',
    MaxTftPrice: 'The highest price that bills are made with, should the average be higher.',
  },
  events: {
    PriceStored: 'A price was told.',
    OffchainWorkerExecuted: 'A validator looked up the price. Not in use.',
    AveragePriceStored: 'The average changed with a new price.',
    AveragePriceIsAboveMaxPrice: 'The average, told first, is above the highest price for bills.',
    AveragePriceIsBelowMinPrice: 'The average, told first, is below the least price for bills.',
  },
  errors: {
    ErrFetchingPrice: 'The price could not be looked up. No call answers with this.',
    OffchainSignedTxError: 'The price could not be sent. No call answers with this.',
    NoLocalAcctForSigning: 'The validator has no key to sign with. No call answers with this.',
    AccountUnauthorizedToSetPrice: 'The signer is no validator of this session.',
    MaxPriceBelowMinPriceError: 'The highest price would not be above the least one.',
    MinPriceAboveMaxPriceError: 'The least price would not be below the highest one.',
    IsNotAnAuthority: 'The node has no key of an authority. No call answers with this.',
    WrongAuthority: "It is another authority's turn. No call answers with this.",
  },
  constants: {},
}
