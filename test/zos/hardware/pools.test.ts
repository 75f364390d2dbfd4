import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cacheSize,
  cacheUnit,
  choosePool,
  createDisk,
  createVolume,
  deleteDisk,
  deleteVolume,
  findDisk,
  growDisk,
  nextCacheSize,
  type Pool,
  poolUsed,
  preparePools,
  restartPools,
} from '../../../src/zos/hardware/pools.ts'
import { type Outcome, refused } from '../../../src/zos/outcome.ts'
import { GiB } from '../../../src/zos/workloads/capacity.ts'

const ssdOnly = { isSsdMissing: false }
const anyDisk = { isSsdMissing: true }

function pool(name: string, type: 'ssd' | 'hdd', size: bigint, used: bigint): Pool {
  const volumes = used === 0n ? [] : [{ name: `${name}-volume`, quota: used, files: [] }]
  return { name, type, size, isMounted: true, volumes }
}

function value<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new TypeError(outcome.error)
  return outcome.value
}

const disk = (name: string, type: 'ssd' | 'hdd', size: bigint) => ({ name, type, size })

describe('choosing a pool', () => {
  it('W26: the one with most room after the placement', () => {
    const pools = [pool('a', 'ssd', 10_000n, 300n), pool('b', 'ssd', 10_000n, 100n)]
    expect(value(choosePool(pools, 500n, ssdOnly)).name).toBe('b')
  })

  it('W27: nothing is split over pools, and hard disks do not stand in for SSDs', () => {
    const pools = [
      pool('a', 'ssd', 10_000n, 100n),
      pool('b', 'ssd', 10_000n, 100n),
      pool('c', 'hdd', 100_000n, 0n),
    ]
    expect(choosePool(pools, 20_000n, ssdOnly)).toEqual(
      refused('not enough space left in pools of this type ssd'),
    )
    expect(value(choosePool(pools, 20_000n, anyDisk)).name).toBe('c')
  })

  it('a pool can be filled to its last byte', () => {
    const pools = [pool('a', 'ssd', 10_000n, 100n)]
    expect(choosePool(pools, 9_900n, ssdOnly).ok).toBe(true)
    expect(choosePool(pools, 9_901n, ssdOnly).ok).toBe(false)
  })

  it('a disk that sleeps is woken only when no other can', () => {
    const asleep = { ...pool('b', 'ssd', 50_000n, 0n), isMounted: false }
    const pools = [pool('a', 'ssd', 10_000n, 100n), asleep]
    expect(value(choosePool(pools, 500n, ssdOnly)).name).toBe('a')
    expect(value(choosePool(pools, 20_000n, ssdOnly))).toMatchObject({ name: 'b', isMounted: true })
  })
})

