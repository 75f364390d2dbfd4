// The direct client over a WebSocket: every request ends, what travels is signed and encrypted, connections come back.

import { afterEach, describe, expect, it } from 'vitest'
import {
  type ClientOptions,
  type ClientProblem,
  RmbClient,
  type RmbRequest,
} from '../../../src/rmb/client/client.ts'
import { rememberTwins } from '../../../src/rmb/client/twins.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../src/rmb/envelope.ts'
import type { Outcome } from '../../../src/rmb/replies.ts'
import { checkEnvelopeSignature } from '../../../src/rmb/signature.ts'
import { type StubRelay, startStubRelay } from '../support/stub-relay.ts'
import { makeTwin, TestChain, type TestTwin } from '../support/twins.ts'
import { until } from '../support/until.ts'

const alice = makeTwin(1)
const bob = makeTwin(2, 'sr25519')
const carol = makeTwin(3)

const open: { close(): Promise<void> }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

async function relayOf(chain: TestChain): Promise<StubRelay> {
  const relay = await startStubRelay(chain.accountOf)
  open.push(relay)
  return relay
}

function clientOf(
  twin: TestTwin,
  relay: StubRelay,
  chain: TestChain,
  options: Partial<ClientOptions> = {},
): RmbClient {
  const client = new RmbClient({
    url: relay.url,
    twin: twin.id,
    pair: twin.pair,
    twins: chain,
    pace: { reconnectMs: 5 },
    ...options,
  })
  open.push(client)
  return client
}

/** Answers `echo` with what it got, and fails otherwise. */
async function echo({ command, payload }: RmbRequest): Promise<Outcome> {
  if (command === 'echo') return { ok: true, payload }
  if (command === 'break') throw new TypeError('broken')
  return {
    ok: false,
    error: { code: 7, message: 'function is not found' },
    payload: Buffer.from('null'),
  }
}

const json = (end: Awaited<ReturnType<RmbClient['request']>>): unknown =>
  end.type === 'response' ? JSON.parse(Buffer.from(end.payload).toString('utf8')) : end

describe('requests', () => {
  it('are answered, signed by both sides, and unreadable on their way', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    clientOf(bob, relay, chain, { onRequest: echo })
    const client = clientOf(alice, relay, chain, { session: 'a' })
    const payload = JSON.stringify({ secret: 'words, ünïcode' })
    const end = await client.request({ to: 2, command: 'echo', payload, tags: 'x' })
    expect(end).toMatchObject({ type: 'response', from: { twin: 2 }, schema: 'application/json' })
    expect(json(end)).toEqual({ secret: 'words, ünïcode' })
    for (const [session, account] of [
      ['1:a', alice.pair.publicKey],
      ['2', bob.pair.publicKey],
    ] as const) {
      const bytes = relay.frames.get(session)![0]!
      expect(bytes.includes('words')).toBe(false)
      const decoded = decodeEnvelope(bytes)
      if (!decoded.ok) expect.fail(decoded.reason)
      expect(decoded.value.payload?.kind).toBe('cipher')
      expect(checkEnvelopeSignature(decoded.value, account)).toBeUndefined()
    }
  })

  it('travel in the clear to whoever has no key on the chain, or when told so', async () => {
    const chain = new TestChain([alice, bob, carol], { without: [2] })
    const relay = await relayOf(chain)
    clientOf(bob, relay, chain, { onRequest: echo })
    clientOf(carol, relay, chain, { onRequest: echo })
    const client = clientOf(alice, relay, chain)
    expect(json(await client.request({ to: 2, command: 'echo', payload: '"in the clear"' }))).toBe(
      'in the clear',
    )
    expect(relay.frames.get('1')![0]!.includes('in the clear')).toBe(true)
    const plain = clientOf(alice, relay, chain, { session: 'plain', isEncrypting: false })
    expect(json(await plain.request({ to: 3, command: 'echo', payload: '"open"' }))).toBe('open')
    expect(relay.frames.get('1:plain')![0]!.includes('open')).toBe(true)
  })

  it('end with the error that the other side, the relay or the client itself gives', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    clientOf(bob, relay, chain, { onRequest: echo })
    const client = clientOf(alice, relay, chain)
    expect(await client.request({ to: 2, command: 'nope' })).toEqual({
      type: 'error',
      from: { twin: 2 },
      code: 7,
      message: 'function is not found',
    })
    expect(await client.request({ to: 2, command: 'break' })).toMatchObject({
      code: 0,
      message: 'broken',
    })
    expect(await client.request({ to: 9, command: 'echo' })).toEqual({
      type: 'error',
      from: null,
      code: 103,
      message: "unknown twin id '9'",
    })
    chain.twins.delete(2)
    expect(await client.request({ to: 2, command: 'echo' })).toEqual({
      type: 'error',
      from: null,
      code: 0,
      message: 'unknown twin destination',
    })
    chain.failure = new RangeError('no chain')
    expect(await client.request({ to: 4, command: 'echo' })).toMatchObject({
      code: 500,
      message: 'other: failed to get twin information',
    })
    expect(client.pendingCount).toBe(0)
  })

  it('expire when nobody answers', async () => {
    const chain = new TestChain([alice, bob])
    const client = clientOf(alice, await relayOf(chain), chain)
    expect(await client.request({ to: 2, command: 'echo', ttlSeconds: 1 })).toEqual({
      type: 'expired',
    })
  })

  it('end as disconnected when no relay was there in time, and when the client is closed', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    const client = clientOf(alice, relay, chain)
    expect(await client.whenOpen(5000)).toBe(true)
    const pending = client.request({ to: 2, command: 'echo' })
    await until('the request has left', () => relay.frames.has('1'))
    await client.close()
    expect(await pending).toEqual({ type: 'disconnected' })
    expect(await client.request({ to: 2, command: 'echo' })).toEqual({ type: 'disconnected' })
    await relay.close()
    const late = clientOf(alice, relay, chain)
    expect(await late.request({ to: 2, command: 'echo', ttlSeconds: 1 })).toEqual({
      type: 'disconnected',
    })
  })

  it('many at a time find their own answers', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    clientOf(bob, relay, chain, { onRequest: echo })
    const client = clientOf(alice, relay, chain)
    const numbers = Array.from({ length: 200 }, (_, i) => i)
    const ends = await Promise.all(
      numbers.map(i => client.request({ to: 2, command: 'echo', payload: String(i) })),
    )
    expect(ends.map(json)).toEqual(numbers)
    // One look-up of each twin on each side served them all.
    expect(chain.asked).toBe(4)
  })
})

