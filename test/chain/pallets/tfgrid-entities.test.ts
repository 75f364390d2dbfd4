// Entities and their proofs: the worked cases, each error of each call, and what makes the runtime trap.

import { describe, expect, it } from 'vitest'
import { system } from '../../../src/chain/pallets/system/declaration.ts'
import { tfgrid } from '../../../src/chain/pallets/tfgrid/declaration.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { type Caller, type TestChain, testChain } from '../support/chain.ts'
import {
  type Case,
  dump,
  grid,
  gridRefuses,
  gridState,
  namesOf,
  succeeds,
  twin,
} from './grid-fixtures.ts'

// From the phrase `industry dismiss casual gym gap music pave gasp sick owner dumb cost`, ed25519.
const E = '0xbd8c54b1698d2bd3ae3a3e4583326cb2e6e0a9202b368f3f67758fcf9b601cb6'
/** Over `foobarBelgiumGhent`. */
const SIG1 =
  'f97a5b1960deabfd6e3ffa6971caed4a9fc2374c60fd53a63655b3ba763ca2defeb688640cf866d10b61c23b2f27cc8091c46b039a5176ef46dd00b7ab3b7601'
/** Over `barfooBelgiumGhent`. */
const SIG2 =
  '8085c90eecb093fff7022d2304bbabbbb9aa9c891e99b989b2f1f6c584753168b5866ee4dab023b03aa534a4e7ee3705f18e62844c507d00d86671f326bd2907'
/** Over entity 1 and twin 1. */
const SIG3 =
  'fada0e25b5d5a9aead7f12fa69fbf74ff98cfdf56bf0d1069e4447e52936c4342853e1584f3939786bc199fc4167a146120047d7fae2615ca560735e2d3ad50f'
/** Over entity 1 and twin 2. */
const SIG4 =
  '953a0491bdfa29f10dc7af102d8ef5e03a802b6029a727c5f765b91c78b9c53b3e5bf7433b68b833ff8cedaf613965c1b9b071a9e93c1f9f9c1bb018013edd05'

const foobar = { target: E, name: 'foobar', country: 'Belgium', city: 'Ghent', signature: SIG1 }
const create = (t: TestChain, args: Record<string, unknown> = foobar, caller: Caller = 'alice') =>
  grid(t, caller, 'create_entity', args)
const proof = (signature: string, twin_id = 1, entity_id = 1) => ({ twin_id, entity_id, signature })

/** A twin of bob, id 1, and entity 1. */
function entityAndTwin(t: TestChain): void {
  succeeds(create(t))
  twin(t, 'bob')
}

const cases: readonly Case[] = [
  [
    'W013',
    'an entity cannot keep its name in an update',
    t => {
      succeeds(create(t))
      const args = { name: 'foobar', country: 'France', city: 'Paris' }
      gridRefuses(t, 'EntityWithNameExists', E, 'update_entity', args)
    },
  ],
  [
    'W014',
    'an entity is created once',
    t => {
      succeeds(create(t))
      gridRefuses(t, 'EntityWithNameExists', 'alice', 'create_entity', foobar)
    },
  ],
  [
    'W015',
    'an account is one entity',
    t => {
      succeeds(create(t))
      const args = { ...foobar, name: 'barfoo', signature: SIG2 }
      gridRefuses(t, 'EntityWithPubkeyExists', 'alice', 'create_entity', args)
    },
  ],
  [
    'W016',
    'who is no entity deletes none',
    t => {
      succeeds(create(t))
      gridRefuses(t, 'EntityNotExists', 'bob', 'delete_entity')
    },
  ],
  [
    'W017',
    'a signature has 128 digits',
    t => {
      const args = { ...foobar, signature: SIG1.slice(2) }
      gridRefuses(t, 'SignatureLengthIsIncorrect', 'alice', 'create_entity', args)
    },
  ],
  [
    'W018',
    'a proof for another twin is none',
    t => {
      entityAndTwin(t)
      gridRefuses(t, 'EntitySignatureDoesNotMatch', 'bob', 'add_twin_entity', proof(SIG4))
    },
  ],
  [
    'W019',
    'a proof is added once',
    t => {
      entityAndTwin(t)
      const { events } = succeeds(grid(t, 'bob', 'add_twin_entity', proof(SIG3)))
      expect(events).toEqual([
        { pallet: 'TfgridModule', name: 'TwinEntityStored', fields: [1, 1, SIG3] },
      ])
      expect(gridState(t).Twins.get(1)?.entities).toEqual([{ entity_id: 1, signature: SIG3 }])
      gridRefuses(t, 'EntityWithSignatureAlreadyExists', 'bob', 'add_twin_entity', proof(SIG3))
    },
  ],
  [
    'W020',
    'a proof that is removed is there',
    t => {
      entityAndTwin(t)
      succeeds(grid(t, 'bob', 'add_twin_entity', proof(SIG3)))
      const args = { twin_id: 1, entity_id: 2 }
      gridRefuses(t, 'EntityNotExists', 'bob', 'delete_twin_entity', args)
      const { events } = succeeds(grid(t, 'bob', 'delete_twin_entity', { ...args, entity_id: 1 }))
      expect(events).toEqual([
        { pallet: 'TfgridModule', name: 'TwinEntityRemoved', fields: [1, 1] },
      ])
      expect(gridState(t).Twins.get(1)?.entities).toEqual([])
    },
  ],
]

