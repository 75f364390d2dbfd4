// IP addresses and CIDR ranges: the node's parser, its canonical text, and what is asked of them.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { quoted } from './quote.ts'

/** A parsed address: 4 bytes from dotted text, 16 from text with colons. */
interface Parsed {
  readonly bytes: readonly number[]
  readonly zone: string
}

/** Why text is no address, in the node's words and with the rest of the text where it noticed. */
function broken(text: string, why: string, at = ''): { ok: false; error: string } {
  return refused(`ParseAddr(${quoted(text)}): ${why}${at === '' ? '' : ` (at ${quoted(at)})`}`)
}

function parseIpv4(all: string, part = all): Outcome<readonly number[]> {
  const fields: number[] = []
  let value = 0
  let digits = 0
  for (let index = 0; index < part.length; index++) {
    const character = part[index] ?? ''
    if (/[0-9]/.test(character)) {
      if (digits === 1 && value === 0) {
        return broken(all, 'IPv4 field has octet with leading zero')
      }
      value = value * 10 + Number(character)
      digits++
      if (value > 255) return broken(all, 'IPv4 field has value >255')
    } else if (character === '.') {
      if (index === 0 || index === part.length - 1 || part[index - 1] === '.') {
        return broken(all, 'IPv4 field must have at least one digit', part.slice(index))
      }
      if (fields.length === 3) return broken(all, 'IPv4 address too long')
      fields.push(value)
      value = 0
      digits = 0
    } else {
      return broken(all, 'unexpected character', part.slice(index))
    }
  }
  if (fields.length < 3) return broken(all, 'IPv4 address too short')
  return accepted([...fields, value])
}

function parseIpv6(all: string): Outcome<Parsed> {
  const percent = all.indexOf('%')
  const zone = percent < 0 ? '' : all.slice(percent + 1)
  let rest = percent < 0 ? all : all.slice(0, percent)
  if (percent >= 0 && zone === '') return broken(all, 'zone must be a non-empty string')

  const bytes: number[] = []
  let gap = -1
  if (rest.startsWith('::')) {
    gap = 0
    rest = rest.slice(2)
    if (rest === '') return accepted({ bytes: new Array<number>(16).fill(0), zone })
  }
  while (bytes.length < 16) {
    const group = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? ''
    if (group.length > 4) return broken(all, 'each group must have 4 or less digits', rest)
    if (group === '') {
      return broken(all, 'each colon-separated field must have at least one digit', rest)
    }
    if (rest[group.length] === '.') {
      if (gap < 0 && bytes.length !== 12) {
        const why = 'embedded IPv4 address must replace the final 2 fields of the address'
        return broken(all, why, rest)
      }
      if (bytes.length + 4 > 16) {
        const why = 'too many hex fields to fit an embedded IPv4 at the end of the address'
        return broken(all, why, rest)
      }
      const ending = parseIpv4(all, rest)
      if (!ending.ok) return ending
      bytes.push(...ending.value)
      rest = ''
      break
    }
    const value = Number.parseInt(group, 16)
    bytes.push(value >> 8, value & 0xff)
    rest = rest.slice(group.length)
    if (rest === '') break
    if (rest[0] !== ':') return broken(all, 'unexpected character, want colon', rest)
    if (rest.length === 1) return broken(all, 'colon must be followed by more characters', rest)
    rest = rest.slice(1)
    if (rest[0] === ':') {
      if (gap >= 0) return broken(all, 'multiple :: in address', rest)
      gap = bytes.length
      rest = rest.slice(1)
      if (rest === '') break
    }
  }
  if (rest !== '') return broken(all, 'trailing garbage after address', rest)
  if (bytes.length < 16) {
    if (gap < 0) return broken(all, 'address string too short')
    bytes.splice(gap, 0, ...new Array<number>(16 - bytes.length).fill(0))
  } else if (gap >= 0) {
    return broken(all, 'the :: must expand to at least one field of zeros')
  }
  return accepted({ bytes, zone })
}

