// Bad bytes and odd commands: the server stands, keeps its bounds, and answers as a real Redis does.

import { afterEach, describe, expect, it } from 'vitest'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import {
  encodeCommand,
  encodeReply,
  type Reply,
  ReplyParser,
  RequestParser,
  RespFault,
} from '../../../src/rmb/redis/resp.ts'
import { startRedisServer } from '../../../src/rmb/redis/server.ts'
import { generator, mutate } from '../support/mutations.ts'
import { hasRealRedis, openRealRedis, startRealRedis } from '../support/real-redis.ts'
import { RespClient } from '../support/resp-client.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const samples = [
  ['LPUSH', 'msgbus.system.local', '{"ver":1}'],
  ['BRPOP', 'a', 'b', '0.001'],
  ['SET', 'key', 'value', 'EX', '10'],
  ['HSET', 'h', 'f', 'v', 'g', 'w'],
  ['LRANGE', 'a', '0', '-1'],
  ['KEYS', '*a*b*[x-z]?\\*'],
  ['MULTI'],
  ['EXEC'],
  ['INCR', 'n'],
  ['EXPIRE', 'key', '100'],
].map(encodeCommand)

describe('mutated input', () => {
  it('is answered or ends its connection, 10 000 times, and the server works on', async () => {
    const engine = new RedisEngine({ maxMemoryBytes: 1_000_000 })
    const server = await startRedisServer({ port: 0, engine })
    open.push(server)
    const random = generator(1)
    for (let round = 0; round < 100; round += 1) {
      const client = await RespClient.open(server.port)
      const inputs = Array.from({ length: 100 }, () => mutate(random.pick(samples), random))
      const gone = new Promise(resolve => client.socket.once('close', resolve))
      client.socket.end(Buffer.concat(inputs))
      await gone
      expect(engine.keyspace.usedMemory).toBeLessThanOrEqual(1_000_000)
    }
    const client = await RespClient.open(server.port)
    open.push(client)
    expect(await client.send('PING')).toBe('PONG')
    expect(engine.waitingCount).toBe(0)
    expect(engine.sessionCount).toBe(1)
  })

  it('is read the same however it is cut', () => {
    const random = generator(2)
    for (let i = 0; i < 2000; i += 1) {
      const bytes = Buffer.concat([
        random.pick(samples),
        mutate(random.pick(samples), random),
        random.pick(samples),
      ])
      const whole = readAll(bytes, bytes.length)
      expect(readAll(bytes, 1)).toEqual(whole)
      expect(readAll(bytes, 1 + random.below(7))).toEqual(whole)
    }
  })
})

/** The commands in bytes that come in pieces, and the fault at the end if there is one. */
function readAll(bytes: Buffer, pieceSize: number): unknown[] {
  const parser = new RequestParser()
  const found: unknown[] = []
  try {
    for (let at = 0; at < bytes.length; at += pieceSize) {
      parser.push(bytes.subarray(at, at + pieceSize))
      for (let next = parser.next(); next; next = parser.next()) found.push(next.map(String))
    }
  } catch (cause) {
    if (!(cause instanceof RespFault)) throw cause
    found.push(cause.message)
  }
  return found
}

