// Dao: what it keeps, tells and refuses.

import { vec } from '../../../scale/containers.ts'
import { bool, u32, u64 } from '../../../scale/primitives.ts'
import { declarePallet, identity, storageMap, storageValue } from '../../runtime/declare.ts'
import { RuntimeCall } from '../../types/outer.ts'
import { AccountId32, DispatchResult, H256 } from '../../types/primitives.ts'
import { DaoProposal, DaoVotes } from './types.ts'

/** Proposals on which farmers vote, with the weight of their farms. */
export const dao = declarePallet({
  index: 43,
  name: 'Dao',
  storage: {
    ProposalList: storageValue(vec(H256), { default: [] }),
    Proposals: storageMap([identity(H256)], DaoProposal),
    ProposalOf: storageMap([identity(H256)], RuntimeCall),
    Voting: storageMap([identity(H256)], DaoVotes),
    ProposalCount: storageValue(u32, { default: 0 }),
    FarmWeight: storageMap([identity(u32)], u64, { default: 0n }),
  },
  events: {
    Voted: { account: AccountId32, proposal_hash: H256, voted: bool, yes: u32, no: u32 },
    Proposed: { account: AccountId32, proposal_index: u32, proposal_hash: H256, threshold: u32 },
    Approved: { proposal_hash: H256 },
    Disapproved: { proposal_hash: H256 },
    Executed: { proposal_hash: H256, result: DispatchResult },
    Closed: { proposal_hash: H256, yes: u32, yes_weight: u64, no: u32, no_weight: u64 },
    ClosedByCouncil: { proposal_hash: H256, vetos: vec(AccountId32) },
    CouncilMemberVeto: { proposal_hash: H256, who: AccountId32 },
  },
  errors: [
    'NoneValue',
    'StorageOverflow',
    'FarmNotExists',
    'NotCouncilMember',
    'WrongProposalLength',
    'DuplicateProposal',
    'NotAuthorizedToVote',
    'ProposalMissing',
    'WrongIndex',
    'DuplicateVote',
    'DuplicateVeto',
    'WrongProposalWeight',
    'TooEarly',
    'TimeLimitReached',
    'OngoingVoteAndTresholdStillNotMet',
    'FarmHasNoNodes',
    'InvalidProposalDuration',
    'ThresholdTooLow',
  ],
  constants: {},
  paths: {
    calls: { path: ['pallet_dao', 'pallet', 'Call'], params: [{ name: 'T', type: null }] },
    events: { path: ['pallet_dao', 'pallet', 'Event'], params: [{ name: 'T', type: null }] },
    errors: { path: ['pallet_dao', 'pallet', 'Error'], params: [{ name: 'T', type: null }] },
  },
})
