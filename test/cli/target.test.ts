// Scenarios on a grid that runs in a process of its own: the same stories, over the wires of real clients.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp } from '../interop/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const scenario = (name: string) =>
  fileURLToPath(new URL(`../../scenarios/${name}.ts`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-target-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, 'run', ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

describe.skipIf(missingBuild)('pocketgrid run --target', () => {
  it('plays what a grid can, says why not the rest, and leaves it as it was', async () => {
    const config = join(folder, 'grid.json')
    const farms = [{ name: 'ghent', nodes: 4 }]
    writeFileSync(config, JSON.stringify({ farms, users: ['alice', 'bob'] }))
    const up = await startUp('--config', config, '--front-port', 'none')
    const { control } = up.info.endpoints
    const names = [
      'first-vm',
      'farm-sleeps-and-wakes',
      'partition-after-contract',
      'funds-never-return',
    ]
    const failing = join(folder, 'fails.ts')
    writeFileSync(
      failing,
      [
        "import { defineScenario } from 'pocketgrid'",
        'export default defineScenario({',
        "  name: 'asks for too much',",
        "  async run({ users: { alice } }) { await alice.call('SmartContractModule', 'cancel_contract', { contract_id: 99n }) },",
        '})',
      ].join('\n'),
    )
    const files = [...names.map(scenario), failing]
    const { code, stdout } = await run(
      ...files,
      '--target',
      control,
      '--reporter',
      'json,junit,console',
    )
    expect(stdout).toMatch(/3 passed, 1 failed, 1 skipped/)
    expect(code).toBe(1)
    const report = JSON.parse(readFileSync(join(folder, 'out', 'report.json'), 'utf8'))
    const outcomes = report.scenarios.map(
      ({ skipped, failure }: { skipped?: string; failure: string | null }) => skipped ?? failure,
    )
    expect(outcomes.slice(0, 3)).toEqual([null, null, null])
    expect(outcomes[3]).toMatch(/needs the main network, and the target has that of dev/)
    expect(outcomes[4]).toMatch(/GRID_CHAIN_REFUSED: .*SmartContractModule\.ContractNotExists/)
    expect(report.scenarios[4].repeat).toContain(`--target ${control}`)
    expect(readFileSync(join(folder, 'out', 'junit.xml'), 'utf8')).toMatch(/<skipped message=/)
    const ask = async (path: string) => (await fetch(`${control}${path}`)).json()
    expect(await ask('/snapshots')).toEqual([])
    expect(await ask('/faults')).toEqual([])
    expect(((await ask('/nodes/1')) as { deployments: unknown[] }).deployments).toEqual([])
    await up.stop()
  }, 60_000)

  it('says when no grid is there, and what does not go together', async () => {
    const none = await run(scenario('first-vm'), '--target', 'http://127.0.0.1:9/api')
    expect([none.code, none.stdout]).toEqual([1, expect.stringMatching(/GRID_NOT_RUNNING/)])
    const both = await run(scenario('first-vm'), '--target', 'http://x/api', '--check-determinism')
    expect([both.code, both.stderr]).toEqual([2, expect.stringMatching(/goes with neither/)])
  }, 30_000)
})
