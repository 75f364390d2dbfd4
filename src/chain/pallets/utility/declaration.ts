// Utility: what it keeps, tells and refuses.

import { u32 } from '../../../scale/primitives.ts'
import { constant, declarePallet } from '../../runtime/declare.ts'
import { DispatchError, DispatchResult } from '../../types/primitives.ts'

/** Calls made of other calls. */
export const utility = declarePallet({
  index: 3,
  name: 'Utility',
  prefix: null,
  storage: {},
  events: {
    BatchInterrupted: { index: u32, error: DispatchError },
    BatchCompleted: [],
    BatchCompletedWithErrors: [],
    ItemCompleted: [],
    ItemFailed: { error: DispatchError },
    DispatchedAs: { result: DispatchResult },
  },
  errors: ['TooManyCalls'],
  constants: {
    batched_calls_limit: constant(u32, 10_922),
  },
  paths: {
    calls: { path: ['pallet_utility', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_utility', 'pallet', 'Event'] },
    errors: { path: ['pallet_utility', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
