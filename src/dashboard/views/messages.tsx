// Who asked whom what over the message bus, what became of it, and how long that took.

import { useComputed, useSignal } from '@preact/signals'
import { clockTime, count, span } from '../format.ts'
import { LongList } from '../parts/long-list.tsx'
import { Panel, Problem, State } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import type { Entry } from '../state/stream.ts'

interface Message {
  readonly key: string
  readonly uid: string
  readonly at: number
  readonly from: string
  readonly to: string
  readonly what: string
  outcome: string
  reason: string
  /** Virtual ms from being sent to its last step. */
  tookMs: number | null
}

/** The messages among some entries of the trace, newest first. */
export function messagesOf(trace: readonly Entry[]): Message[] {
  const all: Message[] = []
  const last = new Map<string, Message>()
  for (const entry of trace) {
    if (!entry.kind.startsWith('rmb.') || entry.uid === undefined) continue
    const uid = String(entry.uid)
    if (entry.kind === 'rmb.sent') {
      const message = {
        key: `${entry.seq}`,
        uid,
        at: entry.at,
        from: String(entry.from),
        to: String(entry.to),
        what: String(entry.what),
        outcome: 'sent',
        reason: '',
        tookMs: null,
      }
      all.push(message)
      last.set(`${uid} ${message.to}`, message)
      continue
    }
    const message = last.get(`${uid} ${String(entry.to)}`)
    if (!message) continue
    message.outcome = entry.kind.slice('rmb.'.length)
    message.reason = String(entry.reason ?? '')
    message.tookMs = entry.at - message.at
  }
  return all.reverse()
}

/** Steps of messages that are looked at; the trace knows those among its last 10 000 entries. */
const mostSteps = 1000

/** How often they are read, in ms. */
const everyMs = 1000

/** The last messages. */
export function MessagesView() {
  const steps = usePolled<readonly Entry[]>(`/trace?kinds=rmb&limit=${mostSteps}`, everyMs)
  const filter = useSignal('')
  const shown = useComputed(() => {
    const wanted = filter.value.trim().toLowerCase()
    const all = messagesOf(steps.value.value ?? [])
    if (wanted === '') return all
    return all.filter(({ uid, from, to, what, outcome }) =>
      `${uid} ${from} ${to} ${what} ${outcome}`.toLowerCase().includes(wanted),
    )
  })
  return (
    <Panel
      title="Messages"
      aside={
        <label>
          find
          <input
            type="search"
            value={filter.value}
            onInput={event => {
              filter.value = event.currentTarget.value
            }}
          />
        </label>
      }
    >
      <Problem text={steps.value.error} />
      <p class="quiet">
        {count(shown.value.length)} messages, newest first: those whose sending is among the last{' '}
        {count(mostSteps)} steps of messages that the grid remembers.
      </p>
      <LongList label="Messages" rows={shown.value} keyOf={({ key }) => key} height={560}>
        {({ at, from, to, what, outcome, reason, tookMs, uid }) => (
          <>
            <span>{clockTime(at)}</span>
            <span>
              {from} → {to}
            </span>
            <span title={uid}>{what}</span>
            <span>
              <State state={outcome} /> {reason}
            </span>
            <span class="quiet">{tookMs === null ? '' : span(tookMs)}</span>
          </>
        )}
      </LongList>
    </Panel>
  )
}
