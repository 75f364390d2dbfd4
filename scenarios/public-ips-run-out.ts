// Public IPv4 addresses are few: the last one is given away, the next user is refused, and what is returned is given again.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a farm runs out of public addresses, and its farmer brings more',
  grid: { farms: [{ name: 'ghent', nodes: 2, publicIps: 2 }], users: ['alice', 'bob', 'charlie'] },

  async run({
    grid,
    users: { alice, bob, charlie },
    farmers: { ghent },
    step,
    eventually,
    expect,
  }) {
    const wish = (name: string, on: number) => ({
      on,
      name,
      network: '10.20.0.0/16',
      publicIp: 'v4' as const,
    })

    const first = await step('two users take the two addresses', async () => {
      const web = await alice.deploy(wish('web', 1))
      const mail = await bob.deploy(wish('mail', 2))
      await eventually('both machines run', () => web.isOk() && mail.isOk())
      expect(grid.chain.freeIps(ghent.farmId)).toBe(0)
      expect(web.result('webip')).not.toEqual(mail.result('mailip'))
      return web
    })

    await step('there is none for the third', async () => {
      const late = charlie.deploy(wish('late', 1))
      await expect(late).rejects.toThrow('FarmHasNotEnoughPublicIPs')
      expect(charlie.contracts()).toEqual([])
    })

    await step('the farmer brings one, and charlie has it', async () => {
      await ghent.addIp('185.0.0.99/24', '185.0.0.1')
      const late = await charlie.deploy(wish('late', 1))
      await eventually('his machine runs', () => late.isOk())
      expect(late.result('lateip')).toMatchObject({ ip: '185.0.0.99/24' })
    })

    await step('what alice returns is free again', async () => {
      await first.cancel()
      await eventually('her machine is gone', () => first.isGone())
      expect(grid.chain.freeIps(ghent.farmId)).toBe(1)
    })
  },
})
