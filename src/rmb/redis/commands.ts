// The commands of the embedded Redis server, one entry each; texts of errors are those of Redis 7.

import { byteStringToBytes } from '../../crypto/hex.ts'
import { globMatcher } from './internal/glob.ts'
import { costOf, type Keyspace, keyOf, type RedisValue, type ValueType } from './keyspace.ts'
import { array, asBuffer, bulk, error, integer, noArray, nothing, ok, type Reply } from './resp.ts'

/** A pop that found nothing and may wait. */
export interface Blocked {
  readonly type: 'blocked'
  readonly keys: readonly string[]
  readonly side: 'head' | 'tail'
  /** ms; 0 for ever. */
  readonly timeoutMs: number
}

/** A command of the keyspace. */
export interface Command {
  /** How many words it has, its name included; at least so many when negative. */
  readonly arity: number
  /** Whether it may need more memory, and is refused when there is none. */
  readonly mayGrow?: boolean
  run(keyspace: Keyspace, args: readonly Buffer[]): Reply | Blocked
}

/** The errors that several commands answer. */
export const redisErrors = {
  wrongType: 'WRONGTYPE Operation against a key holding the wrong kind of value',
  notInteger: 'ERR value is not an integer or out of range',
  notPositive: 'ERR value is out of range, must be positive',
  overflow: 'ERR increment or decrement would overflow',
  syntax: 'ERR syntax error',
  outOfMemory: "OOM command not allowed when used memory > 'maxmemory'.",
  noAuth: 'NOAUTH Authentication required.',
  wrongPassword: 'WRONGPASS invalid username-password pair or user is disabled.',
  noPassword:
    'ERR AUTH <password> called without any password configured for the default user. ' +
    'Are you sure your configuration is correct?',
  helloFirst:
    'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> ' +
    'AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol ' +
    'version at the same time',
  protocolNotInteger: 'ERR Protocol version is not an integer or out of range',
  protocolVersion: 'NOPROTO unsupported protocol version',
  databaseIndex: 'ERR DB index is out of range',
  timeoutNotFloat: 'ERR timeout is not a float or out of range',
  timeoutNegative: 'ERR timeout is negative',
  tooManyLists: 'ERR too many lists to wait for',
  nestedMulti: 'ERR MULTI calls can not be nested',
  execWithoutMulti: 'ERR EXEC without MULTI',
  discardWithoutMulti: 'ERR DISCARD without MULTI',
  execAborted: 'EXECABORT Transaction discarded because of previous errors.',
  tooManyClients: 'ERR max number of clients reached',
  wrongArity: (name: string) => `ERR wrong number of arguments for '${name}' command`,
  invalidExpire: (name: string) => `ERR invalid expire time in '${name}' command`,
  unknownCommand(args: readonly Buffer[]): string {
    const [name, ...rest] = args.map(arg => arg.toString('utf8').slice(0, 128))
    const quoted = rest.map(arg => `'${arg}' `).join('')
    return `ERR unknown command '${name}', with args beginning with: ${quoted.slice(0, 128)}`
  },
  unknownSubcommand: (name: string, command: string) =>
    `ERR unknown subcommand '${name}'. Try ${command} HELP.`,
} as const

/** Thrown inside a command to answer an error. */
class Refusal extends Error {}

const refuse = (text: string): never => {
  throw new Refusal(text)
}

/** Runs a command whose number of words is right. */
export function runCommand(
  command: Command,
  keyspace: Keyspace,
  args: readonly Buffer[],
): Reply | Blocked {
  if (command.mayGrow) {
    if (!keyspace.hasRoomFor(costOf(args))) return error(redisErrors.outOfMemory)
  }
  try {
    return command.run(keyspace, args)
  } catch (cause) {
    if (cause instanceof Refusal) return error(cause.message)
    throw cause
  }
}

type ValueOfType<T extends ValueType> = Extract<RedisValue, { type: T }>

function read<T extends ValueType>(
  keyspace: Keyspace,
  key: Buffer,
  type: T,
): ValueOfType<T> | undefined {
  const value = keyspace.get(keyOf(key))
  if (value !== undefined && value.type !== type) refuse(redisErrors.wrongType)
  return value as ValueOfType<T> | undefined
}

const I64_MAX = 2n ** 63n - 1n
const I64_MIN = -(2n ** 63n)

function i64Of(bytes: Buffer, otherwise: string = redisErrors.notInteger): bigint {
  const text = bytes.toString('latin1')
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) refuse(otherwise)
  const value = BigInt(text)
  if (value > I64_MAX || value < I64_MIN) refuse(otherwise)
  return value
}

