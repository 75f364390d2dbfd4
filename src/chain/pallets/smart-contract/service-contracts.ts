// Calls about service contracts: a twin that serves and a twin that consumes agree on fees, and one bills the other.

import { bytes } from '../../../scale/bytes.ts'
import { u64 } from '../../../scale/primitives.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { balances } from '../balances/declaration.ts'
import { transfer } from '../balances/logic.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import { priceNow, usableBalance } from './billing.ts'
import { costOfService, referencePeriod, tftOfUnits, variableFeeLimit } from './cost.ts'
import { smartContract } from './declaration.ts'
import { smaller } from './fixed-point.ts'
import { type ContractTx, secondsNow } from './lifecycle.ts'
import type { ServiceContract } from './types.ts'

/** In bytes (`tfchain: substrate-node/pallets/pallet-smart-contract/src/types.rs`). */
const maxMetadataLength = 64
const maxBillMetadataLength = 50

/** Calls about service contracts, by name. */
export const serviceContractCalls = {
  service_contract_create: smartContract.call(
    11,
    { service_account: AccountId32, consumer_account: AccountId32 },
    { refTime: 294_386_000n, proofSize: 6335n },
    (tx, { service_account, consumer_account }) => {
      const caller = twinOf(tx, tx.signer())
      const service = twinOf(tx, service_account)
      const consumer = twinOf(tx, consumer_account)
      if (caller !== service && caller !== consumer) throw tx.error('TwinNotAuthorized')
      if (service === consumer) throw tx.error('ServiceContractCreationNotAllowed')
      const id = tx.state.ServiceContractID.get() + 1n
      const contract: ServiceContract = {
        service_contract_id: id,
        service_twin_id: service,
        consumer_twin_id: consumer,
        base_fee: 0n,
        variable_fee: 0n,
        metadata: '',
        accepted_by_service: false,
        accepted_by_consumer: false,
        last_bill: 0n,
        state: 'Created',
      }
      tx.state.ServiceContracts.set(id, contract)
      tx.state.ServiceContractID.set(id)
      tx.deposit('ServiceContractCreated', [contract])
    },
  ),

  service_contract_set_metadata: smartContract.call(
    12,
    { service_contract_id: u64, metadata: bytes },
    { refTime: 167_293_000n, proofSize: 3954n },
    (tx, { service_contract_id, metadata }) => {
      const twinId = twinOf(tx, tx.signer())
      const contract = serviceContractOf(tx, service_contract_id)
      ensureParty(tx, contract, twinId)
      ensureOpen(tx, contract)
      if (metadata.length > maxMetadataLength) throw tx.error('ServiceContractMetadataTooLong')
      const state = contract.base_fee === 0n ? contract.state : 'AgreementReady'
      const changed = { ...contract, metadata, state }
      tx.state.ServiceContracts.set(service_contract_id, changed)
      tx.deposit('ServiceContractMetadataSet', [changed])
    },
  ),

  service_contract_set_fees: smartContract.call(
    13,
    { service_contract_id: u64, base_fee: u64, variable_fee: u64 },
    { refTime: 166_732_000n, proofSize: 3954n },
    (tx, { service_contract_id, base_fee, variable_fee }) => {
      const twinId = twinOf(tx, tx.signer())
      const contract = serviceContractOf(tx, service_contract_id)
      if (contract.service_twin_id !== twinId) throw tx.error('TwinNotAuthorized')
      ensureOpen(tx, contract)
      // What has been accepted counts for the new fees too.
      const state = contract.metadata === '' ? contract.state : 'AgreementReady'
      const changed = { ...contract, base_fee, variable_fee, state }
      tx.state.ServiceContracts.set(service_contract_id, changed)
      tx.deposit('ServiceContractFeesSet', [changed])
    },
  ),

  service_contract_approve: smartContract.call(
    14,
    { service_contract_id: u64 },
    { refTime: 167_292_000n, proofSize: 3967n },
    (tx, { service_contract_id }) => {
      const twinId = twinOf(tx, tx.signer())
      const contract = serviceContractOf(tx, service_contract_id)
      if (contract.state !== 'AgreementReady') throw tx.error('ServiceContractApprovalNotAllowed')
      ensureParty(tx, contract, twinId)
      const isService = twinId === contract.service_twin_id
      const accepted: ServiceContract = {
        ...contract,
        accepted_by_service: contract.accepted_by_service || isService,
        accepted_by_consumer: contract.accepted_by_consumer || !isService,
      }
      const isAgreed = accepted.accepted_by_service && accepted.accepted_by_consumer
      const changed: ServiceContract = isAgreed
        ? { ...accepted, state: 'ApprovedByBoth', last_bill: secondsNow(tx) }
        : accepted
      tx.state.ServiceContracts.set(service_contract_id, changed)
      tx.deposit('ServiceContractApproved', [changed])
    },
  ),

  service_contract_reject: smartContract.call(
    15,
    { service_contract_id: u64 },
    { refTime: 168_014_000n, proofSize: 3967n },
    (tx, { service_contract_id }) => {
      const signer = tx.signer()
      const contract = serviceContractOf(tx, service_contract_id)
      if (contract.state !== 'AgreementReady') throw tx.error('ServiceContractRejectionNotAllowed')
      ensureParty(tx, contract, twinOf(tx, signer))
      remove(tx, service_contract_id)
    },
  ),

  service_contract_cancel: smartContract.call(
    16,
    { service_contract_id: u64 },
    { refTime: 166_662_000n, proofSize: 3967n },
    (tx, { service_contract_id }) => {
      const twinId = twinOf(tx, tx.signer())
      ensureParty(tx, serviceContractOf(tx, service_contract_id), twinId)
      remove(tx, service_contract_id)
    },
  ),

  service_contract_bill: smartContract.call(
    17,
    { service_contract_id: u64, variable_amount: u64, metadata: bytes },
    { refTime: 281_189_000n, proofSize: 6781n },
    (tx, { service_contract_id, variable_amount, metadata }) => {
      const twinId = twinOf(tx, tx.signer())
      const contract = serviceContractOf(tx, service_contract_id)
      if (contract.service_twin_id !== twinId) throw tx.error('TwinNotAuthorized')
      if (contract.state !== 'ApprovedByBoth') {
        throw tx.error('ServiceContractBillingNotApprovedByBoth')
      }
      const now = secondsNow(tx)
      const window = smaller(now - contract.last_bill, referencePeriod)
      if (variable_amount > variableFeeLimit(contract.variable_fee, window)) {
        throw tx.error('ServiceContractBillingVariableAmountTooHigh')
      }
      if (metadata.length > maxBillMetadataLength) {
        throw tx.error('ServiceContractBillMetadataTooLong')
      }
      const amount = pay(tx, contract, costOfService(contract.base_fee, window, variable_amount))
      const billed = { ...contract, last_bill: now }
      tx.state.ServiceContracts.set(service_contract_id, billed)
      tx.deposit('ServiceContractBilled', {
        service_contract: billed,
        bill: { variable_amount, window, metadata },
        amount,
      })
    },
  ),
}

