// Council and CouncilMembership: motions from proposal to execution, seats, and each error on the way.

import { describe, expect, it } from 'vitest'
import { council } from '../../../src/chain/pallets/council/declaration.ts'
import { councilMembership } from '../../../src/chain/pallets/council-membership/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import type { ChainCall, ChainEvent } from '../../../src/chain/runtime/outer.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { blake2b256 } from '../../../src/crypto/hash.ts'
import { type Hex, toHex } from '../../../src/crypto/hex.ts'
import { encodeToBytes } from '../../../src/scale/codec.ts'
import {
  accountOf,
  address,
  type Caller,
  type DevName,
  stranger,
  type TestChain,
  testChain,
} from '../support/chain.ts'

const remark: ChainCall = { pallet: 'System', name: 'remark', args: { remark: 'some_remark' } }
const clearPrime: ChainCall = { pallet: 'CouncilMembership', name: 'clear_prime', args: {} }
const rootOnly: ChainCall = { pallet: 'System', name: 'kill_storage', args: { keys: [] } }
const hashOf = (call: ChainCall): Hex => toHex(blake2b256(encodeToBytes(RuntimeCall, call)))
const names = (events: readonly ChainEvent[]) => events.map(({ name }) => name)
const generous = { ref_time: 1_000_000_000_000n, proof_size: 1_000_000n }

const propose = (t: TestChain, proposal: ChainCall, threshold = 2, caller: Caller = 'alice') =>
  t.run(caller, 'Council', 'propose', { threshold, proposal, length_bound: 10_000 })

const vote = (t: TestChain, caller: Caller, call: ChainCall, approve: boolean, index = 0) =>
  t.run(caller, 'Council', 'vote', { proposal: hashOf(call), index, approve })

const close = (
  t: TestChain,
  call: ChainCall,
  more: { index?: number; proposal_weight_bound?: object; length_bound?: number } = {},
  caller: Caller = 'charlie',
) =>
  t.run(caller, 'Council', 'close', {
    proposal_hash: hashOf(call),
    index: 0,
    proposal_weight_bound: generous,
    length_bound: 10_000,
    ...more,
  })

/** A council of so many members: Alice and Bob first. */
const councilOf = (count: number): TestChain => {
  const more = Array.from({ length: count - 2 }, (_, i) => stranger(i + 1))
  return testChain({ council: [accountOf('alice'), accountOf('bob'), ...more] })
}

