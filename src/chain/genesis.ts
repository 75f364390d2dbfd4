// The state with which a chain begins: the dev accounts, the council, prices and policies of TFChain's `--dev` chain.

import { invariant } from '../kernel/errors.ts'
import { byteStringFromHex } from '../scale/byte-string.ts'
import { defaultOf } from '../scale/type.ts'
import { aura } from './pallets/aura/declaration.ts'
import { addIssuance, existentialDeposit } from './pallets/balances/account.ts'
import { balances } from './pallets/balances/declaration.ts'
import { AccountData } from './pallets/balances/types.ts'
import { council } from './pallets/council/declaration.ts'
import { councilMembership } from './pallets/council-membership/declaration.ts'
import { grandpa } from './pallets/grandpa/declaration.ts'
import { writeAuthorities } from './pallets/grandpa/logic.ts'
import { session } from './pallets/session/declaration.ts'
import { smartContract } from './pallets/smart-contract/declaration.ts'
import { system } from './pallets/system/declaration.ts'
import { AccountInfo } from './pallets/system/types.ts'
import { tfgrid } from './pallets/tfgrid/declaration.ts'
import type { Policy } from './pallets/tfgrid/types.ts'
import { tftBridge } from './pallets/tft-bridge/declaration.ts'
import { tftPrice } from './pallets/tft-price/declaration.ts'
import { transactionPayment } from './pallets/transaction-payment/declaration.ts'
import { validatorSet } from './pallets/validator-set/declaration.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { AccountId } from './types/primitives.ts'

/** The accounts of the secrets `//Alice` and so on (sr25519), and of the bridge's three phrases. */
export const devAccounts = {
  alice: '0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d',
  bob: '0x8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48',
  charlie: '0x90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22',
  dave: '0x306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20',
  eve: '0xe659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e',
  ferdie: '0x1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c',
  aliceStash: '0xbe5ddb1579b72e84524fc29e78609e3caf42e85aa118ebfe0b0ad404b5bdd25f',
  bobStash: '0xfe65717dad0447d715f660a0a58411de509b42e6efb8375f562f58a554d5860e',
  bridge1: '0x68aada8736ad940b2d7e13d8686411b2a0efca3f8ef6c20aac258ad57b5f692a',
  bridge2: '0x08eb2ee1d96b113f489dcda348b296fe74e4c54706287ff874ac587da7ca0c1f',
  bridge3: '0x12c97c156fea423e3b0a35361a7c8c9925dafdd20c5451507c4725c546224722',
} as const satisfies Record<string, AccountId>

/** The secrets of these accounts, as `keyPairFromUri` reads them. */
export const devSecrets: { readonly [name in keyof typeof devAccounts]: string } = {
  alice: '//Alice',
  bob: '//Bob',
  charlie: '//Charlie',
  dave: '//Dave',
  eve: '//Eve',
  ferdie: '//Ferdie',
  aliceStash: '//Alice//stash',
  bobStash: '//Bob//stash',
  bridge1: 'quarter between satisfy three sphere six soda boss cute decade old trend',
  bridge2: 'employ split promote annual couple elder remain cricket company fitness senior fiscal',
  bridge3: 'remind bird banner word spread volume card keep want faith insect mind',
}

/** The ed25519 key of `//Alice`, with which she finalises. */
export const aliceGrandpaKey = '0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee'

/** What each endowed dev account owns: 2^60 units. */
export const devEndowment = 1n << 60n

/** What can be different in a dev chain. */
export interface GenesisOptions {
  /** Who makes the blocks; default Alice. */
  readonly author?: AccountId
  /** The ed25519 key with which the author finalises; default that of `//Alice`. */
  readonly grandpaKey?: `0x${string}`
  /** Accounts that own something besides those of the dev chain; one named here owns this instead. */
  readonly endowed?: readonly (readonly [AccountId, bigint])[]
  /** Default: Alice and Bob. */
  readonly council?: readonly AccountId[]
  /** A contract is billed once in so many blocks; default 10. */
  readonly billingFrequency?: number
  /** Prices of units per hour in 10^-7 USD, and limits of the price of a token in 10^-3 USD. */
  readonly prices?: GenesisPrices
}

