// Reads JSON text as the node's decoder scans it: numbers keep their text, values their place, errors their wording.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { quotedByte } from './quote.ts'

interface Place {
  /** Offsets into the text that was read, so that a value can be kept as it was written. */
  readonly start: number
  readonly end: number
}

/** A value of a JSON text. */
export type JsonNode =
  | (Place & { readonly kind: 'null' })
  | (Place & { readonly kind: 'bool'; readonly value: boolean })
  | (Place & { readonly kind: 'number'; readonly text: string })
  | (Place & { readonly kind: 'string'; readonly value: string })
  | (Place & { readonly kind: 'array'; readonly items: readonly JsonNode[] })
  | (Place & { readonly kind: 'object'; readonly members: readonly JsonMember[] })

/** One member of an object; a name may occur more than once. */
export interface JsonMember {
  readonly name: string
  readonly value: JsonNode
}

type Frame =
  | { readonly kind: 'array'; readonly start: number; readonly items: JsonNode[] }
  | {
      readonly kind: 'object'
      readonly start: number
      readonly members: JsonMember[]
      name: string
    }

/** The deepest nesting that the node's decoder reads (golang/go: src/encoding/json/scanner.go). */
export const maxNestingDepth = 10_000

class JsonSyntaxError extends Error {}

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c

function isSpace(code: number): boolean {
  return code === SPACE || code === 0x0a || code === 0x0d || code === 0x09
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isHexDigitCode(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66)
}

/** The first UTF-8 byte of the character at `index`: what the node, which reads bytes, complains of. */
function byteAt(text: string, index: number): number {
  const code = text.codePointAt(index) ?? SPACE
  if (code < 0x80) return code
  if (code < 0x800) return 0xc0 | (code >> 6)
  // Half a surrogate pair has no UTF-8; bytes cannot bring one, and it stands for U+FFFD.
  if (code >= 0xd800 && code <= 0xdfff) return 0xef
  if (code < 0x10000) return 0xe0 | (code >> 12)
  return 0xf0 | (code >> 18)
}

class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): JsonNode {
    const stack: Frame[] = []
    let done = this.#beginValue(stack)
    for (;;) {
      const frame = stack.at(-1)
      if (frame === undefined) {
        if (done === undefined) throw new JsonSyntaxError('unexpected end of JSON input')
        this.#skipSpace()
        if (this.#at < this.#text.length) throw this.#wrong('after top-level value')
        return done
      }
      if (done === undefined) done = this.#first(frame, stack)
      else done = this.#next(frame, done, stack)
    }
  }

  /** What follows an opening bracket: the frame's end, or its first value. */
  #first(frame: Frame, stack: Frame[]): JsonNode | undefined {
    const closing = frame.kind === 'array' ? ']' : '}'
    this.#expectMore()
    if (this.#text[this.#at] === closing) return this.#close(stack)
    if (frame.kind === 'object') this.#readName(frame)
    return this.#beginValue(stack)
  }

