// A node as the proxy sees it: its rows of the index, and what follows from them whatever the time is.

import type { JsonValue, Row } from '../indexer/entities.ts'
import type { RowReader } from '../indexer/store.ts'
import { monthlyPrice } from './price.ts'

/** Bytes; the CPUs are a number. */
export interface Resources {
  readonly cru: number
  readonly sru: number
  readonly hru: number
  readonly mru: number
}

/** Everything of a node that only changes with the index. */
export interface NodeView {
  readonly row: Row<'Node'>
  readonly nodeId: number
  readonly twinId: number
  /** Unix seconds. */
  readonly updatedAt: number
  readonly farm: Row<'Farm'> | undefined
  readonly farmName: string
  readonly isFarmDedicated: boolean
  readonly farmFreeIps: number
  readonly config: Row<'PublicConfig'> | undefined
  readonly power: JsonValue<'NodePower'> | null
  readonly longitude: number | null
  readonly latitude: number | null
  readonly region: string | null
  readonly total: Resources
  readonly used: Resources
  /** Total less used; may be negative. */
  readonly free: Resources
  /** Twin and contract of an active rent contract, or 0. */
  readonly renter: number
  readonly rentContractId: number
  /** How many node contracts are active. */
  readonly contracts: number
  readonly isRentable: boolean
  /** What the filter and the statistics take for dedicated. */
  readonly isDedicated: boolean
  readonly extraFee: number
  readonly isCertified: boolean
  /** USD a month without a discount. */
  readonly price: number
}

/** What the system of a node keeps of its memory at least, and its cache, in bytes. */
const systemMru = 2 * 1024 ** 3
const systemSru = 20 * 1024 ** 3

const nothing: Resources = { cru: 0, sru: 0, hru: 0, mru: 0 }

const activeStates: ReadonlySet<string> = new Set(['Created', 'GracePeriod'])

/** Whether a contract holds what it was made for. */
function isActive({ state }: { readonly state: string }): boolean {
  return activeStates.has(state)
}

/** Derives the view of a node. */
export function nodeViewOf(
  row: Row<'Node'>,
  rows: RowReader,
  regionOf: (country: string) => string | null,
): NodeView {
  const farm = rows.one('Farm', 'farmID', row.farmID)
  const { total, used, contracts } = usageOf(row, rows)
  const rent = rows.find('RentContract', 'nodeID', row.nodeID).find(isActive)
  const location = rows.get('Location', row.location)
  const isFarmDedicated = farm?.dedicatedFarm === true
  const renter = rent?.twinID ?? 0
  const isCertified = row.certification === 'Certified'
  const extraFee = Number(row.extraFee ?? 0n)
  const policy = policyOf(farm, rows)
  const isEmptied = isFarmDedicated || contracts === 0
  return {
    row,
    nodeId: row.nodeID,
    twinId: row.twinID,
    updatedAt: Number(row.updatedAt),
    farm,
    farmName: farm?.name ?? '',
    isFarmDedicated,
    farmFreeIps: farm ? freeIpsOf(farm, rows) : 0,
    config: rows.one('PublicConfig', 'node', row.key),
    power: row.power,
    longitude: decimalOf(location?.longitude),
    latitude: decimalOf(location?.latitude),
    region: row.country === null ? null : regionOf(row.country),
    total,
    used,
    free: less(total, used),
    renter,
    rentContractId: Number(rent?.contractID ?? 0n),
    contracts,
    isRentable: isEmptied && rent === undefined,
    isDedicated: isEmptied || rent !== undefined,
    extraFee,
    isCertified,
    price: policy === null ? 0 : monthlyPrice({ ...total, isCertified, extraFee, policy }),
  }
}

/** How many addresses of a farm nobody has. */
function freeIpsOf(farm: Row<'Farm'>, rows: RowReader): number {
  return rows.find('PublicIp', 'farm', farm.key).filter(ip => ip.contractId === 0n).length
}

function usageOf(row: Row<'Node'>, rows: RowReader) {
  const totals = rows.one('NodeResourcesTotal', 'node', row.key)
  const total = totals === undefined ? nothing : resourcesOf(totals)
  const active = rows.find('NodeContract', 'nodeID', row.nodeID).filter(isActive)
  const used = {
    cru: 0,
    sru: systemSru,
    hru: 0,
    // A tenth, rounded to the nearest whole number; halves go up.
    mru: Math.max(Math.floor((total.mru + 5) / 10), systemMru),
  }
  for (const { resourcesUsed } of active) {
    const reported = rows.get('ContractResources', resourcesUsed)
    if (reported === undefined) continue
    const { cru, sru, hru, mru } = resourcesOf(reported)
    used.cru += cru
    used.sru += sru
    used.hru += hru
    used.mru += mru
  }
  return { total, used, contracts: active.length }
}

function resourcesOf(row: Row<'NodeResourcesTotal'> | Row<'ContractResources'>): Resources {
  const { cru, sru, hru, mru } = row
  return { cru: Number(cru), sru: Number(sru), hru: Number(hru), mru: Number(mru) }
}

function less(total: Resources, used: Resources): Resources {
  return {
    cru: total.cru - used.cru,
    sru: total.sru - used.sru,
    hru: total.hru - used.hru,
    mru: total.mru - used.mru,
  }
}

/** The prices of a farm's nodes; farms from before there were policies have the first one. */
function policyOf(farm: Row<'Farm'> | undefined, rows: RowReader) {
  if (farm === undefined) return null
  const policy = rows.one('PricingPolicy', 'pricingPolicyID', farm.pricingPolicyID || 1)
  return policy ? { cu: policy.cu.value ?? 0, su: policy.su.value ?? 0 } : null
}

const decimalForm = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** A coordinate that is a number; farmers may write anything. */
function decimalOf(text: string | undefined): number | null {
  const trimmed = text?.trim() ?? ''
  if (!decimalForm.test(trimmed)) return null
  const value = Number(trimmed)
  return Number.isFinite(value) ? value : null
}
