// Twins, terms and bonded accounts: the worked cases, and each error of each call.

import { describe, expect, it } from 'vitest'
import { type DevName, testChain } from '../support/chain.ts'
import {
  accept,
  type Case,
  grid,
  gridRefuses,
  gridState,
  namesOf,
  nextBlockAt,
  pk,
  succeeds,
  twin,
} from './grid-fixtures.ts'

const relayOf = (who: DevName, relay: string | null, name = 'create_twin') =>
  [who, name, { relay, pk: null }] as const

const cases: readonly Case[] = [
  [
    'W001',
    'an account has one twin',
    t => {
      twin(t, 'alice')
      gridRefuses(t, 'TwinWithPubkeyExists', 'alice', 'create_twin', { relay: 'somerelay.io', pk })
    },
  ],
  [
    'W002',
    'an update that changes nothing is told',
    t => {
      twin(t, 'alice')
      const outcome = succeeds(grid(t, 'alice', 'update_twin', { relay: 'somerelay.io', pk }))
      const stored = gridState(t).Twins.get(1)
      expect(outcome.events).toEqual([
        { pallet: 'TfgridModule', name: 'TwinUpdated', fields: [stored] },
      ])
      expect(outcome.pays).toBeUndefined()
    },
  ],
  [
    'W003',
    'an update without values clears them',
    t => {
      twin(t, 'alice')
      expect(namesOf(grid(t, 'alice', 'update_twin', { relay: null, pk: null }))).toEqual([
        'TwinUpdated',
      ])
      expect(gridState(t).Twins.get(1)).toEqual({
        id: 1,
        account_id: t.account('alice'),
        relay: null,
        entities: [],
        pk: null,
      })
    },
  ],
  [
    'W004',
    'the first label of a relay has two characters or more',
    t => {
      accept(t, 'alice')
      gridRefuses(t, 'InvalidRelayAddress', ...relayOf('alice', 'r.grid.tf'))
    },
  ],
  [
    'W005',
    'later labels of a relay may have one',
    t => {
      accept(t, 'alice')
      succeeds(grid(t, ...relayOf('alice', 'relay.a.tf')))
    },
  ],
  [
    'W006',
    'a relay does not end with a dot',
    t => {
      accept(t, 'alice')
      gridRefuses(t, 'InvalidRelayAddress', ...relayOf('alice', 'relay.grid.tf.'))
    },
  ],
  [
    'W007',
    'an underscore joins relays',
    t => {
      accept(t, 'alice')
      succeeds(grid(t, ...relayOf('alice', 'relay1.grid.tf_relay2.grid.tf')))
    },
  ],
  [
    'W008',
    'a document has a hash',
    t => {
      gridRefuses(t, 'DocumentHashInputTooShort', 'alice', 'user_accept_tc', {
        document_link: 'http://zos.tf/terms/v0.1',
        document_hash: '',
      })
    },
  ],
  [
    'W009',
    'terms accepted twice are kept twice, without an event',
    t => {
      accept(t, 'alice')
      const again = accept(t, 'alice')
      expect(again.events).toEqual([])
      const kept = gridState(t).UsersTermsAndConditions.get(t.account('alice'))
      expect(kept).toHaveLength(2)
      expect(kept?.[1]).toEqual({
        account_id: t.account('alice'),
        timestamp: BigInt(t.chain.current.timestamp) / 1000n,
        document_link: 'some_link',
        document_hash: 'some_hash',
      })
    },
  ],
  [
    'W010',
    'a link holds what a URI holds',
    t => {
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
      succeeds(
        grid(t, 'alice', 'user_accept_tc', {
          document_link: `${letters}-._~:/?#[]@!$&'()*+,;=`,
          document_hash: `${letters.slice(0, 48)}-_`,
        }),
      )
    },
  ],
  [
    'W011',
    'a twin is not bonded to its own account',
    t => {
      twin(t, 'alice')
      gridRefuses(t, 'TwinCannotBoundToItself', 'alice', 'bond_twin_account', { twin_id: 1 })
    },
  ],
  [
    'W012',
    'a bond is replaced without asking',
    t => {
      twin(t, 'alice')
      succeeds(grid(t, 'bob', 'bond_twin_account', { twin_id: 1 }))
      const outcome = succeeds(grid(t, 'charlie', 'bond_twin_account', { twin_id: 1 }))
      const charlie = t.account('charlie')
      expect(outcome.events[0]).toEqual({
        pallet: 'TfgridModule',
        name: 'TwinAccountBounded',
        fields: [1, charlie],
      })
      expect(gridState(t).TwinBoundedAccountID.get(1)).toBe(charlie)
    },
  ],
]

