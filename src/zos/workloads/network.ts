// A private WireGuard network of a twin on a full node, used by all of the twin's deployments there.

import { myceliumAddress, networkId } from '../addresses.ts'
import { cidr, type Decoded, list, optional, struct, text, uint16 } from '../go/json-decoder.ts'
import { configureNetwork, loadNetwork, withoutNetwork } from '../resources/networks.ts'
import {
  mycelium,
  myceliumChallenge,
  myceliumRefusal,
  peer,
  peerRefusal,
  wireguardChallenge,
  wireguardRefusal,
} from './network-parts.ts'
import { done, failed, type InstallContext, type StepOutcome, workload } from './workload-type.ts'

const networkData = struct('zos.Network', {
  ip_range: cidr,
  subnet: cidr,
  wireguard_private_key: text(),
  wireguard_listen_port: uint16,
  peers: list(peer),
  mycelium: optional(mycelium),
})

type NetworkData = Decoded<typeof networkData>

function configure({
  resources,
  id,
  data,
  workload: { name },
  deployment: { twin_id },
}: InstallContext<NetworkData>): StepOutcome {
  const failure = (cause: string) => `failed to create network resource for network ${id}: ${cause}`
  const networks = configureNetwork(resources.networks, {
    id: networkId(twin_id, name),
    twinId: twin_id,
    name,
    workloadId: id,
    ipRange: data.ip_range,
    subnet: data.subnet,
    wireguardPort: data.wireguard_listen_port,
    myceliumAddress:
      data.mycelium === null ? '' : myceliumAddress(Buffer.from(data.mycelium.hex_key, 'hex')),
  })
  if (!networks.ok) return failed(resources, failure(networks.error))
  const wrong = wireguardRefusal(data)
  if (wrong !== undefined) {
    // The node takes a network down that it cannot configure, even one that ran before.
    const without = withoutNetwork(resources.networks, networkId(twin_id, name))
    return failed({ ...resources, networks: without }, failure(wrong))
  }
  return done({ ...resources, networks: networks.value })
}

/** `network`: threefoldtech/zosbase: pkg/gridtypes/zos/network.go, pkg/primitives/network */
export const network = workload('network', {
  data: networkData,
  challenge: (put, data) => {
    wireguardChallenge(put, data)
    if (data.mycelium !== null) myceliumChallenge(put, data.mycelium)
  },
  validate: data => {
    if (data.ip_range === '') return 'network IP range cannot be empty'
    if (data.subnet === '') return 'network resource subnet cannot empty'
    if (data.wireguard_private_key === '') {
      return 'network resource wireguard private key cannot empty'
    }
    for (const entry of data.peers) {
      const refusal = peerRefusal(entry)
      if (refusal !== undefined) return refusal
    }
    return data.mycelium === null ? undefined : myceliumRefusal(data.mycelium)
  },
  runsOn: ['full'],
  installOrder: { full: 40 },
  isSharable: true,
  install: configure,
  update: configure,

  remove: ({ resources, workload: { name }, deployment: { twin_id } }) => {
    const id = networkId(twin_id, name)
    const found = loadNetwork(resources.networks, id)
    if (!found.ok) return failed(resources, `failed to delete network resource: ${found.error}`)
    return done({ ...resources, networks: withoutNetwork(resources.networks, id) })
  },
})
