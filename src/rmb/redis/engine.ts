// A Redis of our own: sessions that run commands, wait for lists, and bundle commands in transactions.

import { byteStringToBytes } from '../../crypto/hex.ts'
import {
  type Blocked,
  type Command,
  commands,
  popped,
  redisErrors,
  runCommand,
} from './commands.ts'
import { Keyspace } from './keyspace.ts'
import {
  array,
  bulk,
  error,
  integer,
  noArray,
  nothing,
  ok,
  type Protocol,
  type Reply,
} from './resp.ts'

/** The version whose behaviour is shown (`redis: 7.0`). */
const shownVersion = '7.0.15'

/** Commands that one transaction may hold. */
const MAX_QUEUED = 10_000

/** What an engine is made with. */
export interface EngineOptions {
  /** Bytes that keys and values may take; writing beyond answers OOM. */
  readonly maxMemoryBytes?: number
  /** Without one nobody has to authenticate. */
  readonly password?: string
  /** ms since the Unix epoch, by which keys die; the wall clock by default. */
  readonly now?: () => number
}

interface Waiter {
  readonly keys: readonly string[]
  readonly side: 'head' | 'tail'
  readonly timer: NodeJS.Timeout | null
  readonly session: Session
  readonly answer: (reply: Reply) => void
}

/** Keys, values, and who waits for them. All sessions of one engine see the same database. */
export class RedisEngine {
  readonly keyspace: Keyspace
  readonly password: string | undefined
  readonly startedAt: number
  readonly #waiting = new Map<string, Set<Waiter>>()
  readonly #sessions = new Set<Session>()
  #nextId = 1

  constructor(options: EngineOptions = {}) {
    const { maxMemoryBytes, password, now = Date.now } = options
    this.keyspace = new Keyspace({
      now,
      ...(maxMemoryBytes === undefined ? {} : { maxMemoryBytes }),
    })
    this.password = password
    this.startedAt = this.keyspace.now()
  }

  get sessionCount(): number {
    return this.#sessions.size
  }

  /** Lists that somebody waits for. */
  get waitingCount(): number {
    return this.#waiting.size
  }

  /** Opens a session; close it when its client is gone. A trusted one needs no password. */
  open(options: { isTrusted?: boolean } = {}): Session {
    const session = new Session(this, this.#nextId, options.isTrusted ?? false)
    this.#nextId += 1
    this.#sessions.add(session)
    return session
  }

  /** Belongs to sessions. */
  forget(session: Session): void {
    this.#sessions.delete(session)
  }

  /** Belongs to sessions: waits for a list; returns how to give up. */
  wait(session: Session, blocked: Blocked, answer: (reply: Reply) => void): () => void {
    const stop = (): void => {
      if (waiter.timer !== null) clearTimeout(waiter.timer)
      for (const key of waiter.keys) {
        const waiters = this.#waiting.get(key)
        waiters?.delete(waiter)
        if (waiters?.size === 0) this.#waiting.delete(key)
      }
    }
    const timer =
      blocked.timeoutMs === 0
        ? null
        : setTimeout(
            () => {
              stop()
              answer(noArray)
            },
            Math.min(blocked.timeoutMs, 0x7fff_ffff),
          )
    const { keys, side } = blocked
    const waiter: Waiter = {
      keys: [...new Set(keys)],
      side,
      timer,
      session,
      answer: reply => {
        stop()
        answer(reply)
      },
    }
    for (const key of waiter.keys) {
      const waiters = this.#waiting.get(key) ?? new Set()
      waiters.add(waiter)
      this.#waiting.set(key, waiters)
    }
    return stop
  }

  /** Belongs to sessions: hands what is in a list to those who wait for it, the longest waiting first. */
  serve(key: string): void {
    for (;;) {
      const waiter = this.#waiting.get(key)?.values().next().value
      if (!waiter || this.keyspace.get(key)?.type !== 'list') return
      const item = this.keyspace.pop(key, waiter.side)
      if (item === undefined) return
      waiter.answer(popped(byteStringToBytes(key), item))
    }
  }
}

/** The commands that a session itself answers: name, and how many words. */
const sessionArity: Readonly<Record<string, number>> = {
  ping: -1,
  echo: 2,
  auth: -2,
  select: 2,
  client: -2,
  hello: -1,
  info: -1,
  multi: 1,
  exec: 1,
  discard: 1,
  quit: -1,
}

/** Allowed before the password was shown. */
const openCommands: ReadonlySet<string> = new Set(['auth', 'hello', 'quit'])

const clientCommands: ReadonlySet<string> = new Set(['ID', 'GETNAME', 'SETNAME', 'SETINFO'])

/** Not put off until the end of a transaction. */
const atOnce: ReadonlySet<string> = new Set(['multi', 'exec', 'discard', 'quit'])

/** One client's view of an engine. Runs one command at a time. */
export class Session {
  readonly id: number
  readonly #engine: RedisEngine
  #isAuthenticated: boolean
  #protocol: Protocol = 2
  #name = ''
  #queued: (readonly Buffer[])[] | null = null
  #isSpoilt = false
  #giveUp: (() => void) | null = null
  #isQuitting = false

