// What an extrinsic costs: a base, a unit a byte, and the weight of the call.

/** Weight of an empty extrinsic in ps of reference time (`tfchain: substrate-node/runtime/src/weights`). */
export const baseExtrinsicWeight = 124_414_000n

/** Largest weight of a block in ps of reference time; 75 % of it for normal extrinsics. */
export const maxBlockWeight = 2_000_000_000_000n
export const maxNormalWeight = 1_500_000_000_000n

/** Largest total length in bytes of the normal extrinsics of a block, and of all. */
export const maxNormalLength = 3_932_160
export const maxBlockLength = 5_242_880

/** Parts per billion of a unit that a ps of weight costs: 100 000 / (10 × the base weight), rounded down. */
const partsPerBillion = 80_376n
const billion = 1_000_000_000n

/** Units (10^-7 TFT) that a weight costs; exact halves are rounded down. */
export function weightToFee(refTime: bigint): bigint {
  const parts = (refTime < maxBlockWeight ? refTime : maxBlockWeight) * partsPerBillion
  const whole = parts / billion
  return parts % billion > billion / 2n ? whole + 1n : whole
}

/** The parts of an inclusion fee, in units. */
export interface InclusionFee {
  readonly base: bigint
  readonly length: bigint
  readonly weight: bigint
}

/** What an extrinsic of `length` bytes with a call of weight `refTime` costs, the tip not included. */
export function inclusionFee(refTime: bigint, length: number): InclusionFee {
  return {
    base: weightToFee(baseExtrinsicWeight),
    length: BigInt(length),
    weight: weightToFee(refTime),
  }
}

const baseFee = weightToFee(baseExtrinsicWeight)

/** Fees of weights that were asked for before: there are few, each asked for twice an extrinsic. */
const knownFees = new Map<bigint, bigint>()
const mostKnownFees = 1024

/** The sum of an inclusion fee. */
export function feeOf(refTime: bigint, length: number): bigint {
  let fee = knownFees.get(refTime)
  if (fee === undefined) {
    if (knownFees.size >= mostKnownFees) knownFees.clear()
    fee = baseFee + weightToFee(refTime)
    knownFees.set(refTime, fee)
  }
  return fee + BigInt(length)
}
