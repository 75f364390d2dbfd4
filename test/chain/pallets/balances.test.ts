// Balances: its nine calls with each error, what other pallets do with balances, and that nothing gets lost.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import {
  canPayFee,
  canReserve,
  depositCreating,
  depositIntoExisting,
  depositRefund,
  extendLock,
  mint,
  payAuthor,
  reducibleBalance,
  removeIssuance,
  removeLock,
  repatriateReserved,
  reserve,
  setLock,
  slash,
  slashAndBurn,
  slashReserved,
  totalBalance,
  transfer,
  unreserve,
  usableBalance,
  withdraw,
  withdrawFee,
} from '../../../src/chain/pallets/balances/logic.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import type { ChainEvent } from '../../../src/chain/runtime/outer.ts'
import { DispatchFailure, type Tx } from '../../../src/chain/runtime/tx.ts'
import type { AccountId } from '../../../src/chain/types/primitives.ts'
import {
  accountOf,
  address,
  type DevName,
  stranger,
  type TestChain,
  testChain,
} from '../support/chain.ts'

type Balances = Tx<typeof balances>

const [poor, rich, other] = [stranger(1), stranger(2), stranger(3)]

/** A chain on which `rich` owns 10 000 and `poor` 700. */
function chainWithMoney(): TestChain {
  return testChain({
    endowed: [
      [rich, 10_000n],
      [poor, 700n],
    ],
  })
}

/** Lets logic run in a block; what it told, and the error that it threw. */
function within(t: TestChain, body: (tx: Balances) => void): { told: string[]; error?: string } {
  return t.inBlock(tx => {
    const { events } = t.runtime.execution
    const from = events.length
    const mark = t.kernel.store.mark()
    try {
      body(tx.in(balances))
      return { told: events.slice(from).map(({ event }) => brief(event)) }
    } catch (cause) {
      if (!(cause instanceof DispatchFailure)) throw cause
      t.kernel.store.revert(mark)
      events.length = from
      return { told: [], error: t.chain.nameOfError(cause.error) }
    } finally {
      t.kernel.store.release(mark)
    }
  })
}

/** `Transfer 500`: an event's name and its amounts. */
function brief({ name, fields }: ChainEvent): string {
  const amounts = Object.values(fields as object).filter(value => typeof value === 'bigint')
  return [name, ...amounts].join(' ')
}

const infoOf = (t: TestChain, who: AccountId) => t.state(system).Account.get(who)

const lock = 'gridlock'

