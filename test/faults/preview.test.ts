// What a preview names is what the fault then hits, and looking changes nothing.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import type { FaultInput } from '../../src/faults/schema.ts'
import { faultPreviewOf } from '../../src/grid/fault-preview.ts'
import { type Context, play } from './support.ts'

const grid = {
  farms: [
    { name: 'ghent', nodes: 3 },
    { name: 'vienna', nodes: 2 },
  ],
}
const allNodes = [1, 2, 3, 4, 5]

const some = (most: number) =>
  fc.option(fc.uniqueArray(fc.integer({ min: 1, max: most }), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  })
const onNodes = fc.record({ nodes: some(5), farms: some(2) }, { requiredKeys: [] })

/** Plays with so many drawn places; each on a grid that is taken back to where it was. */
async function forEach<T>(
  places: fc.Arbitrary<T>,
  look: (context: Context, place: T) => void,
): Promise<void> {
  await play(
    async context => {
      for (const place of fc.sample(places, { numRuns: 40, seed: 7 })) {
        const before = context.grid.snapshot()
        look(context, place)
        context.grid.revert(before)
      }
    },
    { grid },
  )
}

describe('a preview', () => {
  it('names the nodes that lose power, without those that have none', async () => {
    await forEach(onNodes, ({ faults, grid: { world } }, place) => {
      world.nodes.crash(4)
      const fault: FaultInput = { kind: 'node.crash', ...place }
      const { aims } = faults.faults.preview(fault)
      faults.start(fault)
      const isDown = (id: number) => world.nodes.phaseOf(id) === 'down'
      expect(aims[0]!.nodes).toEqual(allNodes.filter(id => id !== 4 && isDown(id)))
    })
  })

  it('names who cannot reach the chain', async () => {
    const places = fc.record(
      { nodes: some(5), farms: some(2), twins: some(2) },
      { requiredKeys: [] },
    )
    await forEach(places, ({ faults, users }, place) => {
      const fault: FaultInput = { kind: 'chain.unreachable', ...place }
      const { aims } = faults.faults.preview(fault)
      const [{ nodes, twins, isEverybody }] = aims as [(typeof aims)[0]]
      faults.start(fault)
      expect(nodes).toEqual(allNodes.filter(id => faults.faults.isCutOff(id)))
      for (const { twinId } of [users.alice, users.bob]) {
        expect(isEverybody || twins.includes(twinId)).toBe(faults.faults.isTwinCutOff(twinId))
      }
    })
  })

  it('names both ends of a link: nodes by their ids, farms or twins, and users', async () => {
    await play(
      async ({ faults, users: { alice }, grid: { world } }) => {
        const twin = world.nodes.twinOf(5)!
        const { aims } = faults.faults.preview({
          kind: 'rmb.partition',
          from: { farms: [1], twins: [alice.twinId, twin, 4_000] },
          to: {},
        })
        expect(aims).toMatchObject([
          { role: 'from', isEverybody: false, nodes: [1, 2, 3, 5], twins: [alice.twinId, 4_000] },
          { role: 'to', isEverybody: true, nodes: allNodes, twins: [] },
        ])
        const named = faultPreviewOf(world, {
          kind: 'node.hang',
          farms: 2,
          afterMs: 5_000,
          forMs: 1,
        })
        const now = world.kernel.now()
        expect(named).toMatchObject({
          from: now + 5_000,
          until: now + 5_001,
          isDrawnOnce: true,
          marked: [4, 5],
          aims: [
            { nodes: { count: 2, items: [{ id: 4, farm: 'vienna', phase: 'up' }, { id: 5 }] } },
          ],
        })
      },
      { grid },
    )
  })

  it.each([
    [{ kind: 'chain.halt' }, 'the chain', null],
    [{ kind: 'chain.retract', blocks: 1 }, 'the chain', 0],
    [{ kind: 'relay.down', forMs: 60_000 }, 'the relay', 60_000],
    [{ kind: 'service', service: 'graphql' }, 'the web service graphql', null],
    [{ kind: 'service', service: '*' }, 'all web services', null],
  ] as [FaultInput, string, number | null][])('of %j names %s', async (fault, part, lastsMs) => {
    await play(async ({ faults, grid: { now } }) => {
      const plan = faults.faults.preview(fault)
      expect(plan.aims).toMatchObject([{ part, nodes: [], twins: [] }])
      expect(plan.until).toBe(lastsMs === null ? null : now + lastsMs)
    })
  })

  it('names nodes of the chain that other processes play', async () => {
    await play(async ({ grid: { world } }) => {
      const { state } = world.chain.runtime.txOf(tfgrid)
      world.chain.override(() => {
        state.Nodes.set(9, { ...state.Nodes.get(2)!, id: 9, twin_id: 900 })
        state.NodeID.set(9)
        state.NodeIdByTwinID.set(900, 9)
        state.NodesByFarmID.set(1, [1, 2, 9])
      })
      for (const fault of [
        { kind: 'node.crash', farms: 1 },
        { kind: 'node.hang', nodes: [1, 2, 9] },
        { kind: 'rmb.loss', to: { nodes: [1, 2], twins: 900 } },
      ] as FaultInput[]) {
        const { aims } = faultPreviewOf(world, fault)
        const { nodes, twins } = aims.at(-1)!
        expect(nodes.items.map(({ id }) => id)).toEqual([1, 2, 9])
        expect(nodes.items[2]).toMatchObject({ farm: 'ghent', phase: 'unknown' })
        expect(twins.count).toBe(0)
      }
    })
  })

  it('fails as the fault itself would', async () => {
    await play(async ({ faults: { faults } }) => {
      expect(() => faults.preview({ kind: 'node.crash', nodes: 99 })).toThrow(/there is no node 99/)
      expect(() => faults.preview({ kind: 'node.melt' } as never)).toThrow(/this is no fault/)
    })
  })

  it('changes nothing: the history is the same with and without', async () => {
    const digests = []
    for (const looks of [0, 5]) {
      const report = await play(async ({ faults, grid: own }) => {
        const fault: FaultInput = { kind: 'rmb.loss', chance: 0.5, forMs: 3_600_000 }
        for (let i = 0; i < looks; i += 1) faults.faults.preview(fault)
        faults.start(fault)
        await own.advance('2h')
      })
      digests.push([report.digest, report.events])
    }
    expect(digests[1]).toEqual(digests[0])
  })
})
