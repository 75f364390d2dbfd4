// The dev network is wiped: another genesis, nodes register anew, deployments are gone, and everybody begins again.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the network is reset, and alice deploys again',
  grid: {
    farms: [
      { name: 'ghent', nodes: 3, gateways: 1 },
      { name: 'attic', nodes: 1, dedicated: true },
    ],
    users: ['alice'],
  },

  async run({ grid, users: { alice }, operator, step, eventually, expect }) {
    const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16', publicIp: 'v4' })
    await eventually('the machine runs', () => vm.isOk())
    const before = {
      genesis: grid.chain.genesisHash,
      twin: alice.twinId,
      used: grid.node(1).used(),
    }

    await step('the chain is wiped', async () => {
      await operator.reset()
      expect(grid.chain.genesisHash).not.toBe(before.genesis)
      expect(grid.chain.nodeCount).toBe(4)
      expect(alice.contracts()).toEqual([])
    })

    await step('users have their twins again, farmers their gateways', async () => {
      expect(alice.twinId).toBe(before.twin)
      await eventually(
        'the gateway has its domain',
        () => !!grid.chain.node(1)?.public_config?.domain,
      )
      await expect(alice.deploy({ on: 4, name: 'no', network: '10.22.0.0/16' })).rejects.toThrow(
        'NodeNotAvailableToDeploy',
      )
    })

    await step('the nodes drop what has no contract any more', async () => {
      await eventually(
        'nothing is deployed',
        () => grid.nodes().every(one => one.deployments().length === 0),
        {
          within: '2h',
        },
      )
      expect(grid.chain.freeIps(1)).toBe(5)
    })

    await step('alice deploys again', async () => {
      const again = await alice.deploy({
        on: 1,
        name: 'web',
        network: '10.20.0.0/16',
        publicIp: 'v4',
      })
      await eventually('the machine runs', () => again.isOk())
      expect(again.contractId).toBe(1n)
      expect(grid.node(1).used()).toEqual(before.used)
    })
  },
})
