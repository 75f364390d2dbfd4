// The bus inside the world: what becomes of requests and replies between parties of one process.

import { beforeEach, describe, expect, it } from 'vitest'
import { Kernel } from '../../src/kernel/kernel.ts'
import type { Address } from '../../src/rmb/address.ts'
import {
  Bus,
  type BusAnswer,
  type BusMessage,
  type BusTwin,
  defaultHopMs,
  queueLifeMs,
  queueLimit,
} from '../../src/rmb/bus.ts'

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'bus-test.answer': BusAnswer
  }
}

declare module '../../src/rmb/bus.ts' {
  interface AnswerKinds {
    'bus-test.answer': true
  }
}

const alice: Address = { twin: 1, connection: 'script' }
const node: Address = { twin: 7 }

let kernel: Kernel
let bus: Bus
let twins: Map<number, BusTwin>
let answers: BusAnswer[]
let received: BusMessage[]

beforeEach(() => {
  kernel = new Kernel({ seed: 'bus', startAt: 1_000_000 })
  twins = new Map([1, 7, 8].map(id => [id, { id, account: '0x', relay: 'r', pk: null }]))
  bus = new Bus({ kernel, directory: { twin: id => twins.get(id) ?? null } })
  answers = []
  received = []
  kernel.handle('bus-test.answer', ({ payload }) => answers.push(payload))
  bus.receive('node', message => {
    received.push(message)
    const { body } = message
    if (body.type === 'request' && body.command === 'echo') {
      bus.respond(message, { type: 'response', payload: body.payload })
    }
  })
  bus.attach(node, { receiver: 'node' })
})

/** Asks twin `to`; the answer's ref is its number. */
function ask(
  to: number,
  { command = 'echo', payload = '1' as string | null, ttlMs = 20_000, tags = '', ref = 'r' } = {},
): string {
  return bus.request(
    { from: alice, to, command, payload, ttlMs, ...(tags === '' ? {} : { tags }) },
    { kind: 'bus-test.answer', target: null, ref },
  )
}

/** Lets everything happen for a while. */
const pass = (ms: number) => kernel.runUntil(kernel.now() + ms)

const story = (uid: string) =>
  kernel.trace
    .last()
    .filter(({ fields }) => (fields as { uid: string }).uid === uid)
    .map(({ kind }) => kind)

describe('a request', () => {
  it('is answered after a hop each way, to the very session that asked', () => {
    const uid = ask(7, { payload: '{"a":1}' })
    pass(2 * defaultHopMs - 1)
    expect(answers).toEqual([])
    pass(1)
    expect(answers).toEqual([{ ref: 'r', type: 'response', payload: '{"a":1}' }])
    expect(received[0]).toMatchObject({ uid, source: alice, destination: node })
    expect(story(uid)).toEqual(['rmb.sent', 'rmb.delivered', 'rmb.sent', 'rmb.delivered'])
  })

  it('ends exactly once, whatever comes later', () => {
    ask(7, { command: 'quiet', ttlMs: 100 })
    pass(100)
    expect(answers).toEqual([{ ref: 'r', type: 'expired' }])
    const message = received[0]!
    bus.respond(message, { type: 'response', payload: 'null' })
    pass(1000)
    expect(answers).toHaveLength(1)
    expect(story(message.uid).at(-1)).toBe('rmb.dropped')
  })

  it('is not answered by another twin, nor at another session', () => {
    const uid = ask(7, { command: 'quiet' })
    pass(defaultHopMs)
    const reply = { uid, expiresAt: kernel.now() + 1000, schema: null } as const
    const body = { type: 'response', payload: '"forged"' } as const
    bus.send({ ...reply, source: { twin: 8 }, destination: alice, body })
    bus.send({ ...reply, source: node, destination: { twin: 1 }, body })
    pass(1000)
    expect(answers).toEqual([])
    bus.respond(received[0]!, { type: 'error', code: 3, message: 'no' })
    pass(1000)
    expect(answers).toEqual([{ ref: 'r', type: 'error', code: 3, message: 'no' }])
  })

  it.each([
    ['unknown twin destination', () => ask(99)],
    ['message with missing destination', () => ask(0)],
    [
      'relay info is not set for this twin',
      () => {
        twins.set(8, { id: 8, account: '0x', relay: null, pk: null })
        return ask(8)
      },
    ],
    ['destination offline', () => ask(8, { tags: 'a,fail-fast' })],
  ])('that the relay would refuse ends so: %s', (message, make) => {
    const uid = make()
    pass(1000)
    expect(answers).toEqual([{ ref: 'r', type: 'error', code: 0, message }])
    expect(story(uid)).toEqual(['rmb.sent', 'rmb.refused'])
  })

  it('has a uid of its own that the seed decides', () => {
    const uids = [ask(7), ask(7)]
    expect(new Set(uids).size).toBe(2)
    const again = new Kernel({ seed: 'bus', startAt: 5 })
    again.handle('bus-test.answer', () => undefined)
    const other = new Bus({ kernel: again, directory: { twin: () => null } })
    const reply = { kind: 'bus-test.answer', target: null, ref: '' } as const
    const request = { from: alice, to: 7, command: 'x', payload: null, ttlMs: 1 }
    expect(other.request(request, reply)).toBe(uids[0])
  })
})

