// The old bus: programs of its time push and find its messages, and twins are reached over HTTP or a relay.

import { createHash } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { legacyUrl } from '../../../src/rmb/peer/legacy/addresses.ts'
import {
  type LegacyMessage,
  legacyAgeFault,
  legacyChallenge,
  legacySignatureFault,
  legacyText,
  signLegacy,
} from '../../../src/rmb/peer/legacy/message.ts'
import { RmbPeer } from '../../../src/rmb/peer/peer.ts'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { startRedisServer } from '../../../src/rmb/redis/server.ts'
import { embeddedLink, redisStore } from '../../../src/rmb/redis/store.ts'
import { generator, mutate } from '../support/mutations.ts'
import {
  base64,
  nowSeconds,
  other,
  own,
  schnorr,
  startPeerWorld,
  type WorldOptions,
} from '../support/peer-world.ts'
import { RespClient } from '../support/resp-client.ts'
import type { TestTwin } from '../support/twins.ts'
import { until } from '../support/until.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function world(options?: WorldOptions) {
  const made = await startPeerWorld(options)
  open.push(made)
  return made
}

/** What `zos` pushed before 2023: `rmb.Default()` of its time. */
function oldRequest(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ver: 1,
    uid: '',
    cmd: 'zos.system.version',
    exp: 3600,
    dat: base64('null'),
    src: 0,
    dst: [20],
    ret: 'old answers',
    shm: '',
    now: 0,
    err: '',
    ...change,
  }
}

/** A message as it travels between twins. */
function travelling(from: TestTwin, change: Partial<LegacyMessage> = {}): LegacyMessage {
  return signLegacy(
    {
      ver: 1,
      uid: '10.1',
      cmd: 'calc.add',
      exp: 60,
      try: 0,
      dat: base64('[1,2]'),
      src: from.id,
      dst: [own.id],
      ret: 'msgbus.system.reply',
      shm: '',
      now: nowSeconds(),
      pxy: false,
      err: '',
      sig: '',
      ...change,
    },
    from.pair,
  )
}

function post(port: number, path: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, path, method: 'POST', host: '127.0.0.1' }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
    request.end(body)
  })
}

