// Before a peer works: its keys, its twin, and what it writes to the chain.

import { afterEach, describe, expect, it } from 'vitest'
import { peerKeys, peerRelayString, startPeer } from '../../../src/rmb/peer/start.ts'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { embeddedLink, redisStore } from '../../../src/rmb/redis/store.ts'
import { startStubRelay } from '../support/stub-relay.ts'
import { makeTwin, TestChain } from '../support/twins.ts'
import { seedOf } from '../vectors.ts'

const own = makeTwin(10)
const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function start(chain: TestChain, options: Partial<Parameters<typeof startPeer>[0]> = {}) {
  const peer = await startPeer({
    keys: own,
    chain,
    relays: ['ws://relay.one:1', 'wss://relay.two/path'],
    store: redisStore(embeddedLink(new RedisEngine())),
    ...options,
  })
  open.push(peer)
  return peer
}

describe('starting', () => {
  it('writes relay string and key to the chain when they are others', async () => {
    const chain = new TestChain([own], { own })
    expect((await start(chain)).twin).toBe(10)
    expect(chain.updates).toEqual([{ relay: 'relay.one_relay.two', pk: own.publicKey }])
    await start(chain)
    expect(chain.updates.length).toBe(1)
  })

  it.each([
    ['the key', { pk: null }, 1],
    ['the relays', { relay: 'relay.one' }, 1],
    ['all', { pk: null, relay: null }, 1],
    ['the order of the relays', { relay: 'relay.two_relay.one' }, 0],
  ])('looks at %s', async (_, change, updates) => {
    const chain = new TestChain([own], { own })
    chain.twins.set(10, { ...chain.twins.get(10)!, relay: 'relay.one_relay.two', ...change })
    await start(chain)
    expect(chain.updates.length).toBe(updates)
  })

  it('leaves the chain alone when told so', async () => {
    const chain = new TestChain([own])
    await start(chain, { updatesTwin: false })
    expect(chain.updates).toEqual([])
  })

  it('fails without a twin, and when the chain does not answer', async () => {
    const chain = new TestChain([])
    await expect(start(chain)).rejects.toThrow('no twin found on this network with given key')
    chain.failure = new RangeError('the chain is away')
    await expect(start(chain)).rejects.toThrow('the chain is away')
  })

  it('connects as the twin, without a session', async () => {
    const chain = new TestChain([own])
    const relay = await startStubRelay(chain.accountOf)
    open.push(relay)
    const peer = await start(chain, { relays: [relay.url] })
    expect(await peer.whenConnected(5000)).toBe(true)
    await relay.connected('10')
    expect(relay.sessions()).toEqual(['10'])
  })
})

describe('keys', () => {
  it('come from a phrase or a seed, in both schemes', () => {
    const seed = `0x${Buffer.from(seedOf(phrase)).toString('hex')}`
    for (const keyType of ['ed25519', 'sr25519'] as const) {
      const fromPhrase = peerKeys(phrase, keyType)
      expect(fromPhrase.pair.scheme).toBe(keyType)
      expect(peerKeys(` ${seed}\n`, keyType).pair.publicKey).toEqual(fromPhrase.pair.publicKey)
      expect(fromPhrase.publicKey.length).toBe(33)
    }
    expect(peerKeys(phrase).pair.scheme).toBe('sr25519')
  })

  it.each(['', 'invalid words', '0xinvalidseed', '0x00', `0x${'00'.repeat(32)}`])(
    'are not %j',
    secret => {
      expect(() => peerKeys(secret)).toThrow('failed to initialize encryption key')
    },
  )
})

describe('the relay string', () => {
  it.each([
    [['wss://relay.grid.tf:443'], 'relay.grid.tf'],
    [['ws://localhost:8080/relay'], 'localhost'],
    [['ws://127.0.0.1:8080', 'ws://127.0.0.1:8081'], '127.0.0.1'],
    [['wss://B.x', 'wss://a.x'], 'b.x_a.x'],
  ])('of %j is %s', (urls, expected) => {
    expect(peerRelayString(urls)).toBe(expected)
  })

  it('needs one to four URLs of WebSockets', () => {
    expect(() => peerRelayString(['http://a'])).toThrow("'http://a' is no ws:// or wss:// URL")
    expect(() => peerRelayString(['relay.grid.tf'])).toThrow('failed to parse relays urls')
    const five = ['a', 'b', 'c', 'd', 'e'].map(name => `ws://${name}`)
    expect(() => peerRelayString(five)).toThrow('the number of relays should not exceed 4')
  })
})