describe('answers that are not', () => {
  it.each<[string, (envelope: Buffer) => Uint8Array | null, RegExp]>([
    ['changed on their way', bytes => spoil(bytes, { uid: '' }), /signature/],
    ['from a third twin', bytes => spoil(bytes, { source: { twin: 3 } }), /signature/],
    ['not signed', bytes => spoil(bytes, { signature: undefined }), /not signed/],
    ['past their time', bytes => spoil(bytes, { timestamp: 1n }), /expired/],
    ['no envelopes', () => Buffer.from('*'), /invalid message payload data/],
  ])('are dropped: %s', async (_, change, reason) => {
    const chain = new TestChain([alice, bob, carol])
    const relay = await relayOf(chain)
    clientOf(bob, relay, chain, { onRequest: echo })
    const problems: ClientProblem[] = []
    const client = clientOf(alice, relay, chain, { onProblem: problem => problems.push(problem) })
    relay.onPass = bytes => {
      const decoded = decodeEnvelope(bytes)
      const isAnswer = decoded.ok && decoded.value.message?.kind === 'response'
      if (!isAnswer) return bytes
      relay.deliver('1', change(Buffer.from(bytes))!)
      return null
    }
    const request = client.request({ to: 2, command: 'echo', payload: '1' })
    await until('something was dropped', () => problems.length > 0)
    const [problem] = problems
    expect(problem?.type === 'dropped' ? problem.error.message : problem?.type).toMatch(reason)
    expect(client.pendingCount).toBe(1)
    await client.close()
    expect(await request).toEqual({ type: 'disconnected' })
  })

  it('are ignored when they come from another twin than was asked', async () => {
    const chain = new TestChain([alice, bob, carol])
    const relay = await relayOf(chain)
    const client = clientOf(alice, relay, chain)
    const eve = clientOf(carol, relay, chain)
    const request = client.request({ to: 2, command: 'echo' })
    await until('the request has left', () => relay.frames.has('1'))
    const sent = decodeEnvelope(relay.frames.get('1')![0]!)
    if (!sent.ok) expect.fail(sent.reason)
    // Eve answers with her own good signature, under the uid of a request that was not for her.
    const { signEnvelope } = await import('../../../src/rmb/signature.ts')
    await eve.whenOpen(5000)
    relay.deliver(
      '1',
      encodeEnvelope(
        signEnvelope(
          {
            ...sent.value,
            source: { twin: 3 },
            destination: { twin: 1 },
            message: { kind: 'response' },
          },
          carol.pair,
        ),
      ),
    )
    clientOf(bob, relay, chain, {
      onRequest: async () => ({ ok: true, payload: Buffer.from('"bob"') }),
    })
    expect(json(await request)).toBe('bob')
  })
})

