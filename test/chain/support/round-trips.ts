// Random values of every declared type: our bytes, and those of polkadot-js by the metadata that it is served.

import { Metadata, TypeRegistry } from '@polkadot/types'
import type { SiLookupTypeId } from '@polkadot/types/interfaces'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outer, pallets } from '../../../src/chain/pallets/all.ts'
import { metadataV14 } from '../../../src/chain/runtime/metadata.ts'
import { toHex } from '../../../src/crypto/hex.ts'
import { decodeFromBytes, encodeToBytes } from '../../../src/scale/codec.ts'
import { tuple } from '../../../src/scale/containers.ts'
import { ScaleError } from '../../../src/scale/errors.ts'
import type { AnyType } from '../../../src/scale/type.ts'
import { drawsOf, type Hint, randomBytes, seeds } from './random.ts'

const registry = new TypeRegistry()
const metadata = new Metadata(registry, toHex(metadataV14()))
registry.setMetadata(metadata, undefined, undefined, true)

/** A declared type, and the type of the served metadata by which a client reads it. */
interface Root {
  readonly label: string
  readonly ours: AnyType
  readonly theirs: SiLookupTypeId
}

function rootsOf(): Root[] {
  const roots: Root[] = []
  const add = (label: string, ours: AnyType | undefined, theirs: SiLookupTypeId | undefined) => {
    expect(ours === undefined, label).toBe(theirs === undefined)
    if (ours && theirs) roots.push({ label, ours, theirs })
  }
  for (const pallet of metadata.asV14.pallets) {
    const name = pallet.name.toString()
    const { decl } = pallets.find(each => each.decl.name === name)!
    add(`${name} calls`, outer.calls.get(name), pallet.calls.unwrapOr(undefined)?.type)
    add(`${name} events`, outer.events.get(name), pallet.events.unwrapOr(undefined)?.type)
    for (const { name: itemName, type } of pallet.storage.unwrapOr(undefined)?.items ?? []) {
      const item = decl.storage[itemName.toString()]!
      const label = `${name}.${itemName.toString()}`
      add(label, item.value, type.isPlain ? type.asPlain : type.asMap.value)
      const [first, second, ...rest] = item.keys.map(key => key.type)
      const key = first && second ? tuple(first, second, ...rest) : first
      add(`${label} key`, key as AnyType | undefined, type.isMap ? type.asMap.key : undefined)
    }
    for (const { name: constant, type } of pallet.constants) {
      add(`${name}.${constant.toString()}`, decl.constants[constant.toString()]?.type, type)
    }
  }
  return roots
}

const roots = rootsOf()

/** Bytes of some value; a list that is longer than its bound, which the metadata do not tell, is drawn again. */
function someBytes(type: AnyType, seed: number, hint?: Hint): Uint8Array {
  const draw = drawsOf(seed)
  for (;;) {
    const bytes = randomBytes(type, draw, hint)
    try {
      decodeFromBytes(type, bytes)
      return bytes
    } catch (cause) {
      if (!(cause instanceof ScaleError) || !cause.message.includes('at most')) throw cause
    }
  }
}

/** polkadot-js guesses the form of an address from what is left to read: all but accounts it reads otherwise. */
const accountsOnly: Hint = (shape, _, draw) =>
  shape.path.at(-1) === 'MultiAddress' ? [0, ...Array.from({ length: 32 }, () => draw(256))] : null

/** Enums of calls and events have many variants. */
const countOf = (label: string): number => (/ (calls|events)$/.test(label) ? 100 : 10)

/** What the values are drawn from, and how many times the few of the quick suite. */
export interface RoundTripOptions {
  /** The same seed gives the same values. */
  readonly seed: number
  readonly times: number
}

/** The tests of all declared types. */
export function describeRoundTrips({ seed, times }: RoundTripOptions): void {
  const run = <T>(property: fc.IProperty<T>, few: number) =>
    fc.assert(property, { seed, numRuns: few * times })

  describe('every declared type', () => {
    it('is among those of the metadata', () => {
      expect(roots.filter(({ label }) => label.endsWith('calls'))).toHaveLength(19)
      expect(roots.length).toBeGreaterThan(250)
    })

    it('reads what its description allows, and writes the same bytes', () => {
      for (const { label, ours } of roots) {
        const check = (seed: number) => {
          const bytes = someBytes(ours, seed)
          const value = decodeFromBytes(ours, bytes)
          expect(encodeToBytes(ours, value), label).toEqual(bytes)
          expect(decodeFromBytes(ours, encodeToBytes(ours, value)), label).toEqual(value)
        }
        run(fc.property(seeds(), check), 2 * countOf(label))
      }
    })

    it('has the bytes of polkadot-js, there and back', () => {
      for (const { label, ours, theirs } of roots) {
        const type = registry.createLookupType(theirs)
        const check = (seed: number) => {
          const bytes = someBytes(ours, seed, accountsOnly)
          const read = registry.createType(type, bytes)
          expect(read.toU8a(), label).toEqual(bytes)
          expect(encodeToBytes(ours, decodeFromBytes(ours, read.toU8a())), label).toEqual(bytes)
        }
        run(fc.property(seeds(), check), countOf(label))
      }
    })

    it('refuses what polkadot-js refuses: bytes that end too early', () => {
      for (const { label, ours } of roots) {
        const check = (seed: number, cut: number) => {
          const bytes = someBytes(ours, seed)
          if (bytes.length === 0) return
          const short = bytes.subarray(0, cut % bytes.length)
          expect(() => decodeFromBytes(ours, short), label).toThrow(ScaleError)
        }
        run(fc.property(seeds(), fc.nat(), check), countOf(label))
      }
    })
  })
}
