// Historical: what it keeps, tells and refuses.

import { declarePallet } from '../../runtime/declare.ts'

/** Sessions of the past; it has a place in the runtime and nothing else. */
export const historical = declarePallet({
  index: 14,
  name: 'Historical',
  prefix: null,
  storage: {},
  events: {},
  errors: [],
  constants: {},
  paths: {},
})
