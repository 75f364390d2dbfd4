// A run as one HTML file that needs nothing but itself: outcomes, steps, and a picture of what happened when.

import { relative } from 'node:path'
import { version } from '../../grid/world.ts'
import { type Bar, type Lane, lanes, type TimelineData } from '../run/timeline.ts'
import { type FileReport, isGreen, type RunReport, repeatCommand, virtualTime } from './report.ts'

/** Scenarios that the report holds; the others are counted. */
const mostScenarios = 300

/** Steps that are listed of one scenario. */
const mostSteps = 200

/** The page is about this long at most, in characters; later scenarios lose their pictures. */
const lengthForPictures = 4_000_000

/** Width of the picture, in its own units. */
const width = 1000
const labelWidth = 260
const rowHeight = 16

/** The run as an HTML page. It runs no script and loads nothing. */
export function htmlReport(run: RunReport): string {
  const { reports, passed, failed, skipped, unplayed, neverTrue } = run
  const shown = [...reports].sort((a, b) => Number(a.isPassed) - Number(b.isPassed))
  let length = 0
  const sections = shown.slice(0, mostScenarios).map(report => {
    const text = section(report, run, length < lengthForPictures)
    length += text.length
    return text
  })
  const hidden = run.leftOut + Math.max(0, shown.length - mostScenarios)
  const seeds = run.seeds === 1 ? `seed ${run.seed}` : `${run.seeds} seeds from ${run.seed}`
  const claims = neverTrue.map(
    ({ name, what, seeds: looked }) =>
      `<li>never true in ${looked} seed${looked === 1 ? '' : 's'}: <q>${html(what)}</q> (${html(name)})</li>`,
  )
  const title = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}${unplayed > 0 ? `, ${unplayed} not played` : ''}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Pocketgrid: ${html(title)}</title>
<style>${style}</style>
</head>
<body>
<h1 class="${isGreen(run) ? 'good' : 'bad'}">${html(title)}</h1>
<p>${html(seeds)} · Pocketgrid ${html(version)}</p>
${claims.length > 0 ? `<ul>${claims.join('')}</ul>` : ''}
${sections.join('\n')}
${hidden > 0 ? `<p>${hidden} more are not shown: the report is kept small.</p>` : ''}
</body>
</html>
`
}

function section(report: FileReport, run: RunReport, withPicture: boolean): string {
  const { name, file, seed, isPassed, failure, virtualMs, blocks, events, digest } = report
  const outcome = report.skipped !== undefined ? 'skipped' : isPassed ? 'passed' : 'failed'
  const size = `${virtualTime(virtualMs)} of virtual time, ${blocks} blocks, ${events} events`
  const picture =
    report.timeline === undefined
      ? ''
      : withPicture
        ? pictureOf(report.timeline)
        : '<p class="dim">The picture is left out: the report is kept small.</p>'
  return `<details${isPassed && run.reports.length > 1 ? '' : ' open'}>
<summary><span class="${isPassed ? 'good' : 'bad'}">${outcome}</span> ${html(name)} <span class="dim">seed ${html(seed)} · ${size}</span></summary>
<p class="dim">${html(relative(process.cwd(), file))}${digest === '' ? '' : ` · trace digest <code>${html(digest)}</code>`}</p>
${report.skipped === undefined ? '' : `<p>Skipped: ${html(report.skipped)}</p>`}
${failure === null ? '' : `<pre class="failure">${html(failure)}</pre><p>Repeat: <code>${html(repeatCommand(report, run.repeatWith))}</code></p>`}
${stepsOf(report)}
${picture}
</details>`
}

function stepsOf({ steps }: FileReport): string {
  if (steps.length === 0) return ''
  const rows = steps.slice(0, mostSteps).map(({ title, depth, from, to, error }) => {
    const sign = error === null ? '<span class="good">✓</span>' : '<span class="bad">✗</span>'
    const time = `${virtualTime(from)}${to > from ? ` + ${virtualTime(to - from)}` : ''}`
    const why = error === null ? '' : `<div class="bad">${html(error)}</div>`
    return `<li style="margin-left:${Math.min(depth, 10) * 1.5}em">${sign} ${html(title)} <span class="dim">${time}</span>${why}</li>`
  })
  const more =
    steps.length > mostSteps ? `<li class="dim">and ${steps.length - mostSteps} more</li>` : ''
  return `<ul class="steps">${rows.join('')}${more}</ul>`
}

/** Rows of counts above, rows of lives below, one time line for all. */
function pictureOf(data: TimelineData): string {
  const rows: string[] = []
  const put = (label: string, draw: (y: number) => string): void => {
    const y = rows.length * rowHeight
    const text = `<text x="0" y="${y + 12}">${html(clipped(label))}<title>${html(label)}</title></text>`
    rows.push(text + draw(y))
  }
  const endsAt = Math.max(1, data.endsAt)
  const x = (at: number) => labelWidth + (Math.min(at, endsAt) / endsAt) * (width - labelWidth)
  for (const lane of lanes) {
    if (data.totals[lane] === 0) continue
    put(`${lane}: ${data.totals[lane]}`, y => columnsOf(data, lane, { x, y }))
  }
  const kinds = [
    ['node', data.nodes, data.leftOut.nodes],
    ['workload', data.workloads, data.leftOut.workloads],
    ['fault', data.faults, data.leftOut.faults],
  ] as const
  const notes: string[] = []
  for (const [kind, bars, leftOut] of kinds) {
    for (const bar of bars) put(bar.name, y => barOf(bar, kind, { x, y, endsAt }))
    if (leftOut > 0) notes.push(`${leftOut} changes of more ${kind}s are not drawn`)
    const inBars = bars.reduce((sum, bar) => sum + bar.leftOut, 0)
    if (inBars > 0) notes.push(`${inBars} later changes of these ${kind}s are not drawn`)
  }
  const height = Math.max(1, rows.length) * rowHeight + 18
  const ends = `<text x="${labelWidth}" y="${height - 4}">0</text><text x="${width}" y="${height - 4}" text-anchor="end">${virtualTime(endsAt)}</text>`
  notes.push(
    `A column of counts stands for ${virtualTime(data.columnMs)}; blocks are those that hold extrinsics.`,
  )
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="time line">${rows.join('')}${ends}</svg><p class="dim">${notes.map(html).join(' · ')}</p>`
}