/** What differs from the dev chain's prices. */
export interface GenesisPrices {
  /** The price of a token as if it had just been set; by default none is known and the minimum counts. */
  readonly tft?: number
  readonly minTft?: number
  readonly maxTft?: number
  readonly su?: number
  readonly cu?: number
  readonly nu?: number
  readonly ipu?: number
  readonly uniqueName?: number
  readonly domainName?: number
  /** Percent. */
  readonly dedicatedDiscount?: number
}

/**
 * Writes the state of the dev chain (`tfchain: substrate-node/node/src/chain_spec.rs`): pass the result as the
 * chain's `genesis`.
 */
export function devGenesis(options: GenesisOptions = {}): (runtime: Runtime) => void {
  return runtime => {
    writeSystem(runtime)
    writeAuthority(
      runtime,
      options.author ?? devAccounts.alice,
      options.grandpaKey ?? aliceGrandpaKey,
    )
    writeBalances(runtime, endowmentsOf(options.endowed ?? []))
    writeCouncil(runtime, options.council ?? [devAccounts.alice, devAccounts.bob])
    writeGrid(runtime, options.prices ?? {})
    writeMoney(runtime, options)
  }
}

function endowmentsOf(more: readonly (readonly [AccountId, bigint])[]): Map<AccountId, bigint> {
  const { alice, bob, aliceStash, bobStash, bridge1, bridge2, bridge3 } = devAccounts
  const endowed = new Map<AccountId, bigint>()
  for (const account of [alice, bob, aliceStash, bobStash, bridge1, bridge2, bridge3]) {
    endowed.set(account, devEndowment)
  }
  for (const [account, amount] of more) endowed.set(account, amount)
  return endowed
}

function writeSystem(runtime: Runtime): void {
  const { state } = runtime.txOf(system)
  const version = system.constants.Version!.value as { spec_version: number; spec_name: string }
  state.LastRuntimeUpgrade.set({ spec_version: version.spec_version, spec_name: version.spec_name })
  state.UpgradedToU32RefCount.set(true)
  state.UpgradedToTripleRefCount.set(true)
  const fees = runtime.txOf(transactionPayment).state
  fees.NextFeeMultiplier.set(1_000_000_000_000_000_000n)
  fees.StorageVersion.set('V2')
}

function writeAuthority(runtime: Runtime, author: AccountId, grandpaKey: `0x${string}`): void {
  const validators = runtime.txOf(validatorSet).state
  validators.Validators.set([author])
  validators.ApprovedValidators.set([author])
  const keys = { aura: author, grandpa: grandpaKey }
  const sessions = runtime.txOf(session).state
  sessions.Validators.set([author])
  sessions.QueuedKeys.set([[author, keys]])
  sessions.NextKeys.set(author, keys)
  sessions.KeyOwner.set(['aura', byteStringFromHex(keys.aura)], author)
  sessions.KeyOwner.set(['gran', byteStringFromHex(keys.grandpa)], author)
  // Sessions begin before balances do, so an authority lives by its keys too.
  const accounts = runtime.txOf(system).state.Account
  accounts.set(author, { ...defaultOf(AccountInfo), providers: 1 })
  runtime.txOf(aura).state.Authorities.set([author])
  const finality = runtime.txOf(grandpa).state
  finality.CurrentSetId.set(0n)
  finality.SetIdSession.set(0n, 0)
  writeAuthorities(runtime.state, [[grandpaKey, 1n]])
}

