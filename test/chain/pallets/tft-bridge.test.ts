// TFTBridgeModule: the worked cases, money in and out, expiry, and each error of each call.

import { describe, expect, it } from 'vitest'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { setLock } from '../../../src/chain/pallets/balances/logic.ts'
import { tftBridge } from '../../../src/chain/pallets/tft-bridge/declaration.ts'
import { isStellarAddress } from '../../../src/chain/pallets/tft-bridge/stellar-address.ts'
import { type Caller, type DevName, type TestChain, testChain } from '../support/chain.ts'
import { type Case, refuses, succeeds } from './grid-fixtures.ts'

const G = 'GBIYYEQO73AYJEADTHMTF5M42WICTHU55IIT2CPEZBBLLDSJ322OGW7Z'
const fee = 500_000_000n

const bridge = (t: TestChain, caller: Caller, name: string, args: Record<string, unknown>) =>
  t.run(caller, 'TFTBridgeModule', name, args)
const state = (t: TestChain) => t.state(tftBridge)

/** Fails unless the bridge refuses with one of its errors and keeps its state. */
const denies = (
  t: TestChain,
  error: string,
  caller: Caller,
  name: string,
  args: Record<string, unknown>,
) => {
  const full = error === 'BadOrigin' ? error : `TFTBridgeModule.${error}`
  refuses(t, full, () => bridge(t, caller, name, args), tftBridge)
}

/** Alice, Bob, Eve and Ferdie as validators beside the one of the genesis; three of five decide. */
function bridge4(t: TestChain): void {
  for (const who of ['alice', 'bob', 'eve', 'ferdie'] as const) {
    succeeds(bridge(t, 'restricted', 'add_bridge_validator', { target: t.account(who) }))
  }
  succeeds(bridge(t, 'restricted', 'set_fee_account', { target: t.account('ferdie') }))
  succeeds(bridge(t, 'restricted', 'set_deposit_fee', { amount: fee }))
  succeeds(bridge(t, 'restricted', 'set_withdraw_fee', { amount: fee }))
}

const mint = 'propose_or_vote_mint_transaction'
const mintArgs = (t: TestChain, amount: bigint, target: DevName = 'bob', transaction = 't') => ({
  transaction,
  target: t.account(target),
  amount,
})

const swap = (t: TestChain, amount: bigint, caller: Caller = 'bob') =>
  bridge(t, caller, 'swap_to_stellar', { target_stellar_address: G, amount })

const sign = 'propose_burn_transaction_or_add_sig'
const signArgs = (by: string, change: Record<string, unknown> = {}) => ({
  transaction_id: 1n,
  target: G,
  amount: 1_500_000_000n,
  signature: `signature of ${by}`,
  stellar_pub_key: `key of ${by}`,
  sequence_number: 7n,
  ...change,
})

const refund = 'create_refund_transaction_or_add_sig'
const refundArgs = (by: string, change: Record<string, unknown> = {}) => ({
  tx_hash: 'hash',
  target: G,
  amount: 1_000n,
  signature: `signature of ${by}`,
  stellar_pub_key: `key of ${by}`,
  sequence_number: 3n,
  ...change,
})

