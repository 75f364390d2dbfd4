// How the addresses that a grid listens on stand in URLs and relay strings.

import { networkInterfaces } from 'node:os'
import type { GridConfig } from '../config/config.ts'
import { relayDomains, relayStringOfUrl } from '../rmb/address.ts'
import type { RelayPlace } from '../rmb/relay/relay.ts'

/** A host as it stands in a URL; where all addresses are bound, clients use loopback. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

/** What the twins of a grid carry on the chain for its relay. */
export function relayStringOf(
  { host, strictRelay, relayDomains: domains }: GridConfig,
  relayUrl: string,
): string {
  if (domains) return domains.join('_')
  // The real chain takes host names alone.
  return strictRelay ? relayHost(host) : relayStringOfUrl(relayUrl)
}

/** Where the relay of a grid is, for other relays; `relay` is the relay string of its nodes. */
export function relayPlaceOf(
  { host, relayDomains: domains, federateOver: scheme }: GridConfig,
  port: number,
  relay: string,
): RelayPlace {
  const addresses = Object.values(networkInterfaces()).flatMap(each => each ?? [])
  return {
    hosts: [host, ...addresses.map(({ address }) => address)].map(urlHost),
    port,
    // After a restart the port may be another one.
    names: relayDomains(relay),
    ...(domains ? { domains } : {}),
    ...(scheme ? { scheme } : {}),
  }
}

/** The relay as the real chain's rule lets a twin name it. */
function relayHost(host: string): string {
  const name = urlHost(host)
  return name.includes(':') ? 'localhost' : name
}
