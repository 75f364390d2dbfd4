// Timestamp: what it keeps, tells and refuses.

import { bool, u64 } from '../../../scale/primitives.ts'
import { constant, declarePallet, storageValue } from '../../runtime/declare.ts'

/** The time of the block. */
export const timestamp = declarePallet({
  index: 1,
  name: 'Timestamp',
  storage: {
    Now: storageValue(u64, { default: 0n }),
    DidUpdate: storageValue(bool, { default: false }),
  },
  events: {},
  errors: [],
  constants: {
    MinimumPeriod: constant(u64, 3000n),
  },
  paths: {
    calls: { path: ['pallet_timestamp', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
  },
})
