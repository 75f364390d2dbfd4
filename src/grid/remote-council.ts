// Motions of the council of a chain elsewhere, carried by those of its members whose keys are known here.

import type { ChainStateReader, SubmitOutcome } from '../chain/client/port.ts'
import { council } from '../chain/pallets/council/declaration.ts'
import type { Votes } from '../chain/pallets/council/types.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import { RuntimeCall } from '../chain/types/outer.ts'
import type { DispatchResult } from '../chain/types/primitives.ts'
import { blake2b256 } from '../crypto/hash.ts'
import { type Hex, toHex } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { asError, gridError, invariant } from '../kernel/errors.ts'
import { encodeToBytes } from '../scale/codec.ts'
import { nameOf, type RemoteWorld } from './remote-world.ts'

/** What of a council is known here. */
export interface CouncilView {
  /** The members whose keys are known. */
  readonly members: readonly KeyPair[]
  /** How many have to agree. */
  readonly needed: number
}

/** Steps that a motion may take: propose, vote, close, and again where another process was first. */
const mostSteps = 12

/** What a motion may weigh: more than any that is made here, less than what fits into a block. */
const weightBound = { ref_time: 100_000_000_000n, proof_size: 10_000_000n }

/** The council of a chain, as far as its keys are known here. */
export async function councilOf(
  state: ChainStateReader,
  keysOf: (accounts: readonly string[]) => readonly KeyPair[],
): Promise<CouncilView> {
  const members = await state.read(council, 'Members')
  // `tfchain: substrate-node/runtime/src/lib.rs`, RestrictedOrigin: three fifths.
  return { members: keysOf(members), needed: Math.ceil((members.length * 3) / 5) }
}

/** The state of a chain at its best block, as one. */
export async function bestState({ mirror }: RemoteWorld): Promise<ChainStateReader> {
  const { client } = mirror
  return client.at((await client.best()).hash)
}

/**
 * Lets the council do what is missing, all of it or nothing. `missing` says by a block's state which calls that are.
 * Other processes may carry the same motion at the same time: it is voted for only while it is open in a state in which
 * the calls are missing, so that none of them is made twice. GRID_CHAIN_REFUSED when it cannot be carried.
 */
export async function carryMotion(
  world: RemoteWorld,
  { members, needed }: CouncilView,
  missing: (state: ChainStateReader) => Promise<readonly ChainCall[]>,
): Promise<void> {
  let own: Motion | null = null
  let last = 'it was not carried'
  for (let step = 0; step < mostSteps; step += 1) {
    const state = await bestState(world)
    const calls = await missing(state)
    if (calls.length === 0) {
      if (own) await withdraw(world, { motion: own, members, state })
      return
    }
    const motion = motionOf(calls)
    const votes = await state.read(council, 'Voting', motion.hash)
    if (votes === null) own = motion
    const taken = takeStep(world, { motion, votes, council: { members, needed } })
    const outcome = await taken.catch(cause => {
      // Another process may have been first: the state will show it.
      last = asError(cause).message
      return null
    })
    const failure = outcome && failureOf(outcome)
    if (failure) throw notCarried(failure)
  }
  throw notCarried(last)
}

const notCarried = (detail: string) =>
  gridError('GRID_CHAIN_REFUSED', { detail: `a motion of the council: ${detail}` })

interface Motion {
  readonly proposal: ChainCall
  readonly hash: Hex
  /** In bytes. */
  readonly length: number
}

function motionOf(calls: readonly ChainCall[]): Motion {
  const proposal = { pallet: 'Utility', name: 'batch_all', args: { calls } }
  const bytes = encodeToBytes(RuntimeCall, proposal)
  return { proposal, hash: toHex(blake2b256(bytes)), length: bytes.length }
}

const inCouncil = (name: string, args: unknown): ChainCall => ({ pallet: 'Council', name, args })

/** Brings a motion one step on; the outcome is of the extrinsic that may have executed it. */
function takeStep(
  world: RemoteWorld,
  parts: { motion: Motion; votes: Votes | null; council: CouncilView },
): Promise<SubmitOutcome | null> {
  const { motion, votes } = parts
  const { members, needed } = parts.council
  const [first] = members
  invariant(first, 'a motion is carried by members whose keys are known')
  if (votes === null) {
    const { proposal, length: length_bound } = motion
    const args = { threshold: needed, proposal, length_bound }
    return world.carryOut(inCouncil('propose', args), first)
  }
  if (votes.ayes.length >= votes.threshold) return close(world, motion, { votes, signer: first })
  return vote(world, { motion, votes, members, approve: true })
}

/** The members who have not voted so do it, as many as are needed. */
async function vote(
  world: RemoteWorld,
  parts: { motion: Motion; votes: Votes; members: readonly KeyPair[]; approve: boolean },
): Promise<null> {
  const { motion, votes, members, approve } = parts
  const { index, threshold } = votes
  const side = approve ? votes.ayes : votes.nays
  const others = members.filter(({ accountId }) => !side.includes(accountId))
  const voters = approve ? others.slice(0, threshold - side.length) : others
  if (voters.length === 0) throw gridError('GRID_CHAIN_REFUSED', { detail: 'too few may vote' })
  const args = { proposal: motion.hash, index, approve }
  await Promise.all(voters.map(member => world.carryOut(inCouncil('vote', args), member)))
  return null
}

function close(
  world: RemoteWorld,
  { hash, length }: Motion,
  { votes, signer }: { votes: Votes; signer: KeyPair },
): Promise<SubmitOutcome> {
  const args = {
    proposal_hash: hash,
    index: votes.index,
    proposal_weight_bound: weightBound,
    length_bound: length,
  }
  return world.carryOut(inCouncil('close', args), signer)
}

/** A motion that came too late does not stay open: it is voted down. */
async function withdraw(
  world: RemoteWorld,
  parts: { motion: Motion; members: readonly KeyPair[]; state: ChainStateReader },
): Promise<void> {
  const { motion, members, state } = parts
  const votes = await state.read(council, 'Voting', motion.hash)
  if (votes === null) return
  try {
    await vote(world, { motion, votes, members, approve: false })
    await close(world, motion, { votes, signer: members[0]! })
  } catch {
    // It does no harm: nobody votes for what is done, and the council forgets it in time.
  }
}

/** With what a motion failed, if it was executed and did; empty otherwise. */
function failureOf({ events }: SubmitOutcome): string {
  const executed = events.find(
    ({ event: { pallet, name } }) => pallet === 'Council' && name === 'Executed',
  )
  if (!executed) return ''
  const { result } = executed.event.fields as { result: DispatchResult }
  return result.type === 'Err' ? nameOf(result.value) : ''
}
