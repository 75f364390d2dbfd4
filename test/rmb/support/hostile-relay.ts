// Spoilt envelopes and tokens against a relay, each with the answer that the relay's table of checks asks for.

import { createPublicKey, verify } from 'node:crypto'
import { request } from 'node:http'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import { fromHex } from '../../../src/crypto/hex.ts'
import { sameAddress } from '../../../src/rmb/address.ts'
import {
  decodeEnvelope,
  type Envelope,
  type EnvelopePeek,
  encodeEnvelope,
  peekEnvelope,
} from '../../../src/rmb/envelope.ts'
import { openEnvelope, sealEnvelope } from '../../../src/rmb/sealing.ts'
import { checkToken, makeToken } from '../../../src/rmb/token.ts'
import { type Person, person, Stage } from '../relay-support.ts'
import { type Generator, generator, mutate } from './mutations.ts'

const alice = person(1)
const absent = person(2)
const unset = person(3)
const node = person(7)
const session = { twin: 1, connection: 'web' }

/** What came of an attack. */
export interface AttackReport {
  sent: number
  /** How often each end came. */
  readonly ends: Record<string, number>
}

const count = (report: AttackReport, end: string) => {
  report.sent += 1
  report.ends[end] = (report.ends[end] ?? 0) + 1
}

/** A relay with an echo and a twin of each kind. */
export async function hostileStage(): Promise<Stage> {
  const stage = await new Stage().listen()
  stage.add(alice)
  stage.add(absent)
  stage.add(unset, { relay: null })
  stage.addEcho(node)
  return stage
}

/** A socket that is opened again whenever the relay closes it. */
class Attacker {
  readonly #stage: Stage
  #socket: WebSocket | null = null
  #said: Uint8Array[] = []
  #wake: (() => void) | null = null
  #pings = 0

  constructor(stage: Stage) {
    this.#stage = stage
  }

  async #open(): Promise<WebSocket> {
    if (this.#socket) return this.#socket
    const url = `ws://127.0.0.1:${this.#stage.port}/?${this.#stage.token(alice, 'web')}`
    const socket = new WebSocket(url)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    socket.on('error', () => undefined)
    socket.on('message', data => {
      this.#said.push(new Uint8Array(data as Buffer))
      this.#wake?.()
    })
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null
      this.#wake?.()
    })
    this.#socket = socket
    return socket
  }

  /** What the relay says to a frame before it answers a ping after it; null when it closes the connection. */
  async send(frame: Uint8Array): Promise<Uint8Array[] | null> {
    const socket = await this.#open()
    this.#pings += 1
    const uid = `ping ${this.#pings}`
    socket.send(frame)
    socket.send(encodeEnvelope(this.#ping(uid)))
    for (;;) {
      const at = this.#said.findIndex(bytes => {
        const peeked = peekEnvelope(bytes)
        return peeked.ok && peeked.value.kind === 'pong' && peeked.value.uid === uid
      })
      if (at !== -1) {
        const said = this.#said.slice(0, at)
        this.#said = this.#said.slice(at + 1)
        return said
      }
      if (this.#socket !== socket) {
        this.#said = []
        return null
      }
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket?.terminate()
  }

  #ping(uid: string): Envelope {
    return {
      uid,
      timestamp: BigInt(this.#stage.now),
      expiration: 40n,
      source: session,
      destination: { twin: 0 },
      message: { kind: 'ping' },
      relays: [],
    }
  }
}

/** The error that the relay's table asks for (`rmb-rs: src/relay/api.rs`); null when the message is taken. */
function refusalOf(stage: Stage, { source, destination, tags, kind }: EnvelopePeek): string | null {
  if (!source || !sameAddress(source, session)) return 'message wrong source'
  if (kind === 'ping') return null
  if (!destination || destination.twin === 0) return 'message with missing destination'
  if (sameAddress(destination, session) || sameAddress(destination, { twin: 7 })) return null
  const twin = stage.twins.get(destination.twin)
  if (!twin) return 'unknown twin destination'
  if (!twin.relay) return 'relay info is not set for this twin'
  const isFailFast = (tags ?? '').split(/[,\s]+/).includes('fail-fast')
  return isFailFast ? 'destination offline' : null
}

