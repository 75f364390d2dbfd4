// What the bus needs of a Redis, the same over our own engine and over a connection to a real server.

import type { RedisEngine } from './engine.ts'
import { argumentBytes, asBuffer, noArray, type RedisArg, type Reply } from './resp.ts'

/** Where a Redis did not do what it was asked. */
export type RedisFaultKind =
  /** It answered an error. */
  | 'refused'
  /** It cannot be reached, or the connection broke before the answer. */
  | 'unreachable'
  /** The store was closed. */
  | 'closed'
  /** It answered something else than the command's kind of reply. */
  | 'unexpected'

/** A command that failed. */
export class RedisFault extends Error {
  readonly kind: RedisFaultKind

  constructor(kind: RedisFaultKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'RedisFault'
    this.kind = kind
  }
}

/** Carries commands to a Redis. An error reply rejects with a {@link RedisFault}. */
export interface RedisLink {
  call(...args: RedisArg[]): Promise<Reply>
  /** A command that may wait at the server for so many seconds (0: for ever). */
  wait(seconds: number, ...args: RedisArg[]): Promise<Reply>
  close(): Promise<void>
}

/** Which end of a list. */
type ListEnd = 'head' | 'tail'

/** An item and the list that it came from. */
export interface Popped {
  readonly list: string
  readonly item: Buffer
}

/** The commands of Redis that the bus uses. All reject with a {@link RedisFault} when they fail. */
export interface RedisStore {
  /** LPUSH or RPUSH; the new length. */
  push(list: string, item: RedisArg, end?: ListEnd): Promise<number>
  /** LTRIM. */
  trim(list: string, start: number, stop: number): Promise<void>
  /** LRANGE. */
  range(list: string, start: number, stop: number): Promise<Buffer[]>
  /** LLEN. */
  length(list: string): Promise<number>
  /** BLPOP or BRPOP; null when nothing came for so many seconds (0: waits for ever). */
  pop(lists: readonly string[], options: { end: ListEnd; seconds: number }): Promise<Popped | null>
  get(key: string): Promise<Buffer | null>
  /** SET, or SETEX with a life. */
  set(key: string, value: RedisArg, options?: { lifeSeconds: number }): Promise<void>
  delete(...keys: string[]): Promise<number>
  expire(key: string, seconds: number): Promise<boolean>
  /** INCR. */
  increment(key: string): Promise<bigint>
  /** HSET of one field. */
  setField(key: string, field: string, value: RedisArg): Promise<void>
  /** HGET. */
  field(key: string, field: string): Promise<Buffer | null>
  /** HGETALL. */
  fields(key: string): Promise<Map<string, Buffer>>
  /** HDEL of one field; whether it was there. */
  deleteField(key: string, field: string): Promise<boolean>
  /** Ends it: what waits rejects with a fault of kind `closed`. */
  close(): Promise<void>
}

/** The store over a link. */
export function redisStore(link: RedisLink): RedisStore {
  return {
    push: async (list, item, end = 'head') =>
      Number(integerOf(await link.call(end === 'head' ? 'LPUSH' : 'RPUSH', list, item))),
    trim: async (list, start, stop) => {
      await link.call('LTRIM', list, start, stop)
    },
    range: async (list, start, stop) => bytesOf(await link.call('LRANGE', list, start, stop)),
    length: async list => Number(integerOf(await link.call('LLEN', list))),
    pop: async (lists, { end, seconds }) => {
      const command = end === 'head' ? 'BLPOP' : 'BRPOP'
      const reply = await link.wait(seconds, command, ...lists, seconds)
      if (reply.type === 'nullArray' || reply.type === 'null') return null
      const [list, item] = bytesOf(reply)
      if (list === undefined || item === undefined) return unexpected(reply)
      return { list: list.toString('utf8'), item }
    },
    get: async key => maybeBytes(await link.call('GET', key)),
    set: async (key, value, options) => {
      if (options) await link.call('SETEX', key, options.lifeSeconds, value)
      else await link.call('SET', key, value)
    },
    delete: async (...keys) => Number(integerOf(await link.call('DEL', ...keys))),
    expire: async (key, seconds) => integerOf(await link.call('EXPIRE', key, seconds)) === 1n,
    increment: async key => integerOf(await link.call('INCR', key)),
    setField: async (key, field, value) => {
      await link.call('HSET', key, field, value)
    },
    field: async (key, field) => maybeBytes(await link.call('HGET', key, field)),
    fields: async key => {
      const reply = await link.call('HGETALL', key)
      const flat = reply.type === 'map' ? reply.entries.flat() : itemsOf(reply)
      const found = new Map<string, Buffer>()
      for (let i = 0; i + 1 < flat.length; i += 2) {
        found.set(bulkOf(flat[i]!).toString('utf8'), bulkOf(flat[i + 1]!))
      }
      return found
    },
    deleteField: async (key, field) => integerOf(await link.call('HDEL', key, field)) === 1n,
    close: () => link.close(),
  }
}

function unexpected(reply: Reply): never {
  throw new RedisFault('unexpected', `Redis answered a reply of type ${reply.type}`)
}

function integerOf(reply: Reply): bigint {
  return reply.type === 'integer' ? reply.value : unexpected(reply)
}

function bulkOf(reply: Reply): Buffer {
  return reply.type === 'bulk' ? reply.bytes : unexpected(reply)
}

function maybeBytes(reply: Reply): Buffer | null {
  return reply.type === 'null' ? null : bulkOf(reply)
}

function itemsOf(reply: Reply): readonly Reply[] {
  return reply.type === 'array' ? reply.items : unexpected(reply)
}

function bytesOf(reply: Reply): Buffer[] {
  return itemsOf(reply).map(bulkOf)
}

/** A link to an engine of this process. */
export function embeddedLink(engine: RedisEngine): RedisLink {
  const waits = new Set<() => void>()
  let isClosed = false
  const run = (args: readonly RedisArg[]): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (isClosed) {
        reject(closedFault())
        return
      }
      const session = engine.open({ isTrusted: true })
      const stop = (): void => {
        session.close()
        reject(closedFault())
      }
      waits.add(stop)
      // The engine keeps what it is given, and a caller may write to its bytes again.
      const words = args.map(arg => Buffer.from(argumentBytes(arg)))
      session.execute(words, reply => {
        waits.delete(stop)
        session.close()
        if (reply.type === 'error') reject(new RedisFault('refused', reply.text))
        else resolve(copied(reply))
      })
    })
  return {
    call: (...args) => run(args),
    wait: (_seconds, ...args) => run(args),
    close: async () => {
      isClosed = true
      for (const stop of waits) stop()
      waits.clear()
    },
  }
}

export const closedFault = (): RedisFault => new RedisFault('closed', 'the Redis store was closed')

/** What the engine holds is its own: a caller gets bytes that it may keep and change. */
function copied(reply: Reply): Reply {
  switch (reply.type) {
    case 'bulk':
      return { type: 'bulk', bytes: Buffer.from(asBuffer(reply.bytes)) }
    case 'array':
      return { type: 'array', items: reply.items.map(copied) }
    case 'map':
      return { type: 'map', entries: reply.entries.map(([a, b]) => [copied(a), copied(b)]) }
    case 'nullArray':
      return noArray
    default:
      return reply
  }
}
