// Unsigned fixed-point numbers with 64 fractional bits, as the billing computes with them, and shares in per cent.

/**
 * A number times 2^64. Sums are exact, products and quotients are cut off at the last bit
 * (upstream computes with the `substrate_fixed` crate's U64F64).
 */
export type Fixed = bigint

const half = 1n << 63n

/** A whole number. */
export const fixed = (whole: bigint): Fixed => whole << 64n

/** The exact value of a double. */
export const fixedOfDouble = (value: number): Fixed => BigInt(value * 2 ** 64)

export const multiply = (a: Fixed, b: Fixed): Fixed => (a * b) >> 64n

export const divide = (a: Fixed, b: Fixed): Fixed => (a << 64n) / b

/** The nearest whole number; halves are rounded up. */
export const round = (a: Fixed): bigint => (a + half) >> 64n

/** What a 64-bit variable keeps of a number: upstream's release builds wrap around. */
export const wrap64 = (value: bigint): bigint => BigInt.asUintN(64, value)

/** `percent` hundredths of a whole number, rounded to the nearest; halves are rounded down. */
export function percentOf(percent: bigint, value: bigint): bigint {
  return (value * percent + 49n) / 100n
}

/** The smaller of two numbers: `Math.min` does not take bigints. */
export function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

/** The larger of two numbers. */
export function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}
