// A relay on a real socket, with a tiny chain, an echo inside the world, and clients that count on nothing of ours.

import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import WebSocket from 'ws'
import { fromHex } from '../../src/crypto/hex.ts'
import { type KeyPair, keyPairFromSeed } from '../../src/crypto/keys.ts'
import { secp256k1PublicKey } from '../../src/crypto/secp256k1.ts'
import { type ClockMode, Driver, systemClock } from '../../src/kernel/driver.ts'
import { Kernel } from '../../src/kernel/kernel.ts'
import type { TraceEntry } from '../../src/kernel/trace.ts'
import type { Address } from '../../src/rmb/address.ts'
import { type AnswerReply, Bus, type BusAnswer, type BusTwin } from '../../src/rmb/bus.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../src/rmb/envelope.ts'
import { Relay, type RelayOptions } from '../../src/rmb/relay/relay.ts'
import { openEnvelope, sealEnvelope } from '../../src/rmb/sealing.ts'
import { makeToken } from '../../src/rmb/token.ts'

declare module '../../src/kernel/kernel.ts' {
  interface KernelEvents {
    'test.answer': BusAnswer
  }
}

declare module '../../src/rmb/bus.ts' {
  interface AnswerKinds {
    'test.answer': true
  }
}

/** A twin of the tests: its number decides its keys. */
export interface Person {
  readonly twin: number
  readonly pair: KeyPair
  readonly secret: Uint8Array
}

/** The twin with a number; its seed is that number. */
export function person(twin: number, scheme: 'ed25519' | 'sr25519' = 'ed25519'): Person {
  const secret = new Uint8Array(32).fill(twin)
  return { twin, secret, pair: keyPairFromSeed(secret, scheme) }
}

/** What the chain has of a person. */
export function twinOf(
  { twin, pair, secret }: Person,
  { relay = 'localhost', hasKey = true }: { relay?: string | null; hasKey?: boolean } = {},
): BusTwin {
  const pk = hasKey ? secp256k1PublicKey(secret)! : null
  return { id: twin, account: pair.accountId, relay, pk }
}

/** Everything of one test. */
export class Stage {
  readonly kernel = new Kernel({ seed: 'relay', startAt: 1_700_000_000_000 })
  readonly twins = new Map<number, BusTwin>()
  readonly people = new Map<number, Person>()
  readonly answers: BusAnswer[] = []
  readonly entries: TraceEntry[] = []
  readonly bus: Bus
  readonly driver: Driver
  readonly relay: Relay
  readonly server: Server
  #shiftMs = 0
  readonly #clients: Client[] = []
  readonly #answered: (() => void)[] = []

