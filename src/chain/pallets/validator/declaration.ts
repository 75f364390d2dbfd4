// Validator: what it keeps, tells and refuses.

import { declarePallet, storageMap, twox64Concat } from '../../runtime/declare.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { Validator } from './types.ts'

/** Requests to become a validator, decided by the council. */
export const validator = declarePallet({
  index: 50,
  name: 'Validator',
  storage: {
    Validator: storageMap([twox64Concat(AccountId32)], Validator),
    Bonded: storageMap([twox64Concat(AccountId32)], AccountId32),
  },
  events: {
    Bonded: [AccountId32],
    ValidatorRequestCreated: [AccountId32, Validator],
    ValidatorRequestApproved: [Validator],
    ValidatorActivated: [Validator],
    ValidatorRemoved: [Validator],
    NodeValidatorChanged: [AccountId32],
    NodeValidatorRemoved: [AccountId32],
  },
  errors: [
    'BadOrigin',
    'NotCouncilMember',
    'AlreadyBonded',
    'StashNotBonded',
    'StashBondedWithWrongValidator',
    'CannotBondWithSameAccount',
    'DuplicateValidator',
    'ValidatorNotFound',
    'ValidatorNotApproved',
    'UnauthorizedToActivateValidator',
    'ValidatorValidatingAlready',
    'ValidatorNotValidating',
  ],
  constants: {},
  paths: {
    calls: { path: ['pallet_validator', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_validator', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_validator', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
