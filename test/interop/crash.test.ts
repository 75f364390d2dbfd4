// Three ends by SIGKILL under load; `npm run soak` makes it fifty.

import { describe, expect, it } from 'vitest'
import { drawsOf } from '../chain/support/random.ts'
import { torment } from '../support/crash.ts'
import { missingBuild } from './support.ts'

/** The same seed sends the same load; the moments depend on the machine. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

describe.skipIf(missingBuild)('a grid in a data directory', () => {
  it(`keeps what it told and took when it is killed (POCKETGRID_SEED=${seed})`, async () => {
    const result = await torment({ kills: 3, draw: drawsOf(seed), longestLifeMs: 300 })
    expect(result.acknowledged).toBeGreaterThan(0)
    expect(result.deployments).toBeGreaterThan(0)
    const { lostExtrinsics, lostHashes, lostHeads, lostDeployments, halfDone } = result
    expect({ lostExtrinsics, lostHashes, lostHeads, lostDeployments, halfDone }).toEqual({
      lostExtrinsics: [],
      lostHashes: [],
      lostHeads: [],
      lostDeployments: [],
      halfDone: [],
    })
  }, 60_000)
})
