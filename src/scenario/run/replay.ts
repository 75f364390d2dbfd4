// Plays again what clients outside did to a running grid, as one more scenario of a run.

import { join } from 'node:path'
import { cryptoReady } from '../../crypto/ready.ts'
import type { History } from '../../grid/history.ts'
import { Invariants } from '../../grid/invariants/invariants.ts'
import { checkEnd, replayHistory } from '../../grid/kept-world.ts'
import type { World } from '../../grid/world.ts'
import { asError, GridError } from '../../kernel/errors.ts'
import { lineOf } from '../../kernel/trace.ts'
import { type FileReport, quoted } from '../reporters/report.ts'
import { TraceRecord } from './record.ts'

/** How a history is played again. */
export interface ReplayOptions {
  /** Absolute path of the file that it comes from. */
  readonly file: string
  /** Write the trace here, whatever the outcome; only that of a failure when left out. */
  readonly trace: 'failed' | 'all'
  readonly traceFolder: string
}

/** What a history holds, in the order of the kinds' names: `3 chain.submit, 8 rmb.message`. */
export function inputsOf({ entries }: History): string {
  const counts = new Map<string, number>()
  for (const { kind } of entries) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const parts = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, n]) => `${n} ${kind}`)
  return parts.length === 0 ? 'no inputs' : parts.join(', ')
}

/** Plays a history; it passes when it leads to where it had led, and every rule of the grid holds there. */
export async function replay(
  history: History,
  { file, trace, traceFolder }: ReplayOptions,
): Promise<FileReport> {
  await cryptoReady()
  const { origin, end } = history
  const record = new TraceRecord(origin.startAt)
  let world: World | null = null
  let failure: string | null = null
  try {
    const replayed = replayHistory(history, made => {
      world = made
      record.follow(made)
    })
    checkEnd(replayed.end, end)
    new Invariants(replayed.world).check()
  } catch (cause) {
    failure = textOf(asError(cause), world)
  }
  const made = world as World | null
  const isWritten = trace === 'all' || failure !== null
  const path = isWritten ? join(traceFolder, 'replay.ndjson') : null
  if (path !== null) record.write(path)
  return {
    name: `replay of ${inputsOf(history)}`,
    file,
    seed: origin.config.seed,
    isPassed: failure === null,
    steps: [],
    failure,
    sometimes: [],
    digest: made?.kernel.trace.digest() ?? '',
    events: made?.kernel.trace.length ?? 0,
    blocks: made?.chain.best() ?? 0,
    virtualMs: (made?.kernel.now() ?? origin.startAt) - origin.startAt,
    repeat: `pocketgrid run --replay ${quoted(file)}`,
    ...(path === null ? {} : { trace: path }),
    timeline: record.drawn(),
  }
}

function textOf(error: Error, world: World | null): string {
  const text =
    error instanceof GridError ? `${error.code}: ${error.message}\n${error.hint}` : error.message
  const last = world?.kernel.trace.last(8).map(lineOf) ?? []
  return [
    text,
    ...(last.length > 0 ? ['Last events:'] : []),
    ...last.map(line => `  ${line}`),
  ].join('\n')
}
