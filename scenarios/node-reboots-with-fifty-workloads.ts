// A full node restarts: fifty workloads of ten deployments come back as they were, with the same addresses.
import { type Deployment, defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a node with fifty workloads reboots, and nothing has changed',
  grid: { farms: [{ name: 'ghent', nodes: 1, hardware: 'titan' }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const node = grid.node(1)
    const all = await step('alice deploys ten machines with three disks each', async () => {
      const deployed: Deployment[] = []
      for (let i = 0; i < 10; i += 1) {
        const disks = ['a', 'b', 'c'].map(name => parts.disk(`${name}${i}`, '1 GB'))
        const wish = { on: 1, name: `vm${i}`, network: `10.${20 + i}.0.0/16`, with: disks }
        deployed.push(await alice.deploy({ ...wish, machine: { memory: '512 MB' } }))
      }
      await eventually('every workload is ok', () => deployed.every(each => each.isOk()))
      return deployed
    })
    const used = node.used()
    const results = all.map((each, i) => each.result(`vm${i}`))

    await step('the node reboots', async () => {
      node.reboot()
      await eventually('it is up', () => node.isUp)
      await eventually('it has done all its jobs', () => node.isIdle, { within: '30m' })
    })

    await step('everything is as before', () => {
      expect(all.every(each => each.isOk())).toBe(true)
      expect(node.used()).toEqual(used)
      expect(all.map((each, i) => each.result(`vm${i}`))).toEqual(results)
      expect(grid.counts()['zos.workload']).toBe(150) // each was stored, came up, and came up again
    })
  },
})
