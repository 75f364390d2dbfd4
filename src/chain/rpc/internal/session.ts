// What the server keeps of one client beside its subscriptions; it ends with the connection.

import type { Broadcast } from './broadcasts.ts'
import type { Follow } from './follow.ts'

/** One client: a WebSocket connection, or all who come by single HTTP requests. */
export class Session {
  /** Whether the client may change the world by hand. */
  readonly isDev: boolean
  /** Its `chainHead_v1_follow` subscriptions, by id. */
  readonly follows = new Map<string, Follow>()
  /** Its `transaction_v1_broadcast` operations, by id. */
  readonly broadcasts = new Map<string, Broadcast>()
  #later: (() => void)[] = []
  #onEnd: (() => void)[] = []

  constructor(options: { isDev: boolean }) {
    this.isDev = options.isDev
  }

  /** Calls `body` once the answer that is being made was sent: what it tells refers to the answer. */
  afterAnswer(body: () => void): void {
    this.#later.push(body)
  }

  /** The answer was sent. */
  answered(): void {
    if (this.#later.length === 0) return
    const later = this.#later
    this.#later = []
    for (const body of later) body()
  }

  onEnd(body: () => void): void {
    this.#onEnd.push(body)
  }

  /** The client has gone. */
  end(): void {
    const bodies = this.#onEnd
    this.#onEnd = []
    this.#later = []
    for (const body of bodies) body()
  }
}
