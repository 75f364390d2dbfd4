// A history as text: what a world was made of and every input from outside, so that it can be led there again.

import { z } from 'zod'
import { worldSchema } from '../config/config.ts'
import { gridError } from '../kernel/errors.ts'
import type { Entry, Reached, WorldOrigin } from './journal.ts'

/** Form of the text; a change of the world's rules raises it. */
const form = 1

/** Where a history ends. */
export interface HistoryEnd extends Reached {
  /** Digest over all that had happened. */
  readonly digest: string
  readonly block: number
  /** Hash of that block. */
  readonly blockHash: string
}

/** All that makes a world what it is. */
export interface History {
  readonly origin: WorldOrigin
  readonly entries: readonly Entry[]
  /** Null when the process that wrote it was killed. */
  readonly end: HistoryEnd | null
}

const headSchema = z.object({
  pocketgrid: z.literal(form),
  origin: z.object({
    config: worldSchema,
    startAt: z.int().min(0),
    relay: z.string(),
    accounts: z.array(z.string()),
  }),
})

const entrySchema = z.object({
  kind: z.string(),
  place: z.int().min(0),
  at: z.int().min(0),
  payload: z.unknown(),
})

const endSchema = z.object({
  end: z.object({
    inputs: z.int().min(0),
    place: z.int().min(0),
    at: z.int().min(0),
    digest: z.string(),
    block: z.int().min(0),
    blockHash: z.string(),
  }),
})

/** The first line of a history. */
export function headLine(origin: WorldOrigin): string {
  return `${JSON.stringify({ pocketgrid: form, origin }, plain)}\n`
}

/** The line of an input. */
export function entryLine({ kind, place, at, payload }: Entry): string {
  return `${JSON.stringify({ kind, place, at, payload }, plain)}\n`
}

/** The last line of a history. */
export function endLine(end: HistoryEnd): string {
  return `${JSON.stringify({ end })}\n`
}

/** A whole history as text. */
export function historyText({ origin, entries, end }: History): string {
  return [headLine(origin), ...entries.map(entryLine), ...(end ? [endLine(end)] : [])].join('')
}

/**
 * Reads a history. A last line that was cut off, as when its writer was killed, is left out. GRID_HISTORY_BROKEN when
 * it is none, or one of another version.
 */
export function readHistory(text: string): History {
  const lines = text.split('\n')
  // Every line ends in a line end: what stands behind the last one was cut off.
  lines.pop()
  const head = headSchema.safeParse(parsed(lines[0]))
  if (!head.success) throw broken('the first line is not that of a history of this version')
  const entries: Entry[] = []
  let end: HistoryEnd | null = null
  for (const [i, line] of lines.entries()) {
    if (i === 0) continue
    const value = parsed(line)
    const last = endSchema.safeParse(value)
    if (last.success) {
      end = last.data.end
      continue
    }
    const entry = entrySchema.safeParse(value)
    if (!entry.success || end !== null) throw broken(`line ${i + 1}`)
    entries.push(entry.data as Entry)
  }
  return { origin: head.data.origin, entries, end }
}

function broken(detail: string) {
  return gridError('GRID_HISTORY_BROKEN', { detail })
}

/** Bytes and big numbers, which JSON does not have. */
function plain(this: unknown, key: string, value: unknown): unknown {
  // A Buffer has become something else before it comes here.
  const given = (this as Record<string, unknown>)[key]
  if (given instanceof Uint8Array) return { $bytes: Buffer.from(given).toString('base64') }
  return typeof value === 'bigint' ? { $big: String(value) } : value
}

function parsed(line: string | undefined): unknown {
  try {
    return JSON.parse(line ?? '', (_, value: unknown) => {
      if (typeof value !== 'object' || value === null) return value
      if ('$bytes' in value) return new Uint8Array(Buffer.from(String(value.$bytes), 'base64'))
      return '$big' in value ? BigInt(String(value.$big)) : value
    })
  } catch {
    return undefined
  }
}
