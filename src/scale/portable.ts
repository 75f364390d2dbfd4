// The type registry of the metadata: plain types with dense ids, gathered from the types that are used.

import { invariant } from '../kernel/errors.ts'
import type { AnyType, FieldShape, PrimitiveName, TypeDef, TypeShape } from './type.ts'

/** A type as V14 and V15 metadata carry it, in the form that `@polkadot-api/substrate-bindings` encodes. */
export interface PortableType {
  readonly id: number
  readonly path: string[]
  readonly params: { name: string; type: number | undefined }[]
  readonly def: PortableDef
  readonly docs: string[]
}

export interface PortableField {
  name: string | undefined
  type: number
  typeName: string | undefined
  docs: string[]
}

export interface PortableVariant {
  name: string
  fields: PortableField[]
  index: number
  docs: string[]
}

export type PortableDef =
  | { tag: 'composite'; value: PortableField[] }
  | { tag: 'variant'; value: PortableVariant[] }
  | { tag: 'sequence'; value: number }
  | { tag: 'array'; value: { len: number; type: number } }
  | { tag: 'tuple'; value: number[] }
  | { tag: 'primitive'; value: { tag: PrimitiveName; value: undefined } }
  | { tag: 'compact'; value: number }

/** Gives ids to types, in the order in which they are met, and describes them. */
export interface PortableRegistry {
  /** The id of a type; it and all it refers to are registered at the first call. */
  idOf(type: AnyType): number
  /** All types so far: the id of each is its position. */
  types(): readonly PortableType[]
}

/** An empty registry. Types of one shape get one id, whatever their TypeScript values look like. */
export function portableRegistry(): PortableRegistry {
  const ids = new Map<TypeShape, number>()
  const types: (PortableType | null)[] = []

  function idOf(type: AnyType): number {
    const { shape } = type
    const known = ids.get(shape)
    if (known !== undefined) return known
    const id = types.length
    // The id is taken before the definition is looked at: the definition may lead back here.
    ids.set(shape, id)
    types.push(null)
    const path = [...shape.path]
    const params = shape.params.map(param => ({
      name: param.name,
      type: param.type === null ? undefined : idOf(param.type),
    }))
    types[id] = { id, path, params, def: defOf(shape.def), docs: [] }
    return id
  }

  function defOf(def: TypeDef): PortableDef {
    switch (def.kind) {
      case 'composite':
        return { tag: 'composite', value: def.fields.map(fieldOf) }
      case 'variant':
        return {
          tag: 'variant',
          value: def.variants.map(({ name, index, fields }) => ({
            name,
            fields: fields.map(fieldOf),
            index,
            docs: [],
          })),
        }
      case 'sequence':
        return { tag: 'sequence', value: idOf(def.type) }
      case 'array':
        return { tag: 'array', value: { len: def.length, type: idOf(def.type) } }
      case 'tuple':
        return { tag: 'tuple', value: def.types.map(idOf) }
      case 'primitive':
        return { tag: 'primitive', value: { tag: def.primitive, value: undefined } }
      case 'compact':
        return { tag: 'compact', value: idOf(def.type) }
    }
  }

  function fieldOf({ name, type }: FieldShape): PortableField {
    return { name: name ?? undefined, type: idOf(type), typeName: undefined, docs: [] }
  }

  return {
    idOf,
    types: () =>
      types.map(type => {
        invariant(type !== null, 'types are listed after they are registered, not meanwhile')
        return type
      }),
  }
}
