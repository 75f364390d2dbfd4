// Nodes with behaviours of one's own: a command that upstream does not have, one that answers differently, and a failure.

import { answered, command, defineScenario, failure, refused } from 'pocketgrid'

/** How long each node takes to download an image: what a future release of the system may tell. */
const cacheReport = command('zos.vendor.cache', ({ node, twinId }) => {
  if (twinId === node.twinId) return refused('a node does not ask itself')
  const free = node.total.sru - node.used.sru
  return answered({ node: node.id, cacheable: free / 2n })
})

/** The graphics driver of node 2 is broken; the other nodes answer as always. */
const brokenDriver = command('zos.gpu.list', ({ node }, original) =>
  node.id === 2 ? refused('failed to list gpus: nvidia-smi: exit status 9') : original(),
)

/** The hub cannot be reached for the first ten minutes of the story. */
const hubIsDown = failure('hub is down', {
  types: ['zmachine'],
  message: 'failed to mount flist: Get "https://hub.grid.tf": connection refused',
  when: ({ now }) => now < Date.UTC(2026, 0, 1, 0, 10),
})

export default defineScenario({
  name: 'nodes with behaviours of one’s own',
  grid: { farms: [{ name: 'ghent', nodes: 2, hardware: ['server', 'gpu'] }], users: ['alice'] },
  commands: [cacheReport, brokenDriver],
  failures: [hubIsDown],

  async run({ grid, users: { alice }, step, eventually, expect }) {
    await step('a node answers a command that upstream does not have', async () => {
      const report = await alice.ask(1, 'zos.vendor.cache')
      expect(report).toMatchObject({ node: 1, cacheable: expect.any(Number) })
    })

    await step('one node fails to list its cards, the other does not', async () => {
      await expect(alice.ask(2, 'zos.gpu.list')).rejects.toThrow('exit status 9')
      expect(await alice.ask(1, 'zos.gpu.list')).toBeNull()
    })

    await step('no machine starts while the hub is down', async () => {
      const early = await alice.deploy({ on: 1, name: 'early', network: '10.20.0.0/16' })
      await eventually('the machine has failed', () => early.state('machine') === 'error')
      expect(early.state('network')).toBe('ok')
    })

    await step('and the next one does', async () => {
      await grid.advance('10m')
      const late = await alice.deploy({ on: 1, name: 'late', network: '10.30.0.0/16' })
      await eventually('every workload is ok', () => late.isOk())
    })
  },
})
