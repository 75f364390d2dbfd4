// Spoilt GraphQL requests in bulk, and a memory that stays flat.

import { expect, it } from 'vitest'
import { heapInUse } from '../chain/support/hostile.ts'
import { drawsOf } from '../chain/support/random.ts'
import { attack } from '../services/graphql/hostile.ts'
import { fixtureGrid } from '../services/support/fixture-grid.ts'

/** The same seed makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

it(`40 000 spoilt requests get documented answers (POCKETGRID_SEED=${seed})`, () => {
  const { reader } = fixtureGrid()
  const draw = drawsOf(seed)
  const heap: number[] = []
  for (let round = 0; round < 8; round += 1) {
    const { wrong, slowestMs } = attack(reader, { count: 5000, draw })
    expect(wrong).toEqual([])
    expect(slowestMs).toBeLessThan(3000)
    heap.push(heapInUse())
  }
  // The first rounds fill the cache of documents.
  expect(heap.at(-1)! - heap[2]!).toBeLessThan(10 * 2 ** 20)
})
