// The bill of a contract: what it cost since the last one, what of it can be reserved, and what follows from that.

import { u64 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import type { AccountId } from '../../types/primitives.ts'
import { balances } from '../balances/declaration.ts'
import { existentialDeposit, reserve } from '../balances/logic.ts'
import { session } from '../session/declaration.ts'
import { system } from '../system/declaration.ts'
import { tfgrid } from '../tfgrid/declaration.ts'
import type { Node, PricingPolicy } from '../tfgrid/types.ts'
import { tftPrice } from '../tft-price/declaration.ts'
import {
  costOfExtraFee,
  costOfName,
  costOfRent,
  costOfUsage,
  type Due,
  discounted,
  effectivePrice,
  nothingDue,
  repeatedCostOfUsage,
  tftOfUnits,
} from './cost.ts'
import { smartContract } from './declaration.ts'
import { type Beneficiaries, hasReserve, remit } from './distribution.ts'
import { larger, smaller, wrap64 } from './fixed-point.ts'
import {
  type ContractTx,
  changeState,
  ignoringFailure,
  nodeIdOf,
  removeContract,
  secondsNow,
} from './lifecycle.ts'
import type { Contract, ContractPaymentState, ContractState } from './types.ts'

/** The policy by which everything but network traffic is charged, whatever the farm says. */
const pricingPolicyId = 1

/** Calls about billing, by name. */
export const billingCalls = {
  bill_contract_for_block: smartContract.call(
    10,
    { contract_id: u64 },
    { refTime: 881_735_000n, proofSize: 5073n },
    (tx, { contract_id }) => {
      tx.signer()
      billContract(tx, contract_id)
    },
    { isFree: (tx, signer) => tx.in(session).state.Validators.get().includes(signer) },
  ),

  change_billing_frequency: smartContract.call(
    18,
    { frequency: u64 },
    { refTime: 133_076_000n, proofSize: 1522n },
    (tx, { frequency }) => {
      ensureRestricted(tx)
      if (frequency <= tx.state.BillingFrequency.get()) throw tx.error('CanOnlyIncreaseFrequency')
      // Contracts stay in the buckets that the old frequency gave them.
      tx.state.BillingFrequency.set(frequency)
      tx.deposit('BillingFrequencyChanged', [frequency])
    },
  ),
}

/** What an account can spend or reserve: free, less what is locked, and never the existential deposit. */
export function usableBalance(tx: ContractTx, who: AccountId): bigint {
  const { free, frozen } = tx.in(system).state.Account.get(who).data
  return larger(free - larger(frozen, existentialDeposit), 0n)
}

/** 10^-7 TFT for units USD at the present price. */
export function tftNow(tx: ContractTx, units: bigint): bigint {
  const { state } = tx.in(tftPrice)
  const price = effectivePrice({
    average: state.AverageTftPrice.get(),
    min: state.MinTftPrice.get(),
    max: state.MaxTftPrice.get(),
  })
  return tftOfUnits(units, price)
}

/** A contract with everybody who has to do with its bill. */
interface Parties {
  readonly payer: AccountId
  readonly policy: PricingPolicy
  /** Null for a name. */
  readonly node: Node | null
  readonly beneficiaries: Beneficiaries
}

/**
 * Bills a contract for the time since its last bill. What the payer has is reserved, what is missing becomes an
 * overdraft and starts a period of grace; a contract that is deleted is paid out and removed.
 */
export function billContract(tx: ContractTx, contractId: bigint): void {
  const { state } = tx
  const stored = state.Contracts.get(contractId)
  if (!stored) throw tx.error('ContractNotExists')
  const parties = partiesOf(tx, stored)
  const before = state.ContractPaymentState.get(contractId)
  if (!before) throw tx.error('ContractPaymentStateNotExists')
  const now = secondsNow(tx)
  const seconds = larger(now - before.last_updated_seconds, 0n)
  const isWaived = isStandbyRent(tx, stored)
  if (isWaived) {
    tx.deposit('RentWaived', { contract_id: contractId })
    if (stored.state.type === 'Created') return
  }
  const usable = usableBalance(tx, parties.payer)
  const standard = isWaived ? nothingDue : standardDue(tx, stored, { parties, usable, seconds })
  const additional = isWaived ? 0n : additionalDue(tx, stored, seconds)
  const due = standard.amount + additional
  // An overdraft alone does not make a bill: upstream settles it with the next due amount.
  if (due === 0n && stored.state.type !== 'Deleted') return

  const needed = due + before.standard_overdraft + before.additional_overdraft
  const isEnough = needed === 0n || needed <= usable
  let contract = stored
  ignoringFailure(() => {
    contract = moveOn(tx, stored, isEnough)
  })
  const cycle = { standard: standard.amount, additional }
  const money = tx.in(balances)
  let payment: ContractPaymentState
  if (isEnough) {
    reserve(money, parties.payer, needed)
    payment = reserved(before, cycle)
    const bill = { contract_id: contractId, timestamp: now, discount_level: standard.level }
    tx.deposit('ContractBilled', [{ ...bill, amount_billed: needed }])
  } else {
    reserve(money, parties.payer, usable)
    payment = overdrawn(before, cycle, usable)
    tx.deposit('ContractPaymentOverdrawn', {
      contract_id: contractId,
      timestamp: now,
      partially_billed_amount: usable,
      overdraft: larger(due - usable, 0n),
    })
  }
  const { payer, beneficiaries } = parties
  payment = remit(tx, { contract, payment, payer, beneficiaries })
  if (contract.state.type === 'Deleted') {
    removeContract(tx, contractId)
    return
  }
  if (contract.contract_type.type === 'NodeContract') forgetTraffic(tx, contractId)
  state.ContractPaymentState.set(contractId, { ...payment, last_updated_seconds: now })
}

function partiesOf(tx: ContractTx, contract: Contract): Parties {
  const { state } = tx.in(tfgrid)
  const payer = state.Twins.get(contract.twin_id)
  if (!payer) throw tx.error('TwinNotExists')
  const policy = state.PricingPolicies.get(pricingPolicyId)
  if (!policy) throw tx.error('PricingPolicyNotExists')
  const foundation = policy.foundation_account
  if (contract.contract_type.type === 'NameContract') {
    return {
      payer: payer.account_id,
      policy,
      node: null,
      beneficiaries: { farmer: null, foundation },
    }
  }
  const node = state.Nodes.get(nodeIdOf(contract))
  if (!node) throw tx.error('NodeNotExists')
  const farm = state.Farms.get(node.farm_id)
  if (!farm) throw tx.error('FarmNotExists')
  const farmer = state.Twins.get(farm.twin_id)
  if (!farmer) throw tx.error('TwinNotExists')
  const beneficiaries = { farmer: farmer.account_id, foundation }
  return { payer: payer.account_id, policy, node, beneficiaries }
}

/** A rented node that stands by costs nothing. */
function isStandbyRent(tx: ContractTx, { contract_type }: Contract): boolean {
  if (contract_type.type !== 'RentContract') return false
  return tx.in(tfgrid).state.NodePower.get(contract_type.value.node_id).state.type === 'Down'
}

/** What resources, addresses, traffic or a name cost, with the discount for what the payer and his stash hold. */
function standardDue(
  tx: ContractTx,
  contract: Contract,
  options: { readonly parties: Parties; readonly usable: bigint; readonly seconds: bigint },
): Due {
  const { parties, usable, seconds } = options
  // Whatever traffic is unbilled then stays so.
  if (seconds === 0n) return nothingDue
  const units = unitsOf(tx, contract, parties, seconds)
  if (units === 0n) return nothingDue
  const stash = tx.in(tfgrid).state.TwinBoundedAccountID.get(contract.twin_id)
  return discounted({
    tft: tftNow(tx, units),
    seconds,
    balance: stash === null ? usable : usable + usableBalance(tx, stash),
    isCertified: parties.node?.certification === 'Certified',
  })
}

/** The cost of a contract in units USD. */
function unitsOf(
  tx: ContractTx,
  { contract_id, contract_type }: Contract,
  { policy, node }: Parties,
  seconds: bigint,
): bigint {
  if (contract_type.type === 'NameContract' || !node) return costOfName(policy, seconds)
  if (contract_type.type === 'RentContract') return costOfRent(policy, node.resources, seconds)
  const { node_id, public_ips: publicIps } = contract_type.value
  const isRented = tx.state.ActiveRentContractForNode.has(node_id)
  const cost = isRented
    ? costOfUsage(policy, { resources: null, publicIps, seconds })
    : repeatedCostOfUsage(policy, {
        resources: tx.state.NodeContractResources.get(contract_id).used,
        publicIps,
        seconds,
      })
  const { amount_unbilled } = tx.state.ContractBillingInformationByID.get(contract_id)
  return amount_unbilled === 0n ? cost : wrap64(cost + amount_unbilled)
}

/** What the farmer asks for his dedicated node beyond the rent. */
function additionalDue(tx: ContractTx, { contract_type }: Contract, seconds: bigint): bigint {
  if (contract_type.type !== 'RentContract') return 0n
  const fee = tx.state.DedicatedNodesExtraFee.get(contract_type.value.node_id)
  const units = costOfExtraFee(fee, seconds)
  return units === 0n ? 0n : tftNow(tx, units)
}

/** Moves a contract into grace, out of it, or to its end, as the payer's funds have it. */
function moveOn(tx: ContractTx, contract: Contract, isEnough: boolean): Contract {
  const { contract_id, twin_id } = contract
  const node_id = nodeIdOf(contract)
  const block = BigInt(tx.block)
  if (contract.state.type === 'Created') {
    if (isEnough) return contract
    const grace: ContractState = { type: 'GracePeriod', value: block }
    const changed = changeState(tx, contract, grace)
    tx.deposit('ContractGracePeriodStarted', { contract_id, node_id, twin_id, block_number: block })
    mirrorOnNode(tx, contract, grace)
    return changed
  }
  if (contract.state.type !== 'GracePeriod') return contract
  if (isEnough && !isRentInGrace(tx, contract)) {
    const created: ContractState = { type: 'Created' }
    const changed = changeState(tx, contract, created)
    tx.deposit('ContractGracePeriodEnded', { contract_id, node_id, twin_id })
    mirrorOnNode(tx, contract, created)
    return changed
  }
  const elapsed = larger(block - contract.state.value, 0n)
  if (elapsed < BigInt(tx.settings.gracePeriodBlocks) || mustWait(tx, contract)) return contract
  tx.deposit('ContractGracePeriodElapsed', { contract_id, grace_period: elapsed })
  return changeState(tx, contract, { type: 'Deleted', value: 'OutOfFunds' })
}

/** While the rent of a node is not paid, no contract on the node leaves its grace by itself. */
function isRentInGrace(tx: ContractTx, { contract_type }: Contract): boolean {
  if (contract_type.type !== 'NodeContract') return false
  const rentId = tx.state.ActiveRentContractForNode.get(contract_type.value.node_id)
  const rent = rentId === null ? null : tx.state.Contracts.get(rentId)
  return rent?.state.type === 'GracePeriod'
}

/** A rent contract outlives its grace until what its node's contracts have reserved is handed out. */
function mustWait(tx: ContractTx, { contract_type }: Contract): boolean {
  if (contract_type.type !== 'RentContract') return false
  return tx.state.ActiveNodeContracts.get(contract_type.value.node_id).some(id => {
    const payment = tx.state.ContractPaymentState.get(id)
    return payment !== null && hasReserve(payment)
  })
}

/** Contracts on a rented node follow the rent into grace and out of it; those that are overdrawn stay in grace. */
function mirrorOnNode(tx: ContractTx, { contract_type }: Contract, state: ContractState): void {
  if (contract_type.type !== 'RentContract') return
  const { node_id } = contract_type.value
  for (const contract_id of tx.state.ActiveNodeContracts.get(node_id)) {
    const contract = tx.state.Contracts.get(contract_id)
    if (!contract) throw tx.error('ContractNotExists')
    const payment = tx.state.ContractPaymentState.get(contract_id)
    if (state.type === 'Created' && payment !== null && hasOverdraft(payment)) continue
    changeState(tx, contract, state)
    const { twin_id } = contract
    if (state.type === 'Created') {
      tx.deposit('ContractGracePeriodEnded', { contract_id, node_id, twin_id })
    } else if (state.type === 'GracePeriod') {
      const block_number = state.value
      tx.deposit('ContractGracePeriodStarted', { contract_id, node_id, twin_id, block_number })
    }
  }
}

const hasOverdraft = (payment: ContractPaymentState): boolean =>
  payment.standard_overdraft > 0n || payment.additional_overdraft > 0n

/** What became due in a cycle. */
interface Cycle {
  readonly standard: bigint
  readonly additional: bigint
}

/** The account of a contract after all that was due could be reserved. */
function reserved(payment: ContractPaymentState, cycle: Cycle): ContractPaymentState {
  return {
    ...payment,
    standard_reserve: payment.standard_reserve + payment.standard_overdraft + cycle.standard,
    additional_reserve:
      payment.additional_reserve + payment.additional_overdraft + cycle.additional,
    standard_overdraft: 0n,
    additional_overdraft: 0n,
  }
}

/** The account of a contract after only `paid` could be reserved: it settles the farmer's fee first. */
function overdrawn(
  payment: ContractPaymentState,
  cycle: Cycle,
  paid: bigint,
): ContractPaymentState {
  const additional = payment.additional_overdraft + cycle.additional
  const standard = payment.standard_overdraft + cycle.standard
  const toAdditional = smaller(paid, additional)
  const toStandard = smaller(paid - toAdditional, standard)
  return {
    ...payment,
    standard_reserve: payment.standard_reserve + toStandard,
    additional_reserve: payment.additional_reserve + toAdditional,
    standard_overdraft: standard - toStandard,
    additional_overdraft: additional - toAdditional,
  }
}

/** What was billed of network traffic is not billed again. */
function forgetTraffic(tx: ContractTx, contractId: bigint): void {
  const { ContractBillingInformationByID: information } = tx.state
  const info = information.get(contractId)
  if (info.amount_unbilled === 0n) return
  information.set(contractId, { ...info, amount_unbilled: 0n })
}
