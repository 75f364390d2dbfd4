// The front before real TLS clients, proxy clients, and clients that mean no good.

import { connect } from 'node:net'
import { connect as tlsConnect } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startFront } from '../../../src/services/front/front.ts'
import { ask, rawExchange } from '../support.ts'
import { type FrontWorld, scratch, startFrontWorld } from './support.ts'

let world: FrontWorld
beforeAll(async () => {
  world = await startFrontWorld()
})
afterAll(() => world.close())

/** The first message that a WebSocket gets, and the echo of one that it sends. */
function talk(url: string, options: object): Promise<[unknown, string]> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { ca: world.ca, ...options })
    let first: unknown
    socket.on('error', reject)
    socket.on('message', data => {
      if (first === undefined) {
        first = JSON.parse(String(data))
        socket.send('x'.repeat(200_000))
      } else {
        socket.close()
        resolve([first, String(data)])
      }
    })
  })
}

/** Lets a client dial the front in the place of any host. */
const dial = (host: string) => ({
  servername: host.toLowerCase().replace(/\.$/, ''),
  createConnection: (options: { servername: string }) =>
    tlsConnect({
      host: '127.0.0.1',
      port: world.front.port,
      ca: world.ca,
      servername: options.servername,
    }),
})

describe('a request over TLS', () => {
  it.each([
    ['tfchain.dev.grid.tf', '/health', { role: 'chain', url: '/health' }],
    ['tfchain.emu.local', '/ws', { role: 'chain', url: '/ws' }],
    ['relay.dev.grid.tf', '/x?y', { role: 'relay', url: '/relay/x?y' }],
    ['gridproxy.02.test.grid.tf', '/nodes?size=1', { role: 'gridproxy', url: '/nodes?size=1' }],
    ['gridproxy.emu.local', '/health', { role: 'gridproxy', url: '/health' }],
    ['graphql.grid.tf', '/graphql', { role: 'graphql' }],
    [
      'activation.qa.grid.tf',
      '/activation/activate',
      { role: 'activation', url: '/activation/activate' },
    ],
    ['kyc.grid.tf', '/api/v1/status?client_id=5', { role: 'kyc', host: 'kyc.grid.tf' }],
    ['stats.grid.threefold.me', '/api/stats-summary', { role: 'stats' }],
    ['hub.grid.tf', '/a/b.flist', { role: 'hub' }],
    ['hub.threefold.me', '/a/b.flist.md5', { role: 'hub' }],
    ['raw.githubusercontent.com', '/x', { role: 'terms' }],
  ])('for %s%s reaches %j', async (host, path, told) => {
    const answer = await world.https(host, path)
    expect(answer).toMatchObject({ status: 200, json: told })
  })

  it.each(['KYC.DEV.GRID.TF', 'kyc.dev.grid.tf:443', 'kyc.dev.grid.tf.', 'Kyc.Dev.Grid.Tf.:8443'])(
    'reaches a service whose name is written %s',
    async host => {
      const answer = await world.https(host, '/', { servername: 'kyc.dev.grid.tf' })
      expect(answer.json).toMatchObject({ role: 'kyc' })
    },
  )

  it.each([
    ['/nodes', 'gridproxy'],
    ['/', 'gridproxy'],
    ['/stats', 'gridproxy'],
    ['/ws', 'chain'],
    ['/graphql', 'graphql'],
    ['/activation/activate', 'activation'],
    ['/api/v1/status?twin_id=1', 'kyc'],
    ['/api/stats-summary', 'stats'],
    ['/some/image.flist.md5', 'hub'],
  ])('to a plain address is told apart by its path: %s is of %s', async (path, role) => {
    for (const host of [`127.0.0.1:${world.front.port}`, 'localhost', '[::1]']) {
      const answer = await world.https(host, path, { servername: '' })
      expect(answer.json, host).toMatchObject({ role })
    }
  })

  it('to a plain address with a name in the handshake is for that name', async () => {
    const answer = await world.https('127.0.0.1', '/nodes', { servername: 'kyc.dev.grid.tf' })
    expect(answer.json).toMatchObject({ role: 'kyc' })
  })

  it('carries bodies to the chain, whatever the method', async () => {
    const body = 'x'.repeat(300_000)
    const answer = await world.https('tfchain.dev.grid.tf', '/', { method: 'POST', body })
    expect(answer).toMatchObject({ status: 200, json: { role: 'chain', method: 'POST' } })
    expect(answer.headers['x-body']).toBe('300000')
  })

  it('leaves a connection to the chain open for the next one', async () => {
    const one = (path: string, connection: string) =>
      `GET ${path} HTTP/1.1\r\nhost: tfchain.grid.tf\r\nconnection: ${connection}\r\n\r\n`
    const { port } = world.front
    const options = { host: '127.0.0.1', port, ca: world.ca, servername: 'tfchain.grid.tf' }
    const both = one('/first', 'keep-alive') + one('/second', 'close')
    const answers = await rawExchange(tlsConnect(options), both)
    expect(answers).toMatch(/"url":"\/first"[\s\S]*"url":"\/second"/)
  })

  it('for another host is sent back', async () => {
    const answer = await world.https('example.com', '/', { servername: 'kyc.dev.grid.tf' })
    expect(answer).toMatchObject({ status: 421, text: expect.stringContaining('example.com') })
    expect(world.refused).toContain('example.com')
  })

  it('for a service that this grid does not have says so', async () => {
    expect((await world.https('dashboard.dev.grid.tf')).status).toBe(404)
  })
})

