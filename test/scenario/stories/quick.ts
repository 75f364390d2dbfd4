// A short story with claims: one that holds in some seeds, one that holds in none.
import { defineScenario } from '../../../src/scenario/define.ts'

export default defineScenario({
  name: 'time passes & <nothing> "breaks"',
  tags: ['quick', 'time'],
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
  async run({ grid, step, sometimes }) {
    const isEven = grid.world.kernel.random.stream('story').int(0, 1) === 0
    sometimes('the coin shows heads', () => isEven)
    sometimes('a TFT is free', () => grid.chain.price === 0)
    await step('a minute passes', () => grid.advance('1m'))
  },
})
