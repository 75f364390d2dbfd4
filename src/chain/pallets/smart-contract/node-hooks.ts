// What happens to contracts when their node changes: it is deleted, it comes back to power.

import type { Tx } from '../../runtime/tx.ts'
import { billContract } from './billing.ts'
import { smartContract } from './declaration.ts'
import { changeState, ignoringFailure, secondsNow } from './lifecycle.ts'

/** The view of a call that any pallet has. */
type AnyTx = Pick<Tx, 'in'>

/** Whether anything runs on a node, or somebody rents it. */
export function hasActiveContracts(tx: AnyTx, nodeId: number): boolean {
  const { state } = tx.in(smartContract)
  return (
    state.ActiveNodeContracts.get(nodeId).length > 0 || state.ActiveRentContractForNode.has(nodeId)
  )
}

/**
 * Before a node is deleted: its contracts are cancelled, and billed for the last time; the rent contract is the
 * last. A bill that fails does not stop the node from going, and what it had done until then stays.
 */
export function onNodeDeleted(tx: AnyTx, nodeId: number): void {
  const contracts = tx.in(smartContract)
  for (const id of contracts.state.ActiveNodeContracts.get(nodeId)) endWithNode(tx, id)
  const rentId = contracts.state.ActiveRentContractForNode.get(nodeId)
  if (rentId !== null) endWithNode(tx, rentId)
}

function endWithNode(tx: AnyTx, contractId: bigint): void {
  const contracts = tx.in(smartContract)
  const contract = contracts.state.Contracts.get(contractId)
  if (!contract) return
  ignoringFailure(() => {
    changeState(contracts, contract, { type: 'Deleted', value: 'CanceledByUser' })
  })
  ignoringFailure(() => billContract(contracts, contractId))
}

/** When a node's power state has become Up: the time that it stood by is not billed to its tenant. */
export function onNodePowerUp(tx: AnyTx, nodeId: number): void {
  const contracts = tx.in(smartContract)
  const rentId = contracts.state.ActiveRentContractForNode.get(nodeId)
  const payment = rentId === null ? null : contracts.state.ContractPaymentState.get(rentId)
  if (rentId === null || payment === null) return
  contracts.state.ContractPaymentState.set(rentId, {
    ...payment,
    last_updated_seconds: secondsNow(contracts),
  })
}
