// The console of a machine goes to a user's own server: added to a running machine, refused where it makes no sense.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'alice watches the console of her machine',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
    await eventually('the machine runs', () => vm.isOk())
    const streams = () => grid.world.nodes.resourcesOf(1).logStreams

    await step('she adds a stream to the machine that runs', async () => {
      await vm.add(parts.logs('logs', 'web', 'redis://10.20.2.9:6379'))
      await eventually('it streams', () => vm.state('logs') === 'ok')
      expect(streams()).toEqual([`${alice.twinId}-${vm.contractId}-logs`])
    })

    await step('a stream of no machine, or to no server, is refused at once', async () => {
      const plan = vm.plan
      await expect(vm.add(parts.logs('more', 'nobody', 'redis://10.20.2.9'))).rejects.toThrow(
        "no zmachine with name 'nobody' found",
      )
      expect(vm.plan.version).toBe(plan.version + 1) // the contract has the new hash already
    })

    await step('she takes machine and stream away', async () => {
      await vm.cancel()
      await eventually('all is gone', () => vm.isGone())
      expect(streams()).toEqual([])
    })
  },
})
