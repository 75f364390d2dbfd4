// A name on a gateway: reserved on the chain, served by the node, refused to the next one, free again afterwards.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'two users want the same name, and the first one has it',
  grid: { farms: [{ name: 'ghent', nodes: 2, gateways: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, step, eventually, expect }) {
    const shop = (on: number) => ({
      on,
      name: 'shop',
      with: [parts.gatewayName('shop', ['http://185.206.122.1:80'])],
    })

    const name = await step('alice reserves the name and serves it', async () => {
      const contract = await alice.reserveName('shop')
      const gateway = await alice.deploy(shop(1))
      await eventually('it is served', () => gateway.isOk())
      expect(gateway.result('shop')).toEqual({ fqdn: 'shop.gw1.ghent.dev.grid.tf' })
      return { contract, gateway }
    })

    await step('bob cannot have it, neither on the chain nor on the node', async () => {
      await expect(bob.reserveName('shop')).rejects.toThrow('NameExists')
      const stolen = await bob.deploy(shop(1))
      await eventually('the node has decided', () => stolen.isSettled())
      expect(stolen.errors().shop).toContain('twin id mismatch')
      await stolen.cancel()
    })

    await step('a node without a domain serves no names', async () => {
      const nowhere = await alice.deploy(shop(2))
      await eventually('the node has decided', () => nowhere.isSettled())
      expect(nowhere.hasFailed()).toBe(true)
    })

    await step('alice lets it go; the gateway drops it within the hour', async () => {
      await alice.cancel(name.contract)
      expect(grid.chain.nameContract('shop')).toBeNull()
      await eventually('it is not served any more', () => name.gateway.state('shop') === 'absent', {
        within: '2h',
      })
    })

    await step('now bob has it', async () => {
      await bob.reserveName('shop')
      const gateway = await bob.deploy(shop(1))
      await eventually('it is served', () => gateway.isOk())
    })
  },
})
