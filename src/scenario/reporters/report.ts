// What reporters are given: a scenario file and how it went.

import type { ScenarioReport } from '../runner.ts'

/** A scenario file and how it went. */
export interface FileReport extends ScenarioReport {
  /** Absolute path. */
  readonly file: string
}

/** The command that plays a scenario again with the same seed. */
export function repeatCommand({ file, seed }: FileReport): string {
  const quoted = /^[\w./-]+$/.test(seed) ? seed : `'${seed.replaceAll("'", "'\\''")}'`
  return `pocketgrid run ${file} --seed ${quoted}`
}

/** Virtual ms as people read them: `1h 02m 03.5s`. */
export function virtualTime(ms: number): string {
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = ((ms % 60_000) / 1000).toFixed(1)
  if (hours > 0)
    return `${hours}h ${String(minutes).padStart(2, '0')}m ${seconds.padStart(4, '0')}s`
  return minutes > 0 ? `${minutes}m ${seconds.padStart(4, '0')}s` : `${seconds}s`
}
