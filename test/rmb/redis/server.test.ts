// The embedded Redis server over its port: replies as Redis 7 gives them, waiting, transactions, bounds.

import { afterEach, describe, expect, it } from 'vitest'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { type RedisServer, startRedisServer } from '../../../src/rmb/redis/server.ts'
import { type Answer, RespClient } from '../support/resp-client.ts'
import { until } from '../support/until.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function server(options: Partial<Parameters<typeof startRedisServer>[0]> = {}) {
  const started = await startRedisServer({ port: 0, ...options })
  open.push(started)
  return started
}

async function client({ port }: RedisServer): Promise<RespClient> {
  const connected = await RespClient.open(port)
  open.push(connected)
  return connected
}

/** Runs commands, words parted by blanks, and gives the answers. */
async function answers(connected: RespClient, lines: readonly string[]): Promise<Answer[]> {
  const found: Answer[] = []
  for (const line of lines) found.push(await connected.send(...line.split(' ')))
  return found
}

const wrongType = { error: 'WRONGTYPE Operation against a key holding the wrong kind of value' }

describe('commands', () => {
  // Every answer was compared with that of redis-server 7.0.15.
  it.each<[string, string[], Answer[]]>([
    [
      'lists',
      ['RPUSH l a b', 'LPUSH l x y', 'LRANGE l 0 -1', 'LLEN l'],
      [2, 4, ['y', 'x', 'a', 'b'], 4],
    ],
    ['pops', ['RPUSH l a b c', 'LPOP l', 'RPOP l', 'LPOP l', 'LPOP l'], [3, 'a', 'c', 'b', null]],
    [
      'pops by count',
      ['RPUSH l a b c', 'LPOP l 2', 'RPOP l 9', 'RPOP l 1'],
      [3, ['a', 'b'], ['c'], null],
    ],
    [
      'ranges',
      ['RPUSH l a b c d', 'LRANGE l -2 9', 'LRANGE l 3 1', 'LRANGE no 0 1'],
      [4, ['c', 'd'], [], []],
    ],
    [
      'trims',
      ['RPUSH l a b c d', 'LTRIM l 1 2', 'LRANGE l 0 -1', 'LTRIM l 5 9', 'EXISTS l'],
      [4, 'OK', ['b', 'c'], 'OK', 0],
    ],
    [
      'strings',
      ['SET s 1', 'GET s', 'GET no', 'SET s 2 NX', 'SET s 2 XX', 'SET s 3 GET'],
      ['OK', '1', null, null, 'OK', '2'],
    ],
    [
      'lives',
      ['SET s 1 EX 100', 'TTL s', 'SET s 2 KEEPTTL', 'TTL s', 'SET s 3', 'TTL s', 'TTL no'],
      ['OK', 100, 'OK', 100, 'OK', -1, -2],
    ],
    [
      'expiry',
      ['SETEX s 10 v', 'TTL s', 'EXPIRE s 20', 'TTL s', 'EXPIRE s -1', 'EXISTS s', 'EXPIRE s 5'],
      ['OK', 10, 1, 20, 1, 0, 0],
    ],
    [
      'counters',
      ['INCR n', 'INCR n', 'INCRBY n 40', 'GET n', 'SET n x', 'INCR n'],
      [1, 2, 42, '42', 'OK', { error: 'ERR value is not an integer or out of range' }],
    ],
    [
      'hashes',
      ['HSET h a 1 b 2', 'HSET h a 3 c 4', 'HGET h a', 'HGETALL h', 'HDEL h a b', 'HLEN h'],
      [2, 1, '3', ['a', '3', 'b', '2', 'c', '4'], 2, 1],
    ],
    [
      'keys',
      [
        'SET ab 1',
        'SET ac 1',
        'SET b* 1',
        'KEYS a?',
        'KEYS b\\*',
        'KEYS [^a]*',
        'DEL ab ac no',
        'DBSIZE',
      ],
      ['OK', 'OK', 'OK', ['ab', 'ac'], ['b*'], ['b*'], 2, 1],
    ],
    [
      'kinds',
      ['SET s 1', 'LPUSH s a', 'HGET s a', 'RPUSH l a', 'GET l', 'TYPE l', 'TYPE no'],
      ['OK', wrongType, wrongType, 1, wrongType, 'list', 'none'],
    ],
    [
      'flushing',
      ['SET s 1', 'FLUSHDB', 'SET s 1', 'FLUSHALL ASYNC', 'DBSIZE', 'FLUSHALL NOW'],
      ['OK', 'OK', 'OK', 'OK', 0, { error: 'ERR syntax error' }],
    ],
    [
      'greetings',
      ['PING', 'PING hello', 'ECHO hi', 'SELECT 0', 'SELECT 99', 'SELECT x'],
      [
        'PONG',
        'hello',
        'hi',
        'OK',
        { error: 'ERR DB index is out of range' },
        { error: 'ERR value is not an integer or out of range' },
      ],
    ],
    [
      'refusals',
      ['NOPE a b', 'GET', 'SET s 1 EX 0', 'SET s 1 ZZ', 'LPOP l -1', 'BLPOP l x', 'BLPOP l -1'],
      [
        { error: "ERR unknown command 'NOPE', with args beginning with: 'a' 'b' " },
        { error: "ERR wrong number of arguments for 'get' command" },
        { error: "ERR invalid expire time in 'set' command" },
        { error: 'ERR syntax error' },
        { error: 'ERR value is out of range, must be positive' },
        { error: 'ERR timeout is not a float or out of range' },
        { error: 'ERR timeout is negative' },
      ],
    ],
  ])('answers as Redis does: %s', async (_, lines, expected) => {
    expect(await answers(await client(await server()), lines)).toEqual(expected)
  })

  it('keeps any bytes in keys and values', async () => {
    const redis = await client(await server())
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    expect(await redis.send('SET', bytes, bytes)).toBe('OK')
    expect(await redis.send('GET', bytes)).toBe(bytes.toString('latin1'))
    expect(await redis.send('HSET', 'h', bytes, bytes)).toBe(1)
    expect(await redis.send('HGETALL', 'h')).toEqual([
      bytes.toString('latin1'),
      bytes.toString('latin1'),
    ])
    expect(await redis.send('KEYS', '*')).toEqual([bytes.toString('latin1'), 'h'])
  })

  it('lets keys die at their time', async () => {
    let now = 1_000_000
    const engine = new RedisEngine({ now: () => now })
    const redis = await client(await server({ engine }))
    await answers(redis, ['SET s 1 PX 1500', 'RPUSH l a', 'PEXPIRE l 2000', 'SET k 1'])
    now += 1499
    expect(await answers(redis, ['EXISTS s l k', 'PTTL s'])).toEqual([3, 1])
    now += 1
    expect(await answers(redis, ['GET s', 'KEYS *'])).toEqual([null, ['l', 'k']])
    now += 500
    expect(await answers(redis, ['LLEN l', 'DBSIZE', 'RPUSH l b', 'TTL l'])).toEqual([0, 1, 1, -1])
  })

  it('takes commands as a person types them', async () => {
    const redis = await client(await server())
    expect(await redis.raw('set s "a \\"b\\" \\x41\\n"\r\n')).toBe('OK')
    expect(await redis.raw("\r\nget 's'\n")).toBe('a "b" A\n')
    expect(await redis.raw('get "s\r\n')).toEqual({
      error: 'ERR Protocol error: unbalanced quotes in request',
    })
  })
})

