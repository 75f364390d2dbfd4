// `pocketgrid env`: prints the variables with which programs find a running grid.

import { findGrid, variablesOf, writeBundle } from './environment.ts'

/** The options of the command, as they were written. */
export interface EnvOptions {
  readonly control: string
  readonly json?: boolean
}

/** The variables as lines for a shell, `eval "$(pocketgrid env)"`, or as one JSON object. */
export async function env({ control, json = false }: EnvOptions): Promise<string> {
  const grid = await findGrid(control)
  const variables = variablesOf(grid, writeBundle(grid.endpoints.front.ca))
  if (json) return `${JSON.stringify(variables)}\n`
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`)
  return `${lines.join('\n')}\n`
}

/** A text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
