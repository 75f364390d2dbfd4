// `pocketgrid env` and `exec`: unmodified clients of many kinds find a grid under the names of the real one.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quoted } from '../../src/cli/env.ts'
import { createKyc } from '../../src/services/kyc/kyc.ts'
import { missingBuild } from '../interop/support.ts'
import {
  type FrontWorld,
  run,
  scratch,
  startFrontWorld,
  teller,
} from '../services/front/support.ts'
import { closed, listening } from '../services/support.ts'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const require = createRequire(import.meta.url)
const axios = require.resolve('axios')
const ws = require.resolve('ws')

const folder = scratch()
let world: FrontWorld
let control: string
let server: Server

/** A grid as `exec` sees it: its front, and a control API that tells of it. */
beforeAll(async () => {
  const verified = { status: 'VERIFIED', idenfyRef: '', data: {} } as const
  const kyc = createKyc({
    recordOf: () => verified,
    unknown: () => verified,
    accountOf: () => null,
    balanceOf: () => 0n,
    change: () => undefined,
    wallNow: () => Date.now(),
  })
  world = await startFrontWorld({
    backends: {
      chain: teller('chain'),
      relay: teller('relay'),
      gridproxy: { handleRequest: teller('gridproxy').handleRequest! },
      hub: { handleRequest: teller('hub').handleRequest! },
      kyc,
    },
  })
  const { port, proxyPort, caPath: ca, domain } = world.front
  server = createServer((request, response) => {
    if (request.url !== '/api/info') {
      response.end('control')
      return
    }
    const own = `127.0.0.1:${(server.address() as { port: number }).port}`
    const front = {
      url: `https://127.0.0.1:${port}`,
      proxy: `http://127.0.0.1:${proxyPort}`,
      ca,
      domain,
    }
    const endpoints = {
      substrate: `ws://${own}`,
      relay: `ws://${own}/relay`,
      control: `http://${own}/api`,
      front,
    }
    response.end(JSON.stringify({ network: 'dev', endpoints }))
  })
  control = `http://127.0.0.1:${await listening(server)}/api`
})
afterAll(async () => {
  await world.close()
  await closed(server)
  folder.remove()
})

const pocketgrid = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  run(process.execPath, [main, ...args], env)

const exec = (command: string[], options: { flags?: string[]; env?: NodeJS.ProcessEnv } = {}) =>
  pocketgrid(
    ['exec', '--control', control, ...(options.flags ?? []), '--', ...command],
    options.env,
  )

const script = (text: string) => [process.execPath, '-e', text]

describe.skipIf(missingBuild)('pocketgrid env', () => {
  it('prints variables that a shell takes, and the same as JSON', async () => {
    const shell = await pocketgrid(['env', '--control', control])
    const json = JSON.parse((await pocketgrid(['env', '--control', control, '--json'])).stdout)
    const names = ['HTTPS_PROXY', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SUBSTRATE_URL']
    const echo = names.map(name => `printf '%s\\n' "$${name}"`).join(';')
    const { stdout } = await run('sh', ['-c', `${shell.stdout}\n${echo}`])
    expect(stdout.trim().split('\n')).toEqual(names.map(name => json[name]))
    expect(json).toMatchObject({
      HTTPS_PROXY: `http://127.0.0.1:${world.front.port}`,
      NO_PROXY: '127.0.0.1,localhost,::1',
      NODE_EXTRA_CA_CERTS: world.front.caPath,
      SUBSTRATE_URL: `wss://127.0.0.1:${world.front.port}/ws`,
      NETWORK: 'dev',
    })
  })

  it('writes a bundle of what the system trusts and the grid, once each', async () => {
    const read = async (env: NodeJS.ProcessEnv) => {
      const { stdout } = await pocketgrid(['env', '--control', control, '--json'], env)
      return readFileSync(JSON.parse(stdout).SSL_CERT_FILE, 'utf8')
    }
    const first = await read({})
    expect(first.split(world.ca.trim()).length).toBe(2)
    expect(first.match(/BEGIN CERTIFICATE/g)!.length).toBeGreaterThan(10)
    // A program that was itself started with the variables gets the same bundle.
    const { stdout } = await pocketgrid(['env', '--control', control, '--json'])
    expect(await read({ SSL_CERT_FILE: JSON.parse(stdout).SSL_CERT_FILE })).toBe(first)
  })

  it('says what to do when no grid is there', async () => {
    const { code, stderr } = await pocketgrid(['env', '--control', 'http://127.0.0.1:9/api'])
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^GRID_NOT_RUNNING: .*\nStart one with `pocketgrid up`/),
    ])
  })

  it.each([
    ['a', 'a'],
    ['http://x:1/y,z', 'http://x:1/y,z'],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['$x`y`', "'$x`y`'"],
    ['', "''"],
  ])('quotes %s for a shell', (text, word) => expect(quoted(text)).toBe(word))
})