describe('twins and terms', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('gives ids in order and stores both ways to a twin', () => {
    const t = testChain()
    accept(t, 'bob')
    const outcome = succeeds(grid(t, 'bob', 'create_twin', { relay: 'relay.grid.tf', pk }))
    const stored = { id: 1, account_id: t.account('bob'), relay: 'relay.grid.tf', entities: [], pk }
    expect(outcome.events).toEqual([
      { pallet: 'TfgridModule', name: 'TwinStored', fields: [stored] },
    ])
    expect(gridState(t).Twins.get(1)).toEqual(stored)
    expect(gridState(t).TwinIdByAccountID.get(t.account('bob'))).toBe(1)
    expect(twin(t, 'alice')).toBe(2)
  })

  it('refuses a twin before the terms are accepted, an update and a bond without a twin', () => {
    const t = testChain()
    gridRefuses(t, 'UserDidNotSignTermsAndConditions', ...relayOf('alice', '.bad'))
    gridRefuses(t, 'TwinNotExists', ...relayOf('alice', '.bad', 'update_twin'))
    gridRefuses(t, 'TwinNotExists', 'alice', 'bond_twin_account', { twin_id: 1 })
    twin(t, 'alice')
    gridRefuses(t, 'InvalidRelayAddress', ...relayOf('alice', '.bad', 'update_twin'))
  })

  it.each(['create_twin', 'update_twin', 'user_accept_tc', 'bond_twin_account'])(
    'lets only signers call %s',
    name => {
      const args = { relay: null, pk: null, document_link: 'a', document_hash: 'b', twin_id: 1 }
      gridRefuses(testChain(), 'BadOrigin', 'root', name, args)
    },
  )

  it.each([
    ['', 'hash', 'DocumentLinkInputTooShort'],
    ['a b', 'hash', 'InvalidDocumentLinkInput'],
    ['50%', 'hash', 'InvalidDocumentLinkInput'],
    ['a b', '', 'InvalidDocumentLinkInput'],
    ['link', 'a.b', 'InvalidDocumentHashInput'],
  ])('refuses the document %j with hash %j', (document_link, document_hash, error) => {
    gridRefuses(testChain(), error, 'alice', 'user_accept_tc', { document_link, document_hash })
  })

  it('keeps terms with the seconds of the block', () => {
    const t = testChain({ startAt: 1_628_082_000_000 })
    nextBlockAt(t, 1_628_082_060_999)
    accept(t, 'alice')
    const kept = gridState(t).UsersTermsAndConditions.get(t.account('alice'))
    expect(kept?.[0]?.timestamp).toBe(BigInt(Math.floor(t.chain.current.timestamp / 1000)))
  })
})

describe('relay strings', () => {
  const tried = (relay: string, strictRelay: boolean): string | undefined => {
    const t = testChain({ settings: { strictRelay } })
    accept(t, 'alice')
    return grid(t, ...relayOf('alice', relay)).error
  }

  it.each(['relay.grid.tf', 'aa', 'a', 'a-b_c.d', 'RELAY.grid.tf'])(
    'accepts %s, strict or not',
    relay => {
      expect(tried(relay, true)).toBeUndefined()
      expect(tried(relay, false)).toBeUndefined()
    },
  )

  it.each(['', '.', '.ab', 'a.b', 'ab..c', 'ab.', 'a b', 'ab?', 'ab\n', 'caf\xc3\xa9.tf'])(
    'refuses %j, strict or not',
    relay => {
      expect(tried(relay, true)).toBe('TfgridModule.InvalidRelayAddress')
      expect(tried(relay, false)).toBe('TfgridModule.InvalidRelayAddress')
    },
  )

  it.each(['127.0.0.1:8051/relay', 'ws://127.0.0.1:8051', 'localhost:1', 'ab/c'])(
    'accepts %s unless the chain is strict',
    relay => {
      expect(tried(relay, true)).toBe('TfgridModule.InvalidRelayAddress')
      expect(tried(relay, false)).toBeUndefined()
    },
  )
})
