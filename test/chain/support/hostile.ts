// Hostile input for a served chain: spoilt extrinsics, frames and storage keys, and judges of the answers that are not ours.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Metadata, TypeRegistry } from '@polkadot/types'
import { signatureVerify } from '@polkadot/util-crypto'
import { expect } from 'vitest'
import {
  birthOf,
  type Era,
  eraFromBytes,
  eraToBytes,
  immortal,
} from '../../../src/chain/node/era.ts'
import { encodeSigned, signedPayload } from '../../../src/chain/node/extrinsic.ts'
import { pallets } from '../../../src/chain/pallets/all.ts'
import { runtimeFunctionNames } from '../../../src/chain/rpc/runtime-functions.ts'
import { metadataV14 } from '../../../src/chain/runtime/metadata.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { fromHex, toHex } from '../../../src/crypto/hex.ts'
import { encodeToBytes } from '../../../src/scale/codec.ts'
import { alice, bob, type Client, edith, type Message, type TestServer } from '../rpc/support.ts'
import { callDrawer, compactBytes, type Draw, littleEndian } from './random.ts'

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)]!
const someBytes = (draw: Draw, most: number): number[] =>
  Array.from({ length: draw(most + 1) }, () => draw(256))
const hexOf = (bytes: readonly number[]): string => `0x${Buffer.from(bytes).toString('hex')}`

/** Bytes with one to four faults: changed, put in, taken out, doubled, cut off, or a length out of all proportion. */
export function spoil(bytes: Uint8Array, draw: Draw): Uint8Array {
  let list = [...bytes]
  for (let count = 1 + draw(4); count > 0; count -= 1) {
    const at = draw(list.length + 1)
    const kind = draw(8)
    if (kind < 3 && at < list.length) list[at] = kind === 0 ? list[at]! ^ (1 << draw(8)) : draw(256)
    else if (kind === 3) list.splice(at, 0, ...someBytes(draw, 4))
    else if (kind === 4) list.splice(at, 1 + draw(4))
    else if (kind === 5) list.splice(at, 0, ...list.slice(draw(at + 1), at))
    else if (kind === 6 && draw(3) === 0) list = list.slice(0, at)
    else list.splice(at, 1, ...compactBytes((1n << BigInt(draw(70))) - 1n))
  }
  return Uint8Array.from(list)
}

/** As `spoil`, for text. */
export function spoilText(text: string, draw: Draw): string {
  let out = text
  for (let count = 1 + draw(4); count > 0; count -= 1) {
    const at = draw(out.length + 1)
    const some = pick(draw, ['"', '{', '}', '[', ']', ',', ':', '0', '\\u0000', 'é', '-', 'null'])
    const kind = draw(5)
    if (kind === 0) out = out.slice(0, at) + some + out.slice(at)
    else if (kind === 1) out = out.slice(0, at) + out.slice(at + 1 + draw(3))
    else if (kind === 2) out = out.slice(0, at) + some + out.slice(at + 1)
    else if (kind === 3) out = out.slice(0, at) + out.slice(draw(at + 1), at) + out.slice(at)
    else if (draw(3) === 0) out = out.slice(0, at)
  }
  return out
}

const registry = new TypeRegistry()
registry.setMetadata(new Metadata(registry, toHex(metadataV14())), undefined, undefined, true)

/** What polkadot-js reads in the bytes of an extrinsic, when it reads all of them and would write the same. */
function readByOthers(bytes: Uint8Array) {
  try {
    const read = registry.createType('Extrinsic', bytes)
    return Buffer.compare(read.toU8a(), bytes) === 0 ? read : null
  } catch {
    return null
  }
}

const unreadable = 'it is no extrinsic'