describe.skipIf(missingBuild)('pocketgrid exec', () => {
  it('lets fetch reach every service by its name', async () => {
    const { stdout } = await exec(
      script(`Promise.all([
        fetch('https://gridproxy.dev.grid.tf/nodes').then(r => r.json()),
        fetch('https://hub.grid.tf/a.flist').then(r => r.json()),
        fetch('http://hub.grid.tf/b.flist').then(r => r.json()),
        fetch('https://KYC.grid.tf/api/v1/health').then(r => r.json()),
      ]).then(all => console.log(JSON.stringify(all)))`),
    )
    expect(JSON.parse(stdout)).toMatchObject([
      { role: 'gridproxy', url: '/nodes' },
      { role: 'hub', url: '/a.flist' },
      { role: 'hub', url: '/b.flist' },
      { result: { status: 'Healthy' } },
    ])
  })

  it('lets WebSockets, https and plain TLS reach them too', async () => {
    const { stdout, stderr } = await exec(
      script(`const WebSocket = require(${JSON.stringify(ws)}), https = require('https'), tls = require('tls')
        const said = url => new Promise((resolve, reject) => {
          const socket = new WebSocket(url)
          socket.on('error', reject).on('message', data => (socket.close(), resolve(JSON.parse(data))))
        })
        const got = new Promise(resolve => https.get('https://gridproxy.qa.grid.tf/x', r => r.on('data', d => resolve(JSON.parse(d)))))
        const raw = new Promise((resolve, reject) => {
          const socket = tls.connect(443, 'hub.grid.tf', { servername: 'hub.grid.tf' }, () => resolve({ authorized: socket.authorized, end: socket.destroy() && 0 }))
          socket.on('error', reject)
        })
        Promise.all([said('wss://tfchain.dev.grid.tf/ws'), said('wss://relay.02.dev.grid.tf/?t'), got, raw]).then(all => console.log(JSON.stringify(all)))`),
    )
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject([
      { role: 'chain', url: '/ws' },
      { role: 'relay', url: '/?t' },
      { role: 'gridproxy', url: '/x' },
      { authorized: true },
    ])
  })

  it('lets programs reach them that look names up themselves, and leaves other names alone', async () => {
    const { stdout } = await exec(
      script(`const dns = require('dns'), tls = require('tls')
        const connected = address => new Promise((resolve, reject) => {
          const socket = tls.connect({ host: address, port: 443, servername: 'kyc.dev.grid.tf' }, () => (resolve(socket.authorized), socket.destroy()))
          socket.on('error', reject)
        })
        Promise.all([
          dns.promises.lookup('kyc.dev.grid.tf').then(({ address }) => connected(address)),
          new Promise(resolve => dns.lookup('kyc.dev.grid.tf', { all: true }, (error, all) => resolve(all[0].family))),
          dns.promises.lookup('localhost', { family: 4 }).then(({ address }) => address),
          fetch(${JSON.stringify(`${'CONTROL'}`)}.replace('CONTROL', process.argv[1])).then(r => r.text()),
        ]).then(all => console.log(JSON.stringify(all)))`).concat(control.replace('/api', '/x')),
    )
    expect(JSON.parse(stdout)).toEqual([true, 4, '127.0.0.1', 'control'])
  })

  it('lets modules reach them that import what they need by name', async () => {
    const text = `import { lookup } from 'node:dns'
      import { lookup as later } from 'node:dns/promises'
      import { connect } from 'node:tls'
      const { address } = await later('relay.grid.tf')
      lookup('relay.grid.tf', (error, same) => {
        const socket = connect(443, same, { servername: 'relay.grid.tf' }, () => (console.log(address === same, socket.authorized), socket.destroy()))
      })`
    const { stdout } = await exec([process.execPath, '--input-type=module', '-e', text])
    expect(stdout).toBe('true true\n')
  })

  it('lets axios reach them through the proxy variables alone, as Node without the preload', async () => {
    const { stdout: lines } = await pocketgrid(['env', '--control', control])
    const text = `require(${JSON.stringify(axios)}).get('https://kyc.dev.grid.tf/api/v1/status', { params: { client_id: '5' } })
      .then(({ data }) => console.log(JSON.stringify(data)))`
    const { stdout } = await run('sh', [
      '-c',
      `${lines}\nexec "$0" -e "$1"`,
      process.execPath,
      text,
    ])
    expect(JSON.parse(stdout)).toMatchObject({ result: { status: 'VERIFIED', clientId: '5' } })
  })

  it('lets the KYC class of the real client work as it is, with the two variables of the recipe', async () => {
    const text = `const { KYC } = require(${JSON.stringify(join(require.resolve('@threefold/grid_client'), '../clients/kyc/index.js'))})
      const { KeypairType } = require(${JSON.stringify(require.resolve('@threefold/grid_client'))})
      ;(async () => {
        const out = []
        for (const type of [KeypairType.sr25519, KeypairType.ed25519]) {
          const kyc = new KYC('https://kyc.dev.grid.tf/', 'bottom drive obey lake curtain smoke basket hold race lonely fit walk', type)
          out.push(await kyc.status(), await kyc.isHealthy(), (await kyc.data()).data.result.clientId.length)
          out.push(await kyc.getToken().catch(error => error.constructor.name))
        }
        console.log('>' + JSON.stringify(out))
        process.exit(0)
      })()`
    const env = {
      HTTPS_PROXY: `http://127.0.0.1:${world.front.proxyPort}`,
      NODE_EXTRA_CA_CERTS: world.front.caPath,
    }
    const { stdout, stderr } = await run(process.execPath, ['-e', text], env)
    const line = stdout.split('\n').find(each => each.startsWith('>'))
    expect(line, stderr).toBe(
      `>${JSON.stringify(Array(2).fill(['VERIFIED', true, 48, 'AlreadyVerified']).flat())}`,
    )
  }, 30_000)

  it.skipIf(spawnSync('curl', ['--version']).status !== 0)(
    'lets curl reach them, and nobody else',
    async () => {
      const get = (url: string) => exec(['curl', '-sS', url])
      expect((await get('https://gridproxy.dev.grid.tf/nodes')).stdout).toContain(
        '"role":"gridproxy"',
      )
      const refused = await get('https://example.com/')
      expect([refused.code, refused.stderr]).toEqual([56, expect.stringContaining('403')])
    },
  )

  it('keeps the options of Node that were given, and loads into programs that the program starts', async () => {
    const inner = `fetch('https://hub.grid.tf/a.fl').then(r => r.json()).then(({ role }) => console.log(role, process.title))`
    const outer = `require('child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' })`
    const { stdout } = await exec(script(outer), { env: { NODE_OPTIONS: '--title=mine' } })
    expect(stdout).toBe('hub mine\n')
  })

  it.each([0, 1, 7, 255])('ends with the status of the program: %d', async code => {
    expect((await exec(script(`process.exit(${code})`))).code).toBe(code)
  })

  it('hands its input on, and the program all of its words', async () => {
    const child = spawn(process.execPath, [
      main,
      'exec',
      '--control',
      control,
      'sh',
      '-c',
      'cat; echo "$@"',
      '-',
      '--json',
      '-V',
      'a b',
    ])
    let out = ''
    child.stdout.on('data', data => {
      out += String(data)
    })
    child.stdin.end('words\n')
    expect(await new Promise(resolve => child.on('close', resolve))).toBe(0)
    expect(out).toBe('words\n--json -V a b\n')
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on to the program', async signal => {
    const text = `process.on('${signal}', () => { console.log('got it'); process.exit(5) }); console.log('up'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [
      main,
      'exec',
      '--control',
      control,
      '--',
      ...script(text),
    ])
    let out = ''
    child.stdout.on('data', data => {
      if (out === '') child.kill(signal)
      out += String(data)
    })
    expect(await new Promise(resolve => child.on('close', resolve))).toBe(5)
    expect(out).toBe('up\ngot it\n')
  })

  it('ends by the signal that ends the program', async () => {
    const child = spawn(process.execPath, [
      main,
      'exec',
      '--control',
      control,
      '--',
      ...script('process.kill(process.pid, "SIGTERM")'),
    ])
    const ended = await new Promise(resolve =>
      child.on('close', (code, signal) => resolve([code, signal])),
    )
    expect(ended).toEqual([null, 'SIGTERM'])
  })

  it.each([
    [['nowhere-to-be-found'], 'GRID_COMMAND_FAILED'],
    [['/etc'], 'GRID_COMMAND_FAILED'],
  ])('says that %j cannot be started', async (command, code) => {
    const { code: status, stderr } = await exec(command)
    expect([status, stderr]).toEqual([2, expect.stringContaining(code)])
  })

  it('starts nothing when no grid is there, or one without a front', async () => {
    const none = await pocketgrid([
      'exec',
      '--control',
      'http://127.0.0.1:9/api',
      '--',
      'sh',
      '-c',
      'echo ran',
    ])
    expect([none.code, none.stdout, none.stderr]).toEqual([
      2,
      '',
      expect.stringMatching(/GRID_NOT_RUNNING/),
    ])
    const other = createServer((_, response) => response.end('{"network":"dev","endpoints":{}}'))
    const port = await listening(other)
    const frontless = await pocketgrid([
      'exec',
      '--control',
      `http://127.0.0.1:${port}/api`,
      '--',
      'sh',
    ])
    expect(frontless.stderr).toMatch(/tells of no front\nStart the grid with its front/)
    await closed(other)
  })
})

