// A month in the life of a farm: machines come and go, a node sleeps, one dies, and the farmer earns.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a farm lives for a month, and its farmer earns',
  grid: {
    network: 'main',
    farms: [{ name: 'ghent', nodes: 4, publicIps: 4 }],
    users: ['alice', 'bob'],
  },

  async run({ grid, users: { alice, bob }, farmers: { ghent }, step, eventually, always, expect }) {
    const earned = { before: ghent.balance() }
    const wish = (on: number, name: string) => ({
      on,
      name,
      network: '10.20.0.0/16',
      disk: '50 GB',
    })

    const web = await step('the first week: alice comes to stay', async () => {
      const vm = await alice.deploy({ ...wish(1, 'web'), publicIp: 'v4' })
      await eventually('her machine runs', () => vm.isOk())
      always('her contract lives', () => vm.contract()?.state.type === 'Created')
      await grid.advance('7d')
      return vm
    })

    await step('the second week: an idle node sleeps at night', async () => {
      for (let night = 0; night < 3; night += 1) {
        await ghent.power(4, 'Down')
        await eventually('it sleeps', () => grid.node(4).phase === 'asleep')
        await grid.advance('8h')
        await ghent.power(4, 'Up')
        await eventually('it is up', () => grid.node(4).isUp)
        await grid.advance('16h')
      }
      await grid.advance('4d')
    })

    await step('the third week: bob tries things, and a node loses power', async () => {
      const batch = await bob.deploy(wish(2, 'batch'))
      await eventually('his machine runs', () => batch.isOk())
      grid.node(2).crash({ for: '3h' })
      await grid.advance('4h')
      expect(batch.isOk()).toBe(true)
      await grid.advance('6d')
      await batch.cancel()
      await eventually('it is gone', () => batch.isGone())
    })

    await step('the month ends', async () => {
      await grid.advanceTo('2026-01-31T00:00:00Z')
      expect(web.isOk()).toBe(true)
      expect(ghent.balance() - earned.before).toBeGreaterThan(0n)
      expect(grid.chain.best).toBeGreaterThan(400_000)
    })
  },
})
