// Bills: the worked cases, with the settlement of spec 153 where the case was written for 149.

import { describe, expect, it } from 'vitest'
import {
  hasActiveContracts,
  onNodeDeleted,
  onNodePowerUp,
} from '../../../src/chain/pallets/smart-contract/node-hooks.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tftPrice } from '../../../src/chain/pallets/tft-price/declaration.ts'
import { accountOf, stranger } from '../support/chain.ts'
import {
  type ContractCase,
  caseResources,
  contractCase,
  epochSeconds,
  fieldsOf,
  namesOf,
  type Who,
} from '../support/contracts.ts'

const own = (error: string) => `SmartContractModule.${error}`

const timeOf = (block: number): bigint => BigInt(epochSeconds + 6 * block)

/** Bills contract `id` at each of the blocks. */
function bills(env: ContractCase, id: number, blocks: readonly number[]): void {
  for (const block of blocks) env.at(block, () => expect(env.bill(id)).toMatchObject({ ok: true }))
}

/** Every tenth block from `from` on, `count` of them. */
const every10 = (from: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => from + 10 * i)

const billOf = (id: number, block: number, level: string, amount: bigint) => [
  {
    contract_id: BigInt(id),
    timestamp: timeOf(block),
    discount_level: level,
    amount_billed: amount,
  },
]

const overdrawn = (id: number, block: number, paid: bigint, overdraft: bigint) => ({
  contract_id: BigInt(id),
  timestamp: timeOf(block),
  partially_billed_amount: paid,
  overdraft,
})

const graceStarted = (id: number, twin: number, block: number, node = 1) => ({
  contract_id: BigInt(id),
  node_id: node,
  twin_id: twin,
  block_number: BigInt(block),
})

const payment = (
  standard_reserve: bigint,
  standard_overdraft: bigint,
  block: number,
  cycles: number,
) => ({
  standard_reserve,
  additional_reserve: 0n,
  standard_overdraft,
  additional_overdraft: 0n,
  last_updated_seconds: timeOf(block),
  cycles,
})

/** What accounts own that did not exist, or what they own more than at the start. */
const owns = (env: ContractCase, expected: Partial<Record<Who, bigint>>): void => {
  const found = Object.fromEntries(Object.keys(expected).map(who => [who, env.free(who as Who)]))
  expect(found).toEqual(expected)
}

const aliceHad = 1_000_000_000_000n

