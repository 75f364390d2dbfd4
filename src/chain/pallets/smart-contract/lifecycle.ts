// How contracts come, change their state and go, and which lists they stand in meanwhile.

import type { Tx } from '../../runtime/tx.ts'
import { DispatchFailure, RuntimeTrap } from '../../runtime/tx.ts'
import type { PublicIP } from '../../types/grid.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import type { Farm } from '../tfgrid/types.ts'
import type { smartContract } from './declaration.ts'
import type { Contract, ContractData, ContractState, NodeContract } from './types.ts'

/** The view that the logic of this pallet has of a call. */
export type ContractTx = Tx<typeof smartContract>

/** `Contract.version` (`tfchain: substrate-node/pallets/pallet-smart-contract/src/lib.rs`, CONTRACT_VERSION). */
const contractVersion = 4

/** A contract whose data is of one kind. */
export type ContractOf<Type extends ContractData['type']> = Contract & {
  readonly contract_type: Extract<ContractData, { readonly type: Type }>
}

/** The time of the block in whole seconds, as all of billing counts. */
export const secondsNow = (tx: ContractTx): bigint => BigInt(Math.floor(tx.now / 1000))

/** The node that a contract is about; 0 for a name. */
export function nodeIdOf({ contract_type }: Contract): number {
  return contract_type.type === 'NameContract' ? 0 : contract_type.value.node_id
}

/** The data of a node contract; any other contract fails with InvalidContractType. */
export function nodeContractOf(tx: ContractTx, { contract_type }: Contract): NodeContract {
  if (contract_type.type !== 'NodeContract') throw tx.error('InvalidContractType')
  return contract_type.value
}

/** Runs what may fail without ending the call: what it wrote before it failed stays, as upstream has it. */
export function ignoringFailure(body: () => void): void {
  try {
    body()
  } catch (cause) {
    if (!(cause instanceof DispatchFailure)) throw cause
  }
}

/** The bucket in which a contract is billed. It is not moved when the frequency changes. */
function bucketOf(tx: ContractTx, contractId: bigint): bigint {
  const frequency = tx.state.BillingFrequency.get()
  if (frequency === 0n) throw new RuntimeTrap('the billing frequency is zero')
  return contractId % frequency
}

/** Checks the solution provider, stores the new contract and tells of nothing. */
export function createContract(
  tx: ContractTx,
  options: {
    readonly twinId: number
    readonly dataOf: (contractId: bigint) => ContractData
    readonly providerId: bigint | null
  },
): Contract {
  const { state } = tx
  const id = state.ContractID.get() + 1n
  const contractType = options.dataOf(id)
  checkProvider(tx, options.providerId)
  const bucket = bucketOf(tx, id)
  state.ContractsToBillAt.set(bucket, [...state.ContractsToBillAt.get(bucket), id])
  const contract: Contract = {
    version: contractVersion,
    state: { type: 'Created' },
    contract_id: id,
    twin_id: options.twinId,
    contract_type: contractType,
    solution_provider_id: options.providerId,
  }
  state.Contracts.set(id, contract)
  state.ContractID.set(id)
  state.ContractPaymentState.set(id, {
    standard_reserve: 0n,
    additional_reserve: 0n,
    standard_overdraft: 0n,
    additional_overdraft: 0n,
    last_updated_seconds: secondsNow(tx),
    cycles: 0,
  })
  return contract
}

function checkProvider(tx: ContractTx, providerId: bigint | null): void {
  if (providerId === null) return
  const provider = tx.state.SolutionProviders.get(providerId)
  if (!provider) throw tx.error('NoSuchSolutionProvider')
  if (!provider.approved) throw tx.error('SolutionProviderNotApproved')
}

/** Takes the first free addresses of the node's farm for a contract. The farm changes without an event. */
export function reserveIps(
  tx: ContractTx,
  options: { readonly contractId: bigint; readonly count: number; readonly farm: Farm },
): readonly PublicIP[] {
  const { contractId, count, farm } = options
  if (count === 0) return []
  if (farm.public_ips.length < count) throw tx.error('FarmHasNotEnoughPublicIPs')
  const taken: PublicIP[] = []
  const publicIps = farm.public_ips.map(ip => {
    if (ip.contract_id !== 0n || taken.length === count) return ip
    const reserved = { ...ip, contract_id: contractId }
    taken.push(reserved)
    return reserved
  })
  if (taken.length < count) throw tx.error('FarmHasNotEnoughPublicIPsFree')
  tx.in(tfgrid).state.Farms.set(farm.id, { ...farm, public_ips: publicIps })
  return taken
}

