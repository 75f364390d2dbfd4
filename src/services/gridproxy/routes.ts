// The routes of the proxy, in upstream's order (grid-proxy/internal/explorer/server.go).

import type { Context } from './context.ts'
import { contractBills, contractList, oneContract } from './contracts.ts'
import { accepted, type Result } from './errors.ts'
import { farmList } from './farms.ts'
import type { CheckedParams } from './filter.ts'
import { proxyHealth } from './health.ts'
import { encode } from './json.ts'
import { limitParams } from './limit.ts'
import { type Answer, type List, listHandler } from './list.ts'
import { nodeCards, nodeStatistics } from './live.ts'
import { nodeList, nodeStatus, oneGateway, oneNode } from './nodes.ts'
import type { Params } from './params.ts'
import { publicIpList } from './public-ips.ts'
import type { QueryValues } from './query-string.ts'
import { gridStats, statsFilters } from './stats.ts'
import { twinConsumption, twinList } from './twins.ts'

type Outcome = Result<Answer> | Promise<Result<Answer>>

/** A route: what it answers to which path. */
export interface Route {
  /** `/nodes/{node_id:[0-9]+}`. */
  readonly template: string
  /** One line for the API description. */
  readonly about: string
  /** The parameters that it decodes. */
  readonly params: Params
  /** The fields that it sorts by. */
  readonly sortFields: readonly string[]
  /** Answers; `id` is what stands in the path, empty where nothing does. */
  handle(request: { readonly id: string; readonly values: QueryValues }): Outcome
}

/** What routes know beside the grid. */
export interface RouteOptions {
  readonly version: string
  /** `ok`, or what is wrong with the index. */
  database(): string
}

interface Plain {
  readonly template: string
  readonly about: string
  readonly params?: Params
  readonly handle: Route['handle']
}

function plain({ params = {}, ...route }: Plain): Route {
  return { ...route, params, sortFields: [] }
}

function listRoute<T>(template: string, about: string, list: List<T>, context: Context): Route {
  const handle = listHandler(list, context)
  return {
    template,
    about,
    params: paramsOf(list.params),
    sortFields: [...list.sorts.fields]
      .filter(([, sort]) => typeof sort === 'function')
      .map(([field]) => field),
    handle: ({ values }) => handle(values),
  }
}

function paramsOf(filters: CheckedParams): Params {
  return { ...filters, ...limitParams }
}

function constant(value: Readonly<Record<string, string>>): () => Result<Answer> {
  return () => accepted({ headers: {}, body: encode(value) })
}

/** All routes but those of the API description. */
export function routesOf(context: Context, options: RouteOptions): readonly Route[] {
  const routes: Route[] = [
    listRoute('/farms', 'Farms.', farmList(context), context),
    plain({
      template: '/stats',
      about: 'The grid in numbers.',
      params: statsFilters,
      handle: ({ values }) => gridStats(values, context),
    }),
    listRoute('/twins', 'Twins.', twinList(context), context),
    plain({
      template: '/twins/{twin_id:[0-9]+}/consumption',
      about: 'What a twin has spent, in TFT.',
      handle: ({ id }) => twinConsumption(id, context),
    }),
    ...nodeRoutes(context),
    ...gatewayRoutes(context),
    ...contractRoutes(context),
    listRoute('/public_ips', 'Public addresses.', publicIpList(context), context),
    plain({
      template: '/',
      about: 'The routes that there are.',
      handle: () => accepted({ headers: {}, body: encode(welcome(routes)) }),
    }),
    plain({
      template: '/ping',
      about: 'Whether the server answers.',
      handle: constant({ ping: 'pong' }),
    }),
    plain({
      template: '/version',
      about: 'The version of the server.',
      handle: constant({ version: options.version }),
    }),
    plain({
      template: '/health',
      about: 'Whether the server reaches its index and the nodes.',
      handle: () => proxyHealth(context, options.database),
    }),
  ]
  return routes
}

function nodeRoutes(context: Context): Route[] {
  return [
    listRoute('/nodes', 'Nodes.', nodeList(context), context),
    plain({
      template: '/nodes/{node_id:[0-9]+}',
      about: 'One node.',
      handle: ({ id }) => oneNode(id, context),
    }),
    plain({
      template: '/nodes/{node_id:[0-9]+}/status',
      about: 'Whether a node is up, down or standing by.',
      handle: ({ id }) => nodeStatus(id, context),
    }),
    plain({
      template: '/nodes/{node_id:[0-9]+}/statistics',
      about: 'What a node uses now, asked from the node itself.',
      handle: ({ id }) => nodeStatistics(id, context),
    }),
    plain({
      template: '/nodes/{node_id:[0-9]+}/gpu',
      about: 'The graphics cards of a node, asked from the node itself.',
      handle: ({ id }) => nodeCards(id, context),
    }),
  ]
}

function gatewayRoutes(context: Context): Route[] {
  return [
    listRoute('/gateways', 'Nodes: the same list as /nodes.', nodeList(context), context),
    plain({
      template: '/gateways/{node_id:[0-9]+}',
      about: 'One node that has a domain.',
      handle: ({ id }) => oneGateway(id, context),
    }),
    plain({
      template: '/gateways/{node_id:[0-9]+}/status',
      about: 'Whether a node is up, down or standing by.',
      handle: ({ id }) => nodeStatus(id, context),
    }),
  ]
}

function contractRoutes(context: Context): Route[] {
  return [
    listRoute('/contracts', 'Contracts.', contractList(context), context),
    plain({
      template: '/contracts/{contract_id:[0-9]+}',
      about: 'One contract.',
      handle: ({ id }) => oneContract(id, context),
    }),
    plain({
      template: '/contracts/{contract_id:[0-9]+}/bills',
      about: 'The bills of a contract, newest first.',
      params: limitParams,
      handle: ({ id, values }) => contractBills(id, values, context),
    }),
  ]
}

/** The prefix under which the API description lies. */
export const descriptionPath = '/swagger/'

function welcome(routes: readonly Route[]): string {
  const templates = [...routes.map(({ template }) => template), descriptionPath]
  const shown = templates.map(template => `[${template}] `).join('')
  return `Welcome to threefold grid proxy server, available endpoints ${shown}`
}
