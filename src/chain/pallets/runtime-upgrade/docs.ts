// What the metadata say about RuntimeUpgrade.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { runtimeUpgrade } from './declaration.ts'

/** Documentation of RuntimeUpgrade. */
export const docs: DocsOf<typeof runtimeUpgrade, typeof calls> = {
  pallet: 'A new runtime, by decision of the council.',
  calls: {
    set_code: [
      'Replaces the runtime, as System.set_code does for Root. For Root or 3/5 of the council.',
      'This chain runs no WASM: it refuses all code with System.FailedToExtractRuntimeVersion.',
    ],
  },
  storage: {},
  events: {},
  errors: {},
  constants: {},
}
