// What would a month cost at another price? Two branches are played from one moment, compared, and left behind.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'alice compares two futures before she decides',
  grid: { network: 'main', farms: [{ name: 'ghent', nodes: 2 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, operator, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', disk: '100 GB' })
    await eventually('every workload is ok', () => vm.isOk())
    const now = { at: grid.now, digest: grid.digest(), funds: alice.balance() }

    const cost = async (price: number): Promise<bigint> => {
      operator.price(price)
      const before = alice.balance()
      await grid.advance('7d')
      return before - alice.balance()
    }

    const [cheap, dear] = await step('a week at two prices', async () => {
      const first = await grid.branch('the token rises', () => cost(grid.chain.price * 2))
      expect(grid.digest()).toBe(now.digest)
      const second = await grid.branch('the token falls', () => cost(grid.chain.price / 2))
      return [first, second] as const
    })

    await step('they differ in what she paid, and not in what runs', () => {
      expect(Number(dear.value) / Number(cheap.value)).toBeCloseTo(4, 0)
      const names = grid.differences(cheap, dear).map(({ name }) => name)
      expect(names).toContain(`System.Account[${alice.account}]`)
      expect(names).not.toContain(`System.Account[${bob.account}]`)
      expect(names.filter(name => name.startsWith('zos.deployments'))).toEqual([])
    })

    await step('nothing of it has happened', async () => {
      expect({ at: grid.now, digest: grid.digest(), funds: alice.balance() }).toEqual(now)
      await vm.cancel()
      await eventually('she has left', () => vm.isGone())
    })
  },
})
