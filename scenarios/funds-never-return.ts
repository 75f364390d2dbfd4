// Grace has an end: after fourteen days without funds a contract is deleted, and its workloads with it.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'alice does not pay for two weeks, and loses her machine',
  grid: { network: 'main', farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, operator, step, eventually, expect }) {
    const idle = grid.node(1).used()
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', publicIp: 'v4' })
    const other = await bob.deploy({ on: 1, name: 'api', network: '10.21.0.0/16' })
    await eventually('both machines run', () => vm.isOk() && other.isOk())
    const bobs = grid.node(1).used().mru

    await step('her money is gone', async () => {
      operator.setBalance(alice, 0.001)
      await eventually('the machine is paused', () => vm.state('machine') === 'paused', {
        within: '3h',
      })
    })

    await step('for two weeks it waits', async () => {
      await grid.advance('13d')
      expect(vm.contract()?.state.type).toBe('GracePeriod')
      expect(vm.state('machine')).toBe('paused')
    })

    await step('then it is deleted, and nothing of it is left', async () => {
      await eventually('the contract is gone', () => vm.contract() === null, { within: '2d' })
      await eventually('the node has dropped it', () => vm.isGone(), { within: '2h' })
      expect(grid.chain.freeIps(1)).toBe(5)
      expect(grid.node(1).used().mru).toBeLessThan(bobs)
      expect(grid.node(1).used().mru).toBeGreaterThan(idle.mru)
    })

    await step('bob, who paid, noticed nothing', () => {
      expect(other.isOk()).toBe(true)
      expect(other.contract()?.state.type).toBe('Created')
    })
  },
})