describe('transfers', () => {
  const calls = ['transfer', 'transfer_allow_death', 'transfer_keep_alive'] as const

  it.each(calls)('%s moves tokens to an account that exists', name => {
    const t = chainWithMoney()
    const outcome = t.run(rich, 'Balances', name, { dest: address(poor), value: 300n })
    expect(outcome).toMatchObject({ ok: true })
    expect(outcome.events).toEqual([
      { pallet: 'Balances', name: 'Transfer', fields: { from: rich, to: poor, amount: 300n } },
    ])
    expect([t.balance(rich), t.balance(poor)]).toEqual([9700n, 1000n])
  })

  it.each(calls)('%s makes the account of who gets the existential deposit', name => {
    const t = chainWithMoney()
    const outcome = t.run(rich, 'Balances', name, { dest: address(other), value: 500n })
    expect(outcome.events.map(brief)).toEqual(['NewAccount', 'Endowed 500', 'Transfer 500'])
    expect(infoOf(t, other)).toMatchObject({ providers: 1, consumers: 0, data: { free: 500n } })
  })

  it('ends an account that is left with less than the deposit: the dust leaves circulation', () => {
    const t = chainWithMoney()
    const before = t.state(balances).TotalIssuance.get()
    const outcome = t.run(poor, 'Balances', 'transfer', { dest: address(rich), value: 300n })
    expect(outcome.events.map(brief)).toEqual(['KilledAccount', 'DustLost 400', 'Transfer 300'])
    expect(t.state(system).Account.has(poor)).toBe(false)
    expect(t.state(balances).TotalIssuance.get()).toBe(before - 400n)
  })

  it('tells of a transfer of nothing and of one to oneself', () => {
    const t = chainWithMoney()
    const nothing = t.run(rich, 'Balances', 'transfer', { dest: address(other), value: 0n })
    expect(nothing.events.map(brief)).toEqual(['Transfer 0'])
    expect(t.state(system).Account.has(other)).toBe(false)
    const self = t.run(rich, 'Balances', 'transfer_keep_alive', { dest: address(rich), value: 9n })
    expect(self.events.map(brief)).toEqual(['Transfer 9'])
    expect(t.balance(rich)).toBe(10_000n)
  })

  it('fails with the errors of upstream, in their order', () => {
    const t = chainWithMoney()
    const send = (who: AccountId, value: bigint, name = 'transfer', dest = address(other)) =>
      t.run(who, 'Balances', name, { dest, value }).error
    expect(send(rich, 10_001n)).toBe('Token.FundsUnavailable')
    expect(send(rich, 1n << 127n)).toBe('Arithmetic.Underflow')
    expect(send(rich, 499n)).toBe('Token.BelowMinimum')
    expect(send(rich, 9501n, 'transfer_keep_alive')).toBe('Token.NotExpendable')
    expect(send(rich, 1n, 'transfer', { type: 'Address32', value: other })).toBe('CannotLookup')
    within(t, tx => setLock(tx, lock, rich, 9000n))
    expect(send(rich, 1001n)).toBe('Token.Frozen')
    expect(send(rich, 1000n)).toBeUndefined()
    // A lock is relied upon, so it keeps the deposit too.
    within(t, tx => setLock(tx, lock, poor, 1n))
    expect(send(poor, 500n)).toBe('Token.Frozen')
    expect(t.run('root', 'Balances', 'transfer', { dest: address(rich), value: 1n }).error).toBe(
      'BadOrigin',
    )
  })

  it('transfer_all leaves nothing, or the deposit, or what is locked', () => {
    const t = chainWithMoney()
    const all = (who: AccountId, keep_alive: boolean) =>
      t
        .run(who, 'Balances', 'transfer_all', { dest: address('charlie'), keep_alive })
        .events.map(brief)
    expect(all(rich, true)).toEqual(['NewAccount', 'Endowed 9500', 'Transfer 9500'])
    expect(t.balance(rich)).toBe(500n)
    expect(all(rich, false)).toEqual(['KilledAccount', 'Transfer 500'])
    within(t, tx => setLock(tx, lock, poor, 600n))
    expect(all(poor, false)).toEqual(['Transfer 100'])
    const lost = t.run(poor, 'Balances', 'transfer_all', {
      dest: { type: 'Raw', value: '' },
      keep_alive: true,
    })
    expect(lost.error).toBe('CannotLookup')
  })

  it('a transfer that would overflow the target fails', () => {
    const t = chainWithMoney()
    const most = (1n << 128n) - 1n
    t.fund(other, most)
    const over = t.run(rich, 'Balances', 'transfer', { dest: address(other), value: 1n })
    expect(over.error).toBe('Arithmetic.Overflow')
  })

  it('force_transfer is for Root alone', () => {
    const t = chainWithMoney()
    const args = { source: address(rich), dest: address(other), value: 10_000n }
    expect(t.run('alice', 'Balances', 'force_transfer', args).error).toBe('BadOrigin')
    expect(t.run('restricted', 'Balances', 'force_transfer', args).error).toBe('BadOrigin')
    expect(t.run('root', 'Balances', 'force_transfer', args).events.map(brief)).toEqual([
      'KilledAccount',
      'NewAccount',
      'Endowed 10000',
      'Transfer 10000',
    ])
    const tooMuch = { ...args, value: 1n }
    expect(t.run('root', 'Balances', 'force_transfer', tooMuch).error).toBe(
      'Token.FundsUnavailable',
    )
  })
})

