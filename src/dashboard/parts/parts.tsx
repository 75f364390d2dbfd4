// What all views are made of: panels, numbers, states, problems, bars.

import type { ComponentChildren } from 'preact'
import { count, percent } from '../format.ts'

/** A part of a page with a heading. */
export function Panel(props: {
  readonly title: string
  readonly aside?: ComponentChildren
  readonly children: ComponentChildren
}) {
  return (
    <section class="panel">
      <header>
        <h2>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  )
}

/** A number with what it counts. */
export function Stat(props: {
  readonly label: string
  readonly value: ComponentChildren
  readonly tone?: string | undefined
}) {
  return (
    <div class={`stat ${props.tone ?? ''}`}>
      <dt>{props.label}</dt>
      <dd>{props.value}</dd>
    </div>
  )
}

const tones: Readonly<Record<string, string>> = {
  up: 'good',
  ok: 'good',
  Created: 'good',
  delivered: 'good',
  answered: 'good',
  passed: 'good',
  asleep: 'calm',
  paused: 'calm',
  planned: 'calm',
  starting: 'calm',
  init: 'calm',
  sent: 'calm',
  queued: 'calm',
  skipped: 'calm',
  stopped: 'calm',
  GracePeriod: 'warn',
  active: 'warn',
  running: 'warn',
  down: 'bad',
  error: 'bad',
  refused: 'bad',
  expired: 'bad',
  dropped: 'bad',
  failed: 'bad',
  lost: 'bad',
}

/** The tone of a state: good, calm, warn, bad or none. */
export const toneOf = (state: string): string => tones[state] ?? ''

/** A state in words and colour. */
export function State({ state }: { readonly state: string }) {
  return <span class={`state ${toneOf(state)}`}>{state}</span>
}

/** How many are in each state; states with none are left out. */
export function States({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  const shown = Object.entries(counts).filter(([, number]) => number > 0)
  if (shown.length === 0) return <span class="quiet">none</span>
  return (
    <span class="states">
      {shown.map(([state, number]) => (
        <span key={state} class={`state ${toneOf(state)}`}>
          {count(number)} {state}
        </span>
      ))}
    </span>
  )
}

/** What went wrong, in words. */
export function Problem({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <p class="problem" role="alert">
      {text}
    </p>
  )
}

/** How much of something is in use. */
export function Meter(props: {
  readonly label: string
  readonly used: string
  readonly total: string
  readonly show: (amount: string) => string
}) {
  const share = percent(props.used, props.total)
  return (
    <div class="meter">
      <span>{props.label}</span>
      <meter min={0} max={100} high={90} value={share} aria-label={props.label} />
      <span class="quiet">
        {props.show(props.used)} of {props.show(props.total)}
      </span>
    </div>
  )
}

/** A value of the chain: as text, never as markup. */
export function Value({ value }: { readonly value: unknown }) {
  if (value === null) return <span class="quiet">absent</span>
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 1)
  return <code class="value">{text}</code>
}

/** What is not shown, said. */
export function LeftOut(props: { readonly number: number; readonly what: string }) {
  return props.number > 0 ? (
    <p class="quiet">
      {count(props.number)} more {props.what} are not shown.
    </p>
  ) : null
}