describe('clients that wait for lists', () => {
  it('get what is pushed, the longest waiting first', async () => {
    const started = await server()
    const [first, second, pusher] = [
      await client(started),
      await client(started),
      await client(started),
    ]
    const one = first.send('BLPOP', 'l', 0)
    await until('1 lists are waited for', () => started.engine.waitingCount === 1)
    const two = second.send('BRPOP', 'other', 'l', 5)
    await until('2 lists are waited for', () => started.engine.waitingCount === 2)
    expect(await pusher.send('RPUSH', 'l', 'a', 'b', 'c')).toBe(3)
    expect(await one).toEqual(['l', 'a'])
    expect(await two).toEqual(['l', 'c'])
    expect(await pusher.send('LRANGE', 'l', 0, -1)).toEqual(['b'])
    expect(started.engine.waitingCount).toBe(0)
  })

  it('get the first list that has something, at once', async () => {
    const redis = await client(await server())
    await answers(redis, ['RPUSH b 1 2', 'RPUSH c 3'])
    expect(await redis.send('BLPOP', 'a', 'b', 'c', 0)).toEqual(['b', '1'])
    expect(await redis.send('BRPOP', 'c', 'b', 0)).toEqual(['c', '3'])
  })

  it('get null when their time is over, and then the answers to what they sent meanwhile', async () => {
    const redis = await client(await server())
    const wait = redis.send('BLPOP', 'l', '0.02')
    const ping = redis.send('PING')
    expect(await Promise.race([wait.then(() => 'wait'), ping.then(() => 'ping')])).toBe('wait')
    expect(await wait).toBeNull()
    expect(await ping).toBe('PONG')
  })

  it('take nothing any more when they are gone', async () => {
    const started = await server()
    const [gone, redis] = [await client(started), await client(started)]
    const lost = gone.send('BLPOP', 'l', 0).catch((cause: Error) => cause.message)
    await until('1 lists are waited for', () => started.engine.waitingCount === 1)
    await gone.close()
    expect(await lost).toBe('connection closed')
    await until('0 lists are waited for', () => started.engine.waitingCount === 0)
    expect(await redis.send('RPUSH', 'l', 'a')).toBe(1)
    expect(await redis.send('LLEN', 'l')).toBe(1)
  })
})

