// What a node does with a request: finds the command, asks its guard, answers as the real node's router does.

import { asError, InvariantError } from '../../kernel/errors.ts'
import type { Bus, BusMessage } from '../../rmb/bus.ts'
import type { Outcome } from '../outcome.ts'

/** A request as a command sees it. */
export interface Request {
  /** Position of the node that is asked. */
  readonly index: number
  /** The twin that asks; its signature was checked. */
  readonly twin: number
  /** JSON text; commands without arguments ignore it. */
  readonly payload: string
}

/** A command: gives the JSON text of its answer, or the text of its error. */
export type Command = (request: Request) => Outcome<string>

/** A guard of a namespace: nothing when the caller may pass, else the text of the refusal. */
export type Guard = (request: Request) => string | undefined

/** The commands of a node, by full name, and the guards of its namespaces. */
export interface CommandTable {
  readonly commands: Readonly<Record<string, Command>>
  readonly guards: Readonly<Record<string, Guard>>
}

/** Answers a request; what a real node leaves unanswered is left unanswered. */
export function route(bus: Bus, table: CommandTable, message: BusMessage, index: number): void {
  const { body, schema, source } = message
  if (body.type !== 'request' || schema !== 'application/json' || body.payload === null) return
  const request = { index, twin: source.twin, payload: body.payload }
  const outcome = answer(table, body.command, request)
  bus.respond(
    message,
    outcome.ok
      ? { type: 'response', payload: outcome.value }
      : { type: 'error', code: 0, message: outcome.error },
  )
}

function answer(table: CommandTable, command: string, request: Request): Outcome<string> {
  for (const [prefix, guard] of Object.entries(table.guards)) {
    if (!command.startsWith(prefix)) continue
    const refusal = guard(request)
    if (refusal !== undefined) return { ok: false, error: refusal }
  }
  const run = Object.hasOwn(table.commands, command) ? table.commands[command] : undefined
  if (!run) return { ok: false, error: 'function is not found' }
  try {
    return run(request)
  } catch (cause) {
    if (cause instanceof InvariantError) throw cause
    return { ok: false, error: `handler panicked with: ${asError(cause).message}` }
  }
}