describe('what Root does with balances', () => {
  it.each([
    ['force_set_balance', {}],
    ['set_balance_deprecated', { old_reserved: 77n }],
  ])('%s makes, changes and ends accounts, with the issuance', (name, more) => {
    const t = chainWithMoney()
    const set = (who: AccountId, new_free: bigint) =>
      t.run('root', 'Balances', name, { who: address(who), new_free, ...more })
    const issued = () => t.state(balances).TotalIssuance.get()
    const before = issued()
    expect(set(other, 800n).events.map(brief)).toEqual([
      'NewAccount',
      'Endowed 800',
      'BalanceSet 800',
    ])
    expect(issued()).toBe(before + 800n)
    expect(set(other, 600n).events.map(brief)).toEqual(['BalanceSet 600'])
    expect(issued()).toBe(before + 600n)
    expect(set(other, 499n).events.map(brief)).toEqual(['KilledAccount', 'BalanceSet 0'])
    expect(issued()).toBe(before)
    expect(t.state(system).Account.has(other)).toBe(false)
    within(t, tx => reserve(tx, rich, 1000n))
    expect(set(rich, 0n).error).toBe('ConsumerRemaining')
    const signed = t.run('alice', 'Balances', name, { who: address(rich), new_free: 1n, ...more })
    expect(signed.error).toBe('BadOrigin')
  })

  it('force_unreserve gives back what is reserved, as far as it goes', () => {
    const t = chainWithMoney()
    within(t, tx => reserve(tx, rich, 1000n))
    const free = (amount: bigint) =>
      t.run('root', 'Balances', 'force_unreserve', { who: address(rich), amount }).events.map(brief)
    expect(free(400n)).toEqual(['Unreserved 400'])
    expect(free(4000n)).toEqual(['Unreserved 600'])
    expect(infoOf(t, rich)).toMatchObject({ consumers: 0, data: { free: 10_000n, reserved: 0n } })
    const args = { who: address(rich), amount: 1n }
    expect(t.run('alice', 'Balances', 'force_unreserve', args).error).toBe('BadOrigin')
  })

  it('upgrade_accounts is free when nine of ten accounts needed it', () => {
    const t = chainWithMoney()
    const old = [11, 12, 13, 14, 15, 16, 17, 18, 19].map(stranger)
    t.inBlock(tx => {
      const { Account } = tx.in(system).state
      for (const who of old) {
        const data = { free: 1000n, reserved: 500n, frozen: 0n, flags: 0n }
        Account.set(who, { nonce: 0, consumers: 0, providers: 1, sufficients: 0, data })
      }
    })
    const upgrade = (who: AccountId[]) => t.run('alice', 'Balances', 'upgrade_accounts', { who })
    expect(upgrade([]).pays).toBeUndefined()
    const first = upgrade([...old, rich])
    expect(first.events.map(brief)).toEqual(Array(9).fill('Upgraded'))
    expect(first.pays).toBe('No')
    expect(infoOf(t, old[0]!)).toMatchObject({ consumers: 1, data: { flags: 1n << 127n } })
    expect(upgrade(old)).toMatchObject({ ok: true, events: [] })
    expect(upgrade(old).pays).toBeUndefined()
    expect(t.run('root', 'Balances', 'upgrade_accounts', { who: old }).error).toBe('BadOrigin')
  })
})

describe('locks', () => {
  it('count as the largest of them, and tell by how much that changes', () => {
    const t = chainWithMoney()
    const told = (body: (tx: Balances) => void) => within(t, body).told
    expect(told(tx => setLock(tx, lock, rich, 93n))).toEqual(['Locked 93'])
    expect(infoOf(t, rich)).toMatchObject({ consumers: 2, data: { frozen: 93n } })
    expect(told(tx => setLock(tx, lock, rich, 593n))).toEqual(['Locked 500'])
    expect(told(tx => setLock(tx, 'otherone', rich, 600n))).toEqual(['Locked 7'])
    expect(told(tx => extendLock(tx, lock, rich, 500n))).toEqual([])
    expect(told(tx => extendLock(tx, lock, rich, 700n))).toEqual(['Locked 100'])
    expect(told(tx => removeLock(tx, lock, rich))).toEqual(['Unlocked 100'])
    expect(t.state(balances).Locks.get(rich)).toEqual([
      { id: 'otherone', amount: 600n, reasons: 'All' },
    ])
    expect(told(tx => setLock(tx, 'otherone', rich, 0n))).toEqual(['Unlocked 600'])
    expect(t.state(balances).Locks.has(rich)).toBe(false)
    expect(infoOf(t, rich)).toMatchObject({ consumers: 0, data: { frozen: 0n } })
  })

  it('leave what is not locked, and the deposit, unusable', () => {
    const t = chainWithMoney()
    const usable = () => t.inBlock(tx => usableBalance(tx.in(balances), rich))
    expect(usable()).toBe(10_000n)
    within(t, tx => setLock(tx, lock, rich, 93n))
    expect(usable()).toBe(9500n)
    within(t, tx => setLock(tx, lock, rich, 593n))
    expect(usable()).toBe(9407n)
    within(t, tx => reserve(tx, rich, 400n))
    expect(usable()).toBe(9100n)
    const reducible = t.inBlock(tx =>
      reducibleBalance(tx.in(balances), rich, { keepAlive: true, force: true }),
    )
    expect(reducible).toBe(9100n)
  })

  it('may be put on an account that does not exist, and then bind nothing', () => {
    const t = chainWithMoney()
    expect(within(t, tx => setLock(tx, lock, other, 50n)).told).toEqual(['Locked 50'])
    expect(t.state(system).Account.has(other)).toBe(false)
    expect(t.state(balances).Locks.get(other)).toHaveLength(1)
  })
})

