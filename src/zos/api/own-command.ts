// Commands of a user's own: added to those of nodes, or put in the place of one, which they may still ask.

import { asError } from '../../kernel/errors.ts'
import { cacheSize } from '../hardware/pools.ts'
import { systemCapacity, totalCapacity } from '../hardware/profile.ts'
import { type Outcome, refused } from '../outcome.ts'
import type { NodeKind } from '../resources/node-resources.ts'
import { addCapacity, type Capacity } from '../workloads/capacity.ts'
import { type ApiContext, everywhere } from './context.ts'
import type { Command, Handler, Request } from './router.ts'

/** A call of a command, with the node as it is now. */
export interface CommandCall {
  /** The twin that asks; its signature was checked. */
  readonly twinId: number
  /** The JSON text that was sent; empty when there was none. */
  readonly text: string
  /** What was sent, decoded; undefined when it is empty or no JSON. */
  readonly payload: unknown
  /** Virtual time, ms since the Unix epoch. */
  readonly now: number
  readonly node: {
    /** Id on the chain. */
    readonly id: number
    readonly twinId: number
    readonly farmId: number
    readonly kind: NodeKind
    /** Version of the running image. */
    readonly version: string
    /** What the hardware has. */
    readonly total: Capacity
    /** What the system and all that is deployed take. */
    readonly used: Capacity
  }
}

/**
 * Answers a call: with `answered(value)`, or with `refused(text)`. `original` gives the answer of the command in
 * whose place this one is; of a new one it is refused as an unknown command.
 */
export type OwnHandler = (call: CommandCall, original: () => Outcome<string>) => Outcome<string>

/** A command of a user's own. */
export interface OwnCommand {
  readonly name: string
  readonly kinds: readonly NodeKind[]
  readonly handle: OwnHandler
}

/**
 * Makes a command, for all nodes or for those of some kinds.
 *
 * ```ts
 * const hello = command('zos.vendor.hello', ({ twinId, node }) =>
 *   answered({ hello: twinId, from: node.id }),
 * )
 * const broken = command('zos.gpu.list', () => refused('nvidia-smi has failed'))
 * ```
 *
 * What is below `zos.admin` and `zos.debug` stays guarded as upstream guards it.
 */
export function command(
  name: string,
  handle: OwnHandler,
  kinds: readonly NodeKind[] = everywhere,
): OwnCommand {
  return Object.freeze({ name, kinds, handle })
}

/** The commands of a list as a router takes them; `served` are those that they may take the place of. */
export function ownCommands(
  own: readonly OwnCommand[],
  served: readonly Command[],
  context: ApiContext,
): Command[] {
  const before = [...served]
  for (const { name, kinds, handle } of own) {
    for (const kind of kinds) {
      const original = handlerOf(before, name, kind)
      before.push({
        name,
        kinds: [kind],
        handle: request => {
          try {
            return handle(callOf(request, context), () => original(request))
          } catch (cause) {
            // As the real node's router does with a handler that panics.
            return refused(`handler panicked with: ${asError(cause).message}`)
          }
        },
      })
    }
  }
  return before.slice(served.length)
}

function handlerOf(commands: readonly Command[], name: string, kind: NodeKind): Handler {
  const found = commands.findLast(entry => entry.name === name && entry.kinds.includes(kind))
  return found?.handle ?? (() => refused('function is not found'))
}

function callOf(
  { index, twin, payload }: Request,
  { kernel, engine, bodyOf, stateOf }: ApiContext,
): CommandCall {
  const { profile, farmId } = bodyOf(index)
  const { nodeId, twinId, version } = stateOf(index)
  const total = totalCapacity(profile)
  const system = systemCapacity(total, cacheSize(engine.resourcesOf(index).pools))
  return {
    twinId: twin,
    text: payload,
    payload: parsed(payload),
    now: kernel.now(),
    node: {
      id: nodeId,
      twinId,
      farmId,
      kind: profile.kind,
      version,
      total,
      used: addCapacity(engine.book.usedOf(index), system),
    },
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
