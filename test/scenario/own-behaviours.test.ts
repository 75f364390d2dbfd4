// The example of own behaviours under scenarios/ plays, the same way each time, and its lists reach a served grid.

import { describe, expect, it } from 'vitest'
import scenario from '../../scenarios/own-behaviours.ts'
import { answered, command, runScenario, startGrid } from '../../src/index.ts'

describe('behaviours of one’s own', () => {
  it('are given to a scenario, which plays the same way each time', async () => {
    const first = await runScenario(scenario, { seed: '7' })
    expect(first).toMatchObject({ failure: null, isPassed: true })
    expect((await runScenario(scenario, { seed: '7' })).digest).toBe(first.digest)
  })

  it('are given to a grid that people connect to', async () => {
    const grid = await startGrid(
      { port: 0, chainPort: 0, clock: 'virtual', farms: [{ name: 'ghent', nodes: 1 }] },
      { commands: [command('zos.vendor.hello', () => answered('hello'))] },
    )
    try {
      expect(grid.world.nodes.ask(1, 'zos.vendor.hello')).toEqual({ ok: true, value: '"hello"' })
      expect(grid.world.nodes.ask(1, 'zos.vendor.nothing')).toMatchObject({ ok: false })
    } finally {
      await grid.close()
    }
  })
})