describe('the pools of a node', () => {
  const disks = [
    disk('s0', 'ssd', 100n * GiB),
    disk('h0', 'hdd', 500n * GiB),
    disk('s1', 'ssd', 200n * GiB),
  ]
  const pools = preparePools(disks, ssdOnly)

  it('have the cache on the SSD with most room, and idle disks asleep', () => {
    expect(pools.map(({ name, isMounted }) => [name, isMounted])).toEqual([
      ['s1', true],
      ['s0', false],
      ['h0', false],
    ])
    expect(cacheSize(pools)).toBe(5n * GiB)
    expect(pools.map(poolUsed)).toEqual([5n * GiB, 0n, 0n])
  })

  it('have no cache without an SSD, unless hard disks stand in', () => {
    const hdd = [disk('h0', 'hdd', 500n * GiB)]
    expect(cacheSize(preparePools(hdd, ssdOnly))).toBe(0n)
    expect(cacheSize(preparePools(hdd, anyDisk))).toBe(5n * GiB)
  })

  it('keep their volumes over a boot, and do not get a second cache', () => {
    const used = value(createVolume(pools, 'v', 190n * GiB, ssdOnly))
    const filled = value(createVolume(used, 'w', 50n * GiB, ssdOnly))
    expect(filled.find(entry => entry.name === 's0')?.isMounted).toBe(true)
    expect(restartPools(filled, ssdOnly)).toEqual(filled)
  })

  it('put a second disk image beside the first, even when another pool has more room', () => {
    const mixed = [pool('a', 'ssd', 100n, 1n), pool('b', 'ssd', 90n, 1n)]
    const first = value(createDisk(mixed, 'd1', 40n, ssdOnly))
    expect(findDisk(first, 'd1')?.pool.name).toBe('a')
    const second = value(createDisk(first, 'd2', 40n, ssdOnly))
    expect(findDisk(second, 'd2')?.pool.name).toBe('a')
    const third = value(createDisk(second, 'd3', 40n, ssdOnly))
    expect(findDisk(third, 'd3')?.pool.name).toBe('b')
    expect(createDisk(third, 'd4', 60n, ssdOnly).ok).toBe(false)
  })

  it('sleep again when their last volume is deleted, but not when their last image is', () => {
    const woken = value(createVolume(pools, 'v', 190n * GiB, ssdOnly))
    expect(woken.find(entry => entry.name === 's0')?.isMounted).toBe(false)
    const full = value(createVolume(woken, 'x', 50n * GiB, ssdOnly))
    expect(full.find(entry => entry.name === 's0')?.isMounted).toBe(true)
    expect(deleteVolume(full, 'x')).toEqual(woken)
    const image = value(createDisk(woken, 'd', 50n * GiB, ssdOnly))
    const deleted = deleteDisk(image, 'd')
    expect(deleted.find(entry => entry.name === 's0')?.isMounted).toBe(true)
    expect(deleteVolume(deleted, 'nothing')).toBe(deleted)
  })

  it('never hold more than they can, and give everything back', () => {
    const action = fc.record({
      kind: fc.constantFrom('volume', 'disk', 'drop'),
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      size: fc.bigInt({ min: 1n, max: 120n }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 25 }), actions => {
        let current = pools
        for (const { kind, name, size } of actions) {
          const bytes = size * GiB
          if (kind === 'drop') {
            current = deleteDisk(deleteVolume(current, `v${name}`), `d${name}`)
            continue
          }
          const isThere = findDisk(current, `d${name}`) !== undefined
          if (kind === 'disk' && isThere) continue
          const next =
            kind === 'volume'
              ? createVolume(current, `v${name}`, bytes, ssdOnly)
              : createDisk(current, `d${name}`, bytes, ssdOnly)
          if (next.ok) current = next.value
          for (const entry of current) expect(poolUsed(entry) <= entry.size).toBe(true)
          expect(cacheSize(current)).toBe(cacheUnit)
        }
        for (const name of ['a', 'b', 'c', 'd', 'e']) {
          current = deleteDisk(deleteVolume(current, `v${name}`), `d${name}`)
        }
        expect(current.reduce((sum, entry) => sum + poolUsed(entry), 0n)).toBe(cacheUnit)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the cache', () => {
  it.each([
    ['W28', 100n, 19n, 40n],
    ['W29', 100n, 91n, 105n],
    ['W30', 100n, 50n, 100n],
    ['grows at 60 percent', 100n, 60n, 105n],
    ['rests below', 100n, 59n, 100n],
    ['rests at 20 percent', 100n, 20n, 100n],
    ['never shrinks below its first size', 5n, 0n, 5n],
    ['shrinks to its first size', 10n, 0n, 5n],
  ])('%s: of %d with %d used becomes %d', (_id, size, used, next) => {
    expect(nextCacheSize({ size, used, unit: 5n })).toBe(next)
  })
})

it('pools are frozen with everything in them', () => {
  const isFrozen = (value: unknown): boolean =>
    typeof value !== 'object' ||
    value === null ||
    (Object.isFrozen(value) && Object.values(value).every(isFrozen))
  const pools = preparePools([disk('s0', 'ssd', 100n * GiB)], ssdOnly)
  const filled = value(createDisk(value(createVolume(pools, 'v', GiB, ssdOnly)), 'd', GiB, ssdOnly))
  expect(isFrozen(pools)).toBe(true)
  expect(isFrozen(value(growDisk(filled, 'd', 2n * GiB)))).toBe(true)
  expect(isFrozen(deleteDisk(deleteVolume(filled, 'v'), 'd'))).toBe(true)
})