function twinOf(tx: ContractTx, account: AccountId32): number {
  const twinId = tx.in(tfgrid).state.TwinIdByAccountID.get(account)
  if (twinId === null) throw tx.error('TwinNotExists')
  return twinId
}

function serviceContractOf(tx: ContractTx, id: bigint): ServiceContract {
  const contract = tx.state.ServiceContracts.get(id)
  if (!contract) throw tx.error('ServiceContractNotExists')
  return contract
}

function ensureParty(tx: ContractTx, contract: ServiceContract, twinId: number): void {
  if (twinId !== contract.service_twin_id && twinId !== contract.consumer_twin_id) {
    throw tx.error('TwinNotAuthorized')
  }
}

function ensureOpen(tx: ContractTx, contract: ServiceContract): void {
  if (contract.state === 'ApprovedByBoth') {
    throw tx.error('ServiceContractModificationNotAllowed')
  }
}

function remove(tx: ContractTx, id: bigint): void {
  tx.state.ServiceContracts.remove(id)
  tx.deposit('ServiceContractCanceled', { service_contract_id: id, cause: 'CanceledByUser' })
}

/**
 * Lets the consumer pay the service. Where he cannot, the call fails and the contract stays: upstream cancels it,
 * but the error takes that back.
 */
function pay(tx: ContractTx, contract: ServiceContract, units: bigint): bigint {
  const amount = units === 0n ? 0n : tftOfUnits(units, priceNow(tx))
  const { Twins } = tx.in(tfgrid).state
  const service = Twins.get(contract.service_twin_id)
  const consumer = Twins.get(contract.consumer_twin_id)
  if (!service || !consumer) throw tx.error('TwinNotExists')
  if (usableBalance(tx, consumer.account_id) < amount) {
    throw tx.error('ServiceContractNotEnoughFundsToPayBill')
  }
  transfer(tx.in(balances), consumer.account_id, service.account_id, amount, 'KeepAlive')
  return amount
}
