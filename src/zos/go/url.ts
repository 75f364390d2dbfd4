// URLs and host:port pairs as the node parses them, with its words for what is wrong.

import { accepted, type Outcome, refused } from '../outcome.ts'
import { isHexDigit } from './hex.ts'
import { parseAddress } from './ip.ts'
import { quoted } from './quote.ts'

/** The parts of a URL that the node looks at. */
export interface ParsedUrl {
  readonly scheme: string
  /** Host with port, as written. */
  readonly host: string
  /** Host without port and brackets. */
  readonly hostname: string
  readonly port: string
}

const hostCharacter = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/
const userinfo = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/

/** Control characters of ASCII; the node lets those of Latin-1 pass. */
function hasControlByte(text: string): boolean {
  return Array.from(text).some(character => character < ' ' || character === '\u007f')
}

type UrlPart = 'host' | 'zone' | 'other'

/** Decodes percent escapes of one part; the first bad escape or character is the error. */
function unescaped(text: string, part: UrlPart): Outcome<string> {
  let value = ''
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? ''
    if (character === '%') {
      const sequence = text.slice(index, index + 3)
      const wrong = refused(`invalid URL escape ${quoted(sequence)}`)
      if (!isHexDigit(sequence[1]) || !isHexDigit(sequence[2])) return wrong
      const byte = Number.parseInt(sequence.slice(1), 16)
      if (part === 'host' && byte < 0x80 && sequence !== '%25') return wrong
      const decoded = String.fromCharCode(byte)
      const isOddZone = sequence !== '%25' && decoded !== ' ' && !hostCharacter.test(decoded)
      if (part === 'zone' && isOddZone) return wrong
      value += decoded
      index += 2
    } else {
      const isAscii = character < '\u0080'
      if (part !== 'other' && isAscii && !hostCharacter.test(character)) {
        return refused(`invalid character ${quoted(character)} in host name`)
      }
      value += character
    }
  }
  return accepted(value)
}

function isOptionalPort(text: string): boolean {
  return text === '' || /^:[0-9]*$/.test(text)
}

function bracketedHost(host: string): Outcome<string> {
  const close = host.lastIndexOf(']')
  if (close < 0) return refused("missing ']' in host")
  const port = host.slice(close + 1)
  if (!isOptionalPort(port)) return refused(`invalid port ${quoted(port)} after host`)
  const inside = host.slice(1, close)
  const zoneAt = inside.indexOf('%25')
  const address = unescaped(zoneAt < 0 ? inside : inside.slice(0, zoneAt), 'host')
  if (!address.ok) return address
  const zone = zoneAt < 0 ? accepted('') : unescaped(inside.slice(zoneAt), 'zone')
  if (!zone.ok) return zone
  const name = address.value + zone.value
  const parsed = parseAddress(name)
  if (!parsed.ok) return refused(`invalid host: ${parsed.error}`)
  if (parsed.value.bytes.length === 4) return refused('invalid IP-literal')
  return accepted(`[${name}]${port}`)
}

function parseHost(host: string): Outcome<string> {
  const bracket = host.lastIndexOf('[')
  if (bracket > 0) return refused('invalid IP-literal')
  if (bracket === 0) return bracketedHost(host)
  const colon = host.lastIndexOf(':')
  const port = colon < 0 ? '' : host.slice(colon)
  if (!isOptionalPort(port)) return refused(`invalid port ${quoted(port)} after host`)
  return unescaped(host, 'host')
}

function parseAuthority(authority: string): Outcome<string> {
  const at = authority.lastIndexOf('@')
  const host = parseHost(authority.slice(at + 1))
  if (!host.ok || at < 0) return host
  const user = authority.slice(0, at)
  if (!userinfo.test(user)) return refused('net/url: invalid userinfo')
  const decoded = unescaped(user, 'other')
  return decoded.ok ? host : decoded
}

function splitHost(host: string): { readonly hostname: string; readonly port: string } {
  const colon = host.lastIndexOf(':')
  const hasPort = colon >= 0 && isOptionalPort(host.slice(colon))
  const name = hasPort ? host.slice(0, colon) : host
  const isBracketed = name.startsWith('[') && name.endsWith(']')
  return {
    hostname: isBracketed ? name.slice(1, -1) : name,
    port: hasPort ? host.slice(colon + 1) : '',
  }
}

function parseWithoutFragment(url: string): Outcome<ParsedUrl> {
  if (hasControlByte(url)) return refused('net/url: invalid control character in URL')
  if (url.startsWith(':')) return refused('missing protocol scheme')
  const scheme = /^([A-Za-z][A-Za-z0-9+\-.]*):/.exec(url)?.[1] ?? ''
  const afterScheme = scheme === '' ? url : url.slice(scheme.length + 1)
  const query = afterScheme.indexOf('?')
  const rest = query < 0 ? afterScheme : afterScheme.slice(0, query)
  const parts = (host: string) => ({ scheme: scheme.toLowerCase(), host, ...splitHost(host) })

  if (!rest.startsWith('/')) {
    if (scheme !== '') return accepted(parts(''))
    if (rest.split('/', 1)[0]?.includes(':')) {
      return refused('first path segment in URL cannot contain colon')
    }
  }
  let host = ''
  let path = rest
  if (rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'))) {
    const slash = rest.indexOf('/', 2)
    const authority = parseAuthority(slash < 0 ? rest.slice(2) : rest.slice(2, slash))
    if (!authority.ok) return authority
    host = authority.value
    path = slash < 0 ? '' : rest.slice(slash)
  }
  const decodedPath = unescaped(path, 'other')
  return decodedPath.ok ? accepted(parts(host)) : decodedPath
}

/** Parses a URL (golang/go: src/net/url/url.go). */
export function parseUrl(url: string): Outcome<ParsedUrl> {
  const hash = url.indexOf('#')
  const main = hash < 0 ? url : url.slice(0, hash)
  const parsed = parseWithoutFragment(main)
  if (!parsed.ok) return refused(`parse ${quoted(main)}: ${parsed.error}`)
  const fragment = unescaped(hash < 0 ? '' : url.slice(hash + 1), 'other')
  return fragment.ok ? parsed : refused(`parse ${quoted(url)}: ${fragment.error}`)
}

/** Splits `host:port` or `[host]:port` (golang/go: src/net/ipsock.go). */
export function splitHostPort(
  address: string,
): Outcome<{ readonly host: string; readonly port: string }> {
  const wrong = (why: string) => refused(`${address === '' ? '' : `address ${address}: `}${why}`)
  const colon = address.lastIndexOf(':')
  if (colon < 0) return wrong('missing port in address')
  const isBracketed = address.startsWith('[')
  const close = address.indexOf(']')
  if (isBracketed) {
    if (close < 0) return wrong("missing ']' in address")
    if (close + 1 !== colon) {
      const isTooMany = address[close + 1] === ':'
      return wrong(isTooMany ? 'too many colons in address' : 'missing port in address')
    }
  }
  const host = isBracketed ? address.slice(1, close) : address.slice(0, colon)
  if (!isBracketed && host.includes(':')) return wrong('too many colons in address')
  if (address.indexOf('[', isBracketed ? 1 : 0) >= 0) return wrong("unexpected '[' in address")
  if (address.indexOf(']', isBracketed ? close + 1 : 0) >= 0) {
    return wrong("unexpected ']' in address")
  }
  return accepted({ host, port: address.slice(colon + 1) })
}
