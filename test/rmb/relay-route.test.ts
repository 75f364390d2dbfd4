// What the relay does with a message of a client, check by check and in their order.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Envelope, encodeEnvelope } from '../../src/rmb/envelope.ts'
import { type Client, person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2)
const lost = person(3)

let stage: Stage
let client: Client
beforeEach(async () => {
  stage = await new Stage().listen()
  stage.add(alice)
  stage.add(bob)
  client = await stage.connect(alice, 'web')
})
afterEach(() => stage.close())

/** The relay's own answer: nothing in it but what the real one has. */
function relayError(uid: string, message: string) {
  return {
    uid,
    timestamp: expect.any(BigInt),
    expiration: 300n,
    destination: { twin: 1, connection: 'web' },
    message: { kind: 'error', code: 0, message },
    relays: [],
  }
}

describe('frames', () => {
  it('of text end the connection without a word', async () => {
    const ended = client.ended()
    client.socket.send('{"hello":"relay"}')
    expect(await ended).toBe(1005)
    await expect(client.next()).rejects.toThrow('closed the connection')
  })

  it('that are no envelope end the connection', async () => {
    const ended = client.ended()
    client.socket.send(new Uint8Array([0x0a, 0x05, 0x01]))
    expect(await ended).toBe(1005)
  })

  it('after such a one are not read any more', async () => {
    const other = await stage.connect(bob)
    const ended = client.ended()
    client.socket.send('text')
    client.send(client.request({ twin: 2 }))
    await ended
    expect(await other.saidBeforePong()).toEqual([])
  })

  it('may be empty: an envelope of nothing has the wrong source, and is no request', async () => {
    client.socket.send(new Uint8Array())
    expect(await client.saidBeforePong()).toEqual([])
  })
})

describe('the source', () => {
  it.each([
    ['another twin', { twin: 2, connection: 'web' }],
    ['another session', { twin: 1, connection: 'app' }],
    ['no session', { twin: 1 }],
    ['an empty session', { twin: 1, connection: '' }],
  ])('must be the session: %s is refused', async (_, source) => {
    const uid = client.send(client.request({ twin: 2 }, { source }))
    expect(await client.next()).toEqual(relayError(uid, 'message wrong source'))
  })

  it('must be there', async () => {
    const { source: _, ...envelope } = client.request({ twin: 2 })
    const uid = client.send(envelope)
    expect(await client.next()).toEqual(relayError(uid, 'message wrong source'))
  })

  it('is looked at before the destination, and before a ping', async () => {
    const source = { twin: 2 }
    const uid = client.send(client.request(undefined, { source }))
    expect(await client.next()).toEqual(relayError(uid, 'message wrong source'))
    client.send({ ...client.request({ twin: 1 }), source, message: { kind: 'ping' } })
    expect(await client.saidBeforePong()).toEqual([])
  })
})

describe('the destination', () => {
  it('must be there', async () => {
    for (const to of [undefined, { twin: 0 }, { twin: 0, connection: 'x' }]) {
      const uid = client.send(client.request(to))
      expect(await client.next()).toEqual(relayError(uid, 'message with missing destination'))
    }
  })

  it('must be on the chain', async () => {
    const uid = client.send(client.request({ twin: 99 }))
    expect(await client.next()).toEqual(relayError(uid, 'unknown twin destination'))
    expect(stage.story(uid)).toEqual([
      'rmb.sent',
      'rmb.refused: unknown twin destination',
      'rmb.delivered',
    ])
  })

  it('must have a relay', async () => {
    stage.add(lost, { relay: null })
    const uid = client.send(client.request({ twin: 3 }, { tags: 'fail-fast' }))
    expect(await client.next()).toEqual(relayError(uid, 'relay info is not set for this twin'))
  })

  it('is not looked up when it is connected', async () => {
    stage.add(lost, { relay: null })
    const other = await stage.connect(lost)
    stage.twins.delete(3)
    const envelope = client.request({ twin: 3 })
    client.send(envelope)
    expect(await other.next()).toEqual(envelope)
  })

  it.each(['fail-fast', 'a,fail-fast', 'a fail-fast\tb'])(
    'that is away is told at once to who asks for it: %j',
    async tags => {
      const uid = client.send(client.request({ twin: 2 }, { tags }))
      expect(await client.next()).toEqual(relayError(uid, 'destination offline'))
      expect(stage.relay.waitingFor({ twin: 2 })).toBe(0)
    },
  )

  it.each(['', 'Fail-Fast', 'fail-faster', 'xfail-fast'])(
    'that is away is waited for otherwise: %j',
    async tags => {
      client.send(client.request({ twin: 2 }, { tags }))
      expect(await client.saidBeforePong()).toEqual([])
      expect(stage.relay.waitingFor({ twin: 2 })).toBe(1)
    },
  )

  it('hears at once from who asks to fail fast, when it is there', async () => {
    const other = await stage.connect(bob)
    const uid = client.send(client.request({ twin: 2 }, { tags: 'fail-fast' }))
    expect((await other.next()).uid).toBe(uid)
  })
})