describe('old programs over a relay', () => {
  it('reach nodes of today, and find the answer in their own shape', async () => {
    const { serve, redis, push, requests } = await world()
    await serve()
    await push(oldRequest())
    const answer = await redis.popJson('old answers')
    expect(answer).toEqual({
      ver: 1,
      uid: '20.1',
      cmd: 'zos.system.version',
      exp: 3600,
      try: 0,
      dat: base64('null'),
      src: 20,
      dst: [10],
      ret: 'old answers',
      shm: 'application/json',
      now: expect.any(Number),
      pxy: false,
      err: '',
      sig: '',
    })
    // Nodes of today insist on the schema, which old programs leave out.
    expect(requests[0]).toMatchObject({ command: 'zos.system.version', schema: 'application/json' })
    expect(Number(await redis.send('HLEN', 'msgbus.system.backlog'))).toBe(0)
  })

  it('are told apart from programs of today, on the same list', async () => {
    const { serve, redis, push } = await world()
    await serve()
    const modern = { ver: 1, cmd: 'x', exp: 60, dat: '', dst: [20], ret: 'new answers', now: 0 }
    for (const key of [{ uid: 'u' }, { try: 1 }, { pxy: false }, { src: 0 }]) {
      await push({ ...modern, ret: 'old answers', ...key })
      const answer = await redis.popJson('old answers')
      expect([answer?.src, answer?.err]).toEqual([20, ''])
    }
    await push({ ...modern, dat: base64('1') })
    const answer = await redis.popJson('new answers')
    expect([answer?.src, answer?.err]).toEqual(['20', null])
  })

  it('find one answer of each destination', async () => {
    const { serve, redis, push } = await world()
    await serve()
    await push(oldRequest({ dst: [20, 99] }))
    const answers = [await redis.popJson('old answers'), await redis.popJson('old answers')]
    const texts = answers.map(answer => [answer?.uid, answer?.err]).sort()
    expect(texts).toEqual([
      ['20.1', ''],
      ['99.1', "all retries done: couldn't get twin ip: twin not found: object not found"],
    ])
  })

  it('find the error that a node or the relay answers', async () => {
    const { serve, redis, push, chain } = await world()
    await serve(() => ({
      ok: false,
      error: { code: 0, message: 'function is not found' },
      payload: Buffer.from('null'),
    }))
    await push(oldRequest())
    expect(await redis.popJson('old answers')).toMatchObject({
      src: 20,
      err: 'function is not found',
    })
    chain.twins.delete(20)
    await push(oldRequest())
    expect(await redis.popJson('old answers')).toMatchObject({
      src: 20,
      err: 'unknown twin destination',
    })
  })

  it.each([
    ['of another version', { ver: 2 }, 'protocol version mismatch'],
    ['without command', { cmd: '' }, 'missing command request'],
    ['without destination', { dst: [] }, 'missing twin destination'],
    ['with null for a list', { dst: null }, 'missing twin destination'],
  ])('are told what is wrong with a message %s', async (_, change, text) => {
    const { redis, push } = await world()
    await push(oldRequest(change))
    expect(await redis.popJson('old answers')).toMatchObject({
      err: `received invalid message: ${text}`,
    })
  })

  it.each([
    ['without a list to answer to', { ret: '' }, /no list/],
    ['with a text for a number', { exp: '60' }, /malformed/],
    ['with a number for a text', { cmd: 5 }, /malformed/],
  ])('hear nothing of a message %s', async (_, change, reason) => {
    const { push, dropped, relay } = await world()
    await push(oldRequest(change))
    expect(await dropped()).toMatch(reason)
    expect(relay.frames.has('10')).toBe(false)
  })

  it('are told when the time for an answer is over', async () => {
    const { redis, push } = await world({ legacy: { pace: { tickMs: 5 } } })
    await push(oldRequest({ exp: 1 }))
    expect(await redis.popJson('old answers')).toMatchObject({
      uid: '20.1',
      err: 'request timeout (expiration reached, 1)',
    })
    expect(Number(await redis.send('EXISTS', 'msgbus.system.backlog'))).toBe(0)
  })

  it('are told after as many tries as they asked for', async () => {
    const { redis, push, chain } = await world({ legacy: { pace: { tickMs: 5, retryMs: 0 } } })
    await push(oldRequest({ dst: [99], try: 1 }))
    await until('it was asked for', () => chain.asked >= 1)
    expect(await redis.popJson('old answers', 8)).toMatchObject({
      try: 0,
      err: "all retries done: couldn't get twin ip: twin not found: object not found",
    })
    expect(chain.asked).toBe(2)
  })

  it('get no answer from another twin than they asked', async () => {
    const { redis, push, dropped } = await world()
    await push(oldRequest())
    await push(
      { ...oldRequest(), uid: '20.1', src: 40, dst: [10], ret: 'msgbus.system.reply' },
      'msgbus.system.reply',
    )
    expect(await dropped()).toBe('received reply of another twin than was asked')
    expect(await redis.send('EXISTS', 'old answers')).toBe(0)
  })
})

/** Two twins of the old bus, each with its Redis, and the addresses of both. */
async function twoDaemons() {
  const addresses = new Map<number, string>()
  const first = await world({ legacy: { port: 0, addresses, pace: { tickMs: 10, retryMs: 0 } } })
  const engine = new RedisEngine()
  const server = await startRedisServer({ port: 0, engine })
  open.push(server)
  const redis = await RespClient.open(server.port)
  open.push(redis)
  const second = await RmbPeer.start({
    twin: other.id,
    pair: other.pair,
    secret: other.secret,
    twins: first.chain,
    relays: [first.relay.url],
    store: redisStore(embeddedLink(engine)),
    legacy: { port: 0, addresses },
  })
  open.push(second)
  addresses.set(10, `127.0.0.1:${first.peer.legacyPort}`)
  addresses.set(20, `127.0.0.1:${second.legacyPort}`)
  return { first, second, redis, addresses }
}

