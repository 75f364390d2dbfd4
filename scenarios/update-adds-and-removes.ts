// One update adds, changes and removes workloads at once; what it does not touch stays as it is.
import { defineScenario, GB, parts } from 'pocketgrid'

export default defineScenario({
  name: 'an update adds a disk, grows one and removes one, and leaves the machine alone',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const vm = await step('alice deploys a machine and two spare disks', async () => {
      const spares = [parts.disk('old', '1 GB'), parts.disk('small', '1 GB')]
      const web = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', with: spares })
      await eventually('every workload is ok', () => web.isOk())
      return web
    })
    const used = grid.node(1).used()

    await step('she changes three disks in one update', async () => {
      await vm.update(plan => {
        plan.workloads = plan.workloads.filter(({ name }) => name !== 'old')
        const small = plan.workloads.find(({ name }) => name === 'small')!
        small.version = plan.version
        small.data = { size: Number(GB(4)) }
        plan.workloads.push({ ...parts.disk('new', '2 GB'), version: plan.version })
      })
      await eventually('the node has done it', () => vm.isOk() && vm.state('new') === 'ok')
      expect(Object.keys(vm.states()).sort()).toEqual(['new', 'small', 'web', 'webnet'])
      expect(grid.node(1).used().sru - used.sru).toBe(GB(-1 + 3 + 2))
    })

    await step('the machine was not touched', async () => {
      const machine = (await vm.changes()).filter(({ name }) => name === 'web')
      expect(machine.map(({ result }) => result.state)).toEqual(['init', 'ok'])
      const old = (await vm.changes()).filter(({ name }) => name === 'old')
      expect(old.at(-1)?.result.state).toBe('deleted')
    })

    await step('an update that skips a version is refused', async () => {
      const plan = { ...vm.plan, version: vm.plan.version + 2 }
      await expect(vm.send('zos.deployment.update', plan)).rejects.toThrow(
        'expecting deployment version 2',
      )
    })
  },
})
