// The metadata of the runtime in version 15, as bytes: those of version 14, and the functions that the runtime offers.

import { type PortableRegistry, portableRegistry } from '../../scale/portable.ts'
import type { AnyType } from '../../scale/type.ts'
import { ScaleWriter } from '../../scale/writer.ts'
import { outer, pallets } from '../pallets/all.ts'
import { extrinsicVersion, Runtime, SignedExtra } from '../types/extrinsic.ts'
import { MultiAddress, MultiSignature } from '../types/primitives.ts'
import { type RuntimeFunction, runtimeApiDocs, runtimeApis } from './apis.ts'
import {
  type DocsOfVariants,
  magic,
  metadataV14,
  writeDocs,
  writeList,
  writePallet,
  writeSignedExtensions,
  writeType,
} from './metadata.ts'

const version = 15

let made: Uint8Array | null = null

/** Magic, version and metadata, without a length before them. The same bytes every time: do not write to them. */
export function metadataV15(): Uint8Array {
  made ??= makeMetadata()
  return made
}

/** The metadata in a version, or null: what a server of this runtime serves. */
export function metadataOf(wanted: number): Uint8Array | null {
  if (wanted === 14) return metadataV14()
  return wanted === version ? metadataV15() : null
}

function makeMetadata(): Uint8Array {
  const registry = portableRegistry()
  // The types come first in the bytes, and are known only when everything else is written.
  const rest = new ScaleWriter()
  const docsOfVariants: DocsOfVariants = new Map()
  writeList(rest, pallets, pallet => {
    writePallet(rest, { pallet, registry, docsOfVariants })
    writeDocs(rest, pallet.docs.pallet)
  })
  rest.u8(extrinsicVersion)
  for (const type of [MultiAddress, outer.call, MultiSignature, SignedExtra]) {
    rest.compact(registry.idOf(type as AnyType))
  }
  writeSignedExtensions(rest, registry)
  rest.compact(registry.idOf(Runtime))
  writeList(rest, Object.entries(runtimeApis), ([name, functions]) => {
    rest.text(name)
    writeList(rest, Object.entries(functions), each => writeFunction(rest, registry, each))
    writeDocs(rest, runtimeApiDocs[name as keyof typeof runtimeApis])
  })
  for (const type of [outer.call, outer.event, outer.error]) {
    rest.compact(registry.idOf(type as AnyType))
  }
  // Custom values: the runtime has none.
  rest.compact(0)
  const out = new ScaleWriter()
  out.u32(magic)
  out.u8(version)
  writeList(out, registry.types(), type => writeType(out, type, docsOfVariants.get(type.id)))
  out.raw(rest.toBytes())
  return out.toBytes()
}

function writeFunction(
  out: ScaleWriter,
  registry: PortableRegistry,
  [name, { about, inputs, output }]: [string, RuntimeFunction],
): void {
  out.text(name)
  writeList(out, Object.entries(inputs), ([input, type]) => {
    out.text(input)
    out.compact(registry.idOf(type))
  })
  out.compact(registry.idOf(output))
  writeDocs(out, about)
}
