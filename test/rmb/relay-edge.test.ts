// Messages that cross the edge of the world: checked and decrypted on the way in, encrypted and signed on the way out.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromHex } from '../../src/crypto/hex.ts'
import { queueLifeMs } from '../../src/rmb/bus.ts'
import type { Envelope } from '../../src/rmb/envelope.ts'
import { revertedText } from '../../src/rmb/relay/relay.ts'
import { checkEnvelopeSignature, signEnvelope } from '../../src/rmb/signature.ts'
import { type Client, type Person, person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2, 'sr25519')
const node = person(7)
const bareNode = person(8)

let stage: Stage
let client: Client
beforeEach(async () => {
  stage = await new Stage().listen()
  stage.add(alice)
  stage.addEcho(node)
  stage.addEcho(bareNode, { hasKey: false })
  client = await stage.connect(alice, 'web')
})
afterEach(() => stage.close())

const utf8 = (text: string) => new TextEncoder().encode(text)
const pkOf = (who: Person) => stage.twins.get(who.twin)!.pk!
const accountOf = (who: Person) => fromHex(stage.twins.get(who.twin)!.account)
const silence = async () => expect(await client.saidBeforePong()).toEqual([])

describe('a request from outside', () => {
  it.each(['ed25519', 'sr25519'] as const)(
    'is answered as a node answers: encrypted, signed, to the very session (%s)',
    async scheme => {
      const user = stage.add(person(20, scheme))
      const own = await stage.connect(user, 'web')
      const sent = own.request({ twin: 7 }, { data: '{"a":"ä"}', pk: pkOf(node) })
      own.send(sent)
      const reply = await own.next()
      expect(reply).toMatchObject({
        uid: sent.uid,
        expiration: 300n,
        source: { twin: 7 },
        destination: { twin: 20, connection: 'web' },
        message: { kind: 'response' },
        schema: 'application/json',
        federation: 'localhost',
        relays: ['localhost'],
        payload: { kind: 'cipher' },
      })
      expect(reply.tags).toBeUndefined()
      expect(Number(reply.timestamp)).toBeGreaterThanOrEqual(Number(sent.timestamp))
      expect(Number(reply.timestamp)).toBeLessThanOrEqual(stage.now)
      expect(checkEnvelopeSignature(reply, accountOf(node))).toBeUndefined()
      expect(own.open(reply)).toBe('{"a":"ä"}')
      expect(stage.story(sent.uid)).toEqual([
        'rmb.sent',
        'rmb.delivered',
        'rmb.sent',
        'rmb.delivered',
      ])
    },
  )

  it('may be plain; the answer is encrypted all the same when both have keys', async () => {
    client.send(client.request({ twin: 7 }))
    const reply = await client.next()
    expect(reply.payload?.kind).toBe('cipher')
    expect(client.open(reply)).toBe('"hello"')
  })

  it('is answered plainly when either twin has no key on the chain', async () => {
    client.send(client.request({ twin: 8 }))
    const fromBare = await client.next()
    expect(fromBare.payload).toEqual({ kind: 'plain', bytes: utf8('"hello"') })
    expect(checkEnvelopeSignature(fromBare, accountOf(bareNode))).toBeUndefined()
    stage.add(alice, { hasKey: false })
    client.send(client.request({ twin: 7 }))
    expect((await client.next()).payload?.kind).toBe('plain')
  })

  it('that fails is answered with code 0, the text, and a payload of null', async () => {
    client.send(client.request({ twin: 8 }, { command: 'fail' }))
    expect(await client.next()).toMatchObject({
      message: { kind: 'error', code: 0, message: 'it failed' },
      schema: 'application/json',
      payload: { kind: 'plain', bytes: utf8('null') },
      signature: expect.anything(),
    })
  })

  it('brings no payload, an empty one, or bytes that are no text, as they are', async () => {
    const seen: (string | null)[] = []
    stage.bus.receive('watch', ({ body }) => {
      if (body.type === 'request') seen.push(body.payload)
    })
    const watcher = stage.add(person(9))
    stage.driver.enter(() => stage.bus.attach({ twin: 9 }, { receiver: 'watch' }))
    const empty = { kind: 'plain', bytes: new Uint8Array() } as const
    client.send(client.request({ twin: 9 }, { data: null }))
    client.send(client.request({ twin: 9 }, { data: '' }))
    client.send(client.request({ twin: 9 }, { payload: empty, pk: pkOf(watcher) }))
    client.send(
      client.request(
        { twin: 9 },
        { payload: { kind: 'plain', bytes: new Uint8Array([0x61, 0xff]) } },
      ),
    )
    await silence()
    expect(seen).toEqual([null, '', '', 'a\ufffd'])
  })

  it('keeps its uid, tags and schema on the way in', async () => {
    const seen: unknown[] = []
    stage.bus.receive('watch', message => seen.push(message))
    stage.add(person(9))
    stage.driver.enter(() => stage.bus.attach({ twin: 9 }, { receiver: 'watch' }))
    client.send(client.request({ twin: 9 }, { uid: 'u1', tags: 'a b', command: 'x.y' }))
    const { schema: _, ...bare } = client.request({ twin: 9 }, { uid: 'u2' })
    client.send(signEnvelope(bare, alice.pair))
    await silence()
    expect(seen).toMatchObject([
      {
        uid: 'u1',
        tags: 'a b',
        schema: 'application/json',
        source: { twin: 1, connection: 'web' },
        destination: { twin: 7 + 2 },
        body: { type: 'request', command: 'x.y', payload: '"hello"' },
      },
      { uid: 'u2', schema: null },
    ])
  })

  it('may have a very long uid; the trace keeps the beginning of it', async () => {
    const uid = 'u'.repeat(100_000)
    client.send(client.request({ twin: 7 }, { uid }))
    expect((await client.next()).uid).toBe(uid)
    const lengths = stage.entries.map(({ fields }) => (fields as { uid: string }).uid.length)
    expect(lengths.length).toBeGreaterThan(0)
    expect(Math.max(...lengths)).toBeLessThan(300)
  })

  it('is dropped in silence when a real node drops it', async () => {
    const good = client.request({ twin: 7 })
    const past = BigInt(stage.now - 61)
    const { signature: _, ...unsigned } = good
    const forged = { ...good, uid: 'forged', schema: 'text/plain' }
    const cases: [Envelope, string][] = [
      [{ ...unsigned, uid: 'unsigned' }, 'rmb.refused: invalid envelope signature'],
      [forged, 'rmb.refused: invalid envelope signature'],
      [
        signEnvelope({ ...good, uid: 'other key' }, bob.pair),
        'rmb.refused: invalid envelope signature',
      ],
      [client.request({ twin: 7 }, { uid: 'expired', timestamp: past }), 'rmb.expired'],
      [client.request({ twin: 7 }, { uid: 'endless', expiration: 2n ** 64n - 1n }), 'rmb.expired'],
      [
        client.request(
          { twin: 7 },
          { uid: 'cipher', payload: { kind: 'cipher', bytes: new Uint8Array(40) } },
        ),
        'rmb.refused: e2e error: invalid cipher data',
      ],
      [
        client.request({ twin: 7 }, { uid: 'pong', message: { kind: 'pong' } }),
        'rmb.refused: received a non response envelope',
      ],
    ]
    for (const [envelope] of cases) client.send(envelope)
    await silence()
    for (const [{ uid }, end] of cases) expect(stage.story(uid).at(-1)).toContain(end)
  })

  it('that is encrypted by a twin without a key is dropped in silence', async () => {
    const sent = client.request({ twin: 7 }, { pk: pkOf(node) })
    stage.add(alice, { hasKey: false })
    client.send(sent)
    await silence()
    expect(stage.story(sent.uid).at(-1)).toBe('rmb.refused: sender twin has no public key')
  })

  it('is still good in the second of its deadline', async () => {
    client.send(client.request({ twin: 7 }, { timestamp: BigInt(stage.now), expiration: 0n }))
    expect((await client.next()).message).toEqual({ kind: 'response' })
  })

  it('to another session of a node is nobody’s: it waits', async () => {
    client.send(client.request({ twin: 7, connection: 'x' }))
    await silence()
    expect(stage.relay.waitingFor({ twin: 7, connection: 'x' })).toBe(1)
  })
})