describe('a WebSocket over TLS', () => {
  it.each([
    ['wss://tfchain.dev.grid.tf/ws', { role: 'chain', url: '/ws' }],
    ['wss://tfchain.dev.grid.tf/', { role: 'chain', url: '/' }],
    ['wss://tfchain.02.grid.tf:443', { role: 'chain', host: 'tfchain.02.grid.tf' }],
    ['wss://relay.dev.grid.tf/?token', { role: 'relay', url: '/relay/?token' }],
    ['wss://relay.emu.local', { role: 'relay' }],
  ])('to %s reaches %j, and carries both ways', async (url, told) => {
    const [first, echo] = await talk(url, dial(new URL(url).hostname))
    expect(first).toMatchObject(told)
    expect(echo.length).toBe(200_000)
  })

  it.each([
    ['/ws', 'chain'],
    ['/', 'relay'],
    ['/?eyJ', 'relay'],
    ['/anything', 'relay'],
  ])('to a plain address is told apart by its path: %s is of %s', async (path, role) => {
    const [first] = await talk(`wss://127.0.0.1:${world.front.port}${path}`, {})
    expect(first).toMatchObject({ role })
  })

  it.each(['graphql.dev.grid.tf', 'example.com'])('to %s is refused', async host => {
    const options = { ...dial(host), servername: 'kyc.dev.grid.tf' }
    await expect(talk(`wss://${host}/`, options)).rejects.toThrow(/404|421/)
  })
})

describe('a handshake', () => {
  const handshake = (servername: string | undefined) =>
    new Promise<{ names: string; error: string }>((resolve, reject) => {
      const socket = tlsConnect({
        host: '127.0.0.1',
        port: world.front.port,
        ca: world.ca,
        rejectUnauthorized: false,
        ...(servername === undefined ? {} : { servername }),
      })
      socket.on('secureConnect', () => {
        const { subjectaltname = '' } = socket.getPeerCertificate()
        const error = String(socket.authorizationError ?? '')
        socket.destroy()
        resolve({ names: subjectaltname, error })
      })
      socket.on('error', reject)
    })

  it('shows a certificate for the name that was asked for, trusted through the authority', async () => {
    expect(await handshake('relay.dev.grid.tf')).toEqual({
      names: 'DNS:relay.dev.grid.tf',
      error: '',
    })
    expect(await handshake('RELAY.Dev.Grid.tf')).toMatchObject({ names: 'DNS:relay.dev.grid.tf' })
  })

  it.each([
    undefined,
    'example.com',
    'localhost',
    'a'.repeat(200),
    'ü.grid.tf',
    '*.grid.tf',
    '..',
    '-',
  ])('with the name %s shows the one of this machine', async name => {
    const { names } = await handshake(name)
    expect(names).toMatch(/^DNS:localhost, IP Address:127\.0\.0\.1, IP Address:0:0:0:0:0:0:0:1/)
  })
})

