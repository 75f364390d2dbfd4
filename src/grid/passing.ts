// What faults do to messages that only pass by: from one client of the relay to another, neither of them of this process.

import type { Faults } from '../faults/faults.ts'
import type { MessageHead } from '../faults/links.ts'
import type { Driver } from '../kernel/driver.ts'
import { createRandom } from '../kernel/random.ts'
import { Store } from '../kernel/store.ts'
import type { Passing } from '../rmb/relay/relay.ts'

/** Messages that are held at once; more are lost. */
const mostHeld = 100_000

/** How often those that are held are looked through, in ms of wall time. */
const lookMs = 20

interface Held {
  /** Virtual time at which it goes on. */
  readonly at: number
  /** The fault that has to be over before; null for none. */
  readonly by: number | null
  readonly message: MessageHead
  readonly go: () => void
}

/**
 * Makes the passage. What passes is no input of the world: the dice are thrown outside of it, and what is held is lost
 * with the process.
 */
export function passingOf(
  faults: Faults,
  driver: Driver,
  seed: string,
): Passing & { close(): void } {
  const random = createRandom(`passing/${seed}`, new Store())
  const randomOf = (fault: number) => random.stream(`fault/${fault}`)
  let held: Held[] = []
  let timer: NodeJS.Timeout | null = null

  function hold(one: Held): boolean {
    if (held.length >= mostHeld) return false
    held.push(one)
    timer ??= setInterval(look, lookMs).unref()
    return true
  }

  function look(): void {
    const due = driver.enter(() => {
      const now = driver.kernel.now()
      return held.filter(({ at, by }) => at <= now && (by === null || !faults.find(by)))
    })
    if (due.length > 0) {
      const leaving = new Set(due)
      held = held.filter(one => !leaving.has(one))
      // One that was kept meets what else is broken.
      for (const { by, message, go } of due) by === null ? go() : send(message, go)
    }
    if (held.length > 0 || timer === null) return
    clearInterval(timer)
    timer = null
  }

  function send(message: MessageHead, go: () => void): string | null {
    const { verdict, now } = driver.enter(() => ({
      verdict: faults.verdictOn(message, randomOf),
      now: driver.kernel.now(),
    }))
    switch (verdict.type) {
      case 'lost':
        return verdict.reason
      case 'kept':
        return hold({ at: now, by: verdict.by, message, go }) ? null : 'too many messages are kept'
      case 'arrives':
        for (const lateMs of verdict.lateMs) {
          if (lateMs === 0) go()
          else hold({ at: now + lateMs, by: null, message, go })
        }
        return null
    }
  }

  return {
    send,
    close() {
      if (timer) clearInterval(timer)
    },
  }
}
