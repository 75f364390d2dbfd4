// A cursor over SCALE bytes that never reads past their end.

import type { ByteString, Hex } from './byte-string.ts'
import { ScaleError } from './errors.ts'
import { MAX_NESTING } from './writer.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads values from the front of `bytes`; every failure is a ScaleError. */
export class ScaleReader {
  /** The position of the next byte. */
  offset = 0
  readonly #bytes: Uint8Array
  #view: DataView | undefined
  #buffer: Buffer | undefined
  #nesting = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.offset
  }

  u8(): number {
    const at = this.#take(1)
    return this.#bytes[at]!
  }

  u16(): number {
    const at = this.#take(2)
    return this.#bytes[at]! | (this.#bytes[at + 1]! << 8)
  }

  u32(): number {
    const at = this.#take(4)
    const bytes = this.#bytes
    const low = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    return (low | (bytes[at + 3]! << 24)) >>> 0
  }

  u64(): bigint {
    const at = this.#take(8)
    return this.#dataView().getBigUint64(at, true)
  }

  u128(): bigint {
    const at = this.#take(16)
    const view = this.#dataView()
    const low = view.getBigUint64(at, true)
    const high = view.getBigUint64(at + 8, true)
    return high === 0n ? low : (high << 64n) | low
  }

  /** An unsigned little-endian integer of a multiple of 8 bytes. */
  wideInteger(bytes: number): bigint {
    let value = 0n
    for (let at = this.#take(bytes) + bytes - 8, left = bytes; left > 0; at -= 8, left -= 8) {
      value = (value << 64n) | this.#dataView().getBigUint64(at, true)
    }
    return value
  }

  /** A compact integer below 2^32. Longer spellings than needed are refused, as Substrate does. */
  compact(): number {
    const first = this.u8()
    switch (first & 3) {
      case 0:
        return first >>> 2
      case 1: {
        const value = (first >>> 2) | (this.u8() << 6)
        if (value < 0x40) throw notMinimal()
        return value
      }
      case 2: {
        const value = ((first >>> 2) | (this.u8() << 6) | (this.u16() << 14)) >>> 0
        if (value < 0x4000) throw notMinimal()
        return value
      }
      default: {
        if (first !== 3) throw new ScaleError('badValue', 'a compact integer above 32 bits')
        const value = this.u32()
        if (value < 0x4000_0000) throw notMinimal()
        return value
      }
    }
  }

  /** A compact integer of up to `bits` bits (64 or 128). */
  compactBig(bits: number): bigint {
    const first = this.#bytes[this.offset]
    if (first === undefined) throw endOfInput()
    if ((first & 3) !== 3 || first === 3) return BigInt(this.compact())
    const count = (first >>> 2) + 4
    if (count * 8 > bits) throw new ScaleError('badValue', `a compact integer above ${bits} bits`)
    const at = this.#take(1 + count)
    if (this.#bytes[at + count] === 0) throw notMinimal()
    let value = 0n
    for (let i = count; i > 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!)
    return value
  }

  /**
   * The declared length of a list. More items than bytes are left cannot be true (no list here has
   * items without bytes), so this is refused before anything is allocated.
   */
  listLength(): number {
    const length = this.compact()
    if (length > this.remaining) {
      throw new ScaleError('tooLong', `${length} items declared, ${this.remaining} bytes left`)
    }
    return length
  }

  byteString(count: number): ByteString {
    if (count === 0) return ''
    const at = this.#take(count)
    return this.#nodeBuffer().toString('latin1', at, at + count)
  }

  hex(count: number): Hex {
    const at = this.#take(count)
    return `0x${this.#nodeBuffer().toString('hex', at, at + count)}`
  }

  /** A copy of the next `count` bytes. */
  raw(count: number): Uint8Array {
    const at = this.#take(count)
    return this.#bytes.slice(at, at + count)
  }

  /** UTF-8 text behind its compact length. */
  text(): string {
    const length = this.listLength()
    const at = this.#take(length)
    try {
      return utf8.decode(this.#bytes.subarray(at, at + length))
    } catch {
      throw new ScaleError('badValue', 'text that is not UTF-8')
    }
  }

  /** Steps into a type that can contain itself; `leave()` steps out. */
  enter(): void {
    if (++this.#nesting > MAX_NESTING) throw new ScaleError('tooDeep', 'nested too deeply')
  }

  leave(): void {
    this.#nesting--
  }

  /** Fails when bytes are left. */
  expectEnd(): void {
    if (this.remaining > 0) {
      throw new ScaleError('trailingBytes', `${this.remaining} bytes left over`)
    }
  }

  #take(count: number): number {
    const at = this.offset
    const end = at + count
    if (end > this.#bytes.length) throw endOfInput()
    this.offset = end
    return at
  }

  #dataView(): DataView {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    return this.#view
  }

  #nodeBuffer(): Buffer {
    this.#buffer ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    return this.#buffer
  }
}

function endOfInput(): ScaleError {
  return new ScaleError('endOfInput', 'the input ends inside a value')
}

function notMinimal(): ScaleError {
  return new ScaleError('badValue', 'a compact integer that is not in its shortest form')
}
