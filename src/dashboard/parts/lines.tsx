// Several amounts over time, drawn by uPlot: steps in the colours of the page, each with a dash of its own, and a legend.

import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** One of the amounts: it grows by so much at each moment, in s since the Unix epoch. */
export interface Line {
  readonly name: string
  readonly points: readonly { readonly at: number; readonly amount: number }[]
}

/** How lines are told from each other, also by who does not tell colours. */
const looks = [
  { colour: '--accent', dash: [] },
  { colour: '--warn', dash: [8, 4] },
  { colour: '--good', dash: [2, 3] },
  { colour: '--bad', dash: [12, 3, 2, 3] },
  { colour: '--calm', dash: [5, 2] },
  { colour: '--quiet', dash: [1, 4] },
] as const

/** Lines that one chart holds. */
export const mostLines = looks.length

/** A chart of the sums of some lines, from one moment to another. */
export function Lines(props: {
  readonly label: string
  readonly lines: readonly Line[]
  readonly from: number
  readonly to: number
  readonly height: number
}) {
  const { label, lines, from, to, height } = props
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  useEffect(() => {
    const element = place.current!
    const style = getComputedStyle(element)
    const colour = (name: string) => style.getPropertyValue(name).trim()
    const ink = colour('--quiet')
    const axis = { stroke: ink, grid: { stroke: `${ink}33` }, ticks: { stroke: `${ink}55` } }
    const paths = uPlot.paths.stepped!({ align: 1 })
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true } },
        axes: [axis, { ...axis, size: 64 }],
        series: [
          {},
          ...lines.map((_, i) => {
            const { colour: name, dash } = looks[i % looks.length]!
            return {
              stroke: colour(name),
              dash: [...dash],
              width: 2,
              paths,
              points: { show: false },
            }
          }),
        ],
      },
      [[], ...lines.map(() => [])],
      element,
    )
    plot.current = made
    const watcher = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watcher.observe(element)
    return () => {
      watcher.disconnect()
      made.destroy()
    }
  }, [lines.length, height])
  useEffect(() => {
    const xs = [
      ...new Set([from, ...lines.flatMap(({ points }) => points.map(({ at }) => at)), to]),
    ].sort((a, b) => a - b)
    plot.current?.setData([xs, ...lines.map(line => sumsAt(xs, line))])
  }, [lines, from, to])
  return (
    <>
      <div ref={place} class="chart" role="img" aria-label={label} />
      <ul class="legend">
        {lines.map(({ name }, i) => (
          <li key={name}>
            <Sample at={i} /> {name}
          </li>
        ))}
      </ul>
    </>
  )
}

/** A piece of a line, beside its name. */
function Sample({ at }: { readonly at: number }) {
  const { colour, dash } = looks[at % looks.length]!
  return (
    <svg width="34" height="10" aria-hidden="true">
      <line
        x1="0"
        y1="5"
        x2="34"
        y2="5"
        style={{ stroke: `var(${colour})`, strokeWidth: '2', strokeDasharray: dash.join(' ') }}
      />
    </svg>
  )
}

function sumsAt(xs: readonly number[], { points }: Line): number[] {
  let next = 0
  let sum = 0
  return xs.map(x => {
    for (; next < points.length && points[next]!.at <= x; next += 1) sum += points[next]!.amount
    return sum
  })
}
