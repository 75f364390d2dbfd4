// Bad input in small doses; `npm run soak` sends a hundred thousand.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './rpc/support.ts'
import { attackWithExtrinsics, attackWithFrames, attackWithKeys } from './support/hostile.ts'
import { drawsOf } from './support/random.ts'

/** Fixed, so that everybody makes the same attack. */
const seed = Number(process.env.POCKETGRID_SEED ?? 1)

describe(`a served chain (POCKETGRID_SEED=${seed})`, () => {
  let grid: TestServer

  beforeAll(async () => {
    grid = await startTestServer()
  })

  afterAll(async () => {
    await grid.close()
    expect(grid.failures).toEqual([])
  })

  it('takes no extrinsic that another library does not read and verify', async () => {
    const report = await attackWithExtrinsics(grid, { count: 800, draw: drawsOf(seed) })
    expect(report.accepted).toBeGreaterThan(50)
    expect(report.accepted).toBeLessThan(report.sent)
  }, 30_000)

  it('answers every frame once, whatever it is', async () => {
    const report = await attackWithFrames(grid, { count: 2000, draw: drawsOf(seed + 1) })
    expect(report.accepted).toBeGreaterThan(50)
  }, 30_000)

  it('finds by storage keys what is there, and nothing else', async () => {
    const report = await attackWithKeys(grid, { count: 2000, draw: drawsOf(seed + 2) })
    expect(report.accepted).toBeGreaterThan(50)
  }, 30_000)
})
