// Bytes that came over a socket and were not read yet.

const LF = 0x0a
const CR = 0x0d
const SMALL = 4096
/** Room that an empty queue may keep. */
const KEPT = 1024 * 1024

/** A buffer that grows by doubling, so that pushing and taking cost what is pushed and taken. */
export class ByteQueue {
  #bytes: Buffer = Buffer.allocUnsafeSlow(SMALL)
  #start = 0
  #end = 0
  /** Up to here no line feed was found. */
  #scanned = 0

  get length(): number {
    return this.#end - this.#start
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /** The first byte; `undefined` when there is none. */
  first(): number | undefined {
    return this.#start < this.#end ? this.#bytes[this.#start] : undefined
  }

  /** Takes a line without its end; `undefined` when its end is not there yet. The bytes are a copy. */
  line(limit: number): Buffer | 'tooLong' | undefined {
    const from = Math.max(this.#scanned, this.#start)
    const at = this.#bytes.subarray(from, this.#end).indexOf(LF)
    if (at === -1) {
      this.#scanned = this.#end
      return this.length > limit ? 'tooLong' : undefined
    }
    const lineFeed = from + at
    if (lineFeed - this.#start > limit) return 'tooLong'
    const end = this.#bytes[lineFeed - 1] === CR && lineFeed > this.#start ? lineFeed - 1 : lineFeed
    const line = Buffer.from(this.#bytes.subarray(this.#start, end))
    this.#advance(lineFeed + 1)
    return line
  }

  /** Takes `count` bytes (a copy) and drops `skip` after them; `undefined` when not all are there. */
  take(count: number, skip: number): Buffer | undefined {
    if (this.length < count + skip) return undefined
    const bytes = Buffer.from(this.#bytes.subarray(this.#start, this.#start + count))
    this.#advance(this.#start + count + skip)
    return bytes
  }

  #advance(start: number): void {
    this.#start = start
    this.#scanned = start
    if (start < this.#end) return
    this.#start = 0
    this.#end = 0
    this.#scanned = 0
    if (this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafeSlow(SMALL)
  }

  #makeRoom(count: number): void {
    const length = this.length
    const target = this.#bytes.length >= 2 * (length + count) ? this.#bytes : this.#larger(count)
    this.#bytes.copy(target, 0, this.#start, this.#end)
    this.#bytes = target
    this.#scanned = Math.max(0, this.#scanned - this.#start)
    this.#start = 0
    this.#end = length
  }

  #larger(count: number): Buffer {
    let size = this.#bytes.length
    while (size < 2 * (this.length + count)) size *= 2
    return Buffer.allocUnsafeSlow(size)
  }
}
