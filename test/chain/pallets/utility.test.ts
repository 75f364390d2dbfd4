// Utility: batches of calls, their events, what they pay, and on whose behalf calls run.

import { createKeyDerived } from '@polkadot/util-crypto'
import { describe, expect, it } from 'vitest'
import { balances } from '../../../src/chain/pallets/balances/declaration.ts'
import { derivativeAccount } from '../../../src/chain/pallets/utility/calls.ts'
import type { ChainCall, ChainEvent } from '../../../src/chain/runtime/outer.ts'
import type { OriginCaller } from '../../../src/chain/types/outer.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { accountOf, address, type Caller, type DevName, testChain } from '../support/chain.ts'

const remark: ChainCall = { pallet: 'System', name: 'remark', args: { remark: '' } }
const remarkWeight = 2_119_000n
const rootOnly: ChainCall = { pallet: 'System', name: 'kill_storage', args: { keys: [] } }
const rootOnlyWeight = 2_255_000n
const pay = (to: DevName, value: bigint): ChainCall => ({
  pallet: 'Balances',
  name: 'transfer_keep_alive',
  args: { dest: address(to), value },
})
const nest = (name: string, ...calls: ChainCall[]): ChainCall => ({
  pallet: 'Utility',
  name,
  args: { calls },
})

const names = (events: readonly ChainEvent[]) => events.map(({ name }) => name)
const badOrigin = { type: 'BadOrigin' }
const filtered = { type: 'Module', value: { index: 0, error: '0x05000000' } }

describe('batch', () => {
  const t = testChain()
  const batch = (calls: ChainCall[], caller: Caller = 'alice') =>
    t.run(caller, 'Utility', 'batch', { calls })

  it('tells of each call, and of its end', () => {
    const outcome = batch([pay('charlie', 1000n), remark])
    expect(names(outcome.events)).toEqual([
      'NewAccount',
      'Endowed',
      'Transfer',
      'ItemCompleted',
      'ItemCompleted',
      'BatchCompleted',
    ])
    expect(outcome.refTime).toBe(16_943_157n + 2n * 4_653_855n + 171_235_000n + remarkWeight)
  })

  it('stops at the first failure, and succeeds all the same', () => {
    const outcome = batch([remark, rootOnly, pay('dave', 1000n)])
    expect(outcome.events).toEqual([
      { pallet: 'Utility', name: 'ItemCompleted', fields: [] },
      { pallet: 'Utility', name: 'BatchInterrupted', fields: { index: 1, error: badOrigin } },
    ])
    expect(outcome.ok).toBe(true)
    expect(outcome.refTime).toBe(16_943_157n + 2n * 4_653_855n + remarkWeight + rootOnlyWeight)
    expect(t.balance('dave')).toBe(0n)
  })

  it('of nothing is complete', () => {
    const outcome = batch([])
    expect(names(outcome.events)).toEqual(['BatchCompleted'])
    expect(outcome.refTime).toBe(16_943_157n)
  })

  it('passes its origin on', () => {
    expect(names(batch([rootOnly], 'root').events)).toEqual(['ItemCompleted', 'BatchCompleted'])
    const restricted: ChainCall = {
      pallet: 'CouncilMembership',
      name: 'clear_prime',
      args: {},
    }
    expect(names(batch([restricted], 'restricted').events)).toEqual([
      'ItemCompleted',
      'BatchCompleted',
    ])
    expect(names(batch([restricted]).events)).toEqual(['BatchInterrupted'])
  })

  it('has a limit, and is not for nobody', () => {
    const most = Array<ChainCall>(10_922).fill(remark)
    expect(batch(most).ok).toBe(true)
    expect(batch([...most, remark]).error).toBe('Utility.TooManyCalls')
    for (const name of ['batch', 'batch_all', 'force_batch']) {
      const outcome = t.run({ type: 'None' }, 'Utility', name, { calls: [remark] })
      expect([name, outcome.error]).toEqual([name, 'BadOrigin'])
    }
  })

  it('pays although the calls in it would not have', () => {
    const chain = testChain()
    const free: ChainCall = {
      pallet: 'Council',
      name: 'vote',
      args: { proposal: `0x${'00'.repeat(32)}`, index: 0, approve: true },
    }
    const motion = chain.run('alice', 'Council', 'propose', {
      threshold: 2,
      proposal: remark,
      length_bound: 100,
    })
    const { proposal_hash: proposal } = motion.events[0]!.fields as { proposal_hash: string }
    const vote = { ...free, args: { ...(free.args as object), proposal } }
    expect(chain.run('bob', 'Council', 'vote', vote.args as never).pays).toBe('No')
    const outcome = chain.run('alice', 'Utility', 'batch', { calls: [vote] })
    expect(names(outcome.events)).toEqual(['Voted', 'ItemCompleted', 'BatchCompleted'])
    expect(outcome.pays).toBeUndefined()
  })
})