describe('what is no request', () => {
  it('is refused in silence', async () => {
    const messages: Envelope['message'][] = [
      { kind: 'response' },
      { kind: 'error', code: 1, message: 'x' },
      { kind: 'pong' },
      undefined,
    ]
    for (const message of messages) {
      for (const to of [undefined, { twin: 99 }]) {
        const { message: _, ...rest } = client.request(to)
        client.send(message === undefined ? rest : { ...rest, message })
      }
    }
    expect(await client.saidBeforePong()).toEqual([])
  })
})

describe('messages between sessions', () => {
  it('arrive byte for byte, whatever they hold: bad signatures, unknown fields, past deadlines', async () => {
    const other = await stage.connect(bob, 'app')
    const envelope = client.request(
      { twin: 2, connection: 'app' },
      { timestamp: 5n, expiration: 1n, signature: new Uint8Array(3), relays: ['x', 'y'] },
    )
    const unknownField = new Uint8Array([0xf8, 0x07, 0x2a])
    const bytes = Buffer.concat([encodeEnvelope(envelope), unknownField])
    const received = new Promise<Buffer>(resolve => {
      other.socket.once('message', data => resolve(data as Buffer))
    })
    client.socket.send(bytes)
    expect((await received).equals(bytes)).toBe(true)
  })

  it('keep to the address: neither the unnamed session nor another one gets them', async () => {
    const unnamed = await stage.connect(bob)
    const named = await stage.connect(bob, 'app')
    const toNamed = client.send(client.request({ twin: 2, connection: 'app' }))
    const toUnnamed = client.send(client.request({ twin: 2 }))
    client.send(client.request({ twin: 2, connection: '' }))
    await client.saidBeforePong()
    expect((await named.saidBeforePong()).map(({ uid }) => uid)).toEqual([toNamed])
    expect((await unnamed.saidBeforePong()).map(({ uid }) => uid)).toEqual([toUnnamed])
    expect(stage.relay.waitingFor({ twin: 2, connection: '' })).toBe(1)
  })

  it('reach the sender itself', async () => {
    const uid = client.send(client.request(client.address))
    expect((await client.next()).uid).toBe(uid)
  })

  it('leave their way in the trace', async () => {
    const uid = client.send(client.request({ twin: 2 }))
    await client.saidBeforePong()
    expect(stage.story(uid)).toEqual(['rmb.sent', 'rmb.queued'])
    const other = await stage.connect(bob)
    await other.next()
    expect(stage.story(uid)).toEqual(['rmb.sent', 'rmb.queued', 'rmb.delivered'])
  })
})

describe('an application ping', () => {
  it('comes back as a pong: addresses swapped, a greeting at the end of the payload, all else kept', async () => {
    const ping: Envelope = {
      uid: 'p',
      tags: 'x',
      timestamp: 7n,
      expiration: 40n,
      source: client.address,
      destination: { twin: 0 },
      message: { kind: 'ping' },
      signature: new Uint8Array([1]),
      schema: 'text/plain',
      payload: { kind: 'plain', bytes: new TextEncoder().encode('oh, ') },
      relays: [],
    }
    client.send(ping)
    const pong = await client.next()
    expect(pong).toEqual({
      ...ping,
      source: { twin: 0 },
      destination: client.address,
      message: { kind: 'pong' },
      payload: { kind: 'plain', bytes: expect.anything() },
    })
    expect(Buffer.from(pong.payload!.bytes).toString()).toBe('oh, hello world')
  })
})
