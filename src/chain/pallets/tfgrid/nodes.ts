// Nodes: registered by their own accounts, configured by their farmers, and reporting that they are up.

import { boundedBytes } from '../../../scale/bytes.ts'
import { boundedVec, option } from '../../../scale/containers.ts'
import { bool, u32, u64 } from '../../../scale/primitives.ts'
import { free, type PostInfo } from '../../runtime/declare.ts'
import { searchSorted } from '../../runtime/sorted.ts'
import { PublicConfig, Resources } from '../../types/grid.ts'
import { onNodeChanged, onNodeDeleted as onWeightGone } from '../dao/farm-weight.ts'
import { onNodeDeleted as onContractsGone } from '../smart-contract/node-hooks.ts'
import { isValidPublicConfig } from './addresses.ts'
import { tfgrid, timestampHintDrift } from './declaration.ts'
import { selectFarmingPolicy } from './farming-policies.ts'
import { farmOfCaller } from './farms.ts'
import { checkInterfaces, checkLocation, checkResources } from './fields.ts'
import { farmOf, nextId, nodeOf, nodeRunBy, secondsOf, type TfgridTx, twinIdOf } from './logic.ts'
import { haveResourcesChanged } from './resources.ts'
import { InterfaceInput, LocationInput, type Node } from './types.ts'

/** `pallet-tfgrid/src/lib.rs`: TFGRID_NODE_VERSION. */
const nodeVersion = 5

export const nodes = {
  create_node: tfgrid.call(
    8,
    {
      farm_id: u32,
      resources: Resources,
      location: LocationInput,
      interfaces: boundedVec(InterfaceInput, 10),
      secure_boot: bool,
      virtualized: bool,
      serial_number: option(boundedBytes(128)),
    },
    { refTime: 848_562_000n, proofSize: 11_795n },
    (tx, given) => {
      const account = tx.signer()
      const { state } = tx
      farmOf(tx, given.farm_id)
      const twin_id = twinIdOf(tx, account)
      if (state.NodeIdByTwinID.has(twin_id)) throw tx.error('NodeWithTwinIdExists')
      checkNode(tx, given)
      const id = nextId(state.NodeID)
      const fresh: Node = {
        version: nodeVersion,
        id,
        farm_id: given.farm_id,
        twin_id,
        resources: given.resources,
        location: given.location,
        public_config: null,
        created: secondsOf(tx),
        farming_policy_id: 0,
        interfaces: given.interfaces,
        certification: 'Diy',
        secure_boot: given.secure_boot,
        virtualized: given.virtualized,
        serial_number: given.serial_number,
        connection_price: state.ConnectionPrice.get(),
      }
      const policy = selectFarmingPolicy(tx, fresh)
      const node: Node = {
        ...fresh,
        farming_policy_id: policy.id,
        certification: policy.node_certification,
      }
      state.Nodes.set(id, node)
      state.NodeIdByTwinID.set(twin_id, id)
      state.NodesByFarmID.set(node.farm_id, [...state.NodesByFarmID.get(node.farm_id), id])
      onNodeChanged(tx, null, node)
      tx.deposit('NodeStored', [node])
    },
  ),

  update_node: tfgrid.call(
    9,
    {
      node_id: u32,
      farm_id: u32,
      resources: Resources,
      location: LocationInput,
      interfaces: boundedVec(InterfaceInput, 10),
      secure_boot: bool,
      virtualized: bool,
      serial_number: option(boundedBytes(128)),
    },
    { refTime: 327_723_000n, proofSize: 4126n },
    (tx, given) => {
      const account = tx.signer()
      const before = nodeOf(tx, given.node_id)
      if (before.twin_id !== twinIdOf(tx, account)) throw tx.error('NodeUpdateNotAuthorized')
      farmOf(tx, given.farm_id)
      checkNode(tx, given)
      if (before.farm_id !== given.farm_id) moveToFarm(tx, before, given.farm_id)
      const losesCertification =
        before.certification === 'Certified' &&
        haveResourcesChanged(before.resources, given.resources)
      if (losesCertification) tx.deposit('NodeCertificationSet', [before.id, 'Diy'])
      const node: Node = {
        ...before,
        certification: losesCertification ? 'Diy' : before.certification,
        farm_id: given.farm_id,
        resources: given.resources,
        location: given.location,
        interfaces: given.interfaces,
        secure_boot: given.secure_boot,
        virtualized: given.virtualized,
        serial_number: given.serial_number,
      }
      tx.state.Nodes.set(node.id, node)
      onNodeChanged(tx, before, node)
      tx.deposit('NodeUpdated', [node])
      return free
    },
  ),

  report_uptime: tfgrid.call(
    11,
    { uptime: u64 },
    { refTime: 119_006_000n, proofSize: 3919n },
    (tx, { uptime }) => reportUptime(tx, uptime, secondsOf(tx)),
  ),

  add_node_public_config: tfgrid.call(
    12,
    { farm_id: u32, node_id: u32, public_config: option(PublicConfig) },
    { refTime: 200_277_000n, proofSize: 4244n },
    (tx, { farm_id, node_id, public_config }) => {
      farmOfCaller(tx, farm_id)
      const node = nodeOf(tx, node_id)
      if (node.farm_id !== farm_id) throw tx.error('NodeUpdateNotAuthorized')
      if (public_config !== null && !isValidPublicConfig(public_config)) {
        throw tx.error('InvalidPublicConfig')
      }
      tx.state.Nodes.set(node_id, { ...node, public_config })
      tx.deposit('NodePublicConfigStored', [node_id, public_config])
    },
  ),

  delete_node: tfgrid.call(
    13,
    { node_id: u32 },
    { refTime: 477_943_000n, proofSize: 4147n },
    (tx, { node_id }) => {
      const account = tx.signer()
      const node = nodeOf(tx, node_id)
      if (node.twin_id !== twinIdOf(tx, account)) throw tx.error('NodeUpdateNotAuthorized')
      // The twin's index stays behind, as upstream leaves it: the twin cannot register again.
      if (!removeFromFarm(tx, node)) throw tx.error('NodeNotExists')
      deleteNode(tx, node)
    },
  ),

  delete_node_farm: tfgrid.call(
    26,
    { node_id: u32 },
    { refTime: 608_443_000n, proofSize: 4293n },
    (tx, { node_id }) => {
      const twinId = twinIdOf(tx, tx.signer())
      const node = nodeOf(tx, node_id)
      if (farmOf(tx, node.farm_id).twin_id !== twinId) throw tx.error('FarmerNotAuthorized')
      removeFromFarm(tx, node)
      tx.state.NodeIdByTwinID.remove(node.twin_id)
      deleteNode(tx, node)
    },
  ),

  report_uptime_v2: tfgrid.call(
    38,
    { uptime: u64, timestamp_hint: u64 },
    { refTime: 118_385_000n, proofSize: 3919n },
    (tx, { uptime, timestamp_hint }) => reportUptime(tx, uptime, timestamp_hint),
  ),
}

