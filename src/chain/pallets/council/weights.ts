// What the council's calls weigh, by the length of a motion, the number of members and of open motions.

import { maxOf } from '../../runtime/bigints.ts'
import { dbWeight, type PlainWeight } from '../../types/weight.ts'

// All figures: `paritytech/substrate: frame/collective/src/weights.rs`.

/** The most members and open motions that there may be: what a weight assumes before the call runs. */
export const most = { members: 100, motions: 100 }

interface Formula {
  readonly refTime: bigint
  readonly proofSize: bigint
  readonly reads: bigint
  readonly writes: bigint
  readonly perByte?: PlainWeight
  readonly perMember?: PlainWeight
  readonly perMotion?: PlainWeight
}

const nothing: PlainWeight = { refTime: 0n, proofSize: 0n }

function weigh(
  formula: Formula,
  counts: { bytes?: number; members?: number; motions?: number },
): PlainWeight {
  const bytes = BigInt(counts.bytes ?? 0)
  const members = BigInt(counts.members ?? 0)
  const motions = BigInt(counts.motions ?? 0)
  const { perByte = nothing, perMember = nothing, perMotion = nothing } = formula
  const database = formula.reads * dbWeight.read + formula.writes * dbWeight.write
  const sumOf = (part: 'refTime' | 'proofSize'): bigint =>
    formula[part] + perByte[part] * bytes + perMember[part] * members + perMotion[part] * motions
  return { refTime: sumOf('refTime') + database, proofSize: sumOf('proofSize') }
}

/** For so many old members, and the most motions whose votes may have to be cleaned. */
export const setMembersWeight = (oldMembers: number): PlainWeight =>
  weigh(
    {
      refTime: 17_767_000n,
      proofSize: 15_861n,
      reads: 2n + BigInt(most.motions),
      writes: 2n + BigInt(most.motions),
      perMember: { refTime: 4_374_805n, proofSize: 1967n },
      perMotion: { refTime: 8_398_316n, proofSize: 4332n },
    },
    { members: oldMembers, motions: most.motions },
  )

export const executeWeight = (bytes: number, members: number): PlainWeight =>
  weigh(
    {
      refTime: 15_348_267n,
      proofSize: 1688n,
      reads: 1n,
      writes: 0n,
      perByte: { refTime: 1766n, proofSize: 0n },
      perMember: { refTime: 15_765n, proofSize: 32n },
    },
    { bytes, members },
  )

export const proposeExecuteWeight = (bytes: number, members: number): PlainWeight =>
  weigh(
    {
      refTime: 17_708_609n,
      proofSize: 3668n,
      reads: 2n,
      writes: 0n,
      perByte: { refTime: 2285n, proofSize: 0n },
      perMember: { refTime: 30_454n, proofSize: 32n },
    },
    { bytes, members },
  )

export const proposeWeight = (bytes: number, members: number, motions: number): PlainWeight =>
  weigh(
    {
      refTime: 25_456_964n,
      proofSize: 3884n,
      reads: 4n,
      writes: 4n,
      perByte: { refTime: 3773n, proofSize: 0n },
      perMember: { refTime: 32_783n, proofSize: 33n },
      perMotion: { refTime: 194_388n, proofSize: 36n },
    },
    { bytes, members, motions },
  )

export const voteWeight = (members: number): PlainWeight =>
  weigh(
    {
      refTime: 27_251_907n,
      proofSize: 4405n,
      reads: 2n,
      writes: 1n,
      perMember: { refTime: 65_947n, proofSize: 64n },
    },
    { members },
  )

export const disapproveWeight = (motions: number): PlainWeight =>
  weigh(
    {
      refTime: 17_567_243n,
      proofSize: 1844n,
      reads: 1n,
      writes: 3n,
      perMotion: { refTime: 169_040n, proofSize: 32n },
    },
    { motions },
  )

/** How a motion ends: with enough votes before its time, or when its time is over. */
export type Ending = 'earlyApproved' | 'earlyDisapproved' | 'approved' | 'disapproved'

const closing: Record<Ending, Formula> = {
  earlyDisapproved: {
    refTime: 28_733_464n,
    proofSize: 3975n,
    reads: 3n,
    writes: 3n,
    perMember: { refTime: 43_236n, proofSize: 65n },
    perMotion: { refTime: 180_187n, proofSize: 36n },
  },
  earlyApproved: {
    refTime: 42_695_215n,
    proofSize: 4149n,
    reads: 4n,
    writes: 3n,
    perByte: { refTime: 3622n, proofSize: 1n },
    perMember: { refTime: 33_830n, proofSize: 66n },
    perMotion: { refTime: 205_374n, proofSize: 40n },
  },
  disapproved: {
    refTime: 32_141_835n,
    proofSize: 3995n,
    reads: 4n,
    writes: 3n,
    perMember: { refTime: 36_372n, proofSize: 65n },
    perMotion: { refTime: 210_635n, proofSize: 36n },
  },
  approved: {
    refTime: 45_495_648n,
    proofSize: 4169n,
    reads: 5n,
    writes: 3n,
    perByte: { refTime: 3034n, proofSize: 1n },
    perMember: { refTime: 42_209n, proofSize: 66n },
    perMotion: { refTime: 207_525n, proofSize: 40n },
  },
}

export const closeWeight = (
  ending: Ending,
  counts: { bytes: number; members: number; motions: number },
): PlainWeight => weigh(closing[ending], counts)

/** The heaviest ending: what `close` weighs before it is known. */
export function mostCloseWeight(bytes: number): PlainWeight {
  let heaviest = nothing
  for (const ending of Object.keys(closing) as Ending[]) {
    const weight = closeWeight(ending, { bytes, ...most })
    heaviest = {
      refTime: maxOf(heaviest.refTime, weight.refTime),
      proofSize: maxOf(heaviest.proofSize, weight.proofSize),
    }
  }
  return heaviest
}
