// Nodes for long: a hundred thousand spoilt deployments and requests, tens of thousands of histories, and Go's own decoder.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heapInUse } from '../chain/support/hostile.ts'
import { drawsOf } from '../chain/support/random.ts'
import { decodedByGo, decodedHere, missingGo } from '../zos/support/go-decoder.ts'
import { histories } from '../zos/support/histories.ts'
import {
  attackedWorld,
  attackWithDeployments,
  attackWithRequests,
  type Report,
  samples,
  spoilt,
} from '../zos/support/hostile.ts'
import { playedWorld } from '../zos/support/played.ts'

/** The same seed makes the same attack again. */
const seed = Number(process.env.POCKETGRID_SEED ?? Date.now() % 2 ** 31)

const MiB = 2 ** 20

describe(`a node (POCKETGRID_SEED=${seed})`, () => {
  const world = attackedWorld()

  /** Attacks in rounds; once the first ones have warmed everything up, the later ones add nothing to the heap. */
  function inRounds(name: string, rounds: number, attack: (round: number) => Report): void {
    const heap: number[] = []
    let [sent, accepted, slowestMs] = [0, 0, 0]
    for (let round = 0; round < rounds; round += 1) {
      const report = attack(round)
      sent += report.sent
      accepted += report.accepted
      slowestMs = Math.max(slowestMs, report.slowestMs)
      heap.push(heapInUse() / MiB)
    }
    const shown = heap.map(size => size.toFixed(0)).join(' ')
    console.log(`${sent} ${name}, ${accepted} accepted, slowest ${slowestMs} ms, heap ${shown} MiB`)
    expect(slowestMs).toBeLessThan(2000)
    expect(heap.at(-1)! - heap[3]!).toBeLessThan(8)
  }

  it('withstands 100 000 deployments', () => {
    inRounds('deployments', 20, round =>
      attackWithDeployments(world, { count: 5000, seed: seed + round }),
    )
  })

  it('withstands 50 000 requests', () => {
    inRounds('requests', 10, round =>
      attackWithRequests(world, { count: 5000, seed: seed + round }),
    )
  })

  it('is where its model is, over 30 000 histories', () => {
    const { play } = playedWorld()
    fc.assert(
      fc.property(histories(24), actions => {
        const played = play()
        for (const step of actions) played.act(step)
        played.settle()
      }),
      { numRuns: 30_000, seed },
    )
  })
})

describe.skipIf(missingGo)(`Go’s own decoder (POCKETGRID_SEED=${seed})`, () => {
  it('reads 100 000 deployments as ours does, to the last word of its errors', () => {
    const draw = drawsOf(seed)
    // Halves of characters do not survive the way to another program.
    const whole = (text: string) => Buffer.from(text).toString()
    const texts = Array.from({ length: 100_000 }, () =>
      whole(spoilt(samples[draw(samples.length)]!, draw)),
    )
    const theirs = decodedByGo(texts)
    let errors = 0
    for (const [at, text] of texts.entries()) {
      const ours = decodedHere(text)
      if (ours.startsWith('error')) errors += 1
      if (ours !== theirs[at]) expect({ text, says: ours }).toEqual({ text, says: theirs[at] })
    }
    console.log(`${texts.length} texts, ${errors} of them refused`)
    expect(errors).toBeGreaterThan(texts.length / 5)
  })
})