describe('a motion', () => {
  it('is proposed, carried and executed on behalf of the council', () => {
    const t = testChain()
    const call: ChainCall = {
      pallet: 'CouncilMembership',
      name: 'add_member',
      args: { who: address('charlie') },
    }
    const hash = hashOf(call)
    const proposed = propose(t, call)
    expect(proposed.events).toEqual([
      {
        pallet: 'Council',
        name: 'Proposed',
        fields: {
          account: accountOf('alice'),
          proposal_index: 0,
          proposal_hash: hash,
          threshold: 2,
        },
      },
    ])
    expect(t.state(council).Voting.get(hash)).toEqual({
      index: 0,
      threshold: 2,
      ayes: [],
      nays: [],
      end: t.chain.best() + 1200,
    })
    expect(t.state(council).ProposalOf.get(hash)).toEqual(call)
    expect(vote(t, 'alice', call, true)).toMatchObject({
      pays: 'No',
      events: [{ fields: { voted: true, yes: 1, no: 0 } }],
    })
    expect(close(t, call).error).toBe('Council.TooEarly')
    expect(vote(t, 'bob', call, true).events[0]?.fields).toMatchObject({ yes: 2, no: 0 })
    const closed = close(t, call)
    expect(closed.events.map(({ name, fields }) => [name, fields])).toEqual([
      ['Closed', { proposal_hash: hash, yes: 2, no: 0 }],
      ['Approved', { proposal_hash: hash }],
      ['MemberAdded', []],
      ['Executed', { proposal_hash: hash, result: { type: 'Ok', value: null } }],
    ])
    expect(closed.pays).toBeUndefined()
    expect(t.state(council).Members.get()).toContain(accountOf('charlie'))
    expect(t.state(council).Proposals.get()).toEqual([])
    expect(t.state(council).Voting.has(hash)).toBe(false)
    expect(t.state(council).ProposalOf.has(hash)).toBe(false)
    expect(t.state(council).ProposalCount.get()).toBe(1)
  })

  it('that three of five carry reaches what is restricted; the call may fail all the same', () => {
    const t = councilOf(5)
    propose(t, rootOnly, 3)
    const members: Caller[] = ['alice', 'bob', stranger(1)]
    for (const member of members) vote(t, member, rootOnly, true)
    expect(close(t, rootOnly).events.at(-1)?.fields).toEqual({
      proposal_hash: hashOf(rootOnly),
      result: { type: 'Err', value: { type: 'BadOrigin' } },
    })
    propose(t, clearPrime, 3)
    for (const member of members) vote(t, member, clearPrime, true, 1)
    expect(close(t, clearPrime, { index: 1 }).events.at(-1)?.fields).toMatchObject({
      result: { type: 'Ok' },
    })
  })

  it('is defeated as soon as it cannot be carried, which is free', () => {
    const t = testChain()
    propose(t, remark)
    vote(t, 'bob', remark, false)
    const closed = close(t, remark)
    expect(names(closed.events)).toEqual(['Closed', 'Disapproved'])
    expect(closed.events[0]?.fields).toMatchObject({ yes: 0, no: 1 })
    expect(closed.pays).toBe('No')
    expect(t.state(council).Proposals.get()).toEqual([])
  })

  it('whose time is over is decided with silence as no', () => {
    const t = councilOf(5)
    propose(t, remark, 3)
    vote(t, 'alice', remark, true)
    const { end } = t.state(council).Voting.get(hashOf(remark))!
    t.blocks(end - t.chain.best() - 2)
    expect(close(t, remark).error).toBe('Council.TooEarly')
    const closed = close(t, remark)
    expect(t.chain.best()).toBe(end)
    expect(closed.events.map(({ fields }) => fields)).toEqual([
      { proposal_hash: hashOf(remark), yes: 1, no: 4 },
      { proposal_hash: hashOf(remark) },
    ])
    expect(closed.pays).toBe('No')
  })

  it("whose time is over is decided with silence as the prime's vote, where Root named one", () => {
    const t = councilOf(5)
    const new_members = t.state(council).Members.get()
    const prime = accountOf('alice')
    t.run('root', 'Council', 'set_members', { new_members, prime, old_count: 5 })
    propose(t, remark, 3)
    vote(t, 'alice', remark, true)
    vote(t, 'bob', remark, false)
    t.blocks(1200)
    expect(close(t, remark).events.map(({ fields }) => fields)[0]).toMatchObject({ yes: 4, no: 1 })
  })

  it('W180 with threshold 1 runs at once as one of two, which is less than three fifths', () => {
    const t = testChain()
    const outcome = propose(t, clearPrime, 1)
    expect(outcome).toMatchObject({ ok: true })
    expect(outcome.events).toEqual([
      {
        pallet: 'Council',
        name: 'Executed',
        fields: {
          proposal_hash: hashOf(clearPrime),
          result: { type: 'Err', value: { type: 'BadOrigin' } },
        },
      },
    ])
    expect(t.state(council).ProposalCount.get()).toBe(0)
  })

  it('is refused with the errors of upstream', () => {
    const t = testChain()
    expect(propose(t, remark, 2, 'charlie').error).toBe('Council.NotMember')
    expect(propose(t, remark, 2, 'root').error).toBe('BadOrigin')
    const { length } = encodeToBytes(RuntimeCall, remark)
    const bounded = (threshold: number, length_bound: number) =>
      t.run('alice', 'Council', 'propose', { threshold, proposal: remark, length_bound }).error
    expect(bounded(2, length - 1)).toBe('Council.WrongProposalLength')
    expect(bounded(1, length - 1)).toBe('Council.WrongProposalLength')
    const heavy: ChainCall = {
      pallet: 'Utility',
      name: 'with_weight',
      args: { call: remark, weight: { ref_time: 1_000_000_000_001n, proof_size: 0n } },
    }
    expect(propose(t, heavy).error).toBe('Council.WrongProposalWeight')
    expect(propose(t, heavy, 0).error).toBe('Council.WrongProposalWeight')
    expect(bounded(2, length)).toBeUndefined()
    expect(propose(t, remark).error).toBe('Council.DuplicateProposal')
    expect(propose(t, remark, 1).error).toBe('Council.DuplicateProposal')
  })

  it('is one of a hundred at most', () => {
    const t = testChain()
    t.inBlock(tx => {
      const open = Array.from({ length: 100 }, (_, i) => stranger(i))
      tx.in(council).state.Proposals.set(open)
    })
    expect(propose(t, remark).error).toBe('Council.TooManyProposals')
  })

  it('is voted on by members, who may change sides for a fee', () => {
    const t = councilOf(4)
    propose(t, remark, 3)
    expect(vote(t, 'charlie', remark, true).error).toBe('Council.NotMember')
    expect(vote(t, 'alice', clearPrime, true).error).toBe('Council.ProposalMissing')
    expect(vote(t, 'alice', remark, true, 1).error).toBe('Council.WrongIndex')
    const voters: Caller[] = ['alice', 'bob', stranger(1)]
    for (const voter of voters) expect(vote(t, voter, remark, true).pays).toBe('No')
    expect(vote(t, 'alice', remark, true).error).toBe('Council.DuplicateVote')
    const changed = vote(t, 'alice', remark, false)
    expect(changed.pays).toBeUndefined()
    expect(changed.events[0]?.fields).toMatchObject({ voted: false, yes: 2, no: 1 })
    expect(vote(t, 'alice', remark, false).error).toBe('Council.DuplicateVote')
    // The last voter takes the place of the one who left.
    expect(t.state(council).Voting.get(hashOf(remark))?.ayes).toEqual([
      stranger(1),
      accountOf('bob'),
    ])
  })

  it('is closed by whom it names rightly', () => {
    const t = testChain()
    propose(t, remark)
    expect(close(t, clearPrime).error).toBe('Council.ProposalMissing')
    expect(close(t, remark, { index: 3 }).error).toBe('Council.WrongIndex')
    expect(close(t, remark, {}, 'root').error).toBe('BadOrigin')
    vote(t, 'alice', remark, true)
    vote(t, 'bob', remark, true)
    const { length } = encodeToBytes(RuntimeCall, remark)
    expect(close(t, remark, { length_bound: length - 1 }).error).toBe('Council.WrongProposalLength')
    const { refTime } = t.runtime.weightOf(remark)
    const bound = (ref_time: bigint) => ({ proposal_weight_bound: { ref_time, proof_size: 0n } })
    expect(close(t, remark, bound(refTime - 1n)).error).toBe('Council.WrongProposalWeight')
    const closed = close(t, remark, { ...bound(refTime), length_bound: length })
    expect(names(closed.events)).toEqual(['Closed', 'Approved', 'Executed'])
    // 42 695 215 + 3622 × 14 bytes + 33 830 × 2 seats + 205 374 × 1 motion, 4 reads and 3 writes, the call.
    expect(length).toBe(14)
    expect(closed.refTime).toBe(42_695_215n + 50_708n + 67_660n + 205_374n + 400_000_000n + refTime)
  })

  it('is ended by Root, whatever its votes', () => {
    const t = testChain()
    propose(t, remark)
    const args = { proposal_hash: hashOf(remark) }
    expect(t.run('restricted', 'Council', 'disapprove_proposal', args).error).toBe('BadOrigin')
    expect(names(t.run('root', 'Council', 'disapprove_proposal', args).events)).toEqual([
      'Disapproved',
    ])
    expect(t.state(council).Proposals.get()).toEqual([])
  })
})