describe('twins of the old bus', () => {
  it('exchange messages over HTTP, both ways, without a relay', async () => {
    const { first, redis } = await twoDaemons()
    await first.push(oldRequest({ cmd: 'calc.add', dat: base64('[1,2]') }))
    const request = await redis.popJson('msgbus.calc.add')
    expect(request).toMatchObject({
      uid: '20.1',
      cmd: 'calc.add',
      dat: base64('[1,2]'),
      src: 10,
      dst: [20],
      ret: 'msgbus.system.reply',
      pxy: false,
      sig: expect.stringMatching(/^65[0-9a-f]{128}$/),
    })
    // As the old server of zos answered: source and destination swapped.
    const reply = { ...request, src: 20, dst: [10], dat: base64('3') }
    await redis.send('LPUSH', 'msgbus.system.reply', JSON.stringify(reply))
    expect(await first.redis.popJson('old answers')).toMatchObject({
      uid: '20.1',
      ret: 'old answers',
      src: 20,
      dst: [10],
      dat: base64('3'),
      err: '',
    })
    expect(Number(await first.redis.send('TTL', 'old answers'))).toBe(-2)
    expect(first.relay.frames.size).toBe(0)
  })

  it('exchange 200 messages with one and two destinations, and lose none', async () => {
    const { first, redis } = await twoDaemons()
    await first.serve()
    let isServing = true
    const service = async () => {
      const worker = await RespClient.open(redis.socket.remotePort!)
      while (isServing) {
        const request = await worker.popJson('msgbus.x', 0.05)
        if (!request) continue
        const reply = { ...request, src: 20, dst: [request.src] }
        await worker.send('LPUSH', 'msgbus.system.reply', JSON.stringify(reply))
      }
      await worker.close()
    }
    const work = service()
    const messages = Array.from({ length: 200 }, (_, i) =>
      JSON.stringify(
        oldRequest({ cmd: 'x', dat: base64(String(i)), dst: i % 2 ? [20] : [20, 99] }),
      ),
    )
    await first.redis.send('LPUSH', 'msgbus.system.local', ...messages)
    const answers: Record<string, unknown>[] = []
    while (answers.length < 300) {
      const answer = await first.redis.popJson('old answers')
      if (!answer) break
      answers.push(answer)
    }
    isServing = false
    await work
    const good = answers.filter(({ err }) => err === '')
    expect(new Set(good.map(({ dat }) => dat)).size).toBe(200)
    expect(answers.length).toBe(300)
  }, 30_000)

  it('try again, and tell at last, when the other is away', async () => {
    const { first, second } = await twoDaemons()
    const port = second.legacyPort
    await second.close()
    await first.push(oldRequest())
    expect(await first.redis.popJson('old answers')).toMatchObject({
      err:
        `all retries done: Post "http://127.0.0.1:${port}/zbus-remote": ` +
        `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
    expect(Number(await first.redis.send('EXISTS', 'msgbus.system.backlog'))).toBe(0)
  })

  it('tell why the other refused', async () => {
    const { first, second, addresses } = await twoDaemons()
    addresses.set(40, `127.0.0.1:${second.legacyPort}`)
    first.chain.twins.set(10, { ...first.chain.twins.get(40)!, id: 10 })
    await first.push(oldRequest({ dst: [40] }))
    expect(await first.redis.popJson('old answers')).toMatchObject({
      err: "all retries done: failed to send remote: 400 Bad Request (couldn't verify signature)",
    })
  })
})

describe('the HTTP side', () => {
  const fault = (text: string) => `${JSON.stringify({ Status: 'error', Message: text })}\n`

  it('is there only when asked for', async () => {
    const { peer } = await world()
    expect(peer.legacyPort).toBeNull()
    const asked = await world({ legacy: { port: 0 } })
    const taken = { legacy: { port: asked.peer.legacyPort! } }
    await expect(startPeerWorld(taken)).rejects.toMatchObject({ code: 'GRID_PORT_IN_USE' })
  })

  it('takes good messages, of both schemes', async () => {
    const { peer, redis } = await world({ legacy: { port: 0 } })
    for (const twin of [other, schnorr]) {
      const message = travelling(twin)
      expect(await post(peer.legacyPort!, '/zbus-remote', legacyText(message))).toEqual({
        status: 200,
        text: '{"status": "accepted"}',
      })
      expect(await redis.popJson('msgbus.calc.add')).toEqual(JSON.parse(legacyText(message)))
    }
  })

  const old = nowSeconds() - 61
  it.each<[string, string, number, string | RegExp]>([
    ['no JSON', '{', 400, fault("couldn't parse json")],
    ['another kind of JSON', '[]', 400, fault("couldn't parse json")],
    ['a field of another type', '{"src":"20"}', 400, fault("couldn't parse json")],
    [
      'an old message',
      legacyText(travelling(other, { now: old })),
      400,
      /^\{"Status":"error","Message":"message is too old, sent since 1m\d[\d.]*s, sent time: \d+, now: \d+"\}\n$/,
    ],
    [
      'an unknown sender',
      legacyText(travelling(other, { src: 99 })),
      400,
      fault('source twin 99 not found'),
    ],
    [
      'a sender that is no twin',
      legacyText(travelling(other, { src: -1 })),
      400,
      fault('source twin -1 not found'),
    ],
    [
      'no signature',
      legacyText({ ...travelling(other), sig: '' }),
      400,
      fault('signature field is empty, visit the project github repo for instructions to update'),
    ],
    [
      'a signature that is no hex',
      legacyText({ ...travelling(other), sig: '65zz' }),
      400,
      fault("couldn't decode signature: encoding/hex: invalid byte: U+007A 'z'"),
    ],
    [
      'half a digit of a signature',
      legacyText({ ...travelling(other), sig: '656' }),
      400,
      fault("couldn't decode signature: encoding/hex: odd length hex string"),
    ],
    [
      'an unknown scheme',
      legacyText({ ...travelling(other), sig: '6100' }),
      400,
      fault('unrecognized signature prefix 61'),
    ],
    [
      'a changed message',
      legacyText({ ...travelling(other), dat: 'MQ==' }),
      400,
      fault("couldn't verify signature"),
    ],
    [
      'the signature of another',
      legacyText({ ...travelling(schnorr), src: 20 }),
      400,
      fault("couldn't verify signature"),
    ],
  ])('refuses %s', async (_, body, status, text) => {
    const { peer, redis } = await world({ legacy: { port: 0 } })
    for (const path of ['/zbus-remote', '/zbus-reply', '/zbus-cmd']) {
      const answer = await post(peer.legacyPort!, path, body)
      expect(answer.status).toBe(status)
      if (typeof text === 'string') expect(answer.text).toBe(text)
      else expect(answer.text).toMatch(text)
    }
    expect(await redis.send('DBSIZE')).toBe(0)
  })

  it('says when the chain cannot be asked, and when the Redis refuses', async () => {
    const { peer, chain, redis } = await world({ legacy: { port: 0 } })
    await redis.send('SET', 'msgbus.calc.add', 'no list')
    const body = legacyText(travelling(other))
    expect(await post(peer.legacyPort!, '/zbus-remote', body)).toEqual({
      status: 500,
      text: fault("couldn't queue message for processing"),
    })
    chain.failure = new RangeError('away')
    const unknown = legacyText(travelling(schnorr))
    expect(await post(peer.legacyPort!, '/zbus-remote', unknown)).toEqual({
      status: 502,
      text: fault("couldn't get twin 40 public key: away"),
    })
  })

  it('lets nobody from outside write to the lists of the bus', async () => {
    const { peer, redis, dropped } = await world({ legacy: { port: 0 } })
    const message = travelling(other, { cmd: 'system.local', dst: [20] })
    const answer = await post(peer.legacyPort!, '/zbus-remote', legacyText(message))
    expect(answer.status).toBe(200)
    expect(await dropped()).toBe('a request of the old bus is malformed')
    expect(await redis.send('DBSIZE')).toBe(0)
  })

  it('carries requests of proxies, which fetch the answers themselves', async () => {
    const { peer, redis, push } = await world({ legacy: { port: 0 } })
    const port = peer.legacyPort!
    const answer = await post(port, '/zbus-cmd', legacyText(travelling(other)))
    expect(answer.status).toBe(200)
    const { retqueue } = JSON.parse(answer.text) as { retqueue: string }
    const request = await redis.popJson('msgbus.calc.add')
    expect(request).toMatchObject({ pxy: true, ret: retqueue })
    expect(await post(port, '/zbus-result', answer.text)).toMatchObject({ text: '[]\n' })
    await push({ ...request, src: 10, dst: [20], dat: base64('3') }, 'msgbus.system.reply')
    let results: { text: string } = { text: '[]\n' }
    while (results.text === '[]\n') results = await post(port, '/zbus-result', answer.text)
    const [result] = JSON.parse(results.text) as LegacyMessage[]
    expect(result).toMatchObject({ dat: '3', src: 10, dst: [20], pxy: true })
    expect(legacySignatureFault(result!, own.pair.publicKey)).toBeUndefined()
    expect(await post(port, '/zbus-result', '{"retqueue":"msgbus.system.local"}')).toEqual({
      status: 400,
      text: fault('Invalid Retqueue, it should be a valid UUID'),
    })
    expect(await post(port, '/zbus-result', '{')).toMatchObject({ status: 400 })
  })

  it('knows no other paths, and no endless bodies', async () => {
    const { peer } = await world({ legacy: { port: 0 } })
    expect(await post(peer.legacyPort!, '/', '')).toEqual({
      status: 404,
      text: '404 page not found\n',
    })
    const large = await post(peer.legacyPort!, '/zbus-remote', ' '.repeat(17 * 1024 * 1024)).catch(
      (cause: Error) => cause.message,
    )
    expect(JSON.stringify(large)).toMatch(/413|EPIPE|ECONNRESET/)
    expect((await post(peer.legacyPort!, '/', '')).status).toBe(404)
  })

  it('survives 5 000 spoilt bodies', async () => {
    const { peer, redis } = await world({ legacy: { port: 0 } })
    const random = generator(21)
    const sample = Buffer.from(legacyText(travelling(other)))
    const statuses = new Set<number>()
    for (let round = 0; round < 100; round += 1) {
      const bodies = Array.from({ length: 50 }, () => mutate(sample, random).toString('latin1'))
      const paths = ['/zbus-remote', '/zbus-reply', '/zbus-cmd', '/zbus-result']
      const answers = await Promise.all(
        bodies.map((body, i) => post(peer.legacyPort!, paths[i % 4]!, body)),
      )
      for (const { status } of answers) statuses.add(status)
    }
    // What is not signed (life, tries, schema) may be changed, and such messages are taken.
    expect([...statuses].sort()).toEqual([200, 400])
    expect(Number(await redis.send('DBSIZE'))).toBeLessThanOrEqual(2)
  }, 30_000)
})

describe('messages of the old bus', () => {
  it('are signed over these fields in this order', () => {
    const message = travelling(other, { dst: [10, 11], pxy: true, uid: 'u', now: 5, ret: 'r' })
    const expected = `1ucalc.add${base64('[1,2]')}201011r5true`
    const hash = createHash('md5').update(expected).digest()
    expect(Buffer.from(legacyChallenge(message))).toEqual(hash)
    const changed = { ...message, exp: 1, try: 2, shm: 'x', err: 'y' }
    expect(legacySignatureFault(changed, other.pair.publicKey)).toBeUndefined()
  })

  it.each([
    [60_000, undefined],
    [60_001, '1m0.001s'],
    [3_725_250, '1h2m5.25s'],
    [-5000, undefined],
  ])('may be a minute old: %i ms', (age, text) => {
    const now = 1_700_000_000_000
    const fault = legacyAgeFault({ ...travelling(other), now: (now - age) / 1000 }, now)
    if (text === undefined) expect(fault).toBeUndefined()
    else expect(fault).toContain(`sent since ${text}, `)
  })

  it.each([
    ['192.168.12.34', 'http://192.168.12.34:8051'],
    ['example.com:1234', 'http://example.com:1234'],
    ['example.com', 'http://example.com:8051'],
    ['200:1::1', 'http://[200:1::1]:8051'],
    ['[200:1::1]:80', 'http://[200:1::1]:80'],
    ['[200:1::1]', 'http://[200:1::1]:8051'],
  ])('go to %s at %s', (address, url) => {
    expect(legacyUrl(address)).toBe(url)
  })
})