const cases: readonly Case[] = [
  [
    'W147',
    'a payment is minted once',
    t => {
      bridge4(t)
      const args = mintArgs(t, 750_000_000n, 'bob', 'some_tx')
      for (const who of ['alice', 'bob', 'eve'] as const) succeeds(bridge(t, who, mint, args))
      denies(t, 'MintTransactionAlreadyExecuted', 'ferdie', mint, args)
    },
  ],
  [
    'W148',
    'only validators mint',
    t => denies(t, 'ValidatorNotExists', 'alice', mint, mintArgs(t, 2n)),
  ],
  [
    'W149',
    'votes count by call, not by validator',
    t => {
      bridge4(t)
      const before = t.balance('bob')
      for (let i = 0; i < 3; i += 1) {
        expect(t.balance('bob')).toBe(before)
        succeeds(bridge(t, 'alice', mint, mintArgs(t, 750_000_000n)))
      }
      expect(t.balance('bob')).toBe(before + 250_000_000n)
      expect(state(t).MintTransactions.has('t')).toBe(false)
      expect(state(t).ExecutedMintTransactions.get('t')).toEqual({
        amount: 750_000_000n,
        target: t.account('bob'),
        block: t.chain.best(),
        votes: 3,
      })
    },
  ],
  [
    'W150',
    'what later votes say is ignored',
    t => {
      bridge4(t)
      succeeds(bridge(t, 'alice', mint, mintArgs(t, 750_000_000n)))
      const block = t.chain.best()
      const { events } = succeeds(bridge(t, 'bob', mint, mintArgs(t, 1n, 'eve')))
      expect(events.map(({ name }) => name)).toEqual(['MintTransactionVoted'])
      expect(state(t).MintTransactions.get('t')).toEqual({
        amount: 750_000_000n,
        target: t.account('bob'),
        block,
        votes: 2,
      })
    },
  ],
  [
    'W151',
    'an amount that the fee eats is not minted',
    t => denies(t, 'AmountIsLessThanDepositFee', 'bridge1', mint, mintArgs(t, 10_000_000n)),
  ],
  [
    'W152',
    'a single validator mints at once',
    t => {
      const before = t.balance('bob')
      const issued = t.state(balances).TotalIssuance.get()
      const { events } = succeeds(bridge(t, 'bridge1', mint, mintArgs(t, 50_000_000n)))
      const [bob, ferdie] = [t.account('bob'), t.account('ferdie')]
      const executed = { amount: 50_000_000n, target: bob, block: t.chain.best(), votes: 1 }
      expect(events.map(({ name, fields }) => [name, fields])).toEqual([
        ['MintTransactionProposed', ['t', bob, 50_000_000n]],
        ['MintTransactionVoted', ['t']],
        ['Deposit', { who: bob, amount: 40_000_000n }],
        ['Deposit', { who: ferdie, amount: 10_000_000n }],
        ['NewAccount', { account: ferdie }],
        ['Endowed', { account: ferdie, free_balance: 10_000_000n }],
        ['MintCompleted', [executed, 't']],
      ])
      expect(t.balance('bob')).toBe(before + 40_000_000n)
      expect(t.balance('ferdie')).toBe(10_000_000n)
      expect(t.state(balances).TotalIssuance.get()).toBe(issued + 50_000_000n)
    },
  ],
  [
    'W153',
    'validators come and go without an event',
    t => {
      const args = { target: t.account('bob') }
      expect(succeeds(bridge(t, 'restricted', 'add_bridge_validator', args)).events).toEqual([])
      expect(state(t).Validators.get()).toEqual([t.account('bridge1'), t.account('bob')].sort())
      expect(succeeds(bridge(t, 'restricted', 'remove_bridge_validator', args)).events).toEqual([])
      expect(state(t).Validators.get()).toEqual([t.account('bridge1')])
    },
  ],
  [
    'W154',
    'users do not make validators',
    t => denies(t, 'BadOrigin', 'alice', 'add_bridge_validator', { target: t.account('bob') }),
  ],
  [
    'W155',
    'a validator is one already',
    t => {
      const args = { target: t.account('bob') }
      succeeds(bridge(t, 'restricted', 'add_bridge_validator', args))
      denies(t, 'ValidatorExists', 'restricted', 'add_bridge_validator', args)
    },
  ],
  [
    'W156',
    'tokens go to Stellar',
    t => {
      succeeds(bridge(t, 'restricted', 'set_withdraw_fee', { amount: 0n }))
      succeeds(swap(t, 2_000_000_000n))
      expect(state(t).BurnTransactions.get(1n)?.amount).toBe(2_000_000_000n)
    },
  ],
  [
    'W157',
    'an address has a checksum',
    t => {
      const args = { target_stellar_address: `${G.slice(0, -1)}A`, amount: 2_000_000_000n }
      denies(t, 'InvalidStellarPublicKey', 'bob', 'swap_to_stellar', args)
    },
  ],
  [
    'W158',
    'an amount that the fee eats does not go to Stellar',
    t => {
      bridge4(t)
      const error = 'TFTBridgeModule.AmountIsLessThanWithdrawFee'
      for (const amount of [490_000_000n, fee]) refuses(t, error, () => swap(t, amount), tftBridge)
    },
  ],
  [
    'W159',
    'nobody sends more than he can use',
    t => {
      bridge4(t)
      t.fund('bob', 2_500_000_000n)
      const error = 'TFTBridgeModule.NotEnoughBalanceToSwap'
      refuses(t, error, () => swap(t, 2_500_000_001n), tftBridge)
    },
  ],
  [
    'W160',
    'validators sign what was burned',
    t => {
      bridge4(t)
      succeeds(swap(t, 2_000_000_000n))
      const wrong = (change: Record<string, unknown>) =>
        denies(t, 'WrongParametersProvided', 'alice', sign, signArgs('alice', change))
      wrong({ amount: 1_499_999_999n })
      wrong({ target: 'elsewhere' })
    },
  ],
  [
    'W161',
    'signatures expire',
    t => {
      bridge4(t)
      succeeds(swap(t, 2_000_000_000n))
      const made = t.chain.best()
      for (const who of ['alice', 'bob'] as const) {
        succeeds(bridge(t, who, sign, signArgs(who)))
      }
      t.blocks(made + 101 - t.chain.best())
      expect(state(t).BurnTransactions.get(1n)).toMatchObject({
        signatures: [],
        sequence_number: 0n,
        block: made + 100,
      })
    },
  ],
]

