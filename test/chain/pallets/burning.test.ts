// BurningModule: the worked case, what is burned, and each error.

import { describe, expect, it } from 'vitest'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { setLock } from '../../../src/chain/pallets/balances/logic.ts'
import { burning } from '../../../src/chain/pallets/burning/declaration.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { type Caller, type TestChain, testChain } from '../support/chain.ts'
import { refuses, succeeds } from './grid-fixtures.ts'

const burn = (t: TestChain, amount: bigint, message = 'some_message', caller: Caller = 'alice') =>
  t.run(caller, 'BurningModule', 'burn_tft', { amount, message })

describe('burning', () => {
  it('W169 takes no more than there is', () => {
    const t = testChain()
    t.fund('alice', 1_000_000_000_000n)
    refuses(t, 'BurningModule.NotEnoughBalanceToBurn', () => burn(t, 1_200_000_000_000n), burning)
    expect(t.balance('alice')).toBe(1_000_000_000_000n)
  })

  it('takes tokens out of circulation and records each time', () => {
    const t = testChain()
    const alice = t.account('alice')
    const before = { free: t.balance('alice'), issued: t.state(balances).TotalIssuance.get() }
    const outcome = succeeds(burn(t, 700n, 'first'))
    const block = t.chain.best()
    expect(outcome.pays).toBeUndefined()
    expect(outcome.events).toEqual([
      { pallet: 'Balances', name: 'Slashed', fields: { who: alice, amount: 700n } },
      {
        pallet: 'BurningModule',
        name: 'BurnTransactionCreated',
        fields: [alice, 700n, block, 'first'],
      },
    ])
    expect(t.balance('alice')).toBe(before.free - 700n)
    expect(t.state(balances).TotalIssuance.get()).toBe(before.issued - 700n)
    succeeds(burn(t, 1n, 'second', 'bob'))
    expect(t.state(burning).Burns.get()).toEqual([
      { target: alice, amount: 700n, block, message: 'first' },
      { target: t.account('bob'), amount: 1n, block: block + 1, message: 'second' },
    ])
  })

  it('burns nothing without a word from Balances', () => {
    const t = testChain()
    const { events } = succeeds(burn(t, 0n, ''))
    expect(events.map(({ name }) => name)).toEqual(['BurnTransactionCreated'])
  })

  it('burns what is locked too, down to the existential deposit, and records the full amount', () => {
    const t = testChain()
    t.fund('charlie', 10_000n)
    t.inBlock(tx => {
      setLock(tx.in(balances), 'test    ', t.account('charlie'), 9_000n, 'All')
    })
    const { events } = succeeds(burn(t, 10_000n, 'all', 'charlie'))
    expect(events).toContainEqual({
      pallet: 'Balances',
      name: 'Slashed',
      fields: { who: t.account('charlie'), amount: 9_500n },
    })
    expect(t.balance('charlie')).toBe(500n)
    expect(t.state(burning).Burns.get()?.[0]?.amount).toBe(10_000n)
  })

  it('lets an account die of it', () => {
    const t = testChain()
    t.fund('charlie', 10_000n)
    succeeds(burn(t, 10_000n, 'all', 'charlie'))
    expect(t.state(system).Account.has(t.account('charlie'))).toBe(false)
  })

  it('is for signers', () => {
    const t = testChain()
    refuses(t, 'BadOrigin', () => burn(t, 1n, '', 'root'), burning)
  })
})