describe('a client that takes the front for its proxy', () => {
  const send = (text: string | Buffer) =>
    rawExchange(connect(world.front.proxyPort, '127.0.0.1'), text)

  /** A request through a tunnel, in plain or over TLS. */
  const through = (target: string, servername: string | null) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(world.front.proxyPort, '127.0.0.1')
      const request = `GET /t HTTP/1.1\r\nhost: ${target.split(':')[0]}\r\nconnection: close\r\n\r\n`
      socket.once('data', answer => {
        if (!/^HTTP\/1\.1 200 /.test(String(answer))) resolve(String(answer))
        else if (servername === null) void rawExchange(socket, request).then(resolve)
        else {
          const tls = tlsConnect({ socket, servername, ca: world.ca }, () => {
            void rawExchange(tls, request).then(resolve)
          })
          tls.on('error', reject)
        }
      })
      socket.write(`CONNECT ${target} HTTP/1.1\r\nhost: ${target}\r\n\r\n`)
    })

  it('gets a tunnel to a service, for TLS and for plain HTTP', async () => {
    expect(await through('kyc.dev.grid.tf:443', 'kyc.dev.grid.tf')).toMatch(
      /200 OK[\s\S]*"role":"kyc"/,
    )
    expect(await through('HUB.grid.tf.:443', 'hub.grid.tf')).toMatch(/"role":"hub"/)
    expect(await through('hub.grid.tf:80', null)).toMatch(/"role":"hub"/)
  })

  it('may send what is for the tunnel together with the request for it', async () => {
    const inner = 'GET /t HTTP/1.1\r\nhost: kyc.grid.tf\r\nconnection: close\r\n\r\n'
    expect(await send(`CONNECT kyc.grid.tf:443 HTTP/1.1\r\n\r\n${inner}`)).toMatch(/"role":"kyc"/)
  })

  it.each([
    'example.com:443',
    'github.com:443',
    'kyc.dev.grid.tf:22',
    'kyc.dev.grid.tf:8443',
    'kyc.dev.grid.tf',
    'kyc.dev.grid.tf:443:443',
    '127.0.0.1:443',
    'localhost:22',
    '[::1]:443',
    ':443',
    'kyc.dev.grid.tf@evil.com:443',
  ])('gets none to %s', async target => {
    const answer = await send(`CONNECT ${target} HTTP/1.1\r\nhost: x\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
    expect(answer).toContain('nothing leaves this machine')
  })

  it('gets no tunnel in a tunnel', async () => {
    const inner = 'CONNECT kyc.grid.tf:443 HTTP/1.1\r\nhost: x\r\n\r\n'
    const tls = tlsConnect({
      host: '127.0.0.1',
      port: world.front.port,
      ca: world.ca,
      servername: 'kyc.grid.tf',
    })
    expect(await rawExchange(tls, inner)).toMatch(/^HTTP\/1\.1 403 /)
    const plain = await send(`CONNECT kyc.grid.tf:443 HTTP/1.1\r\n\r\n${inner}`)
    expect(plain).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 403 /)
  })

  it('may offer another protocol, which is passed over', async () => {
    const offer =
      'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n'
    const answer = await send(`GET /t HTTP/1.1\r\nhost: kyc.grid.tf\r\n${offer}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 [\s\S]*"role":"kyc"/)
  })

  it.each([
    [
      'https://kyc.dev.grid.tf/api/v1/status?client_id=5',
      { role: 'kyc', url: '/api/v1/status?client_id=5', host: 'kyc.dev.grid.tf' },
    ],
    ['http://hub.grid.tf/a.flist', { role: 'hub', url: '/a.flist' }],
    ['HTTPS://Raw.GithubUserContent.com:443', { role: 'terms', url: '/' }],
    ['https://kyc.grid.tf?x=1', { role: 'kyc', url: '/?x=1' }],
  ])('is answered when it writes the whole address: %s', async (target, told) => {
    // Older axios sends this to the proxy, without TLS.
    const answer = await ask(world.front.proxyPort, target, { headers: { host: 'elsewhere.com' } })
    expect(answer).toMatchObject({ status: 200, json: told })
  })

  it.each([
    'http://example.com/',
    'https://github.com/x',
    'http://127.0.0.1/',
    'http://localhost:8080/api',
    'http:///x',
    'http://kyc.grid.tf@evil.com/',
  ])('is refused the whole address %s', async target => {
    const answer = await ask(world.front.proxyPort, target)
    expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('nothing leaves') })
  })

  it('may have a port of its own', async () => {
    const other = await startFrontWorld({ proxyPort: 0 })
    const { port, proxyPort } = other.front
    expect(port).not.toBe(proxyPort)
    expect(await ask(proxyPort, 'https://kyc.grid.tf/')).toMatchObject({ json: { role: 'kyc' } })
    await other.close()
  })
})

