// Bad input in bulk: more than a hundred thousand spoilt extrinsics, frames and storage keys, and a memory that stays flat.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../chain/rpc/support.ts'
import {
  attackWithExtrinsics,
  attackWithFrames,
  attackWithKeys,
  heapInUse,
  type Report,
} from '../chain/support/hostile.ts'
import { drawsOf } from '../chain/support/random.ts'

/** The same seed makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

const MiB = 2 ** 20

describe(`a served chain (POCKETGRID_SEED=${seed})`, () => {
  let grid: TestServer
  let sent = 0

  beforeAll(async () => {
    grid = await startTestServer()
  })

  afterAll(async () => {
    await grid.close()
    expect(grid.failures).toEqual([])
  })

  /** Attacks in rounds; once the first ones have filled all windows, the later ones add nothing to the heap. */
  async function inRounds(
    name: string,
    attack: (round: number) => Promise<Report>,
    { rounds, warmUp, growthMb }: { rounds: number; warmUp: number; growthMb: number },
  ): Promise<void> {
    const heap: number[] = []
    const total = { sent: 0, accepted: 0, slowestMs: 0 }
    for (let round = 0; round < rounds; round += 1) {
      const report = await attack(round)
      total.sent += report.sent
      total.accepted += report.accepted
      total.slowestMs = Math.max(total.slowestMs, report.slowestMs)
      heap.push(heapInUse() / MiB)
    }
    sent += total.sent
    const shown = heap.map(size => size.toFixed(0)).join(' ')
    console.log(
      `${total.sent} ${name}, ${total.accepted} with a result, ` +
        `slowest batch ${total.slowestMs.toFixed(0)} ms, heap ${shown} MiB`,
    )
    expect(total.accepted).toBeGreaterThan(total.sent / 100)
    // An answer that takes so long is a hang to whoever waits for it.
    expect(total.slowestMs).toBeLessThan(5000)
    expect(heap.at(-1)! - heap[warmUp]!).toBeLessThan(growthMb)
  }

  it('withstands extrinsics', async () => {
    const attack = (round: number) =>
      attackWithExtrinsics(grid, { count: 4000, draw: drawsOf(seed + round) })
    // The window of 2400 blocks is full after three rounds; what people own and name grows on.
    await inRounds('extrinsics', attack, { rounds: 12, warmUp: 5, growthMb: 16 })
  })

  it('withstands frames', async () => {
    const attack = (round: number) =>
      attackWithFrames(grid, { count: 5000, draw: drawsOf(seed + 1000 + round) })
    await inRounds('frames', attack, { rounds: 8, warmUp: 3, growthMb: 8 })
  })

  it('withstands storage keys', async () => {
    const attack = (round: number) =>
      attackWithKeys(grid, { count: 4000, draw: drawsOf(seed + 2000 + round) })
    await inRounds('storage keys', attack, { rounds: 6, warmUp: 2, growthMb: 8 })
    expect(sent).toBeGreaterThan(100_000)
  })
})
