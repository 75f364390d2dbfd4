// What farms earn as the chain knows it: how the payments for contracts were handed out, and for how long nodes were up.

import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import { stakingPoolAccount } from '../../chain/pallets/smart-contract/distribution.ts'
import type { Contract } from '../../chain/pallets/smart-contract/types.ts'
import { tfgrid } from '../../chain/pallets/tfgrid/declaration.ts'
import type { Node } from '../../chain/pallets/tfgrid/types.ts'
import { byteStringToUtf8 } from '../../crypto/hex.ts'
import type { FarmDetail, FarmEarnings, Farming } from '../../services/control/dashboard-types.ts'
import type { World } from '../world.ts'
import { shareOfUptime, type UptimeReport } from './uptime.ts'

/** Farms, payouts of one farm, and nodes of a farm that one answer shows. */
const mostFarms = 100
const mostPoints = 300
const mostNodes = 500

/** The policy that names who stands for the foundation. */
const pricingPolicyId = 1

/** Where the payment for a contract went. */
interface Payout {
  readonly block: number
  readonly nodeId: number | null
  readonly farmId: number | null
  readonly farmer: bigint
  readonly foundation: bigint
  readonly staking: bigint
}

/** All that the blocks that are held tell about farming. */
export interface FarmingFacts {
  readonly since: number
  readonly payouts: readonly Payout[]
  /** Share of the time for which a node was up, by its id. */
  readonly uptimes: ReadonlyMap<number, number>
}

/** Reads the blocks that are held. */
export function farmingFactsOf(world: World): FarmingFacts {
  const { chain, kernel } = world
  const since = chain.archive.floor
  const foundation = chain.runtime.txOf(tfgrid).state.PricingPolicies.get(pricingPolicyId)
  const payouts: Payout[] = []
  const reports = new Map<number, UptimeReport[]>()
  for (let block = since; block <= chain.best(); block += 1) {
    let moved: Moved[] = []
    for (const { event } of chain.archive.contentOf(block)?.events ?? []) {
      const { name, fields } = event
      switch (`${event.pallet}.${name}`) {
        case 'SmartContractModule.ContractBilled':
        case 'SmartContractModule.ContractPaymentOverdrawn':
          moved = []
          break
        case 'Balances.ReserveRepatriated': {
          const { to, amount } = fields as Moved
          moved.push({ to, amount })
          break
        }
        case 'Balances.Deposit': {
          const { who, amount } = fields as { readonly who: string; readonly amount: bigint }
          moved.push({ to: who, amount })
          break
        }
        case 'SmartContractModule.RewardDistributed': {
          const { contract_id: id } = fields as { readonly contract_id: bigint }
          const place = placeOf(world, id, block)
          payouts.push({ block, ...place, ...sharesOf(moved, foundation?.foundation_account) })
          moved = []
          break
        }
        case 'TfgridModule.NodeUptimeReported': {
          const [nodeId, at, uptime] = fields as readonly [number, bigint, bigint]
          const own = reports.get(nodeId) ?? []
          own.push({ at: Number(at), uptime: Number(uptime) })
          reports.set(nodeId, own)
          break
        }
      }
    }
  }
  const from = sinceAt(world) / 1000
  const now = kernel.now() / 1000
  const { Nodes } = chain.runtime.txOf(tfgrid).state
  const uptimes = new Map<number, number>()
  for (const { value: node } of Nodes.entries()) {
    const begin = Math.max(from, Number(node.created))
    const share = shareOfUptime(reports.get(node.id) ?? [], { from: begin, now })
    if (share !== null) uptimes.set(node.id, share)
  }
  return { since, payouts, uptimes }
}

/** When the first block that is held was made; the genesis block has no time. */
function sinceAt({ chain: { archive } }: World): number {
  return archive.timestampOf(Math.min(archive.best, Math.max(1, archive.floor)))
}

interface Moved {
  readonly to: string
  readonly amount: bigint
}

function sharesOf(
  moved: readonly Moved[],
  foundationAccount: string | undefined,
): Pick<Payout, 'farmer' | 'foundation' | 'staking'> {
  const shares = { farmer: 0n, foundation: 0n, staking: 0n }
  for (const { to, amount } of moved) {
    if (to === stakingPoolAccount) shares.staking += amount
    else if (to === foundationAccount) shares.foundation += amount
    else shares.farmer += amount
  }
  return shares
}

/** The node of a contract and its farm; none of a name. A contract that has just ended is looked up before its end. */
function placeOf(
  { chain }: World,
  contractId: bigint,
  block: number,
): Pick<Payout, 'nodeId' | 'farmId'> {
  const item = chain.runtime.state.itemsOf(smartContract.name).get('Contracts')
  const at = (number: number) => item?.valueAt(number, [contractId]) as Contract | undefined
  const type = (at(block) ?? at(block - 1))?.contract_type
  if (!type || type.type === 'NameContract') return { nodeId: null, farmId: null }
  const { node_id: nodeId } = type.value
  return { nodeId, farmId: chain.runtime.txOf(tfgrid).state.Nodes.get(nodeId)?.farm_id ?? null }
}

