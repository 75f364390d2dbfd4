// Writes the protobuf wire format.

import { invariant } from '../../kernel/errors.ts'

// One buffer serves all messages up to this size; larger ones get one of their own.
const SHARED_SIZE = 64 * 1024
const shared = Buffer.allocUnsafeSlow(SHARED_SIZE)

const LONGEST_VARINT = 10

/** How many bytes the varint of a 32-bit number takes. */
export function varintSize(value: number): number {
  let size = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1
  return size
}

/** Collects fields; `finish` copies them out. Only one writer is in use at a time. */
export class WireWriter {
  #buffer = shared
  #position = 0

  /** A tag (number * 8 + type) and a varint of at most 32 bits. */
  u32(tag: number, value: number): void {
    invariant(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, 'a uint32 is one')
    this.#reserve(2 * LONGEST_VARINT)
    this.#varint(tag)
    this.#varint(value)
  }

  /** A tag and a varint of at most 64 bits. */
  u64(tag: number, value: bigint): void {
    invariant(value >= 0n && value < 1n << 64n, 'a uint64 is one')
    this.#reserve(2 * LONGEST_VARINT)
    this.#varint(tag)
    let rest = value
    while (rest > BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#buffer[this.#position++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#varint(Number(rest))
  }

  /** A tag and bytes. */
  bytes(tag: number, bytes: Uint8Array): void {
    this.#head(tag, bytes.length)
    this.#buffer.set(bytes, this.#position)
    this.#position += bytes.length
  }

  /** A tag and text. */
  text(tag: number, text: string): void {
    const size = Buffer.byteLength(text)
    this.#head(tag, size)
    this.#position += this.#buffer.write(text, this.#position, size, 'utf8')
  }

  /** The tag and size of a message whose fields are written next. */
  message(tag: number, size: number): void {
    this.#head(tag, size)
  }

  /** The bytes written so far. */
  finish(): Uint8Array {
    return new Uint8Array(this.#buffer.subarray(0, this.#position))
  }

  #head(tag: number, size: number): void {
    this.#reserve(2 * LONGEST_VARINT + size)
    this.#varint(tag)
    this.#varint(size)
  }

  #varint(value: number): void {
    let rest = value
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#position++] = rest
  }

  #reserve(count: number): void {
    const needed = this.#position + count
    if (needed <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length))
    larger.set(this.#buffer.subarray(0, this.#position))
    this.#buffer = larger
  }
}
