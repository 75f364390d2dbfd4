// What the two kinds of gateway have in common: TLS handling, backends, the network they may join, and their routes.

import { networkId } from '../addresses.ts'
import { canonicalIp, splitCidr } from '../go/ip.ts'
import { flag, list, name, optional, text } from '../go/json-decoder.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { PublicConfigView } from '../ports.ts'
import { withoutRoute, withRoute } from '../resources/gateways.ts'
import { loadNetwork } from '../resources/networks.ts'
import type { NodeFacts, NodeResources } from '../resources/node-resources.ts'
import { backendIp, backendRefusals } from './backends.ts'
import {
  type ChallengeWriter,
  done,
  type InstallContext,
  type Reference,
  type StepContext,
  type StepOutcome,
} from './workload-type.ts'

/** The members that both kinds of gateway share; the node calls that part of their data GatewayBase. */
export const gatewayBase = {
  name: 'GatewayBase',
  members: {
    tls_passthrough: flag,
    backends: list(text('zos.Backend')),
    network: optional(name),
  },
}

/** The decoded shared members. */
export interface GatewayData {
  readonly tls_passthrough: boolean
  readonly backends: readonly string[]
  readonly network: string | null
}

/** The shared part of the challenge. */
export function gatewayChallenge(put: ChallengeWriter, data: GatewayData): void {
  put.flag(data.tls_passthrough)
  for (const backend of data.backends) put.text(backend)
  if (data.network !== null) put.text(data.network)
}

/** The shared rules (threefoldtech/zosbase: pkg/gridtypes/zos/gw.go). */
export function gatewayRefusal(data: GatewayData): string | undefined {
  if (data.backends.length === 0) return 'backends list can not be empty'
  return backendRefusals(data.backends, data.tls_passthrough)[0]
}

/** A gateway may join a network of its twin. */
export function gatewayReferences(data: GatewayData): readonly Reference[] {
  return data.network === null ? [] : [{ name: data.network, scope: 'twin' }]
}

/** The public configuration that makes a node a gateway, or the node's words for its absence. */
export function gatewayConfig({ kind, publicConfig = null }: NodeFacts): Outcome<PublicConfigView> {
  // Light nodes want a domain for any gateway (threefoldtech/zosbase: pkg/gateway_light/gateway.go).
  if (kind === 'light' && (publicConfig?.domain ?? '') === '') {
    return refused('gateway is not supported on this node, domain is not set')
  }
  if (publicConfig === null) {
    return refused('gateway is not supported on this node: no public configuration')
  }
  return accepted(publicConfig)
}

/** The public addresses of a node, in canonical text. */
export function ownAddresses({ ip4, ip6 }: PublicConfigView): readonly string[] {
  const texts = [ip4.ip, ip6?.ip ?? ''].map(text => canonicalIp(splitCidr(text).address))
  return texts.flatMap(address => (address.ok ? [address.value] : []))
}

function userNetwork(
  network: string | null,
  { node, resources, deployment }: InstallContext<GatewayData>,
): Outcome<string | null> {
  if (network === null) return accepted(null)
  const id = networkId(deployment.twin_id, network)
  const found = loadNetwork(resources.networks, id)
  if (found.ok) return accepted(id)
  const named = node.kind === 'light' ? `(${id})` : `with id (${id})`
  return refused(`failed to get user network: couldn't load network ${named}: ${found.error}`)
}

/** Routes a domain to the backends of a workload, or says why it cannot (pkg/gateway/gateway.go). */
export function serveDomain(
  context: InstallContext<GatewayData>,
  domain: string,
  config: PublicConfigView,
): Outcome<NodeResources> {
  const { node, resources, id, data } = context
  const own = ownAddresses(config)
  const loop = data.backends.find(backend => own.includes(backendIp(backend) ?? ''))
  if (loop !== undefined) {
    return refused(`backend ${loop} points to the node's own public IP address`)
  }
  if (resources.gateways.some(route => route.domain === domain)) {
    const named = node.kind === 'light' ? '' : `: ${domain}`
    return refused(`domain already registered${named}`)
  }
  const network = userNetwork(data.network, context)
  if (!network.ok) return network
  const gateways = withRoute(resources.gateways, {
    id,
    domain,
    isTlsPassthrough: data.tls_passthrough,
    backends: data.backends,
    networkId: network.value,
  })
  return accepted({ ...resources, gateways })
}

/** Takes the route of a workload away; one that is not there is not missed. */
export function removeGateway({ resources, id }: StepContext<unknown>): StepOutcome {
  return done({ ...resources, gateways: withoutRoute(resources.gateways, id) })
}