function samples(stage: Stage): Buffer[] {
  const base = (fields: Partial<Envelope>): Buffer => {
    const envelope: Envelope = {
      uid: '6a1f5f3e-0d6c-4b0e-9a54-000000000001',
      timestamp: BigInt(stage.now),
      expiration: 3600n,
      source: session,
      destination: { twin: 7 },
      message: { kind: 'request', command: 'echo' },
      schema: 'application/json',
      payload: { kind: 'plain', bytes: new TextEncoder().encode('"hello"') },
      relays: ['localhost'],
      ...fields,
    }
    return Buffer.from(encodeEnvelope(sealEnvelope(envelope, { pair: alice.pair })))
  }
  return [
    base({}),
    base({ destination: { twin: 2 }, tags: 'a, fail-fast' }),
    base({ destination: { twin: 2, connection: 'x' } }),
    base({ destination: { twin: 3 } }),
    base({ destination: { twin: 4711 } }),
    base({ destination: session, message: { kind: 'response' } }),
    base({ message: { kind: 'error', code: 7, message: 'no' }, federation: 'localhost' }),
    base({ message: { kind: 'ping' } }),
    base({ source: { twin: 2 } }),
  ]
}

/** An envelope that can be read, of fields that were never meant for one another. */
function mixed(stage: Stage, random: Generator): Buffer {
  const addresses = [session, { twin: 0 }, { twin: 1 }, { twin: 2 }, { twin: 3 }, { twin: 7 }]
  const strange = [undefined, { twin: 7, connection: '' }, { twin: 0xffff_ffff, connection: 'é' }]
  const messages = [
    { kind: 'request', command: random.pick(['echo', 'silent', 'fail', '', 'é'.repeat(300)]) },
    { kind: 'response' },
    { kind: 'error', code: 0xffff_ffff, message: 'x' },
    { kind: 'ping' },
    { kind: 'pong' },
    undefined,
  ] as const
  const moments = [0n, 2n ** 64n - 1n, BigInt(stage.now), BigInt(stage.now) - 100n]
  const bytes = Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)))
  const [tags, destination, message, schema, payload] = [
    random.pick([undefined, '', 'fail-fast', 'a,fail-fast\tb', 'FAIL-FAST', 'fail-fastx']),
    random.pick([...addresses, ...strange]),
    random.pick(messages),
    random.pick([undefined, '', 'application/json', 'text/plain']),
    random.pick([undefined, { kind: 'plain', bytes }, { kind: 'cipher', bytes }] as const),
  ]
  const envelope: Envelope = {
    uid: random.pick(['', 'a', 'é', 'x'.repeat(5000), `${random.below(1000)}`]),
    timestamp: random.pick(moments),
    expiration: random.pick([0n, 1n, 60n, 2n ** 64n - 1n]),
    source: random.below(8) > 0 ? session : (random.pick(strange) ?? { twin: 2 }),
    relays: random.pick([[], ['localhost'], ['', 'é']]),
    ...(tags === undefined ? {} : { tags }),
    ...(destination === undefined ? {} : { destination }),
    ...(message === undefined ? {} : { message }),
    ...(schema === undefined ? {} : { schema }),
    ...(payload === undefined ? {} : { payload }),
  }
  const isSealed = random.below(2) === 0
  return Buffer.from(
    encodeEnvelope(isSealed ? sealEnvelope(envelope, { pair: alice.pair }) : envelope),
  )
}

/** Sends spoilt envelopes; throws at the first one that is not answered as it should be. */
export async function attackWithEnvelopes(
  stage: Stage,
  { count: total, seed }: { count: number; seed: number },
): Promise<AttackReport> {
  const random = generator(seed)
  const attacker = new Attacker(stage)
  const report: AttackReport = { sent: 0, ends: {} }
  let good = samples(stage)
  for (let i = 0; i < total; i += 1) {
    if (i % 1000 === 0) good = samples(stage)
    // Most spoilt bytes are no envelope at all: as many are envelopes whose fields do not fit together.
    const isWhole = random.below(3) > 0
    const frame = isWhole ? mixed(stage, random) : mutate(random.pick(good), random)
    const said = await attacker.send(frame)
    count(report, judge(stage, frame, said))
  }
  attacker.close()
  return report
}

/** Names what happened, after it was found right. */
function judge(stage: Stage, frame: Buffer, said: Uint8Array[] | null): string {
  const hex = frame.toString('hex')
  const peeked = peekEnvelope(frame)
  if (!peeked.ok) {
    expect(said, `no envelope: ${hex}`).toBeNull()
    return 'closed'
  }
  if (said === null) expect.unreachable(`the relay closed the connection over ${hex}`)
  const head = peeked.value
  // Answers of the node come when they come.
  const others = said.filter(bytes => !isAnswer(stage, bytes))
  const refusal = refusalOf(stage, head)
  if (refusal !== null && head.kind === 'request') {
    expect(others.length, hex).toBe(1)
    const error = decodeEnvelope(others[0]!)
    expect(error.ok && error.value, hex).toMatchObject({
      uid: head.uid,
      destination: session,
      message: { kind: 'error', code: 0, message: refusal },
    })
    return refusal
  }
  if (refusal === null && head.kind === 'ping') {
    const pong = decodeEnvelope(others[0]!)
    expect(pong.ok && pong.value, hex).toMatchObject({ uid: head.uid, message: { kind: 'pong' } })
    return 'pong'
  }
  if (refusal === null && head.destination && sameAddress(head.destination, session)) {
    expect(others.map(bytes => Buffer.from(bytes).toString('hex'))).toEqual([hex])
    return 'delivered'
  }
  expect(others, hex).toEqual([])
  return refusal === null ? 'taken' : 'dropped'
}

