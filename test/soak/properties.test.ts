// The laws of the chain in many random histories, and SCALE round trips of many values of every type.

import { writeSync } from 'node:fs'
import { describe } from 'vitest'
import { describeHistories } from '../chain/support/histories.ts'
import { describeRoundTrips } from '../chain/support/round-trips.ts'

/** The same seed gives the same histories. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 31)

// Said at once, since a history that does not end tells nothing later.
writeSync(2, `POCKETGRID_SEED=${seed} npm run soak test/soak/properties.test.ts\n`)

describe(`a chain (POCKETGRID_SEED=${seed})`, () => {
  describeHistories({ seed, times: 20 })
  describeRoundTrips({ seed, times: 10 })
})
