// The bill of a contract: what it cost since the last one, what of it can be reserved, and what follows from that.

import { u64 } from '../../../scale/primitives.ts'
import { ensureRestricted } from '../../runtime/origins.ts'
import type { Resources } from '../../types/grid.ts'
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
  type Due,
  effectivePrice,
  nothingDue,
  quoteOf,
  tftOfUnits,
} from './cost.ts'
import { smartContract } from './declaration.ts'
import { type Beneficiaries, distribute, hasReserve, isPayday } from './distribution.ts'
import { larger, smaller } from './fixed-point.ts'
import {
  type ContractTx,
  changeState,
  ignoringFailure,
  nodeIdOf,
  removeContract,
  secondsNow,
} from './lifecycle.ts'
import type { Contract, ContractData, ContractPaymentState, ContractState } from './types.ts'

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

/** The price that bills are made with now, in mUSD a TFT. */
export function priceNow(tx: ContractTx): number {
  const { state } = tx.in(tftPrice)
  return effectivePrice({
    average: state.AverageTftPrice.get(),
    min: state.MinTftPrice.get(),
    max: state.MaxTftPrice.get(),
  })
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
  // An overdraft alone does not make a bill: this runtime settles it with the next due amount.
  if (due === 0n && stored.state.type !== 'Deleted') return

  const needed = due + before.standard_overdraft + before.additional_overdraft
  const isEnough = needed === 0n || needed <= usable
  const contract = movedOn(tx, stored, isEnough)
  const cycle: Cycle = { now, standard: standard.amount, additional }
  const money = tx.in(balances)
  reserve(money, parties.payer, isEnough ? needed : usable)
  let payment = isEnough ? reserved(before, cycle) : overdrawn(before, cycle, usable)
  if (isEnough) {
    tx.deposit('ContractBilled', [
      {
        contract_id: contractId,
        timestamp: now,
        discount_level: standard.level,
        amount_billed: needed,
      },
    ])
  } else {
    tx.deposit('ContractPaymentOverdrawn', {
      contract_id: contractId,
      timestamp: now,
      partially_billed_amount: usable,
      overdraft: larger(due - usable, 0n),
    })
  }
  if (isPayday(contract, payment)) {
    const { payer, beneficiaries } = parties
    payment = distribute(tx, { contract, payment, payer, beneficiaries })
  }
  if (contract.state.type === 'Deleted') {
    removeContract(tx, contractId)
    return
  }
  if (contract.contract_type.type === 'NodeContract') forgetTraffic(tx, contractId)
  state.ContractPaymentState.set(contractId, payment)
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
  { contract_id, contract_type, twin_id }: Contract,
  options: { readonly parties: Parties; readonly usable: bigint; readonly seconds: bigint },
): Due {
  const { parties, usable, seconds } = options
  const { policy, node } = parties
  const isNode = contract_type.type === 'NodeContract'
  const quote = quoteOf(contract_type, {
    policy,
    resources: node && resourcesOf(tx, contract_id, { data: contract_type, node }),
    unbilled: isNode
      ? tx.state.ContractBillingInformationByID.get(contract_id).amount_unbilled
      : 0n,
    seconds,
    price: priceNow(tx),
    isCertified: node?.certification === 'Certified',
  })
  const stash = tx.in(tfgrid).state.TwinBoundedAccountID.get(twin_id)
  return quote.dueFor(stash === null ? usable : usable + usableBalance(tx, stash))
}

/** The resources that a contract pays for: all of a rented node, and on that node then none. */
function resourcesOf(
  tx: ContractTx,
  contractId: bigint,
  { data, node }: { readonly data: ContractData; readonly node: Node },
): Resources | null {
  if (data.type === 'RentContract') return node.resources
  if (tx.state.ActiveRentContractForNode.has(node.id)) return null
  return tx.state.NodeContractResources.get(contractId).used
}

/** What the farmer asks for his dedicated node beyond the rent. */
function additionalDue(tx: ContractTx, { contract_type }: Contract, seconds: bigint): bigint {
  if (contract_type.type !== 'RentContract') return 0n
  const fee = tx.state.DedicatedNodesExtraFee.get(contract_type.value.node_id)
  const units = costOfExtraFee(fee, seconds)
  return units === 0n ? 0n : tftOfUnits(units, priceNow(tx))
}

/**
 * A contract after it went into grace, out of it, or to its end, as the payer's funds have it. What fails on the
 * way does not stop the bill.
 */
function movedOn(tx: ContractTx, contract: Contract, isEnough: boolean): Contract {
  if (contract.state.type === 'Created' && isEnough) return contract
  let moved = contract
  ignoringFailure(() => {
    moved = moveOn(tx, contract, isEnough)
  })
  return moved
}

function moveOn(tx: ContractTx, contract: Contract, isEnough: boolean): Contract {
  const { contract_id, twin_id } = contract
  const node_id = nodeIdOf(contract)
  const block = BigInt(tx.block)
  if (contract.state.type === 'Created') {
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

/** What became due in a cycle, which ends now. */
interface Cycle {
  readonly now: bigint
  readonly standard: bigint
  readonly additional: bigint
}

const cyclesAfter = ({ cycles }: ContractPaymentState): number => Math.min(cycles + 1, 0xffff)

/** The account of a contract after all that was due could be reserved. */
function reserved(payment: ContractPaymentState, cycle: Cycle): ContractPaymentState {
  const { standard_reserve, additional_reserve } = payment
  return {
    standard_reserve: standard_reserve + payment.standard_overdraft + cycle.standard,
    additional_reserve: additional_reserve + payment.additional_overdraft + cycle.additional,
    standard_overdraft: 0n,
    additional_overdraft: 0n,
    last_updated_seconds: cycle.now,
    cycles: cyclesAfter(payment),
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
    standard_reserve: payment.standard_reserve + toStandard,
    additional_reserve: payment.additional_reserve + toAdditional,
    standard_overdraft: standard - toStandard,
    additional_overdraft: additional - toAdditional,
    last_updated_seconds: cycle.now,
    cycles: cyclesAfter(payment),
  }
}

/** What was billed of network traffic is not billed again. */
function forgetTraffic(tx: ContractTx, contractId: bigint): void {
  const { ContractBillingInformationByID: information } = tx.state
  const info = information.get(contractId)
  if (info.amount_unbilled === 0n) return
  information.set(contractId, { ...info, amount_unbilled: 0n })
}
