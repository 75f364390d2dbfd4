// What workloads see of a node; addresses that cost something to compute are made when they are asked for.

import { invariant } from '../../kernel/errors.ts'
import { ipv6Subnet, nodeMyceliumSubnet, planetarySubnet } from '../addresses.ts'
import { chainUnreachable } from '../engine/contract-check.ts'
import { splitCidr } from '../go/ip.ts'
import type { StoragePolicy } from '../hardware/pools.ts'
import { nodeFacts } from '../hardware/profile.ts'
import { accepted, type Outcome } from '../outcome.ts'
import type { PublicConfigView, Unreachable } from '../ports.ts'
import type {
  FlistMode,
  GraphicsCard,
  NameContractView,
  NodeFacts,
  NodeKind,
} from '../resources/node-resources.ts'
import type { NodeHost } from './host.ts'
import type { NodeBody } from './node.ts'

/** What surrounds nodes and is a matter of choice. */
export interface Surroundings {
  /** What a flist holds, or why it cannot be mounted; every one is a container when left out. */
  readonly openFlist?: (url: string) => Outcome<FlistMode>
  /** The addresses of a domain, or the resolver's words; every domain points to its gateway when left out. */
  readonly resolveHost?: (domain: string) => Outcome<readonly string[]>
  /** The public /64 of a farm, empty for none; every farm has one of its own when left out. */
  readonly publicIpv6Of?: (farmId: number) => string
}

/** The facts of one node. */
export class LiveFacts implements NodeFacts {
  readonly kind: NodeKind
  readonly cru: number
  readonly storage: StoragePolicy
  readonly graphicsCards: readonly GraphicsCard[]
  readonly isGpuDisabled: boolean
  readonly hasPublicBridge: boolean
  readonly resolveHost?: (domain: string) => Outcome<readonly string[]>
  readonly #host: NodeHost
  readonly #body: NodeBody
  readonly #surroundings: Surroundings
  #planetary: string | null = null
  #mycelium: string | null = null

  constructor(host: NodeHost, body: NodeBody, surroundings: Surroundings) {
    this.#host = host
    this.#body = body
    this.#surroundings = surroundings
    const { kind, cru, storage, graphicsCards } = sharedFacts(body)
    this.kind = kind
    this.cru = cru
    this.storage = storage
    this.graphicsCards = graphicsCards
    this.hasPublicBridge = kind === 'full'
    this.isGpuDisabled = body.profile.isGpuDisabled
    if (surroundings.resolveHost) this.resolveHost = surroundings.resolveHost
  }

  get publicConfig(): PublicConfigView | null {
    return this.#host.stateOf(this.#body.index).publicConfig
  }

  get publicIpv6Subnet(): string {
    if (this.kind === 'light') return ''
    const { ip6 = null } = this.publicConfig ?? {}
    if (ip6 !== null) return ipv6Subnet(splitCidr(ip6.ip).address)
    return (this.#surroundings.publicIpv6Of ?? farmIpv6Subnet)(this.#body.farmId)
  }

  get planetarySubnet(): string {
    if (this.kind === 'light') return ''
    this.#planetary ??= planetarySubnet(this.#body.key.publicKey)
    return this.#planetary
  }

  get myceliumSubnet(): string {
    const { seed } = this.#body.key
    invariant(seed, 'the key of a node has a seed')
    this.#mycelium ??= nodeMyceliumSubnet(seed)
    return this.#mycelium
  }

  openFlist(url: string): Outcome<FlistMode> {
    return this.#surroundings.openFlist?.(url) ?? accepted('container')
  }

  nameContract(name: string): NameContractView | Unreachable | null {
    if (!this.#host.isConnected(this.#body.index)) return { unreachable: chainUnreachable }
    return this.#host.chain.nameContract(name)
  }
}

const byProfile = new WeakMap<NodeBody['profile'], NodeFacts>()

/** What nodes of one profile have in common. */
function sharedFacts({ profile }: NodeBody): NodeFacts {
  const known = byProfile.get(profile)
  if (known) return known
  const facts = nodeFacts(profile, {
    isGpuDisabled: false,
    hasPublicBridge: true,
    publicIpv6Subnet: '',
    planetarySubnet: '',
    openFlist: () => accepted('container'),
  })
  byProfile.set(profile, facts)
  return facts
}

const farmSubnets = new Map<number, string>()

/** Farms whose subnets are kept. */
const keptSubnets = 10_000

/** The /64 that a farm got from its provider: each has one of its own. */
function farmIpv6Subnet(farmId: number): string {
  const known = farmSubnets.get(farmId)
  if (known !== undefined) return known
  const high = Math.floor(farmId / 0x10000) & 0xffff
  const low = farmId & 0xffff
  const subnet = ipv6Subnet(`2a10:b600:${high.toString(16)}:${low.toString(16)}::1`)
  if (farmSubnets.size >= keptSubnets) farmSubnets.clear()
  farmSubnets.set(farmId, subnet)
  return subnet
}
