// Who cannot pay is given time: machines are paused, not lost, and go on when the money is there.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'alice runs out of funds, is paused, pays, and goes on',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, operator, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', disk: '100 GB' })
    await eventually('every workload is ok', () => vm.isOk())

    await step('her money is gone, and her contract goes into grace', async () => {
      operator.setBalance(alice, 0.001)
      await eventually('grace begins', () => vm.contract()?.state.type === 'GracePeriod', {
        within: '1h',
      })
      await eventually('the machine is paused', () => vm.state('machine') === 'paused')
      expect(grid.chain.eventsNamed('ContractGracePeriodStarted')).toHaveLength(1)
    })

    await step('a contract in grace cannot be changed', async () => {
      operator.setBalance(alice, 0.1)
      await expect(vm.remove('webdisk')).rejects.toThrow('CannotUpdateContractInGraceState')
    })

    await step('bob helps out, and all goes on', async () => {
      const before = bob.balance()
      await bob.transfer(alice, 1000)
      expect(before - bob.balance()).toBeGreaterThan(1000n * 10_000_000n)
      await eventually('grace ends', () => vm.contract()?.state.type === 'Created', {
        within: '1h',
      })
      await eventually('the machine runs', () => vm.isOk())
      expect(alice.reserved()).toBeGreaterThan(0n)
    })
  },
})
