// The routes of a node's gateway: which domain goes to which backends, and which names are lost.

import type { NodeFacts } from './node-resources.ts'

/** One domain that the gateway serves. */
export interface GatewayRoute {
  /** The id of its workload. */
  readonly id: string
  readonly domain: string
  readonly isTlsPassthrough: boolean
  readonly backends: readonly string[]
  /** The private network from which the backends are reached; null for the outer world. */
  readonly networkId: string | null
}

/** The routes with one more, in order of ids. */
export function withRoute(
  routes: readonly GatewayRoute[],
  route: GatewayRoute,
): readonly GatewayRoute[] {
  const all = [...withoutRoute(routes, route.id), Object.freeze(route)]
  return Object.freeze(all.sort((a, b) => (a.id < b.id ? -1 : 1)))
}

/** The routes without the one of a workload. */
export function withoutRoute(routes: readonly GatewayRoute[], id: string): readonly GatewayRoute[] {
  return Object.freeze(routes.filter(route => route.id !== id))
}

/**
 * Why a twin may not serve a name: nobody reserved it, its contract is over, or it is another twin's;
 * in this order (threefoldtech/zosbase: pkg/gateway/gateway.go). `isLost` is false when the chain
 * could not be asked, which costs nobody a gateway.
 */
export function nameRefusal(
  node: NodeFacts,
  name: string,
  twinId: number,
): { readonly error: string; readonly isLost: boolean } | undefined {
  const contract = node.nameContract?.(name) ?? null
  if (contract === null) {
    const error = 'a name contract with the given name must be reserved first'
    return { error, isLost: true }
  }
  if ('unreachable' in contract) return { error: contract.unreachable, isLost: false }
  if (contract.state.type !== 'Created' && contract.state.type !== 'GracePeriod') {
    return { error: 'the name contract must be in Created or GracePeriod state', isLost: true }
  }
  return contract.twinId === twinId ? undefined : { error: 'twin id mismatch', isLost: true }
}

/**
 * The gateway workloads that lost their name contract, with the reason that goes into
 * `workload decommissioned by system, reason: ...`. Real nodes look hourly.
 */
export function lostNames(
  node: NodeFacts,
  routes: readonly GatewayRoute[],
): readonly { readonly id: string; readonly reason: string }[] {
  const domain = node.publicConfig?.domain ?? ''
  if (domain === '') return []
  return routes.flatMap(route => {
    // Whatever does not end like the node's own names belongs to a user.
    if (!route.domain.endsWith(domain)) return []
    const suffix = `.${domain}`
    const name = route.domain.endsWith(suffix)
      ? route.domain.slice(0, -suffix.length)
      : route.domain
    const refusal = nameRefusal(node, name, Number(route.id.split('-')[0]))
    return refusal?.isLost ? [{ id: route.id, reason: refusal.error }] : []
  })
}
