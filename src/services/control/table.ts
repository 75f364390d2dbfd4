// Every operation of the control API: time, nodes, faults, snapshots, size, reset, history.

import { z } from 'zod'
import { GridError } from '../../kernel/errors.ts'
import { memberOperations } from './members.ts'
import { momentSchema, mostMs, spanSchema } from './moments.ts'
import { NotFound, type Operation, operation } from './operations.ts'
import { pastOperations } from './past.ts'
import type { ControlPort, FaultPreview, FaultsPort } from './ports.ts'

/** Nodes that are added at once. */
const mostNodes = 20_000

export const clockSchema = z
  .string()
  .regex(/^(real|virtual|warp:\d+(\.\d+)?)$/, 'the clock is real, virtual or warp:N')
  .refine(
    text =>
      !text.startsWith('warp:') ||
      (Number(text.slice(5)) >= 0.01 && Number(text.slice(5)) <= 100_000),
    'the N of warp:N lies between 0.01 and 100000',
  )

const rateSchema = z.union(
  [
    z.strictObject({ clock: clockSchema }),
    z
      .strictObject({ rate: z.number().min(0.01).max(100_000) })
      .transform(({ rate }) => ({ clock: rate === 1 ? 'real' : `warp:${rate}` })),
  ],
  {
    error:
      '{ "rate": N } with N from 0.01 to 100000, or { "clock": "real", "virtual" or "warp:N" }',
  },
)

const nodeParams = z.object({ id: z.coerce.number<string>().int().min(1) })
const faultParams = z.object({ id: z.coerce.number<string>().int().min(1) })
const snapshotParams = z.object({ id: z.string().min(1).max(100) })

const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.enum(['crash', 'boot', 'reboot', 'restartDaemon', 'drain']) }),
  z.strictObject({ type: z.literal('power'), target: z.enum(['Up', 'Down']) }),
  z.strictObject({ type: z.literal('upgrade'), version: z.string().min(1).max(64) }),
])

const nameSchema = z
  .string()
  .regex(
    /^(?!0x)[\w.-]{1,64}$/,
    'a name has 1 to 64 of A-Z a-z 0-9 _ . - and does not begin with 0x',
  )

const hardwareSchema = z
  .union([
    z
      .string()
      .min(1)
      .transform(one => [one]),
    z.array(z.string().min(1)).min(1).max(100),
  ])
  .optional()
const whereSchema = { farmId: z.int().min(1).optional(), hardware: hardwareSchema }
const countSchema = z.int().min(1).max(mostNodes, `at most ${mostNodes} nodes are added at once`)

const scaleSchema = z.union(
  [
    z.strictObject({ nodes: z.int().min(0), ...whereSchema }),
    z.strictObject({ add: countSchema, ...whereSchema }),
  ],
  {
    error: `{ "nodes": N } or { "add": N }, with farmId and hardware if wanted; at most ${mostNodes} nodes are added at once`,
  },
)

/** The grid of the moment; asked for when an operation runs, never before. */
export type LiveGrid = () => ControlPort

/** The operations over a grid. `faultSchema` is what a fault is. */
export function operationsOf(grid: LiveGrid, faultSchema: z.ZodType): readonly Operation[] {
  return [
    ...timeOperations(grid),
    ...nodeOperations(grid),
    ...faultOperations(grid, faultSchema),
    ...previewOperations(grid, faultSchema),
    ...snapshotOperations(grid),
    ...sizeOperations(grid),
    ...wholeOperations(grid),
    ...memberOperations(grid),
    ...historyOperations(grid),
    ...pastOperations(grid),
  ]
}

