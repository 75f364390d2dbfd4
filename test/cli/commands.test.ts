// The command line as a person uses it: the built program in a process of its own.
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { missingBuild, startUp } from '../interop/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const firstVm = fileURLToPath(new URL('../../scenarios/first-vm.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'pocketgrid-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Runs the program to its end. */
const pocketgrid = (...args: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>(resolve => {
    execFile(process.execPath, [main, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe.skipIf(missingBuild)('pocketgrid run', () => {
  it('plays a scenario the same way twice, step by step, and sums up', async () => {
    const [first, again] = await Promise.all([
      pocketgrid('run', firstVm, '--seed', '7'),
      pocketgrid('run', firstVm, '--seed', '7'),
    ])
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(/✓ alice deploys a machine/)
    expect(first.stdout).toMatch(/trace digest [0-9a-f]{32}/)
    expect(first.stdout).toMatch(/1 passed, 0 failed \(seed 7\)/)
    expect(again.stdout).toBe(first.stdout)
  }, 30_000)

  it('names the line that reaches outside, in the TypeScript as it was written', async () => {
    const path = file(
      'outside.ts',
      [
        "import { defineScenario } from 'pocketgrid'",
        'interface Unused {',
        '  readonly nothing: string',
        '}',
        'export default defineScenario({',
        "  name: 'reaches out',",
        '  async run({ grid }) {',
        "    await grid.advance('1s')",
        "    await fetch('http://127.0.0.1:9/').catch(() => undefined)",
        '  },',
        '})',
      ].join('\n'),
    )
    const { code, stdout } = await pocketgrid('run', path)
    expect(code).toBe(1)
    expect(stdout).toMatch(/GRID_SCRIPT_OUTSIDE: .*outside\.ts:9:/)
    expect(stdout).toMatch(/repeat: pocketgrid run .*outside\.ts --seed pocketgrid/)
    expect(stdout).toMatch(/0 passed, 1 failed/)
  }, 30_000)

  it('writes JUnit and JSON', async () => {
    const out = join(folder, 'reports')
    const reporters = ['--reporter', 'junit', '--reporter', 'json', '--out', out]
    const { code, stdout } = await pocketgrid('run', firstVm, ...reporters)
    expect([code, stdout]).toEqual([0, ''])
    const json = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'))
    expect(json).toMatchObject({ passed: 1, failed: 0, scenarios: [{ isPassed: true }] })
    expect(readFileSync(join(out, 'junit.xml'), 'utf8')).toMatch(/^<\?xml [\s\S]*failures="0"/)
  }, 30_000)

  it.each([
    [
      'a file that is not there',
      ['nowhere.ts'],
      /GRID_SCRIPT_NOT_FOUND: No scenario matches: nowhere\.ts/,
    ],
    [
      'an unknown reporter',
      [firstVm, '--reporter', 'tap'],
      /Reporters are console, junit, json and html/,
    ],
    ['an unknown option', [firstVm, '--sed', '7'], /unknown option '--sed'/],
  ])(
    'refuses %s',
    async (_what, args, text) => {
      const { code, stderr } = await pocketgrid('run', ...args)
      expect(code).not.toBe(0)
      expect(stderr).toMatch(text)
    },
    30_000,
  )

  it('tells what is wrong with a file that has no scenario, or no sense', async () => {
    const empty = file('empty.ts', 'export const a = 1')
    const broken = file('broken.ts', 'export default {{')
    const { code, stdout } = await pocketgrid('run', empty, broken)
    expect(code).toBe(1)
    expect(stdout).toMatch(/GRID_SCRIPT_FAILED: .*empty\.ts has no scenario/)
    expect(stdout).toMatch(/GRID_SCRIPT_FAILED: .*broken\.ts:1/)
  }, 30_000)
})

describe.skipIf(missingBuild)('pocketgrid up', () => {
  it('prints one JSON line that says all, answers, and ends cleanly on either signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const up = await startUp('--nodes', '7', '--farms', '2', '--seed', 'x')
      const { info } = up
      expect(info).toMatchObject({ network: 'dev', specVersion: 153, seed: 'x' })
      expect(info.farms).toHaveLength(2)
      expect(info.nodes.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7])
      const users = info.accounts.filter(({ name }) => !name.startsWith('farmer'))
      expect(users.length).toBeGreaterThanOrEqual(4)
      for (const { mnemonic, free, twinId, keyType } of users) {
        expect(mnemonic.split(' ')).toHaveLength(12)
        expect(BigInt(free)).toBeGreaterThan(0n)
        expect(twinId).toBeGreaterThan(0)
        expect(keyType).toBe('sr25519')
      }
      const health = await fetch(`${info.endpoints.control}/health`)
      expect([health.status, await health.json()]).toMatchObject([200, { status: 'ok', nodes: 7 }])
      expect(await (await fetch(`${info.endpoints.control}/info`)).json()).toMatchObject({
        seed: 'x',
      })
      expect(await up.stop(signal)).toBe(0)
      expect(up.stderr()).toBe('')
    }
  }, 60_000)

  it('funds and registers an account that it is given', async () => {
    const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
    const up = await startUp('--nodes', '0', '--account', phrase)
    const account = up.info.accounts.find(({ mnemonic }) => mnemonic === phrase)
    expect(account).toMatchObject({ twinId: 5 })
    expect(BigInt(account!.free)).toBeGreaterThan(0n)
    await up.stop()
  }, 30_000)

  it('comes back after kill -9 with everything that was in a block', async () => {
    const dir = join(folder, 'data')
    const up = await startUp('--nodes', '2', '--data-dir', dir)
    const rpc = async (url: string, method: string, ...params: unknown[]) => {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const headers = { 'content-type': 'application/json' }
      const http = url.replace('ws:', 'http:')
      return (
        (await (await fetch(http, { method: 'POST', headers, body })).json()) as {
          result: { number: string }
        }
      ).result
    }
    const best = await rpc(up.info.endpoints.substrate, 'chain_getHeader')
    const hash = await rpc(up.info.endpoints.substrate, 'chain_getBlockHash', best.number)
    await up.stop('SIGKILL')
    const again = await startUp('--nodes', '2', '--data-dir', dir)
    expect(await rpc(again.info.endpoints.substrate, 'chain_getBlockHash', best.number)).toBe(hash)
    expect(again.info.nodes).toEqual(up.info.nodes)
    await again.stop()
    const other = await pocketgrid(
      'up',
      '--nodes',
      '3',
      '--data-dir',
      dir,
      '--port',
      '0',
      '--chain-port',
      '0',
    )
    expect(other.stderr).toMatch(/GRID_DATA_MISMATCH/)
  }, 60_000)

  it('tells when a port is in use, and by its number', async () => {
    const server = createServer()
    const port = await new Promise<number>(resolve => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
    })
    const chain = await pocketgrid(
      'up',
      '--nodes',
      '0',
      '--port',
      '0',
      '--chain-port',
      String(port),
    )
    const rest = await pocketgrid('up', '--nodes', '0', '--chain-port', '0', '--port', String(port))
    const free = ['--chain-port', '0', '--port', '0']
    const front = await pocketgrid('up', '--nodes', '0', ...free, '--front-port', String(port))
    server.close()
    for (const { code, stderr } of [chain, rest, front]) {
      expect(code).toBe(2)
      expect(stderr).toMatch(new RegExp(`GRID_PORT_IN_USE: .*${port}`))
    }
  }, 30_000)

  it.each([
    [
      'a configuration that is not JSON',
      ['--config', file('bad.json', '{nodes')],
      /GRID_CONFIG_INVALID: .*is not JSON/,
    ],
    [
      'a configuration with an unknown field',
      ['--config', file('odd.json', '{"nodez":3}')],
      /GRID_CONFIG_INVALID: .*nodez/,
    ],
    [
      'a configuration that is not there',
      ['--config', 'gone.json'],
      /GRID_CONFIG_INVALID: .*gone\.json cannot be read/,
    ],
    ['a clock that is none', ['--clock', 'sundial'], /GRID_CONFIG_INVALID: .*clock/],
    ['a phrase that is none', ['--account', 'not a phrase'], /GRID_ACCOUNT_INVALID/],
    [
      'an unknown hardware profile',
      ['--config', file('hw.json', '{"farms":[{"name":"abc","hardware":"toaster"}]}')],
      /GRID_CONFIG_INVALID: .*toaster/,
    ],
    ['a host of another machine', ['--host', '192.0.2.1'], /GRID_HOST_REFUSED/],
    ['a number that is none', ['--nodes', 'many'], /A whole number is needed/],
  ])(
    'refuses %s',
    async (_what, args, text) => {
      const { code, stderr } = await pocketgrid('up', '--port', '0', '--chain-port', '0', ...args)
      expect(code).not.toBe(0)
      expect(stderr).toMatch(text)
    },
    30_000,
  )

  it('goes on after its output is closed', async () => {
    const child = spawn(process.execPath, [
      main,
      'up',
      '--nodes',
      '0',
      '--port',
      '0',
      '--chain-port',
      '0',
    ])
    await new Promise(resolve => child.stdout.once('data', resolve))
    child.stdout.destroy()
    const code = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await code).toBe(0)
  }, 30_000)
})
