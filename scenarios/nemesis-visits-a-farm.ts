// Everything at random: nodes die, links fail, the relay restarts, the chain stutters. In the end all is as it should be.
import { defineScenario, oneOf, perhaps, repeated, together, within } from 'pocketgrid'

const minute = 60_000

export default defineScenario({
  name: 'a nemesis visits a farm for two hours, and it recovers',
  grid: { farms: [{ name: 'ghent', nodes: 4 }], users: ['alice', 'bob'] },
  options: { within: '3h' },

  async run({ grid, users: { alice, bob }, faults, step, eventually, sometimes, expect }) {
    const wish = (on: number) => ({ on, name: `vm${on}`, network: '10.20.0.0/16', disk: '2 GB' })
    const all = await step('alice and bob have machines on four nodes', async () => {
      const deployed = await Promise.all(
        [1, 2, 3, 4].map(on => (on % 2 ? alice : bob).deploy(wish(on))),
      )
      await eventually('all run', () => deployed.every(each => each.isOk()))
      return deployed
    })

    await step('the nemesis comes', async () => {
      sometimes('a node is down', () => grid.nodes().some(node => !node.isUp))
      sometimes('a message is lost', () => grid.messages().dropped > 0)
      const anyNode = oneOf(
        ...[1, 2, 3, 4].map(nodes => ({ kind: 'node.crash' as const, nodes, forMs: 5 * minute })),
        { kind: 'node.hang', nodes: 2, forMs: 3 * minute },
        { kind: 'node.slow', factor: 20, forMs: 10 * minute },
      )
      const anyLink = oneOf(
        { kind: 'rmb.loss', chance: 0.3, forMs: 10 * minute },
        { kind: 'rmb.partition', from: { twins: [alice.twinId] }, forMs: 5 * minute },
        { kind: 'relay.down', forMs: minute },
      )
      const chain = oneOf(
        { kind: 'chain.halt', forMs: 5 * minute },
        { kind: 'chain.slow', everyMs: 30_000, forMs: 10 * minute },
        { kind: 'chain.retract', blocks: 3 },
      )
      const storm = together(
        within(10 * minute, anyNode),
        within(10 * minute, anyLink),
        perhaps(0.5, chain),
      )
      faults.unleash(repeated(storm, { times: 8, everyMs: 15 * minute }))
      for (let i = 0; i < 12; i += 1) {
        await alice.ask(1, 'zos.system.version', undefined, { within: '5m' }).catch(() => null)
        await grid.advance('10m')
      }
    })

    await step('it leaves, and all is well', async () => {
      await eventually('no fault is left', () => faults.list().length === 0)
      await eventually('all nodes are up and idle', () =>
        grid.nodes().every(node => node.isUp && node.isIdle),
      )
      expect(all.map(each => each.isOk())).toEqual([true, true, true, true])
      await grid.advance('2h')
    })
  },
})