describe('transactions', () => {
  it('run their commands together, and wake those who wait at the end', async () => {
    const started = await server()
    const [redis, other] = [await client(started), await client(started)]
    const wait = other.send('BLPOP', 'l', 5)
    await until('1 lists are waited for', () => started.engine.waitingCount === 1)
    expect(
      await answers(redis, ['MULTI', 'LPUSH l a b', 'LTRIM l 0 0', 'BLPOP no 0', 'PING', 'EXEC']),
    ).toEqual(['OK', 'QUEUED', 'QUEUED', 'QUEUED', 'QUEUED', [2, 'OK', null, 'PONG']])
    expect(await wait).toEqual(['l', 'b'])
  })

  it('are off when one command was no command, or when told so', async () => {
    const redis = await client(await server())
    const error = expect.objectContaining({ error: expect.stringMatching(/^EXECABORT/) })
    expect(await answers(redis, ['MULTI', 'SET s', 'SET s 1', 'EXEC', 'EXISTS s'])).toEqual([
      'OK',
      { error: "ERR wrong number of arguments for 'set' command" },
      'QUEUED',
      error,
      0,
    ])
    expect(await answers(redis, ['MULTI', 'SET s 1', 'DISCARD', 'EXISTS s', 'EXEC'])).toEqual([
      'OK',
      'QUEUED',
      'OK',
      0,
      { error: 'ERR EXEC without MULTI' },
    ])
  })
})

