// What the relay bears: large frames, too many messages, slow readers, and bytes that make no sense.

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeEnvelope, peekEnvelope } from '../../src/rmb/envelope.ts'
import { FrameGuard } from '../../src/rmb/relay/internal/frame-guard.ts'
import { Limiter } from '../../src/rmb/relay/internal/limiter.ts'
import { type Client, person, Stage } from './relay-support.ts'

const alice = person(1)
const bob = person(2)
const node = person(7)

const mebibyte = 1024 * 1024

describe('large frames', () => {
  let stage: Stage
  let client: Client
  beforeEach(async () => {
    stage = await new Stage().listen()
    stage.add(alice)
    stage.add(bob)
    client = await stage.connect(alice)
  })
  afterEach(() => stage.close())

  /** An envelope of exactly so many bytes. */
  function envelopeOf(size: number): Uint8Array {
    const make = (length: number) =>
      encodeEnvelope({
        ...client.request({ twin: 2 }),
        payload: { kind: 'plain', bytes: new Uint8Array(length) },
      })
    const overhead = make(size).length - size
    const bytes = make(size - overhead)
    expect(bytes.length).toBe(size)
    return bytes
  }

  it('pass up to 16 MiB', async () => {
    client.socket.send(envelopeOf(16 * mebibyte))
    expect(await client.saidBeforePong()).toEqual([])
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(1)
  })

  it('end the connection beyond', async () => {
    const ended = client.ended()
    client.socket.send(envelopeOf(16 * mebibyte + 1))
    expect(await ended).toBe(1006)
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(0)
    const again = await stage.connect(alice)
    expect(await again.saidBeforePong()).toEqual([])
  })

  it('may be pieces of a larger message, up to 64 MiB', async () => {
    const bytes = envelopeOf(20 * mebibyte)
    client.socket.send(bytes.subarray(0, 10 * mebibyte), { fin: false })
    client.socket.send(bytes.subarray(10 * mebibyte), { fin: true })
    expect(await client.saidBeforePong()).toEqual([])
    expect(stage.relay.waitingFor({ twin: 2 })).toBe(1)
  })

  it('end the connection when the message is larger than that', async () => {
    const ended = client.ended()
    const piece = new Uint8Array(13 * mebibyte)
    for (let i = 0; i < 5; i += 1) client.socket.send(piece, { fin: false })
    expect(await ended).not.toBe(1000)
    expect(stage.relay.connections).toBe(0)
  })
})

describe('the frame guard', () => {
  const frame = (size: number, { isMasked = true } = {}) => {
    const head =
      size < 126 ? [size] : size < 65536 ? [126, size >> 8, size & 255] : [127, ...bytesOf(size)]
    const mask = isMasked ? [9, 9, 9, 9] : []
    const first = head[0]! | (isMasked ? 0x80 : 0)
    return Buffer.concat([
      Buffer.from([0x82, first, ...head.slice(1), ...mask]),
      Buffer.alloc(size),
    ])
  }
  const bytesOf = (size: number) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(size))
    return bytes
  }

  it('finds the first frame that is too large, however the bytes come', () => {
    const sizes = fc.array(fc.oneof(fc.nat(130), fc.integer({ min: 65530, max: 66000 })))
    const cuts = fc.array(fc.nat(200_000))
    fc.assert(
      fc.property(sizes, cuts, fc.boolean(), (list, at, isMasked) => {
        const limit = 65_800
        const stream = Buffer.concat(list.map(size => frame(size, { isMasked })))
        const guard = new FrameGuard(limit)
        const places = [...new Set([0, ...at.filter(cut => cut < stream.length)])].sort(
          (a, b) => a - b,
        )
        const verdicts = places.map((from, i) => guard.allows(stream.subarray(from, places[i + 1])))
        expect(verdicts.every(Boolean)).toBe(list.every(size => size <= limit))
      }),
      { numRuns: 200 },
    )
  })

  it('is not fooled by sizes beyond what a number holds', () => {
    const huge = Buffer.from([0x82, 0xff, ...Buffer.alloc(8, 0xff), 0, 0, 0, 0])
    expect(new FrameGuard().allows(huge)).toBe(false)
  })
})

