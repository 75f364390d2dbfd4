// Reads JSON as Rust's `serde_json` does: numbers keep their form, and a field that comes twice can be told.

/** A number as it was written. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** An object: its fields in order, doubles included. */
export class JsonObject {
  readonly fields: readonly (readonly [string, JsonValue])[]

  constructor(fields: readonly (readonly [string, JsonValue])[]) {
    this.fields = fields
  }

  /** Whether any of these fields is there. */
  hasAny(names: readonly string[]): boolean {
    return this.fields.some(([name]) => names.includes(name))
  }
}

/** A JSON value. */
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject

/** The value of a whole text; `undefined` when the bytes are not JSON. */
export function readJson(bytes: Uint8Array): JsonValue | undefined {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The decoder's only way to say that the bytes are not UTF-8.
    return undefined
  }
  const reader = new Reader(text)
  try {
    const value = reader.value(DEPTH_LIMIT)
    return reader.isAtEnd() ? value : undefined
  } catch (cause) {
    if (cause instanceof JsonFault) return undefined
    throw cause
  }
}

class JsonFault extends Error {}

// `serde_json: src/de.rs`: `remaining_depth`.
const DEPTH_LIMIT = 127

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings.
const PLAIN = /[^"\\\u0000-\u001f]*/y
const LONE_SURROGATE = /\p{Surrogate}/u

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#match(SPACE)
    return this.#at === this.#text.length
  }

  value(depth: number): JsonValue {
    this.#match(SPACE)
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
      case 'f':
      case 'n':
        return WORDS.get(this.#need(WORD))!
      default:
        return new JsonNumber(this.#need(NUMBER))
    }
  }

  #object(depth: number): JsonObject {
    const fields: [string, JsonValue][] = []
    this.#items('}', depth, () => {
      this.#match(SPACE)
      if (this.#text[this.#at] !== '"') throw new JsonFault()
      const name = this.#string()
      this.#match(SPACE)
      this.#take(':')
      fields.push([name, this.value(depth - 1)])
    })
    return new JsonObject(fields)
  }

  #array(depth: number): JsonValue[] {
    const values: JsonValue[] = []
    this.#items(']', depth, () => values.push(this.value(depth - 1)))
    return values
  }

  /** What stands between brackets, with commas between. */
  #items(end: string, depth: number, item: () => void): void {
    if (depth === 0) throw new JsonFault()
    this.#at += 1
    this.#match(SPACE)
    if (this.#text[this.#at] === end) {
      this.#at += 1
      return
    }
    for (;;) {
      item()
      this.#match(SPACE)
      if (this.#text[this.#at] === end) {
        this.#at += 1
        return
      }
      this.#take(',')
    }
  }

  #string(): string {
    const start = this.#at
    this.#at += 1
    for (;;) {
      this.#match(PLAIN)
      const next = this.#text[this.#at]
      if (next === undefined) throw new JsonFault()
      this.#at += 1
      if (next === '"') break
      // An escaped character, or one that may not stand here: the library judges both.
      if (next === '\\') this.#at += 1
    }
    const raw = this.#text.slice(start, this.#at)
    let value: string
    try {
      value = JSON.parse(raw) as string
    } catch {
      // The library's only way to say that an escape is none.
      throw new JsonFault()
    }
    if (raw.includes('\\u') && LONE_SURROGATE.test(value)) throw new JsonFault()
    return value
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match === null) return undefined
    this.#at = pattern.lastIndex
    return match[0]
  }

  #need(pattern: RegExp): string {
    const found = this.#match(pattern)
    if (found === undefined) throw new JsonFault()
    return found
  }

  #take(character: string): void {
    if (this.#text[this.#at] !== character) throw new JsonFault()
    this.#at += 1
  }
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])
