// Who may make blocks: additions and removals, which sessions put into effect.

import type { Tx } from '../../runtime/tx.ts'
import type { AccountId } from '../../types/primitives.ts'
import type { validatorSet } from './declaration.ts'

type ValidatorSetTx = Tx<typeof validatorSet>

/** `MinAuthorities`. */
const minValidators = 1

/** Adds a validator that was not one; it counts from the session after the next one. */
export function addValidator(tx: ValidatorSetTx, who: AccountId): void {
  const validators = tx.state.Validators.get()
  if (validators.includes(who)) throw tx.error('Duplicate')
  tx.state.Validators.set([...validators, who])
  tx.deposit('ValidatorAdditionInitiated', [who])
}

/** Adds a validator and remembers that it was approved: once in its life. */
export function addApprovedValidator(tx: ValidatorSetTx, who: AccountId): void {
  addValidator(tx, who)
  const approved = tx.state.ApprovedValidators.get()
  if (approved.includes(who)) throw tx.error('Duplicate')
  tx.state.ApprovedValidators.set([...approved, who])
}

/** Removes a validator, whether it is one or not; its approval stays. */
export function removeValidator(tx: ValidatorSetTx, who: AccountId): void {
  const validators = tx.state.Validators.get()
  if (validators.length - 1 < minValidators) throw tx.error('TooLowValidatorCount')
  tx.state.Validators.set(validators.filter(validator => validator !== who))
  tx.deposit('ValidatorRemovalInitiated', [who])
}

/** The validators for the session after the next one. */
export function takeValidators(tx: ValidatorSetTx): readonly AccountId[] {
  const offline = tx.state.OfflineValidators.get()
  const validators = tx.state.Validators.get().filter(who => !offline.includes(who))
  if (offline.length > 0) tx.state.Validators.set(validators)
  tx.state.OfflineValidators.set([])
  return validators
}
