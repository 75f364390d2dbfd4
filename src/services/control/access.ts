// Who may change a grid over its control API: nobody's web page, and from elsewhere only who shows the token.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../../config/loopback.ts'

/** Where a control API is served. */
export interface ControlPlace {
  /** The address that it listens on. */
  readonly host: string
  /** What a client has to show; none is needed on a loopback address when there is none. */
  readonly token?: string | undefined
  /** What another process of the same grid shows in its place. */
  readonly peerToken?: string | undefined
}

/** Why a request is not served. */
export interface Refusal {
  readonly status: 401 | 403
  readonly error: string
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Why a request is not served; null when it is. Descriptions hold the secrets of accounts, so that pages of other
 * origins may not even read them; elsewhere than on loopback programs read freely, and change with the token. Who
 * shows the token may always: a web page of somebody else does not know it. Without one the request must not come from
 * a page of another origin, and must name this server by an address or as localhost: a name that somebody else made
 * point here (DNS rebinding) is none.
 */
export function refusalOf(
  request: IncomingMessage,
  { host, token, peerToken }: ControlPlace,
): Refusal | null {
  const named = request.headers.host ?? ''
  if (reads.has(request.method ?? 'GET')) {
    if (!isLoopback(host) || (isOwnName(named, host) && !isForeign(request, named))) return null
    return { status: 403, error: 'pages of another origin are not served' }
  }
  const shown = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const shows = (secret: string | undefined) =>
    shown !== undefined &&
    secret !== undefined &&
    timingSafeEqual(digestOf(shown), digestOf(secret))
  if (shows(peerToken)) return null
  if (token !== undefined) {
    if (shows(token)) return null
    return { status: 401, error: 'show the dev token: Authorization: Bearer <token>' }
  }
  if (!isLoopback(host)) {
    const error = `changes are not served on ${host}: start the grid with --dev-token`
    return { status: 403, error }
  }
  if (!isOwnName(named, host)) {
    return { status: 403, error: `changes are not served under the name '${named.slice(0, 200)}'` }
  }
  return isForeign(request, named)
    ? { status: 403, error: 'changes are not served to pages of another origin' }
    : null
}

/** Whether a page of another origin made the browser send a request. Programs send neither header. */
function isForeign({ headers }: IncomingMessage, named: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  const { origin } = headers
  if (origin === undefined) return false
  return origin !== `http://${named}` && origin !== `https://${named}`
}

/** Whether a Host header names this server in a way that nobody else can bring about. */
function isOwnName(named: string, host: string): boolean {
  const name = named
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return name === 'localhost' || name === host.toLowerCase() || isIP(name) !== 0
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
