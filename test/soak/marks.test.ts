// A busy grid over ten thousand blocks: what it remembers of its past stays within bounds, and leads back to every moment.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { markLimits } from '../../src/grid/marks.ts'
import { keptWorld, Rover } from '../grid/support/rover.ts'

await cryptoReady()
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes of the heap that are in use. */
function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

it('holds a bounded heap over 10 000 blocks of a grid with a life of its own', async () => {
  const { kept, driver, clock, close } = await keptWorld({
    farms: [{ name: 'ghent', nodes: 20 }],
    users: ['alice', 'bob', 'charlie'],
    life: true,
    seed: 'marks',
  })
  const heaps: number[] = []
  for (let block = 1; block <= 10_000; block += 1) {
    clock.advance(6000)
    driver.enter(() => undefined)
    if (block % 2500 === 0) heaps.push(heapUsed())
    const marks = kept.past.marks.list()
    expect(marks.length).toBeLessThanOrEqual(markLimits.marks)
  }
  const weight = kept.past.marks.list().reduce((sum, mark) => sum + mark.weight, 0)
  expect(weight).toBeLessThanOrEqual(markLimits.chainItems)
  expect(kept.world.kernel.store.savedStates).toBeLessThanOrEqual(markLimits.savedStates)
  expect(heaps.at(-1)! - heaps[1]!).toBeLessThan(64 << 20)
  await close()
}, 300_000)

it.each(Array.from({ length: 24 }, (_, i) => 100 + i))(
  'brings back every moment of random history %i',
  async seed => {
    const blocks = (['instant', '6s', 'manual'] as const)[seed % 3]!
    const farms = [{ name: 'ghent', nodes: 2 }]
    const world = await keptWorld({ farms, users: ['alice'], blocks })
    const rover = new Rover(world, seed)
    for (let round = 0; round < 3; round += 1) {
      rover.rove(50)
      for (let i = 0; i < 4; i += 1) rover.expectReturn()
    }
    rover.expectSameHistory()
    await world.close()
  },
  300_000,
)
