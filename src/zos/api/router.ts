// What a node does with a request: finds the command, asks its guard, answers as the real node's router does.

import type { Bus, BusMessage } from '../../rmb/bus.ts'
import { JSON_SCHEMA } from '../../rmb/replies.ts'
import { type Outcome, refused } from '../outcome.ts'
import type { NodeKind } from '../resources/node-resources.ts'

/** A request as a command sees it. */
export interface Request {
  /** Position of the node that is asked. */
  readonly index: number
  /** The twin that asks; its signature was checked. */
  readonly twin: number
  /** JSON text; commands without arguments ignore it. */
  readonly payload: string
}

/** Gives the JSON text of an answer, or the text of an error. */
export type Handler = (request: Request) => Outcome<string>

/** A command that nodes serve. */
export interface Command {
  /** Full name, `zos.system.version`. */
  readonly name: string
  /** The kinds of node that serve it. */
  readonly kinds: readonly NodeKind[]
  readonly handle: Handler
}

/** Who may call below a prefix: nothing when the caller may, else the text of the refusal. */
export interface Guard {
  /** `zos.admin` guards all that begins with `zos.admin.`. */
  readonly prefix: string
  readonly kinds: readonly NodeKind[]
  check(request: Request): string | undefined
}

/** Finds what serves a command. */
export type Router = (kind: NodeKind, command: string, request: Request) => Outcome<string>

/**
 * Makes a router of commands; a later one of the same name takes the place of an earlier one. Guards are asked
 * before a name is looked up, so below a guarded prefix even an unknown command is refused by its guard
 * (threefoldtech/tfgrid-sdk-go: rmb-sdk-go/peer/router.go).
 */
export function createRouter(commands: readonly Command[], guards: readonly Guard[]): Router {
  const tables = { full: tableOf(commands, 'full'), light: tableOf(commands, 'light') }
  return (kind, command, request) => {
    for (const { prefix, kinds, check } of guards) {
      if (!kinds.includes(kind) || !command.startsWith(`${prefix}.`)) continue
      const refusal = check(request)
      if (refusal !== undefined) return refused(refusal)
    }
    const handle = tables[kind].get(command)
    return handle ? handle(request) : refused('function is not found')
  }
}

function tableOf(commands: readonly Command[], kind: NodeKind): ReadonlyMap<string, Handler> {
  const served = commands.filter(({ kinds }) => kinds.includes(kind))
  return new Map(served.map(({ name, handle }) => [name, handle]))
}

/** What a node's router leaves unanswered: all but requests in JSON that carry a payload, be it empty. */
export function isIgnored({ body, schema }: BusMessage): boolean {
  return body.type !== 'request' || schema !== JSON_SCHEMA || body.payload === null
}

/** Answers a request by what a router finds for it. */
export function answer(bus: Bus, message: BusMessage, find: Handler, index: number): void {
  const { body, source } = message
  if (body.type !== 'request' || body.payload === null) return
  const outcome = find({ index, twin: source.twin, payload: body.payload })
  bus.respond(
    message,
    outcome.ok
      ? { type: 'response', payload: outcome.value }
      : { type: 'error', code: 0, message: outcome.error },
  )
}
