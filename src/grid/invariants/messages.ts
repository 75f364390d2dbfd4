// No message vanishes: each is delivered, refused, expired or dropped, or it is still on its way or in a queue.

import type { BusMessage } from '../../rmb/bus.ts'
import type { GridInvariant } from './invariant.ts'

/** A message that is older is looked for, in ms: most have long come to their end. */
const overdueMs = 60_000

/** Every message has an outcome. */
export const messagesHaveOutcomes: GridInvariant = {
  name: 'every message has an outcome',
  check({ world, record }) {
    const now = world.kernel.now()
    const overdue = record.messages
      .entries()
      .filter(([, { at, isQueued }]) => !isQueued && now - at > overdueMs)
    if (overdue.length === 0) return null
    const moving = new Set<string>()
    for (const { kind, payload } of world.kernel.pending()) {
      if (kind === 'rmb.arrive' || kind === 'rmb.inbound') moving.add((payload as BusMessage).uid)
    }
    for (const [key, { at }] of overdue) {
      const uid = key.slice(0, key.indexOf('>'))
      if (moving.has(uid) || world.faults.keepsMessage(uid)) continue
      return `the message ${key} was sent ${now - at} ms ago, and nothing became of it`
    }
    return null
  },
}
