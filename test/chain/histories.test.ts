// The laws of the chain in a few random histories; `npm run soak` goes through many more.

import { describe } from 'vitest'
import { describeHistories } from './support/histories.ts'

/** Fixed, so that everybody goes through the same histories. */
const seed = Number(process.env.POCKETGRID_SEED ?? 1)

describe(`a chain (POCKETGRID_SEED=${seed})`, { timeout: 60_000 }, () => {
  describeHistories({ seed, times: 1 })
})
