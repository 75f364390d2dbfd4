// TransactionPayment: what it keeps, tells and refuses.

import { u8, u128 } from '../../../scale/primitives.ts'
import { constant, declarePallet, storageValue } from '../../runtime/declare.ts'
import { AccountId32, FixedU128 } from '../../types/primitives.ts'
import { Releases } from './types.ts'

/** The fee of an extrinsic. */
export const transactionPayment = declarePallet({
  index: 21,
  name: 'TransactionPayment',
  storage: {
    NextFeeMultiplier: storageValue(FixedU128, { default: 1_000_000_000_000_000_000n }),
    StorageVersion: storageValue(Releases, { default: 'V1Ancient' }),
  },
  events: {
    TransactionFeePaid: { who: AccountId32, actual_fee: u128, tip: u128 },
  },
  errors: [],
  constants: {
    OperationalFeeMultiplier: constant(u8, 5),
  },
  paths: {
    events: {
      path: ['pallet_transaction_payment', 'pallet', 'Event'],
      params: [{ name: 'T', type: null }],
    },
  },
})
