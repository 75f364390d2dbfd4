// A story whose file remembers earlier runs, so that no run is like the one before.
import { defineScenario } from '../../../src/scenario/define.ts'

let runs = 0

export default defineScenario({
  name: 'each run transfers more than the last one',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },
  async run({ grid, users: { alice, bob } }) {
    await grid.advance('1m')
    runs += 1
    await alice.transfer(bob, runs)
  },
})
