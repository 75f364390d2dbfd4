// Moments and spans of time as people and programs name them.

import { z } from 'zod'

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** The longest way that time moves at once. */
export const mostMs = 366 * units.d!

/** A time span in words, such as `90s`, `10m` or `1h`, or in ms. */
export const spanSchema = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)? ?(ms|s|m|h|d)$/)
        .transform(text => {
          const [, amount, unit] = /^([\d.]+) ?([a-z]+)$/.exec(text)!
          return Math.round(Number(amount) * units[unit!]!)
        }),
    ],
    { error: "a time span is ms, or text such as '90s', '10m', '1h', '2d'" },
  )
  .pipe(z.int().min(0).max(mostMs, 'time moves by at most 366 days at once'))

/** Ms since the Unix epoch, or an ISO date. */
export const momentSchema = z.union(
  [
    z.int().min(0),
    z
      .string()
      .refine(text => Number.isFinite(Date.parse(text)))
      .transform(text => Date.parse(text)),
  ],
  { error: 'a moment is ms since the Unix epoch, or an ISO date' },
)
