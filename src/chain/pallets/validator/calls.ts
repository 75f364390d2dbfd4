// Validator: its calls, their arguments and weights.

import { bytes } from '../../../scale/bytes.ts'
import { lookup } from '../../runtime/origins.ts'
import type { Tx } from '../../runtime/tx.ts'
import { type AccountId, AccountId32, MultiAddress } from '../../types/primitives.ts'
import { councilMembership } from '../council-membership/declaration.ts'
import { addMember, isMember, removeMember } from '../council-membership/logic.ts'
import { validatorSet } from '../validator-set/declaration.ts'
import { addApprovedValidator, removeValidator } from '../validator-set/logic.ts'
import { validator } from './declaration.ts'
import type { Validator } from './types.ts'

type ValidatorTx = Tx<typeof validator>

function requestOf(tx: ValidatorTx, who: AccountId): Validator {
  const request = tx.state.Validator.get(who)
  if (!request) throw tx.error('ValidatorNotFound')
  return request
}

const sitsInCouncil = (tx: ValidatorTx, who: AccountId): boolean =>
  isMember(tx.in(councilMembership), who)

/** The calls of Validator, by name. */
export const calls = {
  create_validator_request: validator.call(
    0,
    {
      validator_node_account: AccountId32,
      stash_account: AccountId32,
      description: bytes,
      tf_connect_id: bytes,
      info: bytes,
    },
    { refTime: 145_619_000n, proofSize: 3507n },
    (tx, args) => {
      const who = tx.signer()
      if (tx.state.Validator.has(who)) throw tx.error('DuplicateValidator')
      const request: Validator = { ...args, state: 'Created' }
      tx.state.Validator.set(who, request)
      tx.deposit('ValidatorRequestCreated', [who, request])
    },
  ),

  activate_validator_node: validator.call(
    1,
    {},
    { refTime: 427_960_000n, proofSize: 3830n },
    tx => {
      const who = tx.signer()
      const request = requestOf(tx, who)
      if (request.state === 'Validating') throw tx.error('ValidatorValidatingAlready')
      if (request.state !== 'Approved') throw tx.error('ValidatorNotApproved')
      const validating: Validator = { ...request, state: 'Validating' }
      tx.state.Validator.set(who, validating)
      addApprovedValidator(tx.in(validatorSet), request.validator_node_account)
      tx.deposit('ValidatorActivated', [validating])
    },
  ),

  change_validator_node_account: validator.call(
    2,
    { new_node_validator_account: AccountId32 },
    { refTime: 408_082_000n, proofSize: 3896n },
    (tx, { new_node_validator_account }) => {
      const who = tx.signer()
      const request = requestOf(tx, who)
      if (request.state === 'Validating') {
        removeValidator(tx.in(validatorSet), request.validator_node_account)
        tx.deposit('NodeValidatorRemoved', [request.validator_node_account])
        addApprovedValidator(tx.in(validatorSet), new_node_validator_account)
        tx.deposit('NodeValidatorChanged', [new_node_validator_account])
      }
      const changed = { ...request, validator_node_account: new_node_validator_account }
      tx.state.Validator.set(who, changed)
    },
  ),

  bond: validator.call(
    3,
    { validator: MultiAddress },
    { refTime: 133_536_000n, proofSize: 3507n },
    (tx, args) => {
      const stash = tx.signer()
      if (tx.state.Bonded.has(stash)) throw tx.error('AlreadyBonded')
      tx.state.Bonded.set(stash, lookup(tx, args.validator))
      tx.deposit('Bonded', [stash])
    },
  ),

  approve_validator: validator.call(
    4,
    { validator_account: MultiAddress },
    { refTime: 499_727_000n, proofSize: 4687n },
    (tx, { validator_account }) => {
      if (!sitsInCouncil(tx, tx.signer())) throw tx.error('NotCouncilMember')
      const who = lookup(tx, validator_account)
      const approved: Validator = { ...requestOf(tx, who), state: 'Approved' }
      tx.state.Validator.set(who, approved)
      addMember(tx.in(councilMembership), who)
      tx.deposit('ValidatorRequestApproved', [approved])
    },
  ),

  remove_validator: validator.call(
    5,
    { validator_account: MultiAddress },
    { refTime: 522_112_000n, proofSize: 4687n },
    (tx, { validator_account }) => {
      const caller = tx.signer()
      const who = lookup(tx, validator_account)
      if (who !== caller && !sitsInCouncil(tx, caller)) throw tx.error('BadOrigin')
      requestOf(tx, who)
      removeMember(tx.in(councilMembership), who)
      tx.state.Validator.remove(who)
    },
  ),
}
