// A private network is the twin's on a node: other deployments join it, and its name cannot be made twice.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'machines of two deployments share a network, and it outlives neither its maker nor its name',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, step, eventually, expect }) {
    const front = await step('alice makes a network with a machine', async () => {
      const web = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
      await eventually('every workload is ok', () => web.isOk())
      return web
    })

    const back = await step('another deployment joins it', async () => {
      const joins = { network: 'webnet', ip: '10.20.2.7' }
      const db = await alice.deploy({ on: 1, name: 'db', joins })
      await eventually('the second machine runs', () => db.isOk())
      const ips = await alice.ask(1, 'zos.network.list_private_ips', { network_name: 'webnet' })
      expect(ips).toEqual(expect.arrayContaining(['10.20.2.2', '10.20.2.7']))
      return db
    })

    await step('bob cannot join it: to him it does not exist', async () => {
      const joins = { network: 'webnet', ip: '10.20.2.9' }
      const spy = await bob.deploy({ on: 1, name: 'spy', joins })
      await eventually('the node has decided', () => spy.isSettled())
      expect(spy.errors().spy).toContain("couldn't load network")
      await spy.cancel()
    })

    await step('the name cannot be made twice', async () => {
      const again = alice.deploy({ on: 1, name: 'web', network: '10.21.0.0/16' })
      await expect(again).rejects.toThrow('conflict')
    })

    await step('its maker leaves, and the network with it', async () => {
      await front.cancel()
      await eventually('it is gone', () => front.isGone())
      expect(back.state('machine')).toBe('ok')
      const late = await alice.deploy({
        on: 1,
        name: 'late',
        joins: { network: 'webnet', ip: '10.20.2.8' },
      })
      await eventually('the node has decided', () => late.isSettled())
      expect(late.hasFailed()).toBe(true)
      expect(grid.node(1).isUp).toBe(true)
    })
  },
})
