// The metadata of the runtime in version 14, as bytes: made of the declarations when somebody asks first.

import { encodeToBytes } from '../../scale/codec.ts'
import { tuple } from '../../scale/containers.ts'
import {
  type PortableDef,
  type PortableField,
  type PortableRegistry,
  type PortableType,
  portableRegistry,
} from '../../scale/portable.ts'
import type { AnyType, PrimitiveName } from '../../scale/type.ts'
import { ScaleWriter } from '../../scale/writer.ts'
import { outer, pallets } from '../pallets/all.ts'
import {
  extrinsicVersion,
  Runtime,
  signedExtensions,
  UncheckedExtrinsic,
} from '../types/extrinsic.ts'
import type { HasherName, Pallet, StorageItem } from './declare.ts'
import { type Doc, linesOf } from './docs.ts'

/** "meta", with which all metadata begin. */
export const magic = 0x6174656d

const version = 14

let made: Uint8Array | null = null

/** Magic, version and metadata, without a length before them. The same bytes every time: do not write to them. */
export function metadataV14(): Uint8Array {
  made ??= makeMetadata()
  return made
}

function makeMetadata(): Uint8Array {
  const registry = portableRegistry()
  // The types come first in the bytes, and are known only when everything else is written.
  const rest = new ScaleWriter()
  const docsOfVariants: DocsOfVariants = new Map()
  writeList(rest, pallets, pallet => writePallet(rest, { pallet, registry, docsOfVariants }))
  writeExtrinsic(rest, registry)
  rest.compact(registry.idOf(Runtime))
  const out = new ScaleWriter()
  out.u32(magic)
  out.u8(version)
  writeList(out, registry.types(), type => writeType(out, type, docsOfVariants.get(type.id)))
  out.raw(rest.toBytes())
  return out.toBytes()
}

export function writeList<T>(
  out: ScaleWriter,
  items: readonly T[],
  write: (item: T) => void,
): void {
  out.compact(items.length)
  for (const item of items) write(item)
}

function writeOption<T>(out: ScaleWriter, value: T | undefined, write: (value: T) => void): void {
  out.u8(value === undefined ? 0 : 1)
  if (value !== undefined) write(value)
}

/** Without a text there are no lines: types and their fields speak for themselves. */
export function writeDocs(out: ScaleWriter, doc: Doc = []): void {
  writeList(out, linesOf(doc), line => out.text(line))
}

/** The texts for the variants of a type, by the id of the type: calls, events and errors are variants. */
export type DocsOfVariants = Map<number, Readonly<Record<string, Doc>>>

export function writePallet(
  out: ScaleWriter,
  {
    pallet: { decl, docs },
    registry,
    docsOfVariants,
  }: { pallet: Pallet; registry: PortableRegistry; docsOfVariants: DocsOfVariants },
): void {
  const writeEnum = (kind: 'calls' | 'events' | 'errors') =>
    writeOption(out, outer[kind].get(decl.name), type => {
      const id = registry.idOf(type)
      docsOfVariants.set(id, docs[kind])
      out.compact(id)
    })
  out.text(decl.name)
  const { prefix = decl.name } = decl
  writeOption(out, prefix ?? undefined, storagePrefix => {
    out.text(storagePrefix)
    writeList(out, Object.entries(decl.storage), ([name, item]) =>
      writeItem(out, { name, item, registry, doc: docs.storage[name] }),
    )
  })
  writeEnum('calls')
  writeEnum('events')
  writeList(out, Object.entries(decl.constants), ([name, { type, value }]) => {
    out.text(name)
    out.compact(registry.idOf(type))
    writeBytes(out, encodeToBytes(type, value))
    writeDocs(out, docs.constants[name])
  })
  writeEnum('errors')
  out.u8(decl.index)
}

function writeBytes(out: ScaleWriter, bytes: Uint8Array): void {
  out.compact(bytes.length)
  out.raw(bytes)
}

const hasherIndex: Record<HasherName, number> = {
  Blake2_128Concat: 2,
  Twox64Concat: 5,
  Identity: 6,
}

function writeItem(
  out: ScaleWriter,
  {
    name,
    item,
    registry,
    doc,
  }: {
    name: string
    item: StorageItem<readonly unknown[], unknown, unknown>
    registry: PortableRegistry
    doc: Doc | undefined
  },
): void {
  const isOptional = item.modifier === 'Optional'
  out.text(name)
  out.u8(isOptional ? 0 : 1)
  const [first, second, ...others] = item.keys.map(({ type }) => type)
  if (first === undefined) {
    out.u8(0)
  } else {
    out.u8(1)
    writeList(out, item.keys, ({ hasher }) => out.u8(hasherIndex[hasher]))
    const key = second === undefined ? first : tuple(first, second, ...others)
    out.compact(registry.idOf(key as AnyType))
  }
  out.compact(registry.idOf(item.value))
  writeBytes(out, isOptional ? Uint8Array.of(0) : encodeToBytes(item.value, item.absent))
  writeDocs(out, doc)
}

function writeExtrinsic(out: ScaleWriter, registry: PortableRegistry): void {
  out.compact(registry.idOf(UncheckedExtrinsic as AnyType))
  out.u8(extrinsicVersion)
  writeSignedExtensions(out, registry)
}

export function writeSignedExtensions(out: ScaleWriter, registry: PortableRegistry): void {
  writeList(out, signedExtensions, ({ identifier, extra, additional }) => {
    out.text(identifier)
    out.compact(registry.idOf(extra))
    out.compact(registry.idOf(additional))
  })
}

export function writeType(
  out: ScaleWriter,
  type: PortableType,
  docsOfVariants: Readonly<Record<string, Doc>> = {},
): void {
  out.compact(type.id)
  writeList(out, type.path, part => out.text(part))
  writeList(out, type.params, param => {
    out.text(param.name)
    writeOption(out, param.type, id => out.compact(id))
  })
  writeDef(out, type.def, docsOfVariants)
  writeDocs(out)
}

const primitiveIndex: Record<PrimitiveName, number> = {
  bool: 0,
  str: 2,
  u8: 3,
  u16: 4,
  u32: 5,
  u64: 6,
  u128: 7,
  u256: 8,
  i8: 9,
  i16: 10,
  i32: 11,
  i64: 12,
  i128: 13,
}

function writeDef(
  out: ScaleWriter,
  def: PortableDef,
  docsOfVariants: Readonly<Record<string, Doc>>,
): void {
  switch (def.tag) {
    case 'composite':
      out.u8(0)
      writeFields(out, def.value)
      return
    case 'variant':
      out.u8(1)
      writeList(out, def.value, variant => {
        out.text(variant.name)
        writeFields(out, variant.fields)
        out.u8(variant.index)
        writeDocs(out, docsOfVariants[variant.name])
      })
      return
    case 'sequence':
      out.u8(2)
      out.compact(def.value)
      return
    case 'array':
      out.u8(3)
      out.u32(def.value.len)
      out.compact(def.value.type)
      return
    case 'tuple':
      out.u8(4)
      writeList(out, def.value, id => out.compact(id))
      return
    case 'primitive':
      out.u8(5)
      out.u8(primitiveIndex[def.value.tag])
      return
    case 'compact':
      out.u8(6)
      out.compact(def.value)
  }
}

function writeFields(out: ScaleWriter, fields: readonly PortableField[]): void {
  writeList(out, fields, field => {
    writeOption(out, field.name, name => out.text(name))
    out.compact(field.type)
    writeOption(out, field.typeName, name => out.text(name))
    writeDocs(out)
  })
}
