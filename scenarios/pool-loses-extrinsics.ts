// The pool of the chain refuses or loses extrinsics: who waits is told, and trying again is enough.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the pool loses every second contract, and alice tries until she has one',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, faults, step, eventually, sometimes, expect }) {
    const wish = (name: string) => ({ on: 1, name, network: '10.20.0.0/16' })

    await step('no contracts at all', async () => {
      const fault = faults.rejectCalls({ calls: ['SmartContractModule.create_node_contract'] })
      await expect(alice.deploy(wish('web'))).rejects.toThrow('Dropped')
      await bob.transfer(alice, 1) // other calls pass
      fault.end()
    })

    const vm = await step('one in two', async () => {
      faults.start({
        kind: 'chain.drop',
        calls: ['SmartContractModule'],
        chance: 0.5,
        forMs: 3_600_000,
      })
      for (let tries = 1; ; tries += 1) {
        const found = await alice.deploy(wish(`web${tries}`)).catch(() => null)
        sometimes('she has to try again', () => tries > 1)
        if (found) return found
        expect(tries).toBeLessThan(50)
      }
    })

    await step('what got through is whole', async () => {
      await eventually('every workload is ok', () => vm.isOk())
      expect(alice.contracts()).toEqual([vm.contractId])
      faults.heal()
      await vm.cancel()
      await eventually('it is gone', () => vm.isGone())
    })

    await step('cut off from the chain she can still talk to the node', async () => {
      faults.cutOffFromChain({ who: alice, for: '10m' })
      await expect(alice.transfer(bob, 1)).rejects.toThrow('cannot be reached')
      expect(await alice.ask(1, 'zos.statistics.get')).toBeTruthy()
      await grid.advance('11m')
      await alice.transfer(bob, 1)
    })
  },
})