describe('reserves', () => {
  it('keep the deposit and what is locked free', () => {
    const t = chainWithMoney()
    const can = (amount: bigint) => t.inBlock(tx => canReserve(tx.in(balances), rich, amount))
    expect([can(0n), can(9500n), can(9501n), can(10_001n)]).toEqual([true, true, false, false])
    within(t, tx => setLock(tx, lock, rich, 9000n))
    expect([can(1000n), can(1001n)]).toEqual([true, false])
    expect(within(t, tx => reserve(tx, rich, 1001n)).error).toBe('Balances.LiquidityRestrictions')
    expect(within(t, tx => reserve(tx, rich, 20_000n)).error).toBe('Balances.InsufficientBalance')
    expect(within(t, tx => reserve(tx, rich, 0n)).told).toEqual([])
    expect(within(t, tx => reserve(tx, rich, 1000n)).told).toEqual(['Reserved 1000'])
    expect(infoOf(t, rich)).toMatchObject({ data: { free: 9000n, reserved: 1000n } })
  })

  it('forbid that their owner dies', () => {
    const t = chainWithMoney()
    within(t, tx => reserve(tx, rich, 1000n))
    const all = t.run(rich, 'Balances', 'transfer', { dest: address(poor), value: 9000n })
    expect(all.error).toBe('Token.Frozen')
    expect(within(t, tx => reserve(tx, rich, 8501n)).error).toBe('ConsumerRemaining')
  })

  it('go back, or to others', () => {
    const t = chainWithMoney()
    within(t, tx => reserve(tx, rich, 1000n))
    const left: bigint[] = []
    const told = (body: (tx: Balances) => bigint) => within(t, tx => void left.push(body(tx))).told
    expect(told(tx => unreserve(tx, rich, 100n))).toEqual(['Unreserved 100'])
    expect(told(tx => unreserve(tx, other, 100n))).toEqual([])
    expect(told(tx => repatriateReserved(tx, rich, poor, 300n, 'Free'))).toEqual([
      'ReserveRepatriated 300',
    ])
    expect(told(tx => repatriateReserved(tx, rich, poor, 100n, 'Reserved'))).toEqual([
      'ReserveRepatriated 100',
    ])
    expect(told(tx => repatriateReserved(tx, rich, rich, 200n, 'Free'))).toEqual(['Unreserved 200'])
    expect(told(tx => repatriateReserved(tx, rich, rich, 50n, 'Reserved'))).toEqual([])
    expect(told(tx => repatriateReserved(tx, rich, poor, 1000n, 'Free'))).toEqual([
      'ReserveRepatriated 300',
    ])
    expect(left).toEqual([0n, 100n, 0n, 0n, 0n, 0n, 700n])
    expect(infoOf(t, poor)).toMatchObject({ consumers: 1, data: { free: 1300n, reserved: 100n } })
    expect(infoOf(t, rich)).toMatchObject({ consumers: 0, data: { free: 9300n, reserved: 0n } })
  })

  it('do not go to who does not exist, nor below a lock', () => {
    const t = chainWithMoney()
    within(t, tx => reserve(tx, rich, 1000n))
    const dead = within(t, tx => void repatriateReserved(tx, rich, other, 1n, 'Free'))
    expect(dead.error).toBe('Balances.DeadAccount')
    within(t, tx => setLock(tx, lock, rich, 9600n))
    expect(within(t, tx => void repatriateReserved(tx, rich, poor, 1000n, 'Free')).told).toEqual([
      'ReserveRepatriated 400',
    ])
  })

  it('can be taken by force', () => {
    const t = chainWithMoney()
    within(t, tx => reserve(tx, rich, 1000n))
    const told = within(t, tx => {
      expect(slashReserved(tx, rich, 1500n)).toBe(1000n)
      expect(slashReserved(tx, other, 1500n)).toBe(0n)
      removeIssuance(tx, 1000n)
    }).told
    expect(told).toEqual(['Slashed 1000'])
    expect(infoOf(t, rich)).toMatchObject({ consumers: 0, data: { reserved: 0n } })
  })
})

