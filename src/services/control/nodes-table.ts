// The operations of a process that plays nodes alone: nodes, what is broken on them, how many there are, and time.

import { z } from 'zod'
import { type Operation, operation } from './operations.ts'
import type { NodesPort } from './ports.ts'
import { clockSchema, faultOperations, nodeOperations, sizeOperations } from './table.ts'

/** How long what nodes send may be waited for, in ms of wall time. */
const mostSettleMs = 30_000

/** The operations over the nodes of a process. `faultSchema` is what a fault is. */
export function nodesOperationsOf(
  nodes: () => NodesPort,
  faultSchema: z.ZodType,
): readonly Operation[] {
  return [
    ...timeOperations(nodes),
    ...nodeOperations(nodes),
    ...faultOperations(nodes, faultSchema),
    ...sizeOperations(nodes),
  ]
}

function timeOperations(nodes: () => NodesPort): Operation[] {
  const state = () => nodes().time.state()
  return [
    operation('GET', '/time', { title: 'What time it is, and how it passes', run: state }),
    operation('POST', '/time/follow', {
      title: 'Come to what the chain shows, and to a moment, in ms since the Unix epoch',
      body: z.strictObject({
        at: z.int().min(0),
        settleMs: z.int().min(0).max(mostSettleMs).default(0),
      }),
      async run({ body }) {
        await nodes().time.follow(body.at, body.settleMs)
        return state()
      },
    }),
    operation('PUT', '/time/pace', {
      title: 'Let time pass as on the grid that the nodes belong to',
      body: z.strictObject({ clock: clockSchema, isFrozen: z.boolean() }),
      run({ body }) {
        nodes().time.setClock(body.clock)
        nodes().time.freeze(body.isFrozen)
        return state()
      },
    }),
  ]
}