describe('spec 149 examples, with the amounts and events of 153', () => {
  it('E1, B-02 a node contract with an address, traffic and a solution provider, over 25 bills', () => {
    const env = contractCase()
    const issued = env.issuance()
    env.at(1, () => {
      env.sc('dave', 'create_solution_provider', {
        description: '',
        link: '',
        providers: [{ who: accountOf('dave'), take: 10 }],
      })
      env.sc('root', 'approve_solution_provider', { solution_provider_id: 1n, approve: true })
      env.deploy('bob', { ips: 1, provider: 1n })
      env.report(1)
      env.traffic(1)
    })
    env.takeEvents()
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([billOf(1, 11, 'None', 194_440n)])
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(0n)
    bills(env, 1, [21])
    expect(env.reserved('bob')).toBe(338_880n)
    bills(env, 1, every10(31, 21))
    expect(env.reserved('bob')).toBe(3_372_120n)
    env.takeEvents()
    bills(env, 1, [241])
    expect(fieldsOf(env.takeEvents(), 'RewardDistributed')).toEqual([
      { contract_id: 1n, standard_rewards: 3_516_560n, additional_rewards: 0n },
    ])
    // 149: 10 % foundation, 5 % staking, 10 % provider, 40 % sales, the rest burned; 153: 40, 10, and 50 farmer.
    owns(env, {
      staking: 351_656n,
      alice: aliceHad + 1_758_280n,
      ferdie: 1_406_624n,
      dave: 1_000_000_000_000n,
      eve: 0n,
      bob: 2_496_483_440n,
    })
    bills(env, 1, [251])
    expect(env.reserved('bob')).toBe(144_440n)
    expect(env.paymentOf(1)).toEqual(payment(144_440n, 0n, 251, 1))
    expect(env.issuance()).toBe(issued)
  })

  it('E2, B-13 a name', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    bills(env, 1, [11])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual(['ContractCreated', 'Balances.Reserved', 'ContractBilled'])
    expect(fieldsOf(events, 'Reserved')).toEqual([{ who: accountOf('bob'), amount: 2784n }])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 11, 'Silver', 2784n)])
  })

  it('E3 a rent contract for 36 s', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('bob'))
    bills(env, 1, [7])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([billOf(1, 7, 'None', 188_600n)])
  })

  it('E4, B-10 running out of funds', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11, 21])
    const events = env.takeEvents()
    expect(env.contractOf(1).state).toEqual({ type: 'GracePeriod', value: 21n })
    expect(fieldsOf(events, 'ContractGracePeriodStarted')).toEqual([graceStarted(1, 3, 21)])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 11, 'None', 121_300n)])
    // 149 locks nothing more and keeps 242 600 as owed; 153 reserves what there is.
    expect(env.paymentOf(1)).toEqual(payment(149_500n, 93_100n, 21, 2))
  })

  it('E5, B-11 the same account, restored', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11, 21, 31, 41])
    expect(env.stateOf(1)).toBe('GracePeriod')
    env.takeEvents()
    env.at(52, () => {
      env.transfer('bob', 'charlie', 100_000_000n)
      env.bill(1)
    })
    const events = env.takeEvents()
    expect(env.stateOf(1)).toBe('Created')
    expect(namesOf(events).slice(1)).toEqual([
      'ContractGracePeriodEnded',
      'Balances.Reserved',
      'ContractBilled',
    ])
    // Owed 335 700 and 133 440 for these 66 s; 149 locks these alone (14.2), 153 reserves everything.
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 52, 'None', 469_140n)])
    bills(env, 1, [62])
    expect(env.paymentOf(1)).toEqual(payment(739_940n, 0n, 62, 6))
  })

  it('E6, B-19 a contract with an address on a node that its owner rents', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('bob'))
    env.at(2, () => env.deploy('bob', { ips: 1 }))
    env.takeEvents()
    bills(env, 1, [11])
    bills(env, 2, [12])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'Balances.Reserved',
      'ContractBilled',
      'Balances.Reserved',
      'ContractBilled',
    ])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([
      billOf(1, 11, 'None', 314_320n),
      billOf(2, 12, 'Default', 18_512n),
    ])
    expect(env.reserved('bob')).toBe(332_832n)
  })

  it('E7 what the farmer asks beyond the rent is billed with it', () => {
    const env = contractCase()
    env.at(1, () => {
      env.sc('alice', 'set_dedicated_node_extra_fee', { node_id: 1, extra_fee: 100_000n })
      env.rent('bob')
    })
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([
      billOf(1, 11, 'None', 314_320n + 462_960n),
    ])
    expect(env.paymentOf(1)).toMatchObject({
      standard_reserve: 314_320n,
      additional_reserve: 462_960n,
    })
  })

  it('B-03 two contracts, each alone in its bucket', () => {
    const env = contractCase({ price: 'none' })
    env.at(1, () => {
      const price = { price: 50, block_number: 1 }
      expect(env.call('alice', 'TFTPriceModule', 'set_prices', price).ok).toBe(true)
      env.deploy('bob', { ips: 1 })
    })
    env.at(2, () => env.register('bob', 'foobar'))
    expect(env.contracts.ContractsToBillAt.get(1n)).toEqual([1n])
    expect(env.contracts.ContractsToBillAt.get(2n)).toEqual([2n])
    bills(env, 1, [11])
    bills(env, 2, [12])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'TFTPriceModule.PriceStored',
      'TFTPriceModule.AveragePriceStored',
      'ContractCreated',
      'ContractCreated',
      'Balances.Reserved',
      'ContractBilled',
      'Balances.Reserved',
      'ContractBilled',
    ])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([
      billOf(1, 11, 'Default', 18_512n),
      billOf(2, 12, 'Silver', 2784n),
    ])
  })

  it('B-04 three bills of the same amount', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    const reserved = [11, 21, 31].map(block => {
      bills(env, 1, [block])
      return env.reserved('bob')
    })
    expect(reserved).toEqual([121_300n, 242_600n, 363_900n])
  })

  it('B-09 a cancel without the money for the last period', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    bills(env, 1, [11, 21])
    env.takeEvents()
    env.at(25, () => {
      env.transfer('bob', 'alice', 2_499_747_400n)
      expect(env.free('bob')).toBe(10_000n)
      env.takeEvents()
      expect(env.cancel('bob', 1).ok).toBe(true)
    })
    const events = env.takeEvents()
    // 149 shows a bill of 48 520 and takes nothing of it; 153 takes the 9500 that can be reserved.
    expect(fieldsOf(events, 'ContractPaymentOverdrawn')).toEqual([overdrawn(1, 25, 9500n, 39_020n)])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([])
    expect(fieldsOf(events, 'RewardDistributed')).toEqual([
      { contract_id: 1n, standard_rewards: 252_100n, additional_rewards: 0n },
    ])
    owns(env, { staking: 25_210n, ferdie: 100_840n, bob: 500n })
    expect(env.free('alice')).toBe(aliceHad + 2_499_747_400n + 126_050n)
    expect(env.stateOf(1)).toBe('gone')
  })

  it('B-14 a rented node that stands by is not billed', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    const power = (power_state: 'Up' | 'Down') =>
      env.call('alice', 'TfgridModule', 'change_power_state', { power_state })
    env.at(1, () => {
      expect(power('Down').ok).toBe(true)
      env.rent('bob')
    })
    bills(env, 1, [11])
    env.at(15, () => power('Up'))
    bills(env, 1, [21])
    env.at(25, () => power('Down'))
    bills(env, 1, [31, 41])
    env.at(45, () => power('Up'))
    bills(env, 1, [51])
    const events = env.takeEvents()
    expect(fieldsOf(events, 'ContractBilled')).toEqual([
      billOf(1, 21, 'None', 188_600n),
      billOf(1, 51, 'None', 188_600n),
    ])
    // 149 says nothing; 153 tells that the rent is waived.
    expect(fieldsOf(events, 'RentWaived')).toEqual([1, 1, 1].map(() => ({ contract_id: 1n })))
    expect(env.reserved('bob')).toBe(377_200n)
    expect(env.paymentOf(1)).toEqual(payment(377_200n, 0n, 51, 2))
  })

  it('B-17 what a contract uses of a rented node is not billed', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('bob'))
    env.at(2, () => {
      env.deploy('bob')
      env.report(2)
    })
    bills(env, 1, [11])
    bills(env, 2, [12])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'ContractCreated',
      'ContractCreated',
      'UpdatedUsedResources',
      'Balances.Reserved',
      'ContractBilled',
    ])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 11, 'None', 314_320n)])
    expect(env.paymentOf(2)).toEqual(payment(0n, 0n, 2, 0))
  })

  it('B-18, 14.5 a rent that is not paid ends with all contracts on the node', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('charlie'))
    env.at(2, () => {
      env.deploy('charlie')
      env.report(2)
    })
    env.takeEvents()
    for (const block of every10(11, 10)) {
      bills(env, 1, [block])
      bills(env, 2, [block + 1])
    }
    const before = env.takeEvents()
    expect(namesOf(before.slice(0, 4))).toEqual([
      'ContractGracePeriodStarted',
      'ContractGracePeriodStarted',
      'Balances.Reserved',
      'ContractPaymentOverdrawn',
    ])
    expect(fieldsOf(before, 'ContractGracePeriodStarted')).toEqual([
      graceStarted(1, 3, 11),
      graceStarted(2, 3, 11),
    ])
    expect(fieldsOf(before, 'ContractPaymentOverdrawn')).toEqual([
      overdrawn(1, 11, 149_500n, 164_820n),
      ...every10(21, 9).map(block => overdrawn(1, block, 0n, 314_320n)),
    ])
    bills(env, 1, [111])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'ContractGracePeriodElapsed',
      'ContractPaymentOverdrawn',
      'Balances.Slashed',
      'Balances.Deposit',
      'System.NewAccount',
      'Balances.Endowed',
      'Balances.ReserveRepatriated',
      'Balances.Slashed',
      'Balances.Deposit',
      'System.NewAccount',
      'Balances.Endowed',
      'RewardDistributed',
      'NodeContractCanceled',
      'RentContractCanceled',
    ])
    expect(fieldsOf(events, 'ContractGracePeriodElapsed')).toEqual([
      { contract_id: 1n, grace_period: 100n },
    ])
    expect(fieldsOf(events, 'NodeContractCanceled')).toEqual([
      { contract_id: 2n, node_id: 1, twin_id: 3 },
    ])
    owns(env, { staking: 14_950n, alice: aliceHad + 74_750n, ferdie: 59_800n, charlie: 500n })
    expect(env.reserved('charlie')).toBe(0n)
    expect([env.stateOf(1), env.stateOf(2)]).toEqual(['gone', 'gone'])
    expect(env.contracts.ContractsToBillAt.get(2n)).toEqual([])
  })

  it('B-21 a rent is restored', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('charlie'))
    bills(env, 1, [11, 21, 31])
    expect(fieldsOf(env.takeEvents(), 'ContractGracePeriodStarted')).toEqual([
      graceStarted(1, 3, 11),
    ])
    env.at(32, () => env.transfer('bob', 'charlie', 100_000_000n))
    env.takeEvents()
    bills(env, 1, [41])
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'ContractGracePeriodEnded',
      'Balances.Reserved',
      'ContractBilled',
    ])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 41, 'None', 1_107_780n)])
    bills(env, 1, [51])
    expect(env.paymentOf(1)).toEqual(payment(1_571_600n, 0n, 51, 5))
  })
})

