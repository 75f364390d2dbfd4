// A private network on a light node: mycelium always, WireGuard when a key is given.

import { myceliumAddress, networkId } from '../addresses.ts'
import { ipBytes, splitCidr } from '../go/ip.ts'
import { cidr, type Decoded, list, struct, text, uint16 } from '../go/json-decoder.ts'
import { configureNetwork, loadNetwork, withoutNetwork } from '../resources/networks.ts'
import {
  mycelium,
  myceliumChallenge,
  myceliumRefusal,
  peer,
  wireguardChallenge,
  wireguardRefusal,
} from './network-parts.ts'
import { done, failed, type InstallContext, type StepOutcome, workload } from './workload-type.ts'

const lightData = struct('zos.NetworkLight', {
  subnet: cidr,
  mycelium,
  ip_range: cidr,
  wireguard_private_key: text(),
  wireguard_listen_port: uint16,
  peers: list(peer),
})

function isIpv4Range(range: string): boolean {
  return ipBytes(splitCidr(range).address)?.length === 4
}

/** Creates the network or configures it anew (threefoldtech/zosbase: pkg/netlight/network.go). */
function configure({
  resources,
  id,
  data,
  workload: { name },
  deployment: { twin_id },
}: InstallContext<Decoded<typeof lightData>>): StepOutcome {
  const failure = (cause: string, after = resources) =>
    failed(after, `failed to create network resource for network ${id}: ${cause}`)
  const own = networkId(twin_id, name)
  if (!isIpv4Range(data.subnet)) {
    const networks = withoutNetwork(resources.networks, own)
    return failure('private ip range must be IPv4 address', { ...resources, networks })
  }
  const hasWireguard = data.wireguard_private_key !== ''
  const networks = configureNetwork(resources.networks, {
    id: own,
    twinId: twin_id,
    name,
    workloadId: id,
    ipRange: data.ip_range,
    subnet: data.subnet,
    // Without a key the node gives the port back.
    wireguardPort: hasWireguard ? data.wireguard_listen_port : 0,
    myceliumAddress: myceliumAddress(Buffer.from(data.mycelium.hex_key, 'hex')),
  })
  if (!networks.ok) return failure(networks.error)
  const after = { ...resources, networks: networks.value }
  const wrong = hasWireguard ? wireguardRefusal(data) : undefined
  // Unlike a full node, this one keeps the network when only its WireGuard fails.
  return wrong === undefined ? done(after) : failure(wrong, after)
}

/** `network-light`: threefoldtech/zosbase: pkg/gridtypes/zos/network_light.go, pkg/primitives/network-light */
export const networkLight = workload('network-light', {
  data: lightData,
  challenge: (put, data) => {
    wireguardChallenge(put, data)
    myceliumChallenge(put, data.mycelium)
  },
  validate: data =>
    data.subnet === '' ? 'network resource subnet cannot empty' : myceliumRefusal(data.mycelium),
  runsOn: ['light'],
  installOrder: { light: 40 },
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
