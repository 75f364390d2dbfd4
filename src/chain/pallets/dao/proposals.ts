// Proposals of the council on which farms vote with the weight of their nodes, and which run as Root when they pass.

import { blake2b256 } from '../../../crypto/hash.ts'
import { toHex } from '../../../crypto/hex.ts'
import type { ByteString, Hex } from '../../../scale/byte-string.ts'
import { encodeToBytes } from '../../../scale/codec.ts'
import { free, type PostInfo } from '../../runtime/declare.ts'
import { resultOf } from '../../runtime/origins.ts'
import type { ChainCall } from '../../runtime/outer.ts'
import type { Tx } from '../../runtime/tx.ts'
import { RuntimeCall } from '../../types/outer.ts'
import type { AccountId } from '../../types/primitives.ts'
import { councilMembership } from '../council-membership/declaration.ts'
import { isMember } from '../council-membership/logic.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { isFarmOwner } from '../tfgrid/logic.ts'
import type { dao } from './declaration.ts'
import type { DaoVotes, VoteWeight } from './types.ts'

type DaoTx = Tx<typeof dao>

const blocksPerDay = 14_400

/** How long a proposal is open unless it says so (`tfchain: substrate-node/runtime/src/lib.rs`, DaoMotionDuration). */
const motionBlocks = 7 * blocksPerDay

/** How many votes are the least that may decide (`docs/architecture/0021-rework-dao-voting.md`). */
const minThreshold = 5

/** How many vetos end a proposal (`runtime/src/lib.rs`, MinVetos). */
const vetoCount = 3

function ensureCouncilMember(tx: DaoTx): AccountId {
  const who = tx.signer()
  if (!isMember(tx.in(councilMembership), who)) throw tx.error('NotCouncilMember')
  return who
}

/** A member of the council puts a call to the farmers' vote. */
export function propose(
  tx: DaoTx,
  given: {
    readonly threshold: number
    readonly action: ChainCall
    readonly description: ByteString
    readonly link: ByteString
    readonly duration: number | null
  },
): void {
  const { threshold, action, description, link, duration } = given
  const account = ensureCouncilMember(tx)
  const { state } = tx
  const hash = toHex(blake2b256(encodeToBytes(RuntimeCall, action)))
  if (state.ProposalOf.has(hash)) throw tx.error('DuplicateProposal')
  if (threshold < minThreshold) throw tx.error('ThresholdTooLow')
  // Thirty whole days are refused, as they were before a day became the least.
  if (duration !== null && (duration < blocksPerDay || duration >= 30 * blocksPerDay)) {
    throw tx.error('InvalidProposalDuration')
  }
  const index = state.ProposalCount.get()
  const end = tx.block + (duration ?? motionBlocks)
  state.ProposalCount.set(index + 1)
  state.ProposalOf.set(hash, action)
  state.Proposals.set(hash, { index, description, link })
  state.Voting.set(hash, { index, threshold, ayes: [], nays: [], end, vetos: [] })
  state.ProposalList.set([...state.ProposalList.get(), hash])
  tx.deposit('Proposed', { account, proposal_index: index, proposal_hash: hash, threshold })
}

/** The votes on a proposal that is open. */
function votesOn(tx: DaoTx, hash: Hex): DaoVotes {
  const proposal = tx.state.Proposals.get(hash)
  const votes = tx.state.Voting.get(hash)
  if (!proposal || !votes) throw tx.error('ProposalMissing')
  if (votes.index !== proposal.index) throw tx.error('WrongIndex')
  return votes
}