function timeOperations(grid: LiveGrid): Operation[] {
  const moved = () => grid().time.state()
  return [
    operation('GET', '/time', { title: 'What time it is, and how it passes', run: moved }),
    operation('POST', '/time/advance', {
      title: 'Let virtual time pass at once',
      body: z.strictObject({ by: spanSchema }),
      async run({ body }) {
        await grid().time.advanceTo(grid().time.state().now + body.by)
        return moved()
      },
    }),
    operation('POST', '/time/advanceTo', {
      title: 'Let virtual time pass up to a moment; one that has passed changes nothing',
      body: z.strictObject({ at: momentSchema }),
      async run({ body }) {
        const { now } = grid().time.state()
        if (body.at - now > mostMs) return { problem: 'time moves by at most 366 days at once' }
        await grid().time.advanceTo(Math.max(now, body.at))
        return moved()
      },
    }),
    operation('POST', '/time/freeze', {
      title: 'Let time stand still',
      async run() {
        await grid().time.freeze(true)
        return moved()
      },
    }),
    operation('POST', '/time/resume', {
      title: 'Let time go on',
      async run() {
        await grid().time.freeze(false)
        return moved()
      },
    }),
    operation('PUT', '/time/rate', {
      title: 'Let time pass otherwise: { "rate": 60 } or { "clock": "virtual" }',
      body: rateSchema,
      async run({ body }) {
        await grid().time.setClock(body.clock)
        return moved()
      },
    }),
  ]
}

export function nodeOperations(grid: () => Pick<ControlPort, 'nodes'>): Operation[] {
  const find = async (id: number) => (await grid().nodes.find(id)) ?? new NotFound(`node ${id}`)
  return [
    operation('GET', '/nodes', {
      title: 'All nodes, in the order in which they were added',
      query: z.object({
        limit: z.coerce.number<string>().int().min(1).max(200_000).default(200_000),
        offset: z.coerce.number<string>().int().min(0).default(0),
      }),
      run: async ({ query: { offset, limit } }) =>
        (await grid().nodes.list()).slice(offset, offset + limit),
    }),
    operation('GET', '/nodes/{id}', {
      title: 'A node with its capacity and what is deployed on it',
      params: nodeParams,
      run: ({ params }) => find(params.id),
    }),
    operation('POST', '/nodes/{id}/actions', {
      title: 'Do something to a node: crash, boot, reboot, restartDaemon, power, upgrade, drain',
      params: nodeParams,
      body: actionSchema,
      async run({ params: { id }, body }) {
        const found = await find(id)
        if (found instanceof NotFound) return found
        const contracts = await grid().nodes.act(id, body)
        const node = await find(id)
        return body.type === 'drain' ? { ...node, drained: { contracts } } : node
      },
    }),
  ]
}

export function faultOperations(
  grid: () => { readonly faults: FaultsPort },
  faultSchema: z.ZodType,
): Operation[] {
  const find = (id: number) => grid().faults.find(id) ?? new NotFound(`fault ${id}`)
  return [
    operation('GET', '/faults', {
      title: 'Planned and active faults, in the order in which they were added',
      run: () => grid().faults.list(),
    }),
    operation('POST', '/faults', {
      title: 'Break something: at once, or after a while, for so long, or for good',
      body: faultSchema,
      status: 201,
      async run({ body }) {
        const id = await grid().faults.add(body)
        // One that lasts but a moment is over already.
        return grid().faults.find(id) ?? { id, state: 'over', fault: body }
      },
    }),
    operation('GET', '/faults/{id}', {
      title: 'A planned or active fault',
      params: faultParams,
      run: ({ params }) => find(params.id),
    }),
    operation('PATCH', '/faults/{id}', {
      title: 'Change a fault; its kind stays',
      params: faultParams,
      body: z
        .record(z.string(), z.unknown())
        .refine(change => !('kind' in change), 'the kind of a fault stays'),
      async run({ params: { id }, body }) {
        if (grid().faults.find(id) === null) return new NotFound(`fault ${id}`)
        await grid().faults.patch(id, body)
        return find(id)
      },
    }),
    operation('DELETE', '/faults/{id}', {
      title: 'End a fault, or take back one that was planned',
      params: faultParams,
      async run({ params: { id } }) {
        const found = find(id)
        if (!(found instanceof NotFound)) await grid().faults.remove(id)
        return found
      },
    }),
    operation('DELETE', '/faults', {
      title: 'End all faults',
      async run() {
        const all = grid().faults.list()
        for (const { id } of all) await grid().faults.remove(id)
        return all
      },
    }),
  ]
}