/** What all farms of the chain earn, most first. */
export function farmingOf(world: World, facts: FarmingFacts): Farming {
  const { chain, kernel } = world
  const { since, payouts, uptimes } = facts
  const sum = (part: 'farmer' | 'foundation' | 'staking') =>
    payouts.reduce((all, payout) => all + payout[part], 0n)
  const byFarm = nodesByFarm(world)
  const all = chain.runtime
    .txOf(tfgrid)
    .state.Farms.entries()
    .map(({ value: { id, name } }) => ({
      id,
      name: byteStringToUtf8(name),
      ...earningsOf(world, facts, id),
      ...uptimeOf(world, byFarm.get(id) ?? [], uptimes),
    }))
    .sort((a, b) => (a.sum === b.sum ? a.id - b.id : a.sum < b.sum ? 1 : -1))
    .map(({ sum: earned, ...farm }): FarmEarnings => ({ ...farm, earned: `${earned}` }))
  let reserved = 0n
  for (const { value } of chain.runtime.txOf(smartContract).state.ContractPaymentState.entries()) {
    reserved += value.standard_reserve + value.additional_reserve
  }
  return {
    since,
    sinceAt: sinceAt(world),
    now: kernel.now(),
    payouts: payouts.length,
    farmers: `${sum('farmer')}`,
    foundation: `${sum('foundation')}`,
    stakingPool: `${sum('staking')}`,
    reserved: `${reserved}`,
    farms: all.slice(0, mostFarms),
    leftOut: Math.max(0, all.length - mostFarms),
  }
}

/** The nodes of the chain, by farm. */
function nodesByFarm({ chain }: World): Map<number, Node[]> {
  const byFarm = new Map<number, Node[]>()
  for (const { value: node } of chain.runtime.txOf(tfgrid).state.Nodes.entries()) {
    const own = byFarm.get(node.farm_id) ?? []
    own.push(node)
    byFarm.set(node.farm_id, own)
  }
  return byFarm
}

/** What a farm got, block by block; of very many payouts the last. */
function earningsOf({ chain }: World, { payouts }: FarmingFacts, farmId: number) {
  const points = new Map<number, bigint>()
  let sum = 0n
  for (const { block, farmId: of, farmer } of payouts) {
    if (of !== farmId) continue
    sum += farmer
    points.set(block, (points.get(block) ?? 0n) + farmer)
  }
  const all = [...points].map(([block, amount]) => ({
    at: chain.archive.timestampOf(block),
    amount: `${amount}`,
  }))
  return { sum, points: all.slice(-mostPoints) }
}

/** How long the nodes of a farm were up, in the middle, and how many of them less than their policy asks for. */
function uptimeOf({ chain }: World, nodes: readonly Node[], uptimes: FarmingFacts['uptimes']) {
  const { FarmingPoliciesMap } = chain.runtime.txOf(tfgrid).state
  const policies = new Set<string>()
  let sum = 0
  let told = 0
  let below = 0
  for (const { id, farming_policy_id } of nodes) {
    const policy = FarmingPoliciesMap.get(farming_policy_id)
    policies.add(byteStringToUtf8(policy.name))
    const share = uptimes.get(id)
    if (share === undefined) continue
    told += 1
    sum += share
    if (100 * share < policy.minimal_uptime) below += 1
  }
  const uptime = told === 0 ? null : sum / told
  return { nodes: nodes.length, uptime, below, policies: [...policies].sort().slice(0, 5) }
}

/** The nodes of a farm; null when there is no such farm. */
export function farmOf(world: World, facts: FarmingFacts, farmId: number): FarmDetail | null {
  const { nodes, chain } = world
  const { Farms, FarmingPoliciesMap } = chain.runtime.txOf(tfgrid).state
  const farm = Farms.get(farmId)
  if (!farm) return null
  const earned = new Map<number, bigint>()
  for (const { nodeId, farmer } of facts.payouts) {
    if (nodeId !== null) earned.set(nodeId, (earned.get(nodeId) ?? 0n) + farmer)
  }
  const own = [...(nodesByFarm(world).get(farmId) ?? [])].sort((a, b) => a.id - b.id)
  return {
    id: farmId,
    name: byteStringToUtf8(farm.name),
    nodes: own.slice(0, mostNodes).map(({ id, farming_policy_id }) => {
      const policy = FarmingPoliciesMap.get(farming_policy_id)
      return {
        id,
        // Nodes that another process plays are known by what the chain knows of them.
        phase: nodes.indexOf(id) === null ? 'unknown' : nodes.phaseOf(id),
        uptime: facts.uptimes.get(id) ?? null,
        minimalUptime: policy.minimal_uptime / 100,
        policy: byteStringToUtf8(policy.name),
        earned: `${earned.get(id) ?? 0n}`,
      }
    }),
    leftOut: Math.max(0, own.length - mostNodes),
  }
}