/** A farmer votes for his farm, or changes sides. The weight is that of this moment; the first vote is free. */
export function vote(
  tx: DaoTx,
  given: { readonly farm_id: number; readonly proposal_hash: Hex; readonly approve: boolean },
): PostInfo | undefined {
  const { farm_id, proposal_hash, approve } = given
  const account = tx.signer()
  if (!isFarmOwner(tx.in(tfgrid), farm_id, account)) throw tx.error('NotAuthorizedToVote')
  const votes = votesOn(tx, proposal_hash)
  if (tx.block > votes.end) throw tx.error('TimeLimitReached')
  const [mine, other] = approve ? [votes.ayes, votes.nays] : [votes.nays, votes.ayes]
  if (mine.some(each => each.farm_id === farm_id)) throw tx.error('DuplicateVote')
  const weight = tx.state.FarmWeight.get(farm_id)
  if (weight === 0n) throw tx.error('FarmHasNoNodes')
  const raised = [...mine, { farm_id, weight }]
  const lowered = withoutVote(other, farm_id)
  const [ayes, nays] = approve ? [raised, lowered] : [lowered, raised]
  const counts = { yes: ayes.length, no: nays.length }
  tx.deposit('Voted', { account, proposal_hash, voted: approve, ...counts })
  tx.state.Voting.set(proposal_hash, { ...votes, ayes, nays })
  return lowered === other ? free : undefined
}

/** Votes without that of a farm, the last one in its place; the very same list if there is none. */
function withoutVote(votes: readonly VoteWeight[], farmId: number): readonly VoteWeight[] {
  const at = votes.findIndex(each => each.farm_id === farmId)
  if (at === -1) return votes
  const rest = votes.slice(0, -1)
  if (at < rest.length) rest[at] = votes[votes.length - 1]!
  return rest
}

/** A member of the council objects; the third objection ends the proposal. */
export function veto(tx: DaoTx, hash: Hex): PostInfo {
  const who = ensureCouncilMember(tx)
  const votes = votesOn(tx, hash)
  if (votes.vetos.includes(who)) throw tx.error('DuplicateVeto')
  const vetos = [...votes.vetos, who]
  tx.deposit('CouncilMemberVeto', { proposal_hash: hash, who })
  if (vetos.length >= vetoCount) {
    tx.deposit('ClosedByCouncil', { proposal_hash: hash, vetos })
    disapprove(tx, hash)
  } else {
    tx.state.Voting.set(hash, { ...votes, vetos })
  }
  return free
}

const weightOf = (votes: readonly VoteWeight[]): bigint =>
  BigInt.asUintN(
    64,
    votes.reduce((sum, { weight }) => sum + weight, 0n),
  )

/** A member of the council closes a proposal that has its votes, or whose time is over; what passed runs as Root. */
export function close(tx: DaoTx, hash: Hex, index: number): PostInfo {
  ensureCouncilMember(tx)
  const votes = tx.state.Voting.get(hash)
  if (!votes) throw tx.error('ProposalMissing')
  if (votes.index !== index) throw tx.error('WrongIndex')
  const { ayes, nays } = votes
  const isMet = ayes.length + nays.length >= votes.threshold
  if (!isMet && tx.block < votes.end) throw tx.error('OngoingVoteAndTresholdStillNotMet')
  const tally = {
    yes: ayes.length,
    yes_weight: weightOf(ayes),
    no: nays.length,
    no_weight: weightOf(nays),
  }
  const isApproved = isMet && tally.yes_weight > tally.no_weight
  const action = isApproved ? tx.state.ProposalOf.get(hash) : null
  if (isApproved && !action) throw tx.error('ProposalMissing')
  tx.deposit('Closed', { proposal_hash: hash, ...tally })
  if (action) approve(tx, hash, action)
  else disapprove(tx, hash)
  return free
}

function approve(tx: DaoTx, hash: Hex, action: ChainCall): void {
  tx.deposit('Approved', { proposal_hash: hash })
  const result = tx.dispatch(action, { type: 'Root' })
  tx.deposit('Executed', { proposal_hash: hash, result: resultOf(result) })
  remove(tx, hash)
}

function disapprove(tx: DaoTx, hash: Hex): void {
  tx.deposit('Disapproved', { proposal_hash: hash })
  remove(tx, hash)
}

function remove(tx: DaoTx, hash: Hex): void {
  const { state } = tx
  state.ProposalOf.remove(hash)
  state.Voting.remove(hash)
  state.Proposals.remove(hash)
  state.ProposalList.set(state.ProposalList.get().filter(each => each !== hash))
}
