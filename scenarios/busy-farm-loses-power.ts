// A whole farm loses power at once: everything comes back, in an order that nobody chose.
import { defineScenario } from 'pocketgrid'
import { busyFarm } from './fixtures/busy-farm.ts'

export default defineScenario({
  name: 'a busy farm loses power and comes back',
  fixture: busyFarm,

  async run({ grid, fixture: { machines }, farmers: { ghent }, faults, step, eventually, expect }) {
    const used = grid.nodes().map(node => node.used())

    await step('the lights go out', () => {
      faults.start({ kind: 'node.crash', farms: ghent.farmId, forMs: 600_000 })
      expect(grid.nodes().some(node => node.isUp)).toBe(false)
    })

    await step('and on again', async () => {
      const isBack = () => grid.nodes().every(node => node.isUp && node.isIdle)
      await eventually('all nodes are back', isBack, { within: '1h' })
      expect(machines.every(each => each.isOk())).toBe(true)
      expect(grid.nodes().map(node => node.used())).toEqual(used)
    })
  },
})