/** An index into a list; clamped, since no list is that long. */
function indexOf(bytes: Buffer): number {
  return Math.max(-0x1_0000_0000, Math.min(0x1_0000_0000, Number(i64Of(bytes))))
}

/** The farthest time of death that a Date can tell, ms. */
const MAX_TIME = 8_640_000_000_000_000

/** When something dies that lives for so long from now. */
function deathAfter(
  keyspace: Keyspace,
  bytes: Buffer,
  options: { unitMs: number; command: string; positive: boolean },
): number {
  const amount = i64Of(bytes)
  if (options.positive && amount <= 0n) refuse(redisErrors.invalidExpire(options.command))
  const at = keyspace.now() + Number(amount) * options.unitMs
  if (Math.abs(at) > MAX_TIME) refuse(redisErrors.invalidExpire(options.command))
  return at
}

function push(side: 'head' | 'tail'): Command {
  return {
    arity: -3,
    mayGrow: true,
    run(keyspace, [, key, ...items]) {
      read(keyspace, key!, 'list')
      return integer(keyspace.push(keyOf(key!), side, items))
    },
  }
}

function pop(side: 'head' | 'tail', name: string): Command {
  return {
    arity: -2,
    run(keyspace, [, key, countArg, ...more]) {
      if (more.length > 0) refuse(redisErrors.wrongArity(name))
      const count = countArg === undefined ? undefined : i64Of(countArg, redisErrors.notPositive)
      if (count !== undefined && count < 0n) refuse(redisErrors.notPositive)
      const list = read(keyspace, key!, 'list')
      if (count === undefined) {
        const item = keyspace.pop(keyOf(key!), side)
        return item === undefined ? nothing : bulk(item)
      }
      if (!list) return noArray
      const items: Reply[] = []
      for (let left = count; left > 0n; left -= 1n) {
        const item = keyspace.pop(keyOf(key!), side)
        if (item === undefined) break
        items.push(bulk(item))
      }
      return array(items)
    },
  }
}

/** Lists that one client may wait for at a time. */
const MAX_WAITED = 1024

function blockingPop(side: 'head' | 'tail'): Command {
  return {
    arity: -3,
    run(keyspace, args) {
      const timeoutMs = timeoutOf(args.at(-1)!)
      const keys = args.slice(1, -1)
      if (keys.length > MAX_WAITED) refuse(redisErrors.tooManyLists)
      for (const key of keys) {
        if (!read(keyspace, key, 'list')) continue
        return popped(key, keyspace.pop(keyOf(key), side)!)
      }
      return { type: 'blocked', keys: keys.map(keyOf), side, timeoutMs }
    },
  }
}

/** The answer of a blocking pop: from which list, and what. */
export function popped(key: Uint8Array, item: Buffer): Reply {
  return array([bulk(key), bulk(item)])
}

function timeoutOf(bytes: Buffer): number {
  const text = bytes.toString('latin1')
  const seconds = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)
    ? Number(text)
    : Number.NaN
  const ms = Math.ceil(seconds * 1000)
  if (Number.isNaN(ms) || Math.abs(ms) > MAX_TIME) refuse(redisErrors.timeoutNotFloat)
  if (ms < 0) refuse(redisErrors.timeoutNegative)
  return ms
}

/** The places `start` to `stop` of a list of `size`, both counted from the end when negative. */
function rangeOf(size: number, start: number, stop: number): { from: number; to: number } {
  const from = Math.max(0, start < 0 ? size + start : start)
  const to = Math.min(size - 1, stop < 0 ? size + stop : stop)
  return { from, to }
}

function setWithLife(unitMs: number, command: string): Command {
  return {
    arity: 4,
    mayGrow: true,
    run(keyspace, [, key, life, value]) {
      const expiresAt = deathAfter(keyspace, life!, { unitMs, command, positive: true })
      keyspace.setString(keyOf(key!), value!, expiresAt)
      return ok
    },
  }
}

interface SetOptions {
  onlyIf: 'absent' | 'present' | null
  expiresAt: number | null
  keepsLife: boolean
  givesOld: boolean
}

function setOptionsOf(keyspace: Keyspace, words: readonly Buffer[]): SetOptions {
  const options: SetOptions = { onlyIf: null, expiresAt: null, keepsLife: false, givesOld: false }
  let life: { readonly word: string; readonly amount: Buffer } | null = null
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i]!.toString('latin1').toUpperCase()
    const amount = words[i + 1]
    if (word === 'GET') {
      options.givesOld = true
    } else if (word === 'NX' && options.onlyIf !== 'present') {
      options.onlyIf = 'absent'
    } else if (word === 'XX' && options.onlyIf !== 'absent') {
      options.onlyIf = 'present'
    } else if (word === 'KEEPTTL' && life === null) {
      options.keepsLife = true
    } else if (/^(?:EX|PX|EXAT|PXAT)$/.test(word) && amount && !life && !options.keepsLife) {
      life = { word, amount }
      i += 1
    } else {
      refuse(redisErrors.syntax)
    }
  }
  if (life) {
    const unitMs = life.word.startsWith('E') ? 1000 : 1
    const after = deathAfter(keyspace, life.amount, { unitMs, command: 'set', positive: true })
    options.expiresAt = life.word.endsWith('AT') ? after - keyspace.now() : after
  }
  return options
}

