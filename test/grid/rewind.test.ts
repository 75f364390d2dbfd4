// Going back to any moment of a grid's history: what is there then is what was there, whatever has been done since.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { Chronicle, mostSpans } from '../../src/grid/chronicle.ts'
import { markLimits } from '../../src/grid/marks.ts'
import { keptWorld, Rover } from './support/rover.ts'

await cryptoReady()

const input = { farms: [{ name: 'ghent', nodes: 2 }], users: ['alice'] }

it.each([2, 3, 5])('brings back every moment of random history %i, in any order', async seed => {
  const world = await keptWorld(input)
  const rover = new Rover(world, seed)
  for (let round = 0; round < 3; round += 1) {
    rover.rove(40)
    for (let i = 0; i < 4; i += 1) rover.expectReturn()
  }
  expect(rover.seen.length).toBeGreaterThan(10)
  rover.expectSameHistory()
  await world.close()
})

it('comes back after a restart with every way back in its history, and can still go back', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'pocketgrid-rewind-'))
  try {
    const first = await keptWorld({ ...input, dataDir })
    const rover = new Rover(first, 4)
    rover.rove(60)
    rover.expectReturn()
    const { block, blockHash } = first.driver.enter(() => first.kept.end())
    await first.close()

    const second = await keptWorld({ ...input, dataDir })
    expect(second.kept.world.chain.archive.hashOf(block)).toBe(blockHash)
    const again = new Rover(second, 5)
    for (const seen of rover.seen) again.expectReturn(seen)
    await second.close()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

it('keeps the snapshots that were taken before the moment, and those alone', async () => {
  const { kept, driver, clock, close } = await keptWorld(input)
  const { control, world } = kept
  const at = (body: () => unknown) => {
    clock.advance(1000)
    driver.enter(body)
    return world.kernel.now()
  }
  at(() => control.snapshot('early'))
  at(() => control.snapshot('given up'))
  const moment = at(() => undefined)
  at(() => control.snapshot('late'))
  at(() => control.release('0x2'))
  at(() => control.rewind(moment))
  expect(control.snapshots().map(({ name }) => name)).toEqual(['early'])
  at(() => control.advance(60_000))
  const [early] = control.snapshots()
  at(() => expect(control.revert(early!.id)).toBe(true))
  // The next one has an id of its own.
  at(() => expect(control.snapshot('next')).toBe('0x4'))
  await close()
})

it('goes back to the last moment that it remembers when it was changed past its doors', async () => {
  const { kept, driver, clock, close } = await keptWorld(input)
  clock.advance(60_000)
  driver.enter(() => kept.world.nodes.reboot(1))
  clock.advance(600_000)
  driver.enter(() => kept.control.snapshot())
  const now = driver.enter(() => kept.world.kernel.now())
  clock.advance(60_000)
  const end = driver.enter(() => kept.control.rewind(now))
  expect(kept.past.marks.list().map(({ point }) => point.at)).toContain(end.at)
  expect(kept.world.kernel.now()).toBe(now + 60_000)
  await close()
})

it('refuses what lies before the begin or after now, and then nothing has changed', async () => {
  const { kept, driver, close } = await keptWorld(input)
  const { past, control, world } = kept
  const before = kept.history()
  for (const at of [past.begin - 1, world.kernel.now() + 1]) {
    expect(() => driver.enter(() => control.rewind(at))).toThrow(/cannot be taken back/)
  }
  expect(kept.history()).toBe(before)
  await close()
})

it('remembers a bounded number of moments, the begin always among them', async () => {
  const { kept, driver, close } = await keptWorld({ ...input, blocks: '6s' })
  const { begin } = kept.past
  for (let i = 0; i < 60; i += 1) driver.enter(() => kept.control.advance(6 * 3_600_000))
  const marks = kept.past.marks.list()
  expect(marks.length).toBeGreaterThan(4)
  expect(marks.length).toBeLessThanOrEqual(markLimits.marks)
  expect(marks[0]!.point.at).toBe(begin)
  expect(kept.past.begin).toBe(begin)
  expect(kept.chronicle.list().length).toBeLessThanOrEqual(mostSpans)
  await close()
})

it('tells what happened when, and counts everything once', async () => {
  const { kept, driver, clock, close } = await keptWorld(input)
  const { world, control, hand } = kept
  const course = new Chronicle(world)
  const begin = world.kernel.trace.length
  const stop = 10
  for (let i = 0; i < stop; i += 1) {
    driver.enter(() => hand['node.act']({ nodeId: 1, action: { type: 'reboot' } }))
    clock.advance(3_600_000)
  }
  const sum = () =>
    course
      .list()
      .reduce((all, { counts }) => all + Object.values(counts).reduce((a, b) => a + b, 0), 0)
  driver.enter(() => undefined)
  const counted = sum()
  expect(counted).toBe(world.kernel.trace.length - begin)
  const ordered = course.list().map(({ at }) => at)
  expect(ordered).toEqual([...ordered].sort((a, b) => a - b))
  // What is played again on a way back has been counted.
  const moment = world.kernel.now()
  clock.advance(1)
  driver.enter(() => control.rewind(moment))
  expect(sum()).toBe(counted)
  await close()
})

it('begins later when memory does not hold all inputs any more, and says so', async () => {
  const { kept, driver, clock, close } = await keptWorld(input)
  const { begin } = kept.past
  const change = { type: 'status', of: { twinId: 1 }, status: 'VERIFIED' } as const
  const put = (many: number) =>
    driver.enter(() => {
      for (let i = 0; i < many; i += 1) kept.changeKyc(change)
    })
  put(50_000)
  expect(kept.past.begin).toBe(begin)
  clock.advance(60_000)
  // Nothing is remembered since the inputs that are lost: the present is all that can be gone back to.
  put(50_005)
  const now = kept.world.kernel.now()
  expect(kept.past.begin).toBe(now)
  expect(() => kept.history()).toThrow(/longer than what is kept/)
  clock.advance(60_000)
  driver.enter(() => kept.control.advance(3_600_000))
  expect(() => driver.enter(() => kept.control.rewind(now - 1))).toThrow(/cannot be taken back/)
  expect(driver.enter(() => kept.control.rewind(now)).at).toBe(now)
  await close()
})
