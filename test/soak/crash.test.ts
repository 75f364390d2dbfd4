// Fifty ends by SIGKILL at random moments under load: nothing that was acknowledged is lost, nothing is half done.

import { beforeAll, describe, expect, it } from 'vitest'
import { drawsOf } from '../chain/support/random.ts'
import { missingBuild } from '../interop/support.ts'
import { type Torment, torment } from '../support/crash.ts'

/** The same seed sends the same load; the moments depend on the machine. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

/** A list that a message can show. */
const firstOf = (list: readonly string[]): string[] =>
  list.length > 5 ? [...list.slice(0, 5), `and ${list.length - 5} more`] : [...list]

describe.skipIf(missingBuild)(`a grid that is killed fifty times (POCKETGRID_SEED=${seed})`, () => {
  let result: Torment

  beforeAll(async () => {
    result = await torment({ kills: 50, draw: drawsOf(seed), longestLifeMs: 500 })
    const { lives, acknowledged, heads, deployments, slowestStartMs } = result
    console.log(
      `${lives} kills, ${acknowledged} acknowledged extrinsics, ${heads} heads, ` +
        `${deployments} deployments, slowest start ${slowestStartMs.toFixed(0)} ms`,
    )
  }, 20 * 60_000)

  it('keeps every extrinsic that was told to be in a block, in that block', () => {
    expect(result.acknowledged).toBeGreaterThan(500)
    expect(firstOf(result.lostExtrinsics)).toEqual([])
  })

  it('finds every block by the hash that was told', () => {
    expect(firstOf(result.lostHashes)).toEqual([])
  })

  it('keeps every block that was told', () => {
    expect(result.heads).toBeGreaterThan(500)
    expect(firstOf(result.lostHeads)).toEqual([])
  })

  it('does nothing by halves', () => {
    expect(firstOf(result.halfDone)).toEqual([])
  })

  it('keeps every deployment that a node took', () => {
    expect(result.deployments).toBeGreaterThan(10)
    expect(firstOf(result.lostDeployments)).toEqual([])
  })
})