/** Parses address text (golang/go: src/net/netip/netip.go); the error names what is wrong. */
export function parseAddress(text: string): Outcome<Parsed> {
  const first = /[.:%]/.exec(text)?.[0]
  if (first === undefined) return broken(text, 'unable to parse IP')
  if (first === '%') return broken(text, 'missing IPv6 address')
  if (first === ':') return parseIpv6(text)
  const bytes = parseIpv4(text)
  return bytes.ok ? accepted({ bytes: bytes.value, zone: '' }) : bytes
}

const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** The shortest form: 4 bytes for IPv4 and IPv4-mapped addresses, else 16. */
function shortest(bytes: readonly number[]): readonly number[] {
  const isMapped = bytes.length === 16 && mappedPrefix.every((byte, index) => bytes[index] === byte)
  return isMapped ? bytes.slice(12) : bytes
}

/** Canonical text of 4 or 16 bytes. */
export function formatIp(address: readonly number[] | Uint8Array): string {
  const bytes = shortest(Array.from(address))
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) => {
    return ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)
  })
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; ) {
    let end = start
    while (end < 8 && groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
    start = Math.max(end, start + 1)
  }
  const hex = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map(group => group.toString(16))
      .join(':')
  if (best.start < 0) return hex(0, 8)
  return `${hex(0, best.start)}::${hex(best.start + best.length, 8)}`
}

/** The bytes of address text (4 or 16; zones are no addresses here), or nothing. */
export function ipBytes(text: string): readonly number[] | undefined {
  const parsed = parseAddress(text)
  return parsed.ok && parsed.value.zone === '' ? shortest(parsed.value.bytes) : undefined
}

/** Canonical address text, or the node's refusal. */
export function canonicalIp(text: string): Outcome<string> {
  const bytes = ipBytes(text)
  return bytes === undefined ? refused(`invalid IP address: ${text}`) : accepted(formatIp(bytes))
}

/** Canonical `address/prefix` that keeps host bits, or the node's refusal. */
export function canonicalCidr(text: string): Outcome<string> {
  const invalid = refused(`invalid CIDR address: ${text}`)
  const slash = text.indexOf('/')
  if (slash < 0) return invalid
  const parsed = parseAddress(text.slice(0, slash))
  const prefixText = text.slice(slash + 1)
  if (!parsed.ok || parsed.value.zone !== '' || !/^[0-9]+$/.test(prefixText)) return invalid
  const { bytes } = parsed.value
  const prefix = Number(prefixText)
  if (prefix > bytes.length * 8) return invalid
  const short = shortest(bytes)
  const shortPrefix = short.length < bytes.length ? Math.max(0, prefix - 96) : prefix
  return accepted(`${formatIp(short)}/${shortPrefix}`)
}

/** Is this canonical address text of IPv4? */
export function isIpv4(canonical: string): boolean {
  return canonical !== '' && !canonical.includes(':')
}

/** Is the address one of the machine's own (127.0.0.0/8, ::1)? */
export function isLoopback(text: string): boolean {
  const bytes = ipBytes(text)
  if (bytes === undefined) return false
  return bytes.length === 4 ? bytes[0] === 127 : formatIp(bytes) === '::1'
}

/** The two parts of a canonical CIDR text. */
export function splitCidr(canonical: string): {
  readonly address: string
  readonly prefix: number
} {
  const [address = '', prefix = '0'] = canonical.split('/')
  return { address, prefix: Number(prefix) }
}

/** Is an address inside a range? Both as text; of different families, never. */
export function cidrContains(range: string, address: string): boolean {
  const { address: base, prefix } = splitCidr(range)
  const network = ipBytes(base)
  const host = ipBytes(address)
  if (network === undefined || host === undefined || network.length !== host.length) return false
  return network.every((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefix - index * 8))
    const mask = (0xff << (8 - bits)) & 0xff
    return (byte & mask) === ((host[index] ?? 0) & mask)
  })
}
