// The grid proxy: a grid's nodes, farms, contracts and twins over REST, as clients and dashboards ask for them.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { asError } from '../../kernel/errors.ts'
import type { RowReader } from '../indexer/store.ts'
import { send } from '../plain-http.ts'
import type { Context } from './context.ts'
import { ContractBook } from './contract-book.ts'
import { apiDescription, descriptionPage } from './description.ts'
import { type Result, refused } from './errors.ts'
import { encode } from './json.ts'
import type { Answer } from './list.ts'
import { NodeBook } from './node-book.ts'
import type { NodeFacts } from './ports.ts'
import { parseQuery, percentDecoded } from './query-string.ts'
import { type Match, routerOf } from './router.ts'
import { descriptionPath, routesOf } from './routes.ts'
import { gridStats } from './stats.ts'

/** What a grid gives its proxy. */
export interface GridProxyOptions {
  /** The chain's index, as far as the proxy has seen it. */
  readonly rows: RowReader
  readonly facts: NodeFacts
  /** The grid's time, in ms since the Unix epoch. */
  readonly now: () => number
  /** What `/version` tells. */
  readonly version: string
  /** A path that requests may carry in front, where the proxy shares a port; none when left out. */
  readonly mountPath?: string
  /** `ok`, or what is wrong with the index; it is ok when left out. */
  readonly database?: () => string
  /** For lists in random order; the platform's own when left out. */
  readonly random?: () => number
  /** Brings the grid's clock up to the present before a request is looked at; nothing when left out. */
  readonly enter?: <T>(body: () => T) => T
}

/** A service that answers HTTP requests. */
export interface GridProxy {
  handleRequest(request: IncomingMessage, response: ServerResponse): void
  /** What `/stats` says of nodes of one status; null when it cannot. */
  totalsOf(status: 'up' | 'standby'): GridTotals | null
}

/** The part of `/stats` that other services read. */
export interface GridTotals {
  readonly nodes: number
  /** Logical CPUs. */
  readonly totalCru: number
  /** Bytes. */
  readonly totalHru: number
  readonly totalSru: number
  /** Nodes by country. */
  readonly nodesDistribution: Readonly<Record<string, number>>
}

/** Makes the proxy. It answers with its mount's path in front of its own paths, and without. */
export function createGridProxy(options: GridProxyOptions): GridProxy {
  return new Server(options)
}

const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' }

class Server implements GridProxy {
  readonly #mountPath: string
  readonly #find: (path: string) => Match
  readonly #description: () => string
  readonly #page: () => string
  readonly #enter: <T>(body: () => T) => T
  readonly #context: Context

  constructor(options: GridProxyOptions) {
    const { rows, facts, now, version, random = Math.random } = options
    const nodes = new NodeBook(rows)
    const contracts = new ContractBook(rows, nodes)
    const context: Context = { rows, nodes, contracts, facts, now, random }
    this.#context = context
    const routes = routesOf(context, { version, database: options.database ?? (() => 'ok') })
    this.#find = routerOf(routes)
    this.#mountPath = options.mountPath ?? ''
    this.#description = () => apiDescription(routes, version)
    this.#page = () => descriptionPage(routes)
    this.#enter = options.enter ?? (body => body())
  }

  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    // No route reads a body; what a client sends all the same is thrown away.
    request.resume()
    const target = this.#targetOf(utf8Of(request.url ?? '/'))
    const path = percentDecoded(target.path)
    if (path === null) {
      send(response, 400, { type: 'text/plain; charset=utf-8', body: '400 Bad Request' })
      return
    }
    if (path.startsWith(descriptionPath) && this.#describe(path, response)) return
    const match = this.#find(path)
    switch (match.type) {
      case 'none':
        sendNotFound(response)
        break
      case 'redirect':
        this.#redirect(response, match, { ...target, method: request.method ?? 'GET' })
        break
      case 'route':
        this.#serve(response, match, target.query)
    }
  }

  totalsOf(status: 'up' | 'standby'): GridTotals | null {
    const values = new Map([['status', [status]]])
    const stats = this.#enter(() => gridStats(values, this.#context))
    return stats.ok ? (JSON.parse(stats.value.body) as GridTotals) : null
  }

  /** Splits a request's target; the mount's path and an absolute form's host are taken away. */
  #targetOf(url: string): { path: string; query: string; prefix: string } {
    const [whole, query] = splitOnce(url.replace(/^https?:\/\/[^/?]*/i, ''), '?')
    const mount = this.#mountPath
    const isMounted = mount !== '' && (whole === mount || whole.startsWith(`${mount}/`))
    const path = isMounted ? whole.slice(mount.length) : whole
    return { path: path === '' ? '/' : path, query, prefix: isMounted ? mount : '' }
  }

  #serve(
    response: ServerResponse,
    { route, id }: Extract<Match, { type: 'route' }>,
    query: string,
  ): void {
    // A fault in here ends the request that met it, and no other.
    const fail = (cause: unknown) => sendResult(response, refused(500, asError(cause).message))
    try {
      const outcome = this.#enter(() => route.handle({ id, values: parseQuery(query) }))
      if (outcome instanceof Promise) {
        outcome.then(result => sendResult(response, result)).catch(fail)
      } else sendResult(response, outcome)
    } catch (cause) {
      fail(cause)
    }
  }

  #describe(path: string, response: ServerResponse): boolean {
    const page = path.slice(descriptionPath.length)
    if (page === 'doc.json') {
      const body = `${this.#description()}\n`
      send(response, 200, { type: 'application/json; charset=utf-8', body, headers: cors })
      return true
    }
    if (page !== '' && page !== 'index.html') return false
    send(response, 200, { type: 'text/html; charset=utf-8', body: this.#page() })
    return true
  }

  #redirect(
    response: ServerResponse,
    { path, isClean }: Extract<Match, { type: 'redirect' }>,
    { query, prefix, method }: { query: string; prefix: string; method: string },
  ): void {
    const location = asciiOf(
      `${prefix}${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}${query === '' ? '' : `?${query}`}`,
    )
    const hasBody = isClean && (method === 'GET' || method === 'HEAD')
    send(response, 301, {
      type: hasBody ? 'text/html; charset=utf-8' : null,
      body: hasBody ? `<a href="${htmlOf(location)}">Moved Permanently</a>.\n\n` : '',
      headers: { location },
    })
  }
}

function sendResult(response: ServerResponse, result: Result<Answer>): void {
  const [code, body, headers] = result.ok
    ? [200, result.value.body, result.value.headers]
    : [result.code, encode({ error: result.message }), {}]
  const type = 'application/json'
  send(response, code, { type, body: `${body}\n`, headers: { ...cors, ...headers } })
}

function sendNotFound(response: ServerResponse): void {
  send(response, 404, {
    type: 'text/plain; charset=utf-8',
    body: '404 page not found\n',
    headers: { 'x-content-type-options': 'nosniff' },
  })
}

/** A request's target as the text that its bytes are: Node gives every byte as a character. */
function utf8Of(url: string): string {
  return /[\u0080-\u00ff]/.test(url) ? Buffer.from(url, 'latin1').toString('utf8') : url
}

/** A URL with everything escaped that a header cannot carry. */
function asciiOf(url: string): string {
  return url.replace(/[^!-~]+/g, text => encodeURIComponent(text))
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function htmlOf(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
