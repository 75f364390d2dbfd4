// What the metadata say about Timestamp.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { timestamp } from './declaration.ts'

/** Documentation of Timestamp. */
export const docs: DocsOf<typeof timestamp, typeof calls> = {
  pallet: 'The time of the block.',
  calls: {
    set: [
      'Sets the time of the block, in ms since 1970.',
      'The author of a block does so once at its start; nobody else can.',
    ],
  },
  storage: {
    Now: 'The time of the block, in ms since 1970.',
    DidUpdate: 'Whether the time was set in this block. Reset at its end.',
  },
  events: {},
  errors: {},
  constants: {
    MinimumPeriod: 'The least time between two blocks, in ms: half of what a slot lasts.',
  },
}
