// The dev genesis: accounts that their secrets make, and all that the reference lists.

import { describe, expect, it, test } from 'vitest'
import { aliceGrandpaKey, devAccounts, devSecrets } from '../../src/chain/genesis.ts'
import { aura } from '../../src/chain/pallets/aura/declaration.ts'
import { balances } from '../../src/chain/pallets/balances/declaration.ts'
import { council } from '../../src/chain/pallets/council/declaration.ts'
import { councilMembership } from '../../src/chain/pallets/council-membership/declaration.ts'
import { grandpa } from '../../src/chain/pallets/grandpa/declaration.ts'
import { session } from '../../src/chain/pallets/session/declaration.ts'
import { smartContract } from '../../src/chain/pallets/smart-contract/declaration.ts'
import { system } from '../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../src/chain/pallets/tfgrid/declaration.ts'
import { tftBridge } from '../../src/chain/pallets/tft-bridge/declaration.ts'
import { tftPrice } from '../../src/chain/pallets/tft-price/declaration.ts'
import { validatorSet } from '../../src/chain/pallets/validator-set/declaration.ts'
import { keyPairFromUri } from '../../src/crypto/keys.ts'
import { type DevName, stranger, testChain } from './support/chain.ts'

const { alice, bob, eve, ferdie, bridge1 } = devAccounts

describe('dev accounts', () => {
  test.each(Object.keys(devAccounts) as DevName[])('%s is made by its secret', name => {
    const made = keyPairFromUri(devSecrets[name], 'sr25519')
    expect(made.ok && made.pair.accountId).toBe(devAccounts[name])
  })

  test('the finality key is the ed25519 key of //Alice', () => {
    const made = keyPairFromUri('//Alice', 'ed25519')
    expect(made.ok && made.pair.accountId).toBe(aliceGrandpaKey)
  })
})

describe('the dev genesis', () => {
  const t = testChain()

  it('W181 seats Alice and Bob, sorted by their keys', () => {
    expect(t.state(councilMembership).Members.get()).toEqual([bob, alice])
    expect(t.state(council).Members.get()).toEqual([bob, alice])
    expect(t.state(council).Prime.get()).toBeNull()
  })

  it('W182 endows the accounts of Alice and Bob and of the bridge, and nobody else', () => {
    const amounts = (['alice', 'charlie', 'eve', 'ferdie'] as const).map(t.balance)
    expect(amounts).toEqual([1_152_921_504_606_846_976n, 0n, 0n, 0n])
    expect(t.state(balances).TotalIssuance.get()).toBe(8_070_450_532_247_928_832n)
    expect(t.state(system).Account.entries()).toHaveLength(7)
  })

  it('W183 knows the limits of the price, and no price', () => {
    const price = t.state(tftPrice)
    expect([price.TftPrice.get(), price.AverageTftPrice.get()]).toEqual([0, 0])
    expect([price.MinTftPrice.get(), price.MaxTftPrice.get()]).toEqual([10, 1000])
    const absent = [price.TftPrice, price.AverageTftPrice, price.LastBlockSet]
    expect(absent.map(item => item.has())).toEqual([false, false, false])
  })

  it('makes Alice the only authority', () => {
    expect(t.state(validatorSet).Validators.get()).toEqual([alice])
    expect(t.state(validatorSet).ApprovedValidators.get()).toEqual([alice])
    expect(t.state(session).Validators.get()).toEqual([alice])
    const keys = { aura: alice, grandpa: aliceGrandpaKey }
    expect(t.state(session).NextKeys.get(alice)).toEqual(keys)
    expect(t.state(session).QueuedKeys.get()).toEqual([[alice, keys]])
    expect(t.state(session).KeyOwner.entries()).toHaveLength(2)
    expect(t.state(aura).Authorities.get()).toEqual([alice])
    expect(t.state(grandpa).SetIdSession.get(0n)).toBe(0)
    const raw = t.runtime.state.rawValue('0x3a6772616e6470615f617574686f726974696573', 1)
    expect(raw).toBe(`0x0104${aliceGrandpaKey.slice(2)}0100000000000000`)
  })

  it('writes the policies, and nothing that is 0 because it was never set', () => {
    const { PricingPolicies, FarmingPoliciesMap, ...rest } = t.state(tfgrid)
    expect(PricingPolicies.get(1)).toEqual({
      version: 1,
      id: 1,
      name: 'threefold_default_pricing_policy',
      su: { value: 50_000, unit: 'Gigabytes' },
      cu: { value: 100_000, unit: 'Gigabytes' },
      nu: { value: 15_000, unit: 'Gigabytes' },
      ipu: { value: 40_000, unit: 'Gigabytes' },
      unique_name: { value: 2500, unit: 'Gigabytes' },
      domain_name: { value: 5000, unit: 'Gigabytes' },
      foundation_account: eve,
      certified_sales_account: ferdie,
      discount_for_dedication_nodes: 50,
    })
    const policies = FarmingPoliciesMap.entries().map(({ value }) => value)
    const sorted = policies.sort((a, b) => a.id - b.id)
    expect(sorted.map(p => [p.id, p.cu, p.su, p.nu, p.ipv4, p.node_certification])).toEqual([
      [1, 2400, 1000, 30, 5, 'Diy'],
      [2, 3000, 1250, 38, 6, 'Certified'],
    ])
    expect([rest.PricingPolicyID.get(), rest.FarmingPolicyID.get()]).toEqual([1, 2])
    expect(rest.ConnectionPrice.get()).toBe(80)
    const never = [rest.FarmID, rest.NodeID, rest.TwinID, rest.EntityID, rest.ZosVersion]
    expect(never.map(item => item.has())).toEqual([false, false, false, false, false])
    expect(rest.PricingPolicyIdByName.entries()).toEqual([])
  })

  it('sets up the bridge and the billing', () => {
    const bridge = t.state(tftBridge)
    expect(bridge.Validators.get()).toEqual([bridge1])
    expect(bridge.FeeAccount.get()).toBe(ferdie)
    expect([bridge.DepositFee.get(), bridge.WithdrawFee.get()]).toEqual([10_000_000n, 10_000_000n])
    expect(bridge.PalletVersion.has()).toBe(false)
    expect(t.state(smartContract).BillingFrequency.get()).toBe(10n)
  })

  it('tells no events', () => {
    expect(t.chain.eventsOf(0)).toEqual([])
  })
})

