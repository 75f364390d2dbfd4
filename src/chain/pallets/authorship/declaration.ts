// Authorship: what it keeps, tells and refuses.

import { declarePallet, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'

/** Who made the block. */
export const authorship = declarePallet({
  index: 15,
  name: 'Authorship',
  storage: {
    Author: storageValue(AccountId32),
  },
  events: {},
  errors: [],
  constants: {},
  paths: {},
})
