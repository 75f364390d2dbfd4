// Bad input in small doses; `npm run soak` sends a hundred thousand.

import { describe, expect, it } from 'vitest'
import { attackedWorld, attackWithDeployments, attackWithRequests } from './support/hostile.ts'

/** `seed` makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

describe(`a node under attack (POCKETGRID_SEED=${seed})`, () => {
  const world = attackedWorld()

  it('takes no deployment that was not signed as it is, and refuses in the words of upstream', () => {
    const report = attackWithDeployments(world, { count: 4000, seed })
    expect(report.accepted).toBeGreaterThan(50)
    expect(report.accepted).toBeLessThan(report.sent / 2)
    expect(report.refusals.size).toBeGreaterThan(20)
    expect(report.slowestMs).toBeLessThan(500)
    if (process.env.POCKETGRID_SHOW) console.log(report)
  }, 30_000)

  it('answers every request, whatever it is', () => {
    const report = attackWithRequests(world, { count: 3000, seed })
    expect(report.accepted).toBeGreaterThan(300)
    expect(report.refusals.size).toBeGreaterThan(15)
    expect(report.slowestMs).toBeLessThan(500)
    if (process.env.POCKETGRID_SHOW) console.log(report)
  }, 30_000)
})
