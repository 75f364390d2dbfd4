// RuntimeUpgrade: what it keeps, tells and refuses.

import { declarePallet } from '../../runtime/declare.ts'

/** A new runtime, by vote of the council. */
export const runtimeUpgrade = declarePallet({
  index: 31,
  name: 'RuntimeUpgrade',
  prefix: null,
  storage: {},
  events: {},
  errors: [],
  constants: {},
  paths: {
    calls: {
      path: ['pallet_runtime_upgrade', 'pallet', 'Call'],
      params: [{ name: 'T', type: null }],
    },
  },
})
