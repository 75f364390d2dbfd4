// The database family: namespaces on hard disks, and a quantum-safe file system that is spread over them.
import { type Deployment, defineScenario, GB, parts } from 'pocketgrid'

export default defineScenario({
  name: 'a file system is spread over the namespaces of two nodes',
  grid: { farms: [{ name: 'ghent', nodes: 2, hardware: 'storage-2u' }], users: ['alice'] },

  async run({ grid, users: { alice }, step, eventually, expect }) {
    const names = ['meta', 'first', 'second']
    const databases = await step('alice reserves namespaces on both nodes', async () => {
      const all: Deployment[] = []
      for (const on of [1, 2]) {
        const wish = { on, name: `dbs${on}`, with: names.map(name => parts.zdb(name, '10 GB')) }
        all.push(await alice.deploy(wish))
      }
      await eventually('they are there', () => all.every(each => each.isOk()))
      return all
    })

    const backends = databases.flatMap(each =>
      names.map(name => {
        const { Namespace, IPs, Port } = each.result(name) as {
          Namespace: string
          IPs: string[]
          Port: number
        }
        return { address: `[${IPs[0]}]:${Port}`, namespace: Namespace, password: 'secret' }
      }),
    )

    const files = await step('she mounts a file system over them', async () => {
      expect(new Set(backends.map(({ namespace }) => namespace)).size).toBe(6)
      const mount = await alice.deploy({
        on: 1,
        name: 'files',
        with: [parts.qsfs('files', '5 GB', backends)],
      })
      await eventually('it is mounted', () => mount.isOk())
      expect(mount.result('files')).toMatchObject({ path: expect.stringContaining('/mounts/') })
      return mount
    })

    await step('a namespace grows, and keeps its mode', async () => {
      const [first] = databases
      await first!.change('first', { size: Number(GB(20)) })
      await eventually('it has grown', () => grid.node(1).used().hru === GB(40))
      await first!.change('second', { mode: 'user' })
      await eventually('the node has looked at it', () => grid.node(1).isIdle)
      const last = (await first!.changes()).filter(({ name }) => name === 'second').at(-1)
      expect(last?.result.message).toContain('cannot change namespace mode')
    })

    await step('all of it goes', async () => {
      for (const each of [files, ...databases]) await each.cancel()
      await eventually('nothing is left', () => [files, ...databases].every(one => one.isGone()))
      expect(grid.node(1).used().hru).toBe(0n)
    })
  },
})