describe('an address that is off', () => {
  it('gets what waited for it when it is back, in order, and then what comes', () => {
    bus.setOnline(node, false)
    for (const ref of ['a', 'b', 'c']) ask(7, { ref })
    pass(1000)
    expect(received).toEqual([])
    bus.setOnline(node, true)
    ask(7, { ref: 'd' })
    pass(1000)
    expect(answers.map(({ ref }) => ref)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('does not get what has expired, nor a queue that is too old', () => {
    bus.setOnline(node, false)
    const early = ask(7, { ttlMs: 1000 })
    const late = ask(7, { ttlMs: 2 * queueLifeMs, ref: 'late' })
    pass(2000)
    expect(answers).toEqual([{ ref: 'r', type: 'expired' }])
    bus.setOnline(node, true)
    pass(1000)
    expect(story(early).at(-1)).toBe('rmb.expired')
    expect(answers.at(-1)).toMatchObject({ ref: 'late', type: 'response' })
    bus.setOnline(node, false)
    const old = ask(7, { ttlMs: 3 * queueLifeMs })
    expect(late).not.toBe(old)
    pass(queueLifeMs + 1000)
    bus.setOnline(node, true)
    pass(1000)
    expect(received).toHaveLength(1)
    expect(story(old)).toEqual(['rmb.sent', 'rmb.queued', 'rmb.expired'])
  })

  it('keeps a bounded number of messages: the newest', () => {
    bus.setOnline(node, false)
    const first = ask(7, { command: 'quiet', ref: '0' })
    for (let i = 1; i <= queueLimit; i += 1) ask(7, { command: 'quiet', ref: `${i}` })
    pass(1000)
    bus.setOnline(node, true)
    pass(1000)
    expect(received).toHaveLength(queueLimit)
    expect(received.every(({ uid }) => uid !== first)).toBe(true)
  })

  it('keeps its queue over a snapshot and a revert, as often as one likes', () => {
    bus.setOnline(node, false)
    ask(7, { ref: 'a' })
    ask(7, { ref: 'b' })
    pass(1000)
    const snapshot = kernel.snapshot()
    const future = () => {
      ask(7, { ref: 'c' })
      pass(1000)
      bus.setOnline(node, true)
      pass(1000)
      const refs = answers.splice(0).map(({ ref }) => ref)
      return { refs, digest: kernel.trace.digest() }
    }
    const once = future()
    kernel.revert(snapshot)
    expect(future()).toEqual(once)
    expect(once.refs).toEqual(['a', 'b', 'c'])
  })

  it('that nobody has attached yet gets its messages when somebody does', () => {
    ask(8)
    pass(1000)
    bus.attach({ twin: 8 }, { receiver: 'node', ref: 5 })
    pass(1000)
    expect(answers).toHaveLength(1)
  })
})

describe('the way out of the process', () => {
  let out: BusMessage[]
  let connected: Address | null
  beforeEach(() => {
    out = []
    connected = null
    bus.connectOutside({
      deliver: message => out.push(message),
      isConnected: address =>
        address.twin === connected?.twin && address.connection === connected.connection,
    })
  })

  it('is taken at once by what is not for a party of the process', () => {
    const uid = ask(8)
    pass(0)
    expect(out).toMatchObject([{ uid, source: alice, destination: { twin: 8 } }])
    ask(7)
    pass(1000)
    expect(out).toHaveLength(1)
    expect(answers).toHaveLength(1)
  })

  it('is not taken by what the relay refuses, unless the destination is connected', () => {
    twins.delete(8)
    ask(8)
    pass(0)
    expect(out).toEqual([])
    connected = { twin: 8 }
    ask(8, { tags: 'fail-fast' })
    pass(0)
    expect(out).toHaveLength(1)
  })

  it('is the way back, too: a reply that was injected ends the request', () => {
    const uid = ask(8)
    pass(0)
    const heading = { uid, source: { twin: 8 }, destination: alice, isReply: true }
    expect(bus.find(heading)).toBe('here')
    expect(bus.find({ ...heading, source: { twin: 9 }, uid: 'x' })).toBe('here')
    expect(bus.find({ ...heading, isReply: false })).toBe('elsewhere')
    bus.inject({
      uid,
      source: { twin: 8 },
      destination: alice,
      expiresAt: kernel.now() + 1,
      schema: 'application/json',
      body: { type: 'response', payload: '2' },
    })
    pass(0)
    expect(answers).toEqual([{ ref: 'r', type: 'response', payload: '2' }])
    expect(bus.fail({ uid, source: alice }, 'late')).toBe(false)
  })

  it('leads to the caller’s own client when it is connected and no script waits', () => {
    ask(7)
    pass(1000)
    const reply = { uid: 'unheard of', source: node, destination: alice, isReply: true }
    expect(bus.find(reply)).toBe('here')
    connected = alice
    expect(bus.find(reply)).toBe('elsewhere')
  })

  it('brings the relay’s error to an outside requester whose message was queued here', () => {
    bus.refuse(
      {
        uid: 'u',
        source: { twin: 1, connection: 'web' },
        destination: { twin: 9 },
        expiresAt: kernel.now() + 1000,
        schema: null,
        body: { type: 'request', command: 'x', payload: null },
      },
      'no way',
    )
    expect(out).toMatchObject([
      {
        uid: 'u',
        source: { twin: 0 },
        destination: { twin: 1, connection: 'web' },
        body: { type: 'error', code: 0, message: 'no way' },
      },
    ])
  })

  it('ends a caller’s request when the relay fails to bring it', () => {
    const uid = ask(8)
    pass(0)
    expect(bus.fail({ uid, source: { twin: 1 } }, 'not yours')).toBe(false)
    expect(bus.fail({ uid, source: alice }, 'failed')).toBe(true)
    pass(0)
    expect(answers).toEqual([{ ref: 'r', type: 'error', code: 0, message: 'failed' }])
  })
})
