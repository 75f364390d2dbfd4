// Council: what it keeps, tells and refuses.

import { boundedVec, vec } from '../../../scale/containers.ts'
import { bool, u32 } from '../../../scale/primitives.ts'
import {
  constant,
  declarePallet,
  identity,
  storageMap,
  storageValue,
} from '../../runtime/declare.ts'
import { RuntimeCall } from '../../types/outer.ts'
import { AccountId32, DispatchResult, H256, Weight } from '../../types/primitives.ts'
import { Votes } from './types.ts'

/** Motions of the council, and its votes. */
export const council = declarePallet({
  index: 40,
  name: 'Council',
  storage: {
    Proposals: storageValue(boundedVec(H256, 100), { default: [] }),
    ProposalOf: storageMap([identity(H256)], RuntimeCall),
    Voting: storageMap([identity(H256)], Votes),
    ProposalCount: storageValue(u32, { default: 0 }),
    Members: storageValue(vec(AccountId32), { default: [] }),
    Prime: storageValue(AccountId32),
  },
  events: {
    Proposed: { account: AccountId32, proposal_index: u32, proposal_hash: H256, threshold: u32 },
    Voted: { account: AccountId32, proposal_hash: H256, voted: bool, yes: u32, no: u32 },
    Approved: { proposal_hash: H256 },
    Disapproved: { proposal_hash: H256 },
    Executed: { proposal_hash: H256, result: DispatchResult },
    MemberExecuted: { proposal_hash: H256, result: DispatchResult },
    Closed: { proposal_hash: H256, yes: u32, no: u32 },
  },
  errors: [
    'NotMember',
    'DuplicateProposal',
    'ProposalMissing',
    'WrongIndex',
    'DuplicateVote',
    'AlreadyInitialized',
    'TooEarly',
    'TooManyProposals',
    'WrongProposalWeight',
    'WrongProposalLength',
    'PrimeAccountNotMember',
  ],
  constants: {
    MaxProposalWeight: constant(Weight, {
      ref_time: 1_000_000_000_000n,
      proof_size: 9_223_372_036_854_775_807n,
    }),
  },
  paths: {
    calls: {
      path: ['pallet_collective', 'pallet', 'Call'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    events: {
      path: ['pallet_collective', 'pallet', 'Event'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
    errors: {
      path: ['pallet_collective', 'pallet', 'Error'],
      params: [
        { name: 'T', type: null },
        { name: 'I', type: null },
      ],
    },
  },
})
