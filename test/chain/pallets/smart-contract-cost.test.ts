// What contracts cost: the arithmetic of bills, on its own.

import { expect, it } from 'vitest'
import {
  computeUnits,
  costOfExtraFee,
  costOfName,
  costOfRent,
  costOfService,
  costOfTraffic,
  costOfUsage,
  effectivePrice,
  monthlyCost,
  Quote,
  tftOfUnits,
  variableFeeLimit,
} from '../../../src/chain/pallets/smart-contract/cost.ts'
import {
  fixed,
  fixedOfDouble,
  percentOf,
  round,
} from '../../../src/chain/pallets/smart-contract/fixed-point.ts'
import type { PricingPolicy } from '../../../src/chain/pallets/tfgrid/types.ts'
import type { Resources } from '../../../src/chain/types/grid.ts'
import { casePolicy, caseResources, GiB } from '../support/contracts.ts'

const perGigabyte = (value: number) => ({ value, unit: 'Gigabytes' }) as const

/** G: the policy of the dev genesis. */
const devPolicy: PricingPolicy = {
  ...casePolicy,
  su: perGigabyte(50_000),
  cu: perGigabyte(100_000),
  nu: perGigabyte(15_000),
  ipu: perGigabyte(40_000),
  unique_name: perGigabyte(2500),
}

const policies = { T: casePolicy, G: devPolicy }

const resources = (cru: number, mru: number, sru: number, hru: number): Resources => ({
  cru: BigInt(cru),
  mru: BigInt(mru),
  sru: BigInt(sru),
  hru: BigInt(hru),
})

/** `amount` at a level of discount, as 1 per hour of a balance that gives this level. */
function afterDiscount(amount: bigint, months: bigint, isCertified = false): bigint {
  const balance = months * monthlyCost(amount, 3600n)
  return new Quote(amount, 3600n, isCertified).dueFor(balance).amount
}

it.each([
  { amount: 5n, months: 3n, due: 3n },
  { amount: 15n, months: 3n, due: 10n },
  { amount: 25n, months: 3n, due: 17n },
  { amount: 4n, months: 3n, certified: true, due: 3n },
  { amount: 12n, months: 3n, certified: true, due: 10n },
  { amount: 2n, months: 6n, certified: true, due: 1n },
  { amount: 6n, months: 6n, certified: true, due: 4n },
  { amount: 1n, months: 18n, certified: true, due: 1n },
  { amount: 3n, months: 18n, certified: true, due: 2n },
  { amount: 2n, months: 0n, certified: true, due: 3n },
  { amount: 6n, months: 0n, certified: true, due: 8n },
])('8.1 rounds apparent halves as the doubles have it: $amount for $months months is $due', row => {
  expect(afterDiscount(row.amount, row.months, row.certified)).toBe(row.due)
})

it('8.1 rounds halves of fixed-point numbers up and halves of shares down', () => {
  expect(round(fixed(5n) / 2n)).toBe(3n)
  expect(round(fixed(5n) / 2n - 1n)).toBe(2n)
  expect(percentOf(50n, 31_433n)).toBe(15_716n)
  expect(percentOf(10n, 3_017_472n)).toBe(301_747n)
  expect(percentOf(40n, 3_017_472n)).toBe(1_206_989n)
  expect(percentOf(10n, 5n)).toBe(0n)
  expect(percentOf(10n, 6n)).toBe(1n)
  expect(fixedOfDouble(1.25)).toBe((5n << 64n) / 4n)
})

it.each([
  { cru: 4, mru: 1024, units: 128n },
  { cru: 32, mru: 128, units: 32n },
  { cru: 4, mru: 2, units: 1n },
  { cru: 4, mru: 1, units: 1n },
  { cru: 16, mru: 16, units: 8n },
])('F-02 counts $units compute units for $cru cores and $mru GiB', ({ cru, mru, units }) => {
  expect(computeUnits(fixed(BigInt(cru)), fixed(BigInt(mru)))).toBe(fixed(units))
})

it('E1 costs resources, an address and traffic', () => {
  const usage = { resources: caseResources, publicIps: 1, seconds: 60n }
  expect(costOfUsage(casePolicy, usage)).toBe(7222n)
  expect(costOfUsage(casePolicy, { ...usage, publicIps: 0 })).toBe(6065n)
  expect(costOfTraffic(casePolicy, 3_000_000_000n, 60n)).toBe(2500n)
  expect(tftOfUnits(9722n, 50)).toBe(194_440n)
})