describe('bad input', () => {
  let small: FrontWorld | undefined
  afterEach(() => small?.close())

  const send = (text: string | Buffer, port = world.front.port) =>
    rawExchange(connect(port, '127.0.0.1'), text)

  it.each([
    ['nonsense', 'hello\r\n\r\n'],
    ['a request without an end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n`],
    [
      'TLS that breaks off in nonsense',
      Buffer.concat([Buffer.from([0x16, 3, 1, 0, 5]), Buffer.alloc(5, 255)]),
    ],
    ['zeros', Buffer.alloc(100)],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: kyc.grid.tf\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    ],
    ['a CONNECT of nothing', 'CONNECT  HTTP/1.1\r\n\r\n'],
  ])('is let go: %s', async (_, bytes) => {
    const answer = await send(bytes)
    expect(answer).not.toMatch(/^HTTP\/1\.1 2/)
    expect((await world.https('kyc.grid.tf')).status).toBe(200)
  })

  it('does not bring it down when it is random', async () => {
    let state = 12_345
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff
      return state
    }
    const good = Buffer.from(
      'GET https://kyc.grid.tf/x HTTP/1.1\r\nhost: kyc.grid.tf\r\nconnection: close\r\n\r\n',
    )
    await Promise.all(
      Array.from({ length: 150 }, async () => {
        const bytes = Buffer.from(good)
        for (let n = next() % 6; n >= 0; n -= 1) bytes[next() % bytes.length] = next() % 256
        const socket = connect(world.front.port, '127.0.0.1')
        socket.setTimeout(300, () => socket.destroy())
        await rawExchange(socket, bytes)
      }),
    )
    expect((await world.https('kyc.grid.tf')).status).toBe(200)
  })

  it.each([
    ['sends nothing', ''],
    ['dribbles its head', 'GET / HTTP/1.1\r\nhost: kyc.grid.tf\r\n'],
    ['dribbles its handshake', Buffer.from([0x16, 3])],
    ['dribbles its body', 'POST / HTTP/1.1\r\nhost: kyc.grid.tf\r\ncontent-length: 10\r\n\r\nx'],
    ['is silent in its tunnel', 'CONNECT kyc.grid.tf:443 HTTP/1.1\r\n\r\n'],
  ])('of a client that %s ends', async (_, bytes) => {
    small = await startFrontWorld({ limits: { headMs: 150, requestMs: 400 } })
    await send(bytes, small.front.port)
    await expect.poll(() => small!.front.connections).toBe(0)
  })

  it('in masses is bounded', async () => {
    small = await startFrontWorld({ limits: { maxConnections: 10 } })
    const { port } = small.front
    const sockets = Array.from({ length: 30 }, () => connect(port, '127.0.0.1'))
    const left = await Promise.all(
      sockets.map(socket => {
        socket.on('error', () => undefined)
        return new Promise<boolean>(resolve => {
          socket.on('close', () => resolve(false))
          socket.on('connect', () => setTimeout(resolve, 200, true))
        })
      }),
    )
    expect(left.filter(Boolean).length).toBe(10)
    expect(small.front.connections).toBe(10)
    for (const socket of sockets) socket.destroy()
    await expect.poll(() => small!.front.connections).toBe(0)
    expect((await small.https('kyc.grid.tf')).status).toBe(200)
  })
})

describe('a front', () => {
  it('says what is wrong with its port, its address and its domain', async () => {
    const { dir, remove } = scratch()
    const options = { host: '127.0.0.1', port: 0, caDir: `${dir}/ca`, backends: {} }
    const code = (expected: string) => expect.objectContaining({ code: expected })
    await expect(startFront({ ...options, port: world.front.port })).rejects.toEqual(
      code('GRID_PORT_IN_USE'),
    )
    await expect(startFront({ ...options, host: '192.0.2.1' })).rejects.toEqual(
      code('GRID_HOST_REFUSED'),
    )
    await expect(startFront({ ...options, domain: 'example.com' })).rejects.toEqual(
      code('GRID_CONFIG_INVALID'),
    )
    remove()
  })

  it('answers 502 when the chain is gone', async () => {
    const other = await startFrontWorld()
    other.chain.close()
    other.chain.closeAllConnections()
    expect((await other.https('tfchain.dev.grid.tf')).status).toBe(502)
    const socket = new WebSocket(`wss://127.0.0.1:${other.front.port}/ws`, { ca: other.ca })
    const error = await new Promise<Error>(resolve => socket.on('error', resolve))
    expect(error.message).toContain('502')
    await other.close()
  })

  it('ends its connections when it is closed', async () => {
    const other = await startFrontWorld()
    const socket = new WebSocket(`wss://127.0.0.1:${other.front.port}/ws`, { ca: other.ca })
    await new Promise(resolve => socket.on('message', resolve))
    const gone = new Promise(resolve => socket.on('close', resolve))
    socket.on('error', () => undefined)
    await other.close()
    await gone
    expect(other.front.connections).toBe(0)
  })
})
