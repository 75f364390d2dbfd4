// A disk dies with all that was on it: machines notice at the next boot, and what fits elsewhere is made anew, empty.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a disk of a node dies, and alice moves away',
  grid: { farms: [{ name: 'ghent', nodes: 2, hardware: ['server', 'server'] }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const { nodes } = grid.world
    const pools = () => nodes.resourcesOf(1).pools
    const vm = await step('alice has a machine with a disk', async () => {
      const box = await alice.deploy({ on: 1, name: 'box', network: '10.20.0.0/16', disk: '10 GB' })
      await eventually('every workload is ok', () => box.isOk())
      return box
    })

    await step('the disk that holds it dies', async () => {
      const count = pools().length
      const at = pools().findIndex(({ volumes }) => volumes.some(({ name }) => name === 'vdisks'))
      grid.node(1).loseDisk(at)
      expect(pools()).toHaveLength(count - 1)
      expect(vm.isOk()).toBe(true) // nothing has looked yet
    })

    await step('the node reboots with what is left', async () => {
      grid.node(1).reboot()
      await eventually('it is back', () => grid.node(1).isUp && grid.node(1).isIdle, {
        within: '1h',
      })
      expect(vm.isSettled()).toBe(true)
      expect(nodes.resourcesOf(1).pools.length).toBeGreaterThan(0)
    })

    await step('alice moves to the other node', async () => {
      await vm.cancel()
      await eventually('the first node has dropped it', () => vm.isGone())
      const wish = { on: 2, name: 'box', network: '10.20.0.0/16', disk: '10 GB' }
      const next = await alice.deploy({ ...wish, with: [parts.disk('copy', '10 GB')] })
      await eventually('every workload is ok', () => next.isOk())
    })
  },
})
