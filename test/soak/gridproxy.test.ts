// The grid proxy under spoilt requests and random questions, for minutes.

import { describe, expect, it } from 'vitest'
import { spoilRequests } from '../services/gridproxy/mutations.ts'
import { compareRandomly } from '../services/gridproxy/random-queries.ts'

const seed = Number(process.env.PROXY_SEED ?? Date.now() % 1_000_000)

describe(`the grid proxy (PROXY_SEED=${seed})`, () => {
  it('answers 50 000 spoilt requests as upstream does', async () => {
    expect(await spoilRequests({ seed, count: 50_000 })).toBe(null)
  })

  it('finds what a naive model finds, on 30 grids that change', async () => {
    for (let grid = 0; grid < 30; grid += 1) {
      const difference = await compareRandomly({ seed: seed + grid, steps: 200 })
      expect(difference, `PROXY_SEED=${seed + grid}`).toBe(null)
    }
  })
})