describe('the bridge', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('burns what goes to Stellar, and pays the fee with new tokens', () => {
    const t = testChain()
    const bob = t.account('bob')
    const before = t.balance('bob')
    const issued = t.state(balances).TotalIssuance.get()
    const { events, pays } = succeeds(swap(t, 30_000_000n))
    const ferdie = t.account('ferdie')
    expect(pays).toBeUndefined()
    expect(events.map(({ name, fields }) => [name, fields])).toEqual([
      ['Withdraw', { who: bob, amount: 30_000_000n }],
      ['Deposit', { who: ferdie, amount: 10_000_000n }],
      ['NewAccount', { account: ferdie }],
      ['Endowed', { account: ferdie, free_balance: 10_000_000n }],
      ['BurnTransactionCreated', [1n, bob, G, 20_000_000n]],
    ])
    expect(t.balance('bob')).toBe(before - 30_000_000n)
    expect(t.state(balances).TotalIssuance.get()).toBe(issued - 20_000_000n)
    expect(state(t).BurnTransactions.get(1n)).toEqual({
      block: t.chain.best(),
      amount: 20_000_000n,
      source: bob,
      target: G,
      signatures: [],
      sequence_number: 0n,
    })
    succeeds(swap(t, 30_000_000n))
    expect(state(t).BurnTransactionID.get()).toBe(2n)
  })

  it('leaves the existential deposit, and what is locked', () => {
    const t = testChain()
    t.fund('charlie', 100_000_000n)
    const dies = 'Balances.Expendability'
    refuses(t, dies, () => swap(t, 100_000_000n, 'charlie'), tftBridge)
    refuses(t, dies, () => swap(t, 99_999_501n, 'charlie'), tftBridge)
    t.inBlock(tx => setLock(tx.in(balances), 'test    ', t.account('charlie'), 50_000_000n))
    const error = 'TFTBridgeModule.NotEnoughBalanceToSwap'
    refuses(t, error, () => swap(t, 50_000_001n, 'charlie'), tftBridge)
    succeeds(swap(t, 50_000_000n, 'charlie'))
    expect(t.balance('charlie')).toBe(50_000_000n)
  })

  it('keeps the fee of nobody when there is no fee account', () => {
    const t = testChain()
    t.inBlock(tx => tx.in(tftBridge).state.FeeAccount.remove())
    const issued = t.state(balances).TotalIssuance.get()
    succeeds(swap(t, 30_000_000n))
    succeeds(bridge(t, 'bridge1', mint, mintArgs(t, 30_000_000n)))
    expect(t.state(balances).TotalIssuance.get()).toBe(issued - 10_000_000n)
    expect(t.balance('ferdie')).toBe(0n)
  })

  it('loses a deposit too small for an account that does not exist', () => {
    const t = testChain()
    const issued = t.state(balances).TotalIssuance.get()
    const args = mintArgs(t, 10_000_499n, 'charlie')
    const { events } = succeeds(bridge(t, 'bridge1', mint, args))
    expect(events.at(-1)?.name).toBe('MintCompleted')
    expect(t.balance('charlie')).toBe(0n)
    expect(t.state(balances).TotalIssuance.get()).toBe(issued + 10_000_000n)
  })

  it('collects signatures for a burn until a majority has signed', () => {
    const t = testChain()
    bridge4(t)
    succeeds(swap(t, 2_000_000_000n))
    const first = succeeds(bridge(t, 'alice', sign, signArgs('alice')))
    const added = { signature: 'signature of alice', stellar_pub_key: 'key of alice' }
    expect(first.events).toEqual([
      { pallet: 'TFTBridgeModule', name: 'BurnTransactionSignatureAdded', fields: [1n, added] },
    ])
    for (const change of [{ stellar_pub_key: 'key of alice' }, { signature: added.signature }]) {
      denies(t, 'BurnSignatureExists', 'bob', sign, signArgs('bob', change))
    }
    succeeds(bridge(t, 'bob', sign, signArgs('bob')))
    const last = succeeds(bridge(t, 'eve', sign, signArgs('eve', { sequence_number: 9n })))
    expect(last.events.map(({ name }) => name)).toEqual([
      'BurnTransactionSignatureAdded',
      'BurnTransactionReady',
    ])
    expect(state(t).BurnTransactions.get(1n)).toMatchObject({ sequence_number: 9n })
    denies(t, 'EnoughBurnSignaturesPresent', 'ferdie', sign, signArgs('alice'))
    const record = state(t).BurnTransactions.get(1n)
    const done = { transaction_id: 1n }
    const { events } = succeeds(bridge(t, 'bob', 'set_burn_transaction_executed', done))
    expect(events).toEqual([
      { pallet: 'TFTBridgeModule', name: 'BurnTransactionProcessed', fields: [record] },
    ])
    expect(state(t).BurnTransactions.has(1n)).toBe(false)
    expect(state(t).ExecutedBurnTransactions.get(1n)).toEqual(record)
    const error = 'BurnTransactionAlreadyExecuted'
    denies(t, error, 'alice', sign, signArgs('alice', { target: '' }))
    denies(t, error, 'alice', 'set_burn_transaction_executed', done)
  })

  it('knows the burns that there are', () => {
    const t = testChain()
    const done = { transaction_id: 1n }
    denies(t, 'BurnTransactionNotExists', 'bridge1', sign, signArgs('it'))
    denies(t, 'BurnTransactionNotExists', 'bridge1', 'set_burn_transaction_executed', done)
    denies(t, 'ValidatorNotExists', 'alice', sign, signArgs('it'))
    denies(t, 'ValidatorNotExists', 'alice', 'set_burn_transaction_executed', done)
  })

  it('collects signatures for a refund, and tells of its creation last', () => {
    const t = testChain()
    bridge4(t)
    const first = succeeds(bridge(t, 'alice', refund, refundArgs('alice')))
    expect(first.events.map(({ name, fields }) => [name, fields])).toEqual([
      [
        'RefundTransactionsignatureAdded',
        ['hash', { signature: 'signature of alice', stellar_pub_key: 'key of alice' }],
      ],
      ['RefundTransactionCreated', ['hash', G, 1_000n]],
    ])
    for (const change of [{ stellar_pub_key: 'key of alice' }, { signature: 'signature of alice' }])
      denies(t, 'RefundSignatureExists', 'bob', refund, refundArgs('bob', change))
    succeeds(bridge(t, 'bob', refund, refundArgs('bob', { target: 'elsewhere', amount: 5n })))
    const last = succeeds(bridge(t, 'eve', refund, refundArgs('eve')))
    expect(last.events.map(({ name }) => name)).toEqual([
      'RefundTransactionsignatureAdded',
      'RefundTransactionReady',
    ])
    denies(t, 'EnoughRefundSignaturesPresent', 'ferdie', refund, refundArgs('ferdie'))
    const record = state(t).RefundTransactions.get('hash')
    expect(record).toMatchObject({ target: G, amount: 1_000n, sequence_number: 3n })
    const done = { tx_hash: 'hash' }
    const { events } = succeeds(bridge(t, 'bob', 'set_refund_transaction_executed', done))
    expect(events).toEqual([
      { pallet: 'TFTBridgeModule', name: 'RefundTransactionProcessed', fields: [record] },
    ])
    denies(t, 'RefundTransactionAlreadyExecuted', 'bob', 'set_refund_transaction_executed', done)
    // A refund that was executed may begin again.
    succeeds(bridge(t, 'alice', refund, refundArgs('alice')))
    expect(state(t).RefundTransactions.has('hash')).toBe(true)
  })

  it('is ready with the first signature of a single validator', () => {
    const t = testChain()
    const { events } = succeeds(bridge(t, 'bridge1', refund, refundArgs('it')))
    expect(events.map(({ name }) => name)).toEqual([
      'RefundTransactionsignatureAdded',
      'RefundTransactionReady',
      'RefundTransactionCreated',
    ])
  })

  it('knows the refunds that there are', () => {
    const t = testChain()
    const done = { tx_hash: 'hash' }
    const executed = 'set_refund_transaction_executed'
    denies(t, 'RefundTransactionNotExists', 'bridge1', executed, done)
    denies(t, 'ValidatorNotExists', 'alice', executed, done)
    denies(t, 'ValidatorNotExists', 'alice', refund, refundArgs('alice'))
  })

  it('obeys the council', () => {
    const t = testChain()
    const target = t.account('dave')
    for (const [name, args] of [
      ['set_fee_account', { target }],
      ['set_withdraw_fee', { amount: 5n }],
      ['set_deposit_fee', { amount: 6n }],
    ] as const) {
      denies(t, 'BadOrigin', 'alice', name, args)
      expect(succeeds(bridge(t, 'restricted', name, args)).events).toEqual([])
    }
    expect(state(t).FeeAccount.get()).toBe(target)
    expect([state(t).WithdrawFee.get(), state(t).DepositFee.get()]).toEqual([5n, 6n])
    denies(t, 'BadOrigin', 'alice', 'remove_bridge_validator', { target })
    denies(t, 'ValidatorNotExists', 'root', 'remove_bridge_validator', { target })
  })

  it.each([
    ['swap_to_stellar', { target_stellar_address: G, amount: 1n }],
    [mint, { transaction: 't', target: `0x${'11'.repeat(32)}`, amount: 1n }],
    [sign, signArgs('it')],
    ['set_burn_transaction_executed', { transaction_id: 1n }],
    [refund, refundArgs('it')],
    ['set_refund_transaction_executed', { tx_hash: 'hash' }],
  ])('lets only signers call %s', (name, args) => {
    denies(testChain(), 'BadOrigin', 'restricted', name, args)
  })
})