describe('batch_all', () => {
  const t = testChain()
  const all = (calls: ChainCall[], caller: Caller = 'alice') =>
    t.run(caller, 'Utility', 'batch_all', { calls })

  it('does all', () => {
    const outcome = all([remark, remark])
    expect(names(outcome.events)).toEqual(['ItemCompleted', 'ItemCompleted', 'BatchCompleted'])
    expect(outcome.refTime).toBe(16_448_433n + 2n * 4_796_983n + 2n * remarkWeight)
  })

  it('or nothing: it fails with the error of the call, and has used what ran until then', () => {
    const outcome = all([pay('charlie', 1000n), rootOnly, remark, remark])
    expect(outcome).toMatchObject({ ok: false, error: 'BadOrigin', events: [] })
    expect(outcome.refTime).toBe(16_448_433n + 2n * 4_796_983n + 171_235_000n + rootOnlyWeight)
    expect(t.balance('charlie')).toBe(0n)
    expect(all(Array<ChainCall>(10_923).fill(remark)).error).toBe('Utility.TooManyCalls')
  })

  it('does not nest, at any depth, except for Root', () => {
    expect(all([nest('batch_all', remark)]).error).toBe('System.CallFiltered')
    const deeper = all([nest('batch', nest('force_batch', nest('batch_all', remark)))])
    expect(deeper.events.map(({ name, fields }) => [name, fields])).toEqual([
      ['ItemFailed', { error: filtered }],
      ['BatchCompletedWithErrors', []],
      ['ItemCompleted', []],
      ['BatchCompleted', []],
      ['ItemCompleted', []],
      ['BatchCompleted', []],
    ])
    const call = nest('batch_all', remark)
    const derived: ChainCall = {
      pallet: 'Utility',
      name: 'as_derivative',
      args: { index: 0, call },
    }
    expect(all([derived]).error).toBe('System.CallFiltered')
    expect(all([nest('batch_all', remark)], 'root').ok).toBe(true)
    expect(
      t.run('alice', 'Utility', 'batch', { calls: [nest('batch_all', remark)] }).events,
    ).toHaveLength(4)
  })
})

describe('force_batch', () => {
  const t = testChain()

  it('goes on after a failure', () => {
    const calls = [rootOnly, pay('charlie', 1000n)]
    const outcome = t.run('alice', 'Utility', 'force_batch', { calls })
    expect(outcome.events[0]).toEqual({
      pallet: 'Utility',
      name: 'ItemFailed',
      fields: { error: badOrigin },
    })
    expect(names(outcome.events).slice(-2)).toEqual(['ItemCompleted', 'BatchCompletedWithErrors'])
    expect(t.balance('charlie')).toBe(1000n)
  })

  it('is complete when nothing failed', () => {
    const outcome = t.run('alice', 'Utility', 'force_batch', { calls: [remark] })
    expect(names(outcome.events)).toEqual(['ItemCompleted', 'BatchCompleted'])
    const tooMany = Array<ChainCall>(10_923).fill(remark)
    const refused = t.run('alice', 'Utility', 'force_batch', { calls: tooMany })
    expect(refused.error).toBe('Utility.TooManyCalls')
  })
})

