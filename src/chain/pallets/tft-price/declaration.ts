// TFTPriceModule: what it keeps, tells and refuses.

import { tuple } from '../../../scale/containers.ts'
import { u16, u32 } from '../../../scale/primitives.ts'
import { blake2_128Concat, declarePallet, storageMap, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'

/** The price of a token in a thousandth of a USD. */
export const tftPrice = declarePallet({
  index: 28,
  name: 'TFTPriceModule',
  storage: {
    TftPrice: storageValue(u32, { default: 0 }),
    LastBlockSet: storageValue(u32, { default: 0 }),
    AverageTftPrice: storageValue(u32, { default: 0 }),
    TftPriceHistory: storageMap([blake2_128Concat(u16)], u32, { default: 0 }),
    BufferRange: storageValue(tuple(u16, u16), { default: [0, 0] }),
    MinTftPrice: storageValue(u32, { default: 0 }),
    MaxTftPrice: storageValue(u32, { default: 0 }),
  },
  events: {
    PriceStored: [u32],
    OffchainWorkerExecuted: [AccountId32],
    AveragePriceStored: [u32],
    AveragePriceIsAboveMaxPrice: [u32, u32],
    AveragePriceIsBelowMinPrice: [u32, u32],
  },
  errors: [
    'ErrFetchingPrice',
    'OffchainSignedTxError',
    'NoLocalAcctForSigning',
    'AccountUnauthorizedToSetPrice',
    'MaxPriceBelowMinPriceError',
    'MinPriceAboveMaxPriceError',
    'IsNotAnAuthority',
    'WrongAuthority',
  ],
  constants: {},
  paths: {
    calls: { path: ['pallet_tft_price', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_tft_price', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_tft_price', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
