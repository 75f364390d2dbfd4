// The relay goes down while many users deploy: nobody is told a lie, nothing is installed twice, all get what they wanted.
import { defineScenario } from 'pocketgrid'

export default defineScenario({
  name: 'the relay restarts while thirty users deploy',
  grid: { farms: [{ name: 'ghent', nodes: 3 }], users: ['alice'] },

  async run({ grid, users, faults, step, eventually, sometimes, expect }) {
    const crowd = await users.many(30)

    const all = await step(
      'everybody deploys, and the relay goes down for a minute, twice',
      async () => {
        sometimes('messages wait for the relay', () => faults.faults.keptMessages > 0)
        faults.relayDown({ after: '3s', for: '1m' })
        faults.relayDown({ after: '90s', for: '1m' })
        return Promise.all(
          crowd.map((user, i) =>
            user.deploy({ on: (i % 3) + 1, name: `vm${i}`, network: '10.20.0.0/16' }),
          ),
        )
      },
    )

    await step('every deployment comes up, once', async () => {
      await eventually('every workload is ok', () => all.every(each => each.isOk()), {
        within: '30m',
      })
      const kept = grid.nodes().flatMap(node => node.deployments())
      expect(kept).toHaveLength(30)
    })

    await step('no message got lost', () => {
      const { sent, delivered, expired, dropped } = grid.messages()
      expect({ expired, dropped }).toEqual({ expired: 0, dropped: 0 })
      expect(delivered).toBe(sent)
    })
  },
})
