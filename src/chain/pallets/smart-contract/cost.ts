// What contracts cost: units of resources in 10^-7 USD, their price in TFT, and the discount for those who hold TFT.

import type { Resources } from '../../types/grid.ts'
import type { Policy, PricingPolicy, Unit } from '../tfgrid/types.ts'
import {
  divide,
  type Fixed,
  fixed,
  fixedOfDouble,
  larger,
  multiply,
  percentOf,
  round,
  smaller,
  wrap64,
} from './fixed-point.ts'
import type { ContractData, DiscountLevel } from './types.ts'

/** Prices are for an hour (`tfchain: substrate-node/runtime/src/lib.rs`, BillingReferencePeriod). */
export const referencePeriod = 3600n

/** A month has 30 days (`tfchain: substrate-node/support/src/constants.rs`, SECS_PER_MONTH). */
const secondsPerMonth = 2_592_000n

const hoursPerMonth = 720n

/** Units in a mUSD. */
const unitsPerMusd = 10_000n

/** 10^-7 TFT in a TFT. */
const precision = 10_000_000n

const powersOf1024: Record<Unit, bigint> = {
  Bytes: 1n,
  Kilobytes: 1024n,
  Megabytes: 1024n ** 2n,
  Gigabytes: 1024n ** 3n,
  Terrabytes: 1024n ** 4n,
}

const powersOf1000: Record<Unit, bigint> = {
  Bytes: 1n,
  Kilobytes: 10n ** 3n,
  Megabytes: 10n ** 6n,
  Gigabytes: 10n ** 9n,
  Terrabytes: 10n ** 12n,
}

/** What a second of one unit costs, by what is counted. */
interface Rates {
  readonly su: Fixed
  readonly cu: Fixed
  readonly ipu: Fixed
  readonly uniqueName: Fixed
  readonly suFactor: Fixed
  readonly cuFactor: Fixed
}

const ratesOfPolicy = new WeakMap<PricingPolicy, Rates>()

const perSecond = (policy: Policy): Fixed =>
  divide(fixed(BigInt(policy.value)), fixed(referencePeriod))

function ratesOf(policy: PricingPolicy): Rates {
  const known = ratesOfPolicy.get(policy)
  if (known) return known
  const rates: Rates = {
    su: perSecond(policy.su),
    cu: perSecond(policy.cu),
    ipu: perSecond(policy.ipu),
    uniqueName: perSecond(policy.unique_name),
    suFactor: fixed(powersOf1024[policy.su.unit]),
    cuFactor: fixed(powersOf1024[policy.cu.unit]),
  }
  ratesOfPolicy.set(policy, rates)
  return rates
}

/** Storage units of disk and SSD in GiB. */
function storageUnits(hru: Fixed, sru: Fixed): Fixed {
  return hru / 1200n + sru / 200n
}

/** Compute units of virtual cores and memory in GiB. */
export function computeUnits(cru: Fixed, mru: Fixed): Fixed {
  const first = larger(mru / 4n, cru / 2n)
  const second = larger(mru / 8n, cru)
  const third = larger(mru / 2n, cru / 4n)
  return smaller(smaller(first, second), third)
}

/** What is used of a node, and for how long. */
export interface Usage {
  /** Null when they are not counted, as on a rented node. */
  readonly resources: Resources | null
  readonly publicIps: number
  readonly seconds: bigint
}

/** Cost in units USD of resources and public addresses. */
export function costOfUsage(policy: PricingPolicy, usage: Usage): bigint {
  const rates = ratesOf(policy)
  const seconds = fixed(usage.seconds)
  let cost: Fixed = 0n
  if (usage.resources) {
    const { hru, sru, cru, mru } = usage.resources
    const su = storageUnits(divide(fixed(hru), rates.suFactor), divide(fixed(sru), rates.suFactor))
    const cu = computeUnits(fixed(cru), divide(fixed(mru), rates.cuFactor))
    cost = multiply(multiply(rates.su, seconds), su) + multiply(multiply(rates.cu, seconds), cu)
  }
  if (usage.publicIps > 0) {
    cost += multiply(multiply(fixed(BigInt(usage.publicIps)), rates.ipu), seconds)
  }
  return wrap64(round(cost))
}

/** Cost in units USD of a whole rented node; the policy says how many per cent of it are paid. */
export function costOfRent(policy: PricingPolicy, resources: Resources, seconds: bigint): bigint {
  const cost = costOfUsage(policy, { resources, publicIps: 0, seconds })
  // Upstream's `Percent` never exceeds 100.
  const percent = Math.min(100, policy.discount_for_dedication_nodes)
  return percentOf(BigInt(percent), cost)
}

/** Cost in units USD of a name. */
export function costOfName(policy: PricingPolicy, seconds: bigint): bigint {
  return wrap64(round(multiply(ratesOf(policy).uniqueName, fixed(seconds))))
}

/** Cost in units USD of network traffic: `nru` bytes in `window` seconds. */
export function costOfTraffic(policy: PricingPolicy, nru: bigint, window: bigint): bigint {
  const used = divide(fixed(nru), fixed(powersOf1000[policy.nu.unit]))
  return wrap64(round(multiply(multiply(used, perSecond(policy.nu)), fixed(window))))
}

/** Cost in units USD of what a farmer asks for a dedicated node, `fee` mUSD a month. */
export function costOfExtraFee(fee: bigint, seconds: bigint): bigint {
  if (fee === 0n) return 0n
  return round(divide(fixed(wrap64(fee * unitsPerMusd * seconds)), fixed(secondsPerMonth)))
}

