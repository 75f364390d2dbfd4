// The metadata that the declarations of all pallets amount to.

import { pallets as declaredPallets, outer } from '../../../src/chain/pallets/all.ts'
import type { KeyPart, StorageItem } from '../../../src/chain/runtime/declare.ts'
import {
  extrinsicVersion,
  signedExtensions,
  UncheckedExtrinsic,
} from '../../../src/chain/types/extrinsic.ts'
import { encodeToHex } from '../../../src/scale/codec.ts'
import { tuple } from '../../../src/scale/containers.ts'
import { portableRegistry } from '../../../src/scale/portable.ts'
import type { AnyType } from '../../../src/scale/type.ts'
import { type PlainItem, type PlainMetadata, plainLookup } from './structure.ts'

/** The metadata of the declarations. */
export function declaredMetadata(): PlainMetadata {
  const registry = portableRegistry()
  const idOf = (type: AnyType | undefined) => (type === undefined ? undefined : registry.idOf(type))
  const pallets = declaredPallets.map(({ decl }) => {
    const items = Object.entries(decl.storage).map(([name, item]) =>
      plainItem(name, item as StorageItem<unknown[], unknown, unknown>, registry.idOf),
    )
    return {
      name: decl.name,
      index: decl.index,
      storage: decl.prefix === null ? undefined : { prefix: decl.prefix ?? decl.name, items },
      calls: idOf(outer.calls.get(decl.name)),
      events: idOf(outer.events.get(decl.name)),
      errors: idOf(outer.errors.get(decl.name)),
      constants: Object.entries(decl.constants).map(([name, { type, value }]) => ({
        name,
        type: registry.idOf(type),
        value: encodeToHex(type, value),
      })),
    }
  })
  const extrinsic = {
    version: extrinsicVersion,
    type: registry.idOf(UncheckedExtrinsic),
    signedExtensions: signedExtensions.map(({ identifier, extra, additional }) => ({
      identifier,
      type: registry.idOf(extra),
      additionalSigned: registry.idOf(additional),
    })),
  }
  return { lookup: plainLookup(registry.types()), pallets, extrinsic }
}

function plainItem(
  name: string,
  item: StorageItem<unknown[], unknown, unknown>,
  idOf: (type: AnyType) => number,
): PlainItem {
  const isOptional = item.modifier === 'Optional'
  const value = idOf(item.value)
  return {
    name,
    modifier: isOptional ? 0 : 1,
    type:
      item.keys.length === 0
        ? { tag: 'plain', value }
        : {
            tag: 'map',
            value: { hashers: hashersOf(item.keys), key: idOf(keyOf(item.keys)), value },
          },
    fallback: isOptional ? '0x00' : encodeToHex(item.value, item.absent),
  }
}

function hashersOf(keys: readonly KeyPart<unknown>[]): { tag: string }[] {
  return keys.map(({ hasher }) => ({ tag: hasher.replace('_', '') }))
}

function keyOf(keys: readonly KeyPart<unknown>[]): AnyType {
  const [first, second, ...rest] = keys.map(({ type }) => type)
  if (first === undefined) throw new TypeError('a map has a key')
  return second === undefined ? first : tuple(first, second, ...rest)
}