const refusal = spawnSync('unshare', ['--user', '--map-root-user', '--net', '--mount', 'true'])
const cannotIsolate =
  refusal.status === 0 ? null : `no network of one's own here: ${refusal.error ?? refusal.stderr}`

describe.skipIf(missingBuild || cannotIsolate)('pocketgrid exec --isolate', () => {
  const isolated = (command: string[], env: NodeJS.ProcessEnv = {}) =>
    exec(command, { flags: ['--isolate'], env })

  it('gives a program the grid, all its names and ports, and nothing else', async () => {
    const text = `
      const get = url => fetch(url).then(r => r.text()).catch(error => error.cause?.code ?? String(error))
      const WebSocket = require(${JSON.stringify(ws)})
      const said = url => new Promise((resolve, reject) => {
        const socket = new WebSocket(url)
        socket.on('error', reject).on('message', data => (socket.close(), resolve(String(data))))
      })
      Promise.all([
        get('https://gridproxy.dev.grid.tf/nodes'), get('http://hub.grid.tf/a.fl'), said('wss://tfchain.grid.tf/ws'),
        get(process.argv[1]), get('http://192.0.2.1/'), process.env.NODE_OPTIONS ?? 'none',
      ]).then(all => console.log(JSON.stringify(all)))`
    const { stdout, stderr } = await isolated([...script(text), control.replace('/api', '/x')])
    expect(stderr).toBe('')
    const [proxy, hub, chain, own, outside, options] = JSON.parse(stdout)
    expect([proxy, hub, chain].map(each => JSON.parse(each).role)).toEqual([
      'gridproxy',
      'hub',
      'chain',
    ])
    expect([own, outside, options]).toEqual(['control', 'ENETUNREACH', 'none'])
  }, 20_000)

  it('carries large answers whole', async () => {
    const text = `fetch('https://tfchain.dev.grid.tf/', { method: 'POST', body: 'x'.repeat(5e6) }).then(r => console.log(r.headers.get('x-body')))`
    expect((await isolated(script(text))).stdout).toBe('5000000\n')
  }, 20_000)

  it('ends as the program ends, and hands signals on', async () => {
    expect((await isolated(script('process.exit(9)'))).code).toBe(9)
    const text = `process.on('SIGTERM', () => process.exit(6)); console.log('up'); setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, [
      main,
      'exec',
      '--control',
      control,
      '--isolate',
      '--',
      ...script(text),
    ])
    child.stdout.once('data', () => child.kill('SIGTERM'))
    expect(await new Promise(resolve => child.on('close', resolve))).toBe(6)
  }, 20_000)

  it('says that a program cannot be started, and that a system does not allow it', async () => {
    const none = await isolated(['nowhere-to-be-found'])
    expect([none.code, none.stderr]).toEqual([
      2,
      expect.stringMatching(/^GRID_COMMAND_FAILED: .*nowhere-to-be-found/),
    ])
    const bin = join(folder.dir, 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(
      join(bin, 'unshare'),
      '#!/bin/sh\necho "unshare: Operation not permitted" >&2\nexit 1\n',
      { mode: 0o755 },
    )
    const refused = await isolated(['true'], { PATH: `${bin}:${process.env.PATH}` })
    expect(refused.stderr).toMatch(
      /^GRID_ISOLATION_REFUSED: .*Operation not permitted\nRun it without --isolate/,
    )
    const missing = await isolated(['true'], { PATH: bin.replace('bin', 'none') })
    expect(missing.stderr).toMatch(/^GRID_ISOLATION_REFUSED: .*util-linux/)
  }, 20_000)
})

const go = spawnSync('go', ['version'])
const missingGo = go.status === 0 ? null : 'no Go toolchain on this machine'

const goProgram = `package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	for _, url := range os.Args[1:] {
		response, err := http.Get(url)
		if err != nil {
			fmt.Println("error", err)
			continue
		}
		body, _ := io.ReadAll(response.Body)
		fmt.Println(response.StatusCode, string(bytes.TrimSpace(body)))
	}
}
`

describe.skipIf(missingBuild || missingGo)('a Go program', () => {
  let program: string
  beforeAll(async () => {
    const dir = join(folder.dir, 'go')
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'main.go'), goProgram)
    writeFileSync(join(dir, 'go.mod'), 'module smoke\n\ngo 1.21\n')
    program = join(dir, 'smoke')
    const env = { GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GOPROXY: 'off' }
    const built = await run('go', ['build', '-o', program, '.'], env, {
      cwd: dir,
      timeout: 120_000,
    })
    expect(built.stderr).toBe('')
    expect(existsSync(program)).toBe(true)
  }, 120_000)

  it('finds the grid through the variables, by names and by address', async () => {
    const own = `https://127.0.0.1:${world.front.port}/nodes`
    const { stdout } = await exec([
      program,
      'https://kyc.dev.grid.tf/api/v1/version',
      'https://hub.grid.tf/x.fl',
      own,
      'https://example.com/',
    ])
    const [kyc, hub, direct, outside] = stdout.trim().split('\n')
    expect(kyc).toMatch(/^200 \{"result":\{"version":/)
    expect(hub).toMatch(/^200 .*"role":"hub"/)
    expect(direct).toMatch(/^200 .*"role":"gridproxy"/)
    expect(outside).toMatch(/^error .*Forbidden/)
  })

  it.skipIf(cannotIsolate)(
    'finds it in a network of its own',
    async () => {
      const { stdout } = await exec(
        [program, 'https://tfchain.dev.grid.tf/health', 'https://example.com/'],
        { flags: ['--isolate'] },
      )
      const [chain, outside] = stdout.trim().split('\n')
      expect(chain).toMatch(/^200 .*"role":"chain"/)
      expect(outside).toMatch(/^error /)
    },
    20_000,
  )
})
