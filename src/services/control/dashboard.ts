// What the dashboard asks beside the control API: a grid in one glance, its map, its chain decoded; and a machine deployed by hand.

import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { GridError } from '../../kernel/errors.ts'
import { readBody } from '../plain-http.ts'
import type {
  Billing,
  BlockDetail,
  BlockItem,
  DeploymentPage,
  DeploymentStory,
  FarmDetail,
  Farming,
  GridMap,
  Overview,
  PalletStorage,
  StorageDiff,
  StoragePage,
} from './dashboard-types.ts'

/** A grid as its page sees it; null stands for what is not there. */
export interface DashboardPort {
  overview(): Overview
  map(): GridMap
  /** The blocks up to one, newest first; up to the best when null. */
  blocks(upTo: number | null, limit: number): readonly BlockItem[]
  block(number: number): BlockDetail | null
  storage(at: number | null): readonly PalletStorage[] | null
  entries(
    item: { readonly pallet: string; readonly name: string },
    page: { readonly at: number | null; readonly offset: number; readonly limit: number },
  ): StoragePage | null
  diff(from: number, to: number): StorageDiff | null
  deployments(page: { readonly offset: number; readonly limit: number }): DeploymentPage
  story(contractId: bigint): DeploymentStory | null
  billing(): Billing
  farming(): Farming
  farm(id: number): FarmDetail | null
  /** Names of the users who can deploy. */
  users(): readonly string[]
  /** A user deploys a machine: GRID_CONFIG_INVALID when there is no such user or node. */
  deploy(order: SampleMachine): void
}

/** A small machine that is deployed without a client. */
export type SampleMachine = z.output<typeof machineSchema>

const number = z.coerce.number<string>().int().min(0).max(0xffff_ffff)
const limit = z.coerce.number<string>().int().min(1).max(500).default(50)
const nothing = z.object({})

const machineSchema = z.strictObject({
  user: z.string().min(1).max(64),
  nodeId: z.int().min(1),
  name: z.string().regex(/^[a-z][a-z0-9]{0,31}$/i, 'a name is up to 32 letters and digits'),
  cpu: z.int().min(1).max(32).optional(),
  memoryGiB: z.int().min(1).max(256).optional(),
  diskGiB: z.int().min(1).max(10_000).optional(),
})

/** Largest body of an order, in bytes. */
const orderLimit = 10_000

interface Read {
  readonly path: string
  answer(port: DashboardPort, params: unknown, query: unknown): unknown
}

/** Something that is asked for: its words are checked before the grid sees them. */
function read<P extends z.ZodType, Q extends z.ZodType>(
  path: string,
  schemas: { readonly params?: P; readonly query?: Q },
  run: (port: DashboardPort, given: z.output<P> & z.output<Q>) => unknown,
): Read {
  return {
    path,
    answer: (port, params, query) =>
      run(port, {
        ...((schemas.params ?? nothing).parse(params) as object),
        ...((schemas.query ?? nothing).parse(query) as object),
      } as z.output<P> & z.output<Q>),
  }
}

const reads: readonly Read[] = [
  read('/overview', {}, port => port.overview()),
  read('/map', {}, port => port.map()),
  read('/blocks', { query: z.object({ upTo: number.optional(), limit }) }, (port, given) =>
    port.blocks(given.upTo ?? null, given.limit),
  ),
  read('/blocks/:block', { params: z.object({ block: number }) }, (port, { block }) =>
    port.block(block),
  ),
  read('/storage', { query: z.object({ at: number.optional() }) }, (port, { at = null }) =>
    port.storage(at),
  ),
  read(
    '/storage/:pallet/:name',
    {
      params: z.object({ pallet: z.string().max(100), name: z.string().max(100) }),
      query: z.object({ at: number.optional(), offset: number.default(0), limit }),
    },
    (port, { pallet, name, at = null, offset, limit: count }) =>
      port.entries({ pallet, name }, { at, offset, limit: count }),
  ),
  read('/diff', { query: z.object({ from: number, to: number }) }, (port, { from, to }) =>
    port.diff(Math.min(from, to), Math.max(from, to)),
  ),
  read('/deployments', { query: z.object({ offset: number.default(0), limit }) }, (port, page) =>
    port.deployments(page),
  ),
  read(
    '/deployments/:contract',
    { params: z.object({ contract: z.string().regex(/^\d{1,19}$/) }) },
    (port, { contract }) => port.story(BigInt(contract)),
  ),
  read('/billing', {}, port => port.billing()),
  read('/farming', {}, port => port.farming()),
  read('/farming/:farm', { params: z.object({ farm: number }) }, (port, { farm }) =>
    port.farm(farm),
  ),
  read('/users', {}, port => port.users()),
]

/** Gives the grid that is looked at. */
type View = () => { readonly dashboard?: DashboardPort } | null

/**
 * `GET /api/dashboard/...`, and `POST /api/dashboard/machines`, which deploys a small machine. 503 while there is no
 * grid, 501 where it cannot be seen, 400 and 404 as usual.
 */
export function addDashboardRoutes(app: FastifyInstance, view: View): void {
  for (const { path, answer } of reads) {
    app.get(`/api/dashboard${path}`, (request, reply) =>
      answered(reply, view, port => answer(port, request.params, request.query)),
    )
  }
  app.post('/api/dashboard/machines', async ({ raw }, reply) => {
    const order = await orderOf(raw)
    return answered(reply, view, port => {
      const machine = machineSchema.parse(order)
      port.deploy(machine)
      return machine
    })
  })
}

/** The body of a request as JSON; undefined when it is none, or none that only a page of this origin can send. */
async function orderOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined
  const read = await readBody(request, { limit: orderLimit })
  try {
    return read.ok ? JSON.parse(read.body.toString('utf8')) : undefined
  } catch {
    return undefined
  }
}

function answered(
  reply: FastifyReply,
  view: View,
  answer: (port: DashboardPort) => unknown,
): FastifyReply {
  const found = view()
  if (!found) return reply.code(503).send({ error: 'the grid is starting' })
  if (!found.dashboard) {
    return reply.code(501).send({ error: 'the dashboard shows grids with a chain of their own' })
  }
  try {
    const result = answer(found.dashboard)
    return result === null
      ? reply.code(404).send({ error: 'there is no such thing, or it is not held any more' })
      : reply.send(result)
  } catch (cause) {
    if (cause instanceof z.ZodError) {
      return reply.code(400).send({ error: z.prettifyError(cause) })
    }
    if (cause instanceof GridError) {
      return reply.code(400).send({ error: cause.message, code: cause.code, hint: cause.hint })
    }
    throw cause
  }
}
