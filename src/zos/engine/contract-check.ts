// What a node asks the chain before it works on a deployment: whether there is a contract that fits.

import { deploymentHashText } from '../deployment/challenge.ts'
import type { Deployment } from '../deployment/deployment.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'
import type { ChainPort } from '../ports.ts'
import type { ContractFacts, WorkloadTypes } from '../workloads/workload-type.ts'

/** The cause in a node's texts while it cannot reach the chain. */
export const chainUnreachable = 'failed to get a connection to substrate: all endpoints are down'

/**
 * What the contract of a deployment tells its workloads, or why they all fail. Installs and updates give what
 * was sent as `source`; a boot gives none, and looks neither at the contract's node nor at its hash
 * (threefoldtech/zosbase: pkg/provision/engine.go).
 */
export function checkContract(options: {
  readonly chain: ChainPort
  readonly types: WorkloadTypes
  readonly nodeId: number
  readonly contractId: bigint
  readonly source: Deployment | null
}): Outcome<ContractFacts> {
  const { chain, types, nodeId, contractId, source } = options
  const unreadable = (cause: string) => refused(`failed to get deployment contract: ${cause}`)
  if (!chain.isReachable(nodeId)) return unreadable(chainUnreachable)
  const contract = chain.contract(contractId)
  if (contract === null) return unreadable('contract not found: object not found')
  if (contract.type.type !== 'node') {
    return refused('invalid contract type, expecting node contract')
  }
  const isRented = chain.rentContractOf(nodeId) !== null
  const { publicIps, hash } = contract.type
  if (source !== null) {
    if (contract.type.nodeId !== nodeId) return refused('invalid node address in contract')
    const own = deploymentHashText(source, types)
    if (!own.ok) return own
    if (own.value !== hash) return refused('contract hash does not match deployment hash')
  }
  return accepted({ publicIps, isRented })
}
