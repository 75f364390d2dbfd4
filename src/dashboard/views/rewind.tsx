// The course of the grid with a slider over it: what was when, and the way back there.

import { useSignal } from '@preact/signals'
import type { PastMoment, PastState } from '../../services/control/past.ts'
import { count, moment, span } from '../format.ts'
import { Panel, Problem } from '../parts/parts.tsx'
import { usePolled } from '../state/polled.ts'
import { act } from '../state/revision.ts'

/** Steps of the slider: an arrow key moves by one, Page Up and Down by a tenth of the way. */
const steps = 1000

/** The slider, what was at its moment, and the hand that goes there. */
export function Rewind() {
  const past = usePolled<PastState>('/history/marks', 2000)
  const { value, error } = past.value
  return (
    <Panel title="Rewind">
      <Problem text={error} />
      {value && <Slider past={value} />}
    </Panel>
  )
}

function Slider({ past }: { readonly past: PastState }) {
  /** The chosen moment; null while it is the present. */
  const chosen = useSignal<number | null>(null)
  const { begin, now } = past
  const at = Math.min(now, Math.max(begin, chosen.value ?? now))
  const step = Math.max(1, (now - begin) / steps)
  const position = Math.round((at - begin) / step)
  const most = Math.round((now - begin) / step)
  return (
    <>
      <Course past={past} at={at} />
      <label class="rewind">
        <span>moment</span>
        <input
          type="range"
          min={0}
          max={most}
          value={position}
          aria-valuetext={textAt(past, at)}
          onInput={event => {
            const place = Number(event.currentTarget.value)
            chosen.value = place >= most ? null : Math.round(begin + place * step)
          }}
        />
      </label>
      {chosen.value === null ? (
        <p class="quiet">
          Now: {moment(now)}. The grid can be taken back to any moment since {moment(begin)}.
        </p>
      ) : (
        <Look at={at} now={now} />
      )}
      <p class="hands">
        <button
          type="button"
          disabled={chosen.value === null}
          onClick={() => {
            chosen.value = null
            void act(`Back to ${moment(at)}`, 'POST', '/history/rewind', { at })
          }}
        >
          Rewind
        </button>
        <span class="quiet">
          The grid becomes what it was then. Its clock goes on from now, since clients compare it
          with their own: what falls due in between happens at once, without what was done by hand.
        </span>
      </p>
    </>
  )
}

/** What is at a moment as far as the page knows without asking. */
function textAt({ spans, now }: PastState, at: number): string {
  if (at >= now) return 'now'
  const block = spans.findLast(each => each.at <= at)?.block ?? 0
  return `${moment(at)}, about block ${count(block)}`
}

/** What was at a moment, before it is gone to. */
function Look({ at, now }: { readonly at: number; readonly now: number }) {
  const look = usePolled<PastMoment>(`/history/moment?at=${at}`, 0)
  const { value, error } = look.value
  if (!value) {
    return error === null ? <p class="quiet">{moment(at)}</p> : <Problem text={error} />
  }
  return (
    <div class="look" aria-live="polite">
      <p>
        <strong>{moment(at)}</strong>, {span(now - at)} ago: {value.isExact ? '' : 'about '}block{' '}
        {count(value.block)}. Around it: {countsText(value.counts)}.
        {value.isLeft && ' The grid has been taken back behind this moment since.'}
      </p>
      {value.inputs.length > 0 && (
        <>
          <p class="quiet">What came from outside before it:</p>
          <ul>
            {value.inputs.map((input, i) => (
              <li key={i}>
                {moment(input.at)} <code>{input.what}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}

const groups: Readonly<Record<string, string>> = {
  chain: 'extrinsics',
  rmb: 'messages',
  zos: 'steps of nodes',
  fault: 'faults',
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(
    ([group, number]) => `${count(number)} ${groups[group] ?? group}`,
  )
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}

/** How much happened when, as bars, with the moments that are remembered and the chosen one. */
function Course({ past, at }: { readonly past: PastState; readonly at: number }) {
  const { begin, now, spans, spanMs, marks } = past
  const whole = Math.max(1, now - begin)
  const placeOf = (moment: number) => (100 * (moment - begin)) / whole
  const totals = spans.map(({ counts }) =>
    Object.values(counts).reduce((sum, number) => sum + number, 0),
  )
  const most = Math.max(1, ...totals)
  const width = Math.max(0.3, (100 * spanMs) / whole)
  return (
    <svg class="course" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      {spans.map((each, i) => {
        // By the root, so that a span with little is seen beside one with much.
        const height = 16 * Math.sqrt((totals[i] ?? 0) / most)
        const x = Math.max(0, placeOf(each.at))
        return <rect key={each.at} x={x} y={16 - height} width={width} height={height} />
      })}
      {marks.map(mark => (
        <line
          class="mark"
          key={mark.at}
          x1={placeOf(mark.at)}
          x2={placeOf(mark.at)}
          y1={17}
          y2={20}
        />
      ))}
      <line class="chosen" x1={placeOf(at)} x2={placeOf(at)} y1={0} y2={20} />
    </svg>
  )
}
