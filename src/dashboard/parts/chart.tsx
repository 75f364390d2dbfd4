// A line over time, drawn by uPlot in the colours of the page.

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** A chart of one line; `xs` are seconds since the Unix epoch when `isTime`. */
export function Chart(props: {
  readonly label: string
  readonly xs: readonly number[]
  readonly ys: readonly number[]
  readonly isTime: boolean
  readonly height: number
}) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    const element = place.current!
    const color = getComputedStyle(element).getPropertyValue('--accent').trim()
    const ink = getComputedStyle(element).getPropertyValue('--quiet').trim()
    const axis = { stroke: ink, grid: { stroke: `${ink}33` }, ticks: { stroke: `${ink}55` } }
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: props.height,
        // The grid's times are in UTC on the whole page.
        tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: props.isTime } },
        axes: [
          { ...axis, show: props.isTime },
          { ...axis, size: 56 },
        ],
        series: [{}, { stroke: color, fill: `${color}22`, width: 2 }],
      },
      [[], []],
      element,
    )
    plot.current = made
    const watcher = new ResizeObserver(() =>
      made.setSize({ width: element.clientWidth, height: props.height }),
    )
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
    }
  }, [props.isTime, props.height])
  useEffect(() => {
    plot.current?.setData([[...props.xs], [...props.ys]])
  }, [props.xs, props.ys])
  const last = props.ys.at(-1)
  return (
    <div
      ref={place}
      class="chart"
      role="img"
      aria-label={`${props.label}${last === undefined ? '' : `, now ${last}`}`}
    />
  )
}