describe('replies', () => {
  it('are read as they were written, however they are cut', () => {
    const random = generator(3)
    const make = (depth: number): Reply => {
      const kind = random.below(depth > 0 ? 7 : 6)
      if (kind === 0) return { type: 'simple', text: 'OK' }
      if (kind === 1) return { type: 'error', text: 'ERR no' }
      if (kind === 2) return { type: 'integer', value: BigInt(random.below(1e6)) - 500_000n }
      if (kind === 3) return { type: 'bulk', bytes: Buffer.alloc(random.below(20), '\r\n') }
      if (kind === 4) return { type: 'null' }
      if (kind === 5) return { type: 'nullArray' }
      return {
        type: 'array',
        items: Array.from({ length: random.below(4) }, () => make(depth - 1)),
      }
    }
    for (let i = 0; i < 2000; i += 1) {
      const replies = [make(3), make(3)]
      const bytes = Buffer.concat(replies.map(reply => encodeReply(reply)))
      const parser = new ReplyParser()
      const found: Reply[] = []
      const size = 1 + random.below(9)
      for (let at = 0; at < bytes.length; at += size) {
        parser.push(bytes.subarray(at, at + size))
        for (let next = parser.next(); next; next = parser.next()) found.push(next)
      }
      expect(found).toEqual(replies)
    }
  })

  it('that are none are a fault, and nothing else', () => {
    const random = generator(4)
    const sample = encodeReply({
      type: 'array',
      items: [
        { type: 'integer', value: 5n },
        { type: 'bulk', bytes: Buffer.from('ab') },
      ],
    })
    for (let i = 0; i < 5000; i += 1) {
      const parser = new ReplyParser()
      parser.push(mutate(sample, random))
      try {
        while (parser.next());
      } catch (cause) {
        expect(cause).toBeInstanceOf(RespFault)
      }
    }
  })
})

const title = 'answers 1500 random commands as redis-server does'

describe('beside a real Redis', () => {
  it.skipIf(!hasRealRedis)(
    hasRealRedis ? title : `${title} (no redis-server on this machine)`,
    async () => {
      const real = await startRealRedis()
      open.push(real)
      const server = await startRedisServer({ port: 0 })
      open.push(server)
      const [theirs, ours] = [await openRealRedis(real), await RespClient.open(server.port)]
      open.push(theirs, ours)
      const random = generator(5)
      const history: string[] = []
      for (let i = 0; i < 1500; i += 1) {
        const words = randomCommand(random)
        history.push(words.join(' '))
        const [expected, found] = await Promise.all([theirs.send(...words), ours.send(...words)])
        expect(found, history.slice(-20).join('\n')).toEqual(expected)
      }
    },
  )
})

function randomCommand(random: ReturnType<typeof generator>): string[] {
  const key = () => random.pick(['a', 'b', 'c', 'd*', '[x]'])
  const value = () => random.pick(['v', '10', '', 'hello world', '\r\n', '-5', 'é'])
  const number = () =>
    random.pick(['0', '1', '-1', '2', '-5', 'x', '1.5', '', '99999999999999999999', '+1', '007'])
  const life = () => random.pick(['300', '-1', '0', 'x', '400', '9223372036854775807'])
  const flag = () => random.pick(['NX', 'XX', 'GT', 'LT', 'GET', 'KEEPTTL', 'zz'])
  const makers: (() => string[])[] = [
    () => [random.pick(['LPUSH', 'RPUSH']), key(), value(), value()],
    () => [random.pick(['LPOP', 'RPOP', 'LLEN', 'GET', 'TTL', 'INCR', 'TYPE', 'PERSIST']), key()],
    () => [random.pick(['LPOP', 'RPOP', 'INCRBY']), key(), number()],
    () => [random.pick(['LTRIM', 'LRANGE']), key(), number(), number()],
    () => [random.pick(['BLPOP', 'BRPOP']), key(), key(), random.pick(['0.01', 'x', '-1', '1e-3'])],
    () => ['SET', key(), value()],
    () => ['SET', key(), value(), flag()],
    () => ['SET', key(), value(), random.pick(['EX', 'EXAT']), life(), flag()],
    () => ['SETEX', key(), life(), value()],
    () => [random.pick(['DEL', 'EXISTS']), key(), key()],
    () => ['EXPIRE', key(), life(), flag()],
    () => ['HSET', key(), value(), value(), value()],
    () => ['HSET', key(), value(), value()],
    () => [random.pick(['HGET', 'HDEL', 'SETNX']), key(), value()],
    () => [random.pick(['DBSIZE', 'PING', 'MULTI', 'EXEC', 'EXEC', 'DISCARD', 'FLUSHALL', 'GET'])],
    () => ['CLIENT', random.pick(['GETNAME', 'ZZZ'])],
    () => ['hello', random.pick(['1', '4', 'x'])],
    () => ['NOPE', value()],
  ]
  return random.pick(makers)()
}
