// `pocketgrid run` over many seeds, in several processes, twice, and again from a recording.

import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingBuild } from '../interop/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-sweep-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pocketgrid = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

const story = (name: string, lines: readonly string[]): string => {
  const path = join(folder, `${name}.ts`)
  const text = [
    "import { defineScenario } from 'pocketgrid'",
    'export default defineScenario({',
    `  name: '${name}',`,
    "  grid: { farms: [{ name: 'ghent', nodes: 1 }], users: ['alice'] },",
    '  async run({ grid, sometimes }) {',
    "    await grid.advance('1m')",
    ...lines,
    '  },',
    '})',
  ]
  writeFileSync(path, text.join('\n'))
  return path
}

describe.skipIf(missingBuild)('pocketgrid run', () => {
  it('has the same outcomes in several processes as in one', async () => {
    const path = story('goes-well', [])
    const args = ['run', path, '--seeds', '6', '--reporter', 'json', '--trace']
    const runs = await Promise.all([
      pocketgrid(...args, '--out', 'one'),
      pocketgrid(...args, '--out', 'two', '--parallel', '2'),
    ])
    expect(runs.map(({ code }) => code)).toEqual([0, 0])
    const [one, two] = ['one', 'two'].map(out => {
      const { scenarios } = JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8'))
      return scenarios
        .map(({ seed, digest }: Record<string, string>) => `${seed} ${digest}`)
        .sort() as string[]
    })
    expect(new Set(one).size).toBe(6)
    expect(two).toEqual(one)
    expect(existsSync(join(folder, 'two', 'traces', 'goes-well.pocketgrid-6.ndjson'))).toBe(true)
  }, 30_000)

  it('fails the job of a process that is lost, and plays the others', async () => {
    const lost = story('is-lost', ['    process.exit(0)'])
    const well = story('goes-well', [])
    const { code, stdout } = await pocketgrid('run', lost, well, '--parallel', '2')
    expect(code).toBe(1)
    expect(stdout).toMatch(/GRID_WORKER_LOST/)
    expect(stdout).toMatch(/1 passed, 1 failed/)
    expect(readFileSync(join(folder, 'out', 'repeat.sh'), 'utf8')).toContain(lost)
  }, 30_000)

  it('fails when something that is to be true sometimes never is', async () => {
    const path = story('hopes', ["    sometimes('pigs fly', () => false)"])
    const one = await pocketgrid('run', path)
    expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/note .*'pigs fly'/)])
    const many = await pocketgrid('run', path, '--seeds', '3')
    expect([many.code, many.stdout]).toEqual([1, expect.stringMatching(/FAILED .*'pigs fly'/)])
  }, 30_000)

  it('names the first thing that differs between two runs of one seed', async () => {
    const lines = [
      '    const seen = (globalThis as { n?: number })',
      '    seen.n = (seen.n ?? 0) + 1',
    ]
    const path = story('remembers', [
      ...lines,
      '    await grid.advance(1000 * seen.n)',
      '    grid.node(1).crash()',
    ])
    const { code, stdout } = await pocketgrid('run', path, '--check-determinism')
    expect(code).toBe(1)
    expect(stdout).toMatch(/GRID_NOT_DETERMINISTIC/)
    expect(stdout).toMatch(
      /first run +\d+ (\d+) zos\.node .*what=down\n +second run +\d+ (?!\1)\d+ zos/,
    )
    expect(stdout).toMatch(/repeat: .* --check-determinism/)
  }, 30_000)

  it.each([
    [['--shard', '3/2'], /A shard is i\/n/],
    [['--seeds', '0'], /at least 1/],
    [['--only', 'nothing like it'], /GRID_SCRIPT_NOT_FOUND: .*--only/],
    [['--replay', 'nowhere'], /GRID_HISTORY_BROKEN: .*nowhere cannot be read/],
  ])(
    'refuses %j',
    async (args, text) => {
      const { code, stderr } = await pocketgrid('run', story('goes-well', []), ...args)
      expect(code).toBe(2)
      expect(stderr).toMatch(text)
    },
    30_000,
  )

  it('needs something to play', async () => {
    const { code, stderr } = await pocketgrid('run')
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no file is named/)])
  })
})
