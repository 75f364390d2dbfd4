// Watches the frame headers on a socket: the library bounds messages, the real relay also bounds single frames.

/** Largest frame and largest message that the relay reads (`tungstenite-rs: src/protocol/mod.rs`, defaults). */
export const maxFrameBytes = 16 * 1024 * 1024
export const maxMessageBytes = 64 * 1024 * 1024

const longestHeader = 14

/** Follows the frames of one direction of one connection. */
export class FrameGuard {
  readonly #limit: number
  readonly #header = new Uint8Array(longestHeader)
  #filled = 0
  #needed = 2
  #payloadLeft = 0

  constructor(limit: number = maxFrameBytes) {
    this.#limit = limit
  }

  /** Takes the next bytes as they came; false as soon as a header announces a frame that is too large. */
  allows(chunk: Uint8Array): boolean {
    let at = 0
    while (at < chunk.length) {
      if (this.#payloadLeft > 0) {
        const skipped = Math.min(this.#payloadLeft, chunk.length - at)
        this.#payloadLeft -= skipped
        at += skipped
        continue
      }
      this.#header[this.#filled] = chunk[at]!
      this.#filled += 1
      at += 1
      if (this.#filled === 2) this.#needed = headerSize(this.#header[1]!)
      if (this.#filled < this.#needed) continue
      const size = this.#payloadSize()
      if (size > this.#limit) return false
      this.#payloadLeft = size
      this.#filled = 0
      this.#needed = 2
    }
    return true
  }

  /** Exact for all sizes that matter; larger ones stay larger. */
  #payloadSize(): number {
    const short = this.#header[1]! & 0x7f
    if (short < 126) return short
    const end = short === 126 ? 4 : 10
    let size = 0
    for (let i = 2; i < end; i += 1) size = size * 256 + this.#header[i]!
    return size
  }
}

/** Two bytes, the longer forms of the size, and the mask (`RFC 6455`, section 5.2). */
function headerSize(second: number): number {
  const short = second & 0x7f
  const extended = short === 127 ? 8 : short === 126 ? 2 : 0
  return 2 + extended + (second >= 0x80 ? 4 : 0)
}
