// A folder of scenarios offers what is in it, and never what is not; from the dashboard a file of it is played for real.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { scenarioFolder } from '../../src/cli/scenario-folder.ts'
import { missingBuild, startUp } from '../interop/support.ts'

const place = mkdtempSync(join(tmpdir(), 'pocketgrid-folder-'))
afterAll(() => rmSync(place, { recursive: true }))

const folder = join(place, 'stories')
const story = (name: string, body: string): string =>
  `import { defineScenario } from 'pocketgrid'\nexport default defineScenario({ name: '${name}', ${body} })\n`

mkdirSync(join(folder, 'deep', 'node_modules'), { recursive: true })
const files: Readonly<Record<string, string>> = {
  'stories/passes.ts': story(
    'alice is rich',
    'async run({ step, users: { alice }, expect }) {\n' +
      "  await step('she counts', () => expect(alice.balance()).toBeGreaterThan(0n))\n} ",
  ),
  'stories/deep/waits.ts': story(
    'it waits for long',
    'async run({ grid, step }) {\n' +
      "  grid.node(1).crash()\n  for (let i = 0; i < 100_000; i += 1) await step('day ' + i, () => grid.advance('1d'))\n} ",
  ),
  'stories/elsewhere.ts': story(
    'it is of the main network',
    "grid: { network: 'main' }, async run() {} ",
  ),
  'stories/fixture.ts': "export const busy = 'no scenario'\n",
  'stories/notes.md': 'export default',
  'stories/deep/node_modules/library.ts': story('a library', 'async run() {} '),
  'secret.ts': story('out of the folder', 'async run() {} '),
}
for (const [path, text] of Object.entries(files)) writeFileSync(join(place, path), text)
symlinkSync(join(place, 'secret.ts'), join(folder, 'escape.ts'))
symlinkSync(place, join(folder, 'up'))
symlinkSync(join(folder, 'passes.ts'), join(folder, 'again.ts'))

describe('a folder of scenarios', () => {
  const player = scenarioFolder(folder)!

  it('holds files with a default export, and no link that leads out of it', () => {
    expect(player.list()).toEqual({
      files: ['again.ts', 'deep/waits.ts', 'elsewhere.ts', 'passes.ts'],
      leftOut: 0,
    })
  })

  it.each([
    'escape.ts',
    'up/secret.ts',
    '../secret.ts',
    'fixture.ts',
    'deep/../passes.ts',
    '/etc/passwd',
  ])('does not play %s', file => {
    const order = { seed: '1', key: 'some-long-key', control: 'http://127.0.0.1:9/api' }
    expect(player.play(file, order)).toBeNull()
  })

  it('has to be there when it is named', () => {
    expect(() => scenarioFolder(join(place, 'nowhere'))).toThrow(/there is no folder/)
  })
})

describe.skipIf(missingBuild)('a grid with scenarios', () => {
  it('plays them on itself, says why not, and goes back when one is stopped', async () => {
    const up = await startUp('--nodes', '2', '--front-port', 'none', '--scenarios', folder)
    const { control } = up.info.endpoints
    // biome-ignore lint/suspicious/noExplicitAny: the test looks at parts of it.
    const ask = async (path: string, body?: unknown): Promise<any> => {
      const answer = await fetch(`${control}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      return answer.json()
    }
    /** How a run stands once it is so; the server answers as fast as it is asked, and the test has a limit. */
    const once = async (
      id: number,
      isSo: (run: { state: string; step: string | null }) => boolean,
    ) => {
      for (;;) {
        const run = await ask(`/scenarios/runs/${id}`)
        if (isSo(run)) return run
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    const isOver = ({ state }: { state: string }) => state !== 'running'
    const play = async (file: string) => {
      for (;;) {
        // The process of the run before it may still be on its way out.
        const run = await ask('/scenarios/runs', { file, seed: '7' })
        if (run.id !== undefined) return run.id as number
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }
    const first = await once(await play('passes.ts'), isOver)
    expect(first).toMatchObject({
      name: 'alice is rich',
      file: 'passes.ts',
      seed: '7',
      state: 'passed',
      steps: [{ title: 'she counts', error: null }],
    })
    expect(first.repeat).toContain(`--target ${control}`)
    const second = await once(await play('elsewhere.ts'), isOver)
    expect(second).toMatchObject({
      state: 'skipped',
      reason: 'skipped: it needs the main network, and the target has that of dev',
    })
    const third = await play('deep/waits.ts')
    await once(third, ({ step }) => step !== null)
    expect((await ask('/nodes/1')).phase).toBe('down')
    await ask(`/scenarios/runs/${third}/stop`, {})
    expect((await once(third, isOver)).state).toBe('stopped')
    // It goes back as soon as the process is gone.
    while ((await ask('/snapshots')).length > 0) await new Promise(done => setTimeout(done, 50))
    expect((await ask('/nodes/1')).phase).toBe('up')
    await up.stop()
  }, 60_000)
})