describe('money that pallets move', () => {
  it('is told by a transfer only when something moves', () => {
    const t = chainWithMoney()
    const quiet = within(t, tx => {
      transfer(tx, rich, rich, 500n, 'KeepAlive')
      transfer(tx, rich, other, 0n, 'KeepAlive')
    })
    expect(quiet.told).toEqual([])
    expect(within(t, tx => transfer(tx, rich, poor, 9600n, 'KeepAlive')).error).toBe(
      'Token.NotExpendable',
    )
    expect(within(t, tx => transfer(tx, rich, poor, 9600n, 'AllowDeath')).told).toEqual([
      'KilledAccount',
      'DustLost 400',
      'Transfer 9600',
    ])
  })

  it('is withdrawn with the errors of Currency', () => {
    const t = chainWithMoney()
    const error = (amount: bigint, existence: 'KeepAlive' | 'AllowDeath') =>
      within(t, tx => withdraw(tx, rich, amount, existence)).error
    expect(error(10_001n, 'AllowDeath')).toBe('Balances.InsufficientBalance')
    expect(error(9501n, 'KeepAlive')).toBe('Balances.Expendability')
    within(t, tx => setLock(tx, lock, rich, 600n))
    expect(error(9401n, 'KeepAlive')).toBe('Balances.LiquidityRestrictions')
    expect(within(t, tx => withdraw(tx, rich, 0n, 'KeepAlive')).told).toEqual([])
    const told = within(t, tx => {
      withdraw(tx, rich, 9400n, 'KeepAlive')
      removeIssuance(tx, 9400n)
    })
    expect(told.told).toEqual(['Withdraw 9400'])
  })

  it('makes an account when it is enough for one', () => {
    const t = chainWithMoney()
    const made = within(t, tx => expect(mint(tx, other, 500n)).toBe(500n))
    expect(made.told).toEqual(['Deposit 500', 'NewAccount', 'Endowed 500'])
    const lost = within(t, tx => expect(mint(tx, stranger(4), 499n)).toBe(0n))
    expect(lost.told).toEqual([])
    const none = within(t, tx => expect(depositIntoExisting(tx, stranger(4), 900n)).toBe(0n))
    expect(none.told).toEqual([])
    const full = within(t, tx => expect(depositCreating(tx, rich, (1n << 128n) - 1n)).toBe(0n))
    expect(full.told).toEqual([])
  })

  it('is slashed down to nothing, or to the deposit of an account that is relied upon', () => {
    const t = chainWithMoney()
    const before = t.state(balances).TotalIssuance.get()
    expect(within(t, tx => void slashAndBurn(tx, poor, 900n)).told).toEqual([
      'KilledAccount',
      'Slashed 700',
    ])
    within(t, tx => setLock(tx, lock, rich, 5000n))
    expect(within(t, tx => void slashAndBurn(tx, rich, 99_999n)).told).toEqual(['Slashed 9500'])
    expect(within(t, tx => void slash(tx, rich, 0n)).told).toEqual([])
    expect(within(t, tx => void slash(tx, other, 5n)).told).toEqual([])
    expect(t.state(balances).TotalIssuance.get()).toBe(before - 700n - 9500n)
    expect(t.inBlock(tx => totalBalance(tx.in(balances), rich))).toBe(500n)
  })
})

describe('fees', () => {
  it('are taken when the account stays alive', () => {
    const t = chainWithMoney()
    const can = (fee: bigint) => t.inBlock(tx => canPayFee(tx.in(balances), poor, fee))
    expect([can(0n), can(200n), can(201n)]).toEqual([true, true, false])
    const told = within(t, tx => {
      expect(withdrawFee(tx, poor, 201n)).toBe(false)
      expect(withdrawFee(tx, other, 1n)).toBe(false)
      expect(withdrawFee(tx, poor, 0n)).toBe(true)
      expect(withdrawFee(tx, poor, 200n)).toBe(true)
      expect(depositRefund(tx, poor, 150n)).toBe(true)
      expect(depositRefund(tx, other, 150n)).toBe(false)
      payAuthor(tx, rich, 50n)
    })
    expect(told.told).toEqual(['Withdraw 200', 'Deposit 150', 'Deposit 50'])
  })

  it('make the author an account, or are burned when too small for one', () => {
    const t = chainWithMoney()
    const before = t.state(balances).TotalIssuance.get()
    expect(within(t, tx => payAuthor(tx, other, 499n)).told).toEqual([])
    expect(t.state(balances).TotalIssuance.get()).toBe(before - 499n)
    expect(within(t, tx => payAuthor(tx, other, 500n)).told).toEqual([
      'Deposit 500',
      'NewAccount',
      'Endowed 500',
    ])
  })

  it('23 906 is what a transfer of a few bytes costs, between its events', () => {
    const t = testChain({ author: stranger(9) })
    const { events } = t.extrinsic('alice', 'Balances', 'transfer_keep_alive', {
      dest: address('bob'),
      value: 10_000_000n,
    })
    expect(events.map(brief)).toEqual([
      'Withdraw 23906',
      'Transfer 10000000',
      'Deposit 23906',
      // The author's session keys made the account: the fee is only its first balance.
      'Endowed 23906',
      'TransactionFeePaid 23906 0',
      'ExtrinsicSuccess',
    ])
    expect(events.at(-1)?.fields).toEqual({
      dispatch_info: {
        weight: { ref_time: 295_649_000n, proof_size: 3593n },
        class: 'Normal',
        pays_fee: 'Yes',
      },
    })
  })
})

