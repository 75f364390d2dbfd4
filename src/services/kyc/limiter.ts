// Limits how many tokens somebody may get in a time (`gofiber/fiber: middleware/limiter/limiter_fixed.go`, with
// failed requests not counted).

interface Window {
  count: number
  /** Wall time in s at which the count begins anew. */
  readonly endsAt: number
}

/** Somebody's windows that are kept; past it the oldest are forgotten. */
const keptWindows = 10_000

/** Counts requests by key in windows of fixed length. */
export class FixedWindowLimiter {
  readonly #max: number
  readonly #seconds: number
  readonly #windows = new Map<string, Window>()

  constructor({ max, minutes }: { max: number; minutes: number }) {
    this.#max = max
    this.#seconds = minutes * 60
  }

  /** Seconds until a key may ask again, or 0 when it may now. */
  waitOf(key: string, now: number): number {
    const window = this.#windows.get(key)
    if (!window || window.endsAt <= now || window.count < this.#max) return 0
    return Math.ceil(window.endsAt - now)
  }

  /** Counts a request that succeeded. */
  count(key: string, now: number): void {
    const window = this.#windows.get(key)
    if (window && window.endsAt > now) {
      window.count += 1
      return
    }
    this.#windows.delete(key)
    this.#windows.set(key, { count: 1, endsAt: now + this.#seconds })
    if (this.#windows.size <= keptWindows) return
    const [oldest] = this.#windows.keys()
    this.#windows.delete(oldest!)
  }
}
