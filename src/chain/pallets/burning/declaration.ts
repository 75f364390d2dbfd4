// BurningModule: what it keeps, tells and refuses.

import { bytes } from '../../../scale/bytes.ts'
import { vec } from '../../../scale/containers.ts'
import { u32, u128 } from '../../../scale/primitives.ts'
import { declarePallet, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { Burn } from './types.ts'

/** Tokens that were burned. */
export const burning = declarePallet({
  index: 29,
  name: 'BurningModule',
  storage: {
    Burns: storageValue(vec(Burn)),
  },
  events: {
    BurnTransactionCreated: [AccountId32, u128, u32, bytes],
  },
  errors: ['NotEnoughBalanceToBurn'],
  constants: {},
  paths: {
    calls: { path: ['pallet_burning', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_burning', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_burning', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
