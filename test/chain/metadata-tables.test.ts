// The declarations of all pallets say what the metadata of the real runtime (spec 153) say.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { metadata, v14Lookup } from '@polkadot-api/substrate-bindings'
import { describe, expect, test } from 'vitest'
import { pallets as declaredPallets, outer } from '../../src/chain/pallets/all.ts'
import type { CallWeight, Weigher } from '../../src/chain/runtime/declare.ts'
import { decodePrefix } from '../../src/scale/codec.ts'
import { ScaleError } from '../../src/scale/errors.ts'
import { portableRegistry } from '../../src/scale/portable.ts'
import type { AnyType } from '../../src/scale/type.ts'
import { ScaleWriter } from '../../src/scale/writer.ts'
import { declaredMetadata } from './support/declared.ts'
import { type JsonType, plainFromJson, readMetadataJson } from './support/metadata-json.ts'
import { metadataDifferences, type PlainMetadata, typeDifference } from './support/structure.ts'

const json = readMetadataJson()
const theirs = plainFromJson(json)
const ours = declaredMetadata()

describe('the declared pallets', () => {
  test('differ in nothing from the metadata of spec 153', () => {
    expect(metadataDifferences(ours, theirs)).toEqual([])
  })

  test('are as many as those of the runtime, with as many calls', () => {
    expect(declaredPallets).toHaveLength(23)
    const declared = declaredPallets.flatMap(({ calls }) => Object.keys(calls))
    expect(declared).toHaveLength(json.pallets.flatMap(({ calls }) => calls).length)
  })

  test('bound lists exactly as the runtime does', () => {
    const checked = new Set<number>()
    const wrong: string[] = []
    for (const [type, id] of pairedRoots()) {
      for (const [list, { maxLen, label }] of boundedLists(type, id, checked)) {
        if (maxLen === undefined) continue
        if (refusesLength(list, maxLen)) wrong.push(`${label} refuses ${maxLen}`)
        if (!refusesLength(list, maxLen + 1)) wrong.push(`${label} accepts ${maxLen + 1}`)
      }
    }
    expect(wrong).toEqual([])
    expect(checked).toContain(theirs.pallets.find(({ name }) => name === 'TfgridModule')?.calls)
  })

  test('make a list of types that V14 metadata can carry', () => {
    const registry = portableRegistry()
    for (const { decl } of declaredPallets) {
      for (const item of Object.values(decl.storage)) registry.idOf(item.value)
    }
    const types = [...registry.types()]
    const decoded = v14Lookup.dec(v14Lookup.enc(types))
    expect(decoded.map(({ id }) => id)).toEqual(types.map((_, id) => id))
    const events = types.findIndex(({ path }) => path.at(-1) === 'RuntimeEvent')
    const [left, right] = [
      { lookup: types, id: events },
      { lookup: decoded, id: events },
    ]
    expect(typeDifference(left, right)).toBeNull()
  })
})

describe('the comparison', () => {
  test.each<[string, (metadata: PlainMetadata) => void, RegExp]>([
    ['a field of another type', m => changeType(m, 'Twin', '"name":"pk"', '"name":"pq"'), /pk|pq/],
    ['a variant index', m => changeType(m, 'Cause', '"index":2', '"index":3'), /Cause/],
    ['a primitive', m => changeType(m, '', '"tag":"u16"', '"tag":"u8"'), /"u8"/],
    ['a default', m => Object.assign(item(m), { fallback: '0x01' }), /Account default/],
    ['a modifier', m => Object.assign(item(m), { modifier: 0 }), /Account modifier/],
    [
      'a hasher',
      m => Object.assign(item(m).type.value as object, { hashers: [{ tag: 'Identity' }] }),
      /Account hashers/,
    ],
    ['a constant', m => Object.assign(m.pallets[0]!.constants[2]!, { value: '0x00' }), /HashCount/],
    ['a missing pallet', m => (m.pallets as unknown[]).pop(), /lacks|has \["Validator"\]/],
  ])('finds %s', (_, change, expected) => {
    const changed = structuredClone(theirs)
    change(changed)
    expect(metadataDifferences(ours, changed).join('\n')).toMatch(expected)
  })
})

