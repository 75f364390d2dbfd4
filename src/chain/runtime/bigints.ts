// Arithmetic on balances, which are never negative.

/** The smaller of two. */
export function minOf(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

/** The larger of two. */
export function maxOf(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** `a - b`, and zero where that would be negative. */
export function saturatingSub(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n
}
