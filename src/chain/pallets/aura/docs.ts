// What the metadata say about Aura.

import type { DocsOf } from '../../runtime/docs.ts'
import type { aura } from './declaration.ts'

/** Documentation of Aura. */
export const docs: DocsOf<typeof aura> = {
  pallet: 'Whose turn it is to make a block: the authorities take turns, a slot of 6 s each.',
  calls: {},
  storage: {
    Authorities: 'The keys of those who make blocks in this session, in the order of their turns.',
    CurrentSlot: 'The slot of the block: its time, counted in slots of 6 s since 1970.',
  },
  events: {},
  errors: {},
  constants: {},
}