describe('spec 153 examples', () => {
  it('F1 a cancel in the middle of a cycle', () => {
    const env = contractCase()
    const issued = env.issuance()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    bills(env, 1, [11, 21])
    env.takeEvents()
    env.at(28, () => expect(env.cancel('bob', 1).ok).toBe(true))
    const events = env.takeEvents()
    expect(namesOf(events)).toEqual([
      'Balances.Reserved',
      'ContractBilled',
      'Balances.Slashed',
      'Balances.Deposit',
      'System.NewAccount',
      'Balances.Endowed',
      'Balances.ReserveRepatriated',
      'Balances.Slashed',
      'Balances.Deposit',
      'System.NewAccount',
      'Balances.Endowed',
      'RewardDistributed',
      'NodeContractCanceled',
    ])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 28, 'None', 84_920n)])
    expect(fieldsOf(events, 'ReserveRepatriated')).toEqual([
      {
        from: accountOf('bob'),
        to: accountOf('alice'),
        amount: 163_760n,
        destination_status: 'Free',
      },
    ])
    expect(fieldsOf(events, 'RewardDistributed')).toEqual([
      { contract_id: 1n, standard_rewards: 327_520n, additional_rewards: 0n },
    ])
    owns(env, {
      staking: 32_752n,
      alice: aliceHad + 163_760n,
      ferdie: 131_008n,
      bob: 2_499_672_480n,
    })
    expect(env.reserved('bob')).toBe(0n)
    expect(env.issuance()).toBe(issued)
  })

  it('F2 out of funds, and restored', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11])
    env.takeEvents()
    bills(env, 1, [21])
    const second = env.takeEvents()
    expect(namesOf(second)).toEqual([
      'ContractGracePeriodStarted',
      'Balances.Reserved',
      'ContractPaymentOverdrawn',
    ])
    expect(fieldsOf(second, 'ContractPaymentOverdrawn')).toEqual([
      overdrawn(1, 21, 28_200n, 93_100n),
    ])
    expect(env.paymentOf(1)).toEqual(payment(149_500n, 93_100n, 21, 2))
    bills(env, 1, [31])
    expect(namesOf(env.takeEvents())).toEqual(['ContractPaymentOverdrawn'])
    expect(env.paymentOf(1)).toEqual(payment(149_500n, 214_400n, 31, 3))
    expect([env.free('charlie'), env.reserved('charlie')]).toEqual([500n, 149_500n])
    env.at(41, () => {
      env.transfer('bob', 'charlie', 100_000_000n)
      env.takeEvents()
      env.bill(1)
    })
    const fourth = env.takeEvents()
    expect(fieldsOf(fourth, 'ContractGracePeriodEnded')).toEqual([
      { contract_id: 1n, node_id: 1, twin_id: 3 },
    ])
    expect(fieldsOf(fourth, 'ContractBilled')).toEqual([billOf(1, 41, 'None', 335_700n)])
    expect(env.paymentOf(1)).toEqual(payment(485_200n, 0n, 41, 4))
    expect(env.free('charlie')).toBe(99_664_800n)
  })

  it('F3 an extra fee over 24 cycles', () => {
    const env = contractCase()
    env.at(1, () => {
      env.sc('alice', 'set_dedicated_node_extra_fee', { node_id: 1, extra_fee: 100_000n })
      env.rent('dave')
    })
    env.takeEvents()
    bills(env, 1, every10(11, 24))
    const events = env.takeEvents()
    expect(fieldsOf(events, 'ContractBilled')).toEqual(
      every10(11, 24).map(block => billOf(1, block, 'Gold', 588_688n)),
    )
    expect(fieldsOf(events, 'RewardDistributed')).toEqual([
      { contract_id: 1n, standard_rewards: 3_017_472n, additional_rewards: 11_111_040n },
    ])
    owns(env, {
      staking: 301_747n,
      alice: aliceHad + 11_111_040n + 1_508_736n,
      ferdie: 1_206_989n,
      dave: 999_985_871_488n,
    })
    expect(env.paymentOf(1)).toEqual(payment(0n, 0n, 241, 0))
  })

  it('F4 certified capacity costs a quarter more', () => {
    const env = contractCase()
    env.grid.Nodes.set(1, { ...env.grid.Nodes.get(1)!, certification: 'Certified' })
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([billOf(1, 11, 'None', 151_625n)])
  })

  it('F5 a contract on a rented node waits for the rent, and follows it out of grace', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      env.rent('charlie')
      env.deploy('charlie', { ips: 1 })
    })
    env.takeEvents()
    const both = (block: number) =>
      env.at(block, () => {
        env.bill(2)
        env.bill(1)
      })
    both(11)
    const first = env.takeEvents()
    expect(fieldsOf(first, 'ContractBilled')).toEqual([billOf(2, 11, 'None', 23_140n)])
    expect(fieldsOf(first, 'ContractGracePeriodStarted')).toEqual([
      graceStarted(1, 3, 11),
      graceStarted(2, 3, 11),
    ])
    expect(fieldsOf(first, 'ContractPaymentOverdrawn')).toEqual([
      overdrawn(1, 11, 126_360n, 187_960n),
    ])
    both(21)
    expect(fieldsOf(env.takeEvents(), 'ContractPaymentOverdrawn')).toEqual([
      overdrawn(2, 21, 0n, 23_140n),
      overdrawn(1, 21, 0n, 314_320n),
    ])
    env.at(22, () => env.transfer('bob', 'charlie', 2_000_000n))
    env.takeEvents()
    env.at(31, () => {
      env.bill(2)
      expect(env.stateOf(2)).toBe('GracePeriod')
      env.bill(1)
    })
    const third = env.takeEvents()
    expect(namesOf(third)).toEqual([
      'Balances.Reserved',
      'ContractBilled',
      'ContractGracePeriodEnded',
      'ContractGracePeriodEnded',
      'Balances.Reserved',
      'ContractBilled',
    ])
    expect(fieldsOf(third, 'ContractBilled')).toEqual([
      billOf(2, 31, 'None', 46_280n),
      billOf(1, 31, 'None', 816_600n),
    ])
    expect(fieldsOf(third, 'ContractGracePeriodEnded')).toEqual(
      [1n, 2n].map(contract_id => ({ contract_id, node_id: 1, twin_id: 3 })),
    )
    expect([env.stateOf(1), env.stateOf(2)]).toEqual(['Created', 'Created'])
    expect([env.free('charlie'), env.reserved('charlie')]).toEqual([1_137_620n, 1_012_380n])
  })
})

