// A bad link: messages come twice, late and in the wrong order. What is sent twice is installed once.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'messages come twice, late and out of order, and everything is there once',
  grid: { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice', 'bob'] },

  async run({ grid, users: { alice, bob }, faults, step, eventually, expect }) {
    await step('the link is bad in three ways', () => {
      faults.doubleMessages({ chance: 0.5 })
      faults.delayMessages({ by: '200ms', jitter: '2s' })
      faults.shuffleMessages({ within: '3s' })
      expect(faults.list()).toHaveLength(3)
    })

    const all = await step('alice and bob deploy, again and again', () =>
      Promise.all(
        Array.from({ length: 10 }, async (_, i) => {
          const [user, on] = i % 2 ? [alice, 2] : [bob, 1]
          const plan = await user.plan({ on, name: `vm${i}`, network: `10.${20 + i}.0.0/16` })
          const vm = await user.reserve(on, plan)
          // The answer to the second copy may come before that to the first.
          await vm
            .send('zos.deployment.deploy')
            .catch(error => expect(error.message).toContain('exists'))
          return vm
        }),
      ),
    )

    await step('each deployment is there once', async () => {
      await eventually('every workload is ok', () => all.every(each => each.isOk()))
      expect(grid.nodes().map(node => node.deployments().length)).toEqual([5, 5])
      const { sent, delivered, dropped } = grid.messages()
      expect(delivered + dropped).toBeGreaterThan(sent)
    })

    await step('a second copy of a deployment was refused by its node', () => {
      const refusals = grid.trace('zos.deployment').map(({ fields }) => fields.refusal)
      const refused = refusals.filter(text => text !== '')
      expect(refusals.length - refused.length).toBe(10)
      for (const text of refused) expect(text).toContain('exists')
    })

    await step('the link is mended', async () => {
      faults.heal()
      const before = grid.now
      await alice.ask(1, 'zos.system.version')
      expect(grid.now - before).toBeLessThan(100)
    })
  },
})