const set: Command = {
  arity: -3,
  mayGrow: true,
  run(keyspace, [, keyArg, value, ...words]) {
    const { onlyIf, expiresAt, keepsLife, givesOld } = setOptionsOf(keyspace, words)
    const key = keyOf(keyArg!)
    const old = givesOld ? read(keyspace, keyArg!, 'string') : undefined
    const isPresent = keyspace.get(key) !== undefined
    const isMet = onlyIf === null || isPresent === (onlyIf === 'present')
    if (isMet) {
      const kept = keepsLife ? (keyspace.expiryOf(key) ?? null) : null
      keyspace.setString(key, value!, expiresAt ?? kept)
    }
    if (givesOld) return old ? bulk(old.bytes) : nothing
    return isMet ? ok : nothing
  },
}

function expire(unitMs: number, command: string): Command {
  return {
    arity: -3,
    run(keyspace, [, keyArg, life, ...words]) {
      const unknown = words.find(word => !/^(?:NX|XX|GT|LT)$/i.test(word.toString('latin1')))
      if (unknown !== undefined) refuse(`ERR Unsupported option ${unknown.toString('utf8')}`)
      const at = deathAfter(keyspace, life!, { unitMs, command, positive: false })
      const flags = words.map(word => word.toString('latin1').toUpperCase())
      const key = keyOf(keyArg!)
      const now = keyspace.expiryOf(key)
      if (now === undefined) return integer(0)
      const isRefused =
        (flags.includes('NX') && now !== null) ||
        (flags.includes('XX') && now === null) ||
        (flags.includes('GT') && (now === null || at <= now)) ||
        (flags.includes('LT') && now !== null && at >= now)
      return integer(!isRefused && keyspace.expire(key, at) ? 1 : 0)
    },
  }
}

function timeToLive(unitMs: number): Command {
  return {
    arity: 2,
    run(keyspace, [, key]) {
      const at = keyspace.expiryOf(keyOf(key!))
      if (at === undefined) return integer(-2)
      if (at === null) return integer(-1)
      return integer(Math.round((at - keyspace.now()) / unitMs))
    },
  }
}

function increase(keyspace: Keyspace, key: Buffer, by: bigint): Reply {
  const value = read(keyspace, key, 'string')
  const sum = (value ? i64Of(value.bytes) : 0n) + by
  if (sum > I64_MAX || sum < I64_MIN) return error(redisErrors.overflow)
  keyspace.updateString(keyOf(key), Buffer.from(String(sum)))
  return integer(sum)
}

function count(keys: readonly Buffer[], test: (key: string) => boolean): Reply {
  return integer(keys.reduce((sum, key) => sum + (test(keyOf(key)) ? 1 : 0), 0))
}

const remove: Command = {
  arity: -2,
  run: (keyspace, [, ...keys]) => count(keys, key => keyspace.delete(key)),
}

const clear: Command = {
  arity: -1,
  run(keyspace, [, mode, ...more]) {
    const isMode = mode === undefined || /^(?:a?sync)$/i.test(mode.toString('latin1'))
    if (!isMode || more.length > 0) refuse(redisErrors.syntax)
    keyspace.clear()
    return ok
  },
}

