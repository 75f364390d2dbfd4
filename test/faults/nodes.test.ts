import { describe, expect, it } from 'vitest'
import { parts } from '../../src/scenario/parts.ts'
import { answers, play } from './support.ts'

const disk = (on: number, name = 'disk') => ({ on, name, with: [parts.disk(name, '1 GB')] })

describe('faults of nodes', () => {
  it('turn a node off and on again', async () => {
    await play(async context => {
      const { grid, eventually } = context
      grid.node(1).crash({ for: '5m' })
      expect(await answers(context, 1)).toBe(false)
      expect(await answers(context, 2)).toBe(true)
      await eventually('it is up again', () => grid.node(1).isUp)
      expect(grid.now).toBeGreaterThan(grid.world.kernel.now() - 1)
      expect(await answers(context, 1)).toBe(true)
    })
  })

  it('turn off a whole farm', async () => {
    await play(async ({ grid, farmers: { ghent }, faults }) => {
      faults.start({ kind: 'node.crash', farms: ghent!.farmId, forMs: 1_000 })
      expect(grid.nodes().map(({ phase }) => phase)).toEqual(['down', 'down'])
    })
  })

  it('make a node slow', async () => {
    const took: number[] = []
    for (const factor of [1, 50]) {
      await play(async ({ grid, users: { alice }, eventually }) => {
        if (factor > 1) grid.node(1).slowDown({ factor, answers: '3s' })
        const start = grid.now
        const vm = await alice.deploy(disk(1))
        await eventually('it is there', () => vm.isOk(), { within: '1h' })
        took.push(grid.now - start)
      })
    }
    expect(took[1]! - took[0]!).toBeGreaterThan(5_000)
  })

  it('let installs of some types fail, by chance', async () => {
    await play(async ({ grid, users: { alice }, eventually }) => {
      grid.node(1).failInstalls({ types: ['volume'], error: 'no luck', chance: 0.5 })
      const volumes = Array.from({ length: 40 }, (_, i) => parts.volume(`v${i}`, '1 GB'))
      const all = await alice.deploy({
        on: 1,
        name: 'all',
        with: [parts.disk('d', '1 GB'), ...volumes],
      })
      await eventually('all have come to an end', () => all.isSettled())
      const failed = Object.values(all.errors())
      expect(all.state('d')).toBe('ok')
      expect(failed.length).toBeGreaterThan(8)
      expect(failed.length).toBeLessThan(32)
      expect(new Set(failed)).toEqual(new Set(['no luck']))
    })
  })

  it('let a worker stand still, and go on where it stood', async () => {
    await play(async ({ grid, users: { alice }, eventually }) => {
      const stuck = grid.node(1).stickInstalls({ types: ['volume'] })
      const wish = { on: 1, name: 'all', with: [parts.volume('v', '1 GB'), parts.zdb('z', '1 GB')] }
      const all = await alice.deploy(wish)
      await grid.advance('1h')
      expect(all.state('v')).toBe('init')
      stuck.end()
      await eventually('the volume is there', () => all.state('v') === 'ok', { within: '10s' })
    })
  })

  it('let a node answer wrongly, to some commands alone', async () => {
    await play(async context => {
      const {
        grid,
        users: { alice },
      } = context
      grid.node(1).answerWrongly({ commands: ['zos.statistics.get'], error: 'out of order' })
      await expect(alice.ask(1, 'zos.statistics.get')).rejects.toThrow('out of order')
      expect(await answers(context, 1)).toBe(true)
      grid.node(2).answerWrongly({ payload: '{"zos":' })
      await expect(alice.ask(2, 'zos.system.version')).rejects.toThrow('no JSON')
    })
  })

  it('silence a node, which does afterwards what it missed', async () => {
    await play(async context => {
      const {
        grid,
        users: { alice },
        eventually,
      } = context
      const vm = await alice.deploy(disk(1))
      const hang = grid.node(1).hang()
      await grid.advance('10m')
      expect(vm.state('disk')).toBe('init')
      expect(await answers(context, 1)).toBe(false)
      hang.end()
      await eventually('it goes on', () => vm.isOk(), { within: '1m' })
    })
  })

  it('take a disk away', async () => {
    await play(async ({ grid, users: { alice }, eventually }) => {
      const vm = await alice.deploy(disk(1))
      await eventually('it is there', () => vm.isOk())
      const pools = () => grid.world.nodes.resourcesOf(1).pools
      const before = pools().length
      const at = pools().findIndex(({ volumes }) => volumes.some(({ name }) => name === 'vdisks'))
      grid.node(1).loseDisk(at)
      expect(pools()).toHaveLength(before - 1)
      expect(pools().some(({ volumes }) => volumes.some(({ name }) => name === 'vdisks'))).toBe(
        false,
      )
    })
  })
})