describe('the weights of calls', () => {
  const weigher: Weigher = {
    weightOf: () => ({ refTime: 1000n, proofSize: 10n, class: 'Operational' }),
  }

  test('are those of the table where they are constant', () => {
    const different: string[] = []
    for (const { decl, calls } of declaredPallets) {
      const table = json.pallets.find(({ name }) => name === decl.name)
      for (const [name, { weight }] of Object.entries(calls)) {
        const dispatch = table?.calls.find(call => call.name === name)?.dispatch
        if (typeof weight === 'function' || !dispatch) continue
        const isSame =
          weight.refTime === BigInt(dispatch.refTime) &&
          (weight.class ?? 'Normal') === dispatch.class &&
          weight.proofSize >= BigInt(dispatch.proofSize)
        if (!isSame) different.push(`${decl.name}.${name}`)
      }
    }
    expect(different).toEqual([])
  })

  test.each<[string, string, unknown, CallWeight]>([
    ['System', 'remark', { remark: 'abc' }, { refTime: 2_120_170n, proofSize: 0n }],
    [
      'System',
      'set_storage',
      { items: [['a', 'b']] },
      { refTime: 103_016_511n, proofSize: 0n, class: 'Operational' },
    ],
    [
      'System',
      'kill_prefix',
      { prefix: '', subkeys: 2 },
      { refTime: 257_049_300n, proofSize: 268n, class: 'Operational' },
    ],
    [
      'Utility',
      'batch',
      { calls: [{}, {}] },
      { refTime: 26_252_867n, proofSize: 20n, class: 'Operational' },
    ],
    [
      'Utility',
      'batch_all',
      { calls: [] },
      {
        refTime: 16_448_433n,
        proofSize: 0n,
        class: 'Operational',
      },
    ],
    [
      'Utility',
      'as_derivative',
      { index: 0, call: {} },
      { refTime: 130_269_000n, proofSize: 10n, class: 'Operational' },
    ],
    [
      'Utility',
      'with_weight',
      { call: {}, weight: { ref_time: 5n, proof_size: 6n } },
      { refTime: 5n, proofSize: 6n, class: 'Operational' },
    ],
    [
      'Council',
      'propose',
      { threshold: 2, proposal: {}, length_bound: 100 },
      { refTime: 548_551_364n, proofSize: 10_784n, class: 'Operational' },
    ],
    [
      'Council',
      'propose',
      { threshold: 1, proposal: {}, length_bound: 100 },
      { refTime: 70_983_509n, proofSize: 6878n, class: 'Operational' },
    ],
    [
      'Council',
      'close',
      { proposal_weight_bound: { ref_time: 2n ** 64n - 1n, proof_size: 1n }, length_bound: 10 },
      { refTime: 2n ** 64n - 1n, proofSize: 14_780n, class: 'Operational' },
    ],
  ])('%s.%s grows with its arguments', (pallet, name, args, expected) => {
    const { calls } = declaredPallets.find(({ decl }) => decl.name === pallet)!
    const { weight } = calls[name]!
    if (typeof weight !== 'function') throw new TypeError(`${pallet}.${name} is constant`)
    expect(weight(args as never, weigher)).toEqual(expected)
  })
})

const reference = process.env.POCKETGRID_REFERENCE
const blob = (spec: number) => join(reference ?? '', `tfchain-metadata-${spec}.scale`)

describe.skipIf(!reference || !existsSync(blob(152)))('blobs of the real chain', () => {
  test.each([
    [153, []],
    // The real blob of 152 says its own version, and nothing else that 153 does not say.
    [152, ['System.Version value']],
  ])('of spec %s say what the declarations say', (spec, known) => {
    const decoded = metadata.dec(readFileSync(blob(spec)))
    if (decoded.metadata.tag !== 'v14') throw new TypeError('these blobs are V14')
    const found = metadataDifferences(ours, decoded.metadata.value)
    expect(found.map(line => line.slice(0, line.indexOf(':')))).toEqual(known)
  })
})

function item(changed: PlainMetadata) {
  return changed.pallets[0]!.storage!.items[0]!
}

/** Replaces text in the first type whose path ends with `name` and that has it. */
function changeType(changed: PlainMetadata, name: string, from: string, to: string): void {
  const types = changed.lookup as PlainMetadata['lookup'][number][]
  const found = types.findIndex(
    type => (type.path.at(-1) ?? '') === name && JSON.stringify(type).includes(from),
  )
  types[found] = JSON.parse(JSON.stringify(types[found]).replace(from, to))
}

/** All types from which the metadata start, ours beside the id of theirs. */
function pairedRoots(): [AnyType, number][] {
  const roots: [AnyType, number][] = []
  for (const { decl } of declaredPallets) {
    const table = json.pallets.find(({ name }) => name === decl.name)!
    for (const { name, value, keyType } of table.storage) {
      const declared = decl.storage[name]!
      roots.push([declared.value, value])
      const [only] = declared.keys
      if (keyType !== undefined && only && declared.keys.length === 1) {
        roots.push([only.type, keyType])
      }
    }
    const calls = outer.calls.get(decl.name)
    if (calls) roots.push([calls, table.callsType!])
    const events = outer.events.get(decl.name)
    if (events) roots.push([events, table.eventsType!])
  }
  return roots
}

/** Walks two types of one structure and gives the bounded lists in them, each once. */
function* boundedLists(
  type: AnyType,
  id: number,
  checked: Set<number>,
): Generator<[AnyType, JsonType]> {
  if (checked.has(id)) return
  checked.add(id)
  const other = json.types[id]!
  yield [type, other]
  const { def } = type.shape
  switch (def.kind) {
    case 'composite':
      for (const [i, field] of def.fields.entries()) {
        yield* boundedLists(field.type, other.fields![i]!.type, checked)
      }
      return
    case 'variant':
      for (const [i, variant] of def.variants.entries()) {
        for (const [k, field] of variant.fields.entries()) {
          yield* boundedLists(field.type, other.variants![i]!.fields[k]!.type, checked)
        }
      }
      return
    case 'sequence':
    case 'array':
    case 'compact':
      yield* boundedLists(def.type, other.of!, checked)
      return
    case 'tuple':
      for (const [i, member] of def.types.entries()) {
        yield* boundedLists(member, other.items![i]!, checked)
      }
      return
    case 'primitive':
      return
  }
}

/** Whether a list with so many items is refused for its length. */
function refusesLength(type: AnyType, length: number): boolean {
  const out = new ScaleWriter()
  out.compact(length)
  out.raw(new Uint8Array(length * 100))
  try {
    decodePrefix(type, out.toBytes())
    return false
  } catch (cause) {
    if (cause instanceof ScaleError && cause.problem === 'tooLong') return true
    throw cause
  }
}
