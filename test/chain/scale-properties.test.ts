// Random values of every declared type, a few of each; `npm run soak` draws many more.

import { describe } from 'vitest'
import { describeRoundTrips } from './support/round-trips.ts'

/** Fixed, so that everybody draws the same values. */
const seed = Number(process.env.POCKETGRID_SEED ?? 1)

describe(`SCALE (POCKETGRID_SEED=${seed})`, { timeout: 60_000 }, () => {
  describeRoundTrips({ seed, times: 1 })
})
