// Bad input in bulk at the bus: a hundred thousand spoilt envelopes, tokens and JSON messages each, and a memory that stays flat.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queueLimit } from '../../src/rmb/bus.ts'
import { heapInUse } from '../chain/support/hostile.ts'
import type { Stage } from '../rmb/relay-support.ts'
import {
  attackWithEnvelopes,
  attackWithTokens,
  hostileStage,
} from '../rmb/support/hostile-relay.ts'
import { generator, mutate } from '../rmb/support/mutations.ts'
import { localRequest, type PeerWorld, startPeerWorld } from '../rmb/support/peer-world.ts'
import { until } from '../rmb/support/until.ts'

/** The same seed makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 32)

const total = 100_000
const rounds = 10
const MiB = 2 ** 20

/** Attacks in rounds. What the first ones have not filled, the later ones do not fill either. */
async function inRounds(attack: (round: number) => Promise<Record<string, number>>): Promise<void> {
  const heap: number[] = []
  const ends: Record<string, number> = {}
  for (let round = 0; round < rounds; round += 1) {
    for (const [end, times] of Object.entries(await attack(round))) {
      ends[end] = (ends[end] ?? 0) + times
    }
    heap.push(heapInUse() / MiB)
  }
  console.log(`${JSON.stringify(ends)}, heap ${heap.map(size => size.toFixed(0)).join(' ')} MiB`)
  expect(heap.at(-1)! - heap[2]!).toBeLessThan(16)
}

describe(`a relay (POCKETGRID_SEED=${seed})`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await hostileStage()
  })
  afterAll(() => stage.close())

  it('answers spoilt envelopes as it should', async () => {
    await inRounds(async round => {
      const count = total / rounds
      const { ends } = await attackWithEnvelopes(stage, { count, seed: seed + round })
      // The entries that the test keeps of the trace are not the relay's.
      stage.entries.length = 0
      return ends
    })
    expect(stage.relay.waitingFor({ twin: 2 })).toBeLessThanOrEqual(queueLimit)
  })

  it('judges spoilt tokens as it should', async () => {
    await inRounds(async round => {
      const options = { count: total / rounds, seed: seed + 100 + round, shown: 500 }
      return (await attackWithTokens(stage, options)).ends
    })
  })
})

describe(`a peer (POCKETGRID_SEED=${seed})`, () => {
  let made: PeerWorld
  beforeAll(async () => {
    made = await startPeerWorld()
    await made.serve()
  })
  afterAll(() => made.close())

  it('survives spoilt messages on its lists, and works on', async () => {
    const { redis, push, engine } = made
    const good = [localRequest(), { ...localRequest(), dst: [20, 99] }].map(each =>
      Buffer.from(JSON.stringify(each)),
    )
    await inRounds(async round => {
      const random = generator(seed + 200 + round)
      for (let sent = 0; sent < total / rounds; sent += 500) {
        const spoilt = Array.from({ length: 500 }, () => mutate(random.pick(good), random))
        await redis.send('RPUSH', 'msgbus.system.local', ...spoilt)
        await until('all was read', () => engine.keyspace.get('msgbus.system.local') === undefined)
      }
      await push(localRequest({ ret: `answer ${round}`, ref: 'good' }))
      expect(await redis.popJson(`answer ${round}`)).toMatchObject({ ref: 'good', err: null })
      made.events.length = 0
      return { read: total / rounds }
    })
  })
})