describe('additional cases, with the settlement of 153', () => {
  it('D-01, 14.4 a cancel in grace pays what is owed', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11, 21])
    env.at(31, () => {
      env.bill(1)
      env.transfer('bob', 'charlie', 1_000_000n)
      env.takeEvents()
      expect(env.cancel('charlie', 1).ok).toBe(true)
    })
    const events = env.takeEvents()
    // 149 shows a bill of 0; 153 bills the overdraft.
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 31, 'None', 214_400n)])
    expect(fieldsOf(events, 'RewardDistributed')).toMatchObject([{ standard_rewards: 363_900n }])
    owns(env, {
      staking: 36_390n,
      alice: aliceHad + 181_950n,
      ferdie: 145_560n,
      charlie: 786_100n,
    })
  })

  it('D-02 small amounts', () => {
    const env = contractCase({ price: 1000 })
    env.at(1, () => env.register('bob', 'foobar'))
    const reserved = [11, 21, 31].map(block => {
      bills(env, 1, [block])
      return env.reserved('bob')
    })
    // 149: frozen 93, 593, 686, since a lock hides the existential deposit.
    expect(reserved).toEqual([93n, 186n, 279n])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual(
      [11, 21, 31].map(block => billOf(1, block, 'Gold', 93n)),
    )
  })

  it('D-06 solution providers get nothing any more', () => {
    const env = contractCase()
    env.at(1, () => {
      env.sc('dave', 'create_solution_provider', {
        description: '',
        link: '',
        providers: [
          { who: accountOf('alice'), take: 30 },
          { who: accountOf('dave'), take: 20 },
        ],
      })
      env.sc('root', 'approve_solution_provider', { solution_provider_id: 1n, approve: true })
      env.deploy('bob', { provider: 1n })
      env.report(1)
    })
    bills(env, 1, every10(11, 24))
    owns(env, {
      staking: 291_120n,
      alice: aliceHad + 1_455_600n,
      ferdie: 1_164_480n,
      dave: 1_000_000_000_000n,
      eve: 0n,
    })
  })

  it('D-09 anybody bills at any time, and each bill is a cycle', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    env.at(6, () => expect(env.bill(1, 'bob')).toMatchObject({ ok: true }))
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual(
      [6, 11].map(block => billOf(1, block, 'None', 60_660n)),
    )
    expect(env.paymentOf(1)).toEqual(payment(121_320n, 0n, 11, 2))
  })

  it('D-12 a cancel before the first bill', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob', { ips: 2 })
      env.report(1)
    })
    env.takeEvents()
    env.at(9, () => env.cancel('bob', 1))
    const events = env.takeEvents()
    // 149 shows the bill and takes nothing of it.
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 9, 'None', 134_060n)])
    owns(env, { staking: 13_406n, alice: aliceHad + 67_030n, ferdie: 53_624n })
    expect(namesOf(events).slice(-3)).toEqual([
      'RewardDistributed',
      'IPsFreed',
      'NodeContractCanceled',
    ])
    expect(fieldsOf(events, 'IPsFreed')).toEqual([
      { contract_id: 1n, public_ips: env.grid.Farms.get(1)?.public_ips },
    ])
    expect(env.grid.Farms.get(1)?.public_ips.map(ip => ip.contract_id)).toEqual([0n, 0n])
  })
})

