// The types that span all pallets: a call, an event and an error of the runtime, made from the declarations.

import { codecOfFields } from '../../scale/compile.ts'
import { ScaleError } from '../../scale/errors.ts'
import type { ScaleReader } from '../../scale/reader.ts'
import { type AnyType, makeType, type ScaleType, type VariantShape } from '../../scale/type.ts'
import type { ScaleWriter } from '../../scale/writer.ts'
import type { Call, EnumPath, Fields, Pallet } from './declare.ts'

/** A call of the runtime as a plain value. */
export interface ChainCall {
  /** Name of the pallet, `Balances`. */
  readonly pallet: string
  /** Name of the call as on the wire, `transfer_keep_alive`. */
  readonly name: string
  /** By name for named fields. */
  readonly args: unknown
}

/** An event of the runtime as a plain value. */
export interface ChainEvent {
  readonly pallet: string
  readonly name: string
  /** A list for unnamed fields, an object for named ones. */
  readonly fields: unknown
}

interface Member {
  readonly index: number
  readonly name: string
  readonly names: readonly string[] | null
  readonly types: readonly AnyType[]
  readonly encode: (fields: unknown, out: ScaleWriter) => void
  readonly decode: (input: ScaleReader) => unknown
}

function memberOf(name: string, index: number, fields: Fields): Member {
  const isUnnamed = Array.isArray(fields)
  const keys: readonly (string | number)[] = isUnnamed
    ? fields.map((_, i) => i)
    : Object.keys(fields)
  const types = (isUnnamed ? fields : Object.values(fields)) as AnyType[]
  const names = isUnnamed || keys.length === 0 ? null : (keys as string[])
  if (types.length === 0) return { index, name, names, types, encode() {}, decode: () => [] }
  const codec = codecOfFields<unknown>(keys.map((key, i) => ({ key, type: types[i]! })))
  return { index, name, names, types, ...codec }
}

interface Entry {
  readonly name: string
  readonly fields: unknown
}

/** The enum of one pallet's calls or events. */
function memberEnum(members: readonly Member[], path: EnumPath): ScaleType<Entry> {
  const byName = new Map(members.map(member => [member.name, member]))
  const byIndex = new Map(members.map(member => [member.index, member]))
  return makeType<Entry>({
    encode(value, out) {
      const member = byName.get(value.name)
      if (!member) throw new ScaleError('badValue', `${path.path.join('::')} has no ${value.name}`)
      out.u8(member.index)
      member.encode(value.fields, out)
    },
    decode(input) {
      const index = input.u8()
      const member = byIndex.get(index)
      if (!member)
        throw new ScaleError('badValue', `${path.path.join('::')} has no variant ${index}`)
      return { name: member.name, fields: member.decode(input) }
    },
    shape: () => ({
      path: path.path,
      params: path.params ?? [],
      def: { kind: 'variant', variants: members.map(variantOf) },
    }),
  })
}

function variantOf(member: Member): VariantShape {
  return {
    name: member.name,
    index: member.index,
    fields: member.types.map((type, i) => ({ name: member.names?.[i] ?? null, type })),
  }
}

/** An enum over pallets: the variant is the pallet, its one field that pallet's own enum. */
function palletEnum<T extends { readonly pallet: string; readonly name: string }>(options: {
  path: string
  parts: readonly { index: number; name: string; type: ScaleType<Entry> }[]
  open: (value: T) => unknown
  close: (pallet: string, name: string, fields: unknown) => T
}): ScaleType<T> {
  const byName = new Map(options.parts.map(part => [part.name, part]))
  const byIndex = new Map(options.parts.map(part => [part.index, part]))
  return makeType<T>({
    encode(value, out) {
      const part = byName.get(value.pallet)
      if (!part) throw new ScaleError('badValue', `${options.path} has no ${value.pallet}`)
      out.u8(part.index)
      part.type.encode({ name: value.name, fields: options.open(value) }, out)
    },
    decode(input) {
      const index = input.u8()
      const part = byIndex.get(index)
      if (!part) throw new ScaleError('badValue', `${options.path} has no variant ${index}`)
      const { name, fields } = part.type.decode(input)
      return options.close(part.name, name, fields)
    },
    shape: () => ({
      path: options.path.split('::'),
      params: [],
      def: {
        kind: 'variant',
        variants: options.parts.map(part => ({
          name: part.name,
          index: part.index,
          fields: [{ name: null, type: part.type as AnyType }],
        })),
      },
    }),
  })
}

/** The types that a list of pallets gives. */
export interface OuterTypes {
  readonly call: ScaleType<ChainCall>
  readonly event: ScaleType<ChainEvent>
  /** Described in the metadata only: an error never travels in this form. */
  readonly error: AnyType
  /** Each pallet's own enums, by pallet name; absent where the pallet has none. */
  readonly calls: ReadonlyMap<string, AnyType>
  readonly events: ReadonlyMap<string, AnyType>
  readonly errors: ReadonlyMap<string, AnyType>
}

/** Makes the outer types of the pallets of a runtime. */
export function outerTypes(pallets: readonly Pallet[]): OuterTypes {
  const sorted = [...pallets].sort((a, b) => a.decl.index - b.decl.index)
  const calls = partsOf(sorted, 'calls', ({ calls: declared }) =>
    Object.entries(declared)
      .map(([name, call]) => memberOf(name, (call as Call).index, (call as Call).args))
      .sort((a, b) => a.index - b.index),
  )
  const events = partsOf(sorted, 'events', ({ decl }) =>
    Object.entries(decl.events).map(([name, fields], index) => memberOf(name, index, fields)),
  )
  const errors = partsOf(sorted, 'errors', ({ decl }) =>
    decl.errors.map((name, index) => memberOf(name, index, [])),
  )
  return {
    call: palletEnum<ChainCall>({
      path: 'tfchain_runtime::RuntimeCall',
      parts: calls,
      open: call => call.args,
      close: (pallet, name, args) => ({ pallet, name, args }),
    }),
    event: palletEnum<ChainEvent>({
      path: 'tfchain_runtime::RuntimeEvent',
      parts: events,
      open: event => event.fields,
      close: (pallet, name, fields) => ({ pallet, name, fields }),
    }),
    error: palletEnum<ChainEvent>({
      path: 'tfchain_runtime::RuntimeError',
      parts: errors,
      open: error => error.fields,
      close: (pallet, name, fields) => ({ pallet, name, fields }),
    }) as AnyType,
    calls: typesByName(calls),
    events: typesByName(events),
    errors: typesByName(errors),
  }
}

interface Part {
  readonly index: number
  readonly name: string
  readonly type: ScaleType<Entry>
}

function partsOf(
  pallets: readonly Pallet[],
  kind: 'calls' | 'events' | 'errors',
  membersOf: (pallet: Pallet) => readonly Member[],
): Part[] {
  const parts: Part[] = []
  for (const pallet of pallets) {
    const path = pallet.decl.paths[kind]
    if (!path) continue
    const type = memberEnum(membersOf(pallet), path)
    parts.push({ index: pallet.decl.index, name: pallet.decl.name, type })
  }
  return parts
}

function typesByName(parts: readonly Part[]): ReadonlyMap<string, AnyType> {
  return new Map(parts.map(part => [part.name, part.type as AnyType]))
}
