// The contract is made, and then user and node cannot talk: the contract is paid for nothing until they can, or it is cancelled.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'a partition opens between the contract and the deployment',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, faults, step, eventually, expect }) {
    const node = grid.node(1)

    const plan = await alice.plan({ on: 1, name: 'web', network: '10.20.0.0/16' })

    const cut = await step('alice and the node are cut off from each other', async () => {
      const partition = faults.partition(alice, node)
      const ask = alice.ask(1, 'zos.system.version', undefined, { within: '1m' })
      await expect(ask).rejects.toThrow('Nobody answered')
      expect(await bob.ask(1, 'zos.system.version')).toBeTruthy()
      return partition
    })

    const vm = await step('she makes the contract all the same, and cannot deploy', async () => {
      const reserved = await alice.reserve(1, plan)
      expect(reserved.contract()?.state.type).toBe('Created')
      await expect(reserved.send('zos.deployment.deploy')).rejects.toThrow('Nobody answered')
      expect(reserved.isGone()).toBe(true)
      return reserved
    })

    await step('the partition heals, and the same contract is good', async () => {
      cut.end()
      await vm.send('zos.deployment.deploy')
      await eventually('every workload is ok', () => vm.isOk())
    })

    await step('a partition does not keep her from leaving: the chain tells the node', async () => {
      faults.partition(alice, node)
      await vm.cancel()
      await eventually('the node has dropped it', () => vm.isGone())
    })
  },
})
