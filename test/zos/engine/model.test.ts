// A node under whatever its users, its farmer and fate do, against a simple model of it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { histories } from '../support/histories.ts'
import { playedWorld } from '../support/played.ts'
import { minute } from '../support/world.ts'

/** Histories that are tried; more of them in a long run. */
const runs = Number(process.env.POCKETGRID_RUNS ?? 2000)

/** `seed` plays the same histories again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 31)

describe(`a node under whatever its users, its farmer and fate do (POCKETGRID_SEED=${seed})`, () => {
  const { world, play } = playedWorld()

  it(`is at every moment, and comes to rest, where a simple model is (${runs} histories)`, () => {
    fc.assert(
      fc.property(histories(20), actions => {
        const played = play()
        for (const step of actions) played.act(step)
        played.settle()
      }),
      { numRuns: runs, seed },
    )
  }, 120_000)

  it('has one future from any moment on', () => {
    const { kernel } = world
    fc.assert(
      fc.property(histories(12), histories(12), (before, after) => {
        const future = () => {
          const played = play()
          for (const step of before) played.act(step)
          const moment = kernel.trace.digest()
          for (const step of after) played.act(step)
          world.pass(10 * minute)
          return `${moment} ${kernel.trace.digest()} ${kernel.handledEvents} ${kernel.pendingEvents}`
        }
        expect(future()).toBe(future())
      }),
      { numRuns: Math.ceil(runs / 50), seed },
    )
  })
})
