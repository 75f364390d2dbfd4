// `pocketgrid snapshot`: a running grid as a file, which holds all that made it: `up --snapshot FILE` leads there again.

import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type History, type HistoryEnd, readHistory } from '../grid/history.ts'
import { gridError } from '../kernel/errors.ts'
import { type ControlTarget, controlClient } from './control-client.ts'

/** Bytes at the end of a file in which its last line is looked for. */
const tailBytes = 4096

/** Writes the history of a running grid to a file; says where it ends. */
export async function saveSnapshot(file: string, target: ControlTarget): Promise<string> {
  const text = String(await controlClient(target).ask('GET', '/history'))
  const { entries, end } = readHistory(text)
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw gridError('GRID_OUT_REFUSED', { detail: file, cause })
  }
  return `${file}: ${entries.length} inputs, ${end ? endText(end) : 'without an end'}\n`
}

/** Reads a history from a file. GRID_HISTORY_BROKEN. */
export function loadHistory(file: string): History {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw gridError('GRID_HISTORY_BROKEN', { detail: `${file} cannot be read`, cause })
  }
  return readHistory(text)
}

/** The snapshots of a folder, with where they end. */
export function listSnapshots(folder: string): string {
  const lines = namesOf(folder).flatMap(name => {
    const path = join(folder, name)
    if (!statSync(path, { throwIfNoEntry: false })?.isFile() || !isHistory(path)) return []
    const end = lastEndOf(path)
    return [`${name}  ${end ? endText(end) : 'still being recorded, or cut off'}`]
  })
  return lines.length === 0 ? `no snapshots in ${folder}\n` : `${lines.join('\n')}\n`
}

function namesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    throw gridError('GRID_HISTORY_BROKEN', { detail: `${folder} cannot be read`, cause })
  }
}

function endText({ at, block, digest }: HistoryEnd): string {
  return `${new Date(at).toISOString()}, block ${block}, digest ${digest}`
}

/** Whether a file begins as a history does. */
function isHistory(path: string): boolean {
  return part(path, 0, 32).startsWith('{"pocketgrid":')
}

function lastEndOf(path: string): HistoryEnd | null {
  const { size } = statSync(path)
  const line = part(path, Math.max(0, size - tailBytes), tailBytes)
    .trimEnd()
    .split('\n')
    .at(-1)!
  try {
    return (JSON.parse(line) as { end?: HistoryEnd }).end ?? null
  } catch {
    return null
  }
}

function part(path: string, from: number, length: number): string {
  const buffer = Buffer.alloc(length)
  const file = openSync(path, 'r')
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, length, from)).toString('utf8')
  } finally {
    closeSync(file)
  }
}
