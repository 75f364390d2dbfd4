// Spoilt input at the relay's edge: every envelope and every token gets the answer that it should get.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queueLimit } from '../../src/rmb/bus.ts'
import type { Stage } from './relay-support.ts'
import { attackWithEnvelopes, attackWithTokens, hostileStage } from './support/hostile-relay.ts'

/** The same seed makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

describe(`a relay (POCKETGRID_SEED=${seed})`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await hostileStage()
  })
  afterAll(() => stage.close())

  it('answers two thousand spoilt envelopes as it should', async () => {
    const { sent, ends } = await attackWithEnvelopes(stage, { count: 2000, seed })
    expect(sent).toBe(2000)
    for (const end of ['closed', 'message wrong source', 'taken']) {
      expect(ends[end], end).toBeGreaterThan(0)
    }
    expect(stage.relay.waitingFor({ twin: 2 })).toBeLessThanOrEqual(queueLimit)
  }, 60_000)

  it('judges three thousand spoilt tokens as it should', async () => {
    const { sent, ends } = await attackWithTokens(stage, { count: 3000, seed, shown: 50 })
    expect(sent).toBe(3000)
    expect(ends.invalid).toBeGreaterThan(2000)
  }, 60_000)
})
