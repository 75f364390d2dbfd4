// Which IPv4, IPv6 and MAC addresses the chain takes: the rules of `LeeSmet/valip` v0.4.0 and of the pallet on top.

import type { IP4, IP6, PublicConfig } from '../../types/grid.ts'

const ipv4Text = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

/** A plain IPv4 address as 32 bits; null when it is none. */
export function parseIp4(text: string): number | null {
  const octets = ipv4Text.exec(text)?.slice(1).map(Number)
  if (!octets || octets.some(octet => octet > 255)) return null
  return octets.reduce((bits, octet) => bits * 256 + octet, 0)
}

/**
 * A plain IPv6 address as 128 bits; null when it is none. No embedded IPv4, no zone. As upstream's parser does,
 * one colon too many is overlooked where an omission stands before a group (`1:::2` is `1::2`).
 */
export function parseIp6(text: string): bigint | null {
  if (text.length < 2 || text.length > 39) return null
  const sections = text.split(':')
  if (sections[0] === '') {
    sections.shift()
    if (sections[0] !== '') return null
  }
  const gap = sections.indexOf('')
  if (gap === -1) return sections.length === 8 ? bitsOfGroups(sections) : null
  const run = sections[gap + 1] === '' ? 2 : 1
  const before = sections.slice(0, gap)
  const after = sections.slice(gap + run)
  if (after.length === 0) {
    if (run === 1 || gap > 7) return null
  } else if (sections.length > 8) return null
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  return bitsOfGroups([...before, ...zeros, ...after])
}

function bitsOfGroups(groups: readonly string[]): bigint | null {
  if (!groups.every(group => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

/** Splits `address/mask`; a mask is decimal, and zero is written with one digit. */
function parseMask(text: string, limit: { digits: number; bits: number }): [string, number] | null {
  const slash = text.indexOf('/')
  if (slash === -1) return null
  const digits = text.slice(slash + 1)
  if (!/^\d+$/.test(digits) || digits.length > limit.digits) return null
  const mask = Number(digits)
  if (mask > limit.bits || (mask === 0 && digits.length > 1)) return null
  return [text.slice(0, slash), mask]
}

// `LeeSmet/valip: src/ip4.rs`: what is not public.
const privateIp4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '255.255.255.255/32',
].map(text => {
  const [address, mask] = text.split('/') as [string, string]
  return { prefix: parseIp4(address) ?? 0, mask: Number(mask) }
})

const isInIp4 = (prefix: number, mask: number, ip: number): boolean => {
  const size = 2 ** (32 - mask)
  return Math.floor(ip / size) === Math.floor(prefix / size)
}

const isPublicIp4 = (ip: number): boolean =>
  ip < 224 * 2 ** 24 && !privateIp4.some(({ prefix, mask }) => isInIp4(prefix, mask, ip))

/** Whether an address with mask and its gateway can be used in public (`tfchain_support: types.rs`). */
export function isValidIp4({ ip, gw }: IP4): boolean {
  const gateway = parseIp4(gw)
  const parts = parseMask(ip, { digits: 2, bits: 32 })
  if (gateway === null || parts === null || ip.length > 18) return false
  const [text, mask] = parts
  const address = parseIp4(text)
  if (address === null || address === gateway) return false
  return isPublicIp4(gateway) && isPublicIp4(address) && isInIp4(address, mask, gateway)
}

const isInIp6 = (prefix: bigint, mask: number, ip: bigint): boolean => {
  const shift = BigInt(128 - mask)
  return ip >> shift === prefix >> shift
}

// `LeeSmet/valip: src/ip6.rs`: discard prefix, private networks, link-local addresses; ff00::/8 is multicast.
const closedIp6 = [
  { prefix: 0x100n << 112n, mask: 64 },
  { prefix: 0xfc00n << 112n, mask: 7 },
  { prefix: 0xfe80n << 112n, mask: 10 },
  { prefix: 0xff00n << 112n, mask: 8 },
]

const isPublicIp6 = (ip: bigint): boolean =>
  !closedIp6.some(({ prefix, mask }) => isInIp6(prefix, mask, ip))

/** The same for IPv6. A mask of 0 contains the address itself alone, as upstream's bit mask has it. */
export function isValidIp6({ ip, gw }: IP6): boolean {
  const gateway = parseIp6(gw)
  const parts = parseMask(ip, { digits: 3, bits: 128 })
  if (gateway === null || parts === null || ip.length > 43) return false
  const [text, mask] = parts
  const address = parseIp6(text)
  if (address === null || address === gateway) return false
  const network = mask === 0 ? 128 : mask
  return isPublicIp6(gateway) && isPublicIp6(address) && isInIp6(address, network, gateway)
}

/** Whether a node may have this public configuration. */
export function isValidPublicConfig({ ip4, ip6, domain }: PublicConfig): boolean {
  if (domain !== null && !/^[A-Za-z0-9.-]*$/.test(domain)) return false
  return isValidIp4(ip4) && (ip6 === null || isValidIp6(ip6))
}

/** Six pairs of hex digits with colons between them. */
export function isMac(text: string): boolean {
  return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text)
}
