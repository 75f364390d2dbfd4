// The terminal's picture of a grid: it fits, it says what there is, and nothing in it moves the cursor.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { pictureOf } from '../../src/cli/top.ts'
import { type Grid, startGrid } from '../../src/grid.ts'
import type { Overview } from '../../src/services/control/dashboard-types.ts'

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
let grid: Grid | null = null
afterEach(async () => {
  await grid?.close()
  grid = null
})

const overview: Overview = {
  version: '1.2.3',
  network: 'dev',
  seed: 'a seed',
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
  clock: 'warp:60',
  isFrozen: false,
  block: 12,
  finalized: 10,
  farms: 2,
  elsewhere: 0,
  nodes: { starting: 0, up: 4, down: 1, asleep: 0 },
  deployments: 3,
  workloads: { ok: 8, error: 1 },
  contracts: { Created: 3 },
  total: { cru: '100', mru: '1000', sru: '0', hru: '3' },
  used: { cru: '61', mru: '1000', sru: '0', hru: '0' },
  messages: {},
  faults: { active: 1 },
  bills: { count: 2, amount: '12345678', since: 1 },
}

describe('the picture of `pocketgrid top`', () => {
  it('tells what there is', () => {
    const text = pictureOf(overview, [], { columns: 200, rows: 30 })
    expect(text).toContain('2026-01-02T03:04:05.000Z (warp:60)   block 12, final 10')
    expect(text).toContain('4 up, 1 down   on 2 farms')
    expect(text).toContain(
      'cru ######---- 61 %   mru ########## 100 %   sru -   hru ---------- 0 %',
    )
    expect(text).toContain('1.23 TFT in 2 bills since block 1')
    expect(text).toContain('messages     none')
  })

  it('fits the terminal and keeps the newest of what happened', () => {
    const trace = Array.from({ length: 50 }, (_, i) => ({
      seq: i,
      at: i,
      kind: 'zos.node',
      what: `step ${i} ${'long '.repeat(30)}`,
    }))
    const lines = pictureOf(overview, trace, { columns: 60, rows: 20 }).split('\n')
    expect(lines.length).toBeLessThanOrEqual(20)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(60)
    expect(lines.at(-2)).toContain('step 49')
    expect(pictureOf(overview, trace, { columns: 60, rows: 3 })).not.toContain('step')
  })

  it('shows what came from people without what moves a cursor', () => {
    const trace = [{ seq: 1, at: 1, kind: 'zos.workload', message: '\u001b[2J\u0007\u009bgone' }]
    const text = pictureOf({ ...overview, seed: '\u001b]0;owned\u0007' }, trace, {
      columns: 200,
      rows: 30,
    })
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})

it.skipIf(!existsSync(program))(
  '`pocketgrid top` prints one picture where there is no terminal',
  async () => {
    grid = await startGrid({
      farms: [{ name: 'ghent', nodes: 2 }],
      port: 0,
      chainPort: 0,
      frontPort: false,
    })
    const { control } = grid.info().endpoints
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      'top',
      '--control',
      control,
    ])
    expect(stdout).toContain('2 up   on 1 farms')
    expect(stdout).toContain('registered')
  },
)
