// How what was reserved for a contract is handed out: to the staking pool, the farmer and the foundation.

import type { AccountId } from '../../types/primitives.ts'
import { balances } from '../balances/declaration.ts'
import {
  depositCreating,
  removeIssuance,
  repatriateReserved,
  slashReserved,
} from '../balances/logic.ts'
import { system } from '../system/declaration.ts'
import { percentOf } from './fixed-point.ts'
import { type ContractTx, ignoringFailure } from './lifecycle.ts'
import type { Contract, ContractPaymentState } from './types.ts'

/** `tfchain: substrate-node/runtime/src/lib.rs`, StakingPoolAccount: 5CNposRewardAccount11111111111111111111111111FSU. */
export const stakingPoolAccount: AccountId =
  '0x0dd1d1a6e5a35aa8c7f5e57e1edd0c3fbd6abf2eaa8ef42548986e54a2562000'

/** Bills after which is handed out what they reserved (`tfchain: substrate-node/runtime/src/lib.rs`, DistributionFrequency). */
export const distributionFrequency = 24

/** Shares in per cent (`tfchain: substrate-node/pallets/pallet-smart-contract/src/billing.rs`). */
const stakingShare = 10n
const foundationShare = 40n

/** Who gets what is reserved. */
export interface Beneficiaries {
  /** Null for a contract that uses no node. */
  readonly farmer: AccountId | null
  readonly foundation: AccountId
}

export const hasReserve = (payment: ContractPaymentState): boolean =>
  payment.standard_reserve > 0n || payment.additional_reserve > 0n

/** Whether it is time to hand out what is reserved for a contract: after so many cycles, or when the contract ends. */
export function isPayday({ state }: Contract, payment: ContractPaymentState): boolean {
  if (payment.cycles < distributionFrequency && state.type !== 'Deleted') return false
  return hasReserve(payment)
}

/** Hands out the reserve of a contract. A failure fails the bill, but does not stop a contract from ending. */
export function distribute(
  tx: ContractTx,
  options: {
    readonly contract: Contract
    readonly payment: ContractPaymentState
    readonly payer: AccountId
    readonly beneficiaries: Beneficiaries
  },
): ContractPaymentState {
  const { contract, payment, payer, beneficiaries } = options
  const { standard_reserve, additional_reserve } = payment
  const isRent = contract.contract_type.type === 'RentContract'
  const isDeleted = contract.state.type === 'Deleted'
  const attempt = isDeleted ? ignoringFailure : (body: () => void) => body()
  if (isRent) attempt(() => payFarmer(tx, payer, beneficiaries, additional_reserve))
  attempt(() => payShares(tx, payer, beneficiaries, standard_reserve))
  tx.deposit('RewardDistributed', {
    contract_id: contract.contract_id,
    standard_rewards: standard_reserve,
    additional_rewards: additional_reserve,
  })
  return {
    ...payment,
    standard_reserve: 0n,
    additional_reserve: isRent ? 0n : additional_reserve,
    cycles: 0,
  }
}

/** What the farmer asks for a dedicated node is his alone. */
function payFarmer(
  tx: ContractTx,
  payer: AccountId,
  { farmer }: Beneficiaries,
  amount: bigint,
): void {
  if (farmer !== null) payFromReserve(tx, payer, farmer, amount)
}

function payShares(
  tx: ContractTx,
  payer: AccountId,
  { farmer, foundation }: Beneficiaries,
  amount: bigint,
): void {
  if (amount === 0n) return
  const staking = percentOf(stakingShare, amount)
  payFromReserve(tx, payer, stakingPoolAccount, staking)
  if (farmer === null) {
    payFromReserve(tx, payer, foundation, amount - staking)
    return
  }
  const ofFoundation = percentOf(foundationShare, amount)
  payFromReserve(tx, payer, farmer, amount - staking - ofFoundation)
  payFromReserve(tx, payer, foundation, ofFoundation)
}

/** Moves reserved tokens to an account; an account that does not exist is made, if the amount is enough for it. */
function payFromReserve(tx: ContractTx, from: AccountId, to: AccountId, amount: bigint): void {
  if (amount === 0n) return
  const money = tx.in(balances)
  if (tx.in(system).state.Account.has(to)) {
    if (repatriateReserved(money, from, to, amount, 'Free') > 0n) {
      throw tx.error('RewardDistributionError')
    }
    return
  }
  const taken = slashReserved(money, from, amount)
  const given = taken === amount ? depositCreating(money, to, taken) : 0n
  // What nobody got leaves circulation.
  removeIssuance(money, taken - given)
  if (taken < amount) throw tx.error('RewardDistributionError')
}
