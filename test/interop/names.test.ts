// Clients that were told of nothing but the network: they look for the grid under the names of the real one.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blake2b } from '@noble/hashes/blake2.js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { decodeSs58, encodeSs58 } from '../../src/crypto/ss58.ts'
import { run, scratch } from '../services/front/support.ts'
import { missingBuild, startUp, type Up } from './support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const gridClient = createRequire(import.meta.url).resolve('@threefold/grid_client')
const folder = scratch()

/** A grid whose authority is its own, kept in a folder. */
async function start(...args: string[]): Promise<Up> {
  vi.stubEnv('XDG_DATA_HOME', folder.dir)
  try {
    return await startUp('--nodes', '2', ...args)
  } finally {
    vi.unstubAllEnvs()
  }
}

const exec = (up: Up, command: string[], flags: string[] = [], env: NodeJS.ProcessEnv = {}) =>
  run(
    process.execPath,
    [main, 'exec', '--control', up.info.endpoints.control, ...flags, '--', ...command],
    env,
    { timeout: 60_000 },
  )

let up: Up
let front: { url: string; ca: string }
beforeAll(async () => {
  if (missingBuild) return
  up = await start()
  front = (up.info.endpoints as unknown as { front: typeof front }).front
}, 60_000)
afterAll(async () => {
  await up?.stop()
  folder.remove()
})

const cannotIsolate =
  spawnSync('unshare', ['--user', '--map-root-user', '--net', '--mount', 'true']).status === 0
    ? null
    : "no network of one's own here"

/** Connects with a phrase and a network alone, and says what it found. */
const typescript = `
  const { GridClient } = require(${JSON.stringify(gridClient)})
  const say = console.log
  console.log = () => {}
  ;(async () => {
    const [mnemonic, network] = process.argv.slice(1)
    const client = new GridClient({ mnemonic, network })
    await client.connect()
    const { twinId, config: { substrateURL, relayURL, proxyURL } } = client
    const nodes = await client.capacity.filterNodes({})
    const made = await client.tfchain.createAccount('relay.dev.grid.tf')
    const { total } = await client.zos.getNodeStatistics({ nodeId: 1 })
    const { accountId } = await client.tfclient.twins.get({ id: made.twinId })
    say('>' + JSON.stringify({ twinId, urls: [substrateURL, relayURL, proxyURL], nodes: nodes.length, cru: total.cru > 0, isThere: accountId === made.public_key }))
    process.exit(0)
  })().catch(error => { say('>' + JSON.stringify({ error: String(error.stack) })); process.exit(1) })`

describe.skipIf(missingBuild)('the real TypeScript client, told of a network alone', () => {
  it.each([
    ['dev', [] as string[], 'dev.grid.tf'],
    ['main', [] as string[], 'grid.tf'],
    ...(cannotIsolate
      ? []
      : [['test', ['--isolate'], 'test.grid.tf'] as [string, string[], string]]),
  ])(
    'finds the grid as the network %s %j',
    async (network, flags, suffix) => {
      const { mnemonic, twinId } = up.info.accounts[0]!
      const { stdout } = await exec(
        up,
        [process.execPath, '-e', typescript, mnemonic, network],
        flags,
      )
      const line = stdout.split('\n').find(each => each.startsWith('>')) ?? '>{}'
      expect(JSON.parse(line.slice(1))).toMatchObject({
        twinId,
        urls: [
          `wss://tfchain.${suffix}/ws`,
          `wss://relay.${suffix}`,
          `https://gridproxy.${suffix}`,
        ],
        nodes: 2,
        isThere: true,
      })
    },
    60_000,
  )
})

const goProgram = `package main

import (
	"fmt"
	"os"

	substrate "github.com/threefoldtech/tfchain/clients/tfchain-client-go"
)

func main() {
	client, err := substrate.NewManager("wss://tfchain.dev.grid.tf/ws").Substrate()
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	defer client.Close()
	twin, err := client.GetTwin(1)
	fmt.Println(twin.ID, twin.Account.String(), err)
}
`

/** Builds the program with what of its modules is on this machine; the reason when it cannot be built. */
function buildGo(program: string): string | null {
  if (spawnSync('go', ['version']).status !== 0) return 'no Go toolchain on this machine'
  const dir = join(folder.dir, 'go')
  mkdirSync(dir)
  for (const file of ['go.mod', 'go.sum']) {
    cpSync(fileURLToPath(new URL(`./go/${file}`, import.meta.url)), join(dir, file))
  }
  writeFileSync(join(dir, 'main.go'), goProgram)
  const env = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off', GOTOOLCHAIN: 'local' }
  const built = spawnSync('go', ['build', '-o', program, '.'], { cwd: dir, env, encoding: 'utf8' })
  return built.status === 0
    ? null
    : `its modules are not here: ${built.stderr.trim().split('\\n')[0]}`
}

