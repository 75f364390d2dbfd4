import { describe, expect, it } from 'vitest'
import {
  faultsOf,
  inTurn,
  oneOf,
  perhaps,
  repeated,
  together,
  within,
} from '../../src/faults/nemesis.ts'
import { Kernel } from '../../src/kernel/kernel.ts'
import { answers, play } from './support.ts'

describe('faults', () => {
  it('are listed from when they are planned until they are over, and seen in the trace', async () => {
    await play(async ({ grid, faults }) => {
      faults.relayDown({ after: '1m', for: '1m' })
      const states = () => faults.list().map(({ state }) => state)
      expect(states()).toEqual(['planned'])
      await grid.advance('61s')
      expect(states()).toEqual(['active'])
      await grid.advance('1m')
      expect(states()).toEqual([])
      expect(grid.trace('fault').map(({ fields }) => fields.what)).toEqual([
        'planned',
        'begins',
        'ends',
      ])
    })
  })

  it('are removed before they begin', async () => {
    await play(async context => {
      const handle = context.faults.relayDown({ after: '10s' })
      handle.end()
      await context.grid.advance('1m')
      expect(await answers(context, 1)).toBe(true)
      expect(handle.isThere).toBe(false)
    })
  })

  it('are changed while they are active', async () => {
    await play(async context => {
      const { grid, faults } = context
      const loss = faults.loseMessages({ for: '1h' })
      expect(await answers(context, 1)).toBe(false)
      loss.patch({ chance: 0 })
      expect(await answers(context, 1)).toBe(true)
      loss.patch({ chance: 1, forMs: 120_000 })
      expect(await answers(context, 1)).toBe(false)
      await grid.advance('2m')
      expect(loss.isThere).toBe(false)
    })
  })

  it('may be spared by their chance, as the seed has it', async () => {
    const struck: boolean[] = []
    for (let seed = 1; seed <= 12; seed += 1) {
      await play(
        async ({ grid }) => {
          grid.node(1).crash({ chance: 0.5, for: '1m' })
          struck.push(!grid.node(1).isUp)
        },
        { seed: `${seed}` },
      )
    }
    expect(struck).toContain(true)
    expect(struck).toContain(false)
  })

  it('heal by kind, or all at once', async () => {
    await play(async ({ faults, users: { alice }, grid }) => {
      faults.partition(alice, grid.node(1))
      faults.haltChain()
      faults.heal('chain.halt')
      expect(faults.list().map(({ spec }) => spec.kind)).toEqual(['rmb.partition'])
      faults.heal()
      expect(faults.list()).toEqual([])
    })
  })

  it.each([
    [{ kind: 'node.melt' }, 'kind'],
    [{ kind: 'rmb.loss', chance: 2 }, 'chance'],
    [{ kind: 'node.crash', nodes: 99 }, 'there is no node 99'],
    [{ kind: 'rmb.loss', from: { farms: 7 } }, 'farm 7'],
    [{ kind: 'chain.halt', forMs: -1 }, 'forMs'],
    [{ kind: 'chain.halt', colour: 'red' }, 'colour'],
  ])('refuse %j', async (fault, word) => {
    await play(async ({ faults }) => {
      expect(() => faults.start(fault as never)).toThrow(word)
      expect(faults.list()).toEqual([])
    })
  })

  it('return with a snapshot, with the messages that they kept', async () => {
    await play(async ({ grid, users: { alice }, faults }) => {
      faults.clog({ to: grid.node(1) })
      const lost = alice.ask(1, 'zos.system.version').catch(error => error.code)
      await grid.advance('1s')
      expect(faults.faults.keptMessages).toBe(1)
      // The open wait of the request is not part of the grid, so the kernel's own snapshot is taken.
      const { kernel } = grid.world
      const snapshot = kernel.snapshot()
      faults.heal()
      expect(faults.faults.keptMessages).toBe(0)
      kernel.revert(snapshot)
      expect(faults.faults.keptMessages).toBe(1)
      expect(faults.list()).toHaveLength(1)
      faults.heal()
      expect(await lost).toMatchObject({ zos: expect.any(String) })
    })
  })

  it('cost nothing while none is active: nobody asks them', async () => {
    await play(async ({ grid, faults, eventually, users: { alice } }) => {
      const { world } = grid
      const { kernel } = world
      const before = kernel.random.stream('fault/1').float()
      expect(before).toBeGreaterThanOrEqual(0)
      const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
      await eventually('every workload is ok', () => vm.isOk())
      expect(faults.list()).toEqual([])
      expect(world.faults.isCalm(1e9)).toBe(true)
    })
  })

  it('tell web services what becomes of a request', async () => {
    await play(async ({ grid, faults }) => {
      const { services } = grid.world.faults
      expect(services.verdictOn('gridproxy')).toEqual({ type: 'answers', lagMs: 0, status: null })
      const slow = faults.start({
        kind: 'service',
        service: 'gridproxy',
        lagMs: 300,
        failureRate: 1,
      })
      expect(services.verdictOn('gridproxy')).toEqual({ type: 'answers', lagMs: 300, status: 503 })
      expect(services.verdictOn('graphql')).toEqual({ type: 'answers', lagMs: 0, status: null })
      slow.patch({ isDown: true } as never)
      expect(services.verdictOn('gridproxy')).toEqual({ type: 'down' })
    })
  })
})

describe('a nemesis', () => {
  const plan = together(
    within(60_000, { kind: 'relay.down', forMs: 1_000 }),
    repeated(oneOf({ kind: 'chain.halt' }, { kind: 'rmb.loss', chance: 0.1 }), {
      times: 5,
      everyMs: 10_000,
      jitterMs: 5_000,
    }),
    perhaps(0.5, inTurn(1_000, { kind: 'node.crash' }, { kind: 'node.boot', afterMs: 10 })),
  )
  const unfolded = (seed: string) => {
    const kernel = new Kernel({ seed, startAt: 0 })
    return faultsOf(plan, kernel.random.stream('nemesis'))
  }

  it('is the same for a seed, and another for another', () => {
    expect(unfolded('1')).toEqual(unfolded('1'))
    const all = Array.from({ length: 20 }, (_, i) => JSON.stringify(unfolded(`${i}`)))
    expect(new Set(all).size).toBe(20)
  })

  it('keeps its order in time', () => {
    const turns = faultsOf(
      inTurn(1_000, { kind: 'node.crash' }, { kind: 'node.boot', afterMs: 10 }),
      new Kernel({ seed: 's', startAt: 0 }).random.stream('nemesis'),
    )
    expect(turns.map(({ afterMs }) => afterMs)).toEqual([0, 1_010])
  })
})
