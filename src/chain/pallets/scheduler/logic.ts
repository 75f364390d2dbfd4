// Calls that wait for their block: how they enter an agenda and leave it.

import type { ByteString } from '../../../scale/byte-string.ts'
import { byteStringFromBytes } from '../../../scale/byte-string.ts'
import { encodeToBytes } from '../../../scale/codec.ts'
import { callerOfOrigin, ensureRoot } from '../../runtime/origins.ts'
import type { ChainCall } from '../../runtime/outer.ts'
import type { Tx } from '../../runtime/tx.ts'
import { RuntimeCall } from '../../types/outer.ts'
import type { scheduler } from './declaration.ts'
import type { BoundedCall, Scheduled } from './types.ts'

type SchedulerTx = Tx<typeof scheduler>

/** Every so many blocks, so many times. */
export type Period = readonly [number, number] | null

/** `MaxScheduledPerBlock`. */
const maxPerBlock = 50

/** Longer calls would have to be kept elsewhere, and the runtime has no such place (`Preimages = ()`). */
const maxInlineBytes = 128

const u32Max = 0xffff_ffff

/** When, as the calls say it: at a block, or so many blocks after the next one. */
export type When =
  | { readonly type: 'at'; readonly block: number }
  | { readonly type: 'after'; readonly blocks: number }

/** Puts a call on the agenda of a block, with a name or without. Only Root may. */
export function schedule(
  tx: SchedulerTx,
  task: { id: ByteString | null; when: When; period: Period; priority: number; call: ChainCall },
): void {
  ensureRoot(tx)
  const call = bound(tx, task.call)
  if (task.id !== null && tx.state.Lookup.has(task.id)) throw tx.error('FailedToSchedule')
  const block = resolve(tx, task.when)
  const placed = place(tx, block, {
    maybe_id: task.id,
    priority: task.priority,
    call,
    maybe_periodic: repetitionsAfter(task.period),
    origin: callerOfOrigin(tx.origin),
  })
  if (!placed) throw tx.fail({ type: 'Exhausted' })
}

function bound(tx: SchedulerTx, call: ChainCall): BoundedCall {
  const bytes = encodeToBytes(RuntimeCall, call)
  if (bytes.length > maxInlineBytes) throw tx.fail({ type: 'Exhausted' })
  return { type: 'Inline', value: byteStringFromBytes(bytes) }
}

function resolve(tx: SchedulerTx, when: When): number {
  const block = when.type === 'at' ? when.block : Math.min(u32Max, tx.block + when.blocks + 1)
  if (block <= tx.block) throw tx.error('TargetBlockNumberInPast')
  return block
}

/** One time less, since one is on the agenda already; a period that never repeats is none. */
function repetitionsAfter(period: Period): Period {
  if (period === null || period[0] === 0 || period[1] <= 1) return null
  return [period[0], period[1] - 1]
}

/** Puts a task on the agenda of a block; false when that is full. */
export function place(tx: SchedulerTx, block: number, task: Scheduled): boolean {
  const agenda = [...tx.state.Agenda.get(block)]
  const index = agenda.length < maxPerBlock ? agenda.length : agenda.indexOf(null)
  if (index < 0) return false
  agenda[index] = task
  tx.state.Agenda.set(block, agenda)
  if (task.maybe_id !== null) tx.state.Lookup.set(task.maybe_id, [block, index])
  tx.deposit('Scheduled', { when: block, index })
  return true
}

/** Takes a task off the agenda of a block. Only Root may, and every task is Root's. */
export function cancel(tx: SchedulerTx, block: number, index: number): void {
  ensureRoot(tx)
  const task = tx.state.Agenda.get(block)[index]
  if (!task) throw tx.error('NotFound')
  if (task.maybe_id !== null) tx.state.Lookup.remove(task.maybe_id)
  clear(tx, block, index)
  tx.deposit('Canceled', { when: block, index })
}

/** Takes a named task off its agenda. */
export function cancelNamed(tx: SchedulerTx, id: ByteString): void {
  ensureRoot(tx)
  const place = tx.state.Lookup.get(id)
  if (place === null) throw tx.error('NotFound')
  tx.state.Lookup.remove(id)
  const [block, index] = place
  clear(tx, block, index)
  tx.deposit('Canceled', { when: block, index })
}

/** Empties a place of an agenda, and cuts the empty places at its end. */
function clear(tx: SchedulerTx, block: number, index: number): void {
  const agenda = [...tx.state.Agenda.get(block)]
  agenda[index] = null
  while (agenda.length > 0 && agenda.at(-1) === null) agenda.pop()
  if (agenda.length === 0) tx.state.Agenda.remove(block)
  else tx.state.Agenda.set(block, agenda)
}
