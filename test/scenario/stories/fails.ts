// A story that always fails, at a step.
import { defineScenario } from '../../../src/scenario/define.ts'

export default defineScenario({
  name: 'hope is lost',
  tags: ['sad'],
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },
  async run({ grid, users: { alice }, step, expect }) {
    await alice
      .deploy({ on: 1, name: '<script>', network: '10.1.0.0/16', disk: '2 GB' })
      .catch(() => undefined)
    await grid.advance('5m')
    await step('alice is "poor"', () => expect(alice.balance()).toBe(0n))
  },
})
