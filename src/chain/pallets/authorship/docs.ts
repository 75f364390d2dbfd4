// What the metadata say about Authorship.

import type { DocsOf } from '../../runtime/docs.ts'
import type { authorship } from './declaration.ts'

/** Documentation of Authorship. */
export const docs: DocsOf<typeof authorship> = {
  pallet: 'Who made the block.',
  calls: {},
  storage: {
    Author: 'The account that makes the block. Set only while the block is made.',
  },
  events: {},
  errors: {},
  constants: {},
}
