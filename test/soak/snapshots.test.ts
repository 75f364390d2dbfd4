// Many grids in full swing go astray and return to a snapshot: each is as it was, and has the future that it had.

import { writeSync } from 'node:fs'
import { beforeAll, describe, it } from 'vitest'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { expectReturn } from '../scenario/support/detours.ts'

/** The same seed gives the same grids. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 31)
const grids = 60

// Said at once, since a history that does not end tells nothing later.
writeSync(2, `POCKETGRID_SEED=${seed} npm run soak test/soak/snapshots.test.ts\n`)

beforeAll(cryptoReady)

describe(`a snapshot (POCKETGRID_SEED=${seed})`, () => {
  const seeds = Array.from({ length: grids }, (_, i) => seed + 10 * i)
  it.each(seeds)(
    'brings all back after 500 random actions, and the same future (seed %i)',
    each => {
      expectReturn(each, 500)
    },
  )
})
