// What the metadata say about BurningModule.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { burning } from './declaration.ts'

/** Documentation of BurningModule. */
export const docs: DocsOf<typeof burning, typeof calls> = {
  pallet: 'Tokens that somebody burned on purpose.',
  calls: {
    burn_tft: [
      'Destroys free tokens of the signer, locked ones included, and keeps a message about it.',
      'The amount is in units of 0.000 000 1 TFT.',
    ],
  },
  storage: {
    Burns: 'Every burn so far: who, how much, in which block, and the message.',
  },
  events: {
    BurnTransactionCreated:
      'Tokens were burned: by whom, how many units, in which block, with which message.',
  },
  errors: {
    NotEnoughBalanceToBurn: 'The signer has fewer free tokens than that.',
  },
  constants: {},
}