describe('another genesis', () => {
  it('endows who is named: a dev account with another amount, or with nothing', () => {
    const t = testChain({
      endowed: [
        [stranger(1), 5000n],
        [alice, 1_000_000_000n],
        [bob, 0n],
      ],
    })
    expect(t.balance(stranger(1))).toBe(5000n)
    expect(t.balance('alice')).toBe(1_000_000_000n)
    expect(t.state(system).Account.has(bob)).toBe(false)
    const sum = 5n * (1n << 60n) + 5000n + 1_000_000_000n
    expect(t.state(balances).TotalIssuance.get()).toBe(sum)
  })

  it('takes an author, prices, a council and a billing frequency', () => {
    const t = testChain({
      author: stranger(7),
      council: [stranger(9), stranger(8), stranger(7)],
      billingFrequency: 600,
      prices: { tft: 42, maxTft: 500, cu: 7 },
    })
    expect(t.state(session).Validators.get()).toEqual([stranger(7)])
    expect(t.state(councilMembership).Members.get()).toEqual([
      stranger(7),
      stranger(8),
      stranger(9),
    ])
    expect(t.state(smartContract).BillingFrequency.get()).toBe(600n)
    expect(t.state(tftPrice).TftPrice.get()).toBe(42)
    expect(t.state(tftPrice).AverageTftPrice.get()).toBe(42)
    expect(t.state(tftPrice).BufferRange.get()).toEqual([0, 1])
    expect(t.state(tftPrice).MaxTftPrice.get()).toBe(500)
    expect(t.state(tfgrid).PricingPolicies.get(1)?.cu.value).toBe(7)
  })

  it('does not depend on the time at which the chain begins', () => {
    const [one, other] = [testChain({ startAt: 0 }), testChain({ startAt: 1_800_000_000_000 })]
    const keys = one.runtime.state.rawKeys('0x', 0)
    expect(keys.length).toBeGreaterThan(40)
    const different = keys.filter(
      key => one.runtime.state.rawValue(key, 0) !== other.runtime.state.rawValue(key, 0),
    )
    // Aura.CurrentSlot is what the block record says.
    expect(different.filter(key => !key.startsWith('0x57f8dc2f5ab09467896f47300f042438'))).toEqual(
      [],
    )
  })
})
