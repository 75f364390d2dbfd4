// A list of any length: only the rows in sight are in the page.

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

/** Height of a row in px; the style sheet has the same. */
const rowHeight = 30

/** Rows above and below those in sight. */
const margin = 8

/** A scrolling list of rows of one height. */
export function LongList<T>(props: {
  readonly label: string
  readonly rows: readonly T[]
  readonly keyOf: (row: T) => string | number
  readonly height: number
  readonly children: (row: T) => ComponentChildren
}) {
  const top = useSignal(0)
  const first = Math.max(0, Math.floor(top.value / rowHeight) - margin)
  const number = Math.ceil(props.height / rowHeight) + 2 * margin
  const shown = props.rows.slice(first, first + number)
  return (
    <section
      class="long-list"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard scrolls it.
      tabIndex={0}
      style={{ height: `${Math.min(props.height, props.rows.length * rowHeight + 2)}px` }}
      onScroll={event => {
        top.value = event.currentTarget.scrollTop
      }}
    >
      <ul style={{ height: `${props.rows.length * rowHeight}px`, position: 'relative' }}>
        {shown.map((row, i) => (
          <li
            key={props.keyOf(row)}
            class="row"
            aria-setsize={props.rows.length}
            aria-posinset={first + i + 1}
            style={{ top: `${(first + i) * rowHeight}px` }}
          >
            {props.children(row)}
          </li>
        ))}
      </ul>
    </section>
  )
}
