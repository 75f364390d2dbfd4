// What the metadata say about TransactionPayment.

import type { DocsOf } from '../../runtime/docs.ts'
import type { transactionPayment } from './declaration.ts'

/** Documentation of TransactionPayment. */
export const docs: DocsOf<typeof transactionPayment> = {
  pallet: 'What an extrinsic costs: a base, its length, its weight and its tip.',
  calls: {},
  storage: {
    NextFeeMultiplier: 'The factor for the part of a fee that depends on weight, with 18 decimals.',
    StorageVersion: 'The form in which this pallet keeps its storage.',
  },
  events: {
    TransactionFeePaid: [
      'A fee was paid. `actual_fee` is what is left of it after the extrinsic ran, the tip included,',
      'in units of 0.000 000 1 TFT.',
    ],
  },
  errors: {},
  constants: {
    OperationalFeeMultiplier: 'How many times its fee an operational extrinsic gains in priority.',
  },
}