/** What creating and updating a node check alike. */
function checkNode(
  tx: TfgridTx,
  given: {
    readonly resources: Resources
    readonly location: LocationInput
    readonly interfaces: readonly InterfaceInput[]
  },
): void {
  checkResources(tx, given.resources)
  checkLocation(tx, given.location)
  checkInterfaces(tx, given.interfaces)
}

function reportUptime(tx: TfgridTx, uptime: bigint, hint: bigint): PostInfo {
  const node = nodeRunBy(tx, tx.signer())
  const now = secondsOf(tx)
  if (hint < now - timestampHintDrift || hint > now + timestampHintDrift) {
    throw tx.error('InvalidTimestampHint')
  }
  tx.deposit('NodeUptimeReported', [node.id, now, uptime])
  return free
}

function moveToFarm(tx: TfgridTx, node: Node, farmId: number): void {
  const { NodesByFarmID } = tx.state
  const left = NodesByFarmID.get(node.farm_id).filter(id => id !== node.id)
  NodesByFarmID.set(node.farm_id, left)
  NodesByFarmID.set(farmId, [...NodesByFarmID.get(farmId), node.id])
}

/**
 * Takes a node out of its farm's list, found by binary search as upstream does although moves between farms
 * leave the list unsorted; false when the search misses.
 */
function removeFromFarm(tx: TfgridTx, node: Node): boolean {
  const { NodesByFarmID } = tx.state
  const ids = NodesByFarmID.get(node.farm_id)
  const { at, isFound } = searchSorted(ids, node.id)
  if (!isFound) return false
  NodesByFarmID.set(node.farm_id, ids.toSpliced(at, 1))
  return true
}

function deleteNode(tx: TfgridTx, node: Node): void {
  onContractsGone(tx, node.id)
  onWeightGone(tx, node)
  tx.state.Nodes.remove(node.id)
  tx.deposit('NodeDeleted', [node.id])
}
