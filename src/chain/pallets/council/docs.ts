// What the metadata say about Council.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { council } from './declaration.ts'

/** Documentation of Council. */
export const docs: DocsOf<typeof council, typeof calls> = {
  pallet:
    'Motions of the council: calls that its members vote on for up to 1200 blocks, which is 2 h.',
  calls: {
    set_members: [
      'Seats these members and nobody else. For Root.',
      'CouncilMembership keeps the members; what is set here lasts until it changes them.',
    ],
    execute: 'Makes a call in the name of one member of the council. For members.',
    propose: [
      'Puts a call to the vote. Whoever proposes has not voted by that. For members.',
      'With a threshold below 2 the call is made at once, with one voice.',
    ],
    vote: 'Votes for or against a motion, or changes sides. The first vote is free. For members.',
    disapprove_proposal: 'Ends a motion as rejected, whatever its votes. For Root.',
    close: [
      'Ends a motion that is decided, or whose time is over. For any signer.',
      'Once the time is over, silence counts as the vote of the prime member, else as no.',
      'What is approved is made at once; the bounds are the most that it may weigh and measure.',
    ],
  },
  storage: {
    Proposals: 'The hashes of the open motions.',
    ProposalOf: 'The call of an open motion, by its hash.',
    Voting: 'The votes on an open motion, how many it needs, and in which block its time ends.',
    ProposalCount: 'How many motions there have been.',
    Members: 'The members of the council, sorted by their bytes.',
    Prime: 'The member whose vote counts for those who stay silent. This runtime sets none.',
  },
  events: {
    Proposed:
      'A motion was put to the vote: by whom, its index and hash, and how many votes it needs.',
    Voted: 'A member voted; with the counts as they are now.',
    Approved: 'A motion has the votes that it needs.',
    Disapproved: 'A motion cannot get the votes that it needs any more.',
    Executed: 'The call of an approved motion was made, with this result.',
    MemberExecuted: 'A member had a call made in its own name, with this result.',
    Closed: 'A motion ended with these votes.',
  },
  errors: {
    NotMember: 'The signer is no member of the council.',
    DuplicateProposal: 'The same call is put to the vote already.',
    ProposalMissing: 'There is no open motion with this hash.',
    WrongIndex: 'The index is not that of the motion with this hash.',
    DuplicateVote: 'The member has voted so before.',
    AlreadyInitialized: 'The members are set already. No call answers with this.',
    TooEarly: 'The motion is not decided, and its time is not over.',
    TooManyProposals: 'As many motions are open as there may be: 100.',
    WrongProposalWeight: 'The call weighs more than was said, or more than a motion may.',
    WrongProposalLength: 'The call is longer than was said.',
    PrimeAccountNotMember: 'The prime member has to be one of the members.',
  },
  constants: {
    MaxProposalWeight: 'The most that the call of a motion may weigh.',
  },
}
