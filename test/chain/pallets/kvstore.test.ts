// TFKVStore: the worked cases, and each error of each call.

import { describe, expect, it } from 'vitest'
import { kvstore } from '../../../src/chain/pallets/kvstore/declaration.ts'
import { type Caller, type TestChain, testChain } from '../support/chain.ts'
import { type Case, refuses, succeeds } from './grid-fixtures.ts'

const set = (t: TestChain, key: string, value: string, caller: Caller = 'alice') =>
  t.run(caller, 'TFKVStore', 'set', { key, value })
const remove = (t: TestChain, key: string, caller: Caller = 'alice') =>
  t.run(caller, 'TFKVStore', 'delete', { key })
const stored = (t: TestChain, key: string) =>
  t.state(kvstore).TFKVStore.get(t.account('alice'), key)

const cases: readonly Case[] = [
  [
    'W117',
    'a value is taken out',
    t => {
      const alice = t.account('alice')
      expect(succeeds(set(t, 'Address', 'Cairo')).events).toEqual([
        { pallet: 'TFKVStore', name: 'EntrySet', fields: [alice, 'Address', 'Cairo'] },
      ])
      expect(stored(t, 'Address')).toBe('Cairo')
      expect(succeeds(remove(t, 'Address')).events).toEqual([
        { pallet: 'TFKVStore', name: 'EntryTaken', fields: [alice, 'Address', 'Cairo'] },
      ])
      expect(stored(t, 'Address')).toBe('')
    },
  ],
  [
    'W118',
    'a key has 512 bytes at most',
    t => {
      const key = 'k'.repeat(513)
      refuses(t, 'TFKVStore.KeyIsTooLarge', () => set(t, key, 'x'.repeat(2049)), kvstore)
      succeeds(set(t, key.slice(1), 'x'))
    },
  ],
  [
    'W119',
    'a value has 2048 bytes at most',
    t => {
      const value = 'x'.repeat(2049)
      refuses(t, 'TFKVStore.ValueIsTooLarge', () => set(t, 'k', value), kvstore)
      succeeds(set(t, 'k', value.slice(1)))
    },
  ],
  [
    'W120',
    'an empty value is a value',
    t => {
      succeeds(set(t, 'k', 'a'))
      succeeds(set(t, 'k', ''))
      expect(t.state(kvstore).TFKVStore.has(t.account('alice'), 'k')).toBe(true)
      expect(succeeds(remove(t, 'k')).events[0]?.fields).toEqual([t.account('alice'), 'k', ''])
    },
  ],
]

describe('the key-value store', () => {
  it.each(cases)('%s %s', (_id, _title, run) => run(testChain()))

  it('keeps the entries of each account apart, under any key', () => {
    const t = testChain()
    succeeds(set(t, '', 'mine'))
    refuses(t, 'TFKVStore.NoValueStored', () => remove(t, '', 'bob'), kvstore)
    succeeds(set(t, '', 'his', 'bob'))
    expect(stored(t, '')).toBe('mine')
    succeeds(remove(t, ''))
    refuses(t, 'TFKVStore.NoValueStored', () => remove(t, ''), kvstore)
  })

  it('is for signers, who pay', () => {
    const t = testChain()
    refuses(t, 'BadOrigin', () => set(t, 'k', 'v', 'root'), kvstore)
    refuses(t, 'BadOrigin', () => remove(t, 'k', 'restricted'), kvstore)
    expect(set(t, 'k', 'v').pays).toBeUndefined()
    expect(remove(t, 'k').pays).toBeUndefined()
  })
})