it('E2 costs a name', () => {
  expect(costOfName(casePolicy, 60n)).toBe(232n)
  expect(tftOfUnits(232n, 50)).toBe(4640n)
})

it('E3 and E6 cost the rent of a node, of which the policy says how much is paid', () => {
  const node = resources(8, 16 * 2 ** 30, 512 * 2 ** 30, 1024 * 2 ** 30)
  expect(costOfRent(casePolicy, node, 36n)).toBe(9430n)
  expect(costOfRent(casePolicy, node, 60n)).toBe(15_716n)
  const forty = { ...casePolicy, discount_for_dedication_nodes: 40 }
  expect(costOfRent(forty, node, 36n)).toBe(7544n)
  expect(costOfRent({ ...forty, discount_for_dedication_nodes: 200 }, node, 36n)).toBe(18_860n)
})

it('E7 costs what a farmer asks for a dedicated node', () => {
  expect(costOfExtraFee(100_000n, 60n)).toBe(23_148n)
  expect(tftOfUnits(23_148n, 50)).toBe(462_960n)
  expect(costOfExtraFee(0n, 60n)).toBe(0n)
})

it.each([
  { id: 'E8, F-09', balance: 2_160_000n, amount: 700n, level: 'Bronze' },
  { id: 'E8, F-10', balance: 4_320_000n, amount: 600n, level: 'Silver' },
  { id: 'just no discount', balance: 1_079_999n, amount: 1000n, level: 'None' },
  { id: 'just the default', balance: 1_080_000n, amount: 800n, level: 'Default' },
  { id: 'just below bronze', balance: 2_159_999n, amount: 800n, level: 'Default' },
  { id: 'just below silver', balance: 4_319_999n, amount: 700n, level: 'Bronze' },
  { id: 'just below gold', balance: 12_959_999n, amount: 600n, level: 'Silver' },
  { id: 'just gold', balance: 12_960_000n, amount: 400n, level: 'Gold' },
])('$id gives $level', ({ balance, amount, level }) => {
  const due = new Quote(1000n, 3600n, false).dueFor(balance)
  expect(due).toEqual({ amount, level })
})

it('E9 costs a service, and bounds what varies in it', () => {
  expect(costOfService(1000n, 1200n, 100n)).toBe(4_333_333n)
  expect(tftOfUnits(4_333_333n, 10)).toBe(433_333_300n)
  expect(variableFeeLimit(1000n, 1200n)).toBe(333n)
})

it('nothing costs nothing, with no discount', () => {
  expect(new Quote(0n, 60n, true).dueFor(10n)).toEqual({
    amount: 0n,
    level: 'None',
  })
})

it('8.5 keeps the price within its limits', () => {
  const limits = { min: 10, max: 1000 }
  expect(
    [0, 5, 10, 21, 999, 1000, 2500].map(average => effectivePrice({ average, ...limits })),
  ).toEqual([10, 10, 10, 21, 999, 1000, 1000])
  expect(effectivePrice({ average: 5, min: 20, max: 15 })).toBe(15)
  expect(tftOfUnits(1000n, 0)).toBe(0n)
})

interface Vector {
  readonly id: string
  readonly policy: 'T' | 'G'
  readonly seconds: bigint
  readonly price: number
  readonly of:
    | { readonly kind: 'name' }
    | { readonly kind: 'rent'; readonly node: Resources; readonly raw: bigint }
    | {
        readonly kind: 'node'
        readonly used: Resources
        readonly ips: number
        readonly unbilled: bigint
        readonly isRented?: true
      }
  readonly units: bigint
  readonly tft: bigint
  readonly balance: bigint
  readonly monthly: bigint
  readonly level: string
  /** Without and with the markup of certified capacity. */
  readonly due: bigint
  readonly certified?: bigint
}