describe('a node that is off', () => {
  const setOnline = (isOnline: boolean) =>
    stage.driver.enter(() => stage.bus.setOnline({ twin: 7 }, isOnline))

  it('gets what came meanwhile when it is back, in order', async () => {
    setOnline(false)
    const uids = [1, 2, 3].map(() => client.send(client.request({ twin: 7 })))
    await silence()
    expect(stage.story(uids[0]!)).toEqual(['rmb.sent', 'rmb.queued'])
    setOnline(true)
    for (const uid of uids) expect((await client.next()).uid).toBe(uid)
  })

  it('does not get what has expired meanwhile', async () => {
    setOnline(false)
    const uid = client.send(client.request({ twin: 7 }, { expiration: 5n }))
    await silence()
    stage.passWallTime(6001)
    setOnline(true)
    await silence()
    expect(stage.story(uid)).toEqual(['rmb.sent', 'rmb.queued', 'rmb.expired'])
  })

  it('is told to who asks to fail fast', async () => {
    setOnline(false)
    client.send(client.request({ twin: 7 }, { tags: 'fail-fast' }))
    expect((await client.next()).message).toEqual({
      kind: 'error',
      code: 0,
      message: 'destination offline',
    })
  })

  it('has to have a relay on the chain, when it is off', async () => {
    setOnline(false)
    stage.add(node, { relay: null })
    client.send(client.request({ twin: 7 }))
    expect((await client.next()).message).toMatchObject({
      message: 'relay info is not set for this twin',
    })
  })

  it('does not make the grid keep more bytes than the relay may', async () => {
    await stage.close()
    stage = await new Stage({ maxQueuedBytes: 10_000 }).listen()
    stage.add(alice)
    stage.addEcho(node)
    client = await stage.connect(alice, 'web')
    setOnline(false)
    const data = JSON.stringify('x'.repeat(6000))
    const first = client.send(client.request({ twin: 7 }, { data }))
    client.send(client.request({ twin: 7 }, { data }))
    expect((await client.next()).message).toMatchObject({
      message: expect.stringMatching(/^failed to route message to peer '7': redis error: OOM/),
    })
    setOnline(true)
    expect((await client.next()).uid).toBe(first)
    expect(stage.bus.waitingBytes).toBe(0)
  })

  it('can be replaced by a real one outside', async () => {
    setOnline(false)
    const real = await stage.connect(node)
    const sent = client.request({ twin: 7 })
    client.send(sent)
    expect(await real.next()).toEqual(sent)
  })
})

