// A grid that is taken back and branched from the command line, and whose record leads to the same place.

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp } from '../interop/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-past-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<string>((resolve, reject) => {
    const options = { cwd: folder, env: { ...process.env, ...env } }
    execFile(process.execPath, [main, ...args], options, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    )
  })

describe.skipIf(missingBuild)('the past of a grid', () => {
  it('is gone back to and branched by ctl, and is recorded with the way back', async () => {
    const record = join(folder, 'record.ndjson')
    const up = await startUp('--nodes', '2', '--front-port', 'none', '--record', record)
    const env = { POCKETGRID_CONTROL: up.info.endpoints.control }
    const json = async (...words: string[]) =>
      JSON.parse(await run(['ctl', '--json', ...words], env))
    await json('time', 'freeze')
    await json('time', 'advance', '1h')
    const { time, block, digest, blockHash } = await json('digest')
    await json('time', 'advance', '1h')
    await json('node', 'crash', '1')
    await json('time', 'advance', '1h')
    expect(await run(['ctl', 'history'], env)).toMatch(/taken back to any moment from \d{4}-.* to /)
    expect(await json('rewind', String(time))).toMatchObject({ time, block, digest, blockHash })
    expect((await json('node', 'show', '1')).phase).toBe('up')
    await json('node', 'crash', '2')
    expect((await json('rewind', '5m')).time).toBe((await json('time')).now - 300_000)

    const branch = await json('snapshot', 'branch', 'now')
    expect(branch.from).toEqual(await json('digest'))
    expect(await json('branch', 'list')).toEqual([branch])
    const health = `${branch.endpoints.control}/health`
    expect((await fetch(health)).status).toBe(200)
    const end = (await json('digest')).digest
    // However its end comes.
    await up.stop('SIGKILL')
    await expect(gone(health)).resolves.toBe(true)

    expect(await run(['run', '--replay', record])).toMatch(new RegExp(`trace digest ${end}`))
  }, 60_000)
})

/** Waits until nobody answers any more: the other process ends by itself. */
async function gone(url: string): Promise<boolean> {
  for (let i = 0; i < 500; i += 1) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    )
    if (!isThere) return true
  }
  return false
}
