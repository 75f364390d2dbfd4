// ValidatorSet: its calls, their arguments and weights.

import { ensureRestricted } from '../../runtime/origins.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { validatorSet } from './declaration.ts'
import { addApprovedValidator, addValidator, removeValidator } from './logic.ts'

/** The calls of ValidatorSet, by name. */
export const calls = {
  add_validator: validatorSet.call(
    0,
    { validator_id: AccountId32 },
    { refTime: 280_498_000n, proofSize: 1624n },
    (tx, { validator_id }) => {
      ensureRestricted(tx)
      addApprovedValidator(tx, validator_id)
    },
  ),

  remove_validator: validatorSet.call(
    1,
    { validator_id: AccountId32 },
    { refTime: 173_956_000n, proofSize: 1690n },
    (tx, { validator_id }) => {
      ensureRestricted(tx)
      removeValidator(tx, validator_id)
    },
  ),

  add_validator_again: validatorSet.call(
    2,
    { validator_id: AccountId32 },
    { refTime: 177_993_000n, proofSize: 1657n },
    (tx, { validator_id }) => {
      if (tx.signer() !== validator_id) throw tx.error('BadOrigin')
      if (!tx.state.ApprovedValidators.get().includes(validator_id)) {
        throw tx.error('ValidatorNotApproved')
      }
      addValidator(tx, validator_id)
    },
  ),
}
