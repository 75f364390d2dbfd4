// Every identifier of a node's networks that follows from keys and names: ids, MACs, addresses.

import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import { blake3 } from '@noble/hashes/blake3.js'
import { base58 } from '@scure/base'
import { md5 } from '../crypto/hash.ts'
import { invariant } from '../kernel/errors.ts'
import { formatIp, ipBytes, splitCidr } from './go/ip.ts'
import { accepted, type Outcome, refused } from './outcome.ts'

const shortNameLength = 13
const macLength = 6

function shortName(text: string): string {
  return base58.encode(md5(text)).slice(0, shortNameLength)
}

function bytesOf(address: string): readonly number[] {
  const bytes = ipBytes(address)
  invariant(bytes !== undefined, `'${address}' is an IP address`)
  return bytes
}

/** The id of a twin's network on any node (threefoldtech/zosbase: pkg/gridtypes/zos/network.go). */
export function networkId(twinId: number, networkName: string): string {
  return shortName(`${twinId}:${networkName}`)
}

/** The names of what a network consists of on its node. */
export function networkNames(id: string) {
  return {
    namespace: `n-${id}`,
    bridge: `b-${id}`,
    wireguard: `w-${id}`,
    myceliumBridge: `m-${id}`,
  }
}

/** A name for a device of a workload, short enough for the kernel (pkg/gridtypes/id.go). */
export function uniqueName(workloadId: string, purpose: string): string {
  return shortName(`${workloadId}:${purpose}`)
}

/** Bytes of one MAC as text. */
function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(':')
}

/** The six bytes of MAC text. */
export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(':'), part => Number.parseInt(part, 16))
}

/** The ranges of MACs that the node allows itself (threefoldtech/zosbase: pkg/network/ifaceutil/mac.go). */
function isAllowedMac(mac: Uint8Array): boolean {
  const [a = 0, b = 0, , d = 0, e = 0, f = 0] = mac
  const front = (a << 8) | b
  const back = (d << 16) | (e << 8) | f
  if (back <= 0x0051ff) return front >= 0x0003
  if (back <= 0x9000ff) return front >= 0x0054 && front !== 0x3333
  return front >= 0x9002 && !mac.every(byte => byte === 0xff)
}

/** The MAC that belongs to some bytes or text, always the same one. */
export function macAddress(input: Uint8Array | string): string {
  let seed: Uint8Array | string = input
  for (;;) {
    const digest: Uint8Array = md5(seed)
    for (let offset = 0; offset <= digest.length - macLength; offset++) {
      digest[offset] = ((digest[offset] ?? 0) | 2) & 0xfe
      const mac = digest.subarray(offset, offset + macLength)
      if (isAllowedMac(mac)) return formatMac(mac)
    }
    seed = digest
  }
}

/** The taps and MACs of a machine on a full node. */
export function machineDevices(workloadId: string, networkName: string) {
  const privateUnique = uniqueName(workloadId, networkName)
  const planetaryUnique = uniqueName(workloadId, 'ygg')
  const myceliumUnique = uniqueName(workloadId, 'mycelium')
  return {
    private: { tap: `t-${privateUnique}`, mac: macAddress(privateUnique) },
    planetary: { tap: `t-${planetaryUnique}`, mac: macAddress(`ygg:${planetaryUnique}`) },
    mycelium: { tap: `t-${myceliumUnique}`, mac: macAddress(`mycelium:${myceliumUnique}`) },
  }
}

/** The taps and MACs of a machine on a light node (threefoldtech/zosbase: pkg/netlight/resource/resource.go). */
export function lightMachineDevices(workloadId: string, networkName: string) {
  const device = shortName(uniqueName(workloadId, networkName))
  const tap = (prefix: string) => ({ tap: prefix + device, mac: macAddress(prefix + device) })
  return { private: tap('b-'), mycelium: tap('m-') }
}

/** The tap, packet filter and MAC of a public address, from the id of its ip workload. */
export function publicIpDevices(workloadId: string) {
  const unique = uniqueName(workloadId, 'pub')
  return { tap: `p-${unique}`, filter: `r-${unique}`, mac: macAddress(unique) }
}

/** The namespace of the zdb container of a pool. */
export function zdbNamespace(poolName: string): string {
  return `zdb-ns-${macAddress(`pub:${poolName}`).replaceAll(':', '')}`
}

/** The address inside WireGuard that belongs to a subnet: `10.3.1.0/24` has `100.64.3.1/16`. */
export function wireguardAddress(subnet: string): string {
  const [, second, third] = bytesOf(splitCidr(subnet).address)
  return `100.64.${second}.${third}/16`
}

/** The first address of an IPv4 subnet, which is the node's own. */
export function subnetGateway(subnet: string): string {
  const bytes = bytesOf(splitCidr(subnet).address)
  return formatIp([...bytes.slice(0, -1), 1])
}

