// What the metadata say about ValidatorSet.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { validatorSet } from './declaration.ts'

/** Documentation of ValidatorSet. */
export const docs: DocsOf<typeof validatorSet, typeof calls> = {
  pallet: 'The accounts that are to make and finalise blocks.',
  calls: {
    add_validator: [
      'Adds a validator and remembers that it was approved. For Root or 3/5 of the council.',
      'It takes part after two changes of the session, if it has registered keys by then.',
    ],
    remove_validator: [
      'Removes a validator, which stays approved. For Root or 3/5 of the council.',
      'It leaves after two changes of the session.',
    ],
    add_validator_again:
      'Adds a validator that was approved once and then removed. For that account.',
  },
  storage: {
    Validators: 'The accounts that are to be validators from the session after the next one on.',
    ApprovedValidators: 'All accounts that were ever approved, in the order of their approval.',
    OfflineValidators: 'Validators to be left out of the next change of the session.',
  },
  events: {
    ValidatorAdditionInitiated: 'An account will be a validator after two changes of the session.',
    ValidatorRemovalInitiated:
      'An account will be no validator any more after two changes of the session.',
  },
  errors: {
    TooLowValidatorCount: 'The last validator cannot be removed.',
    Duplicate: 'The account is a validator already, or was approved before.',
    ValidatorNotApproved: 'The account was never approved.',
    BadOrigin: 'An account can only add itself again.',
  },
  constants: {},
}
