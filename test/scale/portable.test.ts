// The registry of types: dense ids, one for each type, in a form that V14 metadata carry.

import { v14Lookup } from '@polkadot-api/substrate-bindings'
import { expect, test } from 'vitest'
import { byteArray, bytes, hexBytes } from '../../src/scale/bytes.ts'
import { struct, wrapper } from '../../src/scale/composite.ts'
import { option, tuple, vec } from '../../src/scale/containers.ts'
import { lazy } from '../../src/scale/deferred.ts'
import { at, enumeration } from '../../src/scale/enumeration.ts'
import { portableRegistry } from '../../src/scale/portable.ts'
import { compact, u8, u32, u128, unit } from '../../src/scale/primitives.ts'
import type { ScaleType } from '../../src/scale/type.ts'

const AccountId = wrapper({ path: 'sp_core::crypto::AccountId32' }, hexBytes(32))

test('ids are given in the order of upstream: a type, its parameters, then what it is made of', () => {
  const registry = portableRegistry()
  const AccountData = struct(
    { path: 'pallet_balances::types::AccountData', params: { Balance: u128 } },
    { free: u128, reserved: u128 },
  )
  const AccountInfo = struct(
    { path: 'frame_system::AccountInfo', params: { Nonce: u32, AccountData } },
    { nonce: u32, data: AccountData },
  )
  expect(registry.idOf(AccountId)).toBe(0)
  expect(registry.idOf(AccountInfo)).toBe(3)
  expect(registry.idOf(u128)).toBe(6)
  expect(registry.types().map(({ path, def }) => path.at(-1) ?? def.tag)).toEqual([
    'AccountId32',
    'array',
    'primitive',
    'AccountInfo',
    'primitive',
    'AccountData',
    'primitive',
  ])
})

test('a type has one id however often and under whatever values it is met', () => {
  const registry = portableRegistry()
  expect(registry.idOf(hexBytes(4))).toBe(registry.idOf(byteArray(4)))
  expect(registry.idOf(bytes)).toBe(registry.idOf(vec(u8)))
  expect(registry.idOf(option(AccountId))).toBe(registry.idOf(option(AccountId)))
  const before = registry.types().length
  registry.idOf(tuple(option(AccountId), bytes))
  expect(registry.types()).toHaveLength(before + 1)
})

test('a type that contains itself refers to its own id', () => {
  interface Tree {
    readonly children: readonly Tree[]
  }
  const Tree: ScaleType<Tree> = struct({ path: 'a::Tree' }, { children: vec(lazy(() => Tree)) })
  const registry = portableRegistry()
  const id = registry.idOf(Tree)
  expect(registry.types()).toMatchObject([
    { id, def: { tag: 'composite', value: [{ name: 'children', type: 1 }] } },
    { id: 1, def: { tag: 'sequence', value: id } },
  ])
})

test('another library reads back what was described', () => {
  const registry = portableRegistry()
  const Call = enumeration(
    { path: 'a::Call', params: { T: null } },
    { nothing: [], set: at(4, { now: compact(u32) }), pair: [unit, option(u8)] },
  )
  registry.idOf(Call)
  const types = [...registry.types()]
  const decoded = v14Lookup.dec(v14Lookup.enc(types))
  expect(decoded).toEqual(JSON.parse(JSON.stringify(types)))
  expect(decoded[0]).toMatchObject({
    path: ['a', 'Call'],
    params: [{ name: 'T' }],
    def: {
      value: [
        { name: 'nothing', index: 0, fields: [] },
        { name: 'set', index: 4, fields: [{ name: 'now' }] },
        { name: 'pair', index: 5 },
      ],
    },
  })
})
