// What the metadata say about CouncilMembership.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { councilMembership } from './declaration.ts'

/** Documentation of CouncilMembership. */
export const docs: DocsOf<typeof councilMembership, typeof calls> = {
  pallet: 'Who sits in the council.',
  calls: {
    add_member: 'Gives an account a seat. For Root or 3/5 of the council.',
    remove_member: 'Takes the seat of an account. For Root or 3/5 of the council.',
    swap_member: 'Gives the seat of one account to another. For Root or 3/5 of the council.',
    reset_members: 'Seats these accounts and nobody else. For Root or 3/5 of the council.',
    change_key: 'Gives the seat of the signer to another account. For members.',
    set_prime: 'Names one of the members as prime. For Root or 3/5 of the council.',
    clear_prime: 'Names no member as prime any more. For Root or 3/5 of the council.',
  },
  storage: {
    Members: 'The members of the council, sorted by their bytes. At most 100.',
    Prime: 'The member that was named as prime.',
  },
  events: {
    MemberAdded: 'An account got a seat.',
    MemberRemoved: 'An account lost its seat.',
    MembersSwapped: 'A seat went from one account to another.',
    MembersReset: 'All seats were given anew.',
    KeyChanged: 'A member gave its seat to another account.',
    Dummy: 'Not in use.',
  },
  errors: {
    AlreadyMember: 'The account has a seat already.',
    NotMember: 'The account has no seat.',
    TooManyMembers: 'As many seats are given as there are: 100.',
  },
  constants: {},
}
