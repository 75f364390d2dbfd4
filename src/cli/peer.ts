// `pocketgrid peer`: an rmb-peer for the programs of this machine that talk to the bus through a Redis.

import { asError, GridError, gridError } from '../kernel/errors.ts'
import type { ConnectionProblem } from '../rmb/client/connection.ts'
import type { PeerEvent, RmbPeer } from '../rmb/peer/peer.ts'
import {
  type PeerKeys,
  PeerStartFault,
  peerKeys,
  startFaults,
  startPeer,
} from '../rmb/peer/start.ts'
import { RedisEngine } from '../rmb/redis/engine.ts'
import { parseRedisUrl, remoteLink } from '../rmb/redis/remote.ts'
import { redisHost, startRedisServer } from '../rmb/redis/server.ts'
import { embeddedLink, type RedisStore, redisStore } from '../rmb/redis/store.ts'
import { ChainFault, RpcPeerChain } from './peer-chain.ts'

/** The options of the command, as they were written. */
export interface PeerCommandOptions {
  mnemonic: string
  keyType?: 'sr25519' | 'ed25519'
  relay: string[]
  substrate: string[]
  /** `embedded`, or the URL of a Redis; by default `redis://localhost:6379`. */
  redis?: string
  redisPort?: number
  /** False for `--no-update`. */
  update?: boolean
  legacyHttp?: number
  /** `twin=address`. */
  legacyAddress?: string[]
  json?: boolean
  quiet?: boolean
}

/** What the command prints with `--json`. */
interface PeerInfo {
  readonly twin: number
  readonly relays: readonly string[]
  /** URL of the Redis. */
  readonly redis: string
  /** Port of the old bus; null without it. */
  readonly legacyPort: number | null
}

/** A running peer and what it was given. */
export interface RunningPeer {
  readonly info: PeerInfo
  readonly peer: RmbPeer
  close(): Promise<void>
}

/** The Redis that programs expect (`rmb-rs: src/bins/rmb-peer.rs`). */
const defaultRedis = 'redis://localhost:6379'
const defaultRedisPort = 6379

