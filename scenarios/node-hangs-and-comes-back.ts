// A node hangs: it is silent, but nothing it was told is lost. When it comes back it does all that waited for it.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a node hangs for twenty minutes, and catches up',
  grid: { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, step, eventually, expect }) {
    const node = grid.node(1)
    const old = await alice.deploy({ on: 1, name: 'old', network: '10.19.0.0/16' })
    await eventually('the machine runs', () => old.isOk())

    const hang = await step('it says nothing any more', async () => {
      const fault = node.hang()
      const ask = bob.ask(1, 'zos.system.version', undefined, { within: '2m' })
      await expect(ask).rejects.toThrow('Nobody answered')
      expect(await bob.ask(2, 'zos.system.version')).toBeTruthy()
      return fault
    })

    await step('alice cancels meanwhile, and the chain forgets the contract', async () => {
      await old.cancel()
      await grid.advance('15m')
      expect(old.contract()).toBeNull()
      expect(old.isOk()).toBe(true)
    })

    await step('it comes back, and drops what was cancelled', async () => {
      hang.end()
      await eventually('the node has dropped it', () => old.isGone(), { within: '1m' })
      expect(await bob.ask(1, 'zos.system.version')).toBeTruthy()
    })

    await step('it is reported up as ever', async () => {
      const before = grid.counts()['chain.extrinsic']!
      await grid.advance('45m')
      expect(grid.counts()['chain.extrinsic']).toBeGreaterThan(before)
    })
  },
})