describe('edge cases', () => {
  it('14.1 a rent contract is cancelled while its node stands by', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('bob'))
    bills(env, 1, [11])
    env.grid.NodePower.set(1, { state: { type: 'Down', value: 12 }, target: 'Down' })
    env.takeEvents()
    env.at(21, () => expect(env.cancel('bob', 1).ok).toBe(true))
    const events = env.takeEvents()
    expect(namesOf(events).slice(0, 2)).toEqual(['RentWaived', 'ContractBilled'])
    expect(fieldsOf(events, 'ContractBilled')).toEqual([billOf(1, 21, 'None', 0n)])
    expect(fieldsOf(events, 'RewardDistributed')).toMatchObject([{ standard_rewards: 314_320n }])
    expect(env.stateOf(1)).toBe('gone')
    expect(env.contracts.ActiveRentContractForNode.has(1)).toBe(false)
  })

  it('13.3 a rent contract in grace on a node that stands by only has its rent waived', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => env.rent('charlie'))
    bills(env, 1, [11])
    env.grid.NodePower.set(1, { state: { type: 'Down', value: 12 }, target: 'Down' })
    env.takeEvents()
    bills(env, 1, [21])
    expect(namesOf(env.takeEvents())).toEqual(['RentWaived'])
    expect(env.paymentOf(1)).toEqual(payment(149_500n, 164_820n, 11, 1))
  })

  it('14.3 two contracts of one account are paid out each for itself', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.deploy('bob')
      env.report(1)
      env.report(2)
    })
    env.at(11, () => {
      env.bill(1)
      env.bill(2)
    })
    env.at(21, () => env.cancel('bob', 1))
    expect(env.reserved('bob')).toBe(121_300n)
    expect(env.paymentOf(2)).toEqual(payment(121_300n, 0n, 11, 1))
  })

  it('14.6 a contract is billed in the second of its creation: nothing happens', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob', { ips: 1 })
      env.report(1)
      env.traffic(1)
      env.takeEvents()
      expect(env.bill(1)).toMatchObject({ ok: true, events: [] })
    })
    expect(env.paymentOf(1)?.cycles).toBe(0)
    expect(env.contracts.ContractBillingInformationByID.get(1n).amount_unbilled).toBe(2500n)
  })

  it('14.8 on a farm that becomes dedicated, and a node that is rented, contracts go on for nothing', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
      env.call('root', 'TfgridModule', 'set_farm_dedicated', { farm_id: 1, dedicated: true })
      expect(env.rent('dave').ok).toBe(true)
    })
    env.takeEvents()
    bills(env, 1, [11])
    expect(env.takeEvents()).toEqual([])
  })

  it('14.10 a share below the existential deposit to an account that does not exist is destroyed', () => {
    const env = contractCase({ price: 1000 })
    const issued = env.issuance()
    env.at(1, () => env.register('bob', 'foobar'))
    bills(env, 1, [11])
    env.at(21, () => env.cancel('bob', 1))
    const events = env.takeEvents()
    // Of 186, 19 are for the staking pool and 167 for the foundation; neither exists.
    expect(fieldsOf(events, 'Slashed')).toEqual(
      [19n, 167n].map(amount => ({ who: accountOf('bob'), amount })),
    )
    expect(fieldsOf(events, 'RewardDistributed')).toMatchObject([{ standard_rewards: 186n }])
    owns(env, { staking: 0n, ferdie: 0n })
    expect(env.issuance()).toBe(issued - 186n)
    expect(env.owned()).toBe(env.issuance())
  })

  it('a name pays the staking pool and the foundation alone', () => {
    const env = contractCase({ price: 1 })
    env.at(1, () => env.register('dave', 'foobar'))
    const reserve = env.at(11, () => {
      env.bill(1)
      const { standard_reserve } = env.paymentOf(1)!
      env.cancel('dave', 1)
      return standard_reserve
    })
    const staking = (reserve + 4n) / 10n
    owns(env, { staking, ferdie: reserve - staking, alice: aliceHad })
  })

  it('a payer who is his own farmer gets his share back', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('alice')
      env.report(1)
    })
    bills(env, 1, [11])
    env.takeEvents()
    env.at(12, () => env.cancel('alice', 1))
    expect(namesOf(env.takeEvents())).toContain('Balances.Unreserved')
    expect(env.reserved('alice')).toBe(0n)
    expect(env.free('alice')).toBe(aliceHad - env.free('staking') - env.free('ferdie'))
  })

  it('a stash that is bonded to the twin counts for the discount', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    env.grid.TwinBoundedAccountID.set(2, accountOf('dave'))
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([billOf(1, 11, 'Gold', 48_520n)])
  })

  it('locks count against what can be reserved', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    const accounts = env.state(system).Account
    const info = accounts.get(accountOf('charlie'))
    accounts.set(accountOf('charlie'), { ...info, data: { ...info.data, frozen: 100_000n } })
    bills(env, 1, [11])
    expect(fieldsOf(env.takeEvents(), 'ContractPaymentOverdrawn')).toEqual([
      overdrawn(1, 11, 50_000n, 71_300n),
    ])
  })

  it('a partial payment settles what the farmer asked for first', () => {
    const env = contractCase()
    env.at(1, () => {
      env.sc('alice', 'set_dedicated_node_extra_fee', { node_id: 1, extra_fee: 20_000n })
      env.rent('charlie')
    })
    bills(env, 1, [11])
    // 92 600 extra, 314 320 rent, 149 500 there.
    expect(env.paymentOf(1)).toMatchObject({
      standard_reserve: 56_900n,
      additional_reserve: 92_600n,
      standard_overdraft: 257_420n,
      additional_overdraft: 0n,
    })
    env.at(12, () => env.transfer('bob', 'charlie', 50_000n))
    bills(env, 1, [21])
    expect(env.paymentOf(1)).toMatchObject({
      standard_reserve: 56_900n,
      additional_reserve: 142_600n,
      standard_overdraft: 571_740n,
      additional_overdraft: 42_600n,
    })
  })

  it('issue 1047: until something becomes due, an overdraft alone is not settled', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11, 21])
    env.at(22, () => {
      env.report(1, { hru: 0n, sru: 0n, cru: 0n, mru: 0n })
      env.transfer('bob', 'charlie', 1_000_000n)
    })
    env.takeEvents()
    bills(env, 1, [31])
    expect(env.takeEvents()).toEqual([])
    expect(env.paymentOf(1)).toEqual(payment(149_500n, 93_100n, 21, 2))
  })
})

