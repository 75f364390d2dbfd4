// Reads one flat JSON object with typed fields and answers faults in the words of Rust's `serde_json`.

// The relay's answer to a bad token quotes serde, so the reader keeps serde's order of checks and its
// positions (bytes read so far, since the last line break).

/** What a field may hold. */
export type FieldType =
  | { readonly kind: 'u32' | 'u64' }
  | { readonly kind: 'string'; readonly optional: boolean }
  | { readonly kind: 'variant'; readonly optional: boolean; readonly names: readonly string[] }

/** An object's name in error texts, and its fields in the order in which missing ones are reported. */
export interface ObjectType {
  readonly name: string
  readonly fields: Readonly<Record<string, FieldType>>
}

/** Values by field; `null` for an optional field that is null or not there. */
export type Fields = ReadonlyMap<string, string | bigint | null>

/** The fields, or serde's sentence on what is wrong. */
export type SerdeResult =
  | { readonly ok: true; readonly fields: Fields }
  | { readonly ok: false; readonly error: string }

/** Reads `bytes` as an object of the given type; unknown fields are skipped. */
export function readSerdeObject(bytes: Uint8Array, type: ObjectType): SerdeResult {
  try {
    return { ok: true, fields: new Reader(bytes).object(type) }
  } catch (cause) {
    if (cause instanceof SerdeFault) return { ok: false, error: cause.message }
    throw cause
  }
}

class SerdeFault extends Error {}

// `serde_json: src/de.rs`: `remaining_depth`.
const DEPTH_LIMIT = 127

const code = (character: string) => character.charCodeAt(0)
const QUOTE = code('"')
const BACKSLASH = code('\\')
const MINUS = code('-')
const ZERO = code('0')
const NINE = code('9')
const MAX_U32 = 0xffff_ffffn
const MAX_U64 = 0xffff_ffff_ffff_ffffn

/** A JSON value that is not a container, and how serde describes it when it is unexpected. */
interface Scalar {
  readonly value: string | bigint | boolean | number | null
  readonly described: string
}

class Reader {
  readonly #bytes: Uint8Array
  #index = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  object(type: ObjectType): Fields {
    const first = this.#skipSpace()
    if (first !== code('{')) {
      const scalar = this.#unexpected(first)
      throw this.#fault(`invalid type: ${scalar}, expected struct ${type.name}`)
    }
    this.#index += 1
    const fields = new Map<string, string | bigint | null>()
    for (let isFirst = true; this.#hasNextKey(isFirst); isFirst = false) {
      const name = this.#text()
      if (fields.has(name)) {
        this.#skipSpace()
        throw this.#fault(`duplicate field \`${name}\``)
      }
      this.#colon()
      const field = Object.hasOwn(type.fields, name) ? type.fields[name] : undefined
      if (field === undefined) {
        this.#skipValue(DEPTH_LIMIT)
        continue
      }
      fields.set(name, this.#field(field))
    }
    for (const [name, field] of Object.entries(type.fields)) {
      if (fields.has(name)) continue
      const isOptional = 'optional' in field && field.optional
      if (!isOptional) throw this.#fault(`missing field \`${name}\``)
      fields.set(name, null)
    }
    if (this.#skipSpace() !== undefined) throw this.#peekFault('trailing characters')
    return fields
  }

  #field(type: FieldType): string | bigint | null {
    const next = this.#skipSpace()
    switch (type.kind) {
      case 'u32':
      case 'u64':
        return this.#number(next, type.kind)
      case 'string': {
        if (next === QUOTE) return this.#quoted()
        if (next === code('n') && type.optional) return this.#literal('null', null)
        throw this.#fault(`invalid type: ${this.#unexpected(next)}, expected a string`)
      }
      case 'variant': {
        if (next === code('n') && type.optional) return this.#literal('null', null)
        if (next !== QUOTE) throw this.#noValue(next)
        const name = this.#quoted()
        if (type.names.includes(name)) return name
        throw this.#fault(`unknown variant \`${name}\`, expected ${oneOf(type.names)}`)
      }
    }
  }

