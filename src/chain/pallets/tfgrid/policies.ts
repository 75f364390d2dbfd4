// Policies: what users pay, what farmers earn, and a few values that the whole grid reads.

import { bytes } from '../../../scale/bytes.ts'
import { option } from '../../../scale/containers.ts'
import { bool, u8, u16, u32 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { FarmCertification, FarmingPolicyLimit, NodeCertification } from '../../types/grid.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { tfgrid } from './declaration.ts'
import { selectFarmingPolicy } from './farming-policies.ts'
import { farmOf, nextId, type TfgridTx } from './logic.ts'
import { type FarmingPolicy, Policy, type PricingPolicy, StorageVersion } from './types.ts'

/** `pallet-tfgrid/src/lib.rs`: TFGRID_PRICING_POLICY_VERSION and TFGRID_FARMING_POLICY_VERSION. */
const policyVersion = 2

export const policies = {
  set_storage_version: tfgrid.call(
    0,
    { version: StorageVersion },
    { refTime: 104_047_000n, proofSize: 0n },
    (tx, { version }) => {
      ensureRestricted(tx)
      tx.state.PalletVersion.set(version)
    },
  ),

  create_pricing_policy: tfgrid.call(
    22,
    {
      name: bytes,
      su: Policy,
      cu: Policy,
      nu: Policy,
      ipu: Policy,
      unique_name: Policy,
      domain_name: Policy,
      foundation_account: AccountId32,
      certified_sales_account: AccountId32,
      discount_for_dedication_nodes: u8,
    },
    { refTime: 362_624_000n, proofSize: 3599n },
    (tx, given) => {
      ensureRestricted(tx)
      const { state } = tx
      if (state.PricingPolicyIdByName.has(given.name)) throw tx.error('PricingPolicyExists')
      const id = nextId(state.PricingPolicyID)
      const policy: PricingPolicy = { version: policyVersion, id, ...given }
      state.PricingPolicies.set(id, policy)
      state.PricingPolicyIdByName.set(policy.name, id)
      tx.deposit('PricingPolicyStored', [policy])
    },
  ),

  update_pricing_policy: tfgrid.call(
    23,
    {
      pricing_policy_id: u32,
      name: bytes,
      su: Policy,
      cu: Policy,
      nu: Policy,
      ipu: Policy,
      unique_name: Policy,
      domain_name: Policy,
      foundation_account: AccountId32,
      certified_sales_account: AccountId32,
      discount_for_dedication_nodes: u8,
    },
    { refTime: 367_143_000n, proofSize: 3847n },
    (tx, { pricing_policy_id: id, ...given }) => {
      ensureRestricted(tx)
      const { PricingPolicies, PricingPolicyIdByName, PricingPolicyID } = tx.state
      const stored = PricingPolicies.get(id)
      if (stored === null) throw tx.error('PricingPolicyNotExists')
      if (PricingPolicyIdByName.has(given.name) && PricingPolicyIdByName.get(given.name) !== id) {
        throw tx.error('PricingPolicyWithDifferentIdExists')
      }
      if (given.name !== stored.name) PricingPolicyIdByName.remove(stored.name)
      const policy: PricingPolicy = { ...stored, ...given }
      PricingPolicies.set(id, policy)
      PricingPolicyIdByName.set(policy.name, id)
      // Upstream sets the counter to the updated policy: the next one created may replace another.
      PricingPolicyID.set(id)
      tx.deposit('PricingPolicyStored', [policy])
    },
  ),

  create_farming_policy: tfgrid.call(
    24,
    {
      name: bytes,
      su: u32,
      cu: u32,
      nu: u32,
      ipv4: u32,
      minimal_uptime: u16,
      policy_end: u32,
      immutable: bool,
      default: bool,
      node_certification: NodeCertification,
      farm_certification: FarmCertification,
    },
    { refTime: 235_610_000n, proofSize: 1619n },
    (tx, given) => {
      ensureRestricted(tx)
      const id = nextId(tx.state.FarmingPolicyID)
      const policy: FarmingPolicy = {
        version: policyVersion,
        id,
        policy_created: tx.block,
        ...given,
      }
      tx.state.FarmingPoliciesMap.set(id, policy)
      tx.deposit('FarmingPolicyStored', [policy])
    },
  ),

  set_connection_price: tfgrid.call(
    29,
    { price: u32 },
    { refTime: 105_861_000n, proofSize: 0n },
    (tx, { price }) => {
      ensureRestricted(tx)
      tx.state.ConnectionPrice.set(price)
      tx.deposit('ConnectionPriceSet', [price])
    },
  ),

  update_farming_policy: tfgrid.call(
    32,
    {
      farming_policy_id: u32,
      name: bytes,
      su: u32,
      cu: u32,
      nu: u32,
      ipv4: u32,
      minimal_uptime: u16,
      policy_end: u32,
      default: bool,
      node_certification: NodeCertification,
      farm_certification: FarmCertification,
    },
    { refTime: 138_675_000n, proofSize: 3759n },
    (tx, { farming_policy_id: id, ...given }) => {
      ensureRestricted(tx)
      if (!tx.state.FarmingPoliciesMap.has(id)) throw tx.error('FarmingPolicyNotExists')
      const policy: FarmingPolicy = { ...tx.state.FarmingPoliciesMap.get(id), ...given }
      tx.state.FarmingPoliciesMap.set(id, policy)
      tx.deposit('FarmingPolicyUpdated', [policy])
    },
  ),

  attach_policy_to_farm: tfgrid.call(
    33,
    { farm_id: u32, limits: option(FarmingPolicyLimit) },
    { refTime: 197_693_000n, proofSize: 4037n },
    (tx, { farm_id, limits }) => {
      ensureRestricted(tx)
      if (limits !== null) attachLimits(tx, farm_id, limits)
    },
  ),

  set_zos_version: tfgrid.call(
    34,
    { zos_version: bytes },
    { refTime: 133_216_000n, proofSize: 1619n },
    (tx, { zos_version }) => {
      ensureRestricted(tx)
      if (tx.state.ZosVersion.get() === zos_version) throw tx.error('InvalidZosVersion')
      tx.state.ZosVersion.set(zos_version)
      tx.deposit('ZosVersionUpdated', [zos_version])
    },
  ),
}

/** Gives a farm a policy within limits, and to its nodes that hold a default policy, one by one. */
function attachLimits(tx: TfgridTx, farmId: number, limits: FarmingPolicyLimit): void {
  const { FarmingPoliciesMap, Farms, Nodes, NodesByFarmID } = tx.state
  const attached = FarmingPoliciesMap.get(limits.farming_policy_id)
  const end = (attached.policy_created + attached.policy_end) >>> 0
  if (attached.policy_end !== 0 && tx.block >= end) throw tx.error('FarmingPolicyExpired')
  const farm = {
    ...farmOf(tx, farmId),
    farming_policy_limits: limits,
    certification: attached.farm_certification,
  }
  Farms.set(farmId, farm)
  tx.deposit('FarmUpdated', [farm])
  for (const nodeId of NodesByFarmID.get(farmId)) {
    const node = Nodes.get(nodeId)
    if (node === null || !FarmingPoliciesMap.get(node.farming_policy_id).default) continue
    const policy = selectFarmingPolicy(tx, node)
    const updated = {
      ...node,
      farming_policy_id: policy.id,
      certification: policy.node_certification,
    }
    Nodes.set(nodeId, updated)
    tx.deposit('NodeUpdated', [updated])
  }
  tx.deposit('FarmingPolicySet', [farmId, limits])
}
