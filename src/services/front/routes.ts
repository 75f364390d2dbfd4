// Which service is meant where no name says it: by the path, for clients that were given an address.

import type { Role } from './names.ts'

/** Paths that are no path of the Grid Proxy, and whose they are. */
const owners: readonly (readonly [RegExp, Role])[] = [
  [/^\/ws$/, 'chain'],
  [/^\/graphql$/, 'graphql'],
  [/^\/activation(?:\/|$)/, 'activation'],
  [/^\/(?:api\/v1|webhooks)\//, 'kyc'],
  [/^\/api\/stats-/, 'stats'],
  [/\.(?:flist|fl|md5)$/, 'hub'],
]

/**
 * The service of a path. Go's proxy client drops the path of the URL it was given, so that the Grid Proxy has to lie
 * at the root, and everything else beside its routes.
 */
export function roleOfPath(path: string, { isUpgrade }: { isUpgrade: boolean }): Role {
  if (isUpgrade) return path === '/ws' ? 'chain' : 'relay'
  return owners.find(([pattern]) => pattern.test(path))?.[1] ?? 'gridproxy'
}
