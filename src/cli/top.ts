// `pocketgrid top`: a running grid in the terminal, drawn anew every second.

import type { Overview } from '../services/control/dashboard-types.ts'
import { type ControlTarget, controlClient } from './control-client.ts'

/** The options of the command. */
export interface TopOptions extends ControlTarget {
  /** Print one picture and end; what happens anyway where there is no terminal. */
  readonly once?: boolean
}

/** An entry of the trace, its fields beside its place. */
export type TopEntry = { readonly at: number; readonly kind: string } & Readonly<
  Record<string, unknown>
>

/** Time between two pictures, in ms. */
const everyMs = 1_000

/** Entries of the trace that are asked for. */
const lastEntries = 60

/** What Ctrl-C sends in raw mode. */
const ctrlC = '\u0003'

/** Shows a grid until `q`, Ctrl-C or the end of the grid. GRID_NOT_RUNNING when there is none. */
export async function top(options: TopOptions): Promise<void> {
  const client = controlClient(options)
  const picture = async (size: Size): Promise<string> => {
    const [overview, trace] = await Promise.all([
      client.ask('GET', '/dashboard/overview'),
      client.ask('GET', `/trace?limit=${lastEntries}`),
    ])
    return pictureOf(overview as Overview, trace as readonly TopEntry[], size)
  }
  const { stdin, stdout } = process
  if (options.once || !stdout.isTTY) {
    stdout.write(await picture({ columns: stdout.columns ?? 100, rows: 40 }))
    return
  }
  let isOver = false
  const end = (): void => {
    isOver = true
    wake()
  }
  let wake = (): void => undefined
  if (stdin.isTTY) stdin.setRawMode(true)
  stdin.on('data', keys => {
    const text = keys.toString()
    if (text.includes('q') || text.includes(ctrlC)) end()
  })
  process.once('SIGTERM', end)
  // The other screen, so that what was there before comes back.
  stdout.write('\u001b[?1049h\u001b[?25l')
  try {
    while (!isOver) {
      const text = await picture({ columns: stdout.columns, rows: stdout.rows })
      stdout.write(`\u001b[H${text.replaceAll('\n', '\u001b[K\n')}\u001b[J`)
      await new Promise<void>(resolve => {
        wake = resolve
        setTimeout(resolve, everyMs)
      })
    }
  } finally {
    stdout.write('\u001b[?25h\u001b[?1049l')
    if (stdin.isTTY) stdin.setRawMode(false)
    stdin.pause()
  }
}

/** Size of a terminal in characters. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** One picture: what the grid has, and what happened last as far as there is room. Nothing in it moves the cursor. */
export function pictureOf(
  overview: Overview,
  trace: readonly TopEntry[],
  { columns, rows }: Size,
): string {
  const head = headOf(overview)
  const room = Math.max(0, rows - head.length - 2)
  const shown = room === 0 ? [] : trace.slice(-room)
  const lines = [...head, '', ...shown.map(lineOf)]
  return `${lines.map(line => clean(line).slice(0, columns)).join('\n')}\n`
}

function headOf(overview: Overview): string[] {
  const { version, network, seed, now, clock, isFrozen, block, finalized, used, total } = overview
  const pace = isFrozen ? 'paused' : clock
  return [
    `Pocketgrid ${version}  ${network}, seed ${seed}`,
    `time         ${new Date(now).toISOString()} (${pace})   block ${block}, final ${finalized}`,
    `nodes        ${countsText(overview.nodes)}   on ${overview.farms} farms`,
    `deployments  ${overview.deployments}   workloads ${countsText(overview.workloads)}   contracts ${countsText(overview.contracts)}`,
    `in use       ${(['cru', 'mru', 'sru', 'hru'] as const).map(name => `${name} ${barOf(used[name]!, total[name]!)}`).join('   ')}`,
    `messages     ${countsText(overview.messages)}`,
    `billed       ${tftText(overview.bills.amount)} TFT in ${overview.bills.count} bills since block ${overview.bills.since}`,
    `faults       ${countsText(overview.faults)}`,
  ]
}

function countsText(counts: Readonly<Record<string, number>>): string {
  const shown = Object.entries(counts).filter(([, count]) => count > 0)
  return shown.length === 0 ? 'none' : shown.map(([name, count]) => `${count} ${name}`).join(', ')
}

/** `######---- 61 %`. */
function barOf(used: string, total: string): string {
  if (total === '0') return '-'
  const percent = Number((BigInt(used) * 100n) / BigInt(total))
  const full = Math.min(10, Math.round(percent / 10))
  return `${'#'.repeat(full)}${'-'.repeat(10 - full)} ${percent} %`
}

/** 10^-7 TFT as TFT. */
function tftText(amount: string): string {
  return (Number(BigInt(amount)) / 1e7).toFixed(2)
}

function lineOf({ at, kind, ...fields }: TopEntry): string {
  const words = Object.entries(fields).flatMap(([name, value]) =>
    name === 'seq' || value === '' ? [] : [`${name}=${String(value)}`],
  )
  return `${new Date(at).toISOString().slice(11, 23)}  ${kind}  ${words.join(' ')}`
}

function clean(line: string): string {
  return line.replace(/\p{Cc}/gu, '·')
}