interface Place {
  readonly x: (at: number) => number
  readonly y: number
}

function columnsOf({ counts, columnMs }: TimelineData, lane: Lane, { x, y }: Place): string {
  const own = counts[lane]
  const most = Math.max(1, ...own)
  const bars = own.flatMap((count, i) => {
    if (count === 0) return []
    const from = x(i * columnMs)
    const wide = Math.max(1, x((i + 1) * columnMs) - from)
    const high = 2 + (count / most) * (rowHeight - 4)
    return [`M${n(from)} ${n(y + rowHeight - high)}h${n(wide)}v${n(high)}h-${n(wide)}z`]
  })
  return `<path class="${lane.includes('refused') || lane.includes('lost') ? 'error' : 'count'}" d="${bars.join('')}"/>`
}

function barOf(
  { changes }: Bar,
  kind: 'node' | 'workload' | 'fault',
  { x, y, endsAt }: Place & { readonly endsAt: number },
): string {
  return changes
    .map(({ at, state, note }, i) => {
      const until = changes[i + 1]?.at ?? (lasts(kind, state) ? endsAt : at)
      const from = x(at)
      const wide = Math.max(2, x(until) - from)
      const title = `${virtualTime(at)} ${state}${note === '' ? '' : `: ${note}`}`
      return `<rect class="${classOf(kind, state)}" x="${n(from)}" y="${y + 3}" width="${n(wide)}" height="${rowHeight - 5}"><title>${html(title)}</title></rect>`
    })
    .join('')
}

/** Whether what began with a change goes on until the next one. */
function lasts(kind: string, state: string): boolean {
  if (kind === 'fault') return state === 'begins' || state === 'changed'
  return kind === 'node' || (state !== 'deleted' && state !== 'unchanged')
}

function classOf(kind: string, state: string): string {
  if (kind === 'fault') return lasts(kind, state) ? 'fault' : 'faint'
  if (/error|down|crash|lost/.test(state)) return 'error'
  if (/^(?:init|paused|asleep|boot|start)/.test(state)) return 'waits'
  return /^(?:deleted|unchanged)$/.test(state) ? 'faint' : 'ok'
}

function clipped(label: string): string {
  return label.length <= 42 ? label : `${label.slice(0, 41)}…`
}

/** A coordinate with as many digits as can be seen. */
function n(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** Text as it may stand anywhere in the page, in attributes too. Names may come from anybody. */
function html(text: string): string {
  return text
    .replace(/(?![\t\n\r])[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

const style = `
:root{color-scheme:light dark;--good:#17803d;--bad:#c0261c;--dim:#777}
body{font:15px/1.45 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
.good{color:var(--good)}.bad{color:var(--bad)}.dim{color:var(--dim);font-weight:normal}
details{border-top:1px solid #8884;padding:.5rem 0}summary{cursor:pointer;font-weight:600}
pre.failure{background:#c0261c14;padding:.6rem;overflow:auto;white-space:pre-wrap}
ul.steps{list-style:none;padding:0}svg{width:100%;height:auto;font:10px system-ui,sans-serif}
svg text{fill:currentColor}.count{fill:#4a7fd0}.ok{fill:#4ba36b}.waits{fill:#d9b44a}
.error{fill:#d0483e}.fault{fill:#9a5bc4}.faint{fill:#8886}
`
