// Reads the protobuf wire format as the relay's library does: `rust-protobuf: protobuf/src/coded_input_stream`.

import { isUtf8 } from 'node:buffer'
import type { WireErrorText } from '../errors.ts'

/** The wire types of protobuf; 3 and 4 bracket groups, which no message here uses. */
export const WireType = {
  varint: 0,
  fixed64: 1,
  bytes: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const

/** Thrown inside the decoder only: the bytes are not a message. */
export class WireFault extends Error {
  readonly reason: WireErrorText

  constructor(reason: WireErrorText) {
    super(reason)
    this.name = 'WireFault'
    this.reason = reason
  }
}

// `rust-protobuf: protobuf/src/coded_input_stream/mod.rs`, `DEFAULT_RECURSION_LIMIT`.
const GROUP_DEPTH_LIMIT = 100

/** A position in bytes, and where the message that is being read ends. */
export class WireReader {
  readonly #bytes: Buffer
  #position = 0
  #end: number

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#end = bytes.length
  }

  /** The next field's number and wire type (number * 8 + type), or 0 at the message's end. */
  tag(): number {
    if (this.#position === this.#end) return 0
    const tag = this.u32()
    if (tag >>> 3 === 0 || (tag & 7) > WireType.fixed32) throw new WireFault('Incorrect tag')
    return tag
  }

  /** A varint of at most 32 bits. */
  u32(): number {
    let value = 0
    for (let i = 0; i < 5; i++) {
      const byte = this.#byte()
      if (i === 4 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new WireFault('Incorrect varint')
  }

  /** A varint of at most 64 bits. */
  u64(): bigint {
    // Seven groups of seven bits are exact in a number; the rest is rare and kept apart.
    let low = 0
    let high = 0
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte()
      if (i === 9 && byte > 1) break
      if (i < 7) low += (byte & 0x7f) * 2 ** (7 * i)
      else high += (byte & 0x7f) * 2 ** (7 * (i - 7))
      if (byte < 0x80) return high === 0 ? BigInt(low) : BigInt(low) + (BigInt(high) << 49n)
    }
    throw new WireFault('Incorrect varint')
  }

  /** A field of bytes, as a view of the bytes being read. */
  bytes(): Uint8Array {
    const start = this.#take()
    const { buffer, byteOffset } = this.#bytes
    return new Uint8Array(buffer, byteOffset + start, this.#position - start)
  }

  /** A field of text. */
  text(): string {
    const start = this.#take()
    if (this.#isAscii(start)) return this.#bytes.toString('latin1', start, this.#position)
    this.#checkUtf8(start)
    return this.#bytes.toString('utf8', start, this.#position)
  }

  /** Passes over a field of text, but not over text that is none. */
  skipText(): void {
    const start = this.#take()
    if (!this.#isAscii(start)) this.#checkUtf8(start)
  }

  /** Reads a field that is itself a message. */
  message<T>(read: (reader: WireReader) => T): T {
    const start = this.#take()
    const end = this.#position
    const outerEnd = this.#end
    this.#position = start
    this.#end = end
    const value = read(this)
    this.#end = outerEnd
    return value
  }

  /** Passes over a field that nobody knows. */
  skip(tag: number): void {
    if ((tag & 7) === WireType.startGroup) this.#skipGroup()
    else this.#skipPlain(tag)
  }

  #skipPlain(tag: number): void {
    switch (tag & 7) {
      case WireType.varint:
        this.u64()
        return
      case WireType.fixed64:
        this.#skipBytes(8)
        return
      case WireType.bytes:
        this.#take()
        return
      case WireType.fixed32:
        this.#skipBytes(4)
        return
      default:
        throw new WireFault('Unexpected wire type')
    }
  }

  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const tag = this.tag()
      if (tag === 0) throw new WireFault('Unexpected EOF')
      const type = tag & 7
      if (type === WireType.endGroup) depth -= 1
      else if (type === WireType.startGroup) depth += 1
      else this.#skipPlain(tag)
      if (depth > GROUP_DEPTH_LIMIT) throw new WireFault('Over recursion limit')
    }
  }

  #byte(): number {
    if (this.#position >= this.#end) throw new WireFault('Unexpected EOF')
    return this.#bytes[this.#position++]!
  }

  /** Moves behind a field with a length; returns where its content starts. */
  #take(): number {
    const size = this.u32()
    const start = this.#position
    if (size > this.#end - start) throw new WireFault('Truncated message')
    this.#position = start + size
    return start
  }

  #skipBytes(count: number): void {
    if (count > this.#end - this.#position) throw new WireFault('Unexpected EOF')
    this.#position += count
  }

  #isAscii(start: number): boolean {
    for (let i = start; i < this.#position; i++) if (this.#bytes[i]! > 0x7f) return false
    return true
  }

  #checkUtf8(start: number): void {
    if (!isUtf8(this.#bytes.subarray(start, this.#position))) {
      throw new WireFault('Invalid UTF-8 sequence')
    }
  }
}
