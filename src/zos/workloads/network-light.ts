// A private network on a light node: mycelium always, WireGuard when a key is given.

import { cidr, list, struct, text, uint16 } from '../go/json-decoder.ts'
import {
  mycelium,
  myceliumChallenge,
  myceliumRefusal,
  peer,
  wireguardChallenge,
} from './network-parts.ts'
import { workload } from './workload-type.ts'

/** `network-light`: threefoldtech/zosbase: pkg/gridtypes/zos/network_light.go */
export const networkLight = workload('network-light', {
  data: struct('zos.NetworkLight', {
    subnet: cidr,
    mycelium,
    ip_range: cidr,
    wireguard_private_key: text(),
    wireguard_listen_port: uint16,
    peers: list(peer),
  }),
  challenge: (put, data) => {
    wireguardChallenge(put, data)
    myceliumChallenge(put, data.mycelium)
  },
  validate: data =>
    data.subnet === '' ? 'network resource subnet cannot empty' : myceliumRefusal(data.mycelium),
  runsOn: ['light'],
  installOrder: { light: 40 },
  isSharable: true,
  isUpdatable: true,
})