describe('entities', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('are created for whoever signed, in either scheme, with digits in either case', () => {
    const t = testChain()
    const { events } = succeeds(create(t, { ...foobar, signature: SIG1.toUpperCase() }))
    const stored = {
      version: 1,
      id: 1,
      name: 'foobar',
      account_id: E,
      country: 'Belgium',
      city: 'Ghent',
    }
    expect(events).toEqual([{ pallet: 'TfgridModule', name: 'EntityStored', fields: [stored] }])
    expect(gridState(t).Entities.get(1)).toEqual(stored)
    expect(gridState(t).EntityIdByAccountID.get(E)).toBe(1)
    expect(gridState(t).EntityIdByName.get('foobar')).toBe(1)
    const message = new TextEncoder().encode('charlieFranceParis')
    const signature = toHex(t.pair('charlie').sign(message)).slice(2)
    const target = t.account('charlie')
    const args = { target, name: 'charlie', country: 'France', city: 'Paris', signature }
    expect(namesOf(create(t, args, 'bob'))).toEqual(['EntityStored'])
    expect(gridState(t).EntityID.get()).toBe(2)
  })

  it('are refused when the signature is over something else, which comes before their place', () => {
    const t = testChain()
    gridRefuses(t, 'EntitySignatureDoesNotMatch', 'alice', 'create_entity', {
      ...foobar,
      country: '',
    })
    const signed = (text: string) =>
      toHex(t.pair('charlie').sign(new TextEncoder().encode(text))).slice(2)
    const of = (country: string, city: string) => ({
      target: t.account('charlie'),
      name: 'charlie',
      country,
      city,
      signature: signed(`charlie${country}${city}`),
    })
    gridRefuses(t, 'CountryNameTooShort', 'alice', 'create_entity', of('B', ''))
    gridRefuses(t, 'CityNameTooShort', 'alice', 'create_entity', of('BE', ''))
  })

  it('are renamed and moved by themselves', () => {
    const t = testChain()
    succeeds(create(t))
    const args = { name: 'barfoo', country: 'France', city: 'Paris' }
    gridRefuses(t, 'EntityNotExists', 'alice', 'update_entity', args)
    gridRefuses(t, 'CountryNameTooShort', E, 'update_entity', { ...args, country: 'F' })
    gridRefuses(t, 'CityNameTooShort', E, 'update_entity', { ...args, city: '' })
    const { events } = succeeds(grid(t, E, 'update_entity', args))
    const stored = { version: 1, id: 1, account_id: E, ...args }
    expect(events).toEqual([{ pallet: 'TfgridModule', name: 'EntityUpdated', fields: [stored] }])
    expect(gridState(t).EntityIdByName.has('foobar')).toBe(false)
    expect(gridState(t).EntityIdByName.get('barfoo')).toBe(1)
  })

  it('are deleted by themselves, and leave their proofs in twins', () => {
    const t = testChain()
    entityAndTwin(t)
    succeeds(grid(t, 'bob', 'add_twin_entity', proof(SIG3)))
    const { events } = succeeds(grid(t, E, 'delete_entity'))
    expect(events).toEqual([{ pallet: 'TfgridModule', name: 'EntityDeleted', fields: [1] }])
    const state = gridState(t)
    expect(state.Entities.has(1)).toBe(false)
    expect(state.EntityIdByName.has('foobar')).toBe(false)
    expect(state.EntityIdByAccountID.has(E)).toBe(false)
    expect(state.Twins.get(1)?.entities).toHaveLength(1)
    gridRefuses(t, 'EntityNotExists', E, 'delete_entity')
    succeeds(create(t))
    expect(state.EntityIdByName.get('foobar')).toBe(2)
  })

  it('stand behind a twin only when its owner says so', () => {
    const t = testChain()
    twin(t, 'bob')
    gridRefuses(t, 'EntityNotExists', 'bob', 'add_twin_entity', proof(SIG3, 9))
    succeeds(create(t))
    gridRefuses(t, 'TwinNotExists', 'bob', 'add_twin_entity', proof(SIG3, 9))
    gridRefuses(t, 'UnauthorizedToUpdateTwin', 'alice', 'add_twin_entity', proof(SIG3))
    const args = { twin_id: 9, entity_id: 1 }
    gridRefuses(t, 'TwinNotExists', 'bob', 'delete_twin_entity', args)
    gridRefuses(t, 'UnauthorizedToUpdateTwin', 'alice', 'delete_twin_entity', {
      ...args,
      twin_id: 1,
    })
  })

  it('keep other proofs of the same entity when the first is removed', () => {
    const t = testChain()
    entityAndTwin(t)
    succeeds(grid(t, 'bob', 'add_twin_entity', proof(SIG3)))
    succeeds(grid(t, 'bob', 'add_twin_entity', proof(SIG3.toUpperCase())))
    succeeds(grid(t, 'bob', 'delete_twin_entity', { twin_id: 1, entity_id: 1 }))
    expect(gridState(t).Twins.get(1)?.entities).toEqual([
      { entity_id: 1, signature: SIG3.toUpperCase() },
    ])
  })

  it.each([
    'create_entity',
    'update_entity',
    'delete_entity',
    'add_twin_entity',
    'delete_twin_entity',
  ])('lets only signers call %s', name => {
    gridRefuses(testChain(), 'BadOrigin', 'restricted', name, { ...foobar, ...proof(SIG3) })
  })

  it('are dropped with the extrinsic, fee and nonce included, when the signature is not hex', () => {
    const t = testChain()
    const alice = t.account('alice')
    const before = dump(t, tfgrid)
    const account = t.state(system).Account.get(alice)
    const args = { ...foobar, signature: 'x'.repeat(128) }
    const { events } = t.extrinsic('alice', 'TfgridModule', 'create_entity', args)
    expect(events).toEqual([])
    expect(dump(t, tfgrid)).toBe(before)
    expect(t.state(system).Account.get(alice)).toEqual(account)
    expect(t.kernel.trace.last().filter(({ kind }) => kind === 'chain.dropped')).toEqual([
      expect.objectContaining({
        fields: { signer: alice, call: 'TfgridModule.create_entity', reason: 'Trap' },
      }),
    ])
    expect(t.extrinsic('alice', 'TfgridModule', 'create_entity', foobar).events).toContainEqual(
      expect.objectContaining({ name: 'EntityStored' }),
    )
  })

  it('fail like others where nothing can be dropped: in the work of the block itself', () => {
    const t = testChain()
    const args = { ...foobar, signature: 'x'.repeat(128) }
    const outcome = t.inBlock(() => {
      const { execution } = t.runtime
      const { phase } = execution
      execution.phase = { type: 'Initialization' }
      try {
        return t.runtime.dispatch(
          { pallet: 'TfgridModule', name: 'create_entity', args },
          { type: 'Signed', account: t.account('alice') },
        )
      } finally {
        execution.phase = phase
      }
    })
    expect(outcome).toMatchObject({ ok: false, error: { type: 'Other' } })
  })
})
