// A thousand users come at once: the chain takes them block by block, the nodes one job after the other, nobody is forgotten.
import { defineScenario, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a thousand users deploy at the same moment',
  grid: { farms: [{ name: 'ghent', nodes: 50 }], users: ['alice'] },

  async run({ grid, users, step, eventually, expect }) {
    const crowd = await step('they arrive', () => users.many(1000, { tft: 100 }))

    const all = await step('they deploy', () =>
      Promise.all(
        crowd.map((user, i) =>
          user.deploy({ on: (i % 50) + 1, name: `v${i}`, with: [parts.disk('data', '1 GB')] }),
        ),
      ),
    )

    await step('each has what it asked for', async () => {
      await eventually('every disk is there', () => grid.nodes().every(node => node.isIdle), {
        within: '1h',
      })
      expect(all.filter(each => !each.isOk())).toEqual([])
      expect(new Set(all.map(({ contractId }) => contractId)).size).toBe(1000)
      for (const node of grid.nodes()) expect(node.deployments()).toHaveLength(20)
    })
  },
})
