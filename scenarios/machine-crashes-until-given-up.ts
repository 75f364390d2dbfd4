// A machine that keeps crashing: the node starts it again, counts, and gives up at the fourth time in two minutes.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a machine crashes again and again, until its node gives it up',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', disk: '1 GB' })
    await eventually('every workload is ok', () => vm.isOk())
    const { nodes } = grid.world
    const machine = { twinId: alice.twinId, contractId: vm.contractId, name: 'web' }
    const isRunning = () => nodes.resourcesOf(1).machines.length === 1

    await step('once is nothing: the node starts it again', async () => {
      expect(nodes.crashMachine(1, machine)).toBe(true)
      expect(isRunning()).toBe(false)
      await eventually('it runs again', isRunning, { within: '30s' })
      await grid.advance('10m')
      expect(vm.isOk()).toBe(true)
    })

    await step('four times in a row is enough', async () => {
      for (let crash = 1; crash < 4; crash += 1) {
        nodes.crashMachine(1, machine)
        await eventually('it runs again', isRunning, { within: '30s' })
      }
      nodes.crashMachine(1, machine)
      await eventually('the machine is gone', () => vm.state('web') === 'absent', { within: '1m' })
    })

    await step('the rest of the deployment stays, and the reason is in its history', async () => {
      expect(vm.states()).toEqual({ webnet: 'ok', webdisk: 'ok' })
      const last = (await vm.changes()).at(-1)
      expect(last?.result).toMatchObject({
        state: 'deleted',
        message: expect.stringContaining('so many crashes'),
      })
      expect(vm.contract()?.state.type).toBe('Created')
    })
  },
})
