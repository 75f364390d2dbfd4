// Policies and prices (`threefoldtech/tfchain_graphql: src/mappings/{policies,tftPrice}.ts`), and those of genesis.

import type { tfgrid } from '../../../chain/pallets/tfgrid/declaration.ts'
import type { FarmingPolicy, Policy, PricingPolicy } from '../../../chain/pallets/tfgrid/types.ts'
import type { tftPrice } from '../../../chain/pallets/tft-price/declaration.ts'
import type { JsonValue, Row } from '../entities.ts'
import { addressOf, change, type Handlers, textOf } from './handlers.ts'

/** The chain counts the price of a token in thousandths of a USD. */
const milli = 1000

export const policyHandlers: Handlers<typeof tfgrid> = {
  PricingPolicyStored: ({ rows, keyOf }, [policy]) => {
    const saved = rows.one('PricingPolicy', 'pricingPolicyID', policy.id)
    rows.put('PricingPolicy', { key: saved?.key ?? keyOf(), ...pricingColumns(policy) })
  },

  FarmingPolicyStored: ({ rows, keyOf }, [policy]) =>
    rows.put('FarmingPolicy', { key: keyOf(), ...farmingColumns(policy) }),

  FarmingPolicyUpdated: (context, [policy]) => {
    const saved = context.rows.one('FarmingPolicy', 'farmingPolicyID', policy.id)
    change(context, 'FarmingPolicy', saved, farmingColumns(policy))
  },
}

export const priceHandlers: Handlers<typeof tftPrice> = {
  PriceStored: (context, [price]) =>
    context.rows.append('PriceStored', context, {
      newPrice: price / milli,
      block: context.block,
      timestamp: context.seconds,
    }),

  AveragePriceStored: (context, [price]) =>
    context.rows.append('AveragePriceStored', context, {
      newAveragePrice: price / milli,
      block: context.block,
      timestamp: context.seconds,
    }),
}

/** The columns of a pricing policy. The layout of today leaves upstream's discount at 0. */
export function pricingColumns(policy: PricingPolicy): Omit<Row<'PricingPolicy'>, 'key'> {
  return {
    gridVersion: policy.version,
    pricingPolicyID: policy.id,
    name: textOf(policy.name),
    su: policyOf(policy.su),
    cu: policyOf(policy.cu),
    nu: policyOf(policy.nu),
    ipu: policyOf(policy.ipu),
    foundationAccount: addressOf(policy.foundation_account),
    certifiedSalesAccount: addressOf(policy.certified_sales_account),
    dedicatedNodeDiscount: 0,
  }
}

/** The columns of a farming policy. Upstream never fills the least uptime. */
export function farmingColumns(policy: FarmingPolicy): Omit<Row<'FarmingPolicy'>, 'key'> {
  return {
    gridVersion: policy.version,
    farmingPolicyID: policy.id,
    name: textOf(policy.name),
    cu: policy.cu,
    su: policy.su,
    nu: policy.nu,
    ipv4: policy.ipv4,
    minimalUptime: null,
    policyCreated: policy.policy_created,
    policyEnd: policy.policy_end,
    immutable: policy.immutable,
    default: policy.default,
    nodeCertification: policy.node_certification,
    farmCertification: policy.farm_certification,
  }
}

function policyOf({ value, unit }: Policy): JsonValue<'Policy'> {
  return { value, unit }
}
