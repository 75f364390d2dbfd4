// ValidatorSet: what it keeps, tells and refuses.

import { vec } from '../../../scale/containers.ts'
import { declarePallet, storageValue } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'

/** Who may make and finalise blocks. */
export const validatorSet = declarePallet({
  index: 10,
  name: 'ValidatorSet',
  storage: {
    Validators: storageValue(vec(AccountId32), { default: [] }),
    ApprovedValidators: storageValue(vec(AccountId32), { default: [] }),
    OfflineValidators: storageValue(vec(AccountId32), { default: [] }),
  },
  events: {
    ValidatorAdditionInitiated: [AccountId32],
    ValidatorRemovalInitiated: [AccountId32],
  },
  errors: ['TooLowValidatorCount', 'Duplicate', 'ValidatorNotApproved', 'BadOrigin'],
  constants: {},
  paths: {
    calls: {
      path: ['substrate_validator_set', 'pallet', 'Call'],
      params: [{ name: 'T', type: null }],
    },
    events: {
      path: ['substrate_validator_set', 'pallet', 'Event'],
      params: [{ name: 'T', type: null }],
    },
    errors: {
      path: ['substrate_validator_set', 'pallet', 'Error'],
      params: [{ name: 'T', type: null }],
    },
  },
})
