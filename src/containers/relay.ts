// A relay of the message bus in a container, with the Redis in which it keeps what waits.

import { connect } from 'node:net'
import { type Started, startContainer } from './engine.ts'

/** The image of the relay. */
export const relayImage = 'ghcr.io/threefoldtech/rmb-relay'

/** The image of its Redis. */
export const redisImage = 'redis:7-alpine'

const relayPort = 8080
const redisPort = 6379

const relayPatienceMs = 60_000
const redisPatienceMs = 30_000

/** The name by which twins name a relay in a container: the chain takes no ports in it. */
export const containerRelayDomain = 'localhost'

/** Starts a Redis and a relay, and resolves when the relay answers. Fails as `startContainer` does. */
export async function startRelay(options: {
  readonly image?: string | undefined
  readonly redisImage?: string | undefined
  /** The chain as this machine reaches it, or a container when it is one. */
  readonly chain: string | Started
  readonly onEnd: (error: Error) => void
}): Promise<Started> {
  const { image = relayImage, redisImage: itsRedis = redisImage, chain, onEnd } = options
  const redis = await startContainer({
    part: 'Redis of the relay',
    image: itsRedis,
    command: ['redis-server', '--save', '', '--appendonly', 'no'],
    port: redisPort,
    isUp: ({ host, port }) => answersPing(host, port),
    patienceMs: redisPatienceMs,
    onEnd,
  })
  try {
    const relay = await startContainer({
      part: 'relay',
      image,
      entrypoint: ['rmb-relay'],
      command: [
        ...['--domain', containerRelayDomain],
        ...['--redis', `redis://${redis.ip}:${redisPort}`],
        ...['--substrate', fromInside(chain)],
        ...['--listen', `0.0.0.0:${relayPort}`],
        // Two hundred users each are more than a test has.
        ...['--workers', '50', '--user-per-worker', '1000'],
      ],
      port: relayPort,
      isUp: ({ host, port }) => isServed(`http://${host}:${port}/metrics`),
      patienceMs: relayPatienceMs,
      onEnd,
    })
    return {
      ...relay,
      async close() {
        await relay.close()
        await redis.close()
      },
    }
  } catch (cause) {
    await redis.close()
    throw cause
  }
}

/** The URL of the chain for a container: what is on this machine is elsewhere to it. */
function fromInside(chain: string | Started): string {
  if (typeof chain !== 'string') return `ws://${chain.ip}:9944`
  const url = new URL(chain)
  if (['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)) {
    url.hostname = 'host.docker.internal'
  }
  return url.href
}

async function isServed(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

function answersPing(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port })
    const end = (isUp: boolean): void => {
      socket.destroy()
      resolve(isUp)
    }
    socket.setTimeout(2_000, () => end(false))
    socket.once('connect', () => socket.write('*1\r\n$4\r\nPING\r\n'))
    socket.once('data', data => end(data.toString().startsWith('+PONG')))
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
  })
}