  /** `people` are on the chain before there is a relay. */
  constructor(
    options: Partial<RelayOptions> & {
      mode?: ClockMode
      people?: readonly (readonly [Person, string])[]
    } = {},
  ) {
    const { kernel } = this
    for (const [who, relay] of options.people ?? []) this.add(who, { relay })
    this.bus = new Bus({ kernel, directory: { twin: id => this.twins.get(id) ?? null } })
    this.driver = new Driver({
      kernel,
      mode: options.mode ?? { type: 'real' },
      clock: { ...systemClock, now: () => Date.now() + this.#shiftMs },
      onFailure: error => {
        throw error
      },
    })
    this.relay = new Relay({
      bus: this.bus,
      driver: this.driver,
      basePath: '',
      secretOfTwin: id => (this.bus.attached({ twin: id }) ? this.people.get(id)! : null),
      ...options,
    })
    this.server = createServer((request, response) => {
      if (!this.relay.handleRequest(request, response)) response.writeHead(418).end()
    })
    this.server.on('upgrade', (request, socket, head) => {
      this.relay.handleUpgrade(request, socket, head)
    })
    kernel.handle('test.answer', ({ payload }) => {
      this.answers.push(payload)
      for (const heard of this.#answered.splice(0)) heard()
    })
    kernel.trace.listen(entry => this.entries.push(entry))
    this.bus.receive('echo', message => {
      const { body } = message
      if (body.type !== 'request') return
      if (body.command === 'fail') {
        this.bus.respond(message, { type: 'error', code: 0, message: 'it failed' })
      } else if (body.command !== 'silent') {
        this.bus.respond(message, { type: 'response', payload: body.payload })
      }
    })
  }

  async listen(): Promise<this> {
    this.driver.start()
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  /** Wall time moves on at once. */
  passWallTime(ms: number): void {
    this.#shiftMs += ms
  }

  /** Wall time in seconds, as envelopes and tokens have it. */
  get now(): number {
    return Math.floor(this.driver.wallNow() / 1000)
  }

  /** A twin on the chain. */
  add(who: Person, options: { relay?: string | null; hasKey?: boolean } = {}): Person {
    this.twins.set(who.twin, twinOf(who, options))
    this.people.set(who.twin, who)
    return who
  }

  /** A twin whose address echoes inside the world. */
  addEcho(who: Person, options: { relay?: string | null; hasKey?: boolean } = {}): Person {
    this.add(who, options)
    this.driver.enter(() => this.bus.attach({ twin: who.twin }, { receiver: 'echo' }))
    return who
  }

  token(who: Person, session?: string, { seconds = 60 } = {}): string {
    const claims = {
      twin: who.twin,
      issuedAt: this.now,
      expiresAt: this.now + seconds,
      ...(session === undefined ? {} : { session }),
    }
    return makeToken(claims, who.pair)
  }

  /** Connects a session. */
  async connect(who: Person, session?: string): Promise<Client> {
    const socket = new WebSocket(`ws://127.0.0.1:${this.port}/?${this.token(who, session)}`)
    const client = new Client(this, who, socket, session)
    this.#clients.push(client)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /** Ends a client's connection, and waits until the relay has noticed. */
  async disconnect({ socket, address }: Client): Promise<void> {
    socket.terminate()
    while (this.relay.isConnected(address)) await new Promise(resolve => setImmediate(resolve))
  }

  /** Asks from inside the world; the end of it is the next of `answers`. */
  ask(
    from: Address,
    to: number,
    { command = 'echo', payload = null as string | null, ttlMs = 60_000, tags = '' } = {},
  ): string {
    const reply: AnswerReply = { kind: 'test.answer', target: null, ref: 'r' }
    return this.driver.enter(() =>
      this.bus.request(
        { from, to, command, payload, ttlMs, ...(tags === '' ? {} : { tags }) },
        reply,
      ),
    )
  }

  /** Waits until so many requests from inside have ended. */
  async answered(count: number): Promise<readonly BusAnswer[]> {
    while (this.answers.length < count) {
      await new Promise<void>(resolve => this.#answered.push(resolve))
    }
    return this.answers
  }

  /** Kinds of entries of the trace about a message, in order. */
  story(uid: string): string[] {
    return this.entries
      .filter(({ fields }) => (fields as { uid?: string }).uid === uid)
      .map(({ kind, fields }) => {
        const { reason } = fields as { reason?: string }
        return reason === undefined ? kind : `${kind}: ${reason}`
      })
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.socket.terminate()
    this.driver.stop()
    await this.relay.close()
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }
}

/** A client that speaks raw envelopes. */
export class Client {
  readonly who: Person
  readonly address: Address
  readonly socket: WebSocket
  readonly #stage: Stage
  readonly #inbox: Envelope[] = []
  #wake: (() => void) | null = null
  #isClosed = false
  #lastUid = 0

  constructor(stage: Stage, who: Person, socket: WebSocket, session: string | undefined) {
    this.#stage = stage
    this.who = who
    this.socket = socket
    this.address = { twin: who.twin, ...(session === undefined ? {} : { connection: session }) }
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(true)
      const decoded = decodeEnvelope(new Uint8Array(data as Buffer))
      if (!decoded.ok) expect.unreachable(decoded.reason)
      this.#inbox.push(decoded.value)
      this.#wake?.()
    })
    socket.on('close', () => {
      this.#isClosed = true
      this.#wake?.()
    })
    socket.on('error', () => undefined)
  }

  newUid(): string {
    this.#lastUid += 1
    return `${this.who.twin}-${this.address.connection ?? ''}-${this.#lastUid}`
  }

  /** A request as the real clients make it, signed, and encrypted when a receiver's key is given. */
  request(
    to: Address | undefined,
    options: Partial<Envelope> & {
      command?: string
      data?: string | null
      pk?: Uint8Array
      nonce?: Uint8Array
    } = {},
  ): Envelope {
    const { command = 'echo', data = '"hello"', pk, nonce, ...fields } = options
    const envelope: Envelope = {
      uid: this.newUid(),
      timestamp: BigInt(this.#stage.now),
      expiration: 60n,
      source: this.address,
      ...(to === undefined ? {} : { destination: to }),
      message: { kind: 'request', command },
      schema: 'application/json',
      ...(data === null
        ? {}
        : { payload: { kind: 'plain', bytes: new TextEncoder().encode(data) } as const }),
      relays: [],
      ...fields,
    }
    const { pair, secret } = this.who
    const encryption =
      pk === undefined
        ? {}
        : { encryption: { secret, publicKey: pk, nonce: nonce ?? new Uint8Array(12) } }
    return sealEnvelope(envelope, { pair, ...encryption })
  }

  send(envelope: Envelope): string {
    this.socket.send(encodeEnvelope(envelope))
    return envelope.uid
  }

  /** The next envelope that comes. */
  async next(): Promise<Envelope> {
    while (this.#inbox.length === 0) {
      if (this.#isClosed) expect.unreachable('the relay closed the connection')
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    return this.#inbox.shift()!
  }

  /** What has come before the pong to a ping that is sent now: all that the relay had to say by then. */
  async saidBeforePong(): Promise<Envelope[]> {
    const uid = this.ping()
    const said: Envelope[] = []
    for (;;) {
      const envelope = await this.next()
      if (envelope.uid === uid && envelope.message?.kind === 'pong') return said
      said.push(envelope)
    }
  }

  ping(): string {
    return this.send({
      uid: this.newUid(),
      tags: '',
      timestamp: BigInt(this.#stage.now),
      expiration: 40n,
      source: this.address,
      destination: { twin: 0 },
      message: { kind: 'ping' },
      signature: new Uint8Array(),
      schema: 'application/json',
      relays: [],
    })
  }

  /** Verifies and decrypts as a peer would, and gives the text of the payload. */
  open(envelope: Envelope): string {
    const opened = openEnvelope(envelope, {
      now: BigInt(this.#stage.now),
      secret: this.who.secret,
      sender: id => {
        const twin = this.#stage.twins.get(id)
        if (!twin) return undefined
        const account = fromHex(twin.account)
        return twin.pk === null ? { account } : { account, publicKey: twin.pk }
      },
    })
    if (!opened.ok) expect.unreachable(opened.error.message)
    return new TextDecoder().decode(opened.envelope.payload?.bytes)
  }

  /** Waits for the end of the connection; the code of it. */
  ended(): Promise<number> {
    return new Promise(resolve => {
      this.socket.once('close', code => resolve(code))
    })
  }
}

/** An HTTP request and its whole answer. */
export function fetchRaw(
  port: number,
  options: { path: string; method?: string; headers?: Record<string, string>; body?: Uint8Array },
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  const { path, method = 'GET', headers = {}, body } = options
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, method, headers })
    request.on('response', response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode!,
          body: Buffer.concat(chunks).toString(),
          headers: response.headers,
        }),
      )
    })
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ status: response.statusCode!, body: '', headers: response.headers })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** The headers of a WebSocket handshake. */
export const upgradeHeaders = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