/** Whether there is an address in it that is not an account: polkadot-js guesses the form of those, and errs. */
function hasOddAddress({ chain }: TestServer, bytes: Uint8Array): boolean {
  const decoded = chain.validate(bytes)
  if (!decoded.ok) return false
  const odd = new Set<unknown>(['Index', 'Raw', 'Address32', 'Address20'])
  const isOdd = (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    ((Object.hasOwn(value, 'type') && odd.has((value as { type: unknown }).type)) ||
      Object.values(value).some(isOdd))
  return isOdd(decoded.extrinsic.call)
}

const schemes = ['ed25519', 'sr25519', 'ecdsa'] as const

/** Why the real node would refuse an extrinsic whatever its state, judged without our code; null when it would not. */
function refusalByOthers(grid: TestServer, bytes: Uint8Array): string | null {
  const read = readByOthers(bytes)
  if (!read) return unreadable
  if (read.version !== 0x84) return 'it is not signed'
  // The length, the version, the kind of address, the account, the scheme, the signature.
  const start = bytes.length - read.toU8a(true).length
  const body = bytes.subarray(start)
  if (body[1] !== 0) return 'the signer is no account'
  const signer = body.subarray(2, 34)
  const scheme = schemes[body[34]!]
  if (!scheme) return 'the signature is of no scheme'
  const signature = body.subarray(35, scheme === 'ecdsa' ? 100 : 99)
  const signed = body.subarray(35 + signature.length, body.length - read.method.toU8a().length)
  const isMortal = signed[0] !== 0
  const { chain } = grid
  const era = isMortal ? eraFromBytes(signed[0]!, signed[1]!) : immortal
  if (!era) return 'the era is none'
  const birth = birthOf(era, chain.archive.best)
  if (birth > chain.archive.best) return 'the era has not begun'
  const payload = [
    ...read.method.toU8a(),
    ...signed,
    ...littleEndian(153n, 4),
    ...littleEndian(2n, 4),
    ...fromHex(chain.archive.hashOf(0)),
    ...fromHex(chain.archive.hashOf(isMortal ? birth : 0)),
  ]
  const message = payload.length > 256 ? blake2b256(Uint8Array.from(payload)) : payload
  const { isValid, crypto } = signatureVerify(Uint8Array.from(message), signature, signer)
  return isValid && crypto === scheme ? null : 'the signature is wrong'
}

/** A call whose list is longer than its bound is one to polkadot-js, which does not know bounds. */
const boundless = /more than|at most|too long/

/** What became of an attack. */
export interface Report {
  readonly sent: number
  /** Extrinsics that entered the pool, frames and keys that had a result. */
  readonly accepted: number
  /** How often each answer was given: error codes, and `result`. */
  readonly answers: ReadonlyMap<string, number>
  /** The longest that one batch waited for its answers, in ms. */
  readonly slowestMs: number
}

/** One client, renewed now and then so that its subscriptions go. */
class Attacker {
  readonly grid: TestServer
  #client: Client | null = null
  #frames = 0
  readonly answers = new Map<string, number>()
  slowestMs = 0
  accepted = 0
  sent = 0

  constructor(grid: TestServer) {
    this.grid = grid
  }

  /** Sends frames at once; returns the answers in order. Notifications are looked at and dropped. */
  async send(frames: readonly string[]): Promise<(Message | Message[])[]> {
    if (this.#frames > 3000) await this.close()
    this.#client ??= await this.grid.connect()
    const client = this.#client
    this.#frames += frames.length
    const from = performance.now()
    for (const frame of frames) client.socket.send(frame)
    client.socket.send('{"jsonrpc":"2.0","id":"the end","method":"system_name"}')
    const answers: (Message | Message[])[] = []
    for (;;) {
      const message = (await client.next()) as Message | Message[]
      if (!Array.isArray(message)) {
        if (message.id === 'the end') break
        if (message.method !== undefined) {
          expect(message.params?.subscription).toMatch(/^[A-Za-z0-9]{16}$/)
          continue
        }
      }
      for (const each of [message].flat()) this.#note(each)
      answers.push(message)
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - from)
    this.sent += frames.length
    expect(this.grid.failures).toEqual([])
    return answers
  }

  async close(): Promise<void> {
    const client = this.#client
    this.#client = null
    this.#frames = 0
    if (!client) return
    const closed = new Promise(resolve => client.socket.once('close', resolve))
    client.socket.close()
    await closed
    client.inbox.length = 0
  }

  async report(): Promise<Report> {
    await this.close()
    const { sent, accepted, answers, slowestMs } = this
    return { sent, accepted, answers, slowestMs }
  }

  #note(message: Message): void {
    expect(message.jsonrpc).toBe('2.0')
    expect(message).toHaveProperty('id')
    expect(Object.hasOwn(message, 'result'), JSON.stringify(message)).toBe(!message.error)
    const { error } = message
    const kind = error ? `${error.code}${error.code === 1010 ? ` ${error.data}` : ''}` : 'result'
    // An internal error is a fault of ours, whatever was asked.
    expect(kind, JSON.stringify(message)).not.toBe('-32603')
    this.answers.set(kind, (this.answers.get(kind) ?? 0) + 1)
  }
}

const batchSize = 100

/** What stands behind the length of an extrinsic that is long enough for two bytes of it, and short enough. */
const bodyOf = (bytes: Uint8Array): Uint8Array => bytes.subarray(bytes[0]! % 4 === 1 ? 2 : 4)

const withLength = (body: ArrayLike<number>): Uint8Array =>
  Uint8Array.from([...compactBytes(BigInt(body.length)), ...Array.from(body)])

const request = (id: number, method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

const anyCall = callDrawer(['Timestamp.set'])

/** Extrinsics: random bytes, spoilt ones that were good, and well-signed ones around spoilt calls. */
export async function attackWithExtrinsics(
  grid: TestServer,
  options: { count: number; draw: Draw },
): Promise<Report> {
  const { draw } = options
  const attacker = new Attacker(grid)
  const { chain } = grid
  const signers = [alice, bob, edith]
  const genesisHash = chain.archive.hashOf(0)

  const signed = (): Uint8Array => {
    const pair = pick(draw, signers)
    const call = encodeToBytes(RuntimeCall, anyCall(draw))
    const callBytes = draw(3) === 0 ? spoil(call, draw) : call
    const era: Era = draw(4) === 0 ? (eraFromBytes(draw(256), draw(256)) ?? immortal) : immortal
    const nonce = chain.nextNonceOf(pair.accountId) + pick(draw, [0, 0, 0, 0, 0, 0, 0, -1, 1, 2])
    const tip = draw(5) === 0 ? BigInt(draw(1000)) : 0n
    const birth = Math.min(birthOf(era, chain.archive.best), chain.archive.best)
    const birthHash = era === immortal ? genesisHash : chain.archive.hashOf(birth)
    const parts = { callBytes, era, nonce: Math.max(0, nonce), tip }
    const versions = { specVersion: 153, transactionVersion: draw(50) === 0 ? 3 : 2 }
    const payload = signedPayload(parts, { ...versions, genesisHash, birthHash })
    expect(eraToBytes(era)).toHaveLength(era === immortal ? 1 : 2)
    const { accountId: signer, scheme } = pair
    return encodeSigned({ ...parts, signer, scheme, signature: pair.sign(payload) })
  }

  const anyBytes = (): Uint8Array => {
    const kind = draw(10)
    if (kind === 0) return withLength(someBytes(draw, 200))
    if (kind === 1) return Uint8Array.from(someBytes(draw, 200))
    if (kind === 2) return spoil(signed(), draw)
    return kind < 6 ? withLength(spoil(bodyOf(signed()), draw)) : signed()
  }

  /** Among their calls are some that spend everything. */
  const refill = () =>
    grid.driver.enter(() => {
      grid.clock.advance(6000)
      for (const { accountId: account } of signers) {
        expect(chain.edit({ type: 'setBalance', account, free: '1000000000000' })).toBeNull()
      }
    })

  while (attacker.sent < options.count) {
    if (attacker.sent % batchSize === 0) refill()
    // Nonces and eras are judged by the block on which it arrives: one at a time.
    const bytes = anyBytes()
    const frame = request(attacker.sent, 'author_submitExtrinsic', [toHex(bytes)])
    const refusal = refusalByOthers(grid, bytes)
    const isExcused = refusal === unreadable && hasOddAddress(grid, bytes)
    const [answer] = (await attacker.send([frame])) as [Message]
    if (answer.error === undefined) {
      attacker.accepted += 1
      expect(answer.result).toBe(toHex(blake2b256(bytes)))
      if (!isExcused) expect(refusal, `${toHex(bytes)} was taken`).toBeNull()
    } else if (refusal === null && [1001, 1002].includes(answer.error.code)) {
      // What others read and we do not: a list beyond its bound, and nothing else.
      const decoded = chain.validate(bytes)
      const text = decoded.ok || !('text' in decoded.problem) ? '' : decoded.problem.text
      expect(text, `${toHex(bytes)} was not read`).toMatch(boundless)
    }
  }
  return attacker.report()
}

/** Frames: requests of every method with parameters that might fit, and what is left of them after some damage. */
export async function attackWithFrames(
  grid: TestServer,
  options: { count: number; draw: Draw },
): Promise<Report> {
  const { draw } = options
  const attacker = new Attacker(grid)
  const { chain } = grid
  const [listed] = (await attacker.send([request(0, 'rpc_methods', [])])) as [Message]
  const names = (listed.result as { methods: string[] }).methods
  const known = new Set([...names, 'rpc_methods'])
  const prefixes = [...chain.state.items.keys()]

  const value = (depth = 0): unknown => {
    const kind = draw(14)
    if (kind === 0) return pick(draw, [null, true, false, '', '0x', '0x0', 'abc', {}, [], -1, 0.5])
    if (kind === 1) return pick(draw, [0, 1, 2, 100, 1000, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, -0])
    if (kind < 5) return chain.archive.hashOf(draw(chain.archive.best + 1))
    if (kind === 5) return hexOf(someBytes(draw, 40))
    if (kind === 6) return hexOf(Array.from({ length: 32 }, () => draw(256)))
    if (kind === 7) return pick(draw, runtimeFunctionNames)
    if (kind === 8) return pick(draw, prefixes)
    if (kind === 9) return pick(draw, prefixes) + hexOf(someBytes(draw, 60)).slice(2)
    if (kind === 10) return pick(draw, [alice, bob, edith]).address
    if (kind === 11 && depth < 3) return Array.from({ length: draw(4) }, () => value(depth + 1))
    if (kind === 12 && depth < 3) {
      const keys = ['type', 'key', 'hash', 'at', 'items', 'query', 'paginationStartKey']
      return Object.fromEntries(Array.from({ length: draw(4) }, () => [pick(draw, keys), value(3)]))
    }
    return String.fromCharCode(...someBytes(draw, 20))
  }
  const good = (id: unknown): string => {
    const params = draw(8) === 0 ? value() : Array.from({ length: draw(4) }, () => value())
    const frame = { jsonrpc: '2.0', id, method: pick(draw, names), params }
    return JSON.stringify(frame)
  }
  const frame = (id: number): string => {
    const kind = draw(12)
    if (kind < 6) return good(id)
    if (kind < 10) return spoilText(good(id), draw)
    if (kind === 10) {
      const list = Array.from({ length: draw(4) }, () => good(draw(5) === 0 ? value() : id))
      return `[${list.join(',')}]`
    }
    return String.fromCharCode(...someBytes(draw, 60))
  }
  while (attacker.sent < options.count) {
    const frames = Array.from({ length: batchSize }, (_, i) => frame(i))
    const answers = await attacker.send(frames)
    const expected = frames.filter(text => !isSilent(text))
    expect(answers).toHaveLength(expected.length)
    answers.forEach((answer, i) => {
      const results = [answer].flat().filter(each => Object.hasOwn(each, 'result'))
      attacker.accepted += results.length
      if (results.length > 0) expect(isCallOf(known, expected[i]!), expected[i]).toBe(true)
    })
    grid.clock.advance(6000)
  }
  return attacker.report()
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isRequest = (each: unknown): each is { id?: unknown; method: string } => {
  if (typeof each !== 'object' || each === null || Array.isArray(each)) return false
  const { jsonrpc, method } = each as { jsonrpc?: unknown; method?: unknown }
  return jsonrpc === '2.0' && typeof method === 'string'
}

/** Notifications alone get no answer. */
function isSilent(text: string): boolean {
  const value = parsed(text)
  const isNotification = (each: unknown) => isRequest(each) && !Object.hasOwn(each, 'id')
  return Array.isArray(value)
    ? value.length > 0 && value.every(isNotification)
    : isNotification(value)
}

/** Whether a frame may have a result at all: it is JSON, a request, and of a method that is there. */
function isCallOf(names: ReadonlySet<string>, text: string): boolean {
  const value = parsed(text)
  return [value].flat().some(each => isRequest(each) && names.has(each.method))
}

/** Storage keys: those that are there, spoilt or not, answered from one list of all pairs. */
export async function attackWithKeys(
  grid: TestServer,
  options: { count: number; draw: Draw },
): Promise<Report> {
  const { draw } = options
  const attacker = new Attacker(grid)
  const best = grid.chain.archive.hashOf(grid.chain.best())
  const [answer] = (await attacker.send([request(0, 'state_getPairs', ['0x', best])])) as [Message]
  const pairs = answer.result as [string, string][]
  const values = new Map(pairs)
  const keys = pairs.map(([key]) => key)
  const lengthOf = (value: string | null | undefined) => (value ? (value.length - 2) / 2 : 0)
  expect(keys).toEqual([...keys].sort())

  const someKey = (): string => {
    const kind = draw(6)
    if (kind === 0) return pick(draw, keys)
    if (kind === 1) return pick(draw, keys).slice(0, 2 + 2 * draw(60))
    if (kind === 2) return hexOf(someBytes(draw, 70))
    if (kind === 3) {
      const { decl } = pick(draw, pallets)
      const item = pick(draw, Object.keys(decl.storage))
      if (!item) return '0x'
      return grid.chain.state.item(decl.name, item).prefix + hexOf(someBytes(draw, 50)).slice(2)
    }
    return toHex(spoil(fromHex(pick(draw, keys)), draw))
  }
  while (attacker.sent < options.count) {
    const asked: { frame: string; expected: unknown }[] = Array.from(
      { length: batchSize },
      (_, i) => {
        const key = someKey()
        const below = () => keys.filter(each => each.startsWith(key))
        const call = (method: string, params: unknown[], expected: unknown) => ({
          frame: request(i, method, [...params, best]),
          expected,
        })
        const value = values.get(key) ?? null
        switch (draw(7)) {
          case 0: {
            const hash = value === null ? null : toHex(blake2b256(fromHex(value)))
            return call('state_getStorageHash', [key], hash)
          }
          case 1: {
            const all = below().reduce((sum, each) => sum + lengthOf(values.get(each)), 0)
            const size = value !== null ? lengthOf(value) : all > 0 ? all : null
            return call('state_getStorageSize', [key], size)
          }
          case 2: {
            const start = someKey()
            const count = draw(20)
            const page = below().filter(each => each > start)
            return call('state_getKeysPaged', [key, count, start], page.slice(0, count))
          }
          case 3:
            return call('state_getKeys', [key], below())
          case 4: {
            const change = { block: best, changes: [[key, value]] }
            return call('state_queryStorageAt', [[key]], [change])
          }
          default:
            return call('state_getStorage', [key], value)
        }
      },
    )
    const answers = (await attacker.send(asked.map(({ frame }) => frame))) as Message[]
    expect(answers).toHaveLength(asked.length)
    answers.forEach(({ result }, i) => {
      const { frame, expected } = asked[i]!
      if (result !== null) attacker.accepted += 1
      expect(result, frame).toEqual(expected)
    })
  }
  return attacker.report()
}

/** Bytes in use once nothing is left to collect. */
export function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < 3; i += 1) collect()
  return process.memoryUsage().heapUsed
}