describe('states of a rented node (13.4)', () => {
  /** A node rented by charlie with a contract that has an address, both in grace from block 11 on. */
  function inGrace(): ContractCase {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      env.rent('charlie')
      env.deploy('charlie', { ips: 1 })
    })
    env.at(11, () => {
      env.bill(2)
      env.bill(1)
    })
    env.takeEvents()
    return env
  }

  it('a contract with an overdraft stays in grace when the rent is paid again', () => {
    const env = inGrace()
    env.at(21, () => env.bill(2))
    env.at(22, () => env.transfer('bob', 'charlie', 2_000_000n))
    env.takeEvents()
    bills(env, 1, [31])
    expect(fieldsOf(env.takeEvents(), 'ContractGracePeriodEnded')).toMatchObject([
      { contract_id: 1n },
    ])
    expect([env.stateOf(1), env.stateOf(2)]).toEqual(['Created', 'GracePeriod'])
    // Its own bill then ends its own grace.
    bills(env, 2, [32])
    expect(env.stateOf(2)).toBe('Created')
  })

  it('a contract that is in grace already keeps the block in which that began, and is told of again', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie', { ips: 1 })
      env.report(1)
    })
    bills(env, 1, [11, 21])
    expect(env.contractOf(1).state).toEqual({ type: 'GracePeriod', value: 21n })
    env.at(22, () => {
      env.call('root', 'TfgridModule', 'set_farm_dedicated', { farm_id: 1, dedicated: true })
      env.rent('charlie')
    })
    env.takeEvents()
    bills(env, 2, [32])
    expect(fieldsOf(env.takeEvents(), 'ContractGracePeriodStarted')).toEqual([
      graceStarted(2, 3, 32),
      graceStarted(1, 3, 32),
    ])
    expect(env.contractOf(1).state).toEqual({ type: 'GracePeriod', value: 21n })
  })

  it('a rent whose grace is over waits for what its contracts have reserved', () => {
    const env = inGrace()
    bills(env, 1, [111])
    expect(namesOf(env.takeEvents())).toEqual(['ContractPaymentOverdrawn'])
    expect(env.stateOf(1)).toBe('GracePeriod')
    // The contract's own grace ends: it is paid out and goes.
    bills(env, 2, [112])
    const events = env.takeEvents()
    expect(namesOf(events)[0]).toBe('ContractGracePeriodElapsed')
    expect(fieldsOf(events, 'RewardDistributed')).toMatchObject([{ standard_rewards: 23_140n }])
    expect(env.stateOf(2)).toBe('gone')
    bills(env, 1, [121])
    expect(namesOf(env.takeEvents()).at(-1)).toBe('RentContractCanceled')
    expect(env.stateOf(1)).toBe('gone')
  })

  it('one block before the end a contract is still in grace', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('charlie')
      env.report(1)
    })
    bills(env, 1, [11, 21, 120])
    expect(env.stateOf(1)).toBe('GracePeriod')
    bills(env, 1, [121])
    expect(env.stateOf(1)).toBe('gone')
    expect(fieldsOf(env.takeEvents(), 'ContractGracePeriodElapsed')).toEqual([
      { contract_id: 1n, grace_period: 100n },
    ])
  })
})