  constructor(engine: RedisEngine, id: number, isTrusted: boolean) {
    this.#engine = engine
    this.id = id
    this.#isAuthenticated = isTrusted || engine.password === undefined
  }

  get protocol(): Protocol {
    return this.#protocol
  }

  get isAuthenticated(): boolean {
    return this.#isAuthenticated
  }

  /** Whether the session waits for a list, and its next command has to wait with it. */
  get isBlocked(): boolean {
    return this.#giveUp !== null
  }

  /** Whether the client said good-bye. */
  get isQuitting(): boolean {
    return this.#isQuitting
  }

  /** Runs a command; `answer` gets the reply at once, or when a list that it waits for has something. */
  execute(args: readonly Buffer[], answer: (reply: Reply) => void): void {
    const name = nameOf(args)
    const command = commands.get(name)
    const arity = command?.arity ?? (Object.hasOwn(sessionArity, name) ? sessionArity[name] : null)
    if (arity === undefined || arity === null) {
      answer(this.#spoil(redisErrors.unknownCommand(args)))
    } else if (arity < 0 ? args.length < -arity : args.length !== arity) {
      answer(this.#spoil(redisErrors.wrongArity(name)))
    } else if (!this.#isAuthenticated && !openCommands.has(name)) {
      answer(this.#spoil(redisErrors.noAuth))
    } else if (
      name === 'client' &&
      !clientCommands.has(args[1]!.toString('latin1').toUpperCase())
    ) {
      answer(this.#spoil(redisErrors.unknownSubcommand(args[1]!.toString('utf8'), 'CLIENT')))
    } else if (this.#queued && !atOnce.has(name)) {
      answer(this.#enqueue(args))
    } else if (command) {
      this.#run(command, args, answer)
    } else {
      answer(this.#own(name, args))
    }
  }

  /** Ends the session: it waits no more. */
  close(): void {
    this.#giveUp?.()
    this.#giveUp = null
    this.#engine.forget(this)
  }

  #run(command: Command, args: readonly Buffer[], answer: (reply: Reply) => void): void {
    const engine = this.#engine
    const result = runCommand(command, engine.keyspace, args)
    if (result.type !== 'blocked') {
      answer(result)
      if (isPush(command)) engine.serve(args[1]!.toString('latin1'))
      return
    }
    this.#giveUp = engine.wait(this, result, reply => {
      this.#giveUp = null
      answer(reply)
    })
  }

  #enqueue(args: readonly Buffer[]): Reply {
    if (this.#queued!.length >= MAX_QUEUED) return this.#spoil(redisErrors.outOfMemory)
    this.#queued!.push(args)
    return { type: 'simple', text: 'QUEUED' }
  }

  /** An error; inside a transaction it spoils the whole of it. */
  #spoil(text: string): Reply {
    if (this.#queued) this.#isSpoilt = true
    return error(text)
  }

  #own(name: string, args: readonly Buffer[]): Reply {
    switch (name) {
      case 'ping':
        if (args.length > 2) return error(redisErrors.wrongArity('ping'))
        return args[1] ? bulk(args[1]) : { type: 'simple', text: 'PONG' }
      case 'echo':
        return bulk(args[1]!)
      case 'auth':
        return this.#authenticate(args.slice(1))
      case 'select':
        return selectReply(args[1]!)
      case 'client':
        return this.#client(args)
      case 'hello':
        return this.#hello(args)
      case 'info':
        return bulk(infoText(this.#engine))
      case 'multi':
        if (this.#queued) return error(redisErrors.nestedMulti)
        this.#queued = []
        this.#isSpoilt = false
        return ok
      case 'exec':
        return this.#exec()
      case 'discard':
        if (!this.#queued) return error(redisErrors.discardWithoutMulti)
        this.#queued = null
        return ok
      default:
        this.#isQuitting = true
        return ok
    }
  }

  #authenticate(words: readonly Buffer[]): Reply {
    if (words.length > 2) return error(redisErrors.syntax)
    const [user, password] = words.length === 2 ? words : [Buffer.from('default'), words[0]]
    const own = this.#engine.password
    if (own === undefined && words.length === 1) return error(redisErrors.noPassword)
    const isRight =
      user!.toString('utf8') === 'default' &&
      (own === undefined || password!.toString('utf8') === own)
    if (!isRight) return error(redisErrors.wrongPassword)
    this.#isAuthenticated = true
    return ok
  }

  #hello(args: readonly Buffer[]): Reply {
    let protocol = this.#protocol
    let name: string | undefined
    if (args[1]) {
      const version = args[1].toString('latin1')
      if (!/^-?[0-9]{1,10}$/.test(version)) return error(redisErrors.protocolNotInteger)
      if (version !== '2' && version !== '3') return error(redisErrors.protocolVersion)
      protocol = version === '3' ? 3 : 2
    }
    for (let i = 2; i < args.length; i += 1) {
      const word = args[i]!.toString('latin1').toUpperCase()
      if (word === 'AUTH' && i + 2 < args.length) {
        const reply = this.#authenticate(args.slice(i + 1, i + 3))
        if (reply.type === 'error') return reply
        i += 2
      } else if (word === 'SETNAME' && i + 1 < args.length) {
        i += 1
        name = args[i]!.toString('utf8')
      } else {
        return error(`ERR Syntax error in HELLO option '${args[i]!.toString('utf8')}'`)
      }
    }
    if (!this.#isAuthenticated) return error(redisErrors.helloFirst)
    this.#protocol = protocol
    if (name !== undefined) this.#name = name
    return {
      type: 'map',
      entries: [
        [bulk('server'), bulk('redis')],
        [bulk('version'), bulk(shownVersion)],
        [bulk('proto'), integer(protocol)],
        [bulk('id'), integer(this.id)],
        [bulk('mode'), bulk('standalone')],
        [bulk('role'), bulk('master')],
        [bulk('modules'), array([])],
      ],
    }
  }

  #client(args: readonly Buffer[]): Reply {
    const subcommand = args[1]!.toString('latin1').toUpperCase()
    switch (subcommand) {
      case 'ID':
        return integer(this.id)
      case 'GETNAME':
        return this.#name === '' ? nothing : bulk(this.#name)
      case 'SETNAME':
        if (args.length !== 3) return error(redisErrors.wrongArity('client|setname'))
        this.#name = args[2]!.toString('utf8')
        return ok
      default:
        return args.length === 4 ? ok : error(redisErrors.wrongArity('client|setinfo'))
    }
  }

  #exec(): Reply {
    const queued = this.#queued
    if (!queued) return error(redisErrors.execWithoutMulti)
    this.#queued = null
    if (this.#isSpoilt) return error(redisErrors.execAborted)
    const engine = this.#engine
    const pushed: string[] = []
    const replies = queued.map(args => {
      const name = nameOf(args)
      const command = commands.get(name)
      if (!command) return this.#own(name, args)
      if (isPush(command)) pushed.push(args[1]!.toString('latin1'))
      const result = runCommand(command, engine.keyspace, args)
      // Nobody can wait inside a transaction.
      return result.type === 'blocked' ? noArray : result
    })
    for (const key of pushed) engine.serve(key)
    return array(replies)
  }
}

const nameOf = (args: readonly Buffer[]): string => args[0]!.toString('latin1').toLowerCase()

const pushes: ReadonlySet<Command | undefined> = new Set([
  commands.get('lpush'),
  commands.get('rpush'),
])

const isPush = (command: Command): boolean => pushes.has(command)

function selectReply(index: Buffer): Reply {
  const text = index.toString('latin1')
  if (!/^-?[0-9]{1,10}$/.test(text)) return error(redisErrors.notInteger)
  return Number(text) === 0 ? ok : error(redisErrors.databaseIndex)
}

function infoText(engine: RedisEngine): string {
  const { keyspace } = engine
  const { keys, expiring } = keyspace.count()
  const uptime = Math.floor((keyspace.now() - engine.startedAt) / 1000)
  const lines = [
    '# Server',
    `redis_version:${shownVersion}`,
    'redis_mode:standalone',
    `uptime_in_seconds:${uptime}`,
    '',
    '# Clients',
    `connected_clients:${engine.sessionCount}`,
    '',
    '# Memory',
    `used_memory:${keyspace.usedMemory}`,
    `maxmemory:${keyspace.maxMemoryBytes}`,
    'maxmemory_policy:noeviction',
    '',
    '# Persistence',
    'loading:0',
    '',
    '# Replication',
    'role:master',
    'connected_slaves:0',
    '',
    '# Keyspace',
    ...(keys > 0 ? [`db0:keys=${keys},expires=${expiring},avg_ttl=0`] : []),
    '',
  ]
  return lines.join('\r\n')
}
