// What the texts and numbers of twins, farms and nodes may be; each check raises upstream's error, in upstream's order.

import type { ByteString } from '../../../scale/byte-string.ts'
import type { Resources } from '../../types/grid.ts'
import { isMac, parseIp4, parseIp6 } from './addresses.ts'
import type { TfgridTx } from './logic.ts'
import { gibibyte } from './resources.ts'
import type { InterfaceInput, LocationInput } from './types.ts'

// The shortest texts; the longest are bounds of the calls' arguments (`pallet-tfgrid/src/{farm,node,interface,terms_cond}.rs`).
const shortest = { farmName: 3, country: 2, interfaceName: 3, interfaceIp: 7, mac: 17 } as const

export function checkFarmName(tx: TfgridTx, name: ByteString): void {
  if (name.length < shortest.farmName) throw tx.error('FarmNameTooShort')
  if (!/^[A-Za-z0-9_-]*$/.test(name)) throw tx.error('InvalidFarmName')
}

export function checkCountry(tx: TfgridTx, country: ByteString): void {
  if (country.length < shortest.country) throw tx.error('CountryNameTooShort')
}

export function checkCity(tx: TfgridTx, city: ByteString): void {
  if (city.length === 0) throw tx.error('CityNameTooShort')
}

export function checkLocation(tx: TfgridTx, location: LocationInput): void {
  checkCity(tx, location.city)
  checkCountry(tx, location.country)
  if (location.latitude.length === 0) throw tx.error('LatitudeInputTooShort')
  if (!isCoordinate(location.latitude, 90)) throw tx.error('InvalidLatitudeInput')
  if (location.longitude.length === 0) throw tx.error('LongitudeInputTooShort')
  if (!isCoordinate(location.longitude, 180)) throw tx.error('InvalidLongitudeInput')
}

/** Whether a text is `Unknown`, or what Rust parses as an f32 from -limit to limit. */
export function isCoordinate(text: ByteString, limit: 90 | 180): boolean {
  if (text === 'Unknown') return true
  const parts = /^[+-]?(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)
  if (!parts) return false
  const near = Math.abs(Number(text))
  if (Math.abs(near - limit) > 1) return near < limit
  // Near the limit rounding to 32 bits decides. Both limits have even mantissas, so that even the number half
  // a step above rounds down to them: it is compared exactly, since a detour over 64 bits would round twice.
  const [, whole = '', fraction = '', exponent = '0'] = parts
  const places = fraction.length - Number(exponent)
  const digits = BigInt(whole + fraction)
  const value = places < 0 ? digits * 10n ** BigInt(-places) : digits
  const scale = places < 0 ? 1n : 10n ** BigInt(places)
  const halfStep = limit === 90 ? 18n : 17n
  return value << halfStep <= ((BigInt(limit) << halfStep) + 1n) * scale
}

export function checkInterfaces(tx: TfgridTx, interfaces: readonly InterfaceInput[]): void {
  for (const { name, mac, ips } of interfaces) {
    if (name.length < shortest.interfaceName) throw tx.error('InterfaceNameTooShort')
    if (!/^[a-z0-9_-]*$/.test(name)) throw tx.error('InvalidInterfaceName')
    if (mac.length < shortest.mac) throw tx.error('InterfaceMacTooShort')
    if (!isMac(mac)) throw tx.error('InvalidMacAddress')
    for (const ip of ips) {
      if (ip.length < shortest.interfaceIp) throw tx.error('InterfaceIpTooShort')
      if (parseIp4(ip) === null && parseIp6(ip) === null) throw tx.error('InvalidInterfaceIP')
    }
  }
}

/** The least that a node has: 100 GiB of disk of one kind (`docs/architecture/0022-allow-hdd-only-nodes.md`). */
export function checkResources(tx: TfgridTx, { hru, sru, cru, mru }: Resources): void {
  const disk = 100n * gibibyte
  if (hru < disk && sru < disk) throw tx.error('InvalidStorageInput')
  if (cru < 1n) throw tx.error('InvalidCRUInput')
  if (mru < 2n * gibibyte) throw tx.error('InvalidMRUInput')
}

/**
 * A relay string: labels of letters, digits, `-` and `_` between dots. A dot may not be first, last, or one
 * byte after where the label began to count, which forbids a first label of one character, and empty ones.
 * Unless the chain is strict, `:` and `/` count as letters, so that an address with a port and a path fits.
 */
export function checkRelay(tx: TfgridTx, relay: ByteString | null): void {
  if (relay === null) return
  const letters = tx.settings.strictRelay ? /^[A-Za-z0-9._-]+$/ : /^[A-Za-z0-9._:/-]+$/
  const hasBadDot = /^.?\.|\.\.|\.$/.test(relay)
  if (!letters.test(relay) || hasBadDot) throw tx.error('InvalidRelayAddress')
}

export function checkDocument(tx: TfgridTx, link: ByteString, hash: ByteString): void {
  if (link.length === 0) throw tx.error('DocumentLinkInputTooShort')
  if (!/^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]*$/.test(link))
    throw tx.error('InvalidDocumentLinkInput')
  if (hash.length === 0) throw tx.error('DocumentHashInputTooShort')
  if (!/^[A-Za-z0-9_-]*$/.test(hash)) throw tx.error('InvalidDocumentHashInput')
}
