// Power fails in the middle of an install: what was up comes back, what was not never half exists.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a node dies while it installs, and comes back to a clean state',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, sometimes, expect }) {
    const node = grid.node(1)
    const old = await alice.deploy({ on: 1, name: 'old', network: '10.19.0.0/16' })
    await eventually('the first machine runs', () => old.isOk())

    const disks = Array.from({ length: 8 }, (_, i) => parts.disk(`disk${i}`, '1 GB'))
    const vm = await step('power fails while disks are made', async () => {
      const web = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', with: disks })
      await eventually('the third disk is there', () => web.state('disk2') === 'ok')
      sometimes('the machine was up already', () => web.state('machine') === 'ok')
      sometimes('the machine was still to come', () => web.state('machine') === 'init')
      node.crash({ for: '5m' })
      expect(node.isUp).toBe(false)
      return web
    })

    await step('it boots, and finishes what it had begun', async () => {
      await eventually('the node is back', () => node.isUp && node.isIdle, { within: '20m' })
      expect(old.isOk()).toBe(true)
      expect(vm.isOk()).toBe(true)
    })

    await step('the chain knows what it uses, once', async () => {
      await grid.advance('5m')
      expect(grid.chain.activeContracts(1)).toEqual([old.contractId, vm.contractId])
      expect(node.used().sru).toBeGreaterThan(0n)
    })
  },
})
