// The test network keeps its chain, but some nodes lose what they stored: contracts without workloads, to be deployed again.
import { type Deployment, defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the test network loses part of its data, and users recover',
  grid: { network: 'test', farms: [{ name: 'ghent', nodes: 4 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, step, eventually, expect }) {
    const wish = (on: number) => ({ on, name: `vm${on}`, network: '10.20.0.0/16', disk: '5 GB' })
    const all = await step('machines on four nodes', async () => {
      const deployed: Deployment[] = []
      for (const on of [1, 2]) deployed.push(await alice.deploy(wish(on)))
      for (const on of [3, 4]) deployed.push(await bob.deploy(wish(on)))
      await eventually('all run', () => deployed.every(each => each.isOk()))
      return deployed
    })
    const [kept, lost, keptToo, lostToo] = all as [Deployment, Deployment, Deployment, Deployment]

    await step('two nodes lose their stores', () => {
      grid.node(2).loseStore()
      grid.node(4).loseStore()
      expect([kept.isOk(), keptToo.isOk()]).toEqual([true, true])
      expect([lost.isGone(), lostToo.isGone()]).toEqual([true, true])
    })

    await step('the chain goes on billing: the contracts live', async () => {
      await grid.advance('3h')
      expect(lost.contract()?.state.type).toBe('Created')
      await expect(lost.get()).rejects.toThrow('deployment not found')
    })

    await step('alice sends hers again, under the same contract', async () => {
      await lost.send('zos.deployment.deploy')
      await eventually('it runs', () => lost.isOk())
    })

    await step('bob gives up, and pays no more', async () => {
      await lostToo.cancel()
      await eventually('the contract is gone', () => lostToo.contract() === null, { within: '2h' })
      expect(grid.chain.activeContracts(4)).toEqual([])
    })
  },
})
