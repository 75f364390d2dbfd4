// A farmer takes the public addresses of a gateway away: names cannot be served there any more, and come back with them.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a gateway loses its public configuration and gets another one',
  grid: { farms: [{ name: 'ghent', nodes: 2, gateways: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, farmers: { ghent }, step, eventually, expect }) {
    const wish = (on: number) => ({
      on,
      name: 'shop',
      with: [parts.gatewayName('shop', ['http://185.206.122.1:80'])],
    })
    await alice.reserveName('shop')

    await step('the farmer takes the addresses away', async () => {
      await ghent.publicConfig(1, null)
      expect(grid.chain.node(1)?.public_config).toBeNull()
      const shop = await alice.deploy(wish(1))
      await eventually('the node has decided', () => shop.isSettled())
      expect(shop.hasFailed()).toBe(true)
      await shop.cancel()
    })

    await step('another node becomes the gateway', async () => {
      const ip4 = { ip: '185.0.0.250/24', gw: '185.0.0.1' }
      await ghent.publicConfig(2, { ip4, domain: 'gw.ghent.example.com' })
      const shop = await alice.deploy(wish(2))
      await eventually('the name is served', () => shop.isOk())
      expect(shop.result('shop')).toEqual({ fqdn: 'shop.gw.ghent.example.com' })
    })
  },
})
