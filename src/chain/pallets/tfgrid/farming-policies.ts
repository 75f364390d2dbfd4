// Which farming policy a node gets.

import type { FarmCertification, FarmingPolicyLimit, NodeCertification } from '../../types/grid.ts'
import { farmOf, secondsOf, type TfgridTx } from './logic.ts'
import { computeUnits, storageUnits } from './resources.ts'
import type { FarmingPolicy, Node } from './types.ts'

const nodeRank: Record<NodeCertification, number> = { Diy: 0, Certified: 1 }
const farmRank: Record<FarmCertification, number> = { NotCertified: 0, Gold: 1 }

/**
 * Selects the policy for a node. Limits attached to its farm decide first, and are used up by it; a node that
 * does not fit into them gets the best of all default policies, whatever the certifications ask for.
 */
export function selectFarmingPolicy(tx: TfgridTx, node: Node): FarmingPolicy {
  const farm = farmOf(tx, node.farm_id)
  const limits = farm.farming_policy_limits
  if (limits === null) {
    return best(tx, policy => {
      const fitsNode = nodeRank[policy.node_certification] <= nodeRank[node.certification]
      return fitsNode && farmRank[policy.farm_certification] <= farmRank[farm.certification]
    })
  }
  if (!tx.state.FarmingPoliciesMap.has(limits.farming_policy_id)) {
    throw tx.error('FarmingPolicyNotExists')
  }
  const left = remainingLimits(tx, limits, node)
  if (left === null) return best(tx, policy => policy.default)
  const updated = { ...farm, farming_policy_limits: left }
  tx.state.Farms.set(farm.id, updated)
  tx.deposit('FarmUpdated', [updated])
  return tx.state.FarmingPoliciesMap.get(limits.farming_policy_id)
}

/** What is left of a farm's limits after a node took its part; null when it does not fit. */
function remainingLimits(
  tx: TfgridTx,
  limits: FarmingPolicyLimit,
  node: Node,
): FarmingPolicyLimit | null {
  const { end, cu, su, node_count } = limits
  if (end !== null && secondsOf(tx) > end) return null
  const usedCu = computeUnits(node.resources)
  const usedSu = storageUnits(node.resources)
  if (cu !== null && usedCu > cu) return null
  if (su !== null && usedSu > su) return null
  if (node_count === 0) return null
  return {
    ...limits,
    cu: cu === null ? null : cu - usedCu,
    su: su === null ? null : su - usedSu,
    node_count: node_count === null ? null : node_count - 1,
  }
}

/** The best policy that fits: defaults first, then the higher certifications, then the newer ones. */
function best(tx: TfgridTx, fits: (policy: FarmingPolicy) => boolean): FarmingPolicy {
  let found: FarmingPolicy | null = null
  for (const { value } of tx.state.FarmingPoliciesMap.entries()) {
    if (fits(value) && (found === null || isBetter(value, found))) found = value
  }
  if (found === null) throw tx.error('FarmingPolicyNotExists')
  return found
}

function isBetter(a: FarmingPolicy, b: FarmingPolicy): boolean {
  if (a.default !== b.default) return a.default
  const farm = farmRank[a.farm_certification] - farmRank[b.farm_certification]
  if (farm !== 0) return farm > 0
  const node = nodeRank[a.node_certification] - nodeRank[b.node_certification]
  return node !== 0 ? node > 0 : a.id > b.id
}
