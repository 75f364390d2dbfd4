// The demo's grid lives by itself, and lives the same life again.

import { afterEach, expect, it } from 'vitest'
import { demoInput } from '../../src/cli/demo.ts'
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
