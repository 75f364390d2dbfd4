import { describe, expect, it } from 'vitest'
import { answers, play } from './support.ts'

describe('faults of the chain', () => {
  it('halt it, and nothing is lost', async () => {
    await play(async ({ grid, users: { alice, bob }, faults }) => {
      const best = grid.chain.best
      faults.haltChain({ for: '10m' })
      const start = grid.now
      await alice.transfer(bob, 1)
      expect(grid.now - start).toBeGreaterThan(600_000 - 1)
      expect(grid.chain.best).toBe(best + 1)
    })
  })

  it('slow it down, and let it go at its pace again', async () => {
    await play(async ({ grid, faults }) => {
      const before = grid.chain.best
      const slow = faults.slowChain({ every: '1m' })
      await grid.advance('10m 1s')
      expect(grid.chain.best - before).toBe(10)
      slow.end()
      await grid.advance('10m 1s')
      expect(grid.chain.best - before).toBe(10 + 100)
    })
  })

  it('a halt wins over slowness, whichever comes first', async () => {
    await play(async ({ grid, faults }) => {
      faults.slowChain({ every: '1m' })
      const halt = faults.haltChain()
      const before = grid.chain.best
      await grid.advance('10m')
      expect(grid.chain.best).toBe(before)
      halt.end()
      await grid.advance('10m 1s')
      expect(grid.chain.best - before).toBe(10)
    })
  })

  it('let finality lag behind', async () => {
    await play(async ({ grid, faults }) => {
      await grid.advance('10m')
      const { chain } = grid.world
      expect(chain.finalized()).toBe(chain.best())
      const lag = faults.start({ kind: 'chain.finality-lag', blocks: 12 })
      expect(chain.finalized()).toBe(chain.best() - 12)
      lag.end()
      expect(chain.finalized()).toBe(chain.best())
    })
  })

  it('take blocks back, with what was in them or without', async () => {
    await play(async ({ grid, users: { alice, bob }, faults, eventually }) => {
      const start = bob.balance()
      await alice.transfer(bob, 5)
      const paid = bob.balance()
      faults.retractBlocks(1)
      expect(bob.balance()).toBe(start)
      await eventually('it is there again', () => bob.balance() === paid)
      faults.retractBlocks(1, { isLost: true })
      await grid.advance('10m')
      expect(bob.balance()).toBe(start)
    })
  })

  it('refuse or lose some calls of some twins', async () => {
    await play(async ({ users: { alice, bob }, faults }) => {
      const fault = faults.start({ kind: 'chain.drop', calls: ['Balances'], twins: alice.twinId })
      await expect(alice.transfer(bob, 1)).rejects.toThrow('Dropped')
      await bob.transfer(alice, 1)
      await alice.reserveName('mine')
      fault.end()
      await alice.transfer(bob, 1)
    })
  })

  it('keep a node from the chain: it refuses whom it does not know, and reports later', async () => {
    await play(async context => {
      const {
        grid,
        users: { alice },
        faults,
        eventually,
      } = context
      const plan = await alice.plan({ on: 1, name: 'web', network: '10.20.0.0/16' })
      const vm = await alice.reserve(1, plan)
      faults.cutOffFromChain({ who: { farmId: 1 }, for: '2h' })
      expect(await answers(context, 1)).toBe(true)
      await expect(vm.send('zos.deployment.deploy')).rejects.toThrow('substrate')
      await grid.advance('125m')
      await vm.send('zos.deployment.deploy')
      await eventually('every workload is ok', () => vm.isOk())
    })
  })

  it('change the price, and put it back', async () => {
    await play(async ({ grid, faults }) => {
      const before = grid.chain.price
      faults.shockPrice(before * 3, { for: '1h' })
      expect(grid.chain.price).toBe(before * 3)
      await grid.advance('61m')
      expect(grid.chain.price).toBe(before)
    })
  })

  it('wipe it: another genesis, the same people, no contracts; and a revert brings the old one back', async () => {
    await play(async ({ grid, users: { alice }, operator, eventually }) => {
      const vm = await alice.deploy({ on: 1, name: 'web', network: '10.20.0.0/16' })
      await eventually('every workload is ok', () => vm.isOk())
      await grid.advance('1h')
      const snapshot = grid.snapshot()
      const old = { genesis: grid.chain.genesisHash, best: grid.chain.best, digest: grid.digest() }
      const hash = grid.world.chain.archive.hashOf(old.best)
      await operator.reset()
      expect(grid.chain.genesisHash).not.toBe(old.genesis)
      expect(grid.chain.best).toBeLessThan(old.best)
      expect(grid.chain.nodeCount).toBe(2)
      expect(alice.contracts()).toEqual([])
      const first = grid.chain.genesisHash
      await operator.reset()
      expect([old.genesis, first]).not.toContain(grid.chain.genesisHash)
      grid.revert(snapshot)
      expect({
        genesis: grid.chain.genesisHash,
        best: grid.chain.best,
        digest: grid.digest(),
      }).toEqual(old)
      expect(grid.world.chain.archive.hashOf(old.best)).toBe(hash)
      expect(vm.isOk()).toBe(true)
      await vm.cancel()
    })
  })

  it('wipe it while a node is off: the node registers when it is back', async () => {
    await play(async ({ grid, users: { alice }, faults, eventually }) => {
      grid.node(2).crash({ for: '10m' })
      faults.start({ kind: 'chain.reset' })
      await eventually('the first node is back', () => grid.chain.nodeCount === 1)
      expect(grid.world.nodes.list()[1]).toMatchObject({ phase: 'down', nodeId: 0 })
      await eventually('the second node is back', () => grid.world.nodes.areRegistered(), {
        within: '20m',
      })
      const vm = await alice.deploy({ on: 2, name: 'web', network: '10.20.0.0/16' })
      await eventually('every workload is ok', () => vm.isOk())
    })
  })
})
