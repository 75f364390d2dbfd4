// The chain stops making blocks: who waits for a contract waits, machines run on, and reports come when blocks do.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the chain halts while alice deploys, and goes on',
  grid: { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, faults, step, eventually, expect }) {
    const old = await alice.deploy({ on: 1, name: 'old', network: '10.19.0.0/16' })
    await eventually('the first machine runs', () => old.isOk())
    const best = grid.chain.best

    const waiting = await step('no blocks for half an hour', async () => {
      faults.haltChain({ for: '30m' })
      const deploying = bob.deploy({ on: 2, name: 'web', network: '10.20.0.0/16' })
      await grid.advance('20m')
      expect(grid.chain.best - best).toBeLessThanOrEqual(1)
      expect(bob.contracts()).toEqual([])
      expect(old.isOk()).toBe(true)
      return deploying.then(vm => ({ vm }))
    })

    await step('when blocks come again, so does his contract', async () => {
      const { vm } = waiting
      await eventually('every workload is ok', () => vm.isOk())
      expect(vm.contract()?.state.type).toBe('Created')
      expect(grid.chain.best).toBeGreaterThan(best)
    })

    await step('slow blocks are blocks: she can still leave', async () => {
      faults.slowChain({ every: '1m', for: '30m' })
      const start = grid.now
      await old.cancel()
      expect(grid.now - start).toBeGreaterThan(6_000)
      await eventually('the node has dropped it', () => old.isGone())
    })
  },
})
