// Who may change the world by hand: programs on a loopback address, elsewhere only who shows the token.

import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isLoopback } from '../../../config/loopback.ts'

/** How the dev methods are guarded. */
export interface DevAccess {
  /** What a client has to show; none is needed on a loopback address when it is left out. */
  readonly token?: string | undefined
}

/**
 * Says of a request whether its client may use the dev methods. Null: they are not served at all, because they are
 * off, or because the address can be reached from elsewhere and there is no token.
 */
export function devGuard(
  dev: DevAccess | null | undefined,
  host: string,
): ((request: IncomingMessage) => boolean) | null {
  if (!dev) return null
  const { token } = dev
  if (token === undefined || token === '') return isLoopback(host) ? isNoForeignPage : null
  const expected = digestOf(token)
  return request => {
    const shown = tokenOf(request)
    return shown !== null && timingSafeEqual(digestOf(shown), expected)
  }
}

/** Browsers let pages of any origin connect to loopback, and name that origin: only pages of this machine may change the world. */
function isNoForeignPage({ headers: { origin } }: IncomingMessage): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ''))
}

/** The token of a request: `Authorization: Bearer <token>`, or `?token=<token>` where no header can be set. */
function tokenOf({ headers, url }: IncomingMessage): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  if (bearer !== undefined) return bearer
  const query = (url ?? '').split('?')[1]
  return query === undefined ? null : new URLSearchParams(query).get('token')
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()
