// What the processes of a split grid tell of their nodes, as far as it can be believed, and the last of it for who only glances.

import { z } from 'zod'
import type { NodeDetail, NodeItem } from '../services/control/ports.ts'
import type { ChainNode, Members } from './members.ts'

/** Between two questions for a glance pass at least so many ms of the wall clock. */
const glanceEveryMs = 1_000

const text = z.string().max(1_000)
const amountsSchema = z.record(z.string(), text)

const itemSchema = z.object({
  id: z.int().min(1),
  name: text,
  twinId: z.int().min(0),
  farmId: z.int().min(0),
  profile: text,
  phase: z.enum(['starting', 'up', 'down', 'asleep']),
})

const detailSchema = itemSchema.extend({
  isIdle: z.boolean(),
  version: text,
  total: amountsSchema,
  used: amountsSchema,
  deployments: z.array(
    z.object({
      twinId: z.int(),
      contractId: text,
      version: z.int(),
      workloads: z.array(
        z.object({ name: text, type: text, state: text, message: z.string().max(100_000) }),
      ),
    }),
  ),
})

/** What those that are there say of their nodes, by id. Nothing is known of the nodes of one that says nonsense. */
export async function toldOf(members: Members): Promise<ReadonlyMap<number, NodeItem>> {
  const lists = await Promise.all(
    members.live().map(async member => {
      const told = await members.ask(member, 'GET', '/nodes').catch(() => null)
      const nodes = z.array(itemSchema).safeParse(told)
      if (!nodes.success) return []
      return nodes.data
        .filter(({ id }) => member.nodes.has(id))
        .map(node => ({ ...node, member: member.name }))
    }),
  )
  return new Map(lists.flat().map(node => [node.id, node]))
}

/** What a process has told of a node; null when it is no description of that node. */
export function detailTold(told: unknown, id: number): NodeDetail | null {
  const detail = detailSchema.safeParse(told)
  return detail.success && detail.data.id === id ? detail.data : null
}

/** What the chain knows of a node that nobody who is there plays. */
export function itemOf({ id, twinId, farmId }: ChainNode): NodeItem {
  return { id, name: `node-${id}`, twinId, farmId, profile: 'unknown', phase: 'unknown' }
}

/** The nodes elsewhere as they were told of a moment ago; to be asked often, and without waiting. */
export function glanceAt(members: Members): () => readonly NodeItem[] {
  let told: ReadonlyMap<number, NodeItem> = new Map()
  let isAsking = false
  let notBefore = 0
  const ask = (): void => {
    if (isAsking || performance.now() < notBefore) return
    isAsking = true
    void toldOf(members).then(nodes => {
      told = nodes
      isAsking = false
      notBefore = performance.now() + glanceEveryMs
    })
  }
  return () => {
    const others = members.elsewhere()
    if (others.length === 0) return []
    ask()
    const played = new Set(members.live().flatMap(({ nodes }) => [...nodes.keys()]))
    return others.map(node => (played.has(node.id) && told.get(node.id)) || itemOf(node))
  }
}
