// What the metadata say about Historical.

import type { DocsOf } from '../../runtime/docs.ts'
import type { historical } from './declaration.ts'

/** Documentation of Historical. */
export const docs: DocsOf<typeof historical> = {
  pallet: 'Sessions of the past. It has its place in the runtime and nothing that can be seen.',
  calls: {},
  storage: {},
  events: {},
  errors: {},
  constants: {},
}
