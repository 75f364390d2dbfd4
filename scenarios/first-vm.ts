// A first machine: deployed, read, grown, taken away, with an eye on chain, node and capacity.
import { defineScenario, GB } from 'pocketgrid'

export default defineScenario({
  name: 'alice deploys her first machine, gives it more disk, and leaves',
  grid: { farms: [{ name: 'ghent', nodes: 2, hardware: 'server' }], users: ['alice', 'bob'] },

  async run({ grid, users, step, eventually, expect }) {
    const { alice } = users
    const node = grid.node(1)
    const idle = node.used()

    const vm = await step('alice deploys a machine with a network and a disk', () =>
      alice.deploy({
        on: node.id,
        name: 'web',
        network: '10.20.0.0/16',
        disk: '10 GB',
        machine: { cpu: 2, memory: '4 GB' },
      }),
    )

    await step('the node installs it', async () => {
      expect(vm.state('machine')).toBe('init')
      await eventually('every workload is ok', () => vm.isOk(), { within: '5m' })
    })

    await step('the chain knows its contract, the node its size', () => {
      expect(grid.chain.contract(vm.contractId)?.state).toEqual({ type: 'Created' })
      expect(grid.chain.activeContracts(node.id)).toContain(vm.contractId)
      expect(node.used().cru - idle.cru).toBe(2n)
      expect(node.used().mru - idle.mru).toBe(GB(4))
      expect(node.used().sru - idle.sru).toBe(GB(10 + 2)) // the disk, and the machine's root
    })

    await step('she reads it back', async () => {
      const { workloads, version } = await vm.get()
      expect(version).toBe(0)
      const machine = workloads.find(({ type }) => type === 'zmachine')
      expect(machine?.result.state).toBe('ok')
      expect(machine?.result.data).toMatchObject({ ip: '10.20.2.2' })
    })

    await step('she adds a second disk', async () => {
      await vm.update(plan => {
        plan.workloads.push({
          version: plan.version,
          name: 'more',
          type: 'zmount',
          data: { size: Number(GB(5)) },
          metadata: '',
          description: '',
        })
      })
      await eventually('the second disk is there', () => vm.state('more') === 'ok')
      expect(node.used().sru - idle.sru).toBe(GB(10 + 2 + 5))
    })

    await step('she cancels the contract, and the node forgets the machine', async () => {
      await vm.cancel()
      await eventually('the node has dropped it', () => vm.isGone())
      expect(grid.chain.contract(vm.contractId)).toBeNull()
      expect(node.used()).toEqual(idle)
      await expect(vm.get()).rejects.toThrow('deployment not found')
    })
  },
})
