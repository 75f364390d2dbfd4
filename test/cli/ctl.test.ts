// A grid that is moved, broken, saved and brought back from the command line.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp } from '../interop/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-ctl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    const options = { cwd: folder, env: { ...process.env, ...env } }
    execFile(process.execPath, [main, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

describe.skipIf(missingBuild)('pocketgrid ctl', () => {
  it('moves, breaks, grows, saves and brings back a grid', async () => {
    const record = join(folder, 'record.ndjson')
    const up = await startUp('--nodes', '2', '--front-port', 'none', '--record', record)
    const env = { POCKETGRID_CONTROL: up.info.endpoints.control }
    const json = async (...words: string[]) =>
      JSON.parse((await run(['ctl', '--json', ...words], env)).stdout)
    await json('time', 'freeze')
    const { now } = await json('time')
    expect((await json('time', 'advance', '1h')).now).toBe(now + 3_600_000)
    expect(await json('fault', 'add', 'node.crash', 'nodes=1,2', 'forMs=10m')).toMatchObject({
      state: 'active',
      fault: { nodes: [1, 2], forMs: 600_000 },
    })
    expect(await json('fault', 'clear')).toHaveLength(1)
    expect(await json('snapshot', 'take', 'small')).toMatchObject({ name: 'small' })
    expect(await json('scale', 'nodes', '4')).toMatchObject({ nodes: 4, added: 2 })
    await json('time', 'advance', '10m')
    const { stdout } = await run(['ctl', 'nodes'], env)
    expect(stdout).toMatch(/^id +name[\s\S]*\n4 +node-4 .* up\n$/)
    const wrong = await run(['ctl', 'fault', 'add', 'node.crash', 'nodes=9'], env)
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/there is no node 9/)])

    const file = join(folder, 'saved.ndjson')
    expect((await run(['snapshot', 'save', file], env)).stdout).toMatch(/inputs, .*block \d+/)
    const { digest } = await json('digest')
    expect(await up.stop()).toBe(0)
    const { stdout: list } = await run(['snapshot', 'list', folder])
    expect(list.match(new RegExp(digest, 'g'))).toHaveLength(2)

    for (const history of [file, record]) {
      const replayed = await run(['run', '--replay', history])
      expect(replayed.stdout).toMatch(new RegExp(`trace digest ${digest}\n[\\s\\S]*1 passed`))
    }
    const again = await startUp('--snapshot', file, '--front-port', 'none')
    expect(again.info.nodes.map(({ id }) => id)).toEqual([1, 2, 3, 4])
    const other = { POCKETGRID_CONTROL: again.info.endpoints.control }
    await run(['ctl', 'snapshot', 'revert', 'small'], other)
    const { stdout: scale } = await run(['ctl', 'scale'], other)
    expect(scale).toMatch(/nodes +2\n/)
    await again.stop()

    const changed = readFileSync(file, 'utf8').replace(/"digest":"./, '"digest":"x')
    writeFileSync(join(folder, 'changed.ndjson'), changed)
    const failed = await run(['run', '--replay', 'changed.ndjson'])
    expect([failed.code, failed.stdout]).toEqual([
      1,
      expect.stringMatching(/GRID_HISTORY_DIFFERENT/),
    ])
  }, 60_000)

  it('says where no grid is, and what a file is not', async () => {
    const env = { POCKETGRID_CONTROL: 'http://127.0.0.1:9/api' }
    const none = await run(['ctl', 'nodes'], env)
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/GRID_NOT_RUNNING/)])
    writeFileSync(join(folder, 'poem.txt'), 'roses\n')
    const poem = await run(['up', '--snapshot', 'poem.txt', '--port', '0', '--chain-port', '0'])
    expect([poem.code, poem.stderr]).toEqual([2, expect.stringMatching(/GRID_HISTORY_BROKEN/)])
  }, 30_000)
})