/** Cost in units USD of a service, its fees in mUSD. */
export function costOfService(baseFee: bigint, window: bigint, variableAmount: bigint): bigint {
  const base = multiply(fixed(wrap64(baseFee * unitsPerMusd)), fixed(window))
  const cost = divide(base, fixed(referencePeriod)) + fixed(wrap64(variableAmount * unitsPerMusd))
  return wrap64(round(cost))
}

/** The most mUSD that a service may charge for what varies in `window` seconds. */
export function variableFeeLimit(variableFee: bigint, window: bigint): bigint {
  return round(multiply(divide(fixed(window), fixed(referencePeriod)), fixed(variableFee)))
}

/** The prices that TFTPriceModule keeps, in mUSD a TFT. */
export interface TftPrices {
  readonly average: number
  readonly min: number
  readonly max: number
}

/** The price that bills are made with. */
export function effectivePrice({ average, min, max }: TftPrices): number {
  return Math.min(Math.max(average, min), max)
}

/** 10^-7 TFT for units USD, at a price in mUSD a TFT. */
export function tftOfUnits(units: bigint, price: number): bigint {
  // Upstream multiplies in 32 bits.
  const unitsPerTft = (price * Number(unitsPerMusd)) >>> 0
  // Reached only with a maximum price of 0; upstream's runtime would trap.
  if (unitsPerTft === 0) return 0n
  return round(((units << 64n) / BigInt(unitsPerTft)) * precision)
}

/** How much of an amount is due at each level. */
const multipliers: Record<DiscountLevel, Fixed> = {
  None: fixed(1n),
  Default: fixedOfDouble(0.8),
  Bronze: fixedOfDouble(0.7),
  Silver: fixedOfDouble(0.6),
  Gold: fixedOfDouble(0.4),
}

/** Certified capacity costs a quarter more. */
const certifiedMarkup = fixedOfDouble(1.25)

/** What is due in 10^-7 TFT, and with which discount. */
export interface Due {
  readonly amount: bigint
  readonly level: DiscountLevel
}

export const nothingDue: Due = { amount: 0n, level: 'None' }

/** What a month costs of which `seconds` cost `tft`. */
export const monthlyCost = (tft: bigint, seconds: bigint): bigint =>
  round((fixed(tft * referencePeriod) / seconds) * hoursPerMonth)

/** What `tft` for `seconds` comes to, for payers of any balance: they get a discount for the months they can pay. */
export class Quote {
  readonly #tft: bigint
  readonly #isCertified: boolean
  /** The balances from which on the levels hold; the lowest one is doubled. */
  readonly #from: { readonly [level in Exclude<DiscountLevel, 'None'>]: bigint }
  #last: Due = nothingDue

  constructor(tft: bigint, seconds: bigint, isCertified: boolean) {
    this.#tft = tft
    this.#isCertified = isCertified
    // Level and markup are taken of the same amount.
    const monthly = tft === 0n ? 0n : monthlyCost(tft, seconds)
    const three = monthly * 3n
    this.#from = { Default: three, Bronze: three, Silver: monthly * 6n, Gold: monthly * 18n }
  }

  /** What somebody owes who could spend `balance`. */
  dueFor(balance: bigint): Due {
    if (this.#tft === 0n) return nothingDue
    const level = this.#levelFor(balance)
    if (this.#last !== nothingDue && this.#last.level === level) return this.#last
    const reduced = this.#tft * multipliers[level]
    const amount = this.#isCertified ? multiply(reduced, certifiedMarkup) : reduced
    this.#last = { amount: wrap64(round(amount)), level }
    return this.#last
  }

  #levelFor(balance: bigint): DiscountLevel {
    const from = this.#from
    if (balance >= from.Gold) return 'Gold'
    if (balance >= from.Silver) return 'Silver'
    if (balance >= from.Bronze) return 'Bronze'
    return balance * 2n >= from.Default ? 'Default' : 'None'
  }
}

/** All that the cost of a contract hangs on besides its data. */
export interface Terms {
  readonly policy: PricingPolicy
  /** Of the contract or of the rented node; null where none are counted. */
  readonly resources: Resources | null
  /** Units USD of network traffic. */
  readonly unbilled: bigint
  readonly seconds: bigint
  /** In mUSD a TFT. */
  readonly price: number
  readonly isCertified: boolean
}

const lastQuotes = new WeakMap<ContractData, { readonly terms: Terms; readonly quote: Quote }>()

/** The quote for a contract. The last one is kept: from bill to bill hardly ever anything changes. */
export function quoteOf(data: ContractData, terms: Terms): Quote {
  const last = lastQuotes.get(data)
  if (last !== undefined && areSame(last.terms, terms)) return last.quote
  const units = unitsOf(data, terms)
  const tft = units === 0n ? 0n : tftOfUnits(units, terms.price)
  const quote = new Quote(tft, terms.seconds, terms.isCertified)
  lastQuotes.set(data, { terms, quote })
  return quote
}

const areSame = (a: Terms, b: Terms): boolean =>
  a.resources === b.resources &&
  a.policy === b.policy &&
  a.seconds === b.seconds &&
  a.price === b.price &&
  a.unbilled === b.unbilled &&
  a.isCertified === b.isCertified

/** The cost of a contract in units USD. */
function unitsOf(data: ContractData, { policy, resources, unbilled, seconds }: Terms): bigint {
  // Whatever traffic is unbilled then stays so.
  if (seconds === 0n) return 0n
  switch (data.type) {
    case 'NameContract':
      return costOfName(policy, seconds)
    case 'RentContract':
      return resources ? costOfRent(policy, resources, seconds) : 0n
    case 'NodeContract': {
      const { public_ips: publicIps } = data.value
      return wrap64(costOfUsage(policy, { resources, publicIps, seconds }) + unbilled)
    }
  }
}
