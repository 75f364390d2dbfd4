// The scheduler at the start of a block: what is on the agenda runs, as far as the block has room for it.

import { bytesOfByteString } from '../../../scale/byte-string.ts'
import { decodeFromBytes } from '../../../scale/codec.ts'
import type { PalletHooks } from '../../runtime/declare.ts'
import { originOfCaller, resultOf } from '../../runtime/origins.ts'
import type { ChainCall } from '../../runtime/outer.ts'
import type { Tx } from '../../runtime/tx.ts'
import { RuntimeCall } from '../../types/outer.ts'
import type { Weight } from '../../types/primitives.ts'
import { scheduler } from './declaration.ts'
import { place } from './logic.ts'
import type { Scheduled } from './types.ts'

type SchedulerTx = Tx<typeof scheduler>

const limit = scheduler.constants.MaximumWeight!.value as Weight

/** What is left of the weight that a block gives to scheduled calls. Servicing itself weighs next to nothing. */
class Meter {
  #refTime = limit.ref_time
  #proofSize = limit.proof_size
  /** How many tasks ran in this block. */
  executed = 0

  hasRoomFor(weight: { refTime: bigint; proofSize: bigint }): boolean {
    return weight.refTime <= this.#refTime && weight.proofSize <= this.#proofSize
  }

  take(weight: { refTime: bigint; proofSize: bigint }): void {
    this.#refTime -= weight.refTime
    this.#proofSize -= weight.proofSize
  }
}

/** The first agenda from `from` on; one left undone is due at once. */
function nextDue(tx: SchedulerTx, from: number): number | null {
  if (tx.state.IncompleteSince.has()) return from
  let due: number | null = null
  for (const { keys } of tx.state.Agenda.entries()) {
    const [block] = keys
    if (block >= from && (due === null || block < due)) due = block
  }
  return due
}

/** Works off every agenda since the one that was left undone. */
function run(tx: SchedulerTx, block: number): void {
  const meter = new Meter()
  const first = tx.state.IncompleteSince.get() ?? block
  tx.state.IncompleteSince.remove()
  let incomplete: number | null = null
  for (let when = first; when <= block; when += 1) {
    if (!serviceAgenda(tx, { meter, now: block, when })) incomplete ??= when
  }
  if (incomplete !== null) tx.state.IncompleteSince.set(incomplete)
}

interface Turn {
  readonly meter: Meter
  readonly now: number
  readonly when: number
}

/** Works off one agenda by priority; false when something on it has to wait for the next block. */
function serviceAgenda(tx: SchedulerTx, turn: Turn): boolean {
  const { when } = turn
  const agenda = [...tx.state.Agenda.get(when)]
  const order = agenda.flatMap((task, index) => (task ? [{ task, index }] : []))
  if (order.length === 0) return true
  order.sort((a, b) => a.task.priority - b.task.priority)
  let isComplete = true
  let isKept = false
  for (const { task, index } of order) {
    const outcome = serviceTask(tx, { ...turn, index }, task)
    if (outcome === 'done') agenda[index] = null
    else isKept = true
    if (outcome === 'postponed') isComplete = false
  }
  if (isKept) tx.state.Agenda.set(when, agenda)
  else tx.state.Agenda.remove(when)
  return isComplete
}

/** Runs one task. `dropped`: it can never run, and stays on its agenda for ever, as upstream leaves it. */
function serviceTask(
  tx: SchedulerTx,
  turn: Turn & { index: number },
  task: Scheduled,
): 'done' | 'postponed' | 'dropped' {
  const { meter, when, index } = turn
  const id = task.maybe_id
  if (id !== null) tx.state.Lookup.remove(id)
  const call = callOf(task)
  if (!call) {
    tx.deposit('CallUnavailable', { task: [when, index], id })
    return 'dropped'
  }
  const weight = tx.weightOf(call)
  if (!meter.hasRoomFor(weight)) {
    if (meter.executed > 0) return 'postponed'
    tx.deposit('PermanentlyOverweight', { task: [when, index], id })
    return 'dropped'
  }
  const result = tx.dispatch(call, originOfCaller(task.origin))
  meter.take(result)
  meter.executed += 1
  tx.deposit('Dispatched', { task: [when, index], id, result: resultOf(result) })
  if (task.maybe_periodic !== null)
    repeat(tx, turn, { ...task, maybe_periodic: task.maybe_periodic })
  return 'done'
}

function repeat(
  tx: SchedulerTx,
  { now, when, index }: Turn & { index: number },
  task: Scheduled & { maybe_periodic: readonly [number, number] },
): void {
  const [period, left] = task.maybe_periodic
  const next = { ...task, maybe_periodic: left > 1 ? ([period, left - 1] as const) : null }
  if (!place(tx, Math.min(0xffff_ffff, now + period), next)) {
    tx.deposit('PeriodicFailed', { task: [when, index], id: task.maybe_id })
  }
}

/** The call of a task: only calls that are inline are ever there. */
function callOf({ call }: Scheduled): ChainCall | null {
  return call.type === 'Inline' ? decodeFromBytes(RuntimeCall, bytesOfByteString(call.value)) : null
}

export const hooks: PalletHooks<typeof scheduler> = {
  onInitialize: { nextDue, run, decidedBy: ['IncompleteSince', 'Agenda'] },
}
