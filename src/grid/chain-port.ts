// The chain as nodes and the bus see it, read straight from typed storage: the embedded chain's, or a mirror's.

import type { ItemName, KeysOf, ReadOf } from '../chain/client/port.ts'
import type { Chain } from '../chain/node/chain.ts'
import { smartContract } from '../chain/pallets/smart-contract/declaration.ts'
import type { Contract } from '../chain/pallets/smart-contract/types.ts'
import { system } from '../chain/pallets/system/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import type { Farm } from '../chain/pallets/tfgrid/types.ts'
import type { PalletDecl } from '../chain/runtime/declare.ts'
import { byteStringToBytes, byteStringToUtf8, utf8ToByteString } from '../crypto/hex.ts'
import type { BusTwin, TwinDirectory } from '../rmb/bus.ts'
import type { ChainPort, ContractView, FarmView, PublicConfigView } from '../zos/ports.ts'

/** Typed storage of a pallet that can be read at once. */
export type Readable<P extends PalletDecl> = {
  readonly [N in ItemName<P>]: {
    get(...keys: KeysOf<P, N>): ReadOf<P, N>
    has(...keys: KeysOf<P, N>): boolean
  }
}

/** The storage that nodes and the bus read. */
export interface GridStorage {
  readonly grid: Readable<typeof tfgrid>
  readonly contracts: Readable<typeof smartContract>
  readonly system: Readable<typeof system>
}

/** Makes the port of an embedded chain, which some nodes may not reach for a while. */
export function chainPortOf(
  chain: Chain,
  isReachable: ChainPort['isReachable'] = () => true,
): ChainPort {
  return portOf(
    {
      grid: chain.runtime.txOf(tfgrid).state,
      contracts: chain.runtime.txOf(smartContract).state,
      system: chain.runtime.txOf(system).state,
    },
    { isReachable, submit: (call, options) => chain.submit(call, options) },
  )
}

/** Makes a port that reads from a storage. */
export function portOf(
  { grid, contracts, system: { Account: accounts } }: GridStorage,
  { isReachable, submit }: Pick<ChainPort, 'isReachable' | 'submit'>,
): ChainPort {
  const contract = (id: bigint): ContractView | null => {
    const found = contracts.Contracts.get(id)
    return found ? contractView(found) : null
  }
  return {
    isReachable,
    twin: id => {
      const twin = grid.Twins.get(id)
      if (!twin) return null
      return { id, account: twin.account_id, relay: textOf(twin.relay) }
    },
    twinIdOf: account => grid.TwinIdByAccountID.get(account),
    nodeIdOfTwin: twinId => grid.NodeIdByTwinID.get(twinId) || null,
    farm: id => {
      const farm = grid.Farms.get(id)
      return farm ? farmView(farm) : null
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
    submit,
  }
}

/** Makes the bus's view of the twins of an embedded chain. */
export function twinDirectoryOf(chain: Chain): TwinDirectory {
  return directoryOf(chain.runtime.txOf(tfgrid).state)
}

/** Makes the bus's view of the twins of a storage. */
export function directoryOf({ Twins }: Pick<Readable<typeof tfgrid>, 'Twins'>): TwinDirectory {
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

function farmView({ id, twin_id: twinId, public_ips }: Farm): FarmView {
  const publicIps = public_ips.map(({ ip, gateway, contract_id: contractId }) => ({
    ip: byteStringToUtf8(ip),
    gateway: byteStringToUtf8(gateway),
    contractId,
  }))
  return { id, twinId, publicIps }
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