  #number(next: number | undefined, expected: 'u32' | 'u64'): bigint {
    if (next !== MINUS && !isDigit(next)) {
      throw this.#fault(`invalid type: ${this.#unexpected(next)}, expected ${expected}`)
    }
    const { value, described } = this.#numeral()
    if (typeof value !== 'bigint') {
      throw this.#fault(`invalid type: ${described}, expected ${expected}`)
    }
    if (value < 0n || (expected === 'u32' && value > MAX_U32)) {
      throw this.#fault(`invalid value: ${described}, expected ${expected}`)
    }
    return value
  }

  /** Reads (of containers: only looks at) a value of the wrong type, and describes it. */
  #unexpected(next: number | undefined): string {
    if (next === code('[')) return 'sequence'
    if (next === code('{')) return 'map'
    return this.#scalar(next).described
  }

  #scalar(next: number | undefined): Scalar {
    if (next === QUOTE) {
      const value = this.#quoted()
      return { value, described: `string ${JSON.stringify(value)}` }
    }
    if (next === code('n')) return { value: this.#literal('null', null), described: 'null' }
    if (next === code('t')) {
      return { value: this.#literal('true', true), described: 'boolean `true`' }
    }
    if (next === code('f')) {
      return { value: this.#literal('false', false), described: 'boolean `false`' }
    }
    if (next === MINUS || isDigit(next)) return this.#numeral()
    throw this.#noValue(next)
  }

  /** Passes over any value, checking that it is JSON. */
  #skipValue(depth: number): void {
    const next = this.#skipSpace()
    if (next !== code('[') && next !== code('{')) {
      this.#scalar(next)
      return
    }
    if (depth === 0) throw this.#peekFault('recursion limit exceeded')
    this.#index += 1
    if (next === code('{')) {
      for (let isFirst = true; this.#hasNextKey(isFirst); isFirst = false) {
        this.#text()
        this.#colon()
        this.#skipValue(depth - 1)
      }
      return
    }
    for (let isFirst = true; this.#hasNextElement(isFirst); isFirst = false) {
      this.#skipValue(depth - 1)
    }
  }

  #hasNextKey(isFirst: boolean): boolean {
    let next = this.#skipSpace()
    if (next === undefined) throw this.#fault('EOF while parsing an object')
    if (next === code('}')) {
      this.#index += 1
      return false
    }
    if (!isFirst) {
      if (next !== code(',')) throw this.#peekFault('expected `,` or `}`')
      this.#index += 1
      next = this.#skipSpace()
      if (next === code('}')) throw this.#peekFault('trailing comma')
    }
    if (next === undefined) throw this.#fault('EOF while parsing a value')
    if (next !== QUOTE) throw this.#peekFault('key must be a string')
    return true
  }

  #hasNextElement(isFirst: boolean): boolean {
    let next = this.#skipSpace()
    if (next === undefined) throw this.#fault('EOF while parsing a list')
    if (next === code(']')) {
      this.#index += 1
      return false
    }
    if (!isFirst) {
      if (next !== code(',')) throw this.#peekFault('expected `,` or `]`')
      this.#index += 1
      next = this.#skipSpace()
      if (next === code(']')) throw this.#peekFault('trailing comma')
    }
    return true
  }

  #text(): string {
    this.#skipSpace()
    return this.#quoted()
  }

  #colon(): void {
    const next = this.#skipSpace()
    if (next === undefined) throw this.#fault('EOF while parsing an object')
    if (next !== code(':')) throw this.#peekFault('expected `:`')
    this.#index += 1
  }

  #literal<T>(text: string, value: T): T {
    for (const character of text) {
      const next = this.#bytes[this.#index]
      if (next === undefined) throw this.#fault('EOF while parsing a value')
      this.#index += 1
      if (next !== code(character)) throw this.#fault('expected ident')
    }
    return value
  }

  #numeral(): Scalar {
    const start = this.#index
    if (this.#bytes[this.#index] === MINUS) this.#index += 1
    const isZero = this.#bytes[this.#index] === ZERO
    this.#digits()
    // A leading zero stands alone.
    if (isZero && this.#bytes[start] !== MINUS && this.#index > start + 1) {
      this.#index = start + 1
      throw this.#peekFault('invalid number')
    }
    let isFloat = false
    if (this.#bytes[this.#index] === code('.')) {
      isFloat = true
      this.#index += 1
      this.#digits()
    }
    const exponent = this.#bytes[this.#index]
    if (exponent === code('e') || exponent === code('E')) {
      isFloat = true
      this.#index += 1
      const sign = this.#bytes[this.#index]
      if (sign === code('+') || sign === MINUS) this.#index += 1
      this.#digits()
    }
    const text = Buffer.from(this.#bytes.subarray(start, this.#index)).toString('latin1')
    const integer = isFloat ? undefined : BigInt(text)
    if (integer !== undefined && integer <= MAX_U64 && integer >= -(1n << 63n)) {
      return { value: integer, described: `integer \`${integer}\`` }
    }
    const value = Number(text)
    if (!Number.isFinite(value)) throw this.#fault('number out of range')
    return { value, described: `floating point \`${floatText(value)}\`` }
  }

  #digits(): void {
    const start = this.#index
    while (isDigit(this.#bytes[this.#index])) this.#index += 1
    if (this.#index > start) return
    if (this.#index >= this.#bytes.length) throw this.#fault('EOF while parsing a value')
    this.#index += 1
    throw this.#fault('invalid number')
  }

  /** Reads a string at its opening quote. */
  #quoted(): string {
    const start = this.#index
    this.#index += 1
    for (;;) {
      const byte = this.#bytes[this.#index]
      if (byte === undefined) throw this.#fault('EOF while parsing a string')
      this.#index += 1
      if (byte === QUOTE) break
      if (byte === BACKSLASH) this.#escape()
      else if (byte < 0x20) {
        throw this.#fault('control character (\\u0000-\\u001F) found while parsing a string')
      }
    }
    const raw = this.#bytes.subarray(start, this.#index)
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(raw)) as string
    } catch {
      // The scan has seen a whole string, so what is left are bytes that are no UTF-8.
      throw this.#fault('invalid unicode code point')
    }
  }

  #escape(): void {
    const kind = this.#bytes[this.#index]
    if (kind === undefined) throw this.#fault('EOF while parsing a string')
    this.#index += 1
    if (kind !== code('u')) {
      if ('"\\/bfnrt'.includes(String.fromCharCode(kind))) return
      throw this.#fault('invalid escape')
    }
    const unit = this.#hexUnit()
    if (unit >= 0xdc00 && unit <= 0xdfff) {
      throw this.#fault('lone leading surrogate in hex escape')
    }
    if (unit < 0xd800 || unit > 0xdbff) return
    const isPair =
      this.#bytes[this.#index] === BACKSLASH && this.#bytes[this.#index + 1] === code('u')
    if (!isPair) throw this.#fault('unexpected end of hex escape')
    this.#index += 2
    const second = this.#hexUnit()
    if (second < 0xdc00 || second > 0xdfff) {
      throw this.#fault('lone leading surrogate in hex escape')
    }
  }

  #hexUnit(): number {
    const digits = Buffer.from(this.#bytes.subarray(this.#index, this.#index + 4)).toString(
      'latin1',
    )
    this.#index += digits.length
    if (digits.length < 4) throw this.#fault('EOF while parsing a string')
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fault('invalid escape')
    return Number.parseInt(digits, 16)
  }

  /** The next byte that is not white space; `undefined` at the end. Does not move past it. */
  #skipSpace(): number | undefined {
    for (;;) {
      const byte = this.#bytes[this.#index]
      if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte
      this.#index += 1
    }
  }

  #noValue(next: number | undefined): SerdeFault {
    if (next === undefined) return this.#fault('EOF while parsing a value')
    return this.#peekFault('expected value')
  }

  /** A fault at the last byte that was read. */
  #fault(text: string): SerdeFault {
    return this.#faultAfter(text, this.#index)
  }

  /** A fault at the byte that would be read next. */
  #peekFault(text: string): SerdeFault {
    return this.#faultAfter(text, Math.min(this.#index + 1, this.#bytes.length))
  }

  #faultAfter(text: string, count: number): SerdeFault {
    let line = 1
    let column = 0
    for (const byte of this.#bytes.subarray(0, count)) {
      column += 1
      if (byte !== 0x0a) continue
      line += 1
      column = 0
    }
    return new SerdeFault(`${text} at line ${line} column ${column}`)
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE
}

/** A float as Rust's `Debug` writes it: always with a point or an exponent. */
function floatText(value: number): string {
  const text = String(value).replace('e+', 'e')
  return /[.e]/.test(text) ? text : `${text}.0`
}

function oneOf(names: readonly string[]): string {
  const quoted = names.map(name => `\`${name}\``)
  if (quoted.length === 1) return quoted[0]!
  if (quoted.length === 2) return quoted.join(' or ')
  return `one of ${quoted.join(', ')}`
}
