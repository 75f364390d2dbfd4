// The demo's grid lives by itself, and lives the same life again.

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { demoInput } from '../../src/cli/demo.ts'
import { isWatched, openPage } from '../../src/cli/page.ts'
import { readHistory } from '../../src/grid/history.ts'
import { replayHistory } from '../../src/grid/kept-world.ts'
import { type Grid, startGrid } from '../../src/grid.ts'

const open: Grid[] = []
afterEach(async () => {
  for (const grid of open.splice(0)) await grid.close()
})

async function demo(seed: string, onHistory?: (text: string) => void): Promise<Grid> {
  const places = { port: 0, chainPort: 0, frontPort: false, clock: 'virtual' } as const
  const grid = await startGrid(demoInput({ seed, ...places }), onHistory ? { onHistory } : {})
  open.push(grid)
  return grid
}

/** What happened, with times counted from the start. */
function storyOf({ world }: Grid): string[] {
  const trace = world.kernel.trace.last()
  const first = trace[0]!.at
  return trace
    .filter(({ kind }) => kind === 'zos.workload' || kind === 'fault')
    .map(({ at, kind, fields }) => `${at - first} ${kind} ${Object.values(fields).join(' ')}`)
}

it('users deploy, nodes fail and come back', async () => {
  const grid = await demo('a seed')
  const { nodes } = grid.world
  expect(nodes.list().length).toBe(70)
  grid.advance(3_600_000)
  const story = storyOf(grid)
  expect(
    story.filter(line => line.includes('zmachine') && line.includes(' ok ')).length,
  ).toBeGreaterThan(40)
  expect(story.some(line => line.includes('node.crash begins'))).toBe(true)
  expect(story.some(line => line.includes('node.crash ends'))).toBe(true)
  expect(story.filter(line => line.includes(' error '))).toEqual([])
  const up = nodes.list().filter(({ phase }) => phase === 'up').length
  expect(up).toBeGreaterThan(35)
  grid.advance(2 * 3_600_000)
  const most = Math.max(...nodes.list().map(({ nodeId }) => nodes.deploymentsOf(nodeId).length))
  expect(most).toBeLessThanOrEqual(5)
}, 30_000)

it('is the same for the same seed, and can be played again from its history', async () => {
  let text = ''
  const [one, other] = [
    await demo('s', piece => {
      text += piece
    }),
    await demo('t'),
  ]
  one.advance(1_200_000)
  other.advance(1_200_000)
  expect(storyOf(one)).not.toEqual(storyOf(other))
  const digest = one.world.kernel.trace.digest()
  open.splice(open.indexOf(one), 1)
  await one.close()
  const { world } = replayHistory(readHistory(text))
  expect(world.kernel.trace.digest()).toBe(digest)
}, 20_000)

it.runIf(process.platform === 'linux')(
  'shows its page in the browser that people use, where somebody looks',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-demo-'))
    const browser = join(folder, 'browser')
    writeFileSync(
      browser,
      `#!/bin/sh\nprintf %s "$1" >"${folder}/seen.part"\nmv "${folder}/seen.part" "${folder}/seen"\n`,
    )
    chmodSync(browser, 0o755)
    vi.stubEnv('BROWSER', browser)
    vi.stubEnv('DISPLAY', ':0')
    // No other program is known to open pages.
    for (const name of ['XDG_DATA_HOME', 'XDG_DATA_DIRS', 'XDG_CONFIG_HOME', 'HOME']) {
      vi.stubEnv(name, folder)
    }
    try {
      expect(await openPage('http://127.0.0.1:1/#/tour')).toBe(null)
      const seen = join(folder, 'seen')
      await vi.waitUntil(() => existsSync(seen), { timeout: 5000 })
      expect(readFileSync(seen, 'utf8')).toBe('http://127.0.0.1:1/#/tour')
    } finally {
      vi.unstubAllEnvs()
      rmSync(folder, { recursive: true })
    }
  },
)

it('opens nothing in a pipe, in CI, over ssh or without a screen', () => {
  const screen = { DISPLAY: ':0' }
  expect(isWatched(true, screen, 'linux')).toBe(true)
  expect(isWatched(true, {}, 'darwin')).toBe(true)
  expect(isWatched(false, screen, 'linux')).toBe(false)
  expect(isWatched(true, {}, 'linux')).toBe(false)
  expect(isWatched(true, { ...screen, CI: 'true' }, 'linux')).toBe(false)
  expect(isWatched(true, { SSH_CONNECTION: 'x' }, 'win32')).toBe(false)
})
