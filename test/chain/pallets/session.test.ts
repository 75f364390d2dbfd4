// Session, Aura, Grandpa and ValidatorSet: keys, the hourly change of session, and who may make blocks.

import { describe, expect, it } from 'vitest'
import { aliceGrandpaKey } from '../../../src/chain/genesis.ts'
import { aura } from '../../../src/chain/pallets/aura/declaration.ts'
import { grandpa } from '../../../src/chain/pallets/grandpa/declaration.ts'
import { session } from '../../../src/chain/pallets/session/declaration.ts'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { validatorSet } from '../../../src/chain/pallets/validator-set/declaration.ts'
import { DigestItem } from '../../../src/chain/types/primitives.ts'
import { decodeFromHex } from '../../../src/scale/codec.ts'
import {
  accountOf,
  type Caller,
  type DevName,
  stranger,
  type TestChain,
  testChain,
} from '../support/chain.ts'

const alice = accountOf('alice')
const bob = accountOf('bob')

/** Lets blocks pass until `block` is best. */
const goTo = (t: TestChain, block: number) => t.blocks(block - t.chain.best())

const told = (t: TestChain, block: number) =>
  t.chain
    .eventsOf(block)
    .filter(({ event }) => event.pallet !== 'System')
    .map(({ event, phase }) => [phase.type, event.name, event.fields])

/** The digest of a block without the slot and the seal. */
const digest = (t: TestChain, block: number) => t.chain.archive.headerOf(block).digest.slice(1, -1)

const ids = [alice, bob, ...[1, 2, 3, 4].map(stranger)]

describe('a session', () => {
  it('ends every 600 blocks, and the set of authorities is named anew from the second end on', () => {
    const t = testChain()
    goTo(t, 2000)
    const newSession = (session_index: number) => [
      'Initialization',
      'NewSession',
      { session_index },
    ]
    const authorities = [[aliceGrandpaKey, 1n]]
    expect(told(t, 599)).toEqual([])
    expect(told(t, 600)).toEqual([newSession(1)])
    expect(told(t, 1200)).toEqual([
      newSession(2),
      ['Finalization', 'NewAuthorities', { authority_set: authorities }],
    ])
    expect(told(t, 1800)).toEqual([
      newSession(3),
      ['Finalization', 'NewAuthorities', { authority_set: authorities }],
    ])
    expect([digest(t, 599), digest(t, 600), digest(t, 1201)]).toEqual([[], [], []])
    // 04 FRNK, a list of 46 bytes: ScheduledChange, one authority of weight 1, delay 0.
    const key = aliceGrandpaKey.slice(2)
    expect(digest(t, 1200)).toEqual([`0x0446524e4bb80104${key}010000000000000000000000`])
    expect(digest(t, 1800)).toEqual(digest(t, 1200))
    expect(t.state(session).CurrentIndex.get()).toBe(3)
    expect(t.state(grandpa).CurrentSetId.get()).toBe(2n)
    expect(t.state(grandpa).SetIdSession.entries()).toEqual([{ keys: [2n], value: 3 }])
    expect(t.state(grandpa).PendingChange.has()).toBe(false)
  })

  it('ends in the same way whether blocks are made one by one or jumped over', () => {
    const jumped = testChain()
    const stepped = testChain()
    goTo(jumped, 1300)
    while (stepped.chain.best() < 1300) stepped.blocks(1)
    for (const block of [1, 599, 600, 601, 1199, 1200, 1300]) {
      expect(stepped.chain.archive.hashOf(block)).toBe(jumped.chain.archive.hashOf(block))
    }
    const dump = (t: TestChain) =>
      [...t.runtime.state.items.values()].flatMap(item =>
        item.derived ? [] : item.liveCells().map(cell => [cell.rawKey, cell.head?.value]),
      )
    expect(dump(stepped)).toEqual(dump(jumped))
  })
})

describe('session keys', () => {
  const keys = (of: DevName) => ({ aura: accountOf(of), grandpa: stranger(5) })
  const set = (t: TestChain, caller: Caller, own: object) =>
    t.run(caller, 'Session', 'set_keys', { keys: own, proof: '' })

  it('are registered by who exists, and by one account alone', () => {
    const t = testChain()
    expect(set(t, 'bob', keys('bob'))).toMatchObject({ ok: true, events: [] })
    expect(t.state(session).NextKeys.get(bob)).toEqual(keys('bob'))
    expect(t.state(system).Account.get(bob).consumers).toBe(1)
    expect(set(t, 'bob', { aura: stranger(6), grandpa: stranger(5) }).ok).toBe(true)
    expect(t.state(system).Account.get(bob).consumers).toBe(1)
    expect(t.state(session).KeyOwner.entries()).toHaveLength(4)
    expect(set(t, 'aliceStash', keys('aliceStash')).error).toBe('Session.DuplicatedKey')
    expect(set(t, 'charlie', keys('charlie')).error).toBe('Session.NoAccount')
    expect(set(t, 'root', keys('bob')).error).toBe('BadOrigin')
  })

  it('are forgotten by who has some', () => {
    const t = testChain()
    set(t, 'bob', keys('bob'))
    const purge = (caller: Caller) => t.run(caller, 'Session', 'purge_keys').error
    expect(purge('bob')).toBeUndefined()
    expect(t.state(session).NextKeys.has(bob)).toBe(false)
    expect(t.state(session).KeyOwner.entries()).toHaveLength(2)
    expect(t.state(system).Account.get(bob).consumers).toBe(0)
    expect(purge('bob')).toBe('Session.NoKeys')
    expect(purge('root')).toBe('BadOrigin')
  })
})