describe('expiry', () => {
  /** The bridge's events at the end of a block. */
  const expiriesAt = (t: TestChain, block: number) =>
    t.chain
      .eventsOf(block)
      .filter(({ phase }) => phase.type === 'Finalization')
      .map(({ event }) => [event.name, event.fields])

  it('comes 20 blocks after the burn and again, in the very block, also when it was ready', () => {
    const t = testChain()
    succeeds(swap(t, 30_000_000n))
    const made = t.chain.best()
    succeeds(bridge(t, 'bridge1', sign, signArgs('it', { amount: 20_000_000n })))
    t.blocks(45)
    const expired = ['BurnTransactionExpired', [1n, t.account('bob'), G, 20_000_000n]]
    for (let block = made; block <= made + 45; block += 1) {
      const isDue = block === made + 20 || block === made + 40
      expect(expiriesAt(t, block), `block ${block - made} after`).toEqual(isDue ? [expired] : [])
    }
    succeeds(bridge(t, 'bridge1', 'set_burn_transaction_executed', { transaction_id: 1n }))
    t.blocks(30)
    for (let block = made + 46; block <= t.chain.best(); block += 1) {
      expect(expiriesAt(t, block)).toEqual([])
    }
  })

  it('comes for refunds too, and never for mints', () => {
    const t = testChain()
    bridge4(t)
    succeeds(bridge(t, 'alice', refund, refundArgs('alice')))
    const made = t.chain.best()
    succeeds(bridge(t, 'alice', mint, mintArgs(t, 750_000_000n)))
    const open = state(t).MintTransactions.get('t')
    t.blocks(25)
    expect(expiriesAt(t, made + 20)).toEqual([['RefundTransactionExpired', ['hash', G, 1_000n]]])
    expect(state(t).RefundTransactions.get('hash')).toMatchObject({
      signatures: [],
      sequence_number: 0n,
      block: made + 20,
    })
    expect(state(t).MintTransactions.get('t')).toEqual(open)
  })

  it('is the same whether blocks are stepped through or jumped over', () => {
    const run = (steps: readonly number[]) => {
      const t = testChain()
      succeeds(swap(t, 30_000_000n))
      succeeds(bridge(t, 'bridge1', refund, refundArgs('it')))
      for (const step of steps) t.blocks(step)
      return { best: t.chain.best(), hash: t.chain.archive.hashOf(t.chain.best()) }
    }
    expect(run(Array(63).fill(1))).toEqual(run([63]))
  })
})

describe('Stellar addresses', () => {
  it.each([
    [G, true],
    [G.toLowerCase(), false],
    [G.slice(0, -1), false],
    [`${G}A`, false],
    [`S${G.slice(1)}`, false],
    [`${G.slice(0, 20)}A${G.slice(21)}`, false],
    [`${G.slice(0, 20)}1${G.slice(21)}`, false],
    ['', false],
    ['GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN', true],
    ['GBOVQKJYHXRR3DX6NOX2RRYFRCUMSADGDESTDNBDS6CDVLGVESRTAC47', true],
  ])('%s is one: %s', (text, isOne) => {
    expect(isStellarAddress(text)).toBe(isOne)
  })
})
