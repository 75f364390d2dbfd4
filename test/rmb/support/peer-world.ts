// A peer with its Redis, its relay, and a service behind another twin, for tests.

import { randomBytes } from 'node:crypto'
import { RmbClient, type RmbRequest } from '../../../src/rmb/client/client.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope } from '../../../src/rmb/envelope.ts'
import { type PeerEvent, type PeerOptions, RmbPeer } from '../../../src/rmb/peer/peer.ts'
import { RedisEngine } from '../../../src/rmb/redis/engine.ts'
import { startRedisServer } from '../../../src/rmb/redis/server.ts'
import { embeddedLink, redisStore } from '../../../src/rmb/redis/store.ts'
import type { Outcome } from '../../../src/rmb/replies.ts'
import { openEnvelope, sealEnvelope } from '../../../src/rmb/sealing.ts'
import { RespClient } from './resp-client.ts'
import { startStubRelay } from './stub-relay.ts'
import { makeTwin, TestChain } from './twins.ts'
import { until } from './until.ts'

/** The peer's twin, and that of the service. */
export const own = makeTwin(10)
export const other = makeTwin(20)
/** A twin that publishes no key, and one whose keys are sr25519. */
export const keyless = makeTwin(30)
export const schnorr = makeTwin(40, 'sr25519')

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)
export const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** What a world is made with. */
export interface WorldOptions extends Partial<PeerOptions> {
  readonly without?: number[]
  readonly engine?: RedisEngine
}

/** Everything that a test of a peer needs; closed by `close`. */
export async function startPeerWorld(options: WorldOptions = {}) {
  const chain = new TestChain([own, other, keyless, schnorr], {
    own,
    without: options.without ?? [30],
  })
  const relay = await startStubRelay(chain.accountOf)
  const engine = options.engine ?? new RedisEngine()
  const server = await startRedisServer({ port: 0, engine })
  const redis = await RespClient.open(server.port)
  const events: PeerEvent[] = []
  const peer = await RmbPeer.start({
    twin: own.id,
    pair: own.pair,
    secret: own.secret,
    twins: chain,
    relays: [relay.url],
    store: redisStore(embeddedLink(engine)),
    pace: { reconnectMs: 5, socketMs: 20, passMs: 20, redisMs: 20 },
    onEvent: event => events.push(event),
    ...options,
  })
  const requests: RmbRequest[] = []
  let service: RmbClient | null = null
  return {
    chain,
    relay,
    engine,
    server,
    redis,
    peer,
    events,
    /** What the service was asked. */
    requests,
    /** Starts the service behind twin 20. */
    async serve(answer: (request: RmbRequest) => Outcome = echo): Promise<RmbClient> {
      service = new RmbClient({
        url: relay.url,
        twin: other.id,
        pair: other.pair,
        twins: chain,
        onRequest: async request => {
          requests.push(request)
          return answer(request)
        },
      })
      await relay.connected('20')
      return service
    },
    /** Puts a message on a list, as local programs do. */
    async push(message: unknown, list = 'msgbus.system.local'): Promise<void> {
      const bytes = message instanceof Buffer ? message : JSON.stringify(message)
      await redis.send('LPUSH', list, bytes as string)
    },
    /** Waits for the reason why the peer dropped something. */
    async dropped(): Promise<string> {
      const find = () => events.find(({ type }) => type === 'dropped')
      await until('the peer dropped something', () => find() !== undefined)
      const found = find()!
      events.splice(events.indexOf(found), 1)
      return found.type === 'dropped' ? found.reason : ''
    },
    /** Waits for the n-th frame that the peer sent, and opens it as its receiver does. */
    async sent(index = 0): Promise<{ sealed: Envelope; opened: Envelope }> {
      await until('the peer sent something', () => (relay.frames.get('10')?.length ?? 0) > index)
      const decoded = decodeEnvelope(relay.frames.get('10')![index]!)
      if (!decoded.ok) throw new Error(decoded.reason)
      const receiver = [other, keyless, schnorr].find(
        ({ id }) => id === decoded.value.destination?.twin,
      )
      const opened = openEnvelope(decoded.value, {
        now: BigInt(nowSeconds()),
        secret: (receiver ?? other).secret,
        sender: () => ({ account: own.pair.publicKey, publicKey: own.publicKey }),
      })
      if (!opened.ok) throw new Error(opened.error.message)
      return { sealed: decoded.value, opened: opened.envelope }
    },
    async close(): Promise<void> {
      await service?.close()
      await peer.close()
      await redis.close()
      await server.close()
      await relay.close()
    },
  }
}

/** A world of a peer. */
export type PeerWorld = Awaited<ReturnType<typeof startPeerWorld>>

/** Answers what it got. */
function echo({ payload }: RmbRequest): Outcome {
  return { ok: true, payload }
}

/** A request as local programs make it. */
export function localRequest(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    ver: 1,
    ref: 'my reference',
    cmd: 'echo',
    exp: 60,
    dat: base64('"hello"'),
    tag: null,
    dst: [20],
    ret: 'answers',
    shm: 'application/json',
    now: nowSeconds(),
    ...change,
  }
}

/** An envelope of twin 20 for the peer, sealed as it should be, then changed. */
export function fromOther(change: Partial<Envelope> = {}, after: Partial<Envelope> = {}): Buffer {
  const envelope: Envelope = {
    uid: 'uid-1',
    timestamp: BigInt(nowSeconds()),
    expiration: 60n,
    source: { twin: other.id },
    destination: { twin: own.id },
    message: { kind: 'request', command: 'echo' },
    schema: 'application/json',
    payload: { kind: 'plain', bytes: Buffer.from('"hello"') },
    relays: [],
    ...change,
  }
  const encryption = { secret: other.secret, publicKey: own.publicKey, nonce: randomBytes(12) }
  return Buffer.from(
    encodeEnvelope({ ...sealEnvelope(envelope, { pair: other.pair, encryption }), ...after }),
  )
}
