// The names under which clients look for the grid's services, and which service each of them means.

import { isIP, isIPv6 } from 'node:net'

/** What answers behind a name. */
export type Role =
  | 'chain'
  | 'relay'
  | 'gridproxy'
  | 'graphql'
  | 'activation'
  | 'kyc'
  | 'stats'
  | 'dashboard'
  | 'hub'
  | 'terms'

/** First labels of the hosts of a network, and what they mean. */
const services: Readonly<Record<string, Role>> = {
  tfchain: 'chain',
  relay: 'relay',
  gridproxy: 'gridproxy',
  graphql: 'graphql',
  activation: 'activation',
  kyc: 'kyc',
  stats: 'stats',
  dashboard: 'dashboard',
}

/** Networks: main has none of these words before `grid.tf`, and `grid` before `threefold.me`. */
const networks = ['dev', 'qa', 'test'] as const

const suffixes = [
  ...networks.flatMap(network => [`${network}.grid.tf`, `02.${network}.grid.tf`]),
  'grid.tf',
  '02.grid.tf',
  ...networks.map(network => `${network}.threefold.me`),
  'grid.threefold.me',
]

/** Hosts that all networks share. */
const shared: Readonly<Record<string, Role>> = {
  'hub.grid.tf': 'hub',
  'hub.threefold.me': 'hub',
  'raw.githubusercontent.com': 'terms',
}

/** The domain under which the services can be reached too when nothing else is said. */
export const defaultDomain = 'emu.local'

/** Top-level domains that are nobody's: only below them may a grid have a domain of its own. */
export const ownTops = ['local', 'localhost', 'test', 'internal'] as const

/** The names of a grid. */
export interface Names {
  /** What a host means; null when it is none of the grid's. Case, a dot at the end and a port do not matter. */
  roleOf(host: string): Role | null
  /** Every name, in order: for a hosts file. */
  readonly all: readonly string[]
}

/** The names of a grid with a domain of its own. */
export function namesOf(domain: string = defaultDomain): Names {
  const roles = new Map<string, Role>(Object.entries(shared))
  for (const suffix of [...suffixes, domain]) {
    for (const [label, role] of Object.entries(services)) roles.set(`${label}.${suffix}`, role)
  }
  roles.set(`hub.${domain}`, 'hub')
  return {
    roleOf: host => roles.get(plainHost(host)) ?? null,
    all: [...roles.keys()].sort(),
  }
}

/** Whether a text can be the domain of a grid: labels below a top-level domain that is nobody's. */
export function isOwnDomain(domain: string): boolean {
  return (
    domain.length <= 200 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+$/.test(domain) &&
    ownTops.some(top => domain.endsWith(`.${top}`))
  )
}

/** A host as it is compared: without port and trailing dot, in lower case, an IPv6 address without brackets. */
export function plainHost(host: string): string {
  const text = host.trim().toLowerCase()
  if (isIPv6(text)) return text
  const inner = /^\[([^\]]*)\](?::\d*)?$/.exec(text)?.[1]
  if (inner !== undefined) return inner
  return text.replace(/:\d*$/, '').replace(/\.$/, '')
}

/** Whether a host is this machine or a plain address, so that it names no service. */
export function isAddress(host: string): boolean {
  const plain = plainHost(host)
  return isIP(plain) !== 0 || plain === 'localhost' || plain === ''
}
