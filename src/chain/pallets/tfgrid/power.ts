// Power: what a node says of itself, and what its farmer wants.

import { u32 } from '../../../scale/primitives.ts'
import { free } from '../../runtime/declare.ts'
import { Power, type PowerState } from '../../types/grid.ts'
import { hasActiveContracts, onNodePowerUp } from '../smart-contract/node-hooks.ts'
import { tfgrid } from './declaration.ts'
import { farmOf, nodeOf, nodeRunBy, twinIdOf } from './logic.ts'

export const power = {
  change_power_state: tfgrid.call(
    35,
    { power_state: Power },
    { refTime: 223_154_000n, proofSize: 4086n },
    (tx, { power_state }) => {
      const node = nodeRunBy(tx, tx.signer())
      const state: PowerState =
        power_state === 'Up' ? { type: 'Up' } : { type: 'Down', value: tx.block }
      const before = tx.state.NodePower.get(node.id)
      if (isSameState(before.state, state)) return free
      tx.state.NodePower.set(node.id, { ...before, state })
      if (state.type === 'Up') onNodePowerUp(tx, node.id)
      const { farm_id, id: node_id } = node
      tx.deposit('PowerStateChanged', { farm_id, node_id, power_state: state })
      return free
    },
  ),

  change_power_target: tfgrid.call(
    36,
    { node_id: u32, power_target: Power },
    { refTime: 277_042_000n, proofSize: 4257n },
    (tx, { node_id, power_target }) => {
      const twinId = twinIdOf(tx, tx.signer())
      const { farm_id } = nodeOf(tx, node_id)
      if (farmOf(tx, farm_id).twin_id !== twinId) throw tx.error('UnauthorizedToChangePowerTarget')
      if (power_target === 'Down' && hasActiveContracts(tx, node_id)) {
        throw tx.error('NodeHasActiveContracts')
      }
      const before = tx.state.NodePower.get(node_id)
      tx.state.NodePower.set(node_id, { ...before, target: power_target })
      tx.deposit('PowerTargetChanged', { farm_id, node_id, power_target })
    },
  ),
}

/** Down in another block is another state. */
function isSameState(a: PowerState, b: PowerState): boolean {
  if (a.type === 'Down') return b.type === 'Down' && a.value === b.value
  return b.type === 'Up'
}
