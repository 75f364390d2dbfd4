// The farms of a new grid: registered by their farmers, given addresses, gateways and, where wanted, dedicated.

import type { Chain } from '../chain/node/chain.ts'
import { council } from '../chain/pallets/council/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import { RuntimeCall } from '../chain/types/outer.ts'
import type { FarmConfig } from '../config/config.ts'
import { utf8ToByteString } from '../crypto/hex.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { invariant } from '../kernel/errors.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { encodeToBytes } from '../scale/codec.ts'

/** A farm as it was registered. */
export interface FarmView {
  readonly id: number
  readonly name: string
  readonly twinId: number
}

/** What farms are registered with. */
export interface FarmParts {
  readonly chain: Chain
  readonly kernel: Kernel
  readonly farms: readonly FarmConfig[]
  /** The farmers, one per farm. */
  readonly farmers: readonly { readonly pair: KeyPair; readonly twinId: number }[]
}

/** Registers the farms, each with a farmer of its own and public IPv4 addresses. */
export function registerFarms({ chain, kernel, farms, farmers }: FarmParts): FarmView[] {
  submitFarms({ chain, farms, farmers })
  kernel.runUntil(kernel.now())
  const { FarmIdByName } = chain.runtime.txOf(tfgrid).state
  return farms.map(({ name }, i) => {
    const id = FarmIdByName.get(utf8ToByteString(name))
    invariant(id > 0, `the farm ${name} is registered`)
    return { id, name, twinId: farmers[i]!.twinId }
  })
}

/** Farmers submit their farms; nothing is waited for. */
export function submitFarms({ chain, farms, farmers }: Omit<FarmParts, 'kernel'>): void {
  farms.forEach(({ name, publicIps }, i) => {
    const public_ips = farmAddresses(i, publicIps)
    chain.submit(
      {
        pallet: 'TfgridModule',
        name: 'create_farm',
        args: { name: utf8ToByteString(name), public_ips },
      },
      { signer: farmers[i]!.pair.accountId },
    )
  })
}

/**
 * What farmers do once their nodes are there: the first nodes of a farm become gateways with addresses and a domain of
 * their own, and the council makes farms dedicated.
 */
export function equipFarms(
  parts: FarmParts & {
    readonly views: readonly FarmView[]
    /** Ids of the nodes of each farm, in order. */
    readonly nodesOf: (farmId: number) => readonly number[]
    /** All members of the council. */
    readonly council: readonly KeyPair[]
    /** The domain below which gateways have theirs: `dev.grid.tf`. */
    readonly domain: string
  },
): void {
  const { kernel, farms, views } = parts
  submitGateways(parts)
  kernel.runUntil(kernel.now())
  farms.forEach(({ dedicated }, i) => {
    if (!dedicated) return
    const args = { farm_id: views[i]!.id, dedicated: true }
    decide(parts, { pallet: 'TfgridModule', name: 'set_farm_dedicated', args })
  })
}

/** Farmers make gateways of the first nodes of their farms; nothing is waited for. */
export function submitGateways({
  chain,
  farms,
  farmers,
  views,
  nodesOf,
  domain,
}: Omit<FarmParts, 'kernel'> & {
  readonly views: readonly FarmView[]
  readonly nodesOf: (farmId: number) => readonly number[]
  readonly domain: string
}): void {
  farms.forEach(({ gateways }, i) => {
    if (gateways === 0) return
    const { id: farm_id, name } = views[i]!
    nodesOf(farm_id)
      .slice(0, gateways)
      .forEach((node_id, n) => {
        const public_config = gatewayConfig(i, n, `gw${n + 1}.${hostLabel(name)}.${domain}`)
        const args = { farm_id, node_id, public_config }
        chain.submit(
          { pallet: 'TfgridModule', name: 'add_node_public_config', args },
          { signer: farmers[i]!.pair.accountId },
        )
      })
  })
}

/** Lets the council propose, vote on and close a motion. */
function decide(
  {
    chain,
    kernel,
    council: members,
  }: { chain: Chain; kernel: Kernel; council: readonly KeyPair[] },
  proposal: ChainCall,
): void {
  const submit = (member: KeyPair, name: string, args: unknown) => {
    chain.submit({ pallet: 'Council', name, args }, { signer: member.accountId })
    kernel.runUntil(kernel.now())
  }
  const { state } = chain.runtime.txOf(council)
  const index = state.ProposalCount.get()
  const length_bound = encodeToBytes(RuntimeCall, proposal).length
  const [first] = members
  invariant(first, 'the council of a new grid has members')
  submit(first, 'propose', { threshold: members.length, proposal, length_bound })
  const hash = state.Proposals.get().at(-1)
  invariant(hash, 'the council takes a motion')
  for (const member of members) submit(member, 'vote', { proposal: hash, index, approve: true })
  const proposal_weight_bound = { ref_time: 10_000_000_000n, proof_size: 1_000_000n }
  submit(first, 'close', { proposal_hash: hash, index, proposal_weight_bound, length_bound })
}

/** The /24 of a farm, in ranges that the chain takes for public; two farms never share one. */
function farmNetwork(farm: number): string {
  return `${185 + (farm >> 16)}.${(farm >> 8) & 255}.${farm & 255}`
}

/** Addresses from .10 on for deployments. */
export function farmAddresses(farm: number, count: number): { ip: string; gw: string }[] {
  const network = farmNetwork(farm)
  return Array.from({ length: count }, (_, i) => ({
    ip: utf8ToByteString(`${network}.${10 + i}/24`),
    gw: utf8ToByteString(`${network}.1`),
  }))
}

/** A gateway's configuration: addresses from .240 on, and IPv6 in a /64 of the farm. */
export function gatewayConfig(farm: number, n: number, domain: string) {
  const network = farmNetwork(farm)
  const six = `2a10:b600:1:${(farm & 0xffff).toString(16)}`
  return {
    ip4: { ip: utf8ToByteString(`${network}.${240 + n}/24`), gw: utf8ToByteString(`${network}.1`) },
    ip6: {
      ip: utf8ToByteString(`${six}::${(240 + n).toString(16)}/64`),
      gw: utf8ToByteString(`${six}::1`),
    },
    domain: utf8ToByteString(domain),
  }
}

/** A farm's name as a label of a host name. */
function hostLabel(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll('_', '-')
      .replace(/^-+|-+$/g, '') || 'farm'
  )
}
