// A block is taken back after its contract was used: the contract comes again, or the deployment finds that it is gone.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a retracted block takes a contract back, and another one brings it again',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, faults, step, eventually, expect }) {
    const vm = await step('alice deploys, and two blocks are taken back', async () => {
      const web = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
      const best = grid.chain.best
      faults.retractBlocks(2)
      expect(grid.chain.best).toBe(best - 2)
      expect(web.contract()).toBeNull()
      return web
    })

    await step('her contract is in the next block again, under the same number', async () => {
      await eventually('the contract is there', () => vm.contract() !== null)
      await eventually('every workload has come to an end', () => vm.isSettled())
      expect(vm.contract()?.twin_id).toBe(alice.twinId)
    })

    const lost = await step('bob has worse luck: his contract is lost for good', async () => {
      const api = await bob.deploy({ on: 1, name: 'api', network: '10.21.0.0/16' })
      await eventually('his machine runs', () => api.isOk())
      const blocks = grid.chain.best - 1
      faults.retractBlocks(Math.min(blocks, 30), { isLost: true })
      expect(api.contract()).toBeNull()
      return api
    })

    await step('the node finds out within the hour', async () => {
      expect(lost.isOk()).toBe(true)
      await eventually('the node has dropped it', () => lost.isGone(), { within: '70m' })
    })
  },
})
