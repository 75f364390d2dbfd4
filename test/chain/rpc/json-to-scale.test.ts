// JSON made into SCALE: what polkadot-js shows of a value is a way to write it.

import { Metadata, TypeRegistry } from '@polkadot/types'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pallets } from '../../../src/chain/pallets/all.ts'
import { jsonToScale } from '../../../src/chain/rpc/internal/json-to-scale.ts'
import { metadataV14 } from '../../../src/chain/runtime/metadata.ts'
import { RuntimeCall } from '../../../src/chain/types/outer.ts'
import { AccountId32 } from '../../../src/chain/types/primitives.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { bytes, hexBytes } from '../../../src/scale/bytes.ts'
import { decodeFromBytes, encodeToBytes } from '../../../src/scale/codec.ts'
import { struct } from '../../../src/scale/composite.ts'
import { array, option, tuple, vec } from '../../../src/scale/containers.ts'
import { enumeration } from '../../../src/scale/enumeration.ts'
import { ScaleError } from '../../../src/scale/errors.ts'
import { bool, compact, i32, str, u8, u32, u64, u128 } from '../../../src/scale/primitives.ts'
import type { AnyType } from '../../../src/scale/type.ts'
import { alice, signed, startTestServer, type TestServer } from './support.ts'

const hexOf = (type: unknown, json: unknown): string => toHex(jsonToScale(type as AnyType, json))

const Colour = enumeration(
  { path: 'test::Colour' },
  { Red: [], Mixed: [u8, u8], Named: { of_sky: u32 } },
)
const Thing = struct({ path: 'test::Thing' }, { some_id: u32, name: bytes, colour: Colour })

describe('JSON of a type', () => {
  it.each([
    ['a number', u32, 5, '0x05000000'],
    ['decimal text', u64, '18446744073709551615', '0xffffffffffffffff'],
    ['text with commas', u32, '1,000', '0xe8030000'],
    ['a number as hex', u128, '0x0100', '0x00010000000000000000000000000000'],
    ['a negative number', i32, -2, '0xfeffffff'],
    ['nothing for a number', u32, null, '0x00000000'],
    ['a compact number', compact(u32), 100, '0x9101'],
    ['a bool', bool, true, '0x01'],
    ['text', str, 'hé', '0x0c68c3a9'],
    ['bytes as hex', bytes, '0xabCD', '0x08abcd'],
    ['bytes as text', bytes, 'ab', '0x086162'],
    ['bytes as a list', bytes, [1, 2], '0x080102'],
    ['bytes of known length', hexBytes(2), '0x0102', '0x0102'],
    ['a list', vec(u8), [], '0x00'],
    ['an array', array(u32, 2), [1, 2], '0x0100000002000000'],
    ['a tuple', tuple(u8, bool), [7, true], '0x0701'],
    ['no option', option(u8), null, '0x00'],
    ['an option', option(u8), 3, '0x0103'],
    ['an option of bytes as hex', option(bytes), '0x0102', '0x01080102'],
    [
      'an account as hex',
      AccountId32,
      alice.accountId.toUpperCase().replace('0X', '0x'),
      alice.accountId,
    ],
    ['an account as address', AccountId32, alice.address, alice.accountId],
    ['a variant by name', Colour, 'Red', '0x00'],
    ['a variant by name in another case', Colour, 'red', '0x00'],
    ['a variant by index', Colour, 0, '0x00'],
    ['a variant with fields', Colour, { mixed: [1, 2] }, '0x010102'],
    ['a variant with named fields', Colour, { Named: { ofSky: 3 } }, '0x0203000000'],
    ['a tagged variant', Colour, { type: 'Mixed', value: [1, 2] }, '0x010102'],
    ['a variant as SCALE bytes', Colour, '0x010102', '0x010102'],
    ['a struct in camel case', Thing, { someId: 1, name: 'a', colour: 'Red' }, '0x01000000046100'],
    ['a struct as on the wire', Thing, { some_id: 1 }, '0x010000000000'],
    ['a struct as a list', Thing, [1, 'a', 'Red'], '0x01000000046100'],
    ['a struct as SCALE bytes', Thing, '0x01000000046100', '0x01000000046100'],
    ['an empty struct', Thing, {}, '0x000000000000'],
  ])('%s', (_, type, json, expected) => {
    expect(hexOf(type, json)).toBe(expected)
  })

  it.each([
    ['half a number', u32, 0.5],
    ['a number that is too large', u8, 256],
    ['a word for a number', u32, 'many'],
    ['a negative unsigned number', u32, -1],
    ['a number for a bool', bool, 1],
    ['too many bytes', hexBytes(2), '0x010203'],
    ['half a byte', bytes, '0x1'],
    ['too long an array', array(u8, 2), [1, 2, 3]],
    ['too short a tuple', tuple(u8, u8), [1]],
    ['a broken address', AccountId32, `${alice.address.slice(0, -1)}x`],
    ['a short account', AccountId32, '0x01'],
    ['an unknown variant', Colour, 'Blue'],
    ['SCALE bytes that are no variant', Colour, '0x07'],
    ['an unknown field', Thing, { size: 1 }],
    ['text for a struct', Thing, 'thing'],
    ['an object for a list', vec(u8), {}],
    ['a list for text', str, []],
  ])('refuses %s', (_, type, json) => {
    expect(() => hexOf(type, json)).toThrow(ScaleError)
  })

  it('refuses what nests too deeply', () => {
    const call = pallets.find(({ decl }) => decl.name === 'Utility')!.calls.batch!
    const { calls } = call.args as unknown as { calls: AnyType }
    let json: unknown = []
    for (let i = 0; i < 5000; i += 1) json = [{ Utility: { batch: { calls: json } } }]
    expect(() => hexOf(calls, json)).toThrow(ScaleError)
  })
})

