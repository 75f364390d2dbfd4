// The Go program of the ZOS manual, built with the real modules, deploys on a fake node through our peer.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningPeer, runPeer } from '../../src/cli/peer.ts'
import { RespClient } from '../rmb/support/resp-client.ts'
import { missingBuild, startUp, type Up } from './support.ts'

const run = promisify(execFile)
const source = fileURLToPath(new URL('./go/', import.meta.url))
const goPort = 6379

const missingGo =
  spawnSync('go', ['version']).status === 0 ? null : 'no Go toolchain on this machine'

/** `rmb.Default()` knows one place only: whether a Redis is there, nobody, or somebody else. */
async function whoIsThere(): Promise<'redis' | 'nobody' | 'somebody else'> {
  let client: RespClient
  try {
    client = await RespClient.open(goPort)
  } catch {
    // Refused: the port is free.
    return 'nobody'
  }
  try {
    return (await client.send('PING')) === 'PONG' ? 'redis' : 'somebody else'
  } catch {
    // It hung up, so it is no Redis that we may use.
    return 'somebody else'
  } finally {
    await client.close()
  }
}

describe.skipIf(missingBuild)('the Go program of the manual', () => {
  let up: Up
  let folder: string
  let peer: RunningPeer | undefined
  let reason = missingGo

  beforeAll(async () => {
    if (reason) return
    folder = mkdtempSync(join(tmpdir(), 'pocketgrid-go-'))
    const modules = spawnSync('go', ['mod', 'download'], { cwd: source, timeout: 240_000 })
    if (modules.status !== 0) {
      reason = `the Go modules cannot be had: ${String(modules.stderr).trim().split('\n')[0]}`
      return
    }
    const there = await whoIsThere()
    if (there === 'somebody else') {
      reason = `port ${goPort}, where the program looks for a Redis, serves something else`
      return
    }
    await run('go', ['build', '-o', join(folder, 'manual'), '.'], { cwd: source })
    up = await startUp('--nodes', '2', '--clock', 'virtual')
    const { substrate, relay } = up.info.endpoints
    peer = await runPeer({
      mnemonic: up.info.accounts[0]!.mnemonic,
      relay: [relay],
      substrate: [substrate],
      redis: there === 'redis' ? `redis://127.0.0.1:${goPort}` : 'embedded',
      redisPort: goPort,
    })
  }, 300_000)

  afterAll(async () => {
    await peer?.close()
    await up?.stop()
    if (folder && existsSync(folder)) rmSync(folder, { recursive: true, force: true })
  })

  it('deploys a machine', async context => {
    if (reason) context.skip(reason)
    const [user, node] = [up.info.accounts[0]!, up.info.nodes[0]!]
    const words = {
      chain: up.info.endpoints.substrate,
      mnemonic: user.mnemonic,
      twin: user.twinId,
      'node-twin': node.twinId,
      node: node.id,
    }
    const args = Object.entries(words).flatMap(([name, value]) => [`-${name}`, String(value)])
    const { stdout } = await run(join(folder, 'manual'), args, { timeout: 60_000 })
    const ok = (name: string, type: string) => ({ name, type, state: 'ok', error: '' })
    expect(JSON.parse(stdout)).toEqual({
      version: expect.stringMatching(/^3\./),
      hash: expect.stringMatching(/^[0-9a-f]{32}$/),
      contract: expect.any(Number),
      workloads: [ok('net', 'network'), ok('data', 'zmount'), ok('vm', 'zmachine')],
      delete: 'deletion over the api is disabled, please cancel your contract instead',
    })
  }, 90_000)
})
