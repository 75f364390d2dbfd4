// Dao: the worked cases at the scale of spec 153 (five votes decide), and each error of each call.

import { describe, expect, it } from 'vitest'
import { dao } from '../../../src/chain/pallets/dao/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { encodeToHex } from '../../../src/scale/codec.ts'
import {
  type Caller,
  type DevName,
  type TestChain,
  type TestChainOptions,
  testChain,
} from '../support/chain.ts'
import {
  type Case,
  createNode,
  farm,
  gib,
  grid,
  nodeArgs,
  refuses,
  succeeds,
} from './grid-fixtures.ts'

const remark = { pallet: 'System', name: 'remark', args: { remark: 'some_remark' } }
const price = { pallet: 'TfgridModule', name: 'set_connection_price', args: { price: 100 } }
const day = 14_400
const farmers = ['alice', 'bob', 'charlie', 'dave', 'eve'] as const

const call = (t: TestChain, caller: Caller, name: string, args: Record<string, unknown>) =>
  t.run(caller, 'Dao', name, args)

const denies = (
  t: TestChain,
  error: string,
  caller: Caller,
  name: string,
  args: Record<string, unknown>,
) => {
  const full = error === 'BadOrigin' ? error : `Dao.${error}`
  refuses(t, full, () => call(t, caller, name, args), dao)
}

const proposal = (change: Record<string, unknown> = {}) => ({
  threshold: 5,
  action: remark,
  description: 'some_description',
  link: 'some_link',
  duration: null,
  ...change,
})

/** A proposal of alice; gives its hash. */
function propose(t: TestChain, change: Record<string, unknown> = {}): `0x${string}` {
  succeeds(call(t, 'alice', 'propose', proposal(change)))
  return t.state(dao).ProposalList.get().at(-1) as `0x${string}`
}

/** Farms 1 to `count`, each of another farmer and with a standard node (weight 42). */
function farms(t: TestChain, count = 5): void {
  farmers.slice(0, count).forEach((who, i) => {
    createNode(t, who, farm(t, who, `farm_${who}`))
    expect(t.state(dao).FarmWeight.get(i + 1)).toBe(42n)
  })
}

const vote = (t: TestChain, hash: string, farm_id: number, approve = true, who?: DevName) =>
  call(t, who ?? farmers[farm_id - 1]!, 'vote', { farm_id, proposal_hash: hash, approve })

const close = (t: TestChain, proposal_hash: string, proposal_index = 0) =>
  call(t, 'bob', 'close', { proposal_hash, proposal_index })

/** Makes the next block the given one. */
const nextBlockIs = (t: TestChain, block: number) => t.blocks(block - 1 - t.chain.best())

const endOf = (t: TestChain, hash: `0x${string}`): number => {
  const end = t.state(dao).Voting.get(hash)?.end
  if (end === undefined) expect.fail('the proposal is open')
  return end
}

function isGone(t: TestChain, hash: `0x${string}`): void {
  const state = t.state(dao)
  expect(state.ProposalList.get()).toEqual([])
  expect([state.Proposals, state.ProposalOf, state.Voting].map(map => map.has(hash))).toEqual([
    false,
    false,
    false,
  ])
}

