// The call with which a farmer asks more for a node that is rented as a whole.

import { u32, u64 } from '../../../scale/primitives.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { smartContract } from './declaration.ts'
import { hasActiveContracts } from './node-hooks.ts'

/** Calls about dedicated nodes, by name. */
export const dedicatedNodeCalls = {
  set_dedicated_node_extra_fee: smartContract.call(
    20,
    { node_id: u32, extra_fee: u64 },
    { refTime: 248_775_000n, proofSize: 4198n },
    (tx, { node_id, extra_fee }) => {
      const grid = tx.in(tfgrid)
      const twinId = grid.state.TwinIdByAccountID.get(tx.signer())
      if (twinId === null) throw tx.error('TwinNotExists')
      const node = grid.state.Nodes.get(node_id)
      if (!node) throw tx.error('NodeNotExists')
      const farm = grid.state.Farms.get(node.farm_id)
      if (!farm) throw tx.error('FarmNotExists')
      if (farm.twin_id !== twinId) throw tx.error('UnauthorizedToSetExtraFee')
      if (hasActiveContracts(tx, node_id)) throw tx.error('NodeHasActiveContracts')
      tx.state.DedicatedNodesExtraFee.set(node_id, extra_fee)
      tx.deposit('NodeExtraFeeSet', { node_id, extra_fee })
    },
  ),
}
