// The Redis serialisation protocol: replies as values, how they are written, and how both directions are read.

import { ByteQueue } from './internal/byte-queue.ts'

/** A reply of a Redis server. */
export type Reply =
  | { readonly type: 'simple'; readonly text: string }
  | { readonly type: 'error'; readonly text: string }
  | { readonly type: 'integer'; readonly value: bigint }
  | { readonly type: 'bulk'; readonly bytes: Buffer }
  | { readonly type: 'null' }
  /** Where an array was expected; RESP3 knows one null only. */
  | { readonly type: 'nullArray' }
  | { readonly type: 'array'; readonly items: readonly Reply[] }
  /** An array of pairs in RESP2. */
  | { readonly type: 'map'; readonly entries: readonly (readonly [Reply, Reply])[] }

/** The versions of the protocol. */
export type Protocol = 2 | 3

export const ok: Reply = { type: 'simple', text: 'OK' }
export const nothing: Reply = { type: 'null' }
export const noArray: Reply = { type: 'nullArray' }

export const bulk = (bytes: Uint8Array | string): Reply => ({
  type: 'bulk',
  bytes: typeof bytes === 'string' ? Buffer.from(bytes) : asBuffer(bytes),
})

export const integer = (value: number | bigint): Reply => ({
  type: 'integer',
  value: BigInt(value),
})

export const array = (items: readonly Reply[]): Reply => ({ type: 'array', items })

export const error = (text: string): Reply => ({ type: 'error', text })

/** A view of the same bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes of a reply. */
export function encodeReply(reply: Reply, protocol: Protocol = 2): Buffer {
  const parts: Buffer[] = []
  writeReply(reply, protocol, parts)
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}

const CRLF = Buffer.from('\r\n')

function writeReply(reply: Reply, protocol: Protocol, parts: Buffer[]): void {
  switch (reply.type) {
    case 'simple':
      parts.push(Buffer.from(`+${reply.text}\r\n`))
      return
    case 'error':
      // A line break would end the reply early.
      parts.push(Buffer.from(`-${reply.text.replace(/[\r\n]/g, ' ')}\r\n`))
      return
    case 'integer':
      parts.push(Buffer.from(`:${reply.value}\r\n`))
      return
    case 'bulk':
      parts.push(Buffer.from(`$${reply.bytes.length}\r\n`), reply.bytes, CRLF)
      return
    case 'null':
      parts.push(Buffer.from(protocol === 3 ? '_\r\n' : '$-1\r\n'))
      return
    case 'nullArray':
      parts.push(Buffer.from(protocol === 3 ? '_\r\n' : '*-1\r\n'))
      return
    case 'array':
      parts.push(Buffer.from(`*${reply.items.length}\r\n`))
      for (const item of reply.items) writeReply(item, protocol, parts)
      return
    case 'map': {
      const { entries } = reply
      parts.push(
        Buffer.from(protocol === 3 ? `%${entries.length}\r\n` : `*${entries.length * 2}\r\n`),
      )
      for (const [key, value] of entries) {
        writeReply(key, protocol, parts)
        writeReply(value, protocol, parts)
      }
      return
    }
  }
}

/** One argument of a command; numbers are written in decimal. */
export type RedisArg = string | number | Uint8Array

/** The bytes of a command. */
export function encodeCommand(args: readonly RedisArg[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = argumentBytes(arg)
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, CRLF)
  }
  return Buffer.concat(parts)
}

/** An argument as it travels. */
export function argumentBytes(arg: RedisArg): Buffer {
  return arg instanceof Uint8Array ? asBuffer(arg) : Buffer.from(String(arg))
}

/** Bytes that are not the protocol; the connection has to end. The message is Redis's own. */
export class RespFault extends Error {}

const fault = (text: string) => new RespFault(`Protocol error: ${text}`)

/** The longest line: an inline command or the head of anything (`redis: src/server.h`, PROTO_INLINE_MAX_SIZE). */
const MAX_LINE = 64 * 1024

/** How large one command may be. */
export interface RequestLimits {
  /** Arguments of one command. */
  readonly maxArguments: number
  /** Bytes of all its arguments together. */
  readonly maxBytes: number
}

/** What a command may be when nothing else is said. */
export const defaultRequestLimits: RequestLimits = {
  maxArguments: 65_536,
  maxBytes: 64 * 1024 * 1024,
}

/** Before it has shown its password a client gets no large buffers (`redis: src/networking.c`). */
export const unauthenticatedLimits: RequestLimits = { maxArguments: 10, maxBytes: 16_384 }

/**
 * Reads commands from a stream of bytes, however it is cut. Keeps its place, so that a byte is looked at
 * once.
 */
export class RequestParser {
  readonly #queue = new ByteQueue()
  /** Arguments of the command that is being read, and how many are to come. */
  #args: Buffer[] = []
  #missing = 0
  #size = 0
  /** Length of the argument that is being read; -1 before its head. */
  #length = -1

