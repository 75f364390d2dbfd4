// A link to a real Redis server: one connection for commands, one for each wait, made anew when they break.

import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { asError, invariant } from '../../kernel/errors.ts'
import { encodeCommand, type RedisArg, type Reply, ReplyParser } from './resp.ts'
import { closedFault, RedisFault, type RedisLink } from './store.ts'

/** Where a Redis is, as its URL says. */
export interface RedisPlace {
  readonly connect: NetConnectOpts
  /** What to say first. */
  readonly greeting: readonly (readonly string[])[]
}

const DEFAULT_PORT = 6379

/**
 * Reads `redis://[[user]:password@]host[:port][/database]`, `tcp://...` or `unix:///path`; `undefined` for
 * anything else. As with the Go clients, a user without a password is the password.
 */
export function parseRedisUrl(text: string): RedisPlace | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const credentials = [url.username, url.password].map(decodeURIComponent).filter(Boolean)
  const greeting = credentials.length > 0 ? [['AUTH', ...credentials]] : []
  if (url.protocol === 'unix:') return { connect: { path: url.pathname }, greeting }
  if (url.protocol !== 'redis:' && url.protocol !== 'tcp:') return undefined
  const database = /^\/?([0-9]*)\/?$/.exec(url.pathname)?.[1]
  if (database === undefined) return undefined
  if (database !== '' && database !== '0') greeting.push(['SELECT', database])
  const host = url.hostname.replace(/^\[|\]$/g, '') || 'localhost'
  return { connect: { host, port: Number(url.port || DEFAULT_PORT) }, greeting }
}

/** How patient a link is, in ms. */
export interface RedisPatience {
  /** For a connection, greeting included. */
  readonly connectMs: number
  /** For the answer to a command; waits get this on top of their own time. */
  readonly answerMs: number
}

const defaultPatience: RedisPatience = { connectMs: 5000, answerMs: 10_000 }

/** Connections that wait at a time, and commands under way on one connection. */
const MAX_WAITS = 16
const MAX_PENDING = 10_000

interface Pending {
  resolve(reply: Reply): void
  reject(fault: RedisFault): void
}

/** One connection; it breaks once and for all. */
class Connection {
  readonly #socket: Socket
  readonly #parser = new ReplyParser()
  readonly #pending: Pending[] = []
  #broken: RedisFault | null = null

  constructor(place: RedisPlace, onBroken: () => void) {
    this.#socket = connect(place.connect)
    this.#socket.setNoDelay(true)
    this.#socket.setKeepAlive(true, 15_000)
    this.#socket.on('data', chunk => this.#read(chunk))
    this.#socket.on('error', cause => this.break(unreachable(cause)))
    this.#socket.on('close', () => {
      this.break(unreachable('the connection was closed'))
      onBroken()
    })
  }

  get isBroken(): boolean {
    return this.#broken !== null
  }

  call(args: readonly RedisArg[], patienceMs: number | null): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(this.#broken)
        return
      }
      if (this.#pending.length >= MAX_PENDING) {
        reject(unreachable('too many commands are under way'))
        return
      }
      const timer =
        patienceMs === null
          ? undefined
          : setTimeout(() => this.break(unreachable('no answer came in time')), patienceMs)
      this.#pending.push({
        resolve: reply => {
          clearTimeout(timer)
          if (reply.type === 'error') reject(new RedisFault('refused', reply.text))
          else resolve(reply)
        },
        reject: fault => {
          clearTimeout(timer)
          reject(fault)
        },
      })
      this.#socket.write(encodeCommand(args))
    })
  }

  break(fault: RedisFault): void {
    if (this.#broken) return
    this.#broken = fault
    this.#socket.destroy()
    for (const pending of this.#pending.splice(0)) pending.reject(fault)
  }

  #read(chunk: Buffer): void {
    this.#parser.push(chunk)
    try {
      for (let reply = this.#parser.next(); reply; reply = this.#parser.next()) {
        const pending = this.#pending.shift()
        if (!pending) throw new RedisFault('unexpected', 'Redis answered what nobody asked')
        pending.resolve(reply)
      }
    } catch (cause) {
      this.break(new RedisFault('unexpected', asError(cause).message, { cause }))
    }
  }
}

function unreachable(cause: Error | string): RedisFault {
  if (typeof cause === 'string') return new RedisFault('unreachable', `Redis: ${cause}`)
  return new RedisFault('unreachable', `Redis cannot be reached: ${cause.message}`, { cause })
}

/**
 * A link to a Redis server. Nothing is sent twice: a command whose connection breaks before the answer
 * rejects, and the next one connects anew.
 */
export function remoteLink(place: RedisPlace, patience: Partial<RedisPatience> = {}): RedisLink {
  const { connectMs, answerMs } = { ...defaultPatience, ...patience }
  const connections = new Set<Connection>()
  const idle: Connection[] = []
  let main: Promise<Connection> | null = null
  let waits = 0
  let isClosed = false

  const open = async (): Promise<Connection> => {
    if (isClosed) throw closedFault()
    const connection = new Connection(place, () => connections.delete(connection))
    connections.add(connection)
    // PING shows that somebody is there who speaks the protocol.
    for (const words of [...place.greeting, ['PING']]) {
      try {
        await connection.call(words, connectMs)
      } catch (cause) {
        connection.break(closedFault())
        throw cause
      }
    }
    return connection
  }

  const mainConnection = async (): Promise<Connection> => {
    const current = main
    if (current) {
      const connection = await current
      if (!connection.isBroken) return connection
      if (main !== current) return mainConnection()
    }
    const opening = open()
    main = opening
    opening.catch(() => {
      if (main === opening) main = null
    })
    return opening
  }

  const waitingConnection = async (): Promise<Connection> => {
    for (let found = idle.pop(); found; found = idle.pop()) if (!found.isBroken) return found
    return open()
  }

  return {
    call: async (...args) => (await mainConnection()).call(args, answerMs),
    wait: async (seconds, ...args) => {
      invariant(waits < MAX_WAITS, 'few parts of a peer wait for lists at a time')
      waits += 1
      let connection: Connection | undefined
      try {
        connection = await waitingConnection()
        return await connection.call(args, seconds === 0 ? null : seconds * 1000 + answerMs)
      } finally {
        waits -= 1
        if (connection && !connection.isBroken) idle.push(connection)
      }
    },
    close: async () => {
      isClosed = true
      for (const connection of connections) connection.break(closedFault())
    },
  }
}
