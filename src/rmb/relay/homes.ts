// Which relay a twin is at home at, and where that one takes messages: read from the relay string of the twin.

import { isIP } from 'node:net'
import type { FederationOptions } from './internal/federation.ts'

/** A relay among others. */
export interface RelayPlace {
  /** Hosts under which it is reached; `localhost` and the loopback addresses are always among them. */
  readonly hosts: readonly string[]
  readonly port: number
  /** Domains that its twins may still have from an earlier life of it. */
  readonly names?: readonly string[]
  /**
   * Domains by which its twins name it. With them every twin that names none of them is at home elsewhere, as with
   * the real relay. Without, only a relay string with a port, or of a `ws://` URL, names another relay: clients of a
   * relay on this machine write many names into their twins.
   */
  readonly domains?: readonly string[]
  /** How other relays are asked; without, `https`, but `http` where a string has an address or says `ws`. */
  readonly scheme?: 'http' | 'https'
}

/** The parts of a domain in a relay string: `ws:/localhost:8080/relay`, `10.0.0.7:8080`, `relay.grid.tf`. */
interface Domain {
  /** The string comes from a `ws://` URL. */
  readonly isPlain: boolean
  readonly host: string
  readonly port: number | null
  /** What follows the host; empty, or with a slash at its start. */
  readonly path: string
}

/** What federation has to know at a place. */
export function federationAt(place: RelayPlace): FederationOptions {
  const { hosts, port, names = [], domains, scheme } = place
  const own = new Set(['localhost', '127.0.0.1', '[::1]', ...hosts])
  const named = new Set([...names, ...(domains ?? [])])
  const isHome = (text: string): boolean => {
    if (named.has(text)) return true
    const domain = parseDomain(text)
    if (domain === null || (domain.port === null && !domain.isPlain)) return domains === undefined
    return own.has(domain.host) && (domain.port ?? 80) === port
  }
  return { isHome, urlOf: domain => urlOf(domain, scheme) }
}

/** Where the relay of a domain takes messages of other relays. */
function urlOf(text: string, scheme: RelayPlace['scheme']): string {
  const domain = parseDomain(text)
  if (domain === null) return `${scheme ?? 'https'}://${text}/`
  const { isPlain, host, port, path } = domain
  const isAddress = isIP(host.replace(/^\[|\]$/g, '')) !== 0 || host === 'localhost'
  const used = scheme ?? (isPlain || (isAddress && port !== null) ? 'http' : 'https')
  return `${used}://${host}${port === null ? '' : `:${port}`}${path.replace(/\/$/, '')}/`
}

function parseDomain(text: string): Domain | null {
  const parts = /^(ws:\/)?(\[[0-9a-fA-F:.]+\]|[^:/[\]]+)(?::(\d{1,5}))?(\/.*)?$/.exec(text)
  if (!parts) return null
  const [, plain, host = '', port, path = ''] = parts
  return {
    isPlain: plain !== undefined,
    host,
    port: port === undefined ? null : Number(port),
    path,
  }
}