describe('a request from inside to a service outside', () => {
  let service: Client
  beforeEach(async () => {
    stage.add(bob)
    service = await stage.connect(bob)
  })

  /** The service's answer to an envelope that it got. */
  function answerTo(request: Envelope, fields: Partial<Envelope> = {}): Envelope {
    const payload = { kind: 'plain', bytes: utf8('"pong"') } as const
    return service.request(request.source, {
      uid: request.uid,
      message: { kind: 'response' },
      payload,
      ...fields,
    })
  }

  it('goes out as a Go peer sends it, and its answer comes back', async () => {
    const uid = stage.ask({ twin: 7 }, 2, { command: 'x', payload: '{"q":1}', ttlMs: 90_500 })
    const request = await service.next()
    expect(request).toMatchObject({
      uid,
      expiration: 90n,
      source: { twin: 7 },
      destination: { twin: 2 },
      message: { kind: 'request', command: 'x' },
      schema: 'application/json',
      payload: { kind: 'cipher' },
    })
    expect(request.tags).toBeUndefined()
    expect(service.open(request)).toBe('{"q":1}')
    service.send(answerTo(request))
    expect(await stage.answered(1)).toEqual([{ ref: 'r', type: 'response', payload: '"pong"' }])
  })

  it('says null when there is nothing to say, and does not live longer than the bus allows', async () => {
    stage.ask({ twin: 8 }, 2, { ttlMs: 3_600_000, tags: 'a' })
    const request = await service.next()
    expect(request).toMatchObject({
      expiration: 1800n,
      tags: 'a',
      payload: { kind: 'plain', bytes: utf8('null') },
    })
  })

  it('takes an encrypted answer, and an error', async () => {
    stage.ask({ twin: 7 }, 2)
    const request = await service.next()
    service.send(answerTo(request, { pk: pkOf(node) } as Partial<Envelope>))
    stage.ask({ twin: 7 }, 2)
    const other = await service.next()
    service.send(answerTo(other, { message: { kind: 'error', code: 5, message: 'no' } }))
    expect(await stage.answered(2)).toEqual([
      { ref: 'r', type: 'response', payload: '"pong"' },
      { ref: 'r', type: 'error', code: 5, message: 'no' },
    ])
  })

  it('hears what a Go caller hears when the answer is no good', async () => {
    const texts: [Partial<Envelope>, string][] = [
      [{ schema: 'text/plain' }, "invalid schema received expected 'application/json'"],
      [{ message: { kind: 'pong' } }, 'received a non response envelope'],
      [{ timestamp: BigInt(stage.now - 100) }, 'received an expired envelope'],
      [{ payload: { kind: 'cipher', bytes: new Uint8Array(40) } }, 'could not decrypt payload'],
    ]
    for (const [fields] of texts) {
      stage.ask({ twin: 7 }, 2)
      service.send(answerTo(await service.next(), fields))
    }
    stage.ask({ twin: 7 }, 2)
    const { signature: _, ...unsigned } = answerTo(await service.next())
    service.send(unsigned)
    const answers = await stage.answered(texts.length + 1)
    for (const [i, [, text]] of texts.entries()) {
      expect(answers[i]).toEqual({ ref: 'r', type: 'error', code: 0, message: text })
    }
    expect(answers.at(-1)).toMatchObject({
      message: expect.stringContaining('message signature verification failed'),
    })
  })

  it('is not answered by anybody else', async () => {
    stage.ask({ twin: 7 }, 2)
    const request = await service.next()
    client.send(client.request(request.source, { uid: request.uid, message: { kind: 'response' } }))
    await silence()
    expect(stage.answers).toEqual([])
    service.send(answerTo(request))
    await stage.answered(1)
  })

  it('waits for a service that is away', async () => {
    await stage.disconnect(service)
    stage.ask({ twin: 7 }, 2, { ttlMs: queueLifeMs })
    await silence()
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(1)
    const back = await stage.connect(bob)
    service = back
    service.send(answerTo(await back.next()))
    await stage.answered(1)
  })

  it('is refused by the relay like anybody’s', async () => {
    stage.ask({ twin: 7 }, 99)
    stage.ask({ twin: 7 }, 3)
    await stage.disconnect(service)
    stage.ask({ twin: 7 }, 2, { tags: 'fail-fast' })
    expect((await stage.answered(3)).map(answer => 'message' in answer && answer.message)).toEqual([
      'unknown twin destination',
      'unknown twin destination',
      'destination offline',
    ])
  })

  it('ends when nobody here has the key of the sender', async () => {
    stage.ask({ twin: 1, connection: 'script' }, 2)
    expect(await stage.answered(1)).toMatchObject([
      { type: 'error', message: 'there is no key of twin 1 to sign with' },
    ])
  })

  it('leaves the unnamed session of the caller’s twin to its own client', async () => {
    stage.ask({ twin: 7 }, 2)
    const request = await service.next()
    service.send(answerTo(request))
    await stage.answered(1)
    const own = await stage.connect(alice)
    service.send(service.request({ twin: 1 }))
    expect((await own.next()).source).toEqual({ twin: 2 })
  })
})

