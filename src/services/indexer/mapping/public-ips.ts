// Which public addresses of farms the index takes (`threefoldtech/tfchain_graphql: src/mappings/farms.ts`).

import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { PublicIP } from '../../../chain/types/grid.ts'

/** Ranges that upstream's address library (`ipaddr.js`) does not call unicast. */
const closed = { ipv4: new BlockList(), ipv6: new BlockList() }
// A list of each family: one list would take every IPv4 address for a member of ::ffff:0:0/96.
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const) {
  closed.ipv4.addSubnet(network, prefix, 'ipv4')
}
for (const [network, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  closed.ipv6.addSubnet(network, prefix, 'ipv6')
}

/** A public address with its mask, and a gateway beside it in the same network. */
export function isUsableIp({ ip, gateway }: Pick<PublicIP, 'ip' | 'gateway'>): boolean {
  const [address, mask, ...rest] = ip.split('/')
  if (address === undefined || mask === undefined || rest.length > 0) return false
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null
  if (family === null || !/^\d{1,3}$/.test(mask)) return false
  if (Number(mask) > (family === 'ipv4' ? 32 : 128)) return false
  const isSameFamily = family === 'ipv4' ? isIPv4(gateway) : isIPv6(gateway)
  if (!isSameFamily || address === gateway) return false
  if (closed[family].check(address, family) || closed[family].check(gateway, family)) return false
  const network = new BlockList()
  network.addSubnet(address, Number(mask), family)
  return network.check(gateway, family)
}