describe('rate limits', () => {
  it('hold for a twin and a window: ten pass, the eleventh does not, and later it does', () => {
    const limiter = new Limiter({ count: 10, bytes: 100, windowSeconds: 5 })
    const at = 1_700_000_000_000
    const tries = Array.from({ length: 11 }, () => limiter.admits(1, 1, at))
    expect(tries).toEqual([...Array.from({ length: 10 }, () => true), false])
    expect(limiter.admits(2, 1, at)).toBe(true)
    expect(limiter.admits(1, 1, at + 4999)).toBe(false)
    expect(limiter.admits(1, 1, at + 5000)).toBe(true)
  })

  it('count bytes; what is larger than all of them is not even counted', () => {
    const limiter = new Limiter({ count: 100, bytes: 10 })
    expect(limiter.admits(1, 11, 0)).toBe(false)
    expect(limiter.admits(1, 10, 0)).toBe(true)
    expect(limiter.admits(1, 1, 0)).toBe(false)
  })

  it('are told to who makes a request, before anything else about it', async () => {
    const stage = await new Stage({ limit: { count: 2, bytes: 10_000 } }).listen()
    try {
      stage.add(alice)
      const client = await stage.connect(alice, 'a')
      const other = await stage.connect(alice, 'b')
      client.send(client.request(undefined))
      expect(await client.next()).toMatchObject({
        message: { message: 'message with missing destination' },
      })
      other.send(other.request(undefined))
      await other.next()
      const uid = client.send(client.request(undefined, { source: { twin: 5 } }))
      expect(await client.next()).toMatchObject({
        uid,
        destination: client.address,
        message: { kind: 'error', code: 0, message: 'exceeded rate limits, dropping message' },
      })
      client.send(client.request(undefined, { message: { kind: 'response' } }))
      stage.passWallTime(60_000)
      expect(await client.saidBeforePong()).toEqual([])
    } finally {
      await stage.close()
    }
  })
})

describe('bytes that make no sense', () => {
  it('neither stop the relay nor make it say anything unheard of', async () => {
    const stage = await new Stage().listen()
    stage.add(alice)
    stage.add(bob)
    const echo = stage.addEcho(node)
    const { pk } = stage.twins.get(echo.twin)!
    let client = await stage.connect(alice)
    const witness = await stage.connect(bob)
    const originals = [
      client.request({ twin: 7 }, { pk: pk! }),
      client.request({ twin: 7 }),
      client.request({ twin: 2 }),
      client.request({ twin: 99, connection: 'x' }, { tags: 'fail-fast' }),
      client.request({ twin: 7 }, { message: { kind: 'error', code: 3, message: 'm' } }),
      client.request({ twin: 0 }, { message: { kind: 'ping' } }),
    ].map(envelope => Buffer.from(encodeEnvelope(envelope)))
    const random = lcg(12345)
    const known =
      /^(message wrong source|message with missing destination|unknown twin destination|destination offline)$/
    const frames = Array.from({ length: 6000 }, () =>
      mutated(originals[random(originals.length)]!, random),
    )
    const readable = frames.filter(bytes => peekEnvelope(bytes).ok)
    const unreadable = frames.filter(bytes => !peekEnvelope(bytes).ok)
    expect(readable.length).toBeGreaterThan(2000)
    for (const bytes of readable) client.socket.send(bytes)
    for (const { message } of await client.saidBeforePong()) {
      if (message?.kind === 'error') expect(message.message).toMatch(known)
      else expect(message?.kind).toMatch(/^(response|pong)$/)
    }
    for (const bytes of unreadable.slice(0, 200)) {
      const ended = client.ended()
      client.socket.send(bytes)
      expect(await ended).toBe(1005)
      client = await stage.connect(alice)
    }
    await witness.saidBeforePong()
    const sent = witness.request({ twin: 7 })
    witness.send(sent)
    expect((await witness.next()).uid).toBe(sent.uid)
    expect(stage.relay.queuedBytes).toBeLessThan(64 * mebibyte)
    await stage.close()
  })
})

/** Small numbers in a fixed sequence. */
function lcg(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A frame with up to three bytes changed, removed or added; sometimes as it was. */
function mutated(original: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(original)
  for (let n = random(4); n > 0; n -= 1) {
    const at = random(bytes.length)
    const kind = random(4)
    if (kind === 0) bytes[at] = random(256)
    else if (kind === 1) bytes[at] = bytes[at]! ^ (1 << random(8))
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
    else
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([random(256)]), bytes.subarray(at)])
  }
  return bytes
}
