// Certification of nodes, and who may grant it.

import { u32 } from '../../../scale/primitives.ts'
import { ensureRestricted, isRestricted } from '../../runtime/origins.ts'
import { searchSorted } from '../../runtime/sorted.ts'
import { NodeCertification } from '../../types/grid.ts'
import { AccountId32 } from '../../types/primitives.ts'
import { tfgrid } from './declaration.ts'
import { selectFarmingPolicy } from './farming-policies.ts'
import { nodeOf, type TfgridTx } from './logic.ts'

export const certification = {
  set_node_certification: tfgrid.call(
    10,
    { node_id: u32, node_certification: NodeCertification },
    { refTime: 285_096_000n, proofSize: 11_846n },
    (tx, { node_id, node_certification }) => {
      ensureCertifier(tx)
      const certified = { ...nodeOf(tx, node_id), certification: node_certification }
      const current = tx.state.FarmingPoliciesMap.get(certified.farming_policy_id)
      const farming_policy_id = current.default
        ? selectFarmingPolicy(tx, certified).id
        : certified.farming_policy_id
      const node = { ...certified, farming_policy_id }
      tx.state.Nodes.set(node_id, node)
      tx.deposit('NodeUpdated', [node])
      tx.deposit('NodeCertificationSet', [node_id, node_certification])
    },
  ),

  add_node_certifier: tfgrid.call(
    30,
    { certifier: AccountId32 },
    { refTime: 135_039_000n, proofSize: 1840n },
    (tx, { certifier }) => {
      ensureRestricted(tx)
      const certifiers = tx.state.AllowedNodeCertifiers.get() ?? []
      const { at, isFound } = searchSorted(certifiers, certifier)
      if (isFound) throw tx.error('AlreadyCertifier')
      tx.state.AllowedNodeCertifiers.set(certifiers.toSpliced(at, 0, certifier))
      tx.deposit('NodeCertifierAdded', [certifier])
    },
  ),

  remove_node_certifier: tfgrid.call(
    31,
    { certifier: AccountId32 },
    { refTime: 137_323_000n, proofSize: 1898n },
    (tx, { certifier }) => {
      ensureRestricted(tx)
      const certifiers = tx.state.AllowedNodeCertifiers.get()
      if (certifiers === null) return
      const { at, isFound } = searchSorted(certifiers, certifier)
      if (!isFound) throw tx.error('NotCertifier')
      tx.state.AllowedNodeCertifiers.set(certifiers.toSpliced(at, 1))
      tx.deposit('NodeCertifierRemoved', [certifier])
    },
  ),
}

/** Root, the council, or somebody whom they allowed to certify. */
function ensureCertifier(tx: TfgridTx): void {
  if (isRestricted(tx)) return
  const account = tx.signer()
  if (!tx.state.AllowedNodeCertifiers.get()?.includes(account)) {
    throw tx.error('NotAllowedToCertifyNode')
  }
}