describe('what polkadot-js shows of storage', () => {
  let grid: TestServer
  const registry = new TypeRegistry()

  beforeAll(async () => {
    registry.setMetadata(new Metadata(registry, toHex(metadataV14())))
    grid = await startTestServer({ dev: {} })
    const ask = (method: string, params: unknown[]) =>
      grid.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    const create = {
      pallet: 'TfgridModule',
      name: 'user_accept_tc',
      args: { document_link: 'link', document_hash: 'hash' },
    }
    await ask('dev_newBlock', [{ transactions: [signed(grid.chain, alice, create, { nonce: 0 })] }])
  })

  afterAll(() => grid.close())

  it('can be written again: calls', () => {
    for (const hex of [
      '0x1403008eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48025a6202',
      '0x03020800000c010203000004aabb',
    ]) {
      const call = registry.createType('Call', hex)
      const json: unknown = JSON.parse(JSON.stringify(call))
      expect(json).toHaveProperty('callIndex')
      expect(toHex(jsonToScale(RuntimeCall as AnyType, json))).toBe(call.toHex())
    }
  })

  it('can be written again: each value of the dev chain', () => {
    let count = 0
    for (const pallet of registry.metadata.pallets) {
      if (pallet.storage.isNone) continue
      for (const entry of pallet.storage.unwrap().items) {
        const item = grid.chain.state.item(pallet.name.toString(), entry.name.toString())
        // What follows from the blocks cannot be written.
        if (item.derived) continue
        const id = entry.type.isPlain ? entry.type.asPlain : entry.type.asMap.value
        const name = registry.createLookupType(id)
        for (const cell of item.cellsAt(grid.chain.archive.best)) {
          const value = item.valueAt(grid.chain.archive.best, cell.keys)
          const scale = encodeToBytes(item.decl.value, value)
          const json = JSON.parse(JSON.stringify(registry.createType(name, scale)))
          const where = `${pallet.name}.${entry.name} ${JSON.stringify(json)}`
          expect(toHex(jsonToScale(item.decl.value, json)), where).toBe(toHex(scale))
          expect(decodeFromBytes(item.decl.value, scale), where).toEqual(value)
          count += 1
        }
      }
    }
    expect(count).toBeGreaterThan(30)
  })
})
