// The light family: a machine on a light node, reached over mycelium; what light nodes do not have is refused.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a light node runs a machine on mycelium, and no public address',
  grid: { farms: [{ name: 'attic', nodes: 1, hardware: 'light' }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const idle = grid.node(1).used()

    const vm = await step('alice deploys a machine', async () => {
      const pi = await alice.deploy({
        on: 1,
        name: 'pi',
        network: '10.30.0.0/16',
        disk: '2 GB',
        isLight: true,
      })
      await eventually('every workload is ok', () => pi.isOk())
      expect(pi.result('pi')).toMatchObject({ mycelium_ip: expect.stringMatching(/^[45]/) })
      return pi
    })

    await step('it has no public addresses to give', async () => {
      const ip = await alice.deploy({
        on: 1,
        name: 'ip',
        with: [parts.publicIp('ip', { v4: false, v6: true })],
      })
      await eventually('the node has decided', () => ip.isSettled())
      expect(ip.errors().ip).toContain('light')
      await ip.cancel()
    })

    await step('the machine survives a reboot with its address', async () => {
      const before = vm.result('pi')
      grid.node(1).reboot()
      await eventually('the node is back', () => grid.node(1).isUp && grid.node(1).isIdle)
      expect(vm.isOk()).toBe(true)
      expect((vm.result('pi') as { mycelium_ip: string }).mycelium_ip).toBe(
        (before as { mycelium_ip: string }).mycelium_ip,
      )
    })

    await step('it goes', async () => {
      await vm.cancel()
      await eventually('nothing is left', () => grid.node(1).deployments().length === 0)
      expect(grid.node(1).used()).toEqual(idle)
    })
  },
})
