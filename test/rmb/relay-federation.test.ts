// Two relays over one chain, and other relays that behave well or badly.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../../src/rmb/envelope.ts'
import { Ranker } from '../../src/rmb/relay/internal/ranker.ts'
import { fetchRaw, person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2)
const node = person(7)

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Where the domains of the tests are. */
const ports = new Map<string, number>()

async function relayOf(domain: string): Promise<Stage> {
  const stage = await new Stage({
    federation: {
      isHome: other => other === domain,
      urlOf: other => `http://127.0.0.1:${ports.get(other) ?? 1}/`,
    },
  }).listen()
  ports.set(domain, stage.port)
  closing.push(() => stage.close())
  return stage
}

/** A server that answers every POST with the next of `statuses`, the last one for ever. */
async function fakeRelay(domain: string, statuses: number[]): Promise<{ bodies: Buffer[] }> {
  const bodies: Buffer[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      expect([request.method, request.url]).toEqual(['POST', '/'])
      bodies.push(Buffer.concat(chunks))
      const status = statuses.length > 1 ? statuses.shift()! : statuses[0]!
      response.writeHead(status).end('ohi')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  ports.set(domain, (server.address() as AddressInfo).port)
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { bodies }
}

describe('two relays', () => {
  async function pair(): Promise<{ a: Stage; b: Stage }> {
    const [a, b] = [await relayOf('a.test'), await relayOf('b.test')]
    for (const stage of [a, b]) {
      stage.add(alice, { relay: 'a.test' })
      stage.add(bob, { relay: 'b.test' })
      stage.add(node, { relay: 'b.test' })
    }
    b.addEcho(node, { relay: 'b.test' })
    return { a, b }
  }

  it('bring a client of one to a session of the other, byte for byte', async () => {
    const { a, b } = await pair()
    const client = await a.connect(alice)
    const service = await b.connect(bob)
    const sent = client.request({ twin: 2 })
    client.send(sent)
    expect(await service.next()).toEqual(sent)
    const reply = service.request({ twin: 1 }, { uid: sent.uid, message: { kind: 'response' } })
    service.send(reply)
    expect(await client.next()).toEqual(reply)
    const { body } = await fetchRaw(a.port, { path: '/metrics' })
    expect(body).toContain('federation_message_success{relay="b.test"} 1\n')
  })

  it('bring a client of one to a node of the other, and the answer back', async () => {
    const { a } = await pair()
    const client = await a.connect(alice, 'web')
    client.send(client.request({ twin: 7 }, { pk: a.twins.get(7)!.pk! }))
    expect(client.open(await client.next())).toBe('"hello"')
  })

  it('bring a request from inside one to a service of the other', async () => {
    const { a, b } = await pair()
    a.addEcho(alice, { relay: 'a.test' })
    const service = await b.connect(bob)
    a.ask({ twin: 1 }, 2, { payload: '1' })
    const request = await service.next()
    expect(service.open(request)).toBe('1')
    service.send(service.request({ twin: 1 }, { uid: request.uid, message: { kind: 'response' } }))
    expect(await a.answered(1)).toMatchObject([{ type: 'response' }])
  })

  it('are asked before a request from inside fails fast', async () => {
    const { a, b } = await pair()
    a.addEcho(alice, { relay: 'a.test' })
    const service = await b.connect(bob)
    const uid = a.ask({ twin: 1 }, 2, { tags: 'fail-fast' })
    expect((await service.next()).uid).toBe(uid)
    await b.disconnect(service)
    a.ask({ twin: 1 }, 2, { tags: 'fail-fast' })
    expect(await a.answered(1)).toMatchObject([
      { message: 'remote relay rejected permanently: destination offline' },
    ])
  })

  it('give a message to who comes here while its own relay cannot be reached', async () => {
    const a = await relayOf('a.test')
    a.add(alice, { relay: 'a.test' })
    a.add(bob, { relay: 'nowhere.test' })
    const client = await a.connect(alice)
    const sent = client.request({ twin: 2 })
    client.send(sent)
    await client.saidBeforePong()
    const service = await a.connect(bob)
    expect(await service.next()).toEqual(sent)
    // A second one comes after all tries to reach the relay have failed, and a rest.
    await a.disconnect(service)
    const second = client.request({ twin: 2 })
    client.send(second)
    const isTried = async () => {
      const { body } = await fetchRaw(a.port, { path: '/metrics' })
      return body.includes('federation_message_error{relay="nowhere.test"} 1\n')
    }
    await expect.poll(isTried, { timeout: 5_000 }).toBe(true)
    expect((await (await a.connect(bob)).next()).uid).toBe(second.uid)
  })

  it('say which destination is offline to who asks to fail fast', async () => {
    const { a } = await pair()
    const client = await a.connect(alice)
    const uid = client.send(client.request({ twin: 2 }, { tags: 'fail-fast' }))
    expect(await client.next()).toMatchObject({
      uid,
      destination: { twin: 1 },
      message: { code: 0, message: 'remote relay rejected permanently: destination offline' },
    })
  })

  it('use a session that is connected here before any other relay', async () => {
    const { a } = await pair()
    const client = await a.connect(alice)
    const stray = await a.connect(bob)
    const uid = client.send(client.request({ twin: 2 }))
    expect((await stray.next()).uid).toBe(uid)
  })
})

describe('another relay', () => {
  it('gets an envelope exactly once when it takes it', async () => {
    const { bodies } = await fakeRelay('c.test', [202])
    const stage = await relayOf('a.test')
    stage.add(alice)
    stage.add(bob, { relay: 'c.test' })
    const client = await stage.connect(alice)
    const sent = client.request({ twin: 2 })
    client.send(sent)
    while (bodies.length === 0) await new Promise(resolve => setImmediate(resolve))
    expect(await client.saidBeforePong()).toEqual([])
    expect(bodies).toEqual([Buffer.from(encodeEnvelope(sent))])
  })

  it('is tried three times, and once more after a rest', async () => {
    const { bodies } = await fakeRelay('c.test', [500, 503, 500, 202])
    const stage = await relayOf('a.test')
    stage.add(alice)
    stage.add(bob, { relay: 'c.test' })
    const client = await stage.connect(alice)
    const uid = client.send(client.request({ twin: 2 }))
    while (bodies.length < 3) await client.saidBeforePong()
    while (bodies.length < 4) {
      stage.passWallTime(3000)
      stage.relay.sweep()
      await client.saidBeforePong()
    }
    while (stage.story(uid).at(-1) !== 'rmb.delivered') await client.saidBeforePong()
    expect(bodies).toHaveLength(4)
  })

  it('that says no is believed, whatever it says it with', async () => {
    await fakeRelay('c.test', [418])
    const stage = await relayOf('a.test')
    stage.add(alice)
    stage.add(bob, { relay: 'c.test' })
    const client = await stage.connect(alice)
    client.send(client.request({ twin: 2 }))
    expect(await client.next()).toMatchObject({
      message: { message: 'remote relay rejected permanently: destination offline' },
    })
    client.send(client.request({ twin: 2 }, { message: { kind: 'response' } }))
    expect(await client.saidBeforePong()).toEqual([])
  })

  it('gets nothing that has expired; who asked is told', async () => {
    const { bodies } = await fakeRelay('c.test', [202])
    const stage = await relayOf('a.test')
    stage.add(alice)
    stage.add(bob, { relay: 'c.test' })
    const client = await stage.connect(alice)
    const timestamp = BigInt(stage.now - 60)
    client.send(client.request({ twin: 2 }, { timestamp }))
    expect(await client.next()).toMatchObject({ message: { message: 'message has expired' } })
    expect(bodies).toEqual([])
  })

  it('that cannot be reached leaves the message waiting until it expires', async () => {
    const stage = await relayOf('a.test')
    ports.set('gone.test', 1)
    stage.add(alice)
    stage.add(bob, { relay: 'gone.test' })
    const client = await stage.connect(alice)
    const uid = client.send(client.request({ twin: 2 }))
    const tried = async () => {
      const { body } = await fetchRaw(stage.port, { path: '/metrics' })
      return body.includes('federation_message_error{relay="gone.test"} 1\n')
    }
    while (!(await tried())) expect(await client.saidBeforePong()).toEqual([])
    stage.passWallTime(61_000)
    stage.relay.sweep()
    expect(await client.next()).toMatchObject({ uid, message: { message: 'message has expired' } })
  })

  it('is passed over for one of the twin’s relays that works', async () => {
    const { bodies } = await fakeRelay('c.test', [202])
    const stage = await relayOf('a.test')
    ports.set('gone.test', 1)
    stage.add(alice)
    stage.add(bob, { relay: 'gone.test_c.test' })
    const client = await stage.connect(alice)
    for (let i = 0; i < 5; i += 1) client.send(client.request({ twin: 2 }))
    while (bodies.length < 5) await client.saidBeforePong()
    expect(await client.saidBeforePong()).toEqual([])
  })
})

describe('what other relays bring', () => {
  it('is queued for whoever it is for, and needs no chain', async () => {
    const stage = await relayOf('a.test')
    stage.add(bob)
    const service = await stage.connect(bob)
    const sent = service.request({ twin: 55, connection: 'x' })
    const body = encodeEnvelope(sent)
    const got = await fetchRaw(stage.port, { path: '/', method: 'POST', body })
    expect(got).toMatchObject({ status: 202, body: '' })
    expect(stage.relay.waitingFor({ twin: 55, connection: 'x' })).toBe(1)
  })

  it('is refused when it is no envelope, or when it asks to fail fast', async () => {
    const stage = await relayOf('a.test')
    stage.add(bob)
    const service = await stage.connect(bob)
    const { port } = stage
    const broken = new Uint8Array([0x0a, 0x05, 0x01])
    expect(await fetchRaw(port, { path: '/', method: 'POST', body: broken })).toMatchObject({
      status: 400,
      body: 'bad request: Truncated message',
    })
    const fast = encodeEnvelope(service.request({ twin: 55 }, { tags: 'fail-fast' }))
    expect(await fetchRaw(port, { path: '/', method: 'POST', body: fast })).toMatchObject({
      status: 404,
      body: 'destination offline',
    })
    const here = encodeEnvelope(service.request({ twin: 2 }, { tags: 'fail-fast' }))
    const got = await fetchRaw(port, { path: '/', method: 'POST', body: here })
    expect(got.status).toBe(202)
    await service.next()
  })

  it('is refused when it is too long, or when there is no room', async () => {
    const stage = await new Stage({ maxQueuedBytes: 1000 }).listen()
    closing.push(() => stage.close())
    stage.add(bob)
    const service = await stage.connect(bob)
    const { port } = stage
    const large = encodeEnvelope(service.request({ twin: 55 }, { data: 'x'.repeat(2000) }))
    const got = await fetchRaw(port, { path: '/', method: 'POST', body: large })
    expect(got.status).toBe(500)
    expect(got.body).toMatch(/^switch error: redis error: OOM/)
  })

  it('does not reach a node when its signature is bad', async () => {
    const stage = await relayOf('a.test')
    stage.add(bob)
    stage.addEcho(node)
    const service = await stage.connect(bob)
    const sent = service.request({ twin: 7 })
    const body = encodeEnvelope({ ...sent, signature: new Uint8Array(65).fill(0x65) })
    const got = await fetchRaw(stage.port, { path: '/', method: 'POST', body })
    expect(got.status).toBe(202)
    expect(await service.saidBeforePong()).toEqual([])
  })
})

describe('the order of relays', () => {
  it('puts one that failed last, until the failure is old', () => {
    const ranker = new Ranker(3_600_000)
    ranker.downvote('bing.com', 0)
    const domains = ['example.com', 'bing.com', 'google.com']
    for (let i = 0; i < 20; i += 1) expect(ranker.order(domains, 1).at(-1)).toBe('bing.com')
    const later = Array.from({ length: 60 }, () => ranker.order(domains, 7_200_000).at(-1))
    expect(new Set(later).size).toBeGreaterThan(1)
  })
})