/** Starts a peer and resolves when it works; SIGINT and SIGTERM end it with status 0. */
export async function peer(options: PeerCommandOptions): Promise<void> {
  const log = options.quiet ? () => undefined : (line: string) => process.stderr.write(`${line}\n`)
  const running = await runPeer(options, event => {
    const line = lineOf(event)
    if (line !== undefined) log(line)
  })
  let isEnding = false
  const end = (): void => {
    if (isEnding) return
    isEnding = true
    running.close().then(
      () => process.exit(0),
      cause => {
        process.stderr.write(`${asError(cause).stack}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  const { info } = running
  if (options.json) process.stdout.write(`${JSON.stringify(info)}\n`)
  else if (!options.quiet) process.stdout.write(banner(info))
}

/** Starts a peer with everything that it needs. */
export async function runPeer(
  options: PeerCommandOptions,
  onEvent?: (event: PeerEvent) => void,
): Promise<RunningPeer> {
  const keys = keysOf(options)
  const addresses = new Map((options.legacyAddress ?? []).map(addressOf))
  const chain = new RpcPeerChain({ urls: options.substrate, pair: keys.pair })
  let redis: OpenRedis | undefined
  try {
    redis = await openRedis(options)
    const started = await startPeer({
      keys,
      chain,
      relays: options.relay,
      store: redis.store,
      updatesTwin: options.update ?? true,
      legacy: {
        addresses,
        ...(options.legacyHttp === undefined ? {} : { port: options.legacyHttp }),
      },
      ...(onEvent ? { onEvent } : {}),
    })
    const opened = redis
    return {
      peer: started,
      info: {
        twin: started.twin,
        relays: options.relay,
        redis: opened.url,
        legacyPort: started.legacyPort,
      },
      async close() {
        await started.close()
        await Promise.all([opened.close(), chain.close()])
      },
    }
  } catch (cause) {
    await Promise.all([redis?.store.close(), redis?.close(), chain.close()])
    throw userError(cause)
  }
}

function keysOf({ mnemonic, keyType }: PeerCommandOptions): PeerKeys {
  try {
    return peerKeys(mnemonic, keyType)
  } catch (cause) {
    throw gridError('GRID_ACCOUNT_INVALID', { cause })
  }
}

function addressOf(text: string): [number, string] {
  const match = /^([1-9][0-9]{0,9})=(\S+)$/.exec(text)
  if (!match) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `'${text}' is no address of a twin of the old bus`,
      hint: 'Write the twin and where it is: 7=127.0.0.1:8051.',
    })
  }
  return [Number(match[1]), match[2]!]
}

interface OpenRedis {
  readonly store: RedisStore
  readonly url: string
  close(): Promise<void>
}

async function openRedis(options: PeerCommandOptions): Promise<OpenRedis> {
  const { redis = defaultRedis, redisPort = defaultRedisPort } = options
  if (redis === 'embedded') {
    const server = await startRedisServer({ port: redisPort, engine: new RedisEngine() })
    const store = redisStore(embeddedLink(server.engine))
    return { store, url: `redis://${redisHost}:${server.port}`, close: () => server.close() }
  }
  const place = parseRedisUrl(redis)
  if (!place) {
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `'${redis}' is no URL of a Redis`,
      hint: 'Write redis://host:port, unix:///path, or embedded.',
    })
  }
  const store = redisStore(remoteLink(place))
  try {
    // Whoever starts a peer should hear at once that nobody is there.
    await store.length('msgbus.system.local')
  } catch (cause) {
    await store.close()
    throw gridError('GRID_CONFIG_INVALID', {
      detail: `${redis}: ${asError(cause).message}`,
      hint: 'Start a Redis there, or let the peer serve one: --redis embedded.',
      cause,
    })
  }
  return { store, url: redis, close: async () => undefined }
}

/** Faults of what the user gave, as errors that the user can act on. */
function userError(cause: unknown): Error {
  if (cause instanceof GridError) return cause
  if (cause instanceof PeerStartFault) {
    const { message } = cause
    if (message === startFaults.noTwin) {
      return gridError('GRID_ACCOUNT_INVALID', {
        detail: message,
        hint: 'Use the phrase of an account that has a twin on this chain, and its key type.',
        cause,
      })
    }
    return gridError('GRID_CONFIG_INVALID', { detail: message, cause })
  }
  if (cause instanceof ChainFault) {
    const { message } = cause
    if (!cause.isPassing) return gridError('GRID_CHAIN_REFUSED', { detail: message, cause })
    const hint = 'Look at --substrate: a chain has to answer there.'
    return gridError('GRID_CONFIG_INVALID', { detail: message, hint, cause })
  }
  return asError(cause)
}

/** What a person reads after a start. */
function banner(info: PeerInfo): string {
  const lines = [
    '',
    `  Peer of twin ${info.twin}`,
    '',
    `    redis     ${info.redis}`,
    ...info.relays.map(relay => `    relay     ${relay}`),
    ...(info.legacyPort === null ? [] : [`    old bus   http://127.0.0.1:${info.legacyPort}`]),
    '',
    '  Programs push to msgbus.system.local. Ctrl-C ends it.',
    '',
  ]
  return `${lines.join('\n')}\n`
}

/** A line for the log; nothing for what goes well. */
function lineOf(event: PeerEvent): string | undefined {
  switch (event.type) {
    case 'sent':
    case 'delivered':
      return undefined
    case 'connected':
      return `connected to ${event.url}`
    case 'connection':
      return `${event.url}: ${problemText(event.problem)}`
    case 'undeliverable':
      return `${event.uid} was not sent: ${event.error.message}`
    case 'dropped':
      return `${event.uid === '' ? 'a message' : event.uid} was dropped: ${event.reason}`
    case 'redis':
      return event.text
  }
}

function problemText(problem: ConnectionProblem): string {
  switch (problem.type) {
    case 'refused':
      return `refused with ${problem.status}: ${problem.text}`
    case 'unreachable':
      return problem.text
    case 'closed':
      return `closed with ${problem.code}`
    case 'silent':
      return 'nothing was heard for too long'
    case 'text':
      return 'a frame was no envelope'
  }
}
