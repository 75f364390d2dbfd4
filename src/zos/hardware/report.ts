// What a node's system says of itself over its API: statistics, pools, graphics cards, features.

import type { NodeKind } from '../resources/node-resources.ts'
import { addCapacity, type Capacity } from '../workloads/capacity.ts'
import { type DiskType, type Pool, poolUsed } from './pools.ts'
import { graphicsCardId, type HardwareProfile } from './profile.ts'

/** Deployments and workloads that hold resources. */
export interface UserCounters {
  readonly deployments: number
  readonly workloads: number
  /** The newest creation time of their results in unix seconds, 0 without any. */
  readonly last_deployment_timestamp: bigint
}

/** The answer of `zos.statistics.get`. */
export interface Statistics {
  readonly total: Capacity
  readonly used: Capacity
  readonly system: Capacity
  readonly users: UserCounters
  readonly open_connections: number
}

/** Adds the system's own share to what workloads use (threefoldtech/zosbase: pkg/primitives/statistics.go). */
export function statistics(node: {
  readonly total: Capacity
  readonly workloads: Capacity
  readonly system: Capacity
  readonly users: UserCounters
  readonly openConnections: number
}): Statistics {
  return {
    total: node.total,
    used: addCapacity(node.workloads, node.system),
    system: node.system,
    users: node.users,
    open_connections: node.openConnections,
  }
}

/** One pool in the answer of `zos.storage.pools`. */
export interface PoolReport {
  readonly name: string
  readonly type: DiskType
  readonly size: bigint
  readonly used: bigint
}

/** The answer of `zos.storage.pools`, SSDs first. */
export function poolReports(pools: readonly Pool[]): readonly PoolReport[] {
  return pools.map(pool => ({
    name: pool.name,
    type: pool.type,
    size: pool.size,
    used: poolUsed(pool),
  }))
}

/** One card in the answer of `zos.gpu.list`. */
export interface GraphicsCardReport {
  readonly id: string
  readonly vendor: string
  readonly device: string
  readonly vram: number
  readonly contract: bigint
}

/** The answer of `zos.gpu.list`; `contractOf` names the deployment that holds a card, or 0. */
export function graphicsCardReports(
  profile: HardwareProfile,
  contractOf: (id: string) => bigint,
): readonly GraphicsCardReport[] {
  return profile.graphicsCards.map(card => ({
    id: graphicsCardId(card),
    vendor: card.vendor,
    device: card.device,
    vram: card.vramMiB,
    contract: contractOf(graphicsCardId(card)),
  }))
}

const gatewayFeatures = ['gateway-name-proxy', 'gateway-fqdn-proxy']

/** threefoldtech/zosbase: pkg/monitord/system.go */
const features: Readonly<Record<NodeKind, readonly string[]>> = {
  full: [
    'zmount',
    'network',
    'zdb',
    'zmachine',
    'volume',
    'ipv4',
    'ip',
    ...gatewayFeatures,
    'qsfs',
    'zlogs',
    'yggdrasil',
    'mycelium',
    'wireguard',
  ],
  light: [
    'zmachine-light',
    'network-light',
    'zdb',
    'zmount',
    'volume',
    'qsfs',
    'zlogs',
    'mycelium',
    'wireguard',
  ],
}

/** The answer of `zos.system.node_features_get`; only light nodes ask whether they have a domain. */
export function nodeFeatures(kind: NodeKind, hasDomain: boolean): readonly string[] {
  return kind === 'light' && hasDomain ? [...features.light, ...gatewayFeatures] : features[kind]
}
