// Where encoders put their bytes: a buffer that grows, with a cursor.

import { assertByteString, type ByteString, type Hex } from './byte-string.ts'
import { ScaleError } from './errors.ts'

/** How deep calls may nest inside calls; Substrate decodes extrinsics with the same limit. */
// paritytech/substrate: frame/support/src/lib.rs (MAX_EXTRINSIC_DEPTH)
export const MAX_NESTING = 256

/** Above this length a native copy is faster than a loop over the characters. */
const LONGEST_LOOPED_STRING = 24

const U64_MAX = (1n << 64n) - 1n
const U128_MAX = (1n << 128n) - 1n
const U32_SIZE = 0x1_0000_0000

/** The value of each ASCII hex digit; 255 for what is none, uppercase included. */
const HEX_DIGITS = new Uint8Array(128).fill(255)
for (let digit = 0; digit < 16; digit++) HEX_DIGITS[digit.toString(16).charCodeAt(0)] = digit

/** A growing buffer of SCALE bytes. Reuse it with `reset()`; `toBytes()` copies out. */
export class ScaleWriter {
  /** Bytes written so far. */
  length = 0
  #bytes: Uint8Array
  /** The same memory, for what Node does natively and for wide integers. */
  #buffer: Buffer
  #view: DataView
  #nesting = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#buffer = Buffer.from(this.#bytes.buffer)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get capacity(): number {
    return this.#bytes.length
  }

  reset(): void {
    this.length = 0
    this.#nesting = 0
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  /** What was written, in place: good until the next byte is written. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length)
  }

  toHex(): Hex {
    return `0x${this.#buffer.toString('hex', 0, this.length)}`
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) throw outOfRange(value, 'u8')
    // Room first: growing replaces the buffer.
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    if ((value & 0xffff) !== value) throw outOfRange(value, 'u16')
    const at = this.#grow(2)
    this.#bytes[at] = value
    this.#bytes[at + 1] = value >>> 8
  }

  u32(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 'u32')
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
  }

  u64(value: bigint): void {
    if (!(value >= 0n && value <= U64_MAX)) throw outOfRange(value, 'u64')
    const at = this.#grow(8)
    this.#view.setBigUint64(at, asBigInt(value), true)
  }

  u128(value: bigint): void {
    if (!(value >= 0n && value <= U128_MAX)) throw outOfRange(value, 'u128')
    const at = this.#grow(16)
    this.#view.setBigUint64(at, asBigInt(value), true)
    // setBigUint64 takes the low 64 bits, so the low half needs no masking.
    this.#view.setBigUint64(at + 8, value <= U64_MAX ? 0n : value >> 64n, true)
  }

  /** The low `bytes` bytes of an integer in two's complement; the caller has checked the range. */
  wideInteger(value: bigint, bytes: number): void {
    const at = this.#grow(bytes)
    let rest = asBigInt(value)
    for (let offset = 0; offset < bytes; offset += 8) {
      this.#view.setBigUint64(at + offset, BigInt.asUintN(64, rest), true)
      rest >>= 64n
    }
  }

  /** A compact integer below 2^32: the length of a list, a nonce, a block number. */
  compact(value: number): void {
    if (value >>> 0 !== value) throw outOfRange(value, 'compact u32')
    if (value < 0x40) {
      const at = this.#grow(1)
      this.#bytes[at] = value << 2
    } else if (value < 0x4000) {
      this.u16((value << 2) | 1)
    } else if (value < 0x4000_0000) {
      const at = this.#grow(4)
      this.#view.setUint32(at, ((value << 2) | 2) >>> 0, true)
    } else {
      const at = this.#grow(5)
      this.#bytes[at] = 3
      this.#view.setUint32(at + 1, value, true)
    }
  }

  /** A compact integer of up to 128 bits: an amount, a weight, a moment. */
  compactBig(value: bigint): void {
    if (!(value >= 0n && value <= U128_MAX)) throw outOfRange(value, 'compact u128')
    if (value < U32_SIZE) {
      this.compact(Number(value))
      return
    }
    const modeAt = this.#grow(1)
    let rest = asBigInt(value)
    let count = 0
    for (; rest > 0n; rest >>= 8n) {
      this.u8(Number(rest & 0xffn))
      count++
    }
    this.#bytes[modeAt] = ((count - 4) << 2) | 3
  }

  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** The bytes of a ByteString, without a length. */
  byteString(value: ByteString): void {
    const { length } = value
    const at = this.#grow(length)
    if (length > LONGEST_LOOPED_STRING) {
      assertByteString(value)
      this.#buffer.write(value, at, 'latin1')
      return
    }
    let seen = 0
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i)
      seen |= code
      this.#bytes[at + i] = code
    }
    if (seen > 0xff) assertByteString(value)
  }

  /** The bytes of lowercase hex that must spell exactly `count` bytes. */
  hex(value: Hex, count: number): void {
    if (value.length !== 2 + 2 * count || !value.startsWith('0x')) throw notHex(value, count)
    const at = this.#grow(count)
    let bad = 0
    for (let i = 0; i < count; i++) {
      const high = HEX_DIGITS[value.charCodeAt(2 + 2 * i)] ?? 255
      const low = HEX_DIGITS[value.charCodeAt(3 + 2 * i)] ?? 255
      bad |= high | low
      this.#bytes[at + i] = (high << 4) | low
    }
    if (bad > 15) throw notHex(value, count)
  }

  /** UTF-8 text behind its compact length. */
  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8')
    this.compact(length)
    const at = this.#grow(length)
    this.#buffer.write(value, at, 'utf8')
  }

  /** Steps into a type that can contain itself; `leave()` steps out. */
  enter(): void {
    if (++this.#nesting > MAX_NESTING) throw new ScaleError('tooDeep', 'nested too deeply')
  }

  leave(): void {
    this.#nesting--
  }

  /** Makes room for `count` bytes, moves past them, and says where they begin. */
  #grow(count: number): number {
    const at = this.length
    const end = at + count
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
      this.#buffer = Buffer.from(larger.buffer)
      this.#view = new DataView(larger.buffer)
    }
    this.length = end
    return at
  }
}

/** Comparisons accept a number among bigints; storing one does not. */
function asBigInt(value: bigint): bigint {
  if (typeof value !== 'bigint') throw outOfRange(value, 'bigint')
  return value
}

function outOfRange(value: unknown, type: string): ScaleError {
  return new ScaleError('badValue', `${describe(value)} is not a ${type}`)
}

function notHex(value: string, count: number): ScaleError {
  return new ScaleError('badValue', `${describe(value)} is not lowercase hex of ${count} bytes`)
}

function describe(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : String(value)
  return text.length > 100 ? `${text.slice(0, 100)}...` : text
}
