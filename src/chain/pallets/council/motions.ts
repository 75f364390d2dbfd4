// Motions of the council: how they are proposed, voted on, and closed.

import { blake2b256 } from '../../../crypto/hash.ts'
import { type Hex, toHex } from '../../../crypto/hex.ts'
import { encodeToBytes } from '../../../scale/codec.ts'
import type { PostInfo } from '../../runtime/declare.ts'
import { resultOf } from '../../runtime/origins.ts'
import type { ChainCall } from '../../runtime/outer.ts'
import type { DispatchResult, Tx } from '../../runtime/tx.ts'
import { RuntimeCall } from '../../types/outer.ts'
import type { AccountId, Weight } from '../../types/primitives.ts'
import { type PlainWeight, sumOfWeights } from '../../types/weight.ts'
import { council } from './declaration.ts'
import type { Votes } from './types.ts'
import {
  closeWeight,
  disapproveWeight,
  type Ending,
  executeWeight,
  proposeExecuteWeight,
  proposeWeight,
  voteWeight,
} from './weights.ts'

type CouncilTx = Tx<typeof council>

/** How long a motion can be voted on: 2 h (`tfchain: substrate-node/runtime/src/lib.rs`, CouncilMotionDuration). */
const motionBlocks = 1200

/** `CouncilMaxProposals`. */
const maxMotions = 100

const maxProposalWeight = council.constants.MaxProposalWeight!.value as Weight

/** The signer, who has to be a member. */
function ensureMember(tx: CouncilTx): { who: AccountId; members: readonly AccountId[] } {
  const who = tx.signer()
  const members = tx.state.Members.get()
  if (!members.includes(who)) throw tx.error('NotMember')
  return { who, members }
}

/** A call as a motion: by how many bytes it is long, and by which hash it is known. */
function motionOf(call: ChainCall): { length: number; hash: Hex } {
  const bytes = encodeToBytes(RuntimeCall, call)
  return { length: bytes.length, hash: toHex(blake2b256(bytes)) }
}

const exceeds = (weight: PlainWeight, bound: Weight): boolean =>
  weight.refTime > bound.ref_time || weight.proofSize > bound.proof_size

const used = (...weights: PlainWeight[]): PostInfo => {
  const { refTime, proofSize } = sumOfWeights(...weights)
  return { actualRefTime: refTime, actualProofSize: proofSize }
}

/** What a call and the motion in it used; when the motion does not tell, the static weight of both counts. */
function usedWithInner(
  tx: CouncilTx,
  own: PlainWeight,
  inner: { call: ChainCall; result: DispatchResult },
): PostInfo {
  const { refTime, proofSize } = inner.result
  const full = tx.weightOf(inner.call)
  const isToldLess = refTime !== full.refTime || proofSize !== full.proofSize
  return isToldLess ? used(own, { refTime, proofSize }) : {}
}

/** A member has a call executed as that member. */
export function execute(tx: CouncilTx, proposal: ChainCall, lengthBound: number): PostInfo {
  const { who, members } = ensureMember(tx)
  const { length, hash } = motionOf(proposal)
  if (length > lengthBound) throw tx.error('WrongProposalLength')
  const result = tx.dispatch(proposal, { type: 'Member', account: who })
  tx.deposit('MemberExecuted', { proposal_hash: hash, result: resultOf(result) })
  return usedWithInner(tx, executeWeight(length, members.length), { call: proposal, result })
}

/** A member puts a motion to the vote; one that a single vote carries is executed at once. */
export function propose(
  tx: CouncilTx,
  motion: { threshold: number; proposal: ChainCall; lengthBound: number },
): PostInfo {
  const { threshold, proposal, lengthBound } = motion
  const { who, members } = ensureMember(tx)
  const { length, hash } = motionOf(proposal)
  if (length > lengthBound) throw tx.error('WrongProposalLength')
  if (exceeds(tx.weightOf(proposal), maxProposalWeight)) throw tx.error('WrongProposalWeight')
  if (tx.state.ProposalOf.has(hash)) throw tx.error('DuplicateProposal')
  if (threshold < 2) {
    const result = tx.dispatch(proposal, { type: 'Members', yes: 1, of: members.length })
    tx.deposit('Executed', { proposal_hash: hash, result: resultOf(result) })
    const own = proposeExecuteWeight(length, members.length)
    return usedWithInner(tx, own, { call: proposal, result })
  }
  const open = tx.state.Proposals.get()
  if (open.length >= maxMotions) throw tx.error('TooManyProposals')
  tx.state.Proposals.set([...open, hash])
  const index = tx.state.ProposalCount.get()
  tx.state.ProposalCount.set(index + 1)
  tx.state.ProposalOf.set(hash, proposal)
  tx.state.Voting.set(hash, { index, threshold, ayes: [], nays: [], end: tx.block + motionBlocks })
  tx.deposit('Proposed', { account: who, proposal_index: index, proposal_hash: hash, threshold })
  return used(proposeWeight(length, members.length, open.length + 1))
}

