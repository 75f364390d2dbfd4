// What a node costs a month, and what its price is for somebody with so much money (grid-proxy: db/setup.sql).

const GiB = 1024 ** 3

/** What a price is made of. Memory and disks are bytes; the policy's values are 10^-7 USD an hour for a unit. */
export interface PricedNode {
  readonly cru: number
  readonly mru: number
  readonly sru: number
  readonly hru: number
  readonly isCertified: boolean
  readonly extraFee: number
  readonly policy: { readonly cu: number; readonly su: number }
}

/** Sums of decimal fractions lose their last digit in doubles; what upstream counts in decimals is exact. */
function settled(value: number): number {
  return Math.round(value * 1e9) / 1e9
}

/** USD a month. The extra fee enters in the chain's unit, though that is another: upstream does not convert it. */
export function monthlyPrice(node: PricedNode): number {
  const { cru, policy } = node
  const mru = node.mru / GiB
  const cu = Math.min(
    Math.max(mru / 4, cru / 2),
    Math.max(mru / 8, cru),
    Math.max(mru / 2, cru / 4),
  )
  const su = node.hru / GiB / 1200 + node.sru / GiB / 200
  const hourly = (cu * policy.cu + su * policy.su + node.extraFee) * (node.isCertified ? 1.25 : 1)
  return settled((hourly * 24 * 30) / 1e7)
}

/** How many times the price somebody must own for a discount, most first. */
const discounts = [
  { times: 18, share: 0.6 },
  { times: 6, share: 0.4 },
  { times: 3, share: 0.3 },
  { times: 1.5, share: 0.2 },
] as const

/** The price for somebody who owns `balance` USD. */
export function discounted(price: number, balance: number): number {
  const discount = discounts.find(({ times }) => balance >= settled(price * times))
  return discount === undefined ? price : settled(price - price * discount.share)
}

/** A price as it is shown. */
export function shownPrice(price: number): number {
  return Math.round(price * 1000) / 1000
}
