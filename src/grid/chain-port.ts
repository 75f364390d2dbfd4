// The chain as nodes and the bus see it, read straight from the embedded chain's typed storage.

import type { Chain } from '../chain/node/chain.ts'
import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../chain/pallets/smart-contract/types.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { byteStringToBytes, byteStringToUtf8, utf8ToByteString } from '../crypto/hex.ts'
import type { BusTwin, TwinDirectory } from '../rmb/bus.ts'
import type { ChainPort, ContractView, PublicConfigView } from '../zos/ports.ts'

/** Makes the port of an embedded chain. */
export function chainPortOf(chain: Chain): ChainPort {
  const grid = chain.runtime.txOf(tfgrid).state
  const contracts = chain.runtime.txOf(smartContract).state
  const accounts = chain.runtime.txOf(system).state.Account
  const contract = (id: bigint): ContractView | null => {
    const found = contracts.Contracts.get(id)
    return found ? contractView(found) : null
  }
  return {
    isReachable: () => true,
    twin: id => {
      const twin = grid.Twins.get(id)
      if (!twin) return null
      return { id, account: twin.account_id, relay: textOf(twin.relay) }
    },
    twinIdOf: account => grid.TwinIdByAccountID.get(account),
    nodeIdOfTwin: twinId => grid.NodeIdByTwinID.get(twinId) || null,
    farm: id => {
      const farm = grid.Farms.get(id)
      return farm ? { id, twinId: farm.twin_id } : null
    },
    contract,
    nameContract: name =>
      contract(contracts.ContractIDByNameRegistration.get(utf8ToByteString(name))),
    rentContractOf: nodeId => {
      const id = contracts.ActiveRentContractForNode.get(nodeId)
      return id === null ? null : contract(id)
    },
    activeContractsOf: nodeId => contracts.ActiveNodeContracts.get(nodeId),
    publicConfigOf: nodeId => {
      const config = grid.Nodes.get(nodeId)?.public_config
      return config ? configViewOf(config) : null
    },
    powerOf: nodeId => grid.NodePower.get(nodeId),
    balanceOf: account => accounts.get(account).data.free,
    hasAcceptedTerms: account => grid.UsersTermsAndConditions.has(account),
    submit: (call, options) => chain.submit(call, options),
  }
}

/** Makes the bus's view of the twins of an embedded chain. */
export function twinDirectoryOf(chain: Chain): TwinDirectory {
  const { Twins } = chain.runtime.txOf(tfgrid).state
  return {
    twin: (id): BusTwin | null => {
      const twin = Twins.get(id)
      if (!twin) return null
      const pk = twin.pk === null ? null : byteStringToBytes(twin.pk)
      return { id, account: twin.account_id, relay: textOf(twin.relay), pk }
    },
  }
}

function textOf(bytes: string | null): string | null {
  return bytes === null ? null : byteStringToUtf8(bytes)
}

function contractView(contract: Contract): ContractView {
  const { contract_id: id, twin_id: twinId, state } = contract
  return { id, twinId, state, type: typeView(contract.contract_type) }
}

function typeView(data: Contract['contract_type']): ContractView['type'] {
  switch (data.type) {
    case 'NodeContract': {
      const { node_id: nodeId, deployment_hash: hash, public_ips_list: ips } = data.value
      const publicIps = ips.map(({ ip, gateway }) => ({ ip, gateway }))
      return { type: 'node', nodeId, hash, publicIps }
    }
    case 'NameContract':
      return { type: 'name', name: byteStringToUtf8(data.value.name) }
    case 'RentContract':
      return { type: 'rent', nodeId: data.value.node_id }
  }
}

const configViews = new WeakMap<object, PublicConfigView>()

/** The view of a stored configuration: the same one for the same value, so that it can be compared. */
function configViewOf(config: {
  ip4: { ip: string; gw: string }
  ip6: { ip: string; gw: string } | null
  domain: string | null
}): PublicConfigView {
  let view = configViews.get(config)
  if (!view) {
    view = { ip4: config.ip4, ip6: config.ip6, domain: config.domain }
    configViews.set(config, view)
  }
  return view
}
