// The price of the token falls: what costs the same in dollars costs more tokens, and runs dry sooner.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the token loses half of its value, and bills double',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, faults, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', disk: '500 GB' })
    await eventually('every workload is ok', () => vm.isOk())
    await grid.advance('10m')

    const spentIn = async (duration: string): Promise<number> => {
      const owned = () => alice.balance() + alice.reserved()
      const before = alice.balance()
      const total = owned()
      await grid.advance(duration)
      expect(owned()).toBeLessThanOrEqual(total)
      return Number(before - alice.balance())
    }

    const usual = await step('two hours at the usual price', () => spentIn('2h'))

    await step('two hours at half the price of a token', async () => {
      const price = grid.chain.price
      const shock = faults.shockPrice(price / 2, { for: '6h' })
      await grid.advance('10m')
      const dear = await spentIn('2h')
      expect(dear / usual).toBeGreaterThan(1.8)
      expect(dear / usual).toBeLessThan(2.2)
      shock.end()
      expect(grid.chain.price).toBe(price)
    })

    await step('and as before when the shock is over', async () => {
      await grid.advance('10m')
      expect((await spentIn('2h')) / usual).toBeCloseTo(1, 1)
    })
  },
})
