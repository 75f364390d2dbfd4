// A new version of zos rolls over a farm, node by node: daemons restart, machines run on, one node turns out bad.
import { type Deployment, defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a rolling upgrade of zos restarts daemons and no machine',
  grid: { farms: [{ name: 'ghent', nodes: 5 }], users: ['alice'] },

  async run({ grid, users: { alice }, operator, step, eventually, always, expect }) {
    const all = await step('a machine on every node', async () => {
      const deployed: Deployment[] = []
      for (const { id } of grid.nodes()) {
        deployed.push(await alice.deploy({ on: id, name: `vm${id}`, network: '10.20.0.0/16' }))
      }
      await eventually('all run', () => deployed.every(each => each.isOk()))
      return deployed
    })
    const version = async (id: number) => {
      const answer = (await alice.ask(id, 'zos.system.version')) as { zos: string }
      return answer.zos
    }
    const before = await version(1)

    await step('the new version rolls, node by node', async () => {
      const stop = always('every machine is ok', () => all.every(each => each.isOk()))
      await operator.upgrade('9.1.0', { nodes: [1, 2, 3], every: '10m' })
      stop()
      expect(await version(3)).toContain('9.1.0')
      expect(await version(4)).toBe(before)
    })

    await step('it is bad on node 2: installs fail, and the operator goes back', async () => {
      const bad = grid.node(2).failInstalls({ types: ['zmachine'], error: 'kernel panic' })
      const vm = await alice.deploy({ on: 2, name: 'new', network: '10.30.0.0/16' })
      await eventually('it has failed', () => vm.hasFailed())
      expect(vm.errors().new).toBe('kernel panic')
      await operator.upgrade(before.replace(/^v/, ''), { nodes: [2], every: '1m' })
      bad.end()
      await vm.cancel()
      const again = await alice.deploy({ on: 2, name: 'newer', network: '10.31.0.0/16' })
      await eventually('it runs', () => again.isOk())
    })
  },
})
