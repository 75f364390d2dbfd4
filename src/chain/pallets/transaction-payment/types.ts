// Types of TransactionPayment.

import { enumeration } from '../../../scale/enumeration.ts'
import type { ValueOf } from '../../../scale/type.ts'

export const Releases = enumeration(
  { path: 'pallet_transaction_payment::Releases' },
  ['V1Ancient', 'V2'],
  { default: 'V1Ancient' },
)
export type Releases = ValueOf<typeof Releases>
