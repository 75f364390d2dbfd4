// Calls that make, change and cancel contracts: for a deployment on a node, for a name, for a whole node.

import { boundedBytes, byteArray, bytes } from '../../../scale/bytes.ts'
import { option } from '../../../scale/containers.ts'
import { u32, u64 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { billContract } from './billing.ts'
import { smartContract } from './declaration.ts'
import {
  activate,
  type ContractTx,
  changeState,
  createContract,
  nodeContractOf,
  reserveIps,
  secondsNow,
} from './lifecycle.ts'
import type { Cause, Contract } from './types.ts'

/** Length of a name in bytes (`tfchain: substrate-node/pallets/pallet-smart-contract/src/grid_contract.rs`). */
const nameLength = { min: 3, max: 64 } as const

/** Calls about contracts, by name. */
export const contractCalls = {
  create_node_contract: smartContract.call(
    0,
    {
      node_id: u32,
      deployment_hash: byteArray(32),
      deployment_data: boundedBytes(512),
      public_ips: u32,
      solution_provider_id: option(u64),
    },
    { refTime: 1_204_197_000n, proofSize: 4333n },
    (tx, args) => {
      const { node_id, deployment_hash, deployment_data, public_ips } = args
      const { state } = tx
      const grid = tx.in(tfgrid)
      const twinId = grid.state.TwinIdByAccountID.get(tx.signer())
      if (twinId === null) throw tx.error('TwinNotExists')
      const node = grid.state.Nodes.get(node_id)
      if (!node) throw tx.error('NodeNotExists')
      const power = grid.state.NodePower.get(node_id)
      if (power.state.type === 'Down' || power.target === 'Down') {
        throw tx.error('NodeNotAvailableToDeploy')
      }
      const farm = grid.state.Farms.get(node.farm_id)
      if (!farm) throw tx.error('FarmNotExists')
      const isDedicated = farm.dedicated_farm || state.DedicatedNodesExtraFee.get(node_id) > 0n
      ensureMayDeploy(tx, { nodeId: node_id, twinId, isDedicated })
      ensureUnique(tx, node_id, deployment_hash)
      const contract = createContract(tx, {
        twinId,
        providerId: args.solution_provider_id,
        dataOf: contractId => ({
          type: 'NodeContract',
          value: {
            node_id,
            deployment_hash,
            deployment_data,
            public_ips,
            public_ips_list: reserveIps(tx, { contractId, count: public_ips, farm }),
          },
        }),
      })
      const { contract_id } = contract
      state.ContractBillingInformationByID.set(contract_id, {
        previous_nu_reported: 0n,
        last_updated: secondsNow(tx),
        amount_unbilled: 0n,
      })
      state.ContractIDByNodeIDAndHash.set(node_id, deployment_hash, contract_id)
      activate(tx, node_id, contract_id)
      tx.deposit('ContractCreated', [contract])
    },
  ),

  update_node_contract: smartContract.call(
    1,
    { contract_id: u64, deployment_hash: byteArray(32), deployment_data: boundedBytes(512) },
    { refTime: 502_472_000n, proofSize: 4357n },
    (tx, { contract_id, deployment_hash, deployment_data }) => {
      const { state } = tx
      const signer = tx.signer()
      const contract = state.Contracts.get(contract_id)
      if (!contract) throw tx.error('ContractNotExists')
      const twin = tx.in(tfgrid).state.Twins.get(contract.twin_id)
      if (!twin) throw tx.error('TwinNotExists')
      if (twin.account_id !== signer) throw tx.error('TwinNotAuthorizedToUpdateContract')
      if (contract.state.type === 'GracePeriod') throw tx.error('CannotUpdateContractInGraceState')
      const data = nodeContractOf(tx, contract)
      // There is no check that the new hash is free: it may take over another contract's place.
      state.ContractIDByNodeIDAndHash.remove(data.node_id, data.deployment_hash)
      state.ContractIDByNodeIDAndHash.set(data.node_id, deployment_hash, contract_id)
      const updated = changeState(
        tx,
        {
          ...contract,
          contract_type: {
            type: 'NodeContract',
            value: { ...data, deployment_hash, deployment_data },
          },
        },
        contract.state,
      )
      tx.deposit('ContractUpdated', [updated])
    },
  ),

  cancel_contract: smartContract.call(
    2,
    { contract_id: u64 },
    { refTime: 986_346_000n, proofSize: 4668n },
    (tx, { contract_id }) => {
      const signer = tx.signer()
      const contract = tx.state.Contracts.get(contract_id)
      if (!contract) throw tx.error('ContractNotExists')
      const twin = tx.in(tfgrid).state.Twins.get(contract.twin_id)
      if (!twin) throw tx.error('TwinNotExists')
      if (twin.account_id !== signer) throw tx.error('TwinNotAuthorizedToCancelContract')
      cancel(tx, contract, 'CanceledByUser')
    },
  ),

  create_name_contract: smartContract.call(
    4,
    { name: bytes },
    { refTime: 675_658_000n, proofSize: 3805n },
    (tx, { name }) => {
      const { state } = tx
      const twinId = tx.in(tfgrid).state.TwinIdByAccountID.get(tx.signer())
      if (twinId === null) throw tx.error('TwinNotExists')
      if (name.length < nameLength.min) throw tx.error('NameContractNameTooShort')
      if (name.length > nameLength.max) throw tx.error('NameContractNameTooLong')
      if (!/^[a-z0-9_-]*$/.test(name)) throw tx.error('NameNotValid')
      if (state.ContractIDByNameRegistration.has(name)) throw tx.error('NameExists')
      const contract = createContract(tx, {
        twinId,
        providerId: null,
        dataOf: () => ({ type: 'NameContract', value: { name } }),
      })
      state.ContractIDByNameRegistration.set(name, contract.contract_id)
      tx.deposit('ContractCreated', [contract])
    },
  ),

  create_rent_contract: smartContract.call(
    7,
    { node_id: u32, solution_provider_id: option(u64) },
    { refTime: 760_417_000n, proofSize: 4241n },
    (tx, { node_id, solution_provider_id }) => {
      const { state } = tx
      const grid = tx.in(tfgrid)
      const signer = tx.signer()
      if (state.ActiveRentContractForNode.has(node_id)) throw tx.error('NodeHasRentContract')
      const node = grid.state.Nodes.get(node_id)
      if (!node) throw tx.error('NodeNotExists')
      const farm = grid.state.Farms.get(node.farm_id)
      if (!farm) throw tx.error('FarmNotExists')
      if (!farm.dedicated_farm && state.ActiveNodeContracts.get(node_id).length > 0) {
        throw tx.error('NodeNotAvailableToDeploy')
      }
      const twinId = grid.state.TwinIdByAccountID.get(signer)
      if (twinId === null) throw tx.error('TwinNotExists')
      const contract = createContract(tx, {
        twinId,
        providerId: solution_provider_id,
        dataOf: () => ({ type: 'RentContract', value: { node_id } }),
      })
      state.ActiveRentContractForNode.set(node_id, contract.contract_id)
      tx.deposit('ContractCreated', [contract])
    },
  ),

  cancel_contract_collective: smartContract.call(
    21,
    { contract_id: u64 },
    { refTime: 984_413_000n, proofSize: 4668n },
    (tx, { contract_id }) => {
      ensureRestricted(tx)
      const contract = tx.state.Contracts.get(contract_id)
      if (!contract) throw tx.error('ContractNotExists')
      cancel(tx, contract, 'CanceledByCollective')
    },
  ),
}

/** A rented node is its tenant's alone, while the rent is paid; a dedicated one is nobody's until it is rented. */
function ensureMayDeploy(
  tx: ContractTx,
  options: { readonly nodeId: number; readonly twinId: number; readonly isDedicated: boolean },
): void {
  const rentId = tx.state.ActiveRentContractForNode.get(options.nodeId)
  if (rentId === null) {
    if (options.isDedicated) throw tx.error('NodeNotAvailableToDeploy')
    return
  }
  const rent = tx.state.Contracts.get(rentId)
  if (!rent) throw tx.error('ContractNotExists')
  if (rent.twin_id !== options.twinId || rent.state.type !== 'Created') {
    throw tx.error('NodeNotAvailableToDeploy')
  }
}

/** A node does the same deployment once only. */
function ensureUnique(tx: ContractTx, nodeId: number, hash: string): void {
  if (!tx.state.ContractIDByNodeIDAndHash.has(nodeId, hash)) return
  const other = tx.state.Contracts.get(tx.state.ContractIDByNodeIDAndHash.get(nodeId, hash))
  if (!other) throw tx.error('ContractNotExists')
  if (other.state.type !== 'Deleted') throw tx.error('ContractIsNotUnique')
}

/** Ends a contract: a last bill, and it is gone. */
function cancel(tx: ContractTx, contract: Contract, cause: Cause): void {
  if (contract.contract_type.type === 'RentContract') {
    const { node_id } = contract.contract_type.value
    if (tx.state.ActiveNodeContracts.get(node_id).length > 0) {
      throw tx.error('NodeHasActiveContracts')
    }
  }
  changeState(tx, contract, { type: 'Deleted', value: cause })
  billContract(tx, contract.contract_id)
}
