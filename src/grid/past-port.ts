// The past of a running grid as its control API knows it.

import { decodeExtrinsic } from '../chain/node/extrinsic.ts'
import type { Driver } from '../kernel/driver.ts'
import { type BusMessage, whatOf } from '../rmb/bus.ts'
import type { PastMoment, PastPort } from '../services/control/past.ts'
import type { Entry } from './journal.ts'
import type { KeptWorld } from './kept-world.ts'

/** Inputs that are named before a moment. */
const inputsShown = 5

/** Characters of what an input carries that are shown. */
const longestText = 120

/** The port of a running grid. `onReverted` is told when the world was taken back, outside of it. */
export function pastPortOf(kept: KeptWorld, driver: Driver, onReverted: () => void): PastPort {
  const { world, past, chronicle, control } = kept
  return {
    state: () =>
      driver.enter(() => ({
        begin: past.begin,
        now: world.kernel.now(),
        spanMs: chronicle.widthMs,
        spans: chronicle.list(),
        marks: past.marks.list().map(({ point: { at }, block }) => ({ at, block })),
      })),
    look: at =>
      driver.enter(() => {
        past.check(at)
        return momentOf(kept, at)
      }),
    rewind(at) {
      const { at: time, block, blockHash, digest } = driver.enter(() => control.rewind(at))
      onReverted()
      return { time, block, blockHash, digest }
    },
  }
}

function momentOf({ world, past, chronicle }: KeptWorld, at: number): PastMoment {
  const { block: last, counts } = chronicle.find(at)
  const isLeft = !past.isOnWay(at)
  const found = isLeft ? null : blockAt(world.chain.archive, at)
  return {
    at,
    block: found ?? last,
    isExact: found !== null,
    isLeft,
    counts,
    inputs: past
      .inputsBefore(at, inputsShown)
      .map(entry => ({ at: entry.at, what: textOf(entry) })),
  }
}

/** The last block of a chain at a moment; null when the chain that there is now began later. */
function blockAt(
  archive: { readonly best: number; cadenceOf(number: number): number },
  at: number,
): number | null {
  if (archive.cadenceOf(0) > at) return null
  let low = 0
  let high = archive.best
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (archive.cadenceOf(middle) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** An input in a line: its kind, and what it carries as far as people can read it. */
function textOf(entry: Entry): string {
  const text = contentOf(entry)
  return `${entry.kind} ${text.length > longestText ? `${text.slice(0, longestText)}…` : text}`
}

function contentOf({ kind, payload }: Entry): string {
  switch (kind) {
    case 'chain.submit': {
      const decoded = decodeExtrinsic(Uint8Array.from(payload as Uint8Array))
      return decoded.ok ? `${decoded.extrinsic.call.pallet}.${decoded.extrinsic.call.name}` : ''
    }
    case 'rmb.message': {
      const { body, destination } = payload as BusMessage
      return `${whatOf(body)} to twin ${destination.twin}`
    }
    case 'time.advanceTo':
    case 'world.rewind':
      return new Date(payload as number).toISOString()
    default:
      return JSON.stringify(payload, (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
  }
}
