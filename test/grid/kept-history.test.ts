// A grid in a data directory after a history of random calls and jumps in time: opened again it is the same grid.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/hex.ts'
import { type Grid, startGrid } from '../../src/grid.ts'
import { alice, bob, signed } from '../chain/rpc/support.ts'
import { callDrawer, drawsOf, storedAt } from '../chain/support/random.ts'

const dirs: string[] = []

afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

const anyCall = callDrawer(['Timestamp.set'])

/** What the two lives of a grid have in common. */
const viewOf = ({ world: { chain } }: Grid, best: number) => ({
  hash: chain.archive.hashOf(best),
  events: chain.eventsOf(best),
  stored: storedAt(chain, best),
})

it.each([1, 2, 3])('is the same grid after random history %i', async seed => {
  const dataDir = mkdtempSync(join(tmpdir(), 'pocketgrid-history-'))
  dirs.push(dataDir)
  const config = { chainPort: 0, port: 0, dataDir, farms: [{ name: 'ghent', nodes: 2 }] }
  const draw = drawsOf(seed)
  const first = await startGrid(config)
  const { chain } = first.world
  for (let i = 0; i < 300; i += 1) {
    const pair = draw(2) === 0 ? alice : bob
    const nonce = chain.nextNonceOf(pair.accountId)
    const bytes = fromHex(signed(chain, pair, anyCall(draw), { nonce }))
    first.driver.enter(() => chain.submitBytes(bytes))
    // What has arrived becomes a block when the loop comes round.
    if (draw(4) === 0) await new Promise(resolve => setImmediate(resolve))
    if (draw(30) === 0) first.advance(draw(3_600_000))
  }
  first.advance(0)
  const best = first.driver.enter(() => chain.best())
  const before = viewOf(first, best)
  await first.close()

  const second = await startGrid(config)
  expect(second.world.chain.archive.best).toBeGreaterThanOrEqual(best)
  expect(viewOf(second, best)).toEqual(before)
  await second.close()
})