/** The commands that work on keys, by lower-case name. */
export const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['lpush', push('head')],
  ['rpush', push('tail')],
  ['lpop', pop('head', 'lpop')],
  ['rpop', pop('tail', 'rpop')],
  ['blpop', blockingPop('head')],
  ['brpop', blockingPop('tail')],
  [
    'llen',
    {
      arity: 2,
      run: (keyspace, [, key]) => integer(read(keyspace, key!, 'list')?.items.size ?? 0),
    },
  ],
  [
    'lrange',
    {
      arity: 4,
      run(keyspace, [, key, start, stop]) {
        const [first, last] = [indexOf(start!), indexOf(stop!)]
        const items = read(keyspace, key!, 'list')?.items
        if (!items) return array([])
        const { from, to } = rangeOf(items.size, first, last)
        const found: Reply[] = []
        for (let i = from; i <= to; i += 1) found.push(bulk(items.at(i)!))
        return array(found)
      },
    },
  ],
  [
    'ltrim',
    {
      arity: 4,
      run(keyspace, [, keyArg, start, stop]) {
        const [first, last] = [indexOf(start!), indexOf(stop!)]
        const items = read(keyspace, keyArg!, 'list')?.items
        if (!items) return ok
        const { from, to } = rangeOf(items.size, first, last)
        const key = keyOf(keyArg!)
        if (from > to) {
          keyspace.delete(key)
          return ok
        }
        for (let surplus = items.size - 1 - to; surplus > 0; surplus -= 1) keyspace.pop(key, 'tail')
        for (let surplus = from; surplus > 0; surplus -= 1) keyspace.pop(key, 'head')
        return ok
      },
    },
  ],
  [
    'get',
    {
      arity: 2,
      run(keyspace, [, key]) {
        const value = read(keyspace, key!, 'string')
        return value ? bulk(value.bytes) : nothing
      },
    },
  ],
  ['set', set],
  ['setex', setWithLife(1000, 'setex')],
  ['psetex', setWithLife(1, 'psetex')],
  [
    'setnx',
    {
      arity: 3,
      mayGrow: true,
      run(keyspace, [, key, value]) {
        if (keyspace.get(keyOf(key!))) return integer(0)
        keyspace.setString(keyOf(key!), value!)
        return integer(1)
      },
    },
  ],
  ['del', remove],
  ['unlink', remove],
  [
    'exists',
    {
      arity: -2,
      run: (keyspace, [, ...keys]) => count(keys, key => keyspace.get(key) !== undefined),
    },
  ],
  [
    'type',
    {
      arity: 2,
      run: (keyspace, [, key]) => ({
        type: 'simple',
        text: keyspace.get(keyOf(key!))?.type ?? 'none',
      }),
    },
  ],
  ['expire', expire(1000, 'expire')],
  ['pexpire', expire(1, 'pexpire')],
  [
    'persist',
    {
      arity: 2,
      run(keyspace, [, key]) {
        const hadEnd = typeof keyspace.expiryOf(keyOf(key!)) === 'number'
        return integer(hadEnd && keyspace.expire(keyOf(key!), null) ? 1 : 0)
      },
    },
  ],
  ['ttl', timeToLive(1000)],
  ['pttl', timeToLive(1)],
  ['incr', { arity: 2, mayGrow: true, run: (keyspace, [, key]) => increase(keyspace, key!, 1n) }],
  [
    'incrby',
    {
      arity: 3,
      mayGrow: true,
      run: (keyspace, [, key, by]) => increase(keyspace, key!, i64Of(by!)),
    },
  ],
  [
    'hset',
    {
      arity: -4,
      mayGrow: true,
      run(keyspace, [, key, ...pairs]) {
        if (pairs.length % 2 === 1) refuse(redisErrors.wrongArity('hset'))
        read(keyspace, key!, 'hash')
        let added = 0
        for (let i = 0; i < pairs.length; i += 2) {
          if (keyspace.setField(keyOf(key!), keyOf(pairs[i]!), pairs[i + 1]!)) added += 1
        }
        return integer(added)
      },
    },
  ],
  [
    'hget',
    {
      arity: 3,
      run(keyspace, [, key, field]) {
        const bytes = read(keyspace, key!, 'hash')?.fields.get(keyOf(field!))
        return bytes === undefined ? nothing : bulk(bytes)
      },
    },
  ],
  [
    'hgetall',
    {
      arity: 2,
      run(keyspace, [, key]) {
        const fields = read(keyspace, key!, 'hash')?.fields ?? new Map<string, Buffer>()
        const entries = [...fields].map(
          ([field, bytes]) => [bulk(byteStringToBytes(field)), bulk(bytes)] as const,
        )
        return { type: 'map', entries }
      },
    },
  ],
  [
    'hdel',
    {
      arity: -3,
      run(keyspace, [, key, ...fields]) {
        read(keyspace, key!, 'hash')
        return count(fields, field => keyspace.deleteField(keyOf(key!), field))
      },
    },
  ],
  [
    'hlen',
    {
      arity: 2,
      run: (keyspace, [, key]) => integer(read(keyspace, key!, 'hash')?.fields.size ?? 0),
    },
  ],
  [
    'keys',
    {
      arity: 2,
      run(keyspace, [, pattern]) {
        const matches = globMatcher(keyOf(pattern!))
        const found = keyspace.keys().filter(matches)
        return array(found.map(key => bulk(asBuffer(byteStringToBytes(key)))))
      },
    },
  ],
  ['dbsize', { arity: 1, run: keyspace => integer(keyspace.count().keys) }],
  ['flushdb', clear],
  ['flushall', clear],
])
