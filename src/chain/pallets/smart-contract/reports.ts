// Calls with which nodes report what contracts use: resources, and network traffic.

import { vec } from '../../../scale/containers.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { costOfTraffic } from './cost.ts'
import { smartContract } from './declaration.ts'
import { wrap64 } from './fixed-point.ts'
import { nodeContractOf } from './lifecycle.ts'
import { ContractResources, NruConsumption } from './types.ts'

/** What a call that is free on success answers. */
const free = { pays: 'No' } as const

/** Calls about what contracts use, by name. */
export const reportCalls = {
  add_nru_reports: smartContract.call(
    5,
    { reports: vec(NruConsumption) },
    { refTime: 313_763_000n, proofSize: 4757n },
    (tx, { reports }) => {
      const { state } = tx
      const grid = tx.in(tfgrid)
      const twinId = grid.state.TwinIdByAccountID.get(tx.signer())
      if (twinId === null) throw tx.error('TwinNotExists')
      const nodeId = grid.state.NodeIdByTwinID.get(twinId)
      const node = grid.state.Nodes.get(nodeId)
      if (!node) throw tx.error('NodeNotExists')
      const farm = grid.state.Farms.get(node.farm_id)
      if (!farm) throw tx.error('FarmNotExists')
      const policy = grid.state.PricingPolicies.get(farm.pricing_policy_id)
      if (!policy) throw tx.error('PricingPolicyNotExists')
      for (const report of reports) {
        const { contract_id, timestamp, window, nru } = report
        const contract = state.Contracts.get(contract_id)
        if (!contract || !state.ContractBillingInformationByID.has(contract_id)) continue
        if (nodeContractOf(tx, contract).node_id !== nodeId) {
          throw tx.error('NodeNotAuthorizedToComputeReport')
        }
        const info = state.ContractBillingInformationByID.get(contract_id)
        if (timestamp >= info.last_updated) {
          state.ContractBillingInformationByID.set(contract_id, {
            ...info,
            amount_unbilled: wrap64(info.amount_unbilled + costOfTraffic(policy, nru, window)),
            last_updated: timestamp,
          })
        }
        tx.deposit('NruConsumptionReportReceived', [report])
      }
      return free
    },
  ),

  report_contract_resources: smartContract.call(
    6,
    { contract_resources: vec(ContractResources) },
    { refTime: 198_485_000n, proofSize: 4236n },
    (tx, { contract_resources }) => {
      const { state } = tx
      const grid = tx.in(tfgrid)
      const twinId = grid.state.TwinIdByAccountID.get(tx.signer())
      if (twinId === null) throw tx.error('TwinNotExists')
      if (!grid.state.NodeIdByTwinID.has(twinId)) throw tx.error('NodeNotExists')
      const nodeId = grid.state.NodeIdByTwinID.get(twinId)
      for (const used of contract_resources) {
        const contract = state.Contracts.get(used.contract_id)
        if (!contract) continue
        if (nodeContractOf(tx, contract).node_id !== nodeId) {
          throw tx.error('NodeNotAuthorizedToComputeReport')
        }
        state.NodeContractResources.set(used.contract_id, used)
        tx.deposit('UpdatedUsedResources', [used])
      }
      return free
    },
  ),
}