describe('what a bill needs', () => {
  const refused = (env: ContractCase, block: number, error: string, id = 1): void => {
    const outcome = env.at(block, () => env.bill(id))
    expect(outcome).toMatchObject({ ok: false, error: own(error), events: [] })
  }

  it.each<[string, (env: ContractCase) => void]>([
    ['ContractNotExists', env => env.contracts.Contracts.remove(1n)],
    ['TwinNotExists', env => env.grid.Twins.remove(2)],
    ['PricingPolicyNotExists', env => env.grid.PricingPolicies.remove(1)],
    ['NodeNotExists', env => env.grid.Nodes.remove(1)],
    ['FarmNotExists', env => env.grid.Farms.remove(1)],
    ['TwinNotExists', env => env.grid.Twins.remove(1)],
    ['ContractPaymentStateNotExists', env => env.contracts.ContractPaymentState.remove(1n)],
  ])('%s', (error, prepare) => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    prepare(env)
    refused(env, 11, error)
  })

  it('a name needs no node', () => {
    const env = contractCase({ fixture: 'TWINS' })
    env.at(1, () => env.register('bob', 'foobar'))
    bills(env, 1, [11])
    expect(env.reserved('bob')).toBe(2784n)
  })

  it('a signature', () => {
    const env = contractCase()
    expect(env.at(1, () => env.bill(1, 'root'))).toMatchObject({ ok: false, error: 'BadOrigin' })
  })

  it('RewardDistributionError when locks hold what was reserved, and nothing of the bill stays', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    bills(env, 1, every10(11, 23))
    const { data, ...info } = env.state(system).Account.get(accountOf('bob'))
    // More is frozen than is free: the reserve is held too.
    const frozen = data.free + data.reserved
    env.state(system).Account.set(accountOf('bob'), { ...info, data: { ...data, frozen } })
    const before = env.paymentOf(1)
    refused(env, 241, 'RewardDistributionError')
    expect(env.paymentOf(1)).toEqual(before)
    // A contract that ends does so nevertheless.
    env.takeEvents()
    env.at(242, () => expect(env.cancel('bob', 1).ok).toBe(true))
    expect(env.stateOf(1)).toBe('gone')
    expect(namesOf(env.takeEvents()).slice(-2)).toEqual([
      'RewardDistributed',
      'NodeContractCanceled',
    ])
    expect(env.owned()).toBe(env.issuance())
  })

  it('the price within its limits at the moment of the bill', () => {
    const env = contractCase()
    env.at(1, () => env.register('bob', 'foobar'))
    env.state(tftPrice).AverageTftPrice.set(5)
    bills(env, 1, [11])
    // 232 units at 10 mUSD are 23 200.
    expect(fieldsOf(env.takeEvents(), 'ContractBilled')).toEqual([
      billOf(1, 11, 'Default', 18_560n),
    ])
  })
})

