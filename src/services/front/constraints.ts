// For which names and addresses the local authority may speak, so that a stolen key is good for nothing else: the
// grid's names, names that are nobody's, and addresses that are not public.

import { BlockList, isIP } from 'node:net'
import { ownTops } from './names.ts'
import { addressBytes, type NameConstraints } from './x509.ts'

/** Networks by address, prefix length and mask. */
const networks = [
  ['127.0.0.0', 8, '255.0.0.0'],
  ['10.0.0.0', 8, '255.0.0.0'],
  ['172.16.0.0', 12, '255.240.0.0'],
  ['192.168.0.0', 16, '255.255.0.0'],
  ['169.254.0.0', 16, '255.255.0.0'],
  ['::1', 128, 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['fc00::', 7, 'fe00::'],
  ['fe80::', 10, 'ffc0::'],
] as const

const permitted = new BlockList()
for (const [address, prefix] of networks) {
  permitted.addSubnet(address, prefix, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

/** The constraints as certificates carry them. */
export const constraints: NameConstraints = {
  domains: ['grid.tf', 'threefold.me', 'raw.githubusercontent.com', ...ownTops],
  networks: networks.map(([address, , mask]) =>
    [address, mask].flatMap(text => addressBytes(text) ?? []),
  ),
}

/** Whether the authority may speak for an address. */
export function isPermittedAddress(address: string): boolean {
  const version = isIP(address)
  return version !== 0 && permitted.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