/** The votes on a motion, found by its hash and checked by its index. */
function votesOn(tx: CouncilTx, hash: Hex, index: number): Votes {
  const votes = tx.state.Voting.get(hash)
  if (!votes) throw tx.error('ProposalMissing')
  if (votes.index !== index) throw tx.error('WrongIndex')
  return votes
}

/** A member votes, or changes sides; the first vote on a motion is free. */
export function vote(tx: CouncilTx, hash: Hex, index: number, approve: boolean): PostInfo {
  const { who, members } = ensureMember(tx)
  const votes = votesOn(tx, hash, index)
  const [mine, other] = approve ? [votes.ayes, votes.nays] : [votes.nays, votes.ayes]
  if (mine.includes(who)) throw tx.error('DuplicateVote')
  const isFirst = !other.includes(who)
  const raised = [...mine, who]
  const lowered = swapRemove(other, who)
  const [ayes, nays] = approve ? [raised, lowered] : [lowered, raised]
  const counts = { yes: ayes.length, no: nays.length }
  tx.deposit('Voted', { account: who, proposal_hash: hash, voted: approve, ...counts })
  tx.state.Voting.set(hash, { ...votes, ayes, nays })
  const post = used(voteWeight(members.length))
  return isFirst ? { ...post, pays: 'No' } : post
}

/** Takes an entry out and puts the last one in its place, as Rust's `Vec::swap_remove` does. */
function swapRemove(list: readonly AccountId[], entry: AccountId): AccountId[] {
  const at = list.indexOf(entry)
  const rest = list.slice(0, -1)
  if (at < 0) return [...list]
  if (at < rest.length) rest[at] = list[list.length - 1]!
  return rest
}

/** Anybody closes a motion that is decided, or whose time is over: then silence counts as the prime's vote, or as no. */
export function close(
  tx: CouncilTx,
  motion: { hash: Hex; index: number; weightBound: Weight; lengthBound: number },
): PostInfo {
  tx.signer()
  const { hash } = motion
  const votes = votesOn(tx, hash, motion.index)
  const seats = tx.state.Members.get().length
  let yes = votes.ayes.length
  let no = votes.nays.length
  if (yes >= votes.threshold) return carry(tx, motion, { yes, no, seats, ending: 'earlyApproved' })
  if (Math.max(0, seats - no) < votes.threshold) {
    return defeat(tx, hash, { yes, no, seats, ending: 'earlyDisapproved' })
  }
  if (tx.block < votes.end) throw tx.error('TooEarly')
  const prime = tx.state.Prime.get()
  const abstentions = seats - (yes + no)
  if (prime !== null && votes.ayes.includes(prime)) yes += abstentions
  else no += abstentions
  if (yes >= votes.threshold) return carry(tx, motion, { yes, no, seats, ending: 'approved' })
  return defeat(tx, hash, { yes, no, seats, ending: 'disapproved' })
}

interface Count {
  readonly yes: number
  readonly no: number
  readonly seats: number
  readonly ending: Ending
}

function carry(
  tx: CouncilTx,
  motion: { hash: Hex; weightBound: Weight; lengthBound: number },
  { yes, no, seats, ending }: Count,
): PostInfo {
  const { hash } = motion
  const proposal = tx.state.ProposalOf.get(hash)
  if (!proposal) throw tx.error('ProposalMissing')
  const { length } = motionOf(proposal)
  if (length > motion.lengthBound) throw tx.error('WrongProposalLength')
  if (exceeds(tx.weightOf(proposal), motion.weightBound)) throw tx.error('WrongProposalWeight')
  tx.deposit('Closed', { proposal_hash: hash, yes, no })
  tx.deposit('Approved', { proposal_hash: hash })
  const result = tx.dispatch(proposal, { type: 'Members', yes, of: seats })
  tx.deposit('Executed', { proposal_hash: hash, result: resultOf(result) })
  const motions = removeMotion(tx, hash)
  const own = closeWeight(ending, { bytes: length, members: seats, motions })
  return used(own, { refTime: result.refTime, proofSize: result.proofSize })
}

function defeat(tx: CouncilTx, hash: Hex, { yes, no, seats, ending }: Count): PostInfo {
  tx.deposit('Closed', { proposal_hash: hash, yes, no })
  tx.deposit('Disapproved', { proposal_hash: hash })
  const motions = removeMotion(tx, hash)
  return { ...used(closeWeight(ending, { bytes: 0, members: seats, motions })), pays: 'No' }
}

/** Root ends a motion whatever its votes; one that is not there is disapproved all the same. */
export function disapprove(tx: CouncilTx, hash: Hex): PostInfo {
  tx.deposit('Disapproved', { proposal_hash: hash })
  return used(disapproveWeight(removeMotion(tx, hash)))
}

/** Forgets a motion; returns how many were open, as weights count them. */
function removeMotion(tx: CouncilTx, hash: Hex): number {
  tx.state.ProposalOf.remove(hash)
  tx.state.Voting.remove(hash)
  const rest = tx.state.Proposals.get().filter(open => open !== hash)
  tx.state.Proposals.set(rest)
  return rest.length + 1
}
