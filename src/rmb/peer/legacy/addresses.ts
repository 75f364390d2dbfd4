// Where twins of the old bus are. Their chain kept an address with the twin; today's has none, so there is a table.

import { isIPv6 } from 'node:net'

/** The port of the old daemons. */
const legacyPort = 8051

/** Finds the address of a twin: ipv4, ipv6, `[ipv6]:port`, `host` or `host:port`. */
export interface LegacyAddresses {
  get(twin: number): string | undefined
}

/** The base URL of an address: `rmb-rs` 0.x: src/http_workers`. */
export function legacyUrl(address: string): string {
  if (isIPv6(address)) return `http://[${address}]:${legacyPort}`
  const hasPort = /^(?:\[[^\]]+\]|[^:[\]]+):[0-9]{1,5}$/.test(address)
  return `http://${address}${hasPort ? '' : `:${legacyPort}`}`
}
