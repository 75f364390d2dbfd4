// What full and light networks have in common: WireGuard peers and the mycelium key.

import { base64Length } from '../go/base64.ts'
import { cidr, type Decoded, hexBytes, list, struct, text } from '../go/json-decoder.ts'
import { splitHostPort } from '../go/url.ts'
import type { ChallengeWriter } from './workload-type.ts'

const myceliumKeyBytes = 32
const wireguardKeyBytes = 32

/** Another node or user of the network: threefoldtech/zosbase: pkg/gridtypes/zos/network.go */
export const peer = struct('zos.Peer', {
  subnet: cidr,
  wireguard_public_key: text(),
  allowed_ips: list(cidr),
  endpoint: text(),
})

/** The network's own mycelium identity. */
export const mycelium = struct('zos.Mycelium', {
  hex_key: hexBytes(),
  peers: list(text('zos.MyceliumPeer')),
})

/** A decoded peer. */
export type Peer = Decoded<typeof peer>

/** A decoded mycelium configuration. */
export type Mycelium = Decoded<typeof mycelium>

/** The WireGuard part of a challenge, from the range to the last peer. */
export function wireguardChallenge(
  put: ChallengeWriter,
  data: {
    readonly ip_range: string
    readonly subnet: string
    readonly wireguard_private_key: string
    readonly wireguard_listen_port: number
    readonly peers: readonly Peer[]
  },
): void {
  put.address(data.ip_range)
  put.address(data.subnet)
  put.text(data.wireguard_private_key)
  put.number(data.wireguard_listen_port)
  for (const entry of data.peers) {
    put.text(entry.wireguard_public_key)
    put.text(entry.endpoint)
    put.address(entry.subnet)
    for (const range of entry.allowed_ips) put.address(range)
  }
}

/** The mycelium part of a challenge. */
export function myceliumChallenge(put: ChallengeWriter, data: Mycelium): void {
  put.text(data.hex_key)
  for (const entry of data.peers) put.text(entry)
}

/** What is wrong with a peer, or nothing. */
export function peerRefusal(entry: Peer): string | undefined {
  if (entry.subnet === '') return 'peer wireguard subnet cannot empty'
  if (entry.allowed_ips.length === 0) return 'peer wireguard allowedIPs cannot empty'
  if (entry.wireguard_public_key === '') return 'peer wireguard public key cannot empty'
  return undefined
}

/** What is wrong with a mycelium configuration, or nothing. */
export function myceliumRefusal(data: Mycelium): string | undefined {
  if (data.hex_key.length !== myceliumKeyBytes * 2) {
    return `invalid mycelium key length, expected ${myceliumKeyBytes}`
  }
  if (data.peers.length > 0) return 'user defined peers list is not supported right now'
  return undefined
}

/** What WireGuard says of a key, or nothing (WireGuard/wgctrl-go: wgtypes/types.go). */
function keyRefusal(key: string): string | undefined {
  const length = base64Length(key)
  if (!length.ok) return `wgtypes: failed to parse base64-encoded key: ${length.error}`
  if (length.value !== wireguardKeyBytes) return `wgtypes: incorrect key size: ${length.value}`
  return undefined
}

function peerConfigRefusal({ wireguard_public_key, endpoint }: Peer): string | undefined {
  const wrongKey = keyRefusal(wireguard_public_key)
  if (wrongKey !== undefined || endpoint === '') return wrongKey
  const address = splitHostPort(endpoint)
  if (!address.ok) return address.error
  const { port } = address.value
  if (/^[+-]?[0-9]{1,18}$/.test(port)) return undefined
  return `strconv.Atoi: parsing "${port}": invalid syntax`
}

/** What keeps WireGuard from being configured: peers first, then the node's own key. */
export function wireguardRefusal(data: {
  readonly wireguard_private_key: string
  readonly peers: readonly Peer[]
}): string | undefined {
  const refusals = data.peers.map(peerConfigRefusal)
  const first = refusals.find(refusal => refusal !== undefined)
  const cause = first ?? keyRefusal(data.wireguard_private_key)
  if (cause === undefined) return undefined
  return `failed to configure network resource: failed to configure wireguard interface: ${cause}`
}
