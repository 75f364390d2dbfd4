// How clients come to the relay: tokens, refusals, sessions that replace one another, and the plain HTTP side.

import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { toHex } from '../../src/crypto/hex.ts'
import { decodeSs58 } from '../../src/crypto/ss58.ts'
import { fetchRaw, person, Stage, upgradeHeaders } from './relay-support.ts'
import { rmbVectors } from './vectors.ts'

const alice = person(1)
const bob = person(2, 'sr25519')

let stage: Stage
beforeEach(async () => {
  stage = await new Stage().listen()
  stage.add(alice)
  stage.add(bob)
})
afterEach(() => stage.close())

describe('the token in the query', () => {
  it.each(rmbVectors('relayJwtCheck'))('$id: $note', async vector => {
    const { chain, nowSeconds, query, expect: expected } = vector
    const decoded = decodeSs58(chain.accountSs58)
    if (!decoded.ok) expect.unreachable(decoded.error)
    const account = toHex(decoded.publicKey)
    stage.twins.clear()
    stage.twins.set(chain.twin, { id: chain.twin, account, relay: 'localhost', pk: null })
    stage.passWallTime(nowSeconds * 1000 - stage.driver.wallNow())
    const path = query === null ? '/' : `/?${query}`
    const { port } = stage
    const got = await fetchRaw(port, { path, headers: upgradeHeaders })
    expect(got.status).toBe(expected.session === undefined ? expected.status : 101)
    if (expected.session !== undefined) return
    if (expected.body !== undefined) expect(got.body).toBe(expected.body)
    else expect(got.body.startsWith(expected.bodyPrefix!)).toBe(true)
    expect(got.headers['content-type']).toBeUndefined()
  })

  it('opens the session on any path, for keys of both schemes', async () => {
    for (const who of [alice, bob]) {
      const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/a/b/c?${stage.token(who)}`)
      await new Promise(resolve => socket.once('open', resolve))
      expect(stage.relay.isConnected({ twin: who.twin })).toBe(true)
      socket.terminate()
    }
  })

  it('negotiates no extension', async () => {
    const client = await stage.connect(alice)
    expect(client.socket.extensions).toBe('')
  })
})

describe('a handshake that is none', () => {
  it('is refused in the words of the real relay, after the token was judged', async () => {
    const { port } = stage
    const path = `/?${stage.token(alice)}`
    const { 'sec-websocket-key': _key, ...noKey } = upgradeHeaders
    expect(await fetchRaw(port, { path, headers: noKey })).toMatchObject({
      status: 500,
      body: 'Missing "Sec-WebSocket-Key" header',
    })
    const old = { ...upgradeHeaders, 'sec-websocket-version': '8' }
    expect(await fetchRaw(port, { path, headers: old })).toMatchObject({
      status: 500,
      body: 'Missing "Sec-WebSocket-Version: 13" header',
    })
    expect(await fetchRaw(port, { path: '/', headers: noKey })).toMatchObject({
      status: 400,
      body: 'missing jwt',
    })
  })

  it('to another protocol is an ordinary request', async () => {
    const headers = { connection: 'Upgrade', upgrade: 'h2c' }
    const got = await fetchRaw(stage.port, { path: `/?${stage.token(alice)}`, headers })
    expect(got).toMatchObject({ status: 404, body: 'page not found' })
  })

  it('survives a client that goes away before it is refused', async () => {
    const socket = connect(stage.port, '127.0.0.1')
    await new Promise<void>(resolve => socket.once('connect', resolve))
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    socket.resetAndDestroy()
    const client = await stage.connect(alice)
    expect(await client.saidBeforePong()).toEqual([])
  })
})

describe('sessions', () => {
  it('live beside one another when their names differ, the empty name and none included', async () => {
    for (const session of [undefined, '', 'a', 'b']) await stage.connect(alice, session)
    expect(stage.relay.connections).toBe(4)
  })

  it('are replaced by a new connection of the same name: only the old one is closed', async () => {
    const other = await stage.connect(alice, 'other')
    const older = await stage.connect(alice, 'same')
    const ended = older.ended()
    const newer = await stage.connect(alice, 'same')
    expect(await ended).toBe(1005)
    expect(stage.relay.connections).toBe(2)
    expect(await newer.saidBeforePong()).toEqual([])
    expect(await other.saidBeforePong()).toEqual([])
    expect(stage.relay.isConnected({ twin: 1, connection: 'same' })).toBe(true)
  })

  it('end with their sockets', async () => {
    const client = await stage.connect(alice)
    const bystander = await stage.connect(bob)
    await stage.disconnect(client)
    expect(await bystander.saidBeforePong()).toEqual([])
    expect(stage.relay.isConnected({ twin: 1 })).toBe(false)
    expect(stage.relay.connections).toBe(1)
  })

  it('answer WebSocket pings', async () => {
    const client = await stage.connect(alice)
    const pong = new Promise<string>(resolve => {
      client.socket.once('pong', (data: Buffer) => resolve(data.toString()))
    })
    client.socket.ping('are you there')
    expect(await pong).toBe('are you there')
  })

  it('beyond the limit are accepted and closed at once', async () => {
    await stage.close()
    stage = await new Stage({ maxConnections: 1 }).listen()
    stage.add(alice)
    const first = await stage.connect(alice, 'a')
    const second = await stage.connect(alice, 'b')
    expect(await second.ended()).toBe(1005)
    expect(await first.saidBeforePong()).toEqual([])
    expect(stage.relay.connections).toBe(1)
  })
})

describe('the HTTP side', () => {
  it('gives metrics as Prometheus reads them', async () => {
    const client = await stage.connect(alice)
    await client.saidBeforePong()
    const { status, body } = await fetchRaw(stage.port, { path: '/metrics' })
    expect(status).toBe(200)
    expect(body).toContain('# TYPE relay_message_rx counter\nrelay_message_rx 1\n')
    expect(body).toContain('relay_message_tx 1\n')
    expect(body).toContain('# TYPE relay_worker_connections gauge')
    expect(body).toContain('relay_worker_connections{worker="0"} 1\n')
  })

  it('knows nothing else', async () => {
    const requests = [
      { path: '/' },
      { path: '/metrics', method: 'POST' },
      { path: '/metrics/' },
      { path: `/?${stage.token(alice)}` },
      { path: '/other', method: 'POST' },
    ]
    for (const request of requests) {
      const got = await fetchRaw(stage.port, request)
      expect(got).toMatchObject({ status: 404, body: 'page not found' })
    }
  })

  it('lies under its path when the server is shared', async () => {
    await stage.close()
    stage = await new Stage({ basePath: '/relay' }).listen()
    const { port } = stage
    expect((await fetchRaw(port, { path: '/relay/metrics' })).status).toBe(200)
    expect((await fetchRaw(port, { path: '/relay' })).status).toBe(404)
    expect((await fetchRaw(port, { path: '/relay', method: 'POST' })).status).toBe(202)
    expect((await fetchRaw(port, { path: '/relays' })).status).toBe(418)
    expect((await fetchRaw(port, { path: '/metrics' })).status).toBe(418)
  })
})

describe('the end of the relay', () => {
  it('says goodbye to its clients, and turns later ones away', async () => {
    const client = await stage.connect(alice)
    const ended = client.ended()
    await stage.relay.close()
    expect(await ended).toBe(1001)
    await expect(stage.connect(bob)).rejects.toThrow()
    expect(stage.relay.connections).toBe(0)
  })
})
