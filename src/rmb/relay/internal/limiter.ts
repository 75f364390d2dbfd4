// Rate limits per twin in fixed windows of wall time (`rmb-rs: src/relay/limiter/fixed.rs`).

/** How many messages, and of how many bytes together, a twin may send in a window. */
export interface RateLimit {
  readonly count: number
  readonly bytes: number
  /** 60 unless a test wants another. */
  readonly windowSeconds?: number
}

interface Counters {
  count: number
  bytes: number
}

/** Counts what twins send. */
export class Limiter {
  readonly #limit: RateLimit | null
  readonly #twins = new Map<number, Counters>()
  #window = -1

  /** Without a limit everything is admitted. */
  constructor(limit: RateLimit | null) {
    this.#limit = limit
  }

  /** Counts a message; false when it is one too many. */
  admits(twin: number, bytes: number, nowMs: number): boolean {
    const limit = this.#limit
    if (limit === null) return true
    // Not even counted: it could never pass.
    if (bytes > limit.bytes) return false
    const window = Math.floor(Math.floor(nowMs / 1000) / (limit.windowSeconds ?? 60))
    if (window !== this.#window) {
      this.#window = window
      this.#twins.clear()
    }
    const counters = this.#twins.get(twin) ?? { count: 0, bytes: 0 }
    this.#twins.set(twin, counters)
    counters.count += 1
    counters.bytes += bytes
    return counters.count <= limit.count && counters.bytes <= limit.bytes
  }
}