describe('calls on behalf of others', () => {
  it('as_derivative signs for an account that belongs to the signer', () => {
    const t = testChain()
    const derived = derivativeAccount(accountOf('alice'), 0)
    for (const index of [0, 1, 257]) {
      const theirs = createKeyDerived(accountOf('alice'), index)
      expect(derivativeAccount(accountOf('alice'), index)).toBe(toHex(theirs))
    }
    t.fund(derived, 5000n)
    const send = (call: ChainCall, caller: Caller = 'alice') =>
      t.run(caller, 'Utility', 'as_derivative', { index: 0, call })
    const outcome = send(pay('charlie', 1000n))
    expect(outcome.ok).toBe(true)
    expect(outcome.refTime).toBe(130_268_000n + 171_235_000n)
    expect([t.balance(derived), t.balance('charlie')]).toEqual([4000n, 1000n])
    expect(send(pay('charlie', 1_000_000n)).error).toBe('Token.FundsUnavailable')
    expect(send(remark, 'root').error).toBe('BadOrigin')
  })

  it('dispatch_as lets Root be anybody, and succeeds whatever becomes of it', () => {
    const t = testChain()
    const as = (as_origin: OriginCaller, call: ChainCall, caller: Caller = 'root') =>
      t.run(caller, 'Utility', 'dispatch_as', { as_origin, call })
    const bob: OriginCaller = { type: 'system', value: { type: 'Signed', value: accountOf('bob') } }
    const outcome = as(bob, pay('charlie', 1000n))
    expect(names(outcome.events)).toEqual(['NewAccount', 'Endowed', 'Transfer', 'DispatchedAs'])
    const failed = as(bob, rootOnly)
    expect(failed).toMatchObject({ ok: true })
    expect(failed.events).toEqual([
      {
        pallet: 'Utility',
        name: 'DispatchedAs',
        fields: { result: { type: 'Err', value: badOrigin } },
      },
    ])
    const council: OriginCaller = { type: 'Council', value: { type: 'Members', value: [3, 5] } }
    const clear: ChainCall = { pallet: 'CouncilMembership', name: 'clear_prime', args: {} }
    expect(as(council, clear).events[0]?.fields).toEqual({ result: { type: 'Ok', value: null } })
    expect(as(bob, remark, 'bob').error).toBe('BadOrigin')
  })

  it('with_weight is for Root, and fails as the call in it fails', () => {
    const t = testChain()
    const weigh = (call: ChainCall, caller: Caller = 'root') =>
      t.run(caller, 'Utility', 'with_weight', { call, weight: { ref_time: 5n, proof_size: 6n } })
    expect(weigh(rootOnly)).toMatchObject({ ok: true, refTime: 5n })
    expect(weigh(pay('charlie', 1n)).error).toBe('BadOrigin')
    expect(weigh(remark, 'alice').error).toBe('BadOrigin')
  })
})

describe('a batch as an extrinsic', () => {
  it('is refunded for what it did not run', () => {
    const t = testChain()
    const issued = t.state(balances).TotalIssuance.get()
    const calls = [rootOnly, pay('charlie', 1000n)]
    const { events } = t.extrinsic('bob', 'Utility', 'batch', { calls })
    expect(names(events)).toEqual([
      'Withdraw',
      'BatchInterrupted',
      'Deposit',
      'Deposit',
      'TransactionFeePaid',
      'ExtrinsicSuccess',
    ])
    const [withdrawn, refund, paid] = [events[0], events[2], events[3]].map(
      event => (event!.fields as { amount: bigint }).amount,
    )
    expect(withdrawn! - refund!).toBe(paid)
    expect(t.state(balances).TotalIssuance.get()).toBe(issued)
  })
})
