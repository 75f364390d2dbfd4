// Arithmetic on the weights of calls.

const U64_MAX = (1n << 64n) - 1n

/** What reading and writing one entry of storage weighs, in picoseconds (System.DbWeight). */
export const dbWeight = { read: 25_000_000n, write: 100_000_000n }

/** A weight as calls are weighed with. */
export interface PlainWeight {
  readonly refTime: bigint
  readonly proofSize: bigint
}

/** The sum of some weights; it stops at the largest 64-bit number, as upstream's does. */
export function sumOfWeights(...weights: readonly PlainWeight[]): PlainWeight {
  return sumOfAllWeights(weights)
}

/** The sum of any number of weights. */
export function sumOfAllWeights(weights: Iterable<PlainWeight>): PlainWeight {
  let refTime = 0n
  let proofSize = 0n
  for (const weight of weights) {
    refTime += weight.refTime
    proofSize += weight.proofSize
  }
  return {
    refTime: refTime < U64_MAX ? refTime : U64_MAX,
    proofSize: proofSize < U64_MAX ? proofSize : U64_MAX,
  }
}