// biome-ignore format: a table.
const vectors: readonly Vector[] = [
  { id: 'V3', policy: 'T', seconds: 36n, price: 21, of: { kind: 'node', used: resources(3, 3221225472, 2147483648, 0), ips: 1, unbilled: 0n, isRented: true }, units: 694n, tft: 33048n, balance: 475891200n, monthly: 2379456000n, level: 'None', due: 33048n },
  { id: 'V6', policy: 'G', seconds: 66n, price: 50, of: { kind: 'rent', node: resources(8, 17179869184, 2147483648000, 6000069312512), raw: 20769n }, units: 10384n, tft: 207680n, balance: 326246400000n, monthly: 8156160000n, level: 'Gold', due: 83072n },
  { id: 'V8', policy: 'T', seconds: 86400n, price: 21, of: { kind: 'node', used: resources(32, 3221225472, 16106127360, 107374182400), ips: 0, unbilled: 0n }, units: 59413920n, tft: 2829234286n, balance: 3395081143200n, monthly: 84877028580n, level: 'Gold', due: 1131693714n },
  { id: 'V9', policy: 'G', seconds: 86400n, price: 21, of: { kind: 'rent', node: resources(32, 33409453333, 999653638144, 6000069312512), raw: 48511974n }, units: 24255987n, tft: 1155047000n, balance: 41581692000n, monthly: 34651410000n, level: 'None', due: 1155047000n, certified: 1443808750n },
  { id: 'V12', policy: 'T', seconds: 14400n, price: 10, of: { kind: 'node', used: resources(3, 4294967296, 16106127360, 0), ips: 0, unbilled: 0n }, units: 1891920n, tft: 189192000n, balance: 200921904000n, monthly: 34054560000n, level: 'Bronze', due: 132434400n, certified: 165543000n },
  { id: 'V14', policy: 'T', seconds: 3600n, price: 999, of: { kind: 'node', used: resources(1, 2147483648, 26843545600, 107374182400), ips: 0, unbilled: 0n }, units: 193300n, tft: 193493n, balance: 167177952n, monthly: 139314960n, level: 'None', due: 193493n },
  { id: 'V16', policy: 'T', seconds: 3600n, price: 0, of: { kind: 'rent', node: resources(4, 17179869184, 549755813888, 6000069312512), raw: 2625320n }, units: 1312660n, tft: 131266000n, balance: 18902304000n, monthly: 94511520000n, level: 'None', due: 131266000n },
  { id: 'V18', policy: 'T', seconds: 60n, price: 21, of: { kind: 'node', used: resources(1, 2147483648, 2147483648, 0), ips: 0, unbilled: 123456n }, units: 126035n, tft: 6001667n, balance: 751888841760n, monthly: 259272014400n, level: 'Default', due: 4801334n, certified: 6001667n },
  { id: 'V20', policy: 'G', seconds: 6n, price: 21, of: { kind: 'name' }, units: 4n, tft: 190n, balance: 1469232000n, monthly: 82080000n, level: 'Silver', due: 114n },
  { id: 'V21', policy: 'G', seconds: 60n, price: 37, of: { kind: 'node', used: resources(3, 2147483648, 108447924224, 4294967296000), ips: 2, unbilled: 123456n, isRented: true }, units: 124789n, tft: 3372676n, balance: 5827984128000n, monthly: 145699603200n, level: 'Gold', due: 1349070n },
  { id: 'V23', policy: 'T', seconds: 600n, price: 10, of: { kind: 'node', used: resources(3, 8589934592, 536870912000, 107374182400), ips: 2, unbilled: 0n }, units: 208700n, tft: 20870000n, balance: 261459360000n, monthly: 90158400000n, level: 'Default', due: 16696000n },
  { id: 'V25', policy: 'G', seconds: 66n, price: 5, of: { kind: 'rent', node: resources(64, 33285996544, 549755813888, 6000069312512), raw: 35949n }, units: 17974n, tft: 1797400n, balance: 247060800000n, monthly: 70588800000n, level: 'Bronze', due: 1258180n, certified: 1572725n },
  { id: 'V27', policy: 'G', seconds: 86400n, price: 2500, of: { kind: 'name' }, units: 60000n, tft: 60000n, balance: 32220000n, monthly: 1800000n, level: 'Silver', due: 36000n },
  { id: 'V31', policy: 'G', seconds: 600n, price: 0, of: { kind: 'rent', node: resources(4, 8589934592, 549755813888, 6000069312512), raw: 93472n }, units: 46736n, tft: 4673600n, balance: 32303923200n, monthly: 20189952000n, level: 'Default', due: 3738880n },
  { id: 'V32', policy: 'G', seconds: 600n, price: 50, of: { kind: 'name' }, units: 417n, tft: 8340n, balance: 655724160n, monthly: 36028800n, level: 'Gold', due: 3336n },
  { id: 'V36', policy: 'T', seconds: 6n, price: 50, of: { kind: 'rent', node: resources(64, 206281886997, 2147483648000, 1099511627776), raw: 27979n }, units: 13989n, tft: 279780n, balance: 785622240000n, monthly: 120864960000n, level: 'Silver', due: 167868n, certified: 209835n },
  { id: 'V37', policy: 'T', seconds: 60n, price: 50, of: { kind: 'node', used: resources(4, 4557111296, 26843545600, 0), ips: 0, unbilled: 0n }, units: 10592n, tft: 211840n, balance: 26539315200n, monthly: 9151488000n, level: 'Default', due: 169472n, certified: 211840n },
  { id: 'V38', policy: 'T', seconds: 3600n, price: 5, of: { kind: 'rent', node: resources(8, 68842933525, 999653638144, 1099511627776), raw: 3520012n }, units: 1760006n, tft: 176000600n, balance: 152064518400n, monthly: 126720432000n, level: 'None', due: 176000600n },
  { id: 'V39', policy: 'T', seconds: 36n, price: 50, of: { kind: 'node', used: resources(2, 0, 16106127360, 0), ips: 0, unbilled: 0n }, units: 1674n, tft: 33480n, balance: 3615840000n, monthly: 2410560000n, level: 'Default', due: 26784n },
  { id: 'V40', policy: 'T', seconds: 36n, price: 137, of: { kind: 'node', used: resources(32, 536870912, 0, 0), ips: 0, unbilled: 0n }, units: 24448n, tft: 178453n, balance: 233844811200n, monthly: 12848616000n, level: 'Gold', due: 71381n },
]

