import { describe, expect, it } from 'vitest'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { checkWorld, spreadNodes } from '../../src/config/config.ts'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { createWorld } from '../../src/grid/world.ts'
import { invariant } from '../../src/kernel/errors.ts'

describe('a grid of more nodes than register at once', () => {
  it('has them all, in the order in which they were listed, and keeps nothing of how they came', async () => {
    await cryptoReady()
    const checked = checkWorld({ farms: spreadNodes(2003, 2) })
    invariant(checked.ok, 'the configuration is good')
    const { nodes, chain, farms } = createWorld(checked.config, {
      startAt: 1_700_000_000_000,
      relay: 'localhost',
      heartbeat: false,
      userScheme: 'ed25519',
    })
    const list = nodes.list()
    expect(list.map(({ nodeId }) => nodeId)).toEqual(Array.from({ length: 2003 }, (_, i) => i + 1))
    expect(new Set(list.slice(0, 1002).map(({ farmId }) => farmId))).toEqual(
      new Set([farms[0]?.id]),
    )
    expect(chain.runtime.txOf(tfgrid).state.NodeID.get()).toBe(2003)
    const { archive } = chain
    const kept = Array.from({ length: archive.best }, (_, i) => archive.contentOf(i + 1))
    const extrinsics = kept.reduce((sum, content) => sum + (content?.extrinsics.length ?? 0), 0)
    expect(extrinsics).toBeLessThan(100)
    expect(chain.extrinsicsOf(archive.best).length).toBeGreaterThan(0)
    expect(archive.numberOf(archive.hashOf(3))).toBe(3)
  })
})
