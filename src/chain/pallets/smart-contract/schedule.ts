// Which contracts are due for a bill after which block: what the offchain worker of a validator looks up.

import type { Resources } from '../../types/grid.ts'
import type { ContractTx } from './lifecycle.ts'

/**
 * The contracts for which the offchain worker submits a bill after a block, in the order of their bucket
 * (`tfchain: substrate-node/pallets/pallet-smart-contract/src/billing.rs`, bill_contracts_for_block).
 */
export function dueBills(tx: ContractTx, block: number): readonly bigint[] {
  const frequency = tx.state.BillingFrequency.get()
  // Set by hand: the real worker fails in its own thread then, and nobody is billed.
  if (frequency === 0n) return []
  const bucket = BigInt(block) % frequency
  const ids = tx.state.ContractsToBillAt.get(bucket)
  return ids.every(id => isBillable(tx, id)) ? ids : ids.filter(id => isBillable(tx, id))
}

/** How many buckets are looked at one after the other before all that are in use are compared. */
const probes = 16n

/** The first block, from `from` on, after which a bill is due while the state stays as it is; null when none is. */
export function nextBillDue(tx: ContractTx, from: number): number | null {
  const frequency = tx.state.BillingFrequency.get()
  if (frequency === 0n) return null
  const count = frequency < probes ? Number(frequency) : Number(probes)
  for (let block = from; block < from + count; block += 1) {
    if (hasDue(tx, BigInt(block) % frequency)) return block
  }
  if (frequency <= probes) return null
  const first = BigInt(from) % frequency
  let nearest: bigint | null = null
  for (const { keys, value } of tx.state.ContractsToBillAt.entries()) {
    const [bucket] = keys
    // A bucket that was left behind by a change of the frequency is still reached while it is below it.
    if (value.length === 0 || bucket >= frequency) continue
    const wait = bucket >= first ? bucket - first : bucket - first + frequency
    if ((nearest === null || wait < nearest) && hasDue(tx, bucket)) nearest = wait
  }
  return nearest === null ? null : from + Number(nearest)
}

const hasDue = (tx: ContractTx, bucket: bigint): boolean =>
  tx.state.ContractsToBillAt.get(bucket).some(id => isBillable(tx, id))

/**
 * Whether there is anything to bill of a contract: a node contract may use nothing. That it is overdrawn does not
 * count before the release after spec 153.
 */
function isBillable(tx: ContractTx, contractId: bigint): boolean {
  const contract = tx.state.Contracts.get(contractId)
  if (!contract) return false
  if (contract.contract_type.type !== 'NodeContract') return true
  if (contract.contract_type.value.public_ips > 0) return true
  if (!isNothing(tx.state.NodeContractResources.get(contractId).used)) return true
  return tx.state.ContractBillingInformationByID.get(contractId).amount_unbilled > 0n
}

const isNothing = ({ hru, sru, cru, mru }: Resources): boolean =>
  hru === 0n && sru === 0n && cru === 0n && mru === 0n