  /** Bytes that wait to be read. */
  get buffered(): number {
    return this.#queue.length
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk)
  }

  /** The next whole command; `undefined` when more bytes are needed. Throws {@link RespFault}. */
  next(limits: RequestLimits = defaultRequestLimits): Buffer[] | undefined {
    for (;;) {
      if (this.#missing > 0) {
        if (!this.#readArguments(limits)) return undefined
        const args = this.#args
        this.#args = []
        return args
      }
      const first = this.#queue.first()
      if (first === undefined) return undefined
      if (first !== STAR) {
        const line = this.#queue.line(MAX_LINE)
        if (line === 'tooLong') throw fault('too big inline request')
        if (line === undefined) return undefined
        const args = splitInline(line)
        if (args === undefined) throw fault('unbalanced quotes in request')
        if (args.length > 0) return args
        continue
      }
      const line = this.#queue.line(MAX_LINE)
      if (line === 'tooLong') throw fault('too big mbulk count string')
      if (line === undefined) return undefined
      const count = lengthOf(line)
      if (count === undefined || count > 1024 * 1024) throw fault('invalid multibulk length')
      if (count > limits.maxArguments) {
        throw fault(
          limits === unauthenticatedLimits
            ? 'unauthenticated multibulk length'
            : 'invalid multibulk length',
        )
      }
      this.#missing = Math.max(0, count)
      this.#size = 0
    }
  }

  #readArguments(limits: RequestLimits): boolean {
    while (this.#missing > 0) {
      if (this.#length === -1) {
        const first = this.#queue.first()
        if (first === undefined) return false
        if (first !== DOLLAR) {
          throw fault(`expected '$', got '${String.fromCharCode(first)}'`)
        }
        const line = this.#queue.line(MAX_LINE)
        if (line === 'tooLong') throw fault('too big bulk count string')
        if (line === undefined) return false
        const length = lengthOf(line)
        if (length === undefined || length < 0) throw fault('invalid bulk length')
        this.#size += length
        if (this.#size > limits.maxBytes) {
          throw fault(
            limits === unauthenticatedLimits
              ? 'unauthenticated bulk length'
              : 'invalid bulk length',
          )
        }
        this.#length = length
      }
      const bytes = this.#queue.take(this.#length, 2)
      if (bytes === undefined) return false
      this.#args.push(bytes)
      this.#length = -1
      this.#missing -= 1
    }
    return true
  }
}

const STAR = '*'.charCodeAt(0)
const DOLLAR = '$'.charCodeAt(0)

/** The number after the first character of a head. */
function lengthOf(line: Buffer): number | undefined {
  const text = line.toString('latin1', 1)
  if (!/^-?[0-9]{1,10}$/.test(text)) return undefined
  return Number(text)
}

/**
 * The words of a command that a person typed, with quotes and escapes as `redis-cli` takes them
 * (`redis: src/sds.c`, sdssplitargs); `undefined` when a quote is not closed.
 */
function splitInline(line: Buffer): Buffer[] | undefined {
  const text = line.toString('latin1')
  const words: Buffer[] = []
  const space = /\s*/y
  const word = /(?:"((?:\\.|[^"\\])*)"|'((?:\\'|[^'])*)'|([^\s"']+))(?=\s|$)/y
  for (let at = 0; ; ) {
    space.lastIndex = at
    space.exec(text)
    at = space.lastIndex
    if (at >= text.length) return words
    word.lastIndex = at
    const match = word.exec(text)
    if (match === null) return undefined
    const [, double, single, bare] = match
    words.push(
      Buffer.from(
        double !== undefined
          ? unescapeDouble(double)
          : single !== undefined
            ? single.replaceAll("\\'", "'")
            : bare!,
        'latin1',
      ),
    )
    at = word.lastIndex
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' }

function unescapeDouble(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (_, hex?: string, letter?: string) =>
    hex !== undefined
      ? String.fromCharCode(Number.parseInt(hex, 16))
      : (ESCAPES[letter!] ?? letter!),
  )
}

interface OpenArray {
  readonly items: Reply[]
  missing: number
}

/** How deep replies may be nested, and how long one string may be, before the server is taken for a madman. */
const MAX_DEPTH = 8
const MAX_BULK = 512 * 1024 * 1024

/** Reads the replies of a server that speaks RESP2. */
export class ReplyParser {
  readonly #queue = new ByteQueue()
  readonly #open: OpenArray[] = []
  #length = -1

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk)
  }

  /** The next whole reply; `undefined` when more bytes are needed. Throws {@link RespFault}. */
  next(): Reply | undefined {
    for (;;) {
      const read = this.#readOne()
      if (read === undefined) return undefined
      if (read === 'opened') continue
      let reply: Reply = read
      for (;;) {
        const top = this.#open.at(-1)
        if (top === undefined) return reply
        top.items.push(reply)
        top.missing -= 1
        if (top.missing > 0) break
        this.#open.pop()
        reply = array(top.items)
      }
    }
  }

  #readOne(): Reply | 'opened' | undefined {
    if (this.#length >= 0) return this.#readBulk()
    const line = this.#queue.line(MAX_LINE)
    if (line === 'tooLong') throw fault('a line of the server has no end')
    if (line === undefined) return undefined
    const text = line.toString('utf8', 1)
    switch (String.fromCharCode(line[0] ?? 0)) {
      case '+':
        return { type: 'simple', text }
      case '-':
        return error(text)
      case ':':
        if (!/^-?[0-9]{1,19}$/.test(text)) throw fault('an integer of the server is none')
        return integer(BigInt(text))
      case '$': {
        const length = lengthOf(line)
        if (length === undefined || length > MAX_BULK) throw fault('invalid bulk length')
        if (length < 0) return nothing
        this.#length = length
        return this.#readBulk()
      }
      case '*': {
        const count = lengthOf(line)
        if (count === undefined || this.#open.length >= MAX_DEPTH) {
          throw fault('invalid multibulk length')
        }
        if (count < 0) return noArray
        if (count === 0) return array([])
        this.#open.push({ items: [], missing: count })
        return 'opened'
      }
      default:
        throw fault('a reply of the server is of no known type')
    }
  }

  #readBulk(): Reply | undefined {
    const bytes = this.#queue.take(this.#length, 2)
    if (bytes === undefined) return undefined
    this.#length = -1
    return { type: 'bulk', bytes }
  }
}