describe('whatever is called', () => {
  const names: readonly DevName[] = ['alice', 'bob', 'charlie', 'dave']
  const who = fc.constantFrom(...names)
  const amount = fc.oneof(
    fc.bigInt({ min: 0n, max: 2000n }),
    fc.bigInt({ min: 0n, max: 50_000n }),
    fc.constantFrom(499n, 500n, 501n, 1n << 61n),
  )
  type Step =
    | readonly [DevName | 'root', string, Record<string, unknown>]
    | ((tx: Balances) => void)
  const id = (name: DevName) => accountOf(name)
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc
      .tuple(who, who, amount, fc.constantFrom('transfer', 'transfer_keep_alive'))
      .map(([from, to, value, name]): Step => [from, name, { dest: address(to), value }]),
    fc
      .tuple(who, who, fc.boolean())
      .map(
        ([from, to, keep_alive]): Step => [from, 'transfer_all', { dest: address(to), keep_alive }],
      ),
    fc
      .tuple(who, amount)
      .map(([to, new_free]): Step => ['root', 'force_set_balance', { who: address(to), new_free }]),
    fc
      .tuple(who, who, amount)
      .map(
        ([from, to, value]): Step => [
          'root',
          'force_transfer',
          { source: address(from), dest: address(to), value },
        ],
      ),
    fc
      .tuple(who, amount)
      .map(([from, amount]): Step => ['root', 'force_unreserve', { who: address(from), amount }]),
    fc.tuple(who, amount).map(
      ([from, amount]): Step =>
        tx =>
          reserve(tx, id(from), amount),
    ),
    fc.tuple(who, amount).map(
      ([from, amount]): Step =>
        tx =>
          setLock(tx, lock, id(from), amount),
    ),
    fc.tuple(who, who, amount, fc.constantFrom('Free' as const, 'Reserved' as const)).map(
      ([from, to, amount, status]): Step =>
        tx => {
          repatriateReserved(tx, id(from), id(to), amount, status)
        },
    ),
    fc.tuple(who, amount).map(
      ([to, amount]): Step =>
        tx =>
          void mint(tx, id(to), amount),
    ),
    fc.tuple(who, amount).map(
      ([from, amount]): Step =>
        tx =>
          void slashAndBurn(tx, id(from), amount),
    ),
  )

  it('what is issued is what is owned, references are true, and a failure changes nothing', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), steps => {
        const t = testChain({
          endowed: [
            [id('alice'), 5000n],
            [id('bob'), 5000n],
          ],
        })
        const dump = () =>
          t
            .state(system)
            .Account.entries()
            .map(entry => entry.value)
        for (const each of steps) {
          const before = [
            dump(),
            t.state(balances).TotalIssuance.get(),
            t.state(balances).Locks.entries(),
          ]
          const failed =
            typeof each === 'function'
              ? within(t, each).error !== undefined
              : !t.run(each[0], 'Balances', each[1], each[2]).ok
          const accounts = dump()
          const owned = accounts.reduce((sum, { data }) => sum + data.free + data.reserved, 0n)
          const issued = t.state(balances).TotalIssuance.get()
          expect(owned).toBe(issued)
          for (const { data, providers, consumers } of accounts) {
            expect(providers).toBeGreaterThan(0)
            expect(data.free === 0n || data.free >= 500n || data.reserved > 0n).toBe(true)
            expect(consumers > 0).toBe(data.reserved > 0n || data.frozen > 0n)
          }
          if (failed) expect([accounts, issued, t.state(balances).Locks.entries()]).toEqual(before)
        }
      }),
      { numRuns: 60, seed: 4711 },
    )
  })
})
