// `pocketgrid ctl`: moves, breaks, remembers and grows a running grid over its control API.

import { WebSocket } from 'ws'
import { gridError } from '../kernel/errors.ts'
import type { PastState } from '../services/control/past.ts'
import { type ControlTarget, controlClient } from './control-client.ts'

/** The options that every command of `ctl` takes. */
export interface CtlOptions extends ControlTarget {
  /** Print what the API answers, as JSON. */
  readonly json?: boolean
}

/** A request, and how its answer is shown when no JSON is asked for: these columns of a list. */
export interface CtlRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** How its answer is told to people, where that is not as a table or lines. */
  readonly tell?: (answer: never) => string
}

/** Sends a request and gives its answer as text for people, or as JSON. */
export async function ctl(
  { method, path, body, tell }: CtlRequest,
  options: CtlOptions,
): Promise<string> {
  const answer = await controlClient(options).ask(method, path, body)
  if (options.json) return `${JSON.stringify(answer)}\n`
  if (typeof answer === 'string') return answer
  return tell ? tell(answer as never) : shown(answer)
}

/** What a person reads of the course of a grid: what happened when, a line for each span. */
export function courseText({ begin, now, spans }: PastState): string {
  const lines = spans.map(({ at, block, counts }) => ({ at, block, ...counts }))
  const [from, to] = [begin, now].map(each => new Date(each).toISOString())
  return `${shown(lines)}it can be taken back to any moment from ${from} to ${to}\n`
}

/** What a person reads of an answer: a table of a list, a line for each part of an object. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none\n' : table(value)
  if (typeof value !== 'object' || value === null) return `${String(value)}\n`
  const lines = Object.entries(value).map(([name, part]) => `${name}  ${cell(name, part)}`)
  return `${lines.join('\n')}\n`
}

function table(rows: readonly unknown[]): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row as object)))]
  const texts = rows.map(row =>
    columns.map(name => cell(name, (row as Record<string, unknown>)[name])),
  )
  const widths = columns.map((name, i) =>
    Math.max(name.length, ...texts.map(cells => cells[i]!.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => text.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()
  return `${[line(columns), ...texts.map(line)].join('\n')}\n`
}

/** Times are dates, parts of parts are JSON, and nothing moves the terminal's cursor. */
function cell(name: string, value: unknown): string {
  if (value === null || value === undefined) return '-'
  const isTime = ['at', 'now', 'time', 'from', 'until'].includes(name)
  if (isTime && typeof value === 'number' && value > 1e11) return new Date(value).toISOString()
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.replace(/\p{Cc}/gu, '·')
}

/**
 * The body of a fault or its change: a kind, and `nodes=1,2`, `forMs=10m`, `isLost=true` or `from={"twins":[5]}`.
 * Words that are no number, truth value or JSON are text. GRID_CONFIG_INVALID for a word without `=`.
 */
export function faultOf(words: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    words.map(word => {
      const at = word.indexOf('=')
      if (at < 1) {
        throw gridError('GRID_CONFIG_INVALID', {
          detail: `'${word}' is not name=value`,
          hint: 'Such as: pocketgrid ctl fault add node.crash nodes=1 forMs=10m',
        })
      }
      const name = word.slice(0, at)
      return [name, readValue(name, word.slice(at + 1))]
    }),
  )
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 }

function readValue(name: string, text: string): unknown {
  const [, amount, unit] = /^(-?[\d.]+)(ms|s|m|h|d)$/.exec(text) ?? []
  if (unit !== undefined && /Ms$|^ms$/.test(name)) return Math.round(Number(amount) * units[unit]!)
  if (/^\d+(,\d+)+$/.test(text)) return text.split(',').map(Number)
  if (/^(commands|types|calls)$/.test(name) && !text.startsWith('[')) return text.split(',')
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Prints the trace as it goes, a JSON object a line, until it is interrupted or the grid ends. */
export async function followTrace(
  { kinds, last }: { kinds?: string | undefined; last?: number | undefined },
  options: CtlOptions,
  put: (line: string) => void,
): Promise<void> {
  const query = new URLSearchParams({
    ...(kinds === undefined ? {} : { kinds }),
    ...(last === undefined ? {} : { last: String(last) }),
  })
  const url = controlClient(options).url(`/trace?${query}`)
  if (!/^https?:/.test(url)) throw gridError('GRID_NOT_RUNNING', { detail: `${url} is no URL` })
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  socket.on('message', data => put(`${String(data)}\n`))
  const end = () => socket.close()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  await new Promise<void>((resolve, reject) => {
    socket.once('close', () => resolve())
    socket.once('error', cause => reject(gridError('GRID_NOT_RUNNING', { detail: url, cause })))
  })
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
}
