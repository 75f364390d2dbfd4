// A farmer saves power: nodes go to sleep on the chain's word, wake by a neighbour's call, and bring back what they ran.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a farmer sends a node to sleep and has it woken again',
  grid: { farms: [{ name: 'ghent', nodes: 3 }], users: ['alice'] },

  async run({ grid, users: { alice }, farmers: { ghent }, step, eventually, expect }) {
    await step('an idle node goes to sleep', async () => {
      await ghent.power(2, 'Down')
      await eventually('it is asleep', () => grid.node(2).phase === 'asleep')
      expect(grid.chain.power(2)).toMatchObject({ state: { type: 'Down' }, target: 'Down' })
    })

    await step('nobody can deploy on it meanwhile', async () => {
      const late = alice.deploy({ on: 2, name: 'web', network: '10.20.0.0/16' })
      await expect(late).rejects.toThrow(/GRID_NO_ANSWER|Nobody answered|NodeNotAvailable/)
    })

    await step('a node with a contract is not sent to sleep', async () => {
      const vm = await alice.deploy({ on: 3, name: 'busy', network: '10.20.0.0/16' })
      await eventually('the machine runs', () => vm.isOk())
      await expect(ghent.power(3, 'Down')).rejects.toThrow('NodeHasActiveContracts')
    })

    await step('a neighbour wakes it, and it serves', async () => {
      await ghent.power(2, 'Up')
      await eventually('it is up', () => grid.node(2).isUp)
      await eventually('the chain knows', () => grid.chain.power(2).state.type === 'Up')
      const vm = await alice.deploy({ on: 2, name: 'web', network: '10.21.0.0/16' })
      await eventually('the machine runs', () => vm.isOk())
    })
  },
})