describe('the greeting', () => {
  it('speaks both versions of the protocol, and refuses others', async () => {
    const redis = await client(await server())
    await redis.send('HSET', 'h', 'a', '1')
    expect(await redis.send('HELLO', 4)).toEqual({ error: 'NOPROTO unsupported protocol version' })
    expect(await redis.send('HELLO', 3, 'SETNAME', 'me')).toEqual(
      expect.arrayContaining(['proto', 3]),
    )
    const raw: string[] = []
    redis.socket.on('data', (chunk: string) => raw.push(chunk))
    await redis.send('HGETALL', 'h')
    await redis.send('GET', 'no')
    expect(raw.join('')).toBe('%1\r\n$1\r\na\r\n$1\r\n1\r\n_\r\n')
    expect(await redis.send('CLIENT', 'GETNAME')).toBe('me')
    expect(await redis.send('CLIENT', 'KILL')).toEqual({
      error: "ERR unknown subcommand 'KILL'. Try CLIENT HELP.",
    })
  })

  it('asks for the password when there is one', async () => {
    const redis = await client(await server({ engine: new RedisEngine({ password: 'secret' }) }))
    const noAuth = { error: 'NOAUTH Authentication required.' }
    const wrong = { error: 'WRONGPASS invalid username-password pair or user is disabled.' }
    expect(
      await answers(redis, [
        'GET s',
        'PING',
        'AUTH no',
        'AUTH other secret',
        'AUTH secret',
        'PING',
      ]),
    ).toEqual([noAuth, noAuth, wrong, wrong, 'OK', 'PONG'])
  })

  it('says that it is ready and how full it is', async () => {
    const redis = await client(await server())
    await redis.send('SET', 's', '1')
    const info = String(await redis.send('INFO'))
    expect(info).toMatch(/^redis_version:7\./m)
    expect(info).toMatch(/^loading:0\r$/m)
    expect(info).toMatch(/^db0:keys=1,expires=0/m)
  })
})

describe('bounds', () => {
  it('refuses to hold more than it may, and goes on with what is there', async () => {
    const engine = new RedisEngine({ maxMemoryBytes: 100_000 })
    const redis = await client(await server({ engine }))
    const item = 'x'.repeat(1000)
    const found = new Set<string>()
    for (let i = 0; i < 200; i += 1) found.add(JSON.stringify(await redis.send('LPUSH', 'l', item)))
    expect(found).toContain(
      JSON.stringify({ error: "OOM command not allowed when used memory > 'maxmemory'." }),
    )
    expect(engine.keyspace.usedMemory).toBeLessThanOrEqual(100_000)
    expect(await answers(redis, ['LTRIM l 0 0', 'LPUSH l a', 'DEL l'])).toEqual(['OK', 2, 1])
    expect(engine.keyspace.usedMemory).toBe(0)
  })

  it('makes room by burying keys whose time is over', async () => {
    let now = 0
    const engine = new RedisEngine({ maxMemoryBytes: 10_000, now: () => now })
    const redis = await client(await server({ engine }))
    const item = 'x'.repeat(8000)
    expect(await redis.send('SETEX', 'old', 10, item)).toBe('OK')
    expect(await redis.send('SET', 'new', item)).toEqual({ error: expect.stringMatching(/^OOM/) })
    now = 10_000
    expect(await redis.send('SET', 'new', item)).toBe('OK')
  })

  it.each([
    ['*1000000000\r\n', 'invalid multibulk length'],
    ['*2\r\n$3\r\nGET\r\n$99999999999\r\n', 'invalid bulk length'],
    ['*1\r\n$-1\r\n', 'invalid bulk length'],
    ['*1\r\n:1\r\n', "expected '$', got ':'"],
    ['*x\r\n', 'invalid multibulk length'],
    ['x'.repeat(70_000), 'too big inline request'],
    [`*${'1'.repeat(70_000)}`, 'too big mbulk count string'],
  ])('ends a connection that does not speak the protocol: %#', async (bytes, text) => {
    const redis = await client(await server())
    expect(await redis.raw(bytes)).toEqual({ error: `ERR Protocol error: ${text}` })
    await expect(redis.send('PING')).rejects.toThrow('connection closed')
  })

  it('gives no large buffers to clients that have not shown the password', async () => {
    const redis = await client(await server({ engine: new RedisEngine({ password: 'x' }) }))
    expect(await redis.raw('*2\r\n$4\r\nAUTH\r\n$20000\r\n')).toEqual({
      error: 'ERR Protocol error: unauthenticated bulk length',
    })
  })

  it('takes so many clients and no more', async () => {
    const started = await server({ maxClients: 1 })
    const first = await client(started)
    expect(await first.send('PING')).toBe('PONG')
    const second = await client(started)
    expect(await second.raw('')).toEqual({ error: 'ERR max number of clients reached' })
  })

  it('says which port is taken', async () => {
    const { port } = await server()
    await expect(startRedisServer({ port })).rejects.toMatchObject({ code: 'GRID_PORT_IN_USE' })
  })
})