function previewOperations(grid: LiveGrid, faultSchema: z.ZodType): Operation[] {
  return [
    operation('POST', '/faults/preview', {
      title:
        'What a fault would hit, from when to when, or why it would be refused; nothing changes',
      body: z.record(z.string(), z.unknown()),
      run: ({ body }) => previewed(grid(), faultSchema, body),
    }),
  ]
}

/** A fault that would be refused is an answer as well: people type it word by word. */
function previewed(
  { faults }: Pick<ControlPort, 'faults'>,
  faultSchema: z.ZodType,
  body: unknown,
): FaultPreview | { readonly refused: string } {
  const parsed = faultSchema.safeParse(body)
  if (!parsed.success) return { refused: z.prettifyError(parsed.error) }
  try {
    return faults.preview(parsed.data)
  } catch (cause) {
    if (cause instanceof GridError) return { refused: cause.message }
    throw cause
  }
}

function snapshotOperations(grid: LiveGrid): Operation[] {
  const find = (key: string) => grid().snapshots.find(key) ?? new NotFound(`snapshot ${key}`)
  return [
    operation('GET', '/snapshots', {
      title: 'The moments that the grid can be taken back to, oldest first',
      run: () => grid().snapshots.list(),
    }),
    operation('POST', '/snapshots', {
      title: 'Remember this moment of the whole grid, under a name if wanted',
      body: z.strictObject({ name: nameSchema.optional() }),
      emptyBody: {},
      status: 201,
      run({ body: { name } }) {
        if (name !== undefined && grid().snapshots.find(name) !== null) {
          return { problem: `there is a snapshot '${name}' already` }
        }
        return grid().snapshots.take(name ?? null)
      },
    }),
    operation('POST', '/snapshots/{id}/revert', {
      title: 'Take the grid back; later snapshots are gone, time goes on from where it was',
      params: snapshotParams,
      run({ params }) {
        const found = find(params.id)
        if (found instanceof NotFound) return found
        grid().snapshots.revert(found.id)
        return { ...found, now: grid().time.state().now }
      },
    }),
    operation('DELETE', '/snapshots/{id}', {
      title: 'Give a snapshot up',
      params: snapshotParams,
      run({ params }) {
        const found = find(params.id)
        if (!(found instanceof NotFound)) grid().snapshots.remove(found.id)
        return found
      },
    }),
  ]
}

export function sizeOperations(grid: () => Pick<ControlPort, 'scale'>): Operation[] {
  return [
    operation('GET', '/scale', {
      title: 'How many nodes there are, and how many of them have registered',
      run: () => grid().scale.state(),
    }),
    operation('POST', '/scale', {
      title:
        'Bring the grid to so many nodes with { "nodes": 500 }, or add some with { "add": 10 }',
      body: scaleSchema,
      async run({ body }) {
        const { nodes } = grid().scale.state()
        const count = 'add' in body ? body.add : body.nodes - nodes
        if (count < 0) return { problem: `there are ${nodes} nodes, and none is taken away` }
        if (count > mostNodes) return { problem: `at most ${mostNodes} nodes are added at once` }
        if (count > 0)
          await grid().scale.add({ count, farmId: body.farmId, hardware: body.hardware })
        return { ...grid().scale.state(), added: count }
      },
    }),
  ]
}

function wholeOperations(grid: LiveGrid): Operation[] {
  return [
    operation('POST', '/reset', {
      title: 'Wipe the chain, as test networks are: it begins anew, nodes register again',
      run() {
        grid().reset()
        return grid().time.state()
      },
    }),
  ]
}

function historyOperations(grid: LiveGrid): Operation[] {
  return [
    operation('GET', '/digest', {
      title: 'Where the grid stands: equal histories have equal digests',
      run: () => grid().history.state(),
    }),
    operation('GET', '/history', {
      title: 'All that made this grid what it is: a file for up --snapshot and run --replay',
      type: 'application/x-ndjson',
      run: () => grid().history.export(),
    }),
  ]
}