const cases: readonly Case[] = [
  [
    'W121',
    'who has no farm does not vote',
    t => {
      farms(t, 1)
      const hash = propose(t)
      const args = { farm_id: 1, proposal_hash: hash, approve: true }
      denies(t, 'NotAuthorizedToVote', 'bob', 'vote', args)
      denies(t, 'NotAuthorizedToVote', 'alice', 'vote', { ...args, farm_id: 9 })
    },
  ],
  [
    'W122',
    'farms vote one by one',
    t => {
      farms(t, 2)
      const hash = propose(t)
      const first = succeeds(vote(t, hash, 1))
      const told = (who: DevName, yes: number) => ({
        pallet: 'Dao',
        name: 'Voted',
        fields: { account: t.account(who), proposal_hash: hash, voted: true, yes, no: 0 },
      })
      expect(first.events).toEqual([told('alice', 1)])
      expect(first.pays).toBe('No')
      expect(succeeds(vote(t, hash, 2)).events).toEqual([told('bob', 2)])
    },
  ],
  [
    'W123',
    'a farm without nodes does not vote',
    t => {
      farm(t, 'alice', 'empty')
      const hash = propose(t)
      const args = { farm_id: 1, proposal_hash: hash, approve: true }
      denies(t, 'FarmHasNoNodes', 'alice', 'vote', args)
      denies(t, 'FarmHasNoNodes', 'alice', 'vote', { ...args, approve: false })
      expect(t.state(dao).Voting.get(hash)?.ayes).toEqual([])
    },
  ],
  [
    'W124',
    'a proposal with enough votes runs',
    t => {
      farms(t)
      const hash = propose(t)
      for (const id of [1, 2, 3, 4, 5]) succeeds(vote(t, hash, id))
      const outcome = succeeds(close(t, hash))
      expect(outcome.pays).toBe('No')
      expect(outcome.events.map(({ name, fields }) => [name, fields])).toEqual([
        ['Closed', { proposal_hash: hash, yes: 5, yes_weight: 210n, no: 0, no_weight: 0n }],
        ['Approved', { proposal_hash: hash }],
        ['Executed', { proposal_hash: hash, result: { type: 'Ok', value: null } }],
      ])
      isGone(t, hash)
    },
  ],
  [
    'W125',
    'a proposal without votes ends with its time',
    t => {
      const hash = propose(t, { duration: day })
      const end = endOf(t, hash)
      nextBlockIs(t, end)
      const { events } = succeeds(close(t, hash))
      expect(t.chain.best()).toBe(end)
      const none = { yes: 0, yes_weight: 0n, no: 0, no_weight: 0n }
      expect(events.map(({ name, fields }) => [name, fields])).toEqual([
        ['Closed', { proposal_hash: hash, ...none }],
        ['Disapproved', { proposal_hash: hash }],
      ])
      isGone(t, hash)
    },
  ],
  [
    'W126',
    'one vote is not enough, whatever it says',
    t => {
      farms(t, 1)
      const hash = propose(t, { duration: day })
      succeeds(vote(t, hash, 1))
      nextBlockIs(t, endOf(t, hash) - 1)
      const args = { proposal_hash: hash, proposal_index: 0 }
      denies(t, 'OngoingVoteAndTresholdStillNotMet', 'bob', 'close', args)
      const { events } = succeeds(close(t, hash))
      expect(events.map(({ name }) => name)).toEqual(['Closed', 'Disapproved'])
    },
  ],
  [
    'W127',
    'a proposal is open less than thirty days',
    t => {
      const long = proposal({ duration: 432_000 })
      denies(t, 'InvalidProposalDuration', 'alice', 'propose', long)
      const hash = propose(t, { duration: 431_999 })
      expect(endOf(t, hash)).toBe(t.chain.best() + 431_999)
    },
  ],
  [
    'W128',
    'five votes and a day are the least',
    t => {
      denies(t, 'ThresholdTooLow', 'alice', 'propose', proposal({ threshold: 4 }))
      const short = proposal({ duration: 14_399 })
      denies(t, 'InvalidProposalDuration', 'alice', 'propose', short)
      const both = proposal({ threshold: 4, duration: 14_399 })
      denies(t, 'ThresholdTooLow', 'alice', 'propose', both)
      expect(endOf(t, propose(t, { duration: day }))).toBe(t.chain.best() + day)
    },
  ],
  [
    'W129',
    'a member objects once',
    t => {
      const hash = propose(t)
      const outcome = succeeds(call(t, 'bob', 'veto', { proposal_hash: hash }))
      expect(outcome.events).toEqual([
        {
          pallet: 'Dao',
          name: 'CouncilMemberVeto',
          fields: { proposal_hash: hash, who: t.account('bob') },
        },
      ])
      expect(outcome.pays).toBe('No')
      denies(t, 'DuplicateVeto', 'bob', 'veto', { proposal_hash: hash })
    },
  ],
  [
    'W130',
    'votes count up to the last block',
    t => {
      farms(t, 2)
      const hash = propose(t, { duration: day })
      nextBlockIs(t, endOf(t, hash))
      succeeds(vote(t, hash, 1))
      const args = { farm_id: 2, proposal_hash: hash, approve: true }
      denies(t, 'TimeLimitReached', 'bob', 'vote', args)
    },
  ],
  [
    'W131',
    'a vote weighs what the farm weighed then',
    t => {
      farms(t)
      const hash = propose(t)
      for (const id of [1, 2, 3, 4, 5]) succeeds(vote(t, hash, id))
      createNode(t, 'ferdie', 1)
      expect(t.state(dao).FarmWeight.get(1)).toBe(84n)
      expect(succeeds(close(t, hash)).events[0]?.fields).toMatchObject({ yes_weight: 210n })
    },
  ],
  [
    'W132',
    'only the council proposes',
    t => denies(t, 'NotCouncilMember', 'charlie', 'propose', proposal({ threshold: 1 })),
  ],
  [
    'W133',
    'a proposal is known by the hash of its call',
    t => {
      expect(encodeToHex(RuntimeCall, remark)).toBe('0x00002c736f6d655f72656d61726b')
      expect(propose(t)).toBe('0xd4541810ebe0f668fcef7c0e230a54a0fbae1d8a554d2eaf553291bd0cf23188')
    },
  ],
  [
    'W134',
    'as any is',
    t => {
      expect(encodeToHex(RuntimeCall, price)).toBe('0x191d64000000')
      expect(propose(t, { action: price })).toBe(
        '0xea403da31af4574727e8b3b773e21ea75925fac3fbdda61f4850ceb5ee15704f',
      )
    },
  ],
]

