// A world in a data directory that ends without a word: what somebody could have been told is there when it is opened again.

import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { checkGrid } from '../../src/config/config.ts'
import { fromHex } from '../../src/crypto/hex.ts'
import { cryptoReady } from '../../src/crypto/ready.ts'
import { type KeptWorld, openWorld } from '../../src/grid/kept-world.ts'
import { Driver } from '../../src/kernel/driver.ts'
import { alice, signed, TestClock } from '../chain/rpc/support.ts'

await cryptoReady()

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'pocketgrid-kept-'))
  dirs.push(dir)
  return dir
}

/** What is on the disk at this moment, as after a sudden end of the process. */
function leftOf(dataDir: string): string {
  const left = newDir()
  cpSync(dataDir, left, { recursive: true, filter: path => !path.endsWith('grid.pid') })
  return left
}

/** Opens the world of a directory, with a clock that the test moves. */
async function open(dataDir: string) {
  const checked = checkGrid({ dataDir, farms: [{ name: 'ghent', nodes: 1 }] })
  if (!checked.ok) throw new TypeError(JSON.stringify(checked.problems))
  const kept: KeptWorld = await openWorld(checked.config, {
    relay: 'localhost',
    advance: at => driver.advanceTo(at),
    onReverted: () => undefined,
    workloads: [],
  })
  const clock = new TestClock()
  const driver: Driver = new Driver({
    kernel: kept.world.kernel,
    mode: { type: 'real' },
    clock,
    onFailure: cause => {
      throw cause
    },
    onReached: () => kept.onReached(),
  })
  driver.start()
  const { chain } = kept.world
  const best = () =>
    driver.enter(() => ({ number: chain.best(), hash: chain.archive.hashOf(chain.best()) }))
  const close = () => {
    driver.stop()
    return kept.close()
  }
  return { kept, clock, driver, chain, best, close }
}

it('has every block that fell due by time alone before somebody was told of it', async () => {
  const dir = newDir()
  const first = await open(dir)
  const begin = first.best().number
  first.clock.advance(600_000)
  const told = first.best()
  expect(told.number).toBe(begin + 100)
  const left = leftOf(dir)
  await first.close()

  const second = await open(left)
  expect(second.chain.archive.best).toBeGreaterThanOrEqual(told.number)
  expect(second.chain.archive.hashOf(told.number)).toBe(told.hash)
  await second.close()
})

it('has a block that somebody is told of from inside the world', async () => {
  const dir = newDir()
  const first = await open(dir)
  first.clock.advance(60_000)
  // As notifications are sent: when what is due by now has happened, and the world is not left yet.
  const { told, left } = first.driver.enter(() => ({ told: first.chain.best(), left: leftOf(dir) }))
  await first.close()

  const second = await open(left)
  expect(second.chain.archive.best).toBeGreaterThanOrEqual(told)
  await second.close()
})

it('goes on from the last moment, through inputs, blocks of its own and a way back', async () => {
  let dir = newDir()
  const seen: { number: number; hash: string }[] = []
  for (let life = 0; life < 5; life += 1) {
    const { kept, clock, driver, chain, best, close } = await open(dir)
    for (const { number, hash } of seen) expect(chain.archive.hashOf(number)).toBe(hash)
    clock.advance(45_000)
    if (life === 1) driver.enter(() => kept.control.snapshot())
    seen.push(best())
    if (life === 3) {
      expect(driver.enter(() => kept.control.revert('0x1'))).toBe(true)
      // What was seen after the snapshot is no more.
      seen.length = 2
    }
    const call = { pallet: 'System', name: 'remark', args: { remark: '' } }
    const bytes = fromHex(signed(chain, alice, call, { nonce: chain.nextNonceOf(alice.accountId) }))
    expect(driver.enter(() => chain.submitBytes(bytes))).toMatchObject({ ok: true })
    if (life !== 1) clock.advance(13_000)
    if (life !== 1) seen.push(best())
    dir = leftOf(dir)
    await close()
  }
  expect(seen.length).toBeGreaterThan(4)
})

it('comes back at the present, with what happened meanwhile', async () => {
  const dir = newDir()
  const first = await open(dir)
  const { number } = first.best()
  const at = first.chain.kernel.now()
  await first.close()
  const absence = 3 * 86_400_000
  vi.useFakeTimers({ toFake: ['Date'], now: at + absence })
  try {
    for (let life = 0; life < 2; life += 1) {
      const again = await open(dir)
      expect(again.chain.kernel.now()).toBe(at + absence)
      expect(again.chain.best()).toBeGreaterThanOrEqual(number + 3 * 14_400)
      await again.close()
    }
  } finally {
    vi.useRealTimers()
  }
})