describe('a warped clock', () => {
  it('gives a request as much wall time as its sender meant', async () => {
    await stage.close()
    stage = await new Stage({ mode: { type: 'warp', rate: 60 } }).listen()
    stage.add(alice)
    stage.add(bob)
    stage.addEcho(node)
    client = await stage.connect(alice, 'web')
    stage.driver.enter(() => stage.bus.setOnline({ twin: 7 }, false))
    client.send(client.request({ twin: 7 }, { expiration: 20n }))
    await silence()
    // Five minutes of the world are five seconds of the client.
    stage.passWallTime(5000)
    stage.driver.enter(() => stage.bus.setOnline({ twin: 7 }, true))
    expect((await client.next()).message).toEqual({ kind: 'response' })
    const service = await stage.connect(bob)
    // Half a second more than is looked for: the machine needs some time, too.
    stage.ask({ twin: 7 }, 2, { ttlMs: 630_000 })
    expect((await service.next()).expiration).toBe(10n)
  })
})

describe('a revert', () => {
  it('ends the open requests of outside clients with an error, and keeps their sockets', async () => {
    const snapshot = stage.kernel.snapshot()
    const open = client.send(client.request({ twin: 7 }, { command: 'silent' }))
    const done = client.send(client.request({ twin: 7 }))
    expect((await client.next()).uid).toBe(done)
    stage.kernel.revert(snapshot)
    stage.relay.onReverted()
    expect(await client.next()).toMatchObject({
      uid: open,
      destination: client.address,
      message: { kind: 'error', code: 0, message: revertedText },
    })
    stage.relay.onReverted()
    await silence()
    client.send(client.request({ twin: 7 }))
    expect((await client.next()).message).toEqual({ kind: 'response' })
  })

  it('does not speak to those who have given up', async () => {
    client.send(client.request({ twin: 7 }, { command: 'silent', expiration: 5n }))
    await silence()
    stage.passWallTime(6000)
    stage.relay.sweep()
    stage.relay.onReverted()
    await silence()
  })
})
