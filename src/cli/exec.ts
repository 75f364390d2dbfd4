// `pocketgrid exec -- CMD ...`: runs a program so that it finds a running grid under the grid's own names.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { namesOf } from '../services/front/names.ts'
import { ended, spawned } from './child.ts'
import { findGrid, type ReachableGrid, variablesOf, writeBundle } from './environment.ts'
import { startIsolated } from './isolate.ts'

/** The options of the command, as they were written. */
export interface ExecOptions {
  readonly control: string
  readonly isolate?: boolean
}

/** What the preload is told: see preload.cts. */
export interface PreloadFront {
  readonly host: string
  readonly port: number
  readonly names: readonly string[]
}

const preload = fileURLToPath(new URL('./preload.cjs', import.meta.url))

/**
 * Runs a command to its end and resolves with its exit status; a signal that ends it ends this process too. Fails
 * with GRID_NOT_RUNNING, GRID_CA_BROKEN, GRID_COMMAND_FAILED or GRID_ISOLATION_REFUSED.
 */
export async function exec(
  command: readonly string[],
  { control, isolate = false }: ExecOptions,
): Promise<number> {
  const grid = await findGrid(control)
  const variables = variablesOf(grid, writeBundle(grid.endpoints.front.ca))
  if (isolate) {
    const isolated = await startIsolated(command, { grid, variables })
    try {
      return await ended(isolated.child)
    } finally {
      await isolated.close()
    }
  }
  const env = { ...process.env, ...variables, ...preloadVariables(grid, process.env.NODE_OPTIONS) }
  const [program, ...args] = command as [string, ...string[]]
  return ended(await spawned(spawn(program, args, { stdio: 'inherit', env })))
}

/** The variables that load the preload into every Node program, its children included. */
export function preloadVariables(
  { endpoints: { front } }: ReachableGrid,
  options: string | undefined,
): Record<string, string> {
  const { hostname, port } = new URL(front.url)
  const told: PreloadFront = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 443),
    names: namesOf(front.domain).all,
  }
  // Node takes words in double quotes, in which a backslash escapes.
  const path = `"${preload.replace(/["\\]/g, '\\$&')}"`
  const others = options?.includes(path) ? options : `${options ?? ''} --require ${path}`
  return { NODE_OPTIONS: others.trim(), POCKETGRID_FRONT: JSON.stringify(told) }
}