describe('the validators', () => {
  const call = (t: TestChain, name: string, validator_id: string, caller: Caller = 'restricted') =>
    t.run(caller, 'ValidatorSet', name, { validator_id })

  it('W145 are added once', () => {
    const t = testChain()
    const set = t.state(validatorSet)
    t.inBlock(tx => tx.in(validatorSet).state.Validators.set(ids.slice(0, 3)))
    expect(call(t, 'add_validator', stranger(3), 'root').events).toEqual([
      { pallet: 'ValidatorSet', name: 'ValidatorAdditionInitiated', fields: [stranger(3)] },
    ])
    expect(set.Validators.get()).toEqual([...ids.slice(0, 3), stranger(3)])
    expect(call(t, 'add_validator', stranger(3), 'root').error).toBe('ValidatorSet.Duplicate')
  })

  it('W146 are never none', () => {
    const t = testChain()
    expect(call(t, 'remove_validator', alice).error).toBe('ValidatorSet.TooLowValidatorCount')
  })

  it('stay approved when they are removed, and come back by themselves alone', () => {
    const t = testChain()
    call(t, 'add_validator', bob)
    expect(call(t, 'remove_validator', bob).events).toEqual([
      { pallet: 'ValidatorSet', name: 'ValidatorRemovalInitiated', fields: [bob] },
    ])
    expect(t.state(validatorSet).ApprovedValidators.get()).toEqual([alice, bob])
    expect(call(t, 'add_validator', bob).error).toBe('ValidatorSet.Duplicate')
    expect(call(t, 'add_validator_again', bob, 'alice').error).toBe('ValidatorSet.BadOrigin')
    expect(call(t, 'add_validator_again', bob, 'bob').ok).toBe(true)
    expect(call(t, 'add_validator_again', bob, 'bob').error).toBe('ValidatorSet.Duplicate')
    const dave = accountOf('dave')
    expect(call(t, 'add_validator_again', dave, 'dave').error).toBe(
      'ValidatorSet.ValidatorNotApproved',
    )
    expect(call(t, 'add_validator_again', dave, 'root').error).toBe('BadOrigin')
  })

  it('that are not there are removed without a word', () => {
    const t = testChain()
    call(t, 'add_validator', bob)
    expect(call(t, 'remove_validator', stranger(1)).ok).toBe(true)
    expect(t.state(validatorSet).Validators.get()).toEqual([alice, bob])
  })

  it('are named by the council or Root', () => {
    const t = testChain()
    expect(call(t, 'add_validator', bob, 'alice').error).toBe('BadOrigin')
    expect(call(t, 'remove_validator', bob, 'alice').error).toBe('BadOrigin')
  })

  it('make blocks two sessions later, if they have keys', () => {
    const t = testChain()
    const own = { aura: stranger(7), grandpa: stranger(8) }
    t.run('bob', 'Session', 'set_keys', { keys: own, proof: '' })
    call(t, 'add_validator', bob)
    call(t, 'add_validator', stranger(1))
    goTo(t, 700)
    expect(t.state(session).Validators.get()).toEqual([alice])
    expect(
      t
        .state(session)
        .QueuedKeys.get()
        .map(([who]) => who),
    ).toEqual([alice, bob])
    goTo(t, 1200)
    expect(t.state(session).Validators.get()).toEqual([alice, bob])
    expect(t.state(aura).Authorities.get()).toEqual([alice, stranger(7)])
    const logs = digest(t, 1200).map(item => decodeFromHex(DigestItem, item))
    expect(logs.map(log => [log.type, 'value' in log ? log.value[0] : null])).toEqual([
      ['Consensus', 'aura'],
      ['Consensus', 'FRNK'],
    ])
    const hex = (account: string) => account.slice(2)
    // A list of 66 bytes: AuthoritiesChange, two authorities.
    expect(digest(t, 1200)[0]).toBe(`0x046175726109010108${hex(alice)}${hex(stranger(7))}`)
    const raw = t.runtime.state.rawValue('0x3a6772616e6470615f617574686f726974696573', 1200)
    expect(raw).toContain(hex(stranger(8)))
  })

  it('that were offline are removed at the next session', () => {
    const t = testChain()
    call(t, 'add_validator', bob)
    t.inBlock(tx => tx.in(validatorSet).state.OfflineValidators.set([bob]))
    goTo(t, 600)
    expect(t.state(validatorSet).Validators.get()).toEqual([alice])
    expect(t.state(validatorSet).OfflineValidators.get()).toEqual([])
  })
})

describe('stalled finality', () => {
  it('is noted by Root, and forces a change at the next session', () => {
    const t = testChain()
    const args = { delay: 3, best_finalized_block_number: 500 }
    expect(t.run('alice', 'Grandpa', 'note_stalled', args).error).toBe('BadOrigin')
    expect(t.run('root', 'Grandpa', 'note_stalled', args).ok).toBe(true)
    goTo(t, 700)
    const key = aliceGrandpaKey.slice(2)
    // ForcedChange at 500, one authority of weight 1, delay 3.
    expect(digest(t, 600)).toEqual([`0x0446524e4bc802f401000004${key}010000000000000003000000`])
    expect(told(t, 600)).toHaveLength(1)
    expect(told(t, 603).map(([, name]) => name)).toEqual(['NewAuthorities'])
    expect(t.state(grandpa).NextForced.get()).toBe(606)
    expect(t.state(grandpa).CurrentSetId.get()).toBe(1n)
  })
})
