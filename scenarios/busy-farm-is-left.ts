// Everybody leaves a busy farm at the same moment: nothing of six machines is left, and the farmer has earned.
import { defineScenario } from 'pocketgrid'
import { busyFarm } from './fixtures/busy-farm.ts'

export default defineScenario({
  name: 'everybody leaves a busy farm at once',
  fixture: busyFarm,

  async run({
    grid,
    users: { alice, bob },
    fixture: { machines },
    farmers: { ghent },
    step,
    eventually,
    expect,
  }) {
    await step('after a day everybody leaves', async () => {
      const before = ghent.balance()
      await grid.advance('1d')
      expect(ghent.balance()).toBeGreaterThan(before)
      await Promise.all(machines.map(each => each.cancel()))
      await eventually('all is gone', () => machines.every(each => each.isGone()))
    })

    await step('the nodes are empty, and nobody owes anything', () => {
      for (const node of grid.nodes()) expect(node.used().sru).toBe(grid.node(1).used().sru)
      expect([...alice.contracts(), ...bob.contracts()]).toEqual([])
      expect([alice.reserved(), bob.reserved()]).toEqual([0n, 0n])
    })
  },
})
