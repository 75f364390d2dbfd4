// What the metadata say about Validator.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { validator } from './declaration.ts'

/** Documentation of Validator. */
export const docs: DocsOf<typeof validator, typeof calls> = {
  pallet: 'Requests to become a validator, which the council decides.',
  calls: {
    create_validator_request: [
      'Asks to become a validator, with a node account that is to make blocks. For any signer.',
      'An account asks once.',
    ],
    activate_validator_node:
      'Lets the node account of the signer make blocks, once the council approved it.',
    change_validator_node_account: [
      'Names another node account for the validator of the signer.',
      'If it makes blocks already, the two accounts change places among the validators.',
    ],
    bond: 'Ties the signer as a stash account to a validator, once.',
    approve_validator: [
      'Approves a request and gives the account a seat in the council.',
      'For any single member of the council.',
    ],
    remove_validator: [
      'Removes a request, and the seat in the council. For that account, or a member of the council.',
      'A node account that makes blocks goes on with it.',
    ],
  },
  storage: {
    Validator: 'The request of an account, and what became of it.',
    Bonded: 'The validator to which a stash account is tied.',
  },
  events: {
    Bonded: 'A stash account was tied to a validator.',
    ValidatorRequestCreated: 'An account asks to become a validator.',
    ValidatorRequestApproved: 'The council approved a request.',
    ValidatorActivated: 'The node account of a validator is to make blocks.',
    ValidatorRemoved: 'A validator was removed. Not in use.',
    NodeValidatorChanged: 'This node account took the place of another one.',
    NodeValidatorRemoved: 'This node account gave its place to another one.',
  },
  errors: {
    BadOrigin: 'Only the account itself and the council can remove a request.',
    NotCouncilMember: 'The signer is no member of the council.',
    AlreadyBonded: 'The stash account is tied to a validator already.',
    StashNotBonded: 'The stash account is tied to no validator. No call answers with this.',
    StashBondedWithWrongValidator:
      'The stash account is tied to another validator. No call answers with this.',
    CannotBondWithSameAccount: 'An account cannot be its own stash. No call answers with this.',
    DuplicateValidator: 'The account has a request already.',
    ValidatorNotFound: 'The account has no request.',
    ValidatorNotApproved: 'The council has not approved the request.',
    UnauthorizedToActivateValidator: 'The signer may not activate it. No call answers with this.',
    ValidatorValidatingAlready: 'The node account makes blocks already.',
    ValidatorNotValidating: 'The node account makes no blocks. No call answers with this.',
  },
  constants: {},
}
