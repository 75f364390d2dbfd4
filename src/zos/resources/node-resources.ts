// Everything that workloads take of one node, as one frozen value that can be kept and put back.

import type { Pool, StoragePolicy } from '../hardware/pools.ts'
import { restartPools } from '../hardware/pools.ts'
import type { Outcome } from '../outcome.ts'
import type { ContractView, PublicConfigView, Unreachable } from '../ports.ts'
import type { GatewayRoute } from './gateways.ts'
import type { Network } from './networks.ts'

/** Full nodes run WireGuard and public addresses; light ones mycelium only. */
export type NodeKind = 'full' | 'light'

/** A running machine. */
export interface Machine {
  /** The id of its workload. */
  readonly id: string
  readonly networkId: string
  readonly ip: string
  readonly cpu: number
  readonly memory: bigint
  /** PCI slots of the graphics cards it holds. */
  readonly deviceSlots: readonly string[]
  readonly isPaused: boolean
}

/** What workloads hold on a node. Lists are in order of their ids. */
export interface NodeResources {
  readonly pools: readonly Pool[]
  readonly networks: readonly Network[]
  readonly machines: readonly Machine[]
  /** Ids of the ip workloads whose address is set up. */
  readonly publicIps: readonly string[]
  /** Ids of the zlogs workloads that stream. */
  readonly logStreams: readonly string[]
  /** Ids of the zdb namespaces that are locked; the namespaces themselves lie on the pools. */
  readonly lockedNamespaces: readonly string[]
  /** What the gateway serves. */
  readonly gateways: readonly GatewayRoute[]
  /** Ids of the qsfs workloads that are mounted. */
  readonly fileSystems: readonly string[]
  /** Ids of removed qsfs workloads that still write back what they cached, oldest first. */
  readonly leavingFileSystems: readonly string[]
}

/** A graphics card that machines can be given. */
export interface GraphicsCard {
  /** `<slot>/<vendor>/<device>` */
  readonly id: string
  readonly slot: string
}

/** What a flist holds: a root file system, or the image of a whole disk. */
export type FlistMode = 'container' | 'disk'

/** A name contract, as far as gateways look at it. */
export type NameContractView = Pick<ContractView, 'state' | 'twinId'>

/**
 * What is fixed about a node while workloads come and go. What a node may do without is optional:
 * left out, the node has no public configuration and no mycelium, knows no name contract, and takes
 * every domain for one that points to it.
 */
export interface NodeFacts {
  readonly kind: NodeKind
  /** Logical CPUs. */
  readonly cru: number
  readonly storage: StoragePolicy
  readonly graphicsCards: readonly GraphicsCard[]
  /** Booted without graphics cards for machines (kernel flag `disable-gpu`). */
  readonly isGpuDisabled: boolean
  /** Can machines be given public IPv4 addresses? */
  readonly hasPublicBridge: boolean
  /** The public /64 of the node, in canonical text; empty without public IPv6. */
  readonly publicIpv6Subnet: string
  /** The node's own planetary /64; empty when planetary networking is off. */
  readonly planetarySubnet: string
  /** The node's own mycelium /64; see `nodeMyceliumSubnet`. */
  readonly myceliumSubnet?: string
  /** What the farmer gave the node: without it the node is no gateway. */
  readonly publicConfig?: PublicConfigView | null
  /** Finds out what a flist holds, or why it cannot be mounted. */
  openFlist(url: string): Outcome<FlistMode>
  /** The contract that holds a gateway name, null when nobody reserved it. */
  nameContract?(name: string): NameContractView | Unreachable | null
  /** The addresses of a domain, or the resolver's words. */
  resolveHost?(domain: string): Outcome<readonly string[]>
}

const none: readonly never[] = Object.freeze([])

/** A node on which no workload was ever installed. */
export function emptyResources(pools: readonly Pool[]): NodeResources {
  return Object.freeze({
    pools,
    networks: none,
    machines: none,
    publicIps: none,
    logStreams: none,
    lockedNamespaces: none,
    gateways: none,
    fileSystems: none,
    leavingFileSystems: none,
  })
}

/** What a reboot leaves: disks keep what is on them, everything that runs is gone. */
export function rebootResources(resources: NodeResources, storage: StoragePolicy): NodeResources {
  return emptyResources(restartPools(resources.pools, storage))
}

/** A list with one more entry, kept in order of ids. */
export function withMachine(machines: readonly Machine[], machine: Machine): readonly Machine[] {
  const others = machines.filter(other => other.id !== machine.id)
  const all = [...others, Object.freeze(machine)]
  return Object.freeze(all.sort((a, b) => (a.id < b.id ? -1 : 1)))
}

/** A list of ids with one more, kept in order. */
export function withId(ids: readonly string[], id: string): readonly string[] {
  return Object.freeze([...ids.filter(other => other !== id), id].sort())
}

/** A list of ids without one. */
export function withoutId(ids: readonly string[], id: string): readonly string[] {
  return Object.freeze(ids.filter(other => other !== id))
}
