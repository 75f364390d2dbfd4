// The private networks of a node, shared by all deployments of their twin, as frozen values.

import { accepted, type Outcome, refused } from '../outcome.ts'

/** One private network as it runs on the node. */
export interface Network {
  /** Derived from twin and name; see `networkId`. */
  readonly id: string
  readonly twinId: number
  readonly name: string
  /** The id of the workload that last configured it. */
  readonly workloadId: string
  readonly ipRange: string
  /** The node's part of the range, in canonical text. */
  readonly subnet: string
  readonly wireguardPort: number
  /** The network's own mycelium address; empty without mycelium. */
  readonly myceliumAddress: string
}

/** Ports that a full node never offers for WireGuard (threefoldtech/zosbase: pkg/network/networker.go). */
export const reservedPorts: readonly number[] = [9943, 9944, 9945, 9651, 300, 80, 443, 8082]

/** The network of an id. */
export function findNetwork(networks: readonly Network[], id: string): Network | undefined {
  return networks.find(network => network.id === id)
}

/** The network of an id, or the node's words for its absence. */
export function loadNetwork(networks: readonly Network[], id: string): Outcome<Network> {
  const found = findNetwork(networks, id)
  if (found !== undefined) return accepted(found)
  return refused(`open /var/run/cache/networkd/networks/${id}: no such file or directory`)
}

/** The networks without one. */
export function withoutNetwork(networks: readonly Network[], id: string): readonly Network[] {
  return Object.freeze(networks.filter(network => network.id !== id))
}

/**
 * Creates a network, or configures the one of its id anew. A port that another network listens on
 * is refused, with the text that the node has for it; 0 leaves the choice of a port to the node.
 */
export function configureNetwork(
  networks: readonly Network[],
  network: Network,
): Outcome<readonly Network[]> {
  const others = withoutNetwork(networks, network.id)
  const { wireguardPort } = network
  const isTaken = others.some(other => other.wireguardPort === wireguardPort)
  if (wireguardPort !== 0 && isTaken) {
    const taken = `port ${wireguardPort} is already in the set`
    return refused(`wireguard listen port already in use, pick another one: ${taken}`)
  }
  const all = [...others, Object.freeze(network)]
  all.sort((a, b) => (a.id < b.id ? -1 : 1))
  return accepted(Object.freeze(all))
}