/** The private IPv6 address of a machine; upstream takes the id itself where it means its hash. */
export function privateIpv6(id: string, ipv4: string): string {
  const [c0, c1, c2, c3, c4] = Array.from(Buffer.from(id), byte => byte.toString(16))
  const [, , third = 0, fourth = 0] = bytesOf(ipv4)
  const host = `${third.toString(16)}::${fourth.toString(16)}`
  return formatIp(bytesOf(`fd${c0}:${c1}${c2}:${c3}${c4}:${host}`))
}

/** The address that a MAC gives itself in a public /64 (SLAAC), with the prefix. */
export function slaacAddress(prefix: string, mac: string): string {
  const { address, prefix: length } = splitCidr(prefix)
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macBytes(mac)
  const host = [a ^ 2, b, c, 0xff, 0xfe, d, e, f]
  return `${formatIp([...bytesOf(address).slice(0, 8), ...host])}/${length}`
}

function withHost(subnet: string, host: readonly number[] | Uint8Array): string {
  return formatIp([...bytesOf(splitCidr(subnet).address).slice(0, 8), ...host])
}

/** The /64 of an IPv6 address. */
export function ipv6Subnet(address: string): string {
  return `${withHost(address, new Uint8Array(8))}/64`
}

/** The first address of the /64 of an IPv6 address, with its prefix. */
export function ipv6Gateway(address: string): string {
  return `${withHost(address, [0, 0, 0, 0, 0, 0, 0, 1])}/64`
}

/** The planetary (Yggdrasil) address of a node's ed25519 public key. */
export function planetaryAddress(publicKey: Uint8Array): string {
  const bits = Array.from(publicKey, byte => (byte ^ 0xff).toString(2).padStart(8, '0')).join('')
  const ones = bits.indexOf('0')
  // Leading ones are counted, they and the zero after them are left out.
  const rest = bits.slice(ones + 1)
  const tail = Array.from({ length: 14 }, (_, index) =>
    Number.parseInt(rest.slice(index * 8, index * 8 + 8).padEnd(8, '0'), 2),
  )
  return formatIp([0x02, ones, ...tail])
}

/** The planetary /64 that a node gives its workloads addresses from. */
export function planetarySubnet(publicKey: Uint8Array): string {
  const [first = 0, ...rest] = bytesOf(planetaryAddress(publicKey)).slice(0, 8)
  return `${formatIp([first | 1, ...rest, 0, 0, 0, 0, 0, 0, 0, 0])}/64`
}

/** The address inside a node's /64 that belongs to some bytes, usually a MAC. */
export function hashedAddress(subnet: string, bytes: Uint8Array): string {
  return withHost(subnet, createHash('sha512').update(bytes).digest().subarray(0, 8))
}

const x25519Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex')

function x25519PublicKey(secret: Uint8Array): Uint8Array {
  const der = Buffer.concat([x25519Prefix, secret])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
}

function bitCount(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length
}

/** The mycelium address of a 32-byte secret (mycelium 0.5 and later). */
export function myceliumAddress(secret: Uint8Array): string {
  const hash = blake3(x25519PublicKey(secret), { dkLen: 16 })
  hash[0] = 0x04 | (bitCount(hash[0] ?? 0) % 2)
  return formatIp(hash)
}

/**
 * The mycelium /64 that a node gives its own services addresses from, by the 32-byte seed of its
 * ed25519 key (threefoldtech/zosbase: pkg/network/mycelium/mycelium.go).
 */
export function nodeMyceliumSubnet(seed: Uint8Array): string {
  const secret = createHash('sha512').update(seed).digest().subarray(0, 32)
  return ipv6Subnet(myceliumAddress(secret))
}

/** The mycelium address of a machine, from its network's address and its 6-byte seed in hex. */
export function machineMyceliumIp(networkAddress: string, seed: string): Outcome<string> {
  if (seed === '000000000000' || seed === 'ffffffffffff') return refused('invalid seed')
  const seedBytes = Buffer.from(seed, 'hex')
  return accepted(withHost(networkAddress, [0xff, 0x0f, ...seedBytes]))
}

/** Where a machine's console answers on a full node. */
export function consoleUrl(subnet: string, ipv4: string): string {
  return `${subnetGateway(subnet)}:${consolePort(ipv4)}`
}

/** Where a machine's console answers on a light node: at the network's mycelium address. */
export function lightConsoleUrl(networkAddress: string, ipv4: string): string {
  return `[${networkAddress}]:${consolePort(ipv4)}`
}

function consolePort(ipv4: string): number {
  return 20_000 + (bytesOf(ipv4)[3] ?? 0)
}

/** The printable id of a node: its public key in base58. */
export function nodeIdentity(publicKey: Uint8Array): string {
  return base58.encode(publicKey)
}
