// The grid's time in the head of the page, and the hands that move it.

import type { Overview } from '../../services/control/dashboard-types.ts'
import { count, moment } from '../format.ts'
import { act } from '../state/revision.ts'

const clocks: readonly { readonly clock: string; readonly title: string }[] = [
  { clock: 'real', title: 'real time' },
  { clock: 'warp:10', title: '10 times' },
  { clock: 'warp:20', title: '20 times' },
  { clock: 'warp:60', title: '60 times' },
  { clock: 'warp:600', title: '600 times' },
  { clock: 'virtual', title: 'on command' },
]

const steps = ['1m', '1h', '1d'] as const

/** Time, pause, pace and steps. */
export function TimeBar({ overview }: { readonly overview: Overview }) {
  const { now, clock, isFrozen, block } = overview
  const known = clocks.some(each => each.clock === clock)
  return (
    <fieldset class="time" aria-label="Time">
      <span data-now={now}>{moment(now)}</span>
      <span class="quiet">block {count(block)}</span>
      <button
        type="button"
        onClick={() =>
          void (isFrozen
            ? act('Resume', 'POST', '/time/resume')
            : act('Pause', 'POST', '/time/freeze'))
        }
      >
        {isFrozen ? 'Resume' : 'Pause'}
      </button>
      <select
        aria-label="Pace of time"
        value={clock}
        onChange={event =>
          void act('Pace', 'PUT', '/time/rate', { clock: event.currentTarget.value })
        }
      >
        {!known && <option value={clock}>{clock}</option>}
        {clocks.map(each => (
          <option key={each.clock} value={each.clock}>
            {each.title}
          </option>
        ))}
      </select>
      {steps.map(by => (
        <button
          key={by}
          type="button"
          onClick={() => void act(`Advance ${by}`, 'POST', '/time/advance', { by })}
        >
          +{by}
        </button>
      ))}
    </fieldset>
  )
}
