// The peer's local interface: what programs push and find, and what travels to and from the relay meanwhile.

import { afterEach, describe, expect, it } from 'vitest'
import { encodeEnvelope } from '../../../src/rmb/envelope.ts'
import { decodeBacklog } from '../../../src/rmb/peer/backlog.ts'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { remoteLink } from '../../../src/rmb/redis/remote.ts'
import { startRedisServer } from '../../../src/rmb/redis/server.ts'
import { redisStore } from '../../../src/rmb/redis/store.ts'
import {
  base64,
  fromOther,
  keyless,
  localRequest,
  nowSeconds,
  other,
  type PeerWorld,
  schnorr,
  startPeerWorld,
  type WorldOptions,
} from '../support/peer-world.ts'
import { RespClient } from '../support/resp-client.ts'
import { until } from '../support/until.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function world(options?: WorldOptions): Promise<PeerWorld> {
  const made = await startPeerWorld(options)
  open.push(made)
  return made
}

describe('requests of local programs', () => {
  it('are answered on the list that they name', async () => {
    const { serve, redis, push, requests } = await world()
    await serve()
    await push(localRequest({ tag: 'a b' }))
    const reply = await redis.popJson('answers')
    expect(reply).toEqual({
      ver: 1,
      ref: 'my reference',
      dat: base64('"hello"'),
      src: '20',
      shm: 'application/json',
      now: expect.any(Number),
      err: null,
    })
    expect(Object.keys(reply!)).toEqual(['ver', 'ref', 'dat', 'src', 'shm', 'now', 'err'])
    const [{ envelope, from, command, payload }] = requests as [(typeof requests)[0]]
    expect({ from, command, payload: Buffer.from(payload).toString() }).toEqual({
      from: { twin: 10 },
      command: 'echo',
      payload: '"hello"',
    })
    expect(envelope).toMatchObject({ tags: 'a b', schema: 'application/json', relays: [] })
    expect(envelope).not.toHaveProperty('federation')
  })

  it('are answered however they are pushed: as the Go library does, and with what it leaves out', async () => {
    const { serve, redis } = await world()
    await serve()
    // `tfgrid-sdk-go: rmb-sdk-go/client.go`: tag is missing, con is null, now is 0.
    const message = {
      ver: 1,
      ref: '',
      cmd: 'echo',
      exp: 29,
      dat: base64('{"a":1}'),
      dst: [20],
      con: null,
      ret: 'uuid',
      shm: 'application/json',
      now: 0,
    }
    await redis.send('RPUSH', 'msgbus.system.local', JSON.stringify(message))
    expect(await redis.popJson('uuid')).toMatchObject({
      ref: '',
      src: '20',
      dat: base64('{"a":1}'),
      err: null,
    })
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    [
      'without what may be missing',
      { ref: undefined, tag: undefined, shm: undefined },
      { ref: null },
    ],
    ['with nulls', { ref: null, tag: null, shm: null }, { ref: null }],
    ['with keys that nobody knows', { con: 'x', upl: { a: [] }, ver: 7 }, { ref: 'my reference' }],
    ['with base64 that lacks its padding', { dat: 'MQ' }, { dat: base64('1') }],
    ['with a list of the bus itself as command', { cmd: 'rmb.like' }, { ref: 'my reference' }],
    ['with nothing to say', { dat: '' }, { dat: '' }],
  ])('are accepted %s', async (_, change, expected) => {
    const { serve, redis, push } = await world()
    await serve()
    await push(localRequest(change))
    expect(await redis.popJson('answers')).toMatchObject(expected)
  })

  const without = (key: string) => {
    const { [key]: _, ...rest } = localRequest()
    return rest
  }
  const text = (change: string) =>
    Buffer.from(JSON.stringify(localRequest()).replace('{', `{${change},`))
  it.each<[string, unknown, RegExp]>([
    ...['ver', 'cmd', 'exp', 'dat', 'dst', 'ret', 'now'].map(
      key =>
        [`lack ${key}`, without(key), new RegExp(`missing field \`${key}\``)] as [
          string,
          unknown,
          RegExp,
        ],
    ),
    ['have null where something is needed', localRequest({ cmd: null }), /field `cmd`/],
    ['have a number for a text', localRequest({ ref: 5 }), /field `ref`/],
    ['have a text for a number', localRequest({ exp: '60' }), /field `exp`/],
    ['have a negative number', localRequest({ exp: -1 }), /field `exp`/],
    ['have a fraction', localRequest({ now: 1.5 }), /field `now`/],
    [
      'write a whole number as a fraction',
      Buffer.from(JSON.stringify(localRequest()).replace('"exp":60', '"exp":60.0')),
      /field `exp`/,
    ],
    [
      'have a number beyond 64 bits',
      Buffer.from(JSON.stringify(localRequest()).replace('"exp":60', '"exp":18446744073709551616')),
      /field `exp`/,
    ],
    ['name one destination that is no list', localRequest({ dst: 20 }), /field `dst`/],
    ['name a twin that is no u32', localRequest({ dst: [20, 4294967296] }), /field `dst`/],
    ['name destinations by text', localRequest({ dst: ['20'] }), /field `dst`/],
    ['have a field twice', text('"cmd":"a"'), /duplicate field `cmd`/],
    ['are no JSON', Buffer.from('{"ver":1'), /not JSON/],
    ['are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not JSON/],
    ['are no object', [1, 2], /not an object/],
    ['carry no base64', localRequest({ dat: '!' }), /invalid data base64 encoding/],
    ['carry base64 for URLs', localRequest({ dat: '_-__' }), /invalid data base64 encoding/],
    ['carry base64 with stray bits', localRequest({ dat: 'MR==' }), /invalid data base64 encoding/],
    ['have no life', localRequest({ exp: 0 }), /expired/],
    ['had no life when made now', localRequest({ exp: 0, now: 0 }), /expired/],
    ['have outlived it', localRequest({ exp: 60, now: nowSeconds() - 60 }), /expired/],
  ])('are dropped in silence when they %s', async (_, message, reason) => {
    const { serve, redis, push, dropped, relay } = await world()
    await serve()
    await push(message)
    expect(await dropped()).toMatch(reason)
    await push(localRequest({ ref: 'good' }))
    expect(await redis.popJson('answers')).toMatchObject({ ref: 'good', err: null })
    expect(relay.frames.get('10')?.length).toBe(1)
    expect(await redis.send('EXISTS', 'answers')).toBe(0)
  })

  it.each([
    ['made now', { now: 0, exp: 60 }, 60],
    ['made in the future', { now: nowSeconds() + 1000, exp: 60 }, 60],
    ['made a while ago', { now: nowSeconds() - 20, exp: 60 }, 40],
    ['with a very long life', { now: 0, exp: 100_000 }, 1800],
  ])('get the stamp of now and what is left of their life: %s', async (_, change, seconds) => {
    const { sent, push, redis } = await world()
    await push(localRequest(change))
    const { opened } = await sent()
    expect(Math.abs(Number(opened.timestamp) - nowSeconds())).toBeLessThanOrEqual(1)
    expect(Math.abs(Number(opened.expiration) - seconds)).toBeLessThanOrEqual(1)
    const [key] = (await redis.send('KEYS', 'msgbus.backlog.*')) as string[]
    expect(key).toBe(`msgbus.backlog.${opened.uid}`)
    expect(Math.abs(Number(await redis.send('TTL', key!)) - seconds)).toBeLessThanOrEqual(1)
    const stored = Buffer.from(String(await redis.send('GET', key!)), 'latin1')
    expect(decodeBacklog(stored)).toMatchObject({
      uid: opened.uid,
      reference: 'my reference',
      replyTo: 'answers',
      module: '',
    })
  })

  it('go to each destination under one uid, and each that cannot be sent to gives its own error', async () => {
    const { sent, push, redis } = await world()
    await push(localRequest({ dst: [20, 99, 30, 40] }))
    const envelopes = [await sent(0), await sent(1), await sent(2)].map(({ opened }) => opened)
    expect(envelopes.map(({ destination }) => destination)).toEqual([
      { twin: other.id },
      { twin: keyless.id },
      { twin: schnorr.id },
    ])
    expect(new Set(envelopes.map(({ uid }) => uid)).size).toBe(1)
    const error = await redis.popJson('answers')
    expect(error).toEqual({
      ver: 1,
      ref: 'my reference',
      dat: '',
      src: '',
      shm: null,
      now: 0,
      err: { code: 103, message: "unknown twin id '99'" },
    })
    expect(Object.keys(error!)).toEqual(['ver', 'ref', 'dat', 'src', 'shm', 'now', 'err'])
  })

  it('to many destinations do not keep the others waiting', async () => {
    const { serve, push, redis, chain } = await world()
    await serve()
    await push(localRequest({ ref: 'many', dst: Array.from({ length: 30 }, (_, i) => 100 + i) }))
    await push(localRequest({ ref: 'one', ret: 'other answers' }))
    expect(await redis.popJson('other answers')).toMatchObject({ ref: 'one', err: null })
    for (let i = 0; i < 30; i += 1) {
      expect(await redis.popJson('answers')).toMatchObject({ ref: 'many', err: { code: 103 } })
    }
    expect(chain.asked).toBeGreaterThan(30)
  })

  it('are encrypted for who has a key, and signed for all', async () => {
    const { sent, push } = await world()
    await push(localRequest({ dst: [20, 30] }))
    expect((await sent(0)).sealed.payload?.kind).toBe('cipher')
    const plain = (await sent(1)).sealed
    expect(plain.payload?.kind).toBe('plain')
    expect(plain.signature?.length).toBe(65)
    expect(plain.source).toEqual({ twin: 10 })
  })

  it('end with the error that comes back: the service’s, the relay’s, the chain’s', async () => {
    const { serve, push, redis, chain, relay } = await world()
    await serve(() => ({
      ok: false,
      error: { code: 255, message: 'no' },
      payload: Buffer.from('null'),
    }))
    await push(localRequest())
    expect(await redis.popJson('answers')).toMatchObject({
      ref: 'my reference',
      src: '20',
      dat: base64('null'),
      err: { code: 255, message: 'no' },
    })
    // The peer remembers the twin, the relay does not know it any more.
    chain.twins.delete(20)
    await push(localRequest())
    expect(await redis.popJson('answers')).toMatchObject({
      src: '0',
      dat: '',
      shm: null,
      err: { code: 0, message: 'unknown twin destination' },
    })
    chain.failure = new RangeError('the chain is away')
    await push(localRequest({ dst: [30] }))
    expect(await redis.popJson('answers')).toMatchObject({
      src: '',
      err: { code: 500, message: 'other: the chain is away' },
    })
    expect(relay.frames.get('10')?.length).toBe(2)
  })

  it('end with an error when no relay takes them in their time', async () => {
    const { relay, push, redis, peer } = await world()
    await relay.close()
    await until('the peer has noticed', () => !peer.isConnected)
    await push(localRequest({ exp: 1, now: 0 }))
    expect(await redis.popJson('answers')).toMatchObject({
      src: '',
      err: { code: 500, message: 'other: response has expired before sending!' },
    })
  })
})

describe('answers', () => {
  it('that nobody waits for are dropped', async () => {
    const { relay, dropped, redis } = await world()
    relay.deliver('10', fromOther({ message: { kind: 'response' } }))
    expect(await dropped()).toBe('received reply of an expired message')
    expect(await redis.send('DBSIZE')).toBe(0)
  })

  it('to one request may be several', async () => {
    const { relay, sent, push, redis } = await world()
    await push(localRequest())
    const { uid } = (await sent()).opened
    for (const dat of ['1', '2', '3']) {
      relay.deliver(
        '10',
        fromOther({
          uid,
          message: { kind: 'response' },
          payload: { kind: 'plain', bytes: Buffer.from(dat) },
        }),
      )
    }
    const found = [1, 2, 3].map(async () => (await redis.popJson('answers'))?.dat)
    expect((await Promise.all(found)).sort()).toEqual(['1', '2', '3'].map(base64))
  })

  it('name the session that they come from, and say when there is no schema', async () => {
    const { relay, sent, push, redis } = await world()
    await push(localRequest())
    const { uid } = (await sent()).opened
    const { schema: _, ...rest } = { schema: '' }
    relay.deliver(
      '10',
      fromOther({
        ...rest,
        uid,
        source: { twin: 20, connection: 'a:b' },
        message: { kind: 'response' },
        schema: '',
      }),
    )
    expect(await redis.popJson('answers')).toMatchObject({ src: '20:a:b', shm: '' })
  })
})

describe('requests of other twins', () => {
  it('wait for a service on the list of their command, and take its reply back', async () => {
    const { serve, push, redis } = await world()
    const client = await serve()
    const request = client.request({ to: 10, command: 'calc.add', payload: '[1,2]', tags: 'x' })
    const found = await redis.popJson('msgbus.calc.add')
    expect(found).toEqual({
      ver: 1,
      ref: expect.any(String),
      src: '20',
      cmd: 'calc.add',
      exp: 300,
      dat: base64('[1,2]'),
      tag: 'x',
      ret: 'msgbus.system.reply',
      shm: 'application/json',
      now: expect.any(Number),
    })
    expect(Object.keys(found!)).toEqual([
      'ver',
      'ref',
      'src',
      'cmd',
      'exp',
      'dat',
      'tag',
      'ret',
      'shm',
      'now',
    ])
    await push(
      {
        ver: 1,
        ref: found!.ref,
        dat: base64('3'),
        dst: found!.src,
        shm: 'application/json',
        now: nowSeconds(),
      },
      found!.ret as string,
    )
    expect(await request).toMatchObject({
      type: 'response',
      from: { twin: 10 },
      schema: 'application/json',
      payload: new Uint8Array(Buffer.from('3')),
    })
  })

  const reply = (change: Record<string, unknown> = {}) => ({
    ver: 1,
    ref: 'uid-1',
    dat: base64('3'),
    dst: '20:session',
    shm: 'application/json',
    now: nowSeconds(),
    ...change,
  })

  it('get replies that live half an hour at most, to the very session that asked', async () => {
    const { push, sent } = await world()
    await push(reply(), 'msgbus.system.reply')
    await push(reply({ now: nowSeconds() - 100, shm: null }), 'msgbus.system.reply')
    const first = (await sent(0)).opened
    expect(first).toMatchObject({
      uid: 'uid-1',
      destination: { twin: 20, connection: 'session' },
      message: { kind: 'response' },
      expiration: 1800n,
      schema: 'application/json',
    })
    expect(first).not.toHaveProperty('tags')
    const second = (await sent(1)).opened
    expect(Math.abs(Number(second.expiration) - 1700)).toBeLessThanOrEqual(1)
    expect(second).not.toHaveProperty('schema')
  })

  it('get an error without payload when the service says so', async () => {
    const { push, sent } = await world()
    await push(reply({ dat: '!', err: { code: 7, message: 'no', more: 1 } }), 'msgbus.system.reply')
    await push(reply({ dst: '30', err: { code: 7, message: 'no' } }), 'msgbus.system.reply')
    const { opened, sealed } = await sent(0)
    expect(opened.message).toEqual({ kind: 'error', code: 7, message: 'no' })
    // A cipher of nothing: nonce and tag.
    expect(sealed.payload).toMatchObject({ kind: 'cipher', bytes: { length: 28 } })
    expect(opened.schema).toBe('application/json')
    expect((await sent(1)).sealed.payload).toBeUndefined()
  })

  it.each<[string, unknown, RegExp]>([
    ['lack the destination', reply({ dst: undefined }), /missing field `dst`/],
    ['name it as a list', reply({ dst: [20] }), /field `dst`/],
    ['name no twin', reply({ dst: 'x:y' }), /destination address/],
    ['carry no base64', reply({ dat: '!' }), /invalid data base64/],
    ['have an error without code', reply({ err: { message: 'x' } }), /missing field `code`/],
    ['have an error that is a text', reply({ err: 'x' }), /not an object/],
  ])('lose replies that %s', async (_, message, reason) => {
    const { push, dropped, sent, relay } = await world()
    await push(message, 'msgbus.system.reply')
    expect(await dropped()).toMatch(reason)
    await push(reply(), 'msgbus.system.reply')
    await sent(0)
    expect(relay.frames.get('10')?.length).toBe(1)
  })

  it('lose replies that are too old', async () => {
    const { push, events, relay } = await world()
    await push(reply({ now: nowSeconds() - 3600 }), 'msgbus.system.reply')
    const isTold = () => events.some(({ type }) => type === 'undeliverable')
    await until('the peer has told', isTold)
    expect(events.find(({ type }) => type === 'undeliverable')).toMatchObject({
      error: { code: 500, message: 'other: response has expired before sending!' },
    })
    expect(relay.frames.has('10')).toBe(false)
  })

  it('are kept up to 10 000 for a service that does not come', async () => {
    const { relay, redis, events } = await world()
    const items = Array.from({ length: 10_000 }, () => 'x')
    expect(await redis.send('RPUSH', 'msgbus.echo', ...items)).toBe(10_000)
    relay.deliver('10', fromOther())
    await until('it was delivered', () => events.some(({ type }) => type === 'delivered'))
    expect(await redis.send('LLEN', 'msgbus.echo')).toBe(10_000)
    expect(String(await redis.send('LPOP', 'msgbus.echo'))).toMatch(/^\{"ver":1/)
  })

  it('are answered by an error when the Redis does not take them', async () => {
    const { relay, redis, sent } = await world()
    await redis.send('SET', 'msgbus.echo', 'no list')
    relay.deliver('10', fromOther({ tags: 'x' }))
    const { opened } = await sent()
    expect(opened.message).toEqual({
      kind: 'error',
      code: 0,
      message: 'other: WRONGTYPE Operation against a key holding the wrong kind of value',
    })
    expect(opened).toMatchObject({ uid: 'uid-1', tags: 'x', expiration: 300n })
  })

  it('for the peer itself are answered by it, or not at all', async () => {
    const { serve, dropped, redis } = await world()
    const client = await serve()
    const version = await client.request({ to: 10, command: 'rmb.version' })
    expect(version).toMatchObject({ type: 'response', schema: 'application/json' })
    const payload = version.type === 'response' ? version.payload : []
    expect(JSON.parse(Buffer.from(payload).toString())).toMatch(/^v1\.4/)
    const other = client.request({ to: 10, command: 'rmb.other', ttlSeconds: 1 })
    expect(await dropped()).toBe('unknown built in command: rmb.other')
    expect(await other).toEqual({ type: 'expired' })
    expect(await redis.send('DBSIZE')).toBe(0)
  })
})

describe('envelopes that are not as they should be', () => {
  it.each<[string, () => Buffer, number, string]>([
    [
      'expired',
      () => fromOther({ timestamp: BigInt(nowSeconds() - 100), expiration: 100n }),
      102,
      'envelope validation error: message has expired',
    ],
    [
      'unsigned',
      () => fromOther({}, { signature: undefined as never }),
      104,
      'invalid envelope signature: message is not signed',
    ],
    [
      'with a short signature',
      () => fromOther({}, { signature: new Uint8Array(3) }),
      104,
      'invalid envelope signature: invalid signature length, expected: 65, found: 3',
    ],
    [
      'with an unknown scheme',
      () => fromOther({}, { signature: new Uint8Array(65) }),
      104,
      'invalid envelope signature: invalid signature type (expected either sr25519 or ed25519)',
    ],
    [
      'with the signature of another',
      () => fromOther({}, { signature: new Uint8Array(65).fill(0x65) }),
      104,
      'invalid envelope signature: ed25519 signature verification failed',
    ],
    [
      'changed on their way',
      () => fromOther({}, { schema: 'text' }),
      104,
      'invalid envelope signature: ed25519 signature verification failed',
    ],
  ])('are answered when they are requests: %s', async (_, bytes, code, message) => {
    const { relay, sent, redis } = await world()
    relay.deliver('10', bytes())
    // An answer to what has expired gets its life anew from the copied expiration.
    const { opened } = await sent()
    expect(opened.message).toEqual({ kind: 'error', code, message })
    expect(opened).toMatchObject({ uid: 'uid-1', destination: { twin: 20 } })
    expect(opened).not.toHaveProperty('schema')
    expect(await redis.send('EXISTS', 'msgbus.echo')).toBe(0)
  })

  it('are answered when they cannot be decrypted', async () => {
    const { relay, sent, chain } = await world({ without: [] })
    const { signEnvelope } = await import('../../../src/rmb/signature.ts')
    const cipher = { kind: 'cipher', bytes: new Uint8Array(40) } as const
    const unreadable = {
      uid: 'u',
      timestamp: BigInt(nowSeconds()),
      expiration: 60n,
      source: { twin: 30 },
      destination: { twin: 10 },
      message: { kind: 'request', command: 'echo' } as const,
      payload: cipher,
      relays: [],
    }
    const bytes = encodeEnvelope(signEnvelope(unreadable, keyless.pair))
    relay.deliver('10', bytes)
    expect((await sent(0)).opened.message).toEqual({
      kind: 'error',
      code: 106,
      message: 'e2e error: invalid cipher data',
    })
    expect(chain.asked).toBeGreaterThan(0)
  })

  it('are answered when their sender encrypts without having a key', async () => {
    const { relay, sent } = await world({ without: [30] })
    const { signEnvelope } = await import('../../../src/rmb/signature.ts')
    const envelope = {
      uid: 'u',
      timestamp: BigInt(nowSeconds()),
      expiration: 60n,
      source: { twin: 30 },
      destination: { twin: 10 },
      message: { kind: 'request', command: 'echo' } as const,
      payload: { kind: 'cipher', bytes: new Uint8Array(40) } as const,
      relays: [],
    }
    relay.deliver('10', encodeEnvelope(signEnvelope(envelope, keyless.pair)))
    expect((await sent(0)).opened.message).toEqual({
      kind: 'error',
      code: 105,
      message: 'sender twin has no public key',
    })
  })

  it('get no answer when they have no life, no known sender, or are no requests', async () => {
    const { relay, dropped, events, redis } = await world()
    relay.deliver('10', fromOther({ expiration: 0n }))
    expect(await dropped()).toMatch(/expired/)
    relay.deliver('10', fromOther({ source: { twin: 99 } }))
    expect(await dropped()).toBe("unknown twin id '99'")
    relay.deliver('10', fromOther({ message: { kind: 'response' } }, { schema: 'x' }))
    expect(await dropped()).toMatch(/signature/)
    relay.deliver('10', Buffer.from([0xff]))
    expect(await dropped()).toMatch(/^invalid message payload data: /)
    relay.deliver('10', 'text')
    relay.deliver('10', fromOther())
    await until('the good one arrived', () => events.some(({ type }) => type === 'delivered'))
    expect(relay.frames.has('10')).toBe(false)
    expect(await redis.send('LLEN', 'msgbus.echo')).toBe(1)
  })

  it('are answered with code 500 when the chain cannot be asked for the sender', async () => {
    const { relay, chain, events, sent } = await world()
    // The sender is known when the answer is sent, so the failure is a passing one.
    const twin = chain.twin.bind(chain)
    let isFirst = true
    chain.twin = async id => {
      if (isFirst) {
        isFirst = false
        throw new RangeError('the chain is away')
      }
      return twin(id)
    }
    relay.deliver('10', fromOther())
    expect((await sent()).opened.message).toEqual({
      kind: 'error',
      code: 500,
      message: 'other: failed to get twin information',
    })
    expect(events.some(({ type }) => type === 'delivered')).toBe(false)
  })
})

describe('a peer', () => {
  it('uses the relay that works', async () => {
    const first = await world()
    await first.relay.close()
    const { peer, redis, push, serve, relay } = await world({
      relays: [first.relay.url, 'ws://127.0.0.1:1'],
    })
    expect(peer.isConnected).toBe(false)
    await serve()
    const both = await world({ relays: [first.relay.url, relay.url] })
    await both.push(localRequest())
    expect(await both.redis.popJson('answers')).toMatchObject({ src: '20', err: null })
    await push(localRequest({ exp: 1, now: 0 }))
    expect(await redis.popJson('answers')).toMatchObject({ err: { code: 500 } })
  })

  it('goes on after its connection broke, with what came meanwhile on both sides', async () => {
    const { relay, peer, push, redis, serve, events } = await world()
    const client = await serve()
    await until('the peer is connected', () => peer.isConnected)
    relay.cut()
    await until('the peer has noticed', () => !peer.isConnected)
    await push(localRequest())
    const request = client.request({ to: 10, command: 'x' })
    expect(await redis.popJson('answers')).toMatchObject({ err: null })
    expect(await redis.popJson('msgbus.x')).toMatchObject({ cmd: 'x' })
    expect(events.filter(({ type }) => type === 'connected').length).toBe(2)
    await client.close()
    expect(await request).toEqual({ type: 'disconnected' })
  })

  it('goes on after its Redis was away', async () => {
    const engine = new RedisEngine()
    const first = await startRedisServer({ port: 0, engine })
    const place = { connect: { port: first.port, host: '127.0.0.1' }, greeting: [] }
    const { events, serve } = await world({ store: redisStore(remoteLink(place)) })
    await serve()
    await until('the peer waits', () => engine.waitingCount === 2)
    await first.close()
    await until('the peer has noticed', () => events.some(({ type }) => type === 'redis'))
    const second = await startRedisServer({ port: first.port, engine })
    open.push(second)
    const redis = await RespClient.open(second.port)
    open.push(redis)
    await redis.send('LPUSH', 'msgbus.system.local', JSON.stringify(localRequest()))
    expect(await redis.popJson('answers')).toMatchObject({ err: null })
  })
})
