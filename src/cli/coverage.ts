// `pocketgrid coverage`: what of the runtime is declared, and which calls have their logic.

import { pallets } from '../chain/pallets/all.ts'
import type { Pallet } from '../chain/runtime/declare.ts'

/** The table of pallets × calls, events, errors, storage; below it the calls that answer `System.CallFiltered`. */
export function coverage(): string {
  const sorted = [...pallets].sort((a, b) => a.decl.index - b.decl.index)
  const head = ['#', 'pallet', 'calls', 'events', 'errors', 'storage', 'constants']
  const rows = sorted.map(rowOf)
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 1 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
  const missing = sorted.flatMap(({ decl, calls }) =>
    Object.entries(calls).flatMap(([name, call]) => (call.run ? [] : [`${decl.name}.${name}`])),
  )
  const note =
    missing.length === 0 ? 'Every call has its logic.' : `Without logic: ${missing.join(', ')}`
  return `${[line(head), ...rows.map(line), '', note].join('\n')}\n`
}

function rowOf({ decl, calls }: Pallet): string[] {
  const all = Object.values(calls)
  const done = all.filter(call => call.run !== undefined).length
  const count = (record: object) => String(Object.keys(record).length)
  return [
    String(decl.index),
    decl.name,
    `${done}/${all.length}`,
    count(decl.events),
    String(decl.errors.length),
    count(decl.storage),
    count(decl.constants),
  ]
}
