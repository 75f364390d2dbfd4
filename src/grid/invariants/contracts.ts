// Contracts and workloads belong together: nothing runs without a contract, what was acknowledged is kept.

import { smartContract } from '../../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../../chain/pallets/smart-contract/types.ts'
import { hasOkay } from '../../zos/engine/records.ts'
import { entriesOf, type GridInvariant, isAtRest, settleMs, touchedNodes } from './invariant.ts'

/** No live workload without a live contract of its twin on its node. */
export const workloadsHaveContracts: GridInvariant = {
  name: 'no workload runs without its contract',
  check(watched) {
    const { world } = watched
    if (!world.faults.isCalm(settleMs)) return null
    const { book } = world.nodes.engine
    const contracts = world.chain.runtime.txOf(smartContract).state.Contracts
    for (const index of touchedNodes(watched)) {
      if (!isAtRest(watched, index)) continue
      const { nodeId } = world.nodes.summaryOf(index)
      for (const place of book.placesOf(index)) {
        if (!hasOkay(book.get(place))) continue
        const contract = contracts.get(place.contractId)
        const name = `the deployment of contract ${place.contractId} on node ${nodeId}`
        if (!contract) return `${name} runs, and there is no such contract`
        if (contract.twin_id !== place.twinId) return `${name} belongs to another twin`
        const data = contract.contract_type
        if (data.type !== 'NodeContract' || data.value.node_id !== nodeId) {
          return `${name} runs, and its contract is for something else`
        }
      }
    }
    return null
  },
}

/** The list of a node's contracts is what the contracts say of their nodes. */
export const contractsAreListed: GridInvariant = {
  name: 'the chain lists the contracts of a node',
  check({ world }) {
    const listed = new Map<bigint, number>()
    for (const [[nodeId], ids] of entriesOf<[number], readonly bigint[]>(
      world,
      'SmartContractModule',
      'ActiveNodeContracts',
    )) {
      for (const id of ids) {
        if (listed.has(id)) return `contract ${id} is listed twice`
        listed.set(id, nodeId)
      }
    }
    for (const [[id], { contract_type, state }] of entriesOf<[bigint], Contract>(
      world,
      'SmartContractModule',
      'Contracts',
    )) {
      if (contract_type.type !== 'NodeContract') continue
      const { node_id } = contract_type.value
      const at = listed.get(id)
      listed.delete(id)
      if (state.type !== 'Deleted' && at !== node_id) {
        return `contract ${id} is for node ${node_id}, and listed for ${at ?? 'none'}`
      }
    }
    for (const [id, nodeId] of listed)
      return `node ${nodeId} lists contract ${id}, which is not there`
    return null
  },
}

/** What a node acknowledged and brought up is there until its contract ends or it is taken down. */
export const acknowledgedIsKept: GridInvariant = {
  name: 'an acknowledged deployment is not lost',
  check({ world, record }) {
    const { book } = world.nodes.engine
    const contracts = world.chain.runtime.txOf(smartContract).state.Contracts
    for (const key of record.held.keys()) {
      const [node, twinId, contractId] = key.split('/')
      const place = {
        node: Number(node),
        twinId: Number(twinId),
        contractId: BigInt(contractId ?? 0),
      }
      if (book.find(place) || contracts.get(place.contractId)?.twin_id !== place.twinId) continue
      return `the deployment of contract ${contractId} was up, its contract lives, and its node has forgotten it`
    }
    return null
  },
}