function writeBalances(runtime: Runtime, endowed: ReadonlyMap<AccountId, bigint>): void {
  const accounts = runtime.txOf(system).state.Account
  for (const [account, free] of endowed) {
    if (free === 0n) continue
    invariant(
      free >= existentialDeposit,
      `${account} is endowed with the existential deposit at least`,
    )
    const info = accounts.get(account)
    const data = { ...defaultOf(AccountData), free }
    accounts.set(account, { ...info, providers: info.providers + 1, data })
    addIssuance(runtime.txOf(balances), free)
  }
}

function writeCouncil(runtime: Runtime, members: readonly AccountId[]): void {
  const sorted = [...members].sort()
  runtime.txOf(councilMembership).state.Members.set(sorted)
  runtime.txOf(council).state.Members.set(sorted)
}

/** The dev chain's pricing policy, in the words of the call that creates one. */
export function devPricing(prices: GenesisPrices) {
  return {
    name: 'threefold_default_pricing_policy',
    su: perUnit(prices.su ?? 50_000),
    cu: perUnit(prices.cu ?? 100_000),
    nu: perUnit(prices.nu ?? 15_000),
    ipu: perUnit(prices.ipu ?? 40_000),
    unique_name: perUnit(prices.uniqueName ?? 2500),
    domain_name: perUnit(prices.domainName ?? 5000),
    foundation_account: devAccounts.eve,
    certified_sales_account: devAccounts.ferdie,
    discount_for_dedication_nodes: prices.dedicatedDiscount ?? 50,
  }
}

const farmingTerms = {
  minimal_uptime: 95,
  policy_end: 0,
  immutable: false,
  default: true,
  farm_certification: 'NotCertified',
} as const

/** The dev chain's farming policies, likewise. */
export const devFarming = [
  {
    ...farmingTerms,
    name: 'threefold_default_diy_farming_policy',
    cu: 2400,
    su: 1000,
    nu: 30,
    ipv4: 5,
    node_certification: 'Diy',
  },
  {
    ...farmingTerms,
    name: 'threefold_default_certified_farming_policy',
    cu: 3000,
    su: 1250,
    nu: 38,
    ipv4: 6,
    node_certification: 'Certified',
  },
] as const

/** What a node's connection costs on the dev chain. */
export const devConnectionPrice = 80

/** The bounds of a token's price on the dev chain, in 10^-3 USD. */
export const devPriceBounds = { min: 10, max: 1000 } as const

function writeGrid(runtime: Runtime, prices: GenesisPrices): void {
  const { state } = runtime.txOf(tfgrid)
  state.PricingPolicies.set(1, { version: 1, id: 1, ...devPricing(prices) })
  state.PricingPolicyID.set(1)
  devFarming.forEach((policy, i) => {
    state.FarmingPoliciesMap.set(i + 1, { version: 1, id: i + 1, policy_created: 0, ...policy })
  })
  state.FarmingPolicyID.set(devFarming.length)
  state.ConnectionPrice.set(devConnectionPrice)
}

const perUnit = (value: number): Policy => ({ value, unit: 'Gigabytes' })

function writeMoney(runtime: Runtime, options: GenesisOptions): void {
  const bridge = runtime.txOf(tftBridge).state
  bridge.Validators.set([devAccounts.bridge1])
  bridge.FeeAccount.set(devAccounts.ferdie)
  bridge.DepositFee.set(10_000_000n)
  bridge.WithdrawFee.set(10_000_000n)
  const { tft, minTft, maxTft } = options.prices ?? {}
  const price = runtime.txOf(tftPrice).state
  price.MinTftPrice.set(minTft ?? devPriceBounds.min)
  price.MaxTftPrice.set(maxTft ?? devPriceBounds.max)
  if (tft !== undefined) {
    price.TftPrice.set(tft)
    price.AverageTftPrice.set(tft)
    price.LastBlockSet.set(0)
    price.TftPriceHistory.set(0, tft)
    price.BufferRange.set([0, 1])
  }
  runtime.txOf(smartContract).state.BillingFrequency.set(BigInt(options.billingFrequency ?? 10))
}
