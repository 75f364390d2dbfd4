// What nodes and bills need of a chain's genesis: looked up on a chain elsewhere, and set up where it is missing.

import type { ChainStateReader } from '../chain/client/port.ts'
import {
  devAccounts,
  devConnectionPrice,
  devFarming,
  devPriceBounds,
  devPricing,
  devSecrets,
  type GenesisPrices,
} from '../chain/genesis.ts'
import { session } from '../chain/pallets/session/declaration.ts'
import { tfgrid } from '../chain/pallets/tfgrid/declaration.ts'
import { tftPrice } from '../chain/pallets/tft-price/declaration.ts'
import type { ChainCall } from '../chain/runtime/outer.ts'
import type { KeyPair } from '../crypto/keys.ts'
import { asError, gridError } from '../kernel/errors.ts'
import { keyOfSecret } from './keyring.ts'
import { bestState, carryMotion, councilOf } from './remote-council.ts'
import type { RemoteWorld } from './remote-world.ts'

/** What a grid brings to a chain that has less than it needs. */
export interface GenesisParts {
  /** What is set where the chain has no prices. */
  readonly prices: GenesisPrices & { readonly tft: number }
  /** Who pays for new accounts; perhaps a member of the council, or a validator. */
  readonly funder: KeyPair
  /** Whether nodes are to register. */
  readonly hasNodes: boolean
}

/** Something that a chain lacks and its council can give. */
interface Gap {
  /** `farming policy for new nodes: none can register`. */
  readonly what: string
  /** None when the chain knows no way any more. */
  readonly calls: readonly ChainCall[]
  /** No node comes onto the chain without it. */
  readonly isVital?: boolean
}

/** The pricing policy of every farm (`tfchain: substrate-node/pallets/pallet-tfgrid/src/farm.rs`). */
const pricingPolicyId = 1

/**
 * Sets up, once, what the chain lacks of policies and prices: by its council and by a validator, where their keys are the
 * funder's or those of the dev accounts. A chain that lacks nothing is sent nothing. Resolves with what is missing still,
 * a sentence each. GRID_CHAIN_REFUSED when nodes are to register and none could.
 */
export async function settleGenesis(world: RemoteWorld, parts: GenesisParts): Promise<string[]> {
  const gaps = await settleGaps(world, parts)
  const vital = gaps.find(({ isVital }) => isVital)
  if (vital && parts.hasNodes) {
    throw gridError('GRID_CHAIN_REFUSED', { detail: vital.sentence })
  }
  const price = await settlePrice(world, parts)
  return [...gaps.map(({ sentence }) => sentence), ...(price === null ? [] : [price])]
}

/** Lets the council fill the gaps; those that are left, and why. */
async function settleGaps(
  world: RemoteWorld,
  { prices, funder }: GenesisParts,
): Promise<{ isVital: boolean; sentence: string }[]> {
  const missing = (state: ChainStateReader) => gapsOf(state, prices)
  const state = await bestState(world)
  const gaps = await missing(state)
  if (gaps.length === 0) return []
  let reason = ''
  const { members, needed } = await councilOf(state, accounts => keysOf(accounts, funder))
  if (members.length < Math.max(needed, 1)) {
    reason = `${needed} of its council have to agree, and the keys of ${members.length} of them are known here`
  } else {
    const calls = async (later: ChainStateReader) =>
      (await missing(later)).flatMap(gap => gap.calls)
    await carryMotion(world, { members, needed }, calls).catch(cause => {
      reason = asError(cause).message
    })
  }
  const left = reason === '' ? gaps.filter(gap => gap.calls.length === 0) : gaps
  return left.map(({ what, calls, isVital = false }) => {
    const why = calls.length === 0 ? 'nothing brings it back' : reason
    return { isVital, sentence: `the chain has no ${what} (${why})` }
  })
}

/** What the chain lacks, with the calls of the dev chain's values that bring it. */
async function gapsOf(state: ChainStateReader, prices: GenesisPrices): Promise<Gap[]> {
  const [pricing, lastPricing, farming, connection, min, max] = await Promise.all([
    state.read(tfgrid, 'PricingPolicies', pricingPolicyId),
    state.read(tfgrid, 'PricingPolicyID'),
    state.entries(tfgrid, 'FarmingPoliciesMap'),
    state.read(tfgrid, 'ConnectionPrice'),
    state.read(tftPrice, 'MinTftPrice'),
    state.read(tftPrice, 'MaxTftPrice'),
  ])
  const gaps: Gap[] = []
  if (pricing === null) {
    const create = inGrid('create_pricing_policy', devPricing(prices))
    // A policy takes the next free number, and farms look at the first alone.
    const calls = lastPricing === pricingPolicyId - 1 ? [create] : []
    gaps.push({ what: `pricing policy ${pricingPolicyId}: no contract can be billed`, calls })
  }
  const isForAll = ({ value }: (typeof farming)[number]) =>
    value.node_certification === 'Diy' && value.farm_certification === 'NotCertified'
  if (!farming.some(isForAll)) {
    const wanted = farming.length === 0 ? devFarming : devFarming.slice(0, 1)
    const calls = wanted.map(policy => inGrid('create_farming_policy', policy))
    gaps.push({ what: 'farming policy for new nodes: none can register', calls, isVital: true })
  }
  if (connection === 0) {
    const calls = [inGrid('set_connection_price', { price: devConnectionPrice })]
    gaps.push({ what: 'price of connections: nodes register with 0', calls })
  }
  if (max === 0) {
    const bound = (name: string, price: number) => ({
      pallet: 'TFTPriceModule',
      name,
      args: { price },
    })
    const calls = [bound('set_max_tft_price', devPriceBounds.max)]
    if (min === 0) calls.push(bound('set_min_tft_price', devPriceBounds.min))
    gaps.push({ what: 'bounds for the price of a TFT: bills are made with 0', calls })
  }
  return gaps
}

const inGrid = (name: string, args: unknown): ChainCall => ({ pallet: 'TfgridModule', name, args })

/** Tells the chain a price of a TFT if nobody ever did; why not, or null when there is one. */
async function settlePrice(
  world: RemoteWorld,
  { prices, funder }: GenesisParts,
): Promise<string | null> {
  const state = await bestState(world)
  if ((await state.read(tftPrice, 'AverageTftPrice')) !== 0) return null
  const what = 'the chain has no price of a TFT, and clients divide by it'
  const [validator] = keysOf(await state.read(session, 'Validators'), funder)
  if (!validator) return `${what} (its validators set it, and the key of none is known here)`
  const block_number = world.mirror.best.number
  const args = { price: prices.tft, block_number }
  try {
    await world.carryOut({ pallet: 'TFTPriceModule', name: 'set_prices', args }, validator)
    return null
  } catch (cause) {
    return `${what} (${asError(cause).message})`
  }
}

/** The keys of those accounts that are the funder's or a dev account's. */
function keysOf(accounts: readonly string[], funder: KeyPair): KeyPair[] {
  const dev = Object.entries(devAccounts).map(([name, account]) => ({ name, account }))
  return accounts.flatMap(account => {
    if (account === funder.accountId) return [funder]
    const found = dev.find(each => each.account === account)
    return found ? [keyOfSecret(devSecrets[found.name as keyof typeof devSecrets], 'sr25519')] : []
  })
}
