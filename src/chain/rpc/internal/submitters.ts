// How many clients submit at the moment: when there are several, instant blocks keep a distance from each other.

import type { WallClock } from '../../../kernel/driver.ts'
import type { ChainPort, DevControl } from '../port.ts'
import type { Session } from './session.ts'

/**
 * The distance between blocks, in ms, while several clients submit: without one, a busy client would use up within
 * milliseconds the 64 blocks for which another one's extrinsic is valid.
 */
export const sharedGapMs = 100

/** A client submits for as long as this after its last extrinsic, in ms of wall time: longer than 64 such blocks last. */
const activeMs = 10_000

/** The clients that submit. */
export class Submitters {
  readonly #chain: ChainPort
  readonly #clock: WallClock
  readonly #control: DevControl
  readonly #lastAt = new Map<Session, number>()

  constructor(options: { chain: ChainPort; clock: WallClock; control: DevControl }) {
    this.#chain = options.chain
    this.#clock = options.clock
    this.#control = options.control
  }

  /** A client submits now. */
  note(session: Session): void {
    const now = this.#clock.now()
    if (!this.#lastAt.has(session)) session.onEnd(() => this.#lastAt.delete(session))
    this.#lastAt.set(session, now)
    let active = 0
    if (this.#lastAt.size > 1) {
      for (const at of this.#lastAt.values()) if (at >= now - activeMs) active += 1
    }
    const ms = active > 1 ? sharedGapMs : 0
    if (ms !== this.#chain.instantGapMs) this.#control.edit({ type: 'setInstantGap', ms })
  }
}
