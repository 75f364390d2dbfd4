// The backends of a gateway: what each may look like, and where it points.

import { formatIp, ipBytes, isLoopback } from '../go/ip.ts'
import { parseUrl, splitHostPort } from '../go/url.ts'
import { accepted, type Outcome, refused } from '../outcome.ts'

const maxUint64 = 2n ** 64n - 1n

/** Splits `ip:port`. */
function parseIpPort(backend: string): Outcome<{ readonly ip: string; readonly port: string }> {
  const parts = splitHostPort(backend)
  if (!parts.ok) return refused(`failed to parse backend ${backend} with error: ${parts.error}`)
  const { host, port } = parts.value
  if (ipBytes(host) === undefined) return refused('invalid ip')
  const digits = port.replace(/^0+(?=[0-9])/, '')
  if (!/^[0-9]{1,20}$/.test(digits) || BigInt(digits) > maxUint64) {
    return refused(`invalid port in backend: ${port}`)
  }
  if (BigInt(digits) > 65_535n) return refused(`port '${port}' must be <= 65535`)
  return accepted({ ip: host, port })
}

/**
 * What is wrong with a backend, or nothing: `ip:port` when TLS passes through, `http://ip[:port]`
 * when it does not (threefoldtech/zosbase: pkg/gridtypes/zos/gw.go).
 */
export function backendRefusal(backend: string, isTlsPassthrough: boolean): string | undefined {
  if (isTlsPassthrough) {
    const parsed = parseIpPort(backend)
    if (parsed.ok) return undefined
    return `failed to parse backend ${backend} with error: ${parsed.error}`
  }
  const url = parseUrl(backend)
  if (!url.ok) return `failed to parse backend with error: ${url.error}`
  if (url.value.scheme !== 'http') return 'scheme expected to be http'
  const { hostname } = url.value
  if (ipBytes(hostname) === undefined || isLoopback(hostname)) {
    return `invalid ip address in backend: ${hostname}`
  }
  return undefined
}

/** The refusals of all bad backends of a list, in order. */
export function backendRefusals(
  backends: readonly string[],
  isTlsPassthrough: boolean,
): readonly string[] {
  return backends.flatMap(backend => {
    const refusal = backendRefusal(backend, isTlsPassthrough)
    return refusal === undefined ? [] : [`failed to validate backend '${backend}': ${refusal}`]
  })
}

/** The address and port that a gateway dials for a backend. */
export function backendAddress(backend: string): Outcome<string> {
  if (parseIpPort(backend).ok) return accepted(backend)
  const url = parseUrl(backend)
  if (!url.ok) return refused(`failed to parse backend as a url: ${url.error}`)
  const { host, port } = url.value
  return accepted(port === '' ? `${host}:80` : host)
}

/** The address that a backend names, in canonical text; nothing when it names none. */
export function backendIp(backend: string): string | undefined {
  const direct = parseIpPort(backend)
  const url = direct.ok ? undefined : parseUrl(backend)
  const host = direct.ok ? direct.value.ip : url?.ok ? url.value.hostname : ''
  const bytes = ipBytes(host)
  return bytes === undefined ? undefined : formatIp(bytes)
}
