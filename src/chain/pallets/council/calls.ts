// Council: its calls, their arguments and weights.

import { option, vec } from '../../../scale/containers.ts'
import { bool, compact, u32 } from '../../../scale/primitives.ts'
import { ensureRoot } from '../../runtime/origins.ts'
import { RuntimeCall } from '../../types/outer.ts'
import { AccountId32, H256, Weight } from '../../types/primitives.ts'
import { sumOfWeights } from '../../types/weight.ts'
import { council } from './declaration.ts'
import { changeMembers, outgoingOf } from './members.ts'
import { close, disapprove, execute, propose, vote } from './motions.ts'
import {
  disapproveWeight,
  executeWeight,
  most,
  mostCloseWeight,
  proposeExecuteWeight,
  proposeWeight,
  setMembersWeight,
  voteWeight,
} from './weights.ts'

/** The calls of Council, by name. */
export const calls = {
  set_members: council.call(
    0,
    { new_members: vec(AccountId32), prime: option(AccountId32), old_count: u32 },
    ({ old_count }) => ({ ...setMembersWeight(old_count), class: 'Operational' }),
    (tx, { new_members, prime }) => {
      ensureRoot(tx)
      if (prime !== null && !new_members.includes(prime)) throw tx.error('PrimeAccountNotMember')
      const old = tx.state.Members.get()
      const members = [...new_members].sort()
      changeMembers(tx, members, outgoingOf(old, members))
      if (prime !== null) tx.state.Prime.set(prime)
      const { refTime, proofSize } = setMembersWeight(old.length)
      return { actualRefTime: refTime, actualProofSize: proofSize }
    },
  ),

  execute: council.call(
    1,
    { proposal: RuntimeCall, length_bound: compact(u32) },
    ({ proposal, length_bound }, weigher) => ({
      ...sumOfWeights(executeWeight(length_bound, most.members), weigher.weightOf(proposal)),
      class: 'Operational',
    }),
    (tx, { proposal, length_bound }) => execute(tx, proposal, length_bound),
  ),

  propose: council.call(
    2,
    { threshold: compact(u32), proposal: RuntimeCall, length_bound: compact(u32) },
    ({ threshold, proposal, length_bound }, weigher) => ({
      ...(threshold < 2
        ? sumOfWeights(proposeExecuteWeight(length_bound, most.members), weigher.weightOf(proposal))
        : proposeWeight(length_bound, most.members, most.motions)),
      class: 'Operational',
    }),
    (tx, { threshold, proposal, length_bound }) =>
      propose(tx, { threshold, proposal, lengthBound: length_bound }),
  ),

  vote: council.call(
    3,
    { proposal: H256, index: compact(u32), approve: bool },
    { ...voteWeight(most.members), class: 'Operational' },
    (tx, { proposal, index, approve }) => vote(tx, proposal, index, approve),
  ),

  disapprove_proposal: council.call(
    5,
    { proposal_hash: H256 },
    disapproveWeight(most.motions),
    (tx, { proposal_hash }) => {
      ensureRoot(tx)
      return disapprove(tx, proposal_hash)
    },
  ),

  close: council.call(
    6,
    {
      proposal_hash: H256,
      index: compact(u32),
      proposal_weight_bound: Weight,
      length_bound: compact(u32),
    },
    ({ proposal_weight_bound: { ref_time, proof_size }, length_bound }) => ({
      ...sumOfWeights(mostCloseWeight(length_bound), {
        refTime: ref_time,
        proofSize: proof_size,
      }),
      class: 'Operational',
    }),
    (tx, { proposal_hash, index, proposal_weight_bound, length_bound }) =>
      close(tx, {
        hash: proposal_hash,
        index,
        weightBound: proposal_weight_bound,
        lengthBound: length_bound,
      }),
  ),
}