describe('a member', () => {
  it('has calls executed as a member, which opens nothing that is restricted', () => {
    const t = testChain()
    const execute = (proposal: ChainCall, caller: Caller = 'alice', length_bound = 1000) =>
      t.run(caller, 'Council', 'execute', { proposal, length_bound })
    expect(execute(remark).events).toEqual([
      {
        pallet: 'Council',
        name: 'MemberExecuted',
        fields: { proposal_hash: hashOf(remark), result: { type: 'Ok', value: null } },
      },
    ])
    expect(execute(clearPrime).events[0]?.fields).toMatchObject({
      result: { type: 'Err', value: { type: 'BadOrigin' } },
    })
    expect(execute(remark, 'charlie').error).toBe('Council.NotMember')
    expect(execute(remark, 'alice', 3).error).toBe('Council.WrongProposalLength')
  })
})

describe('the seats', () => {
  const members = (t: TestChain) => t.state(councilMembership).Members.get()
  const ids = (...who: DevName[]) => who.map(accountOf).sort()
  const call = (
    t: TestChain,
    name: string,
    args: Record<string, unknown> = {},
    caller: Caller = 'restricted',
  ) => t.run(caller, 'CouncilMembership', name, args)

  it('are given, taken and swapped by the council or Root, sorted and mirrored', () => {
    const t = testChain()
    expect(call(t, 'add_member', { who: address('dave') }).events).toEqual([
      { pallet: 'CouncilMembership', name: 'MemberAdded', fields: [] },
    ])
    expect(members(t)).toEqual(ids('alice', 'bob', 'dave'))
    expect(call(t, 'add_member', { who: address('dave') }).error).toBe(
      'CouncilMembership.AlreadyMember',
    )
    const swap = { remove: address('dave'), add: address('eve') }
    expect(names(call(t, 'swap_member', swap, 'root').events)).toEqual(['MembersSwapped'])
    expect(members(t)).toEqual(ids('alice', 'bob', 'eve'))
    expect(call(t, 'swap_member', swap).error).toBe('CouncilMembership.NotMember')
    const taken = { remove: address('alice'), add: address('eve') }
    expect(call(t, 'swap_member', taken).error).toBe('CouncilMembership.AlreadyMember')
    const same = { remove: address('dave'), add: address('dave') }
    expect(call(t, 'swap_member', same)).toMatchObject({ ok: true, events: [] })
    expect(names(call(t, 'remove_member', { who: address('eve') }).events)).toEqual([
      'MemberRemoved',
    ])
    expect(call(t, 'remove_member', { who: address('eve') }).error).toBe(
      'CouncilMembership.NotMember',
    )
    const reset = { members: ['dave', 'alice', 'charlie'].map(who => accountOf(who as DevName)) }
    expect(names(call(t, 'reset_members', reset).events)).toEqual(['MembersReset'])
    expect(members(t)).toEqual(ids('alice', 'charlie', 'dave'))
    expect(t.state(council).Members.get()).toEqual(members(t))
  })

  it('are a hundred at most', () => {
    const t = testChain()
    const hundred = Array.from({ length: 100 }, (_, i) => stranger(i))
    expect(call(t, 'reset_members', { members: [...hundred, stranger(100)] }).error).toBe(
      'CouncilMembership.TooManyMembers',
    )
    expect(call(t, 'reset_members', { members: hundred }).ok).toBe(true)
    expect(call(t, 'add_member', { who: address('dave') }).error).toBe(
      'CouncilMembership.TooManyMembers',
    )
  })

  it('are not for others to give', () => {
    const t = testChain()
    const two: Caller = { type: 'Members', yes: 1, of: 2 }
    const restricted: [string, Record<string, unknown>][] = [
      ['add_member', { who: address('dave') }],
      ['remove_member', { who: address('alice') }],
      ['swap_member', { remove: address('alice'), add: address('dave') }],
      ['reset_members', { members: [] }],
      ['set_prime', { who: address('alice') }],
      ['clear_prime', {}],
    ]
    for (const [name, args] of restricted) {
      expect([name, call(t, name, args, 'alice').error]).toEqual([name, 'BadOrigin'])
      expect([name, call(t, name, args, two).error]).toEqual([name, 'BadOrigin'])
    }
    const lost = { who: { type: 'Address20', value: `0x${'00'.repeat(20)}` } }
    expect(call(t, 'add_member', lost).error).toBe('CannotLookup')
  })

  it('can be handed on by who sits there, the prime with them', () => {
    const t = testChain()
    expect(call(t, 'set_prime', { who: address('alice') })).toMatchObject({ ok: true, events: [] })
    expect(call(t, 'set_prime', { who: address('dave') }).error).toBe('CouncilMembership.NotMember')
    expect(names(call(t, 'change_key', { new: address('dave') }, 'alice').events)).toEqual([
      'KeyChanged',
    ])
    expect(members(t)).toEqual(ids('bob', 'dave'))
    expect(t.state(councilMembership).Prime.get()).toBe(accountOf('dave'))
    expect(t.state(council).Prime.get()).toBeNull()
    expect(call(t, 'change_key', { new: address('eve') }, 'alice').error).toBe(
      'CouncilMembership.NotMember',
    )
    expect(call(t, 'change_key', { new: address('bob') }, 'dave').error).toBe(
      'CouncilMembership.AlreadyMember',
    )
    expect(names(call(t, 'change_key', { new: address('dave') }, 'dave').events)).toEqual([
      'KeyChanged',
    ])
    call(t, 'remove_member', { who: address('dave') })
    expect(t.state(councilMembership).Prime.get()).toBeNull()
    call(t, 'set_prime', { who: address('bob') })
    call(t, 'clear_prime')
    expect(t.state(councilMembership).Prime.get()).toBeNull()
  })

  it('take the votes of those who leave with them', () => {
    const t = councilOf(4)
    propose(t, remark, 3)
    vote(t, 'bob', remark, true)
    vote(t, 'alice', remark, false)
    call(t, 'remove_member', { who: address('bob') })
    expect(t.state(council).Voting.get(hashOf(remark))).toMatchObject({
      ayes: [],
      nays: [accountOf('alice')],
    })
  })

  it('can be set in the council alone, by Root', () => {
    const t = testChain()
    const set = (new_members: string[], prime: string | null, caller: Caller = 'root') =>
      t.run(caller, 'Council', 'set_members', { new_members, prime, old_count: 2 })
    expect(set([stranger(2), stranger(1)], stranger(2))).toMatchObject({ ok: true, events: [] })
    expect(t.state(council).Members.get()).toEqual([stranger(1), stranger(2)])
    expect(t.state(council).Prime.get()).toBe(stranger(2))
    expect(set([stranger(1)], stranger(2)).error).toBe('Council.PrimeAccountNotMember')
    expect(set([], null, 'restricted').error).toBe('BadOrigin')
    expect(members(t)).toEqual(ids('alice', 'bob'))
  })
})

describe('the way of the integration suite', () => {
  it('changes the connection price by extrinsics of both members', () => {
    const t = testChain()
    const call: ChainCall = {
      pallet: 'TfgridModule',
      name: 'set_connection_price',
      args: { price: 100 },
    }
    expect(hashOf(call)).toBe('0xea403da31af4574727e8b3b773e21ea75925fac3fbdda61f4850ceb5ee15704f')
    const motion = { proposal: hashOf(call), index: 0 }
    t.extrinsic('alice', 'Council', 'propose', {
      threshold: 2,
      proposal: call,
      length_bound: 10_000,
    })
    t.extrinsic('alice', 'Council', 'vote', { ...motion, approve: true })
    const second = t.extrinsic('bob', 'Council', 'vote', { ...motion, approve: true })
    expect(second.events.at(-2)).toMatchObject({
      name: 'TransactionFeePaid',
      fields: { actual_fee: 0n },
    })
    t.extrinsic('alice', 'Council', 'close', {
      proposal_hash: hashOf(call),
      index: 0,
      proposal_weight_bound: generous,
      length_bound: 10_000,
    })
    expect(t.state(tfgrid).ConnectionPrice.get()).toBe(100)
  })
})