describe('what happens to a node', () => {
  it('its deletion bills and removes every contract, the rent last', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      env.rent('bob')
      env.deploy('bob', { ips: 1 })
      env.deploy('bob')
    })
    env.takeEvents()
    const names = env.at(11, () => {
      const { events } = env.runtime.execution
      const from = events.length
      onNodeDeleted(env.runtime.txOf(tftPrice), 1)
      return namesOf(events.slice(from).map(({ event }) => event))
    })
    expect(names.filter(name => name.endsWith('Canceled'))).toEqual([
      'NodeContractCanceled',
      'NodeContractCanceled',
      'RentContractCanceled',
    ])
    expect(names.filter(name => name === 'ContractBilled')).toHaveLength(3)
    expect(hasActiveContracts(env.runtime.txOf(tftPrice), 1)).toBe(false)
    expect(env.reserved('bob')).toBe(0n)
    expect(env.contracts.Contracts.entries()).toEqual([])
  })

  it('the farmer deletes it through TfgridModule', () => {
    const env = contractCase()
    env.at(1, () => {
      env.deploy('bob')
      env.report(1)
    })
    env.at(11, () => {
      const outcome = env.call('alice', 'TfgridModule', 'delete_node_farm', { node_id: 1 })
      expect(outcome.ok).toBe(true)
      expect(namesOf(outcome.events).at(-1)).toBe('TfgridModule.NodeDeleted')
    })
    expect(env.stateOf(1)).toBe('gone')
    expect(env.free('bob')).toBe(2_499_878_700n)
  })

  it('a bill that fails does not stop it, and what was done until then stays', () => {
    const env = contractCase()
    env.at(1, () => env.deploy('bob'))
    env.contracts.BillingFrequency.set(7n)
    env.contracts.ContractsToBillAt.set(1n, [])
    env.at(2, () => onNodeDeleted(env.runtime.txOf(tftPrice), 1))
    // The bucket is not where it should be, which the removal notices last.
    expect(env.stateOf(1)).toBe('gone')
  })

  it('it has active contracts while something runs on it, or somebody rents it', () => {
    const env = contractCase()
    const isActive = () => hasActiveContracts(env.runtime.txOf(tftPrice), 1)
    expect(isActive()).toBe(false)
    env.at(1, () => env.deploy('bob'))
    expect(isActive()).toBe(true)
    env.at(2, () => env.cancel('bob', 1))
    expect(isActive()).toBe(false)
    env.at(3, () => env.rent('bob'))
    expect(isActive()).toBe(true)
  })

  it('it comes back to power: only the rent begins anew', () => {
    const env = contractCase({ fixture: 'DEDICATED' })
    env.at(1, () => {
      env.rent('bob')
      env.deploy('bob')
    })
    env.at(9, () => {
      onNodePowerUp(env.runtime.txOf(tftPrice), 1)
      onNodePowerUp(env.runtime.txOf(tftPrice), 2)
    })
    expect(env.paymentOf(1)?.last_updated_seconds).toBe(timeOf(9))
    expect(env.paymentOf(2)?.last_updated_seconds).toBe(timeOf(1))
  })
})

it('a stranger can be the one who bills', () => {
  const env = contractCase()
  env.at(1, () => {
    env.deploy('bob')
    env.report(1, caseResources)
  })
  expect(env.at(11, () => env.bill(1, stranger(1)))).toMatchObject({ ok: true })
})
