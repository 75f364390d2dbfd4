// Reads fixtures/vectors/metadata-153.json into the form in which metadata are compared.

import { readFileSync } from 'node:fs'
import type { PlainMetadata, PlainPallet, PlainType } from './structure.ts'

interface JsonField {
  readonly name: string | null
  readonly type: number
}

/** A type of the file; which of the optional parts are there depends on `kind`. */
export interface JsonType {
  readonly id: number
  readonly label: string
  readonly path: readonly string[]
  readonly params: readonly { readonly name: string; readonly type: number | null }[]
  readonly kind: string
  readonly fields?: readonly JsonField[]
  readonly variants?: readonly {
    readonly index: number
    readonly name: string
    readonly fields: readonly JsonField[]
  }[]
  readonly of?: number
  readonly len?: number
  readonly items?: readonly number[]
  readonly primitive?: string
  readonly maxLen?: number
}

/** What a call costs at most, as the file has it. */
export interface JsonDispatch {
  readonly class: 'Normal' | 'Operational' | 'Mandatory'
  readonly refTime: number
  readonly proofSize: number
  readonly perUnit?: unknown
}

interface JsonPallet {
  readonly index: number
  readonly name: string
  readonly storagePrefix: string | null
  readonly callsType: number | null
  readonly eventsType: number | null
  readonly errorsType: number | null
  readonly calls: readonly { readonly name: string; readonly dispatch: JsonDispatch | null }[]
  readonly storage: readonly {
    readonly name: string
    readonly modifier: 'Optional' | 'Default'
    readonly kind: 'plain' | 'map'
    readonly hashers?: readonly string[]
    readonly keyType?: number
    readonly value: number
    readonly default: string
  }[]
  readonly constants: readonly {
    readonly name: string
    readonly type: number
    readonly value: string
  }[]
}

/** The whole file, as far as tests look at it. */
export interface MetadataJson {
  readonly types: readonly JsonType[]
  readonly pallets: readonly JsonPallet[]
  readonly extrinsic: {
    readonly version: number
    readonly type: number
    readonly signedExtensions: readonly {
      readonly identifier: string
      readonly type: number
      readonly additionalSigned: number
    }[]
  }
}

export function readMetadataJson(): MetadataJson {
  const file = new URL('../../../fixtures/vectors/metadata-153.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as MetadataJson
}

export function plainFromJson(json: MetadataJson): PlainMetadata {
  return {
    lookup: json.types.map(plainType),
    pallets: json.pallets.map(plainPallet),
    extrinsic: json.extrinsic,
  }
}

function plainType(type: JsonType): PlainType {
  const params = type.params.map(({ name, type: id }) => ({ name, type: id ?? undefined }))
  return { id: type.id, path: type.path, params, def: { tag: type.kind, value: defValue(type) } }
}

function defValue(type: JsonType): unknown {
  switch (type.kind) {
    case 'composite':
      return fieldsOf(type.fields ?? [])
    case 'variant':
      return (type.variants ?? []).map(variant => ({
        ...variant,
        fields: fieldsOf(variant.fields),
      }))
    case 'array':
      return { len: type.len, type: type.of }
    case 'tuple':
      return type.items
    case 'primitive':
      return { tag: type.primitive }
    default:
      return type.of
  }
}

function fieldsOf(fields: readonly JsonField[]): { name: string | undefined; type: number }[] {
  return fields.map(({ name, type }) => ({ name: name ?? undefined, type }))
}

function plainPallet(pallet: JsonPallet): PlainPallet {
  const items = pallet.storage.map(item => ({
    name: item.name,
    modifier: item.modifier === 'Optional' ? 0 : 1,
    type:
      item.kind === 'plain'
        ? { tag: 'plain', value: item.value }
        : { tag: 'map', value: { hashers: hashersOf(item), key: item.keyType, value: item.value } },
    fallback: item.default,
  }))
  return {
    name: pallet.name,
    index: pallet.index,
    storage: pallet.storagePrefix === null ? undefined : { prefix: pallet.storagePrefix, items },
    calls: pallet.callsType ?? undefined,
    events: pallet.eventsType ?? undefined,
    errors: pallet.errorsType ?? undefined,
    constants: pallet.constants,
  }
}

/** `Blake2_128Concat` is `Blake2128Concat` to those who decode it. */
function hashersOf(item: { readonly hashers?: readonly string[] }): { tag: string }[] {
  return (item.hashers ?? []).map(hasher => ({ tag: hasher.replace('_', '') }))
}
