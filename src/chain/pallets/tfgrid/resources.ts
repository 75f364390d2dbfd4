// What a node's hardware counts for: compute and storage units, weight in votes, and when it has changed.

import type { Resources } from '../../types/grid.ts'

const thousand = 1000n

/** Bytes of a GiB. */
export const gibibyte = 1n << 30n

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value)

/**
 * Compute units (`tfchain_support: resources.rs`, get_cu). Memory in bytes is multiplied by the bytes of a GiB
 * there, so that it hardly ever limits; two equal smallest terms give nothing.
 */
export function computeUnits({ cru, mru, sru }: Resources): bigint {
  const byCru = cru * 2n * gibibyte * thousand
  const byMru = ((mru === 0n ? 0n : mru - 1n) * gibibyte * thousand) / 4n
  const bySru = (sru * thousand) / 50n
  const [least, next] = [byCru, byMru, bySru].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) as [
    bigint,
    bigint,
    bigint,
  ]
  if (least === next) return 0n
  return 2n * (u64(least) / gibibyte / thousand)
}

/** Storage units (`tfchain_support: resources.rs`, get_su). */
export function storageUnits({ hru, sru }: Resources): bigint {
  return u64(((hru * thousand) / 1200n + (sru * thousand) / 250n) / gibibyte / thousand)
}

/** What a node adds to the votes of its farm. */
export function nodeWeight(resources: Resources): bigint {
  return u64(2n * computeUnits(resources) + storageUnits(resources))
}

/** Whether any resource moved by more than 1 % of what it was, rounded with halves down. */
export function haveResourcesChanged(before: Resources, after: Resources): boolean {
  const moved = (was: bigint, is: bigint): boolean => {
    const allowance = (was + 49n) / 100n
    const difference = BigInt.asIntN(64, was - is)
    return u64(difference < 0n ? -difference : difference) > allowance
  }
  return (
    moved(before.cru, after.cru) ||
    moved(before.sru, after.sru) ||
    moved(before.hru, after.hru) ||
    moved(before.mru, after.mru)
  )
}
