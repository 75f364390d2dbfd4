// A whole node for one user: only who rents it deploys there, with its graphics card; then it is free for others.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'alice rents a dedicated node with a graphics card, and gives it back',
  grid: {
    farms: [{ name: 'ghent', nodes: 1, hardware: 'gpu', dedicated: true }],
    users: ['alice', 'bob'],
  },

  async run({ grid, users: { alice, bob }, farmers: { ghent }, step, eventually, expect }) {
    const wish = { on: 1, name: 'ai', network: '10.20.0.0/16' }

    await step('nobody deploys on a dedicated node without renting it', async () => {
      await expect(bob.deploy(wish)).rejects.toThrow('NodeNotAvailableToDeploy')
    })

    const rent = await step('alice rents it; bob can neither rent nor deploy', async () => {
      await ghent.extraFee(1, 5_000)
      const contract = await alice.rent(1)
      await expect(bob.rent(1)).rejects.toThrow('NodeHasRentContract')
      await expect(bob.deploy(wish)).rejects.toThrow('NodeNotAvailableToDeploy')
      return contract
    })

    const vm = await step('she runs a machine with the card', async () => {
      const cards = (await alice.ask(1, 'zos.gpu.list')) as { id: string }[]
      const ai = await alice.deploy({ ...wish, gpu: [cards[0]!.id] })
      await eventually('the machine runs', () => ai.isOk())
      const [card] = (await alice.ask(1, 'zos.gpu.list')) as { id: string; contract: number }[]
      expect(card?.contract).toBe(Number(ai.contractId))
      return ai
    })

    await step('a rented node with a machine on it cannot be given back', async () => {
      await expect(alice.cancel(rent)).rejects.toThrow('NodeHasActiveContracts')
      await vm.cancel()
      await eventually('the machine is gone', () => vm.isGone())
      await alice.cancel(rent)
      expect(grid.chain.rentContract(1)).toBeNull()
    })

    await step('now bob can rent it', async () => {
      await bob.rent(1)
      const his = await bob.deploy(wish)
      await eventually('his machine runs', () => his.isOk())
    })
  },
})
