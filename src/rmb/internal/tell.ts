// Entries of the trace about messages: what strangers put into them is cut to a length that a trace can bear.

import type { Trace, TraceEvents } from '../../kernel/trace.ts'

/** Characters of a uid, a session's name or a command that are kept. */
const longest = 200

/** Adds an entry; its long texts end in an ellipsis. */
export function tell<K extends keyof TraceEvents>(
  trace: Trace,
  kind: K,
  fields: TraceEvents[K],
): void {
  trace.add(kind, fitting(fields))
}

/** Adds an entry on what a socket saw: see `Trace.note`. */
export function noteAtEdge<K extends keyof TraceEvents>(
  trace: Trace,
  kind: K,
  fields: TraceEvents[K],
): void {
  trace.note(kind, fitting(fields))
}

function fitting<T extends object>(fields: T): T {
  const values = Object.values<unknown>(fields as Record<string, unknown>)
  const isLong = values.some(value => typeof value === 'string' && value.length > longest)
  return isLong ? shortened(fields) : fields
}

function shortened<T extends object>(fields: T): T {
  const entries = Object.entries<unknown>(fields as Record<string, unknown>)
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === 'string' && value.length > longest ? `${value.slice(0, longest)}…` : value,
    ]),
  ) as T
}
