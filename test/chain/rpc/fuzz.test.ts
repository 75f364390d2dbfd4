// Broken and hostile frames: whatever comes, each gets one well-formed answer, and the server lives on.

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runtimeFunctionNames } from '../../../src/chain/rpc/runtime-functions.ts'
import {
  alice,
  bob,
  type Client,
  type Message,
  signed,
  startTestServer,
  type TestServer,
  transfer,
} from './support.ts'

let grid: TestServer
let client: Client
let names: string[]
let extrinsic: string

beforeAll(async () => {
  grid = await startTestServer()
  client = await grid.connect()
  const { methods } = (await client.call('rpc_methods')) as { methods: string[] }
  names = methods
  extrinsic = signed(grid.chain, alice, transfer(bob.accountId, 1n), { nonce: 0 })
})

afterAll(async () => {
  await grid.close()
})

const hexOf = (size: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: 0, maxLength: size })
    .map(bytes => `0x${Buffer.from(bytes).toString('hex')}`)

/** A text with some of its characters changed, doubled or gone. */
const damaged = (text: string): fc.Arbitrary<string> =>
  fc
    .array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom('change', 'drop', 'double'),
        fc.integer({ min: 32, max: 126 }),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map(changes => {
      let out = text
      for (const [place, kind, code] of changes) {
        const at = place % Math.max(1, out.length)
        const middle = {
          change: String.fromCharCode(code),
          drop: '',
          double: `${out[at]}${out[at]}`,
        }
        out = out.slice(0, at) + middle[kind] + out.slice(at + 1)
      }
      return out
    })

/** The digits of an extrinsic with some bytes changed. */
const brokenExtrinsic = (): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
    .map(changes => {
      const bytes = Buffer.from(extrinsic.slice(2), 'hex')
      for (const [at, value] of changes) bytes[at % bytes.length] = value
      return `0x${bytes.toString('hex')}`
    })

const hashes = () =>
  fc.constantFrom(
    grid.chain.archive.hashOf(0),
    grid.chain.archive.hashOf(1),
    `0x${'00'.repeat(32)}`,
  )

/** What a parameter might be. */
const value = (): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.constantFrom(
      null,
      true,
      0,
      -1,
      1,
      1000,
      2 ** 32,
      1e300,
      0.5,
      '',
      '0x',
      '0x0',
      'abc',
      [],
      {},
    ),
    hashes(),
    hexOf(80),
    brokenExtrinsic(),
    fc.constantFrom(...grid.chain.state.items.keys()).map(prefix => prefix),
    fc
      .tuple(fc.constantFrom(...grid.chain.state.items.keys()), hexOf(60))
      .map(([a, b]) => a + b.slice(2)),
    fc.constantFrom(...runtimeFunctionNames),
    fc.array(hexOf(40), { maxLength: 4 }),
    fc.jsonValue({ maxDepth: 3 }),
  )

const request = (): fc.Arbitrary<string> =>
  fc
    .record({
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof({ weight: 8, arbitrary: fc.nat() }, { weight: 1, arbitrary: value() }),
      method: fc.constantFrom(...names),
      params: fc.oneof(
        { weight: 8, arbitrary: fc.array(value(), { maxLength: 4 }) },
        { weight: 1, arbitrary: value() },
      ),
    })
    .map(each => JSON.stringify(each))

const frame = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: request() },
    { weight: 3, arbitrary: request().chain(damaged) },
    {
      weight: 1,
      arbitrary: fc.array(request(), { maxLength: 5 }).map(list => `[${list.join(',')}]`),
    },
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.json() },
  )

const runtimeFrame = (): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.constantFrom(...runtimeFunctionNames),
      fc.oneof(hexOf(60), brokenExtrinsic().chain(damaged)),
    )
    .map(params => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'state_call', params }))

function expectWellFormed(message: Message): void {
  expect(message.jsonrpc).toBe('2.0')
  if (message.method !== undefined) {
    expect(message.params?.subscription).toMatch(/^[A-Za-z0-9]{16}$/)
    return
  }
  expect(message).toHaveProperty('id')
  expect(Object.hasOwn(message, 'result')).toBe(message.error === undefined)
  if (!message.error) return
  expect(message.error.code).toEqual(expect.any(Number))
  expect(message.error.code, JSON.stringify(message.error)).not.toBe(-32603)
  expect(message.error.message).not.toBe('')
}

/** Sends frames, then a request that marks the end; returns how many answers came before it. */
async function answersTo(frames: readonly string[]): Promise<number> {
  for (const each of frames) client.socket.send(each)
  client.socket.send('{"jsonrpc":"2.0","id":"the end","method":"system_name"}')
  let answers = 0
  for (;;) {
    const message = (await client.next()) as Message | Message[]
    const messages = Array.isArray(message) ? message : [message]
    for (const each of messages) expectWellFormed(each)
    if (!Array.isArray(message) && message.id === 'the end') return answers
    if (Array.isArray(message) || message.method === undefined) answers += 1
  }
}

/** Whether a frame asks for nothing but notifications: those alone get no answer. */
function isSilent(text: string): boolean {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return false
  }
  const isNotification = (each: unknown): boolean => {
    if (typeof each !== 'object' || each === null || 'id' in each) return false
    const { jsonrpc, method } = each as { jsonrpc?: unknown; method?: unknown }
    return jsonrpc === '2.0' && typeof method === 'string'
  }
  return Array.isArray(parsed)
    ? parsed.length > 0 && parsed.every(isNotification)
    : isNotification(parsed)
}

it.each([
  ['requests and remains of requests', () => frame(), 60],
  ['functions of the runtime', () => runtimeFrame(), 30],
])('answers each frame once: %s', async (_, arbitrary, numRuns) => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitrary(), { minLength: 40, maxLength: 60 }), async frames => {
      const silent = frames.filter(isSilent).length
      expect(await answersTo(frames)).toBe(frames.length - silent)
      expect(grid.failures).toEqual([])
    }),
    { numRuns, endOnFailure: true },
  )
})