/** Whether it is a node's answer; one that does not verify is a fault. */
function isAnswer(stage: Stage, bytes: Uint8Array): boolean {
  const decoded = decodeEnvelope(bytes)
  if (!decoded.ok || decoded.value.source?.twin !== 7) return false
  // A pong comes from where the ping was meant for.
  if (decoded.value.message?.kind === 'pong') return false
  const opened = openEnvelope(decoded.value, {
    now: BigInt(stage.now),
    secret: alice.secret,
    sender: () => ({ account: fromHex(node.pair.accountId), publicKey: stage.twins.get(7)!.pk! }),
  })
  const what = `an answer of the node: ${Buffer.from(bytes).toString('hex')}`
  expect(opened.ok ? null : opened.error, what).toBeNull()
  return true
}

/** Judges spoilt tokens, and shows some of them to a listening relay. */
export async function attackWithTokens(
  stage: Stage,
  { count: total, seed, shown }: { count: number; seed: number; shown: number },
): Promise<AttackReport> {
  const random = generator(seed)
  const report: AttackReport = { sent: 0, ends: {} }
  const now = stage.now
  const good = [alice, absent].flatMap(who =>
    [undefined, 'web', ''].map(name => Buffer.from(tokenOf(who, name, now))),
  )
  for (let i = 0; i < total; i += 1) {
    const query = mutate(random.pick(good), random).toString('latin1')
    const verdict = checkToken(query, {
      now: BigInt(now),
      findTwin: id => {
        const twin = stage.twins.get(id)
        return twin && { account: fromHex(twin.account) }
      },
    })
    const isGood = isSigned(stage, query, now)
    expect(verdict.ok, query).toBe(isGood)
    if (verdict.ok) {
      count(report, 'accepted')
      continue
    }
    const { status, body } = verdict.refusal
    expect(status, query).toBe(401)
    expect(body, query).toMatch(/^(invalid jwt: (jwt has expired|jwt: .+)|twin not found \d+)$/s)
    count(report, body.startsWith('twin') ? 'twin not found' : 'invalid')
    // Others cannot stand in the first line of a request.
    if (i % Math.ceil(total / shown) !== 0 || !/^[!-~]*$/.test(query)) continue
    expect(await upgradeAnswer(stage, query, random)).toEqual({ status, body })
  }
  return report
}

const tokenOf = (who: Person, name: string | undefined, now: number) =>
  makeToken(
    {
      twin: who.twin,
      issuedAt: now,
      expiresAt: now + 3600,
      ...(name === undefined ? {} : { session: name }),
    },
    who.pair,
  )

/** Whether a token is in order, found without our own reader: by Node's JSON, base64 and signatures. */
function isSigned(stage: Stage, query: string, now: number): boolean {
  const parts = query.split('.')
  if (parts.length !== 3 || parts.some(part => !isBase64Url(part))) return false
  const [header, claims, signature] = parts.map(part => Buffer.from(part, 'base64url'))
  const { alg, typ = 'JWT' } = objectOf(header!)
  const { sub, exp } = objectOf(claims!)
  const twin = stage.twins.get(Number(sub))
  if (alg !== 'RS512' || typ !== 'JWT' || !twin || !(Number(exp) >= now)) return false
  if (signature!.length !== 65 || signature![0] !== 0x65) return false
  const prefix = Buffer.from('302a300506032b6570032100', 'hex')
  const der = Buffer.concat([prefix, fromHex(twin.account)])
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
  return verify(null, Buffer.from(`${parts[0]}.${parts[1]}`), key, signature!.subarray(1))
}

/** As Rust's decoder reads it: no bits left over; padding may fill a last group of at least two digits. */
function isBase64Url(text: string): boolean {
  const digits = text.replace(/=+$/, '')
  const left = digits.length % 4
  const isPadded = text.length > digits.length
  if (isPadded && (left < 2 || left + text.length - digits.length > 4)) return false
  const again = Buffer.from(digits, 'base64url').toString('base64url')
  return /^[A-Za-z0-9_-]*$/.test(digits) && again === digits
}

function objectOf(bytes: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(bytes.toString('utf8'))) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** What the relay answers to who wants a WebSocket with such a token. */
function upgradeAnswer(
  stage: Stage,
  query: string,
  random: Generator,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const path = `/${'x'.repeat(random.below(3))}?${query}`
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    }
    const asked = request({ port: stage.port, path, headers }, response => {
      let body = ''
      response.on('data', chunk => {
        body += String(chunk)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
