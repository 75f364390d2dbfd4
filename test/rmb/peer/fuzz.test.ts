// Spoilt messages from both sides: a peer stands, keeps its bounds, and works on.

import { afterEach, describe, expect, it } from 'vitest'
import { readJson } from '../../../src/rmb/peer/internal/json.ts'
import { generator, mutate } from '../support/mutations.ts'
import { fromOther, localRequest, type PeerWorld, startPeerWorld } from '../support/peer-world.ts'
import { until } from '../support/until.ts'

let made: PeerWorld | undefined

afterEach(async () => {
  await made?.close()
  made = undefined
})

const old = {
  ver: 1,
  uid: '',
  cmd: 'echo',
  exp: 60,
  try: 2,
  dat: 'MQ==',
  src: 0,
  dst: [20],
  ret: 'old answers',
  shm: '',
  now: 0,
  pxy: false,
  err: '',
  sig: '',
}

const local = [localRequest(), { ...localRequest(), dst: [20, 99] }, old].map(each =>
  Buffer.from(JSON.stringify(each)),
)

const replies = [
  { ver: 1, ref: 'uid', dat: 'MQ==', dst: '20', shm: 'application/json', now: 0 },
  { ver: 1, ref: 'uid', dat: '', dst: '20:x', shm: null, now: 0, err: { code: 1, message: 'x' } },
  { ...old, src: 10, dst: [20] },
].map(each => Buffer.from(JSON.stringify(each)))

describe('a peer', () => {
  it('survives 10 000 spoilt messages on its lists', async () => {
    made = await startPeerWorld()
    const { redis, serve, push, engine } = made
    await serve()
    const random = generator(11)
    for (let round = 0; round < 10; round += 1) {
      const spoil = (samples: readonly Buffer[]) =>
        Array.from({ length: 500 }, () => mutate(random.pick(samples), random))
      await redis.send('RPUSH', 'msgbus.system.local', ...spoil(local))
      await redis.send('RPUSH', 'msgbus.system.reply', ...spoil(replies))
    }
    const isRead = () => engine.keyspace.get('msgbus.system.reply') === undefined
    await until('all was read', isRead)
    await push(localRequest({ ret: 'the last answer', ref: 'good' }))
    expect(await redis.popJson('the last answer')).toMatchObject({ ref: 'good', err: null })
  }, 60_000)

  it('survives 10 000 spoilt envelopes', async () => {
    made = await startPeerWorld()
    const { relay, redis, events } = made
    await relay.connected('10')
    const random = generator(12)
    const samples = [
      fromOther(),
      fromOther({ message: { kind: 'response' } }),
      fromOther({ message: { kind: 'error', code: 1, message: 'x' } }),
    ]
    for (let i = 0; i < 10_000; i += 1) relay.deliver('10', mutate(random.pick(samples), random))
    relay.deliver(
      '10',
      fromOther({ uid: 'the last', message: { kind: 'request', command: 'last' } }),
    )
    expect(await redis.popJson('msgbus.last', 30)).toMatchObject({ ref: 'the last' })
    expect(Number(await redis.send('LLEN', 'msgbus.echo'))).toBeLessThanOrEqual(10_000)
    expect(events.some(({ type }) => type === 'connection')).toBe(false)
  }, 60_000)
})

describe('the JSON reader', () => {
  it('takes and refuses what the library does, and says the same', () => {
    const random = generator(13)
    const samples = [
      ...local,
      Buffer.from('[1,-2.5e+3,0,"a\\u00e9\\n\\\\\\"",true,false,null,{"a":{"b":[]}},{}]'),
      Buffer.from(' {"x" : [ 1 , 2 ] } \n'),
    ]
    let same = 0
    for (let i = 0; i < 20_000; i += 1) {
      const bytes = mutate(random.pick(samples), random)
      let expected: unknown
      let isJson = true
      try {
        expected = JSON.parse(
          new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
        )
      } catch {
        isJson = false
      }
      const found = readJson(bytes)
      // Only lone surrogates are JSON to one and not to the other.
      if (/\\u[dD][89a-fA-F]/.test(bytes.toString('latin1'))) continue
      expect(found !== undefined, bytes.toString('latin1')).toBe(isJson)
      if (found === undefined) continue
      expect(plain(found)).toEqual(expected)
      same += 1
    }
    expect(same).toBeGreaterThan(100)
  })

  it.each([
    ['"\\ud800"', false],
    ['"\\ud83d\\ude00"', true],
    ['\ufeff1', false],
    [`${'['.repeat(127)}${']'.repeat(127)}`, true],
    [`${'['.repeat(128)}${']'.repeat(128)}`, false],
    ['01', false],
    ['-', false],
    ['1.', false],
    ['"\u0001"', false],
    ['truefalse', false],
    ['', false],
  ])('judges %j as Rust does', (text, isJson) => {
    expect(readJson(Buffer.from(text)) !== undefined).toBe(isJson)
  })
})

function plain(value: ReturnType<typeof readJson>): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  if ('text' in value) return Number(value.text)
  if (!('fields' in value)) return value
  return Object.fromEntries(value.fields.map(([name, field]) => [name, plain(field)]))
}