describe.skipIf(missingBuild || cannotIsolate)('the real Go client of the chain', () => {
  it('finds it in a network of its own, though it knows of no proxy', async context => {
    const program = join(folder.dir, 'names')
    const missing = buildGo(program)
    if (missing) context.skip(missing)
    const { stdout } = await exec(up, [program], ['--isolate'])
    const { address } = up.info.accounts[0]!
    expect(stdout.split('\n').at(0)).toBe(`1 ${address} <nil>`)
  }, 120_000)
})

describe.skipIf(missingBuild)('the front of a grid', () => {
  /** Asks under a name, over TLS that is trusted by the grid's own authority alone. */
  const ask = (host: string, path: string, { method = 'GET', body = '' } = {}) =>
    new Promise<{ status: number; json: unknown }>((resolve, reject) => {
      const headers = { host, 'content-type': 'application/json' }
      const { port } = new URL(front.url)
      const ca = readFileSync(front.ca)
      const options = { host: '127.0.0.1', port, path, method, headers, servername: host, ca }
      const asked = request(options, response => {
        let text = ''
        response.on('data', data => {
          text += String(data)
        })
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            json: text.startsWith('{') ? JSON.parse(text) : text,
          })
        })
      })
      asked.on('error', reject)
      asked.end(body)
    })

  it.each([
    ['tfchain.emu.local', '/health', { isSyncing: false }],
    ['gridproxy.emu.local', '/health', { rmb_conn: 'ok' }],
    ['gridproxy.02.dev.grid.tf', '/ping', { ping: 'pong' }],
    ['kyc.test.grid.tf', '/api/v1/health', { result: { status: 'Healthy' } }],
    ['kyc.grid.tf', '/api/v1/status?twin_id=1', { result: { status: 'VERIFIED', final: true } }],
    ['stats.grid.tf', '/api/stats-summary', { nodes: 2 }],
    ['activation.dev.grid.tf', '/activation/activate', expect.stringContaining('Activation')],
    [
      'hub.grid.tf',
      '/tf-official-apps/base:latest.flist.md5',
      expect.stringMatching(/^[0-9a-f]{32}$/),
    ],
  ])('answers https://%s%s', async (host, path, expected) => {
    const { status, json } = await ask(host, path)
    expect(status).toBe(200)
    if (typeof json === 'string') expect(json).toEqual(expected)
    else expect(json).toMatchObject(expected)
  })

  it('takes JSON-RPC, GraphQL and activations by POST', async () => {
    const post = (host: string, path: string, body: unknown) =>
      ask(host, path, { method: 'POST', body: JSON.stringify(body) })
    const rpc = { jsonrpc: '2.0', id: 1, method: 'system_health', params: [] }
    expect((await post('tfchain.dev.grid.tf', '/', rpc)).json).toMatchObject({ id: 1, result: {} })
    const query = { query: 'query { __typename }' }
    expect((await post('graphql.dev.grid.tf', '/graphql', query)).json).toMatchObject({
      data: { __typename: 'Query' },
    })
    const fresh = { substrateAccountID: encodeSs58(Buffer.alloc(32, 9)) }
    const free = async () =>
      (
        await post('tfchain.dev.grid.tf', '/ws', {
          ...rpc,
          method: 'state_getStorage',
          params: [accountKey],
        })
      ).json as { result: string | null }
    const accountKey = accountKeyOf(fresh.substrateAccountID)
    expect((await free()).result).toBeNull()
    expect(await post('activation.dev.grid.tf', '/activation/activate', fresh)).toMatchObject({
      status: 200,
      json: fresh,
    })
    const funded = (await free()).result
    expect(funded).toMatch(/^0x/)
    expect((await post('activation.dev.grid.tf', '/activation/activate', fresh)).status).toBe(200)
    expect((await free()).result).toBe(funded)
  })
})

/** The raw key of an account in `System.Account`. */
function accountKeyOf(address: string): string {
  const decoded = decodeSs58(address)
  if (!decoded.ok) throw new TypeError(decoded.error)
  const key = Buffer.from(decoded.publicKey)
  const hash = Buffer.from(blake2b(key, { dkLen: 16 }))
  const prefix = '26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9'
  return `0x${prefix}${hash.toString('hex')}${key.toString('hex')}`
}

describe.skipIf(missingBuild)('who is verified', () => {
  it('is kept over a crash', async () => {
    const data = ['--data-dir', join(folder.dir, 'data')]
    const first = await start(...data)
    const { address } = first.info.accounts[0]!
    const path = (up: Up) => `${up.info.endpoints.control}/kyc/${address}`
    const body = JSON.stringify({ status: 'REJECTED' })
    expect((await fetch(path(first), { method: 'PUT', body })).status).toBe(200)
    await first.stop('SIGKILL')
    const second = await start(...data)
    expect(await (await fetch(path(second))).json()).toEqual({
      account: address,
      status: 'REJECTED',
    })
    await second.stop()
  }, 60_000)
})
