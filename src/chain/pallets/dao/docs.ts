// What the metadata say about Dao.

import type { DocsOf } from '../../runtime/docs.ts'
import type { calls } from './calls.ts'
import type { dao } from './declaration.ts'

/** Documentation of Dao. */
export const docs: DocsOf<typeof dao, typeof calls> = {
  pallet:
    'Proposals on which farmers vote with the weight of their farms. What passes runs as Root.',
  calls: {
    propose: [
      'Puts a call to the vote of the farmers. For members of the council.',
      '`threshold` is how many farms have to vote, for or against; at least 5.',
      '`duration` is in blocks, from one day to less than 30; a week if there is none.',
    ],
    vote: [
      'Votes for a farm, or changes its side. For its owner. The first vote of a farm is free.',
      "The vote weighs what the farm's nodes have at this moment.",
    ],
    veto: 'Objects to a proposal; the third objection ends it. Free. For members of the council.',
    close: [
      'Ends a proposal that has enough votes, or whose time is over. For members of the council.',
      'It passes if enough farms voted and the yes weigh more than the no; then it runs as Root.',
    ],
  },
  storage: {
    ProposalList: 'The hashes of the open proposals.',
    Proposals: 'Index, description and link of an open proposal, by its hash.',
    ProposalOf: 'The call of an open proposal, by its hash.',
    Voting: 'Votes and objections to an open proposal, and in which block its time ends.',
    ProposalCount: 'How many proposals there have been.',
    FarmWeight:
      'What a vote of a farm weighs: twice the compute units of its nodes, and their storage units.',
  },
  events: {
    Voted: 'A farm voted; with the counts of farms as they are now.',
    Proposed:
      'A call was put to the vote: by whom, its index and hash, and how many farms have to vote.',
    Approved: 'A proposal passed.',
    Disapproved: 'A proposal did not pass.',
    Executed: 'The call of a proposal ran as Root, with this result.',
    Closed: 'A proposal ended with these votes, as counts of farms and as weights.',
    ClosedByCouncil: 'The council ended a proposal by objecting to it three times.',
    CouncilMemberVeto: 'A member of the council objected to a proposal.',
  },
  errors: {
    NoneValue: 'A value is missing. No call answers with this.',
    StorageOverflow: 'A counter is full. No call answers with this.',
    FarmNotExists: 'There is no such farm. No call answers with this.',
    NotCouncilMember: 'The signer is no member of the council.',
    WrongProposalLength: 'The call is longer than was said. No call answers with this.',
    DuplicateProposal: 'The same call is put to the vote already.',
    NotAuthorizedToVote: 'The signer does not own the farm, or there is no such farm.',
    ProposalMissing: 'There is no open proposal with this hash.',
    WrongIndex: 'The index is not that of the proposal with this hash.',
    DuplicateVote: 'The farm has voted so before.',
    DuplicateVeto: 'The member has objected before.',
    WrongProposalWeight: 'The call weighs more than was said. No call answers with this.',
    TooEarly: 'The proposal is not decided yet. No call answers with this.',
    TimeLimitReached: 'The time for votes is over.',
    OngoingVoteAndTresholdStillNotMet: 'Too few farms voted so far, and there is time left.',
    FarmHasNoNodes: 'The vote of the farm weighs nothing: it has no nodes, or too small ones.',
    InvalidProposalDuration: 'The duration is below one day, or not below 30.',
    ThresholdTooLow: 'A proposal needs a threshold of at least 5 farms.',
  },
  constants: {},
}
