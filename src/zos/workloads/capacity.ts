// What workloads take of a node: compute, memory, disk and public addresses, and the check before an install.

/** Amounts of a node's resources; bytes for memory and disks, counts for the others. */
export interface Capacity {
  readonly cru: bigint
  readonly mru: bigint
  readonly sru: bigint
  readonly hru: bigint
  readonly ipv4u: bigint
}

export const KiB = 1024n
export const MiB = 1024n * KiB
export const GiB = 1024n * MiB

/** Nothing. */
export const noCapacity: Capacity = Object.freeze({ cru: 0n, mru: 0n, sru: 0n, hru: 0n, ipv4u: 0n })

/** The larger of two amounts. */
export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** The sum of some amounts. */
export function addCapacity(...amounts: readonly Capacity[]): Capacity {
  return amounts.reduce(
    (sum, amount) => ({
      cru: sum.cru + amount.cru,
      mru: sum.mru + amount.mru,
      sru: sum.sru + amount.sru,
      hru: sum.hru + amount.hru,
      ipv4u: sum.ipv4u + amount.ipv4u,
    }),
    noCapacity,
  )
}

/**
 * Why a node cannot give a workload its memory, or nothing. `usedMru` is what the other ok and
 * paused workloads take, with the system's share; `reallyUsedMru` what the system reports as in use
 * (threefoldtech/zosbase: pkg/primitives/statistics.go).
 */
export function memoryRefusal(memory: {
  readonly requiredMru: bigint
  readonly totalMru: bigint
  readonly usedMru: bigint
  readonly reallyUsedMru?: bigint
}): string | undefined {
  const { requiredMru, totalMru, usedMru, reallyUsedMru = 0n } = memory
  const used = larger(usedMru, reallyUsedMru)
  // The node subtracts in unsigned 64 bits: more used than there is wraps around.
  const usable = BigInt.asUintN(64, totalMru - used)
  if (requiredMru <= usable) return undefined
  return `failed to satisfy required capacity: cannot fulfil required memory size ${requiredMru} bytes out of usable ${usable} bytes`
}