/** Gives a contract's addresses back to the farm; nothing happens when node or farm are gone. */
function freeIps(tx: ContractTx, contractId: bigint, nodeId: number): void {
  const grid = tx.in(tfgrid)
  const node = grid.state.Nodes.get(nodeId)
  const farm = node && grid.state.Farms.get(node.farm_id)
  if (!farm) return
  const freed: PublicIP[] = []
  const publicIps = farm.public_ips.map(ip => {
    if (ip.contract_id !== contractId) return ip
    const free = { ...ip, contract_id: 0n }
    freed.push(free)
    return free
  })
  grid.state.Farms.set(farm.id, { ...farm, public_ips: publicIps })
  tx.deposit('IPsFreed', { contract_id: contractId, public_ips: freed })
}

/**
 * Stores a contract in another state and keeps the node's list of active contracts in step. A contract that
 * is in grace already stays in the grace that it is in.
 */
export function changeState(tx: ContractTx, contract: Contract, state: ContractState): Contract {
  const staysInGrace = contract.state.type === 'GracePeriod' && state.type === 'GracePeriod'
  const changed: Contract = staysInGrace ? contract : { ...contract, state }
  tx.state.Contracts.set(contract.contract_id, changed)
  if (changed.contract_type.type !== 'NodeContract') return changed
  const nodeId = changed.contract_type.value.node_id
  if (state.type === 'Deleted') dropActive(tx, nodeId, contract.contract_id)
  if (state.type === 'Created') addActive(tx, nodeId, contract.contract_id)
  return changed
}

function addActive(tx: ContractTx, nodeId: number, contractId: bigint): void {
  const active = tx.state.ActiveNodeContracts.get(nodeId)
  if (!active.includes(contractId))
    tx.state.ActiveNodeContracts.set(nodeId, [...active, contractId])
}

function dropActive(tx: ContractTx, nodeId: number, contractId: bigint): void {
  const active = tx.state.ActiveNodeContracts.get(nodeId)
  if (!active.includes(contractId)) return
  tx.state.ActiveNodeContracts.set(
    nodeId,
    active.filter(id => id !== contractId),
  )
}

/** Puts a new node contract at the end of its node's list. */
export const activate = addActive

/** Takes a contract out of the chain, with all that hangs on it; a rent contract takes its node's contracts along. */
export function removeContract(tx: ContractTx, contractId: bigint): void {
  const { state } = tx
  const contract = state.Contracts.get(contractId)
  if (!contract) throw tx.error('ContractNotExists')
  const { contract_type: data, twin_id } = contract
  switch (data.type) {
    case 'NodeContract': {
      const { node_id, deployment_hash, public_ips } = data.value
      if (public_ips > 0) freeIps(tx, contractId, node_id)
      dropActive(tx, node_id, contractId)
      state.ContractIDByNodeIDAndHash.remove(node_id, deployment_hash)
      state.NodeContractResources.remove(contractId)
      state.ContractBillingInformationByID.remove(contractId)
      tx.deposit('NodeContractCanceled', { contract_id: contractId, node_id, twin_id })
      break
    }
    case 'NameContract':
      state.ContractIDByNameRegistration.remove(data.value.name)
      tx.deposit('NameContractCanceled', { contract_id: contractId })
      break
    case 'RentContract': {
      const { node_id } = data.value
      state.ActiveRentContractForNode.remove(node_id)
      for (const id of state.ActiveNodeContracts.get(node_id)) removeContract(tx, id)
      tx.deposit('RentContractCanceled', { contract_id: contractId })
      break
    }
  }
  state.Contracts.remove(contractId)
  state.ContractPaymentState.remove(contractId)
  const bucket = bucketOf(tx, contractId)
  const ids = state.ContractsToBillAt.get(bucket)
  if (!ids.includes(contractId)) throw tx.error('ContractWrongBillingLoopIndex')
  state.ContractsToBillAt.set(
    bucket,
    ids.filter(id => id !== contractId),
  )
}