describe('the DAO', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('stores a proposal for a week, and one of a kind at a time', () => {
    const t = testChain()
    const outcome = succeeds(call(t, 'bob', 'propose', proposal({ threshold: 7 })))
    const hash = t.state(dao).ProposalList.get()[0] as `0x${string}`
    expect(outcome.pays).toBeUndefined()
    expect(outcome.events).toEqual([
      {
        pallet: 'Dao',
        name: 'Proposed',
        fields: {
          account: t.account('bob'),
          proposal_index: 0,
          proposal_hash: hash,
          threshold: 7,
        },
      },
    ])
    const state = t.state(dao)
    expect(state.Proposals.get(hash)).toEqual({
      index: 0,
      description: 'some_description',
      link: 'some_link',
    })
    expect(state.ProposalOf.get(hash)).toEqual(remark)
    expect(state.Voting.get(hash)).toEqual({
      index: 0,
      threshold: 7,
      ayes: [],
      nays: [],
      end: t.chain.best() + 7 * day,
      vetos: [],
    })
    const again = proposal({ threshold: 0, duration: 0 })
    denies(t, 'DuplicateProposal', 'alice', 'propose', again)
    propose(t, { action: price })
    expect(state.ProposalCount.get()).toBe(2)
    expect(state.ProposalList.get()).toHaveLength(2)
  })

  it('lets farms change sides for a fee, the last vote taking the free place', () => {
    const t = testChain()
    farms(t, 3)
    const hash = propose(t)
    for (const id of [1, 2, 3]) succeeds(vote(t, hash, id, false))
    const outcome = succeeds(vote(t, hash, 1, true))
    expect(outcome.pays).toBeUndefined()
    expect(outcome.events[0]?.fields).toMatchObject({ voted: true, yes: 1, no: 2 })
    const votes = t.state(dao).Voting.get(hash)
    expect(votes?.nays.map(({ farm_id }) => farm_id)).toEqual([3, 2])
    expect(votes?.ayes).toEqual([{ farm_id: 1, weight: 42n }])
    const args = { farm_id: 1, proposal_hash: hash, approve: true }
    denies(t, 'DuplicateVote', 'alice', 'vote', args)
    denies(t, 'DuplicateVote', 'bob', 'vote', { ...args, farm_id: 2, approve: false })
  })

  it('lets the heavier side win, not the larger one', () => {
    const t = testChain()
    farms(t)
    succeeds(
      grid(t, 'eve', 'update_node', {
        node_id: 5,
        ...nodeArgs(5, { resources: gib(20024, 2024, 16, 64) }),
      }),
    )
    const heavy = propose(t)
    for (const id of [1, 2, 3]) succeeds(vote(t, heavy, id, false))
    for (const id of [4, 5]) succeeds(vote(t, heavy, id))
    const { events } = succeeds(close(t, heavy))
    expect(events[0]?.fields).toMatchObject({ yes_weight: 194n, no_weight: 126n })
    expect(events[1]?.name).toBe('Approved')
  })

  it('does not carry a tie that has all its votes', () => {
    const t = testChain()
    farms(t)
    createNode(t, 'ferdie', farm(t, 'ferdie', 'farm_ferdie'))
    const hash = propose(t)
    for (const id of [1, 2, 3]) succeeds(vote(t, hash, id))
    for (const id of [4, 5]) succeeds(vote(t, hash, id, false))
    succeeds(vote(t, hash, 6, false, 'ferdie'))
    const { events } = succeeds(close(t, hash))
    expect(events[0]?.fields).toMatchObject({ yes: 3, no: 3, yes_weight: 126n, no_weight: 126n })
    expect(events[1]?.name).toBe('Disapproved')
  })

  it('executes as Root, and tells of what failed without failing itself', () => {
    const t = testChain()
    farms(t)
    const good = propose(t, { action: price })
    const unknown = { farm_id: 99, dedicated: true }
    const failing = { pallet: 'TfgridModule', name: 'set_farm_dedicated', args: unknown }
    const bad = propose(t, { action: failing })
    for (const hash of [good, bad]) for (const id of [1, 2, 3, 4, 5]) succeeds(vote(t, hash, id))
    const done = succeeds(close(t, good, 0))
    expect(done.events.map(({ name }) => name)).toEqual([
      'Closed',
      'Approved',
      'ConnectionPriceSet',
      'Executed',
    ])
    expect(t.state(tfgrid).ConnectionPrice.get()).toBe(100)
    const failed = succeeds(close(t, bad, 1))
    expect(failed.events.at(-1)?.fields).toEqual({
      proposal_hash: bad,
      result: {
        type: 'Err',
        value: { type: 'Module', value: { index: 25, error: '0x09000000' } },
      },
    })
    isGone(t, bad)
  })

  it('ends a proposal with the third objection, at any time', () => {
    const council: TestChainOptions['council'] = farmers.map(testChain().account)
    const t = testChain({ council })
    const hash = propose(t, { duration: day })
    nextBlockIs(t, endOf(t, hash) + 5)
    for (const who of ['alice', 'bob'] as const) {
      succeeds(call(t, who, 'veto', { proposal_hash: hash }))
    }
    const outcome = succeeds(call(t, 'charlie', 'veto', { proposal_hash: hash }))
    const vetos = (['alice', 'bob', 'charlie'] as const).map(t.account)
    expect(outcome.events.map(({ name, fields }) => [name, fields])).toEqual([
      ['CouncilMemberVeto', { proposal_hash: hash, who: t.account('charlie') }],
      ['ClosedByCouncil', { proposal_hash: hash, vetos }],
      ['Disapproved', { proposal_hash: hash }],
    ])
    isGone(t, hash)
  })

  it('refuses strangers, unknown proposals and wrong numbers', () => {
    const t = testChain()
    farms(t, 1)
    const hash = `0x${'00'.repeat(32)}` as const
    denies(t, 'NotCouncilMember', 'charlie', 'veto', { proposal_hash: hash })
    denies(t, 'ProposalMissing', 'alice', 'veto', { proposal_hash: hash })
    const args = { proposal_hash: hash, proposal_index: 0 }
    denies(t, 'NotCouncilMember', 'charlie', 'close', args)
    denies(t, 'ProposalMissing', 'alice', 'close', args)
    denies(t, 'ProposalMissing', 'alice', 'vote', { ...args, farm_id: 1, approve: true })
    const open = propose(t)
    denies(t, 'WrongIndex', 'alice', 'close', { proposal_hash: open, proposal_index: 1 })
    t.inBlock(tx => {
      const { Proposals } = tx.in(dao).state
      Proposals.set(open, { index: 9, description: '', link: '' })
    })
    denies(t, 'WrongIndex', 'alice', 'veto', { proposal_hash: open })
    const wrong = { farm_id: 1, proposal_hash: open, approve: true }
    denies(t, 'WrongIndex', 'alice', 'vote', wrong)
  })

  it.each([
    ['propose', proposal()],
    ['vote', { farm_id: 1, proposal_hash: `0x${'00'.repeat(32)}`, approve: true }],
    ['veto', { proposal_hash: `0x${'00'.repeat(32)}` }],
    ['close', { proposal_hash: `0x${'00'.repeat(32)}`, proposal_index: 0 }],
  ])('lets only signers call %s', (name, args) => {
    denies(testChain(), 'BadOrigin', 'root', name, args)
  })
})

describe('the weight of a farm', () => {
  it('follows its nodes as they come, change, move and go, and never falls below nothing', () => {
    const t = testChain()
    const weights = () => [1, 2].map(id => t.state(dao).FarmWeight.get(id))
    farm(t, 'alice', 'one')
    farm(t, 'bob', 'two')
    createNode(t, 'alice', 1)
    createNode(t, 'charlie', 1, { resources: gib(600, 125, 2, 8) })
    expect(weights()).toEqual([51n, 0n])
    const update = (farmId: number, resources = gib(1024, 512, 8, 16)) =>
      succeeds(grid(t, 'alice', 'update_node', { node_id: 1, ...nodeArgs(farmId, { resources }) }))
    update(1, gib(0, 500, 4, 8))
    expect(weights()).toEqual([43n, 0n])
    update(2)
    expect(weights()).toEqual([9n, 42n])
    t.inBlock(tx => tx.in(dao).state.FarmWeight.set(2, 5n))
    succeeds(grid(t, 'bob', 'delete_node_farm', { node_id: 1 }))
    expect(weights()).toEqual([9n, 0n])
  })
})