  /** What follows a value inside a frame: a comma and the next value, or the frame's end. */
  #next(frame: Frame, value: JsonNode, stack: Frame[]): JsonNode | undefined {
    if (frame.kind === 'array') frame.items.push(value)
    else frame.members.push({ name: frame.name, value })
    this.#expectMore()
    const character = this.#text[this.#at]
    if (character === ',') {
      this.#at++
      if (frame.kind === 'object') {
        this.#expectMore()
        this.#readName(frame)
      }
      return this.#beginValue(stack)
    }
    if (character === (frame.kind === 'array' ? ']' : '}')) return this.#close(stack)
    const context = frame.kind === 'array' ? 'array element' : 'object key:value pair'
    throw this.#wrong(`after ${context}`)
  }

  #close(stack: Frame[]): JsonNode | undefined {
    const frame = stack.pop()
    this.#at++
    if (frame === undefined) return undefined
    const place = { start: frame.start, end: this.#at }
    if (frame.kind === 'array') return { kind: 'array', items: frame.items, ...place }
    return { kind: 'object', members: frame.members, ...place }
  }

  #readName(frame: Frame & { kind: 'object' }): void {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) {
      throw this.#wrong('looking for beginning of object key string')
    }
    frame.name = this.#string()
    this.#expectMore()
    if (this.#text[this.#at] !== ':') throw this.#wrong('after object key')
    this.#at++
  }

  /** Reads a literal, or opens a frame and answers nothing. */
  #beginValue(stack: Frame[]): JsonNode | undefined {
    this.#expectMore()
    const start = this.#at
    const character = this.#text[start]
    if (character === '{' || character === '[') {
      if (stack.length >= maxNestingDepth) throw this.#wrong('exceeded max depth')
      this.#at++
      stack.push(
        character === '['
          ? { kind: 'array', start, items: [] }
          : { kind: 'object', start, members: [], name: '' },
      )
      return undefined
    }
    switch (character) {
      case '"': {
        const value = this.#string()
        return { kind: 'string', value, start, end: this.#at }
      }
      case 't':
        this.#word('true')
        return { kind: 'bool', value: true, start, end: this.#at }
      case 'f':
        this.#word('false')
        return { kind: 'bool', value: false, start, end: this.#at }
      case 'n':
        this.#word('null')
        return { kind: 'null', start, end: this.#at }
      default:
        if (character !== '-' && !isDigit(this.#code())) {
          throw this.#wrong('looking for beginning of value')
        }
        this.#number()
        return { kind: 'number', text: this.#text.slice(start, this.#at), start, end: this.#at }
    }
  }

  #word(word: string): void {
    for (let offset = 1; offset < word.length; offset++) {
      this.#at++
      if (this.#text[this.#at] !== word[offset]) {
        throw this.#wrong(`in literal ${word} (expecting '${word[offset]}')`)
      }
    }
    this.#at++
  }

  #number(): void {
    if (this.#text[this.#at] === '-') {
      this.#at++
      if (!isDigit(this.#code())) throw this.#wrong('in numeric literal')
    }
    if (this.#text[this.#at] === '0') this.#at++
    else this.#digits()
    if (this.#text[this.#at] === '.') {
      this.#at++
      if (!isDigit(this.#code())) throw this.#wrong('after decimal point in numeric literal')
      this.#digits()
    }
    const exponent = this.#text[this.#at]
    if (exponent === 'e' || exponent === 'E') {
      this.#at++
      const sign = this.#text[this.#at]
      if (sign === '+' || sign === '-') this.#at++
      if (!isDigit(this.#code())) throw this.#wrong('in exponent of numeric literal')
      this.#digits()
    }
  }

  #digits(): void {
    while (isDigit(this.#code())) this.#at++
  }

  #string(): string {
    const start = this.#at
    let isPlain = true
    this.#at++
    for (;;) {
      if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected end of JSON input')
      const code = this.#code()
      if (code === QUOTE) break
      if (code < SPACE) throw this.#wrong('in string literal')
      this.#at++
      if (code === BACKSLASH) {
        isPlain = false
        this.#escape()
      }
    }
    this.#at++
    const source = this.#text.slice(start, this.#at)
    const value = isPlain ? source.slice(1, -1) : (JSON.parse(source) as string)
    // The node replaces half a surrogate pair by the replacement character.
    return value.replace(/\p{Surrogate}/gu, '\ufffd')
  }

  #escape(): void {
    const character = this.#text[this.#at]
    if (character === undefined || !'bfnrt\\/"u'.includes(character)) {
      throw this.#wrong('in string escape code')
    }
    this.#at++
    if (character !== 'u') return
    for (let digit = 0; digit < 4; digit++) {
      if (!isHexDigitCode(this.#code())) throw this.#wrong('in \\u hexadecimal character escape')
      this.#at++
    }
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at)
  }

  #skipSpace(): void {
    while (isSpace(this.#code())) this.#at++
  }

  #expectMore(): void {
    this.#skipSpace()
    if (this.#at >= this.#text.length) throw new JsonSyntaxError('unexpected end of JSON input')
  }

  /** The node ends a text by one more space, so that is what it finds wrong inside a cut-off literal. */
  #wrong(context: string): JsonSyntaxError {
    const byte = this.#at < this.#text.length ? byteAt(this.#text, this.#at) : SPACE
    return new JsonSyntaxError(`invalid character ${quotedByte(byte)} ${context}`)
  }
}

/** Reads a whole JSON text, or answers what the node's decoder says of it. */
export function readJson(text: string): Outcome<JsonNode> {
  try {
    return accepted(new Scanner(text).read())
  } catch (cause) {
    if (cause instanceof JsonSyntaxError) return refused(cause.message)
    throw cause
  }
}