function unitsOf({ policy: name, seconds, of }: Vector): bigint {
  const policy = policies[name]
  switch (of.kind) {
    case 'name':
      return costOfName(policy, seconds)
    case 'rent':
      return costOfRent(policy, of.node, seconds)
    case 'node': {
      const counted = of.isRented ? null : of.used
      return costOfUsage(policy, { resources: counted, publicIps: of.ips, seconds }) + of.unbilled
    }
  }
}

it.each(vectors)('$id costs $due', vector => {
  const { seconds, of, balance } = vector
  if (of.kind === 'rent') {
    const raw = { resources: of.node, publicIps: 0, seconds }
    expect(costOfUsage(policies[vector.policy], raw)).toBe(of.raw)
  }
  const units = unitsOf(vector)
  expect(units).toBe(vector.units)
  const tft = tftOfUnits(units, effectivePrice({ average: vector.price, min: 10, max: 1000 }))
  expect(tft).toBe(vector.tft)
  expect(monthlyCost(tft, seconds)).toBe(vector.monthly)
  const { level, due: amount } = vector
  expect(new Quote(tft, seconds, false).dueFor(balance)).toEqual({ amount, level })
  if (vector.certified === undefined) return
  const certified = new Quote(tft, seconds, true).dueFor(balance)
  expect(certified).toEqual({ amount: vector.certified, level })
})

it('8.2 reads units of the policy as powers of 1024, and of 1000 for traffic', () => {
  const used = { resources: resources(0, 0, 200 * 2 ** 20, 0), publicIps: 0, seconds: 3600n }
  const megabytes = { ...casePolicy, su: { value: 70, unit: 'Megabytes' } } as const
  expect(costOfUsage(megabytes, used)).toBe(70n)
  expect(costOfUsage({ ...casePolicy, su: { value: 70, unit: 'Bytes' } }, used)).toBe(
    70n * 2n ** 20n,
  )
  const traffic = { ...casePolicy, nu: { value: 70, unit: 'Kilobytes' } } as const
  expect(costOfTraffic(traffic, 2000n, 3600n)).toBe(140n)
  const whole = { ...casePolicy, su: { value: 70, unit: 'Terrabytes' } } as const
  const terabytes = {
    ...used,
    resources: { ...caseResources, cru: 0n, mru: 0n, sru: 200n * 1024n * GiB },
  }
  expect(costOfUsage(whole, terabytes)).toBe(70n)
})
