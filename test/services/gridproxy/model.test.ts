// Random grids that change, asked at random: the proxy agrees with a naive model, and its past never shows.

import { describe, expect, it } from 'vitest'
import { compareRandomly } from './random-queries.ts'

const seed = Number(process.env.PROXY_SEED ?? 13)

describe('random queries', () => {
  it(`find what the model finds (PROXY_SEED=${seed})`, async () => {
    expect(await compareRandomly({ seed, steps: 150 })).toBe(null)
    expect(await compareRandomly({ seed: seed + 1, steps: 150 })).toBe(null)
  })
})