/** An envelope with another field, its signature as it was. */
function spoil(bytes: Buffer, change: Record<string, unknown>): Uint8Array {
  const decoded = decodeEnvelope(bytes)
  if (!decoded.ok) expect.fail(decoded.reason)
  return encodeEnvelope({ ...decoded.value, ...change })
}

describe('connections', () => {
  it('come back with a new token, and requests made meanwhile are sent then', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    const server = clientOf(bob, relay, chain, { onRequest: echo })
    const client = clientOf(alice, relay, chain)
    expect(json(await client.request({ to: 2, command: 'echo', payload: '1' }))).toBe(1)
    relay.cut()
    await until('both have noticed', () => !client.isOpen && !server.isOpen)
    expect(json(await client.request({ to: 2, command: 'echo', payload: '2' }))).toBe(2)
    expect(relay.tokens.length).toBe(4)
  })

  it('get what waited for them', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    const client = clientOf(alice, relay, chain)
    const request = client.request({ to: 2, command: 'echo', payload: '3' })
    await until('the request has left', () => relay.frames.has('1'))
    clientOf(bob, relay, chain, { onRequest: echo })
    expect(json(await request)).toBe(3)
  })

  it('tell why a relay refuses them, and go on trying', async () => {
    const chain = new TestChain([alice])
    const relay = await relayOf(chain)
    const problems: ClientProblem[] = []
    const client = clientOf(bob, relay, chain, { onProblem: problem => problems.push(problem) })
    await until('it was refused twice', () => problems.length >= 2)
    expect(problems[0]).toEqual({ type: 'refused', status: 401, text: 'twin not found 2' })
    chain.twins.set(2, { id: 2, account: bob.pair.publicKey, relay: null, pk: null })
    expect(await client.whenOpen(5000)).toBe(true)
  })

  it('are renewed when nothing is heard for too long', async () => {
    const chain = new TestChain([alice])
    const relay = await relayOf(chain)
    const problems: ClientProblem[] = []
    clientOf(alice, relay, chain, {
      pace: { reconnectMs: 1, pingMs: 5, silenceMs: -1 },
      onProblem: problem => problems.push(problem),
    })
    await until('it connected again', () => relay.tokens.length >= 2)
    expect(problems[0]).toEqual({ type: 'silent' })
  })

  it('pass over text frames', async () => {
    const chain = new TestChain([alice, bob])
    const relay = await relayOf(chain)
    const problems: ClientProblem[] = []
    const client = clientOf(alice, relay, chain, { onProblem: problem => problems.push(problem) })
    await client.whenOpen(5000)
    relay.deliver('1', 'text')
    await until('it was told', () => problems.length > 0)
    expect(problems).toEqual([{ type: 'text' }])
    expect(client.isOpen).toBe(true)
  })
})

describe('remembered twins', () => {
  it('are asked for once in a while, at most so many', async () => {
    let now = 0
    const chain = new TestChain([alice, bob, carol])
    const twins = rememberTwins(chain, { limit: 2, lifeMs: 100, now: () => now })
    await Promise.all([twins.twin(1), twins.twin(1), twins.twin(1)])
    expect(chain.asked).toBe(1)
    now = 99
    await twins.twin(1)
    expect(chain.asked).toBe(1)
    now = 100
    await twins.twin(1)
    expect(chain.asked).toBe(2)
    await twins.twin(2)
    await twins.twin(3)
    await twins.twin(1)
    expect(chain.asked).toBe(5)
    twins.forget(1)
    await twins.twin(1)
    expect(chain.asked).toBe(6)
  })

  it('that are not there, or could not be asked for, are asked for again', async () => {
    const chain = new TestChain([alice])
    const twins = rememberTwins(chain)
    expect(await twins.twin(9)).toBeUndefined()
    chain.failure = new RangeError('no chain')
    await expect(twins.twin(1)).rejects.toThrow('no chain')
    chain.failure = null
    expect((await twins.twin(1))?.id).toBe(1)
    expect(chain.asked).toBe(3)
  })
})
