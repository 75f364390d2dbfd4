// The store that peers work with: the same over our own engine, over a port of ours, and over a real Redis.

import { afterEach, describe, expect, it } from 'vitest'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { parseRedisUrl, remoteLink } from '../../../src/rmb/redis/remote.ts'
import { startRedisServer } from '../../../src/rmb/redis/server.ts'
import { embeddedLink, type RedisStore, redisStore } from '../../../src/rmb/redis/store.ts'
import { hasRealRedis, startRealRedis } from '../support/real-redis.ts'
import { until } from '../support/until.ts'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

function kept<T extends { close(): Promise<void> }>(each: T): T {
  open.push(each)
  return each
}

const overPort = (port: number, user = ''): RedisStore =>
  kept(redisStore(remoteLink(parseRedisUrl(`redis://${user}127.0.0.1:${port}`)!)))

const stores: [string, () => Promise<RedisStore>][] = [
  ['our engine', async () => kept(redisStore(embeddedLink(new RedisEngine())))],
  ['a port of ours', async () => overPort(kept(await startRedisServer({ port: 0 })).port)],
  ['a real Redis', async () => overPort(kept(await startRealRedis()).port)],
]

describe.each(stores)('over %s', (name, make) => {
  const skipped = name === 'a real Redis' && !hasRealRedis
  const title = (text: string) => (skipped ? `${text} (no redis-server on this machine)` : text)

  it.skipIf(skipped)(title('does what peers need'), async () => {
    const store = await make()
    const texts = async (list: string) => (await store.range(list, 0, -1)).map(String)
    expect(await store.push('l', 'a')).toBe(1)
    expect(await store.push('l', Buffer.from('b'), 'tail')).toBe(2)
    expect(await store.push('l', 'c')).toBe(3)
    expect(await texts('l')).toEqual(['c', 'a', 'b'])
    expect(await store.length('l')).toBe(3)
    await store.trim('l', 0, 1)
    expect(await texts('l')).toEqual(['c', 'a'])
    const popped = await store.pop(['none', 'l'], { end: 'tail', seconds: 1 })
    expect(popped).toEqual({ list: 'l', item: Buffer.from('a') })
    expect(await store.pop(['none'], { end: 'head', seconds: 0.01 })).toBeNull()
    await store.set('s', 'value', { lifeSeconds: 100 })
    expect(String(await store.get('s'))).toBe('value')
    expect(await store.get('none')).toBeNull()
    expect(await store.expire('s', 50)).toBe(true)
    expect(await store.expire('none', 50)).toBe(false)
    expect(await store.increment('n')).toBe(1n)
    expect(await store.increment('n')).toBe(2n)
    await store.setField('h', 'f', 'v')
    expect(String(await store.field('h', 'f'))).toBe('v')
    expect(await store.field('h', 'none')).toBeNull()
    expect(await store.fields('h')).toEqual(new Map([['f', Buffer.from('v')]]))
    expect(await store.fields('none')).toEqual(new Map())
    expect(await store.deleteField('h', 'f')).toBe(true)
    expect(await store.deleteField('h', 'f')).toBe(false)
    expect(await store.delete('s', 'n', 'none')).toBe(2)
    await expect(store.increment('l')).rejects.toMatchObject({
      kind: 'refused',
      message: 'WRONGTYPE Operation against a key holding the wrong kind of value',
    })
  })

  it.skipIf(skipped)(title('lets several wait at a time while commands go on'), async () => {
    const store = await make()
    const waits = ['a', 'b', 'c'].map(list => store.pop([list], { end: 'tail', seconds: 0 }))
    for (const list of ['c', 'b', 'a']) await store.push(list, `to ${list}`)
    const found = await Promise.all(waits)
    expect(found.map(each => String(each?.item))).toEqual(['to a', 'to b', 'to c'])
  })

  it.skipIf(skipped)(title('tells those who wait that it was closed'), async () => {
    const store = await make()
    const wait = store.pop(['l'], { end: 'tail', seconds: 0 })
    await store.push('other', 'x')
    await store.close()
    await expect(wait).rejects.toMatchObject({ kind: 'closed' })
    await expect(store.get('s')).rejects.toMatchObject({ kind: 'closed' })
  })
})

describe('a link to a server', () => {
  it('connects anew when the server was away, and sends nothing twice', async () => {
    const engine = new RedisEngine()
    const first = await startRedisServer({ port: 0, engine })
    const store = overPort(first.port)
    expect(await store.increment('n')).toBe(1n)
    const wait = store.pop(['l'], { end: 'tail', seconds: 0 })
    await until('the list is waited for', () => engine.waitingCount === 1)
    await first.close()
    await expect(wait).rejects.toMatchObject({ kind: 'unreachable' })
    await expect(store.increment('n')).rejects.toMatchObject({ kind: 'unreachable' })
    kept(await startRedisServer({ port: first.port, engine }))
    expect(await store.increment('n')).toBe(2n)
    await store.push('l', 'x')
    expect(await store.pop(['l'], { end: 'tail', seconds: 0 })).not.toBeNull()
  })

  it('shows the password that its URL has', async () => {
    const engine = new RedisEngine({ password: 'secret word' })
    const { port } = kept(await startRedisServer({ port: 0, engine }))
    for (const user of ['secret%20word@', ':secret%20word@', 'default:secret%20word@']) {
      await overPort(port, user).set('s', 'v')
    }
    await expect(overPort(port, ':wrong@').get('s')).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/^WRONGPASS/),
    })
    await expect(overPort(port).get('s')).rejects.toMatchObject({ kind: 'refused' })
  })

  it('gives up on a server that does not answer', async () => {
    const { createServer } = await import('node:net')
    const server = createServer(socket => socket.on('error', () => socket.destroy()))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    kept({ close: async () => void server.close() })
    const { port } = server.address() as { port: number }
    const place = parseRedisUrl(`redis://127.0.0.1:${port}`)!
    const store = kept(redisStore(remoteLink(place, { connectMs: 20 })))
    await expect(store.get('s')).rejects.toMatchObject({
      kind: 'unreachable',
      message: 'Redis: no answer came in time',
    })
  })
})

describe('the URL of a Redis', () => {
  it.each([
    ['redis://localhost', { host: 'localhost', port: 6379 }, []],
    ['redis://h:1234/0', { host: 'h', port: 1234 }, []],
    ['redis://h/3', { host: 'h', port: 6379 }, [['SELECT', '3']]],
    ['tcp://127.0.0.1:6379', { host: '127.0.0.1', port: 6379 }, []],
    ['redis://[::1]:7', { host: '::1', port: 7 }, []],
    ['redis://u:p@h', { host: 'h', port: 6379 }, [['AUTH', 'u', 'p']]],
    ['unix:///run/redis.sock', { path: '/run/redis.sock' }, []],
  ])('%s', (url, connect, greeting) => {
    expect(parseRedisUrl(url)).toEqual({ connect, greeting })
  })

  it.each(['', 'localhost', 'http://h', 'rediss://h', 'redis://h/x'])('is not %j', url => {
    expect(parseRedisUrl(url)).toBeUndefined()
  })
})
