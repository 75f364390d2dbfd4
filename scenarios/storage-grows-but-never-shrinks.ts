// The storage family: a disk and a volume are made, mounted, grown and given back; shrinking is refused.
import { defineScenario, GB, parts } from 'pocketgrid'

/** What a machine takes for its root when it asks for nothing. */
const rootDisk = 500n * 1024n * 1024n

export default defineScenario({
  name: 'disks and volumes grow, but never shrink',
  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const node = grid.node(1)
    const idle = node.used()

    const store = await step('alice deploys a machine with a disk and a volume', async () => {
      const wish = { on: 1, name: 'box', network: '10.20.0.0/16', disk: '20 GB', volume: '5 GB' }
      const box = await alice.deploy({ ...wish, with: [parts.disk('spare', '1 GB')] })
      await eventually('every workload is ok', () => box.isOk())
      expect(node.used().sru - idle.sru).toBe(GB(20 + 5 + 1) + rootDisk)
      return box
    })

    await step('the spare disk grows', async () => {
      await store.change('spare', { size: Number(GB(10)) })
      await eventually('it has grown', () => node.used().sru - idle.sru === GB(35) + rootDisk)
      expect(store.state('spare')).toBe('ok')
    })

    await step('the node does not let it shrink', async () => {
      await store.change('spare', { size: Number(GB(2)) })
      await eventually('the job is done', () => node.isIdle)
      const entries = (await store.changes()).filter(({ name }) => name === 'spare')
      expect(entries.at(-1)?.result.message).toContain('shrink')
    })

    await step('she gives all of it back', async () => {
      await store.cancel()
      await eventually('the node has dropped it', () => store.isGone())
      expect(node.used()).toEqual(idle)
    })
  },
})
